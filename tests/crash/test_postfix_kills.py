"""Rebook killed again and again while `smtp-source` writes to it through Postfix.

Ten kills here; `REBOOK_KILLS=100` (or `make score`) makes them a hundred.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from functools import partial
from itertools import count
from pathlib import Path

from rebook.config import Config, load_config
from tests.crash.serving import Post, Rebook, a_rebook, coming_workday, full_book, load, write_post
from tests.crash.test_kills import assert_every_change_is_whole, assert_heard_and_answered_once
from tests.real import postfix as real
from tests.real.postfix import Postfix
from tests.story.salon import DOMAIN, new_config

KILLS = int(os.environ.get("REBOOK_KILLS", "10"))
GUESTS = 90
WRITERS = 4
MOST_MAILS = GUESTS * 18
"""Beyond that guests are told that they write too much."""

PAUSE = 0.1
"""Seconds between two mails of one writer."""


def behind(lmtp: int, folder: Path) -> Config:
    """Write the config of the crash tests, but for LMTP at this port."""
    new_config(folder)
    file = folder / "rebook.toml"
    door, closed = file.read_text().split("[mail.in]\n", 1)
    opened = closed.replace('"127.0.0.1:0"', f'"127.0.0.1:{lmtp}"\nprotocol = "lmtp"', 1)
    file.write_text(f"{door}[mail.in]\n{opened}")
    return load_config(file, {})


async def test_kills_behind_postfix_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """L2, R8: what Postfix took is acted on once, whatever it was told or not told, and its queue is empty."""
    real.skip_without_postfix()
    lmtp = real.free_port()
    places = {"reply.example.com": DOMAIN, "127.0.0.1:8024": f"127.0.0.1:{lmtp}"}
    # Nobody is asked beforehand about an address: all mail is taken, whether Rebook is there or not.
    main = real.block("/etc/postfix/main.cf").replace("check_recipient_access", "# check_recipient_access")
    with real.a_postfix(main, places) as postfix:
        async with a_rebook(tmp_path, partial(behind, lmtp)) as rebook:
            tokens = await load(rebook.config, full_book(GUESTS))
            world = World(tmp_path, rebook, postfix, tokens)
            async with asyncio.TaskGroup() as tasks:
                for _ in range(WRITERS):
                    tasks.create_task(world.keeps_writing())

                await world.kills(KILLS)
                await rebook.start()

            await postfix.until_empty(seconds=60)
            await rebook.until_quiet()
            assert await rebook.stop() == 0

        cut_short = len(re.findall(r"lmtp.*status=deferred \((?:lost connection|.*Connection refused)", postfix.log))
        assert "status=bounced" not in postfix.log

    assert len(world.taken) > 2 * KILLS
    assert cut_short >= KILLS
    assert_heard_and_answered_once(rebook, world.taken)
    assert_every_change_is_whole(rebook)


class World:
    """Who writes, and who kills."""

    def __init__(self, folder: Path, rebook: Rebook, postfix: Postfix, tokens: dict[str, str]) -> None:
        self.folder = folder
        self.rebook = rebook
        self.postfix = postfix
        self.tokens = tokens
        self.numbers = count()
        self.taken: list[Post] = []
        self.dice = random.Random(2026)
        self.done = False

    async def keeps_writing(self) -> None:
        """Write one mail after another, each of another guest, until all kills are over."""
        while not self.done and (number := next(self.numbers)) < MOST_MAILS:
            guest, day = f"g{number % GUESTS}", coming_workday(number % 20 + 20)
            wish = f"Could we do {day.day} {day:%B} at {9 + number % 8}:30 instead?"
            words = wish if number % 3 else f"Is there parking near entrance {number}?"
            post = write_post(guest, self.tokens[guest], words)
            while not await self._is_taken(post, guest, number):
                await asyncio.sleep(0.2)

            self.taken.append(post)
            await asyncio.sleep(PAUSE)

    async def kills(self, times: int) -> None:
        """Start and kill that many times: some time after the start, or right after another mail came in."""
        for number in range(times):
            before = self._arrived()
            await self.rebook.start()
            if number % 2:
                await self._until_more_than(before)

            await asyncio.sleep(self.dice.uniform(0, 0.05 if number % 2 else 0.3))
            self.rebook.signal(signal.SIGKILL)
            assert await self.rebook.end() == -signal.SIGKILL, self.rebook.log.read_text()

        self.done = True

    def _arrived(self) -> int:
        return int(self.rebook.rows("SELECT count(*) FROM inbox")[0][0])

    async def _until_more_than(self, before: int) -> None:
        async with asyncio.timeout(20):
            while self._arrived() <= before:
                await asyncio.sleep(0.005)

    async def _is_taken(self, post: Post, guest: str, number: int) -> bool:
        file = self.folder / f"{number}.eml"
        file.write_bytes(post.raw.replace(b"\r\n", b"\n"))
        process = await asyncio.create_subprocess_exec(
            *("smtp-source", "-s", "1", "-m", "1", "-F", str(file), "-f", f"{guest}@guest.example", "-t", post.to),
            f"127.0.0.1:{self.postfix.port}",
            env={**os.environ, "PATH": real.SYSTEM_PATH},
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait() == 0
