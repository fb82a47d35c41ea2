from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from itertools import count

from tests.crash.serving import Post, Postman, Rebook, Step, coming_workday, full_book, load, write_post

KILLS = 60
GUESTS = 90
POSTMEN = 4
STEPS: tuple[Step | None, ...] = ("recipient", "half", "dot", "acknowledged", None)
"""Where a life ends, by turns; None: at any time."""


class Killer:
    """Lets the process live until some postman reaches a step, and a little longer where that tells more."""

    def __init__(self, rebook: Rebook) -> None:
        self.rebook = rebook
        self.dice = random.Random(2026)
        self.waits_for: Step | None = None
        self.ended_at: Counter[Step] = Counter()
        self.done = False

    def saw(self, step: Step) -> None:
        if step != self.waits_for or self.rebook.port is None:
            return

        self.waits_for = None
        self.ended_at[step] += 1
        if step in ("recipient", "half"):
            self._strike()
        else:  # what is to be cut short is what the process does now
            asyncio.get_running_loop().call_later(self.dice.uniform(0, 0.05), self._strike)

    async def kills(self, times: int) -> None:
        """Start and kill that many times."""
        for number in range(times):
            await self.rebook.start()
            step = STEPS[number % len(STEPS)]
            if step is None:
                asyncio.get_running_loop().call_later(self.dice.uniform(0, 0.2), self._strike)
            else:
                self.waits_for = step

            assert await self.rebook.end() == -signal.SIGKILL, self.rebook.log.read_text()

        self.done = True

    def _strike(self) -> None:
        self.rebook.signal(signal.SIGKILL)


async def test_sixty_kills_under_incoming_mail_lose_nothing_and_repeat_nothing(rebook: Rebook) -> None:
    """L2, R8, M4: what was acknowledged is heard once and answered once; what was not comes again and is heard once."""
    tokens = await load(rebook.config, full_book(GUESTS))
    killer, numbers = Killer(rebook), count()
    postmen = [Postman(rebook, killer.saw) for _ in range(POSTMEN)]

    async with asyncio.TaskGroup() as tasks:
        for postman in postmen:
            tasks.create_task(keep_writing(postman, killer, numbers, tokens))

        await killer.kills(KILLS)
        await rebook.start()

    await rebook.until_quiet()
    assert await rebook.stop() == 0

    posts = [post for postman in postmen for post in postman.delivered]
    assert killer.ended_at == dict.fromkeys(STEPS[:-1], KILLS // len(STEPS))
    assert sum(post.tries for post in posts) > len(posts) + KILLS // 2
    assert_heard_and_answered_once(rebook, posts)
    assert_every_change_is_whole(rebook)


async def keep_writing(postman: Postman, killer: Killer, numbers: count[int], tokens: dict[str, str]) -> None:
    """Deliver one mail after another, each of another guest, wishes and questions by turns."""
    while not killer.done:
        number = next(numbers)
        guest = f"g{number % GUESTS}"
        day = coming_workday(number % 20 + 20)
        wish = f"Could we do {day.day} {day:%B} at {9 + number % 8}:30 instead?"
        words = wish if number % 3 else f"Is there parking near entrance {number}?"
        await postman.deliver(write_post(guest, tokens[guest], words))


def assert_heard_and_answered_once(rebook: Rebook, posts: list[Post]) -> None:
    """Every mail that was acknowledged was heard once, and exactly one answer to it lies in the Maildir."""
    everyone_once = dict.fromkeys((post.id for post in posts), 1)
    answered = Counter(str(mail["In-Reply-To"]) for mail in rebook.mails() if mail["In-Reply-To"] in everyone_once)
    ((heard,),) = rebook.rows("SELECT count(*) FROM heard")
    ((told,),) = rebook.rows("SELECT count(*) FROM history WHERE what = 'wrote'")
    ((answers,),) = rebook.rows("SELECT count(*) FROM outbox WHERE key IN (SELECT 'answer:' || id FROM heard)")
    assert answered == everyone_once
    assert (heard, told, answers) == (len(posts),) * 3


def assert_every_change_is_whole(rebook: Rebook) -> None:
    """A move is in the booking, in its history, in the occupancy and in a message to the team, or nowhere."""
    moves = rebook.rows("SELECT booking_id, count(*) FROM history WHERE what = 'moved' GROUP BY booking_id")
    versions = rebook.rows("SELECT id, version - 1 FROM booking WHERE version > 1")
    places = rebook.rows(
        "SELECT count(*) FROM booking b JOIN occupancy o ON o.id = b.occupancy_id AND o.start = b.start"
    )
    told = rebook.rows("SELECT key FROM outbox WHERE key GLOB 'moved:*:team'")
    assert len(moves) > GUESTS / 4
    assert sorted(moves) == sorted(versions)
    assert places == [(GUESTS,)]
    assert sorted(told) == sorted(
        (f"moved:{one}:{version}:team",) for one, changes in versions for version in range(2, changes + 2)
    )
    assert rebook.rows("PRAGMA integrity_check") == [("ok",)]
