"""A Rebook in a process of its own that tests may kill, and the people who write to it meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import aiohttp

from core.import_file import read_import
from core.importer import apply_import
from core.new_booking import RANDOM_EACH
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from rebook.config import Config
from tests.story.salon import BUSINESS, DOMAIN, booking, new_config

ROOT = Path(__file__).parents[2]

Step = Literal["recipient", "half", "dot", "acknowledged"]
"""How far a postman is with one mail: named, half of it sent, all of it sent, taken over."""


@dataclass
class Rebook:
    """One serving process after another, over one database; `port` is None while none listens."""

    folder: Path
    config: Config
    nursery: asyncio.subprocess.Process
    log_style: str = "text"
    log_level: str = "INFO"
    pid: int = 0
    port: int | None = None
    web_port: int = 0

    @property
    def log(self) -> Path:
        """What the serving processes wrote to stderr."""
        return self.folder / "stderr.log"

    async def start(self) -> None:
        """Start a process; returns when it serves."""
        assert self.nursery.stdin is not None
        wanted = {"log": str(self.log), "style": self.log_style, "level": self.log_level}
        self.nursery.stdin.write(json.dumps(wanted).encode() + b"\n")
        said = await self._said()
        assert said[0] == "ready", (said, self.log.read_text())
        self.pid, self.port, self.web_port = (int(number) for number in said[1:])

    def signal(self, number: int) -> None:
        """Send the serving process a signal; the next mails find no port."""
        os.kill(self.pid, number)
        self.port = None

    async def end(self) -> int:
        """Wait until the process is dead, and return its exit code, negative for a signal."""
        said = await self._said()
        self.port = None
        assert said[:2] == ["dead", str(self.pid)]
        return int(said[2])

    async def stop(self) -> int:
        """End the process as an operator would, and return its exit code."""
        self.signal(signal.SIGTERM)
        return await self.end()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return what the database holds, as another process sees it."""
        with closing(sqlite3.connect(self.config.database.path)) as connection:
            return connection.execute(sql, values).fetchall()

    def mails(self) -> Iterator[EmailMessage]:
        """Yield every mail that lies in the Maildir."""
        for file in (self.folder / "mail" / "new").glob("*"):
            yield BytesParser(policy=policy.default).parsebytes(file.read_bytes())

    async def until(self, sql: str, expected: Any, *, seconds: float = 20) -> None:
        """Wait until *sql* finds *expected* as its one value."""
        async with asyncio.timeout(seconds):
            while self.rows(sql) != [(expected,)]:
                await asyncio.sleep(0.02)

    async def until_quiet(self) -> None:
        """Wait until all mail is read and all that is due now was sent."""
        await self.until("SELECT count(*) FROM inbox WHERE state = 'new'", 0)
        await self.until("SELECT count(*) FROM outbox WHERE state = 'due' AND kind != 'reminder'", 0)

    async def _said(self) -> list[str]:
        assert self.nursery.stdout is not None
        return (await asyncio.wait_for(self.nursery.stdout.readline(), 20)).decode().split()


@dataclass
class Post:
    """A mail on its way: what it says, to whom, and how often it was tried."""

    id: str
    to: str
    raw: bytes
    tries: int = 0
    answer: str = ""


