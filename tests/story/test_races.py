"""Many guests want one time in the same moment: one has it, everybody is answered."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from email.policy import SMTP
from zoneinfo import ZoneInfo

from tests.story.mails import choices, reply_to, said
from tests.story.salon import Salon, booking

GUESTS = 50
WARSAW = ZoneInfo("Europe/Warsaw")


async def test_one_of_fifty_simultaneous_wishes_wins_and_all_are_answered(salon: Salon) -> None:
    """V2, R2, L1: through fifty SMTP sessions at once; nobody is promised what another one has."""
    first = datetime(2026, 12, 14, 9, 0, tzinfo=WARSAW)
    keys = [f"guest{number:02}" for number in range(GUESTS)]
    starts = [first + timedelta(days=number // 8, hours=number % 8) for number in range(GUESTS)]
    await salon.imports(*[booking(key, start=at.isoformat()) for key, at in zip(keys, starts, strict=True)])
    replies = [
        (reply_to(mail, "Tuesday 1 December at 11:30", salon.time()).as_bytes(policy=SMTP), str(mail["Reply-To"]))
        for mail in [await salon.answer(f"{key}@guest.example") for key in keys]
    ]

    await asyncio.gather(*(asyncio.to_thread(salon.posts, raw, to) for raw, to in replies))
    await salon.works()

    answers = [await salon.answer(f"{key}@guest.example") for key in keys]
    winners = [key for key in keys if await salon.local_start(key) == "Tue 2026-12-01 11:30"]
    assert len(winners) == 1
    taken = "Sorry, we cannot offer Tuesday 1 December, 11:30. These are the nearest free times:"
    assert sorted(said(answer)[0].split(",")[0] for answer in answers) == [
        "Done! Your booking is now on Tuesday 1 December",
        *[taken.split(",", maxsplit=1)[0]] * (GUESTS - 1),
    ]
    assert {len(choices(answer)) for answer in answers} == {0, 5}
