from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime, time
from zoneinfo import ZoneInfo

from tests.crash.serving import Postman, Rebook, coming_workday, full_book, load, write_post

GUESTS = 50


async def test_fifty_wishes_for_one_time_at_once_move_one_guest_and_answer_all(rebook: Rebook) -> None:
    """V2, R2: one wins, the other forty-nine keep their visit and are offered other times, each in one mail."""
    tokens = await load(rebook.config, full_book(GUESTS, performers=1))
    before = dict(rebook.rows("SELECT key, start FROM booking"))
    day = coming_workday(20)
    posts = [
        write_post(guest, token, f"Could we do {day.day} {day:%B} at 11:30 instead?") for guest, token in tokens.items()
    ]
    await rebook.start()

    await asyncio.gather(*(Postman(rebook).deliver(post) for post in posts))
    await rebook.until_quiet()

    wished = int(datetime.combine(day, time(11, 30), ZoneInfo("Europe/Warsaw")).timestamp())
    after = dict(rebook.rows("SELECT key, start FROM booking"))
    moved = [guest for guest in before if before[guest] != after[guest]]
    offers = [json.loads(options) for (options,) in rebook.rows("SELECT options FROM question WHERE kind = 'offer'")]
    asked = Counter(str(mail["In-Reply-To"]) for mail in rebook.mails())
    assert [after[guest] for guest in moved] == [wished]
    assert rebook.rows("SELECT count(*) FROM history WHERE what = 'moved'") == [(1,)]
    assert [asked[post.id] for post in posts] == [1] * GUESTS
    assert len(offers) == GUESTS - 1
    assert all(0 < len(options) <= 5 and wished not in {start for start, *_ in options} for options in offers)