@dataclass
class Postman:
    """A mail server that holds mails for Rebook and tries each again until it is taken over, the same every time."""

    rebook: Rebook
    on_step: Callable[[Step], None] = lambda _: None
    pause: float = 0
    """Seconds between the halves of a mail."""
    delivered: list[Post] = field(default_factory=list)

    async def deliver(self, post: Post) -> None:
        """Deliver one mail, however often that takes."""
        while not post.answer.startswith("250"):
            if self.rebook.port is None:
                await asyncio.sleep(0.002)
                continue

            post.tries += 1
            try:
                post.answer = await asyncio.wait_for(self.try_once(post, self.rebook.port), 10)
            except (OSError, EOFError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.002)

        self.delivered.append(post)
        self.on_step("acknowledged")

    async def try_once(self, post: Post, port: int) -> str:
        """Go through one SMTP transaction and return the answer to the mail."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await _reply(reader)
            for line in ("EHLO guest.example", "MAIL FROM:<jo@guest.example>", f"RCPT TO:<{post.to}>"):
                await _say(reader, writer, line)

            self.on_step("recipient")
            await _say(reader, writer, "DATA")
            middle = len(post.raw) // 2
            writer.write(post.raw[:middle])
            await writer.drain()
            self.on_step("half")
            await asyncio.sleep(self.pause)
            writer.write(post.raw[middle:] + b".\r\n")
            await writer.drain()
            self.on_step("dot")
            return await _reply(reader)
        finally:
            writer.transport.abort()


def write_post(key: str, token: str, words: str, *, domain: str = DOMAIN) -> Post:
    """Return a guest's mail about the booking of *token*: *key* is in its From, as in the import."""
    mail = EmailMessage()
    mail["From"] = f"{key}@guest.example"
    mail["To"] = f"reply+{token}@{domain}"
    mail["Subject"] = "Re: Your appointment"
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{secrets.token_hex(8)}@guest.example>"
    mail.set_content(words)
    return Post(str(mail["Message-ID"]), str(mail["To"]), mail.as_bytes(policy=policy.SMTP))


def coming_workday(ahead: int) -> date:
    """Return the *ahead*-th Monday-to-Friday from tomorrow on."""
    day = datetime.now(UTC).date()
    while ahead:
        day += timedelta(days=1)
        ahead -= day.weekday() < 5

    return day


def full_book(count: int, *, performers: int = 10) -> dict[str, Any]:
    """Return an import file: *count* guests `g0`, `g1` … with a booking each in the coming days, nine a performer."""
    hands = [{**BUSINESS["performers"][0], "key": f"p{number}", "email": None} for number in range(performers)]
    cut = {**BUSINESS["services"][0], "performers": [hand["key"] for hand in hands]}
    bookings = []
    for number in range(count):
        day, place = divmod(number, 9 * performers)
        hand, hour = divmod(place, 9)
        start = datetime.combine(coming_workday(2 + day), time(9 + hour), ZoneInfo("Europe/Warsaw")).isoformat()
        bookings.append(booking(f"g{number}", performer=f"p{hand}", performer_chosen=False, start=start))

    data = {**BUSINESS, "performers": hands, "services": [cut], "bookings": bookings}
    return {**data, "business": {**BUSINESS["business"], "horizon_days": 120}}


async def load(config: Config, data: dict[str, Any], *, notify: bool = False) -> dict[str, str]:
    """Import *data* as another process would; return the tokens by the bookings' keys."""
    migrate(config.database.path)
    store = SqliteStore.open(config.database.path)
    try:
        file = read_import(data)
        randoms = [secrets.token_bytes(RANDOM_EACH) for _ in file.bookings]
        keys, now = config.app.secret_keys, datetime.now(UTC)
        apply = partial(apply_import, file=file, randoms=randoms, now=now, notify=notify, keys=keys)
        return {one.key: one.token for one in await store.write(apply) if one.key and one.token}
    finally:
        await store.close()


async def fetch(rebook: Rebook, path: str) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of one page."""
    async with aiohttp.ClientSession() as web, web.get(f"http://127.0.0.1:{rebook.web_port}{path}") as answer:
        return answer.status, dict(answer.headers), await answer.text()


@asynccontextmanager
async def a_rebook(folder: Path, configure: Callable[[Path], Config] = new_config) -> AsyncIterator[Rebook]:
    """Return a Rebook that is not started yet; what still runs in the end is killed.

    *configure* writes its `rebook.toml`.
    """
    config = configure(folder)
    nursery = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.crash.nursery", str(folder / "rebook.toml")),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    rebook = Rebook(folder, config, nursery)
    try:
        yield rebook
    finally:
        if rebook.port is not None:
            rebook.signal(signal.SIGKILL)

        assert nursery.stdin is not None
        nursery.stdin.close()
        await nursery.wait()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())
    answer = await _reply(reader)
    if answer[0] not in "23":
        raise ConnectionAbortedError(answer)


async def _reply(reader: asyncio.StreamReader) -> str:
    while True:
        line = (await reader.readuntil(b"\n")).decode()
        if line[3:4] != "-":
            return line.strip()
