"""The world of the stories: a real Rebook with a SQLite file, its SMTP port, a Maildir, and a clock in hand."""

from __future__ import annotations

import asyncio
import json
import secrets
import smtplib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from core import bookings, queries
from core.bookings import Act, Changed
from core.import_file import read_import
from core.importer import apply_import
from core.model import OWNER, Booking, Dossier
from core.new_booking import RANDOM_EACH
from core.owner import change_setting
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from mailin.out.send import MailSender
from rebook.app import Running, new_mail_sender, new_outbound, new_pipeline, running
from rebook.config import Config, load_config
from tests.mailin.quotes.clients import CLIENTS
from tests.story.mails import reply_to

DOMAIN = "reply.nova.example"
TEAM = "team@nova.example"

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Now, in every story: a Monday morning, ten o'clock in Warsaw."""

WORKDAYS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

BUSINESS: dict[str, Any] = {
    "business": {
        "slug": "nova",
        "name": "Studio Nova",
        "tz": "Europe/Warsaw",
        "locale": "en",
        "email": TEAM,
        "phone": "+48 22 555 01 23",
        "address": "ul. Jasna 12, Warszawa",
        "reminders_hours": [24],
    },
    "performers": [
        {"key": "ana", "name": "Ana", "email": "ana@nova.example", "hours": WORKDAYS},
        {"key": "leo", "name": "Leo", "email": "leo@nova.example", "hours": WORKDAYS},
    ],
    "staff": [{"key": "olga", "name": "Olga", "email": "olga@nova.example", "role": "owner"}],
    "services": [
        {"key": "cut", "name": "Haircut", "minutes": 45, "buffer_after": 15, "performers": ["ana", "leo"]},
        {"key": "talk", "name": "Style talk", "minutes": 30, "performers": ["ana"], "online": True},
        {"key": "yoga", "name": "Yoga", "minutes": 60, "performers": ["leo"], "group": True, "seats": 8},
    ],
    "bookings": [],
}


def booking(key: str = "jo", **changes: Any) -> dict[str, Any]:
    """Return a booking for the import file: Jo's haircut with Ana, on Thursday at three."""
    return {
        "key": key,
        "service": "cut",
        "performer": "ana",
        "performer_chosen": True,
        "start": "2026-11-26T15:00:00+01:00",
        "status": "confirmed",
        "guest": {"name": key.capitalize(), "email": f"{key}@guest.example", "locale": "en", "tz": "Europe/Warsaw"},
        **changes,
    }


@dataclass
class Salon:
    """Studio Nova, and what its guests can do: `await salon.reply(mail, "Friday?")`, then `await salon.answer()`.

    `raw` holds what lies in the Maildir, by Message-ID. `sender` is another way out than the Maildir.
    """

    folder: Path
    config: Config
    rebook: Running
    time: Clock
    tokens: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    mails: dict[str, EmailMessage] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    sender: MailSender | None = None

    async def imports(self, *bookings: Mapping[str, Any], notify: bool = True, **business: Any) -> None:
        """Load these bookings into the business (its settings changed by *business*), and send what is due."""
        data = deepcopy(BUSINESS)
        data["business"].update(business)
        data["bookings"] = [dict(one) for one in bookings]
        file = read_import(data)
        randoms = [secrets.token_bytes(RANDOM_EACH) for _ in file.bookings]
        keys = self.config.app.secret_keys
        load = partial(apply_import, file=file, randoms=randoms, now=self.time(), notify=notify, keys=keys)
        imported = await self.rebook.store.write(load)
        self.tokens.update({one.key: one.token for one in imported if one.token})
        await self.works()

    async def sets(self, key: str, value: Any) -> None:
        """Let the owner change a setting, live."""
        business = (await self.rebook.store.read(queries.load_businesses))[0]
        await self.rebook.store.write(partial(change_setting, business=business, key=key, value=value, now=self.time()))

    async def staff_moves(self, start: str, key: str = "jo", performer: str = "ana") -> None:
        """Let the owner move a booking to *start* (ISO), and send what is due."""
        dossier = await self.dossier(key)
        chosen = next(one.id for one in dossier.performers.values() if one.key == performer)
        at = datetime.fromisoformat(start).astimezone(UTC)
        act = Act(OWNER, "terminal", self.time())
        moved = partial(bookings.reschedule, dossier=dossier, start=at, performer_id=chosen, act=act)
        assert isinstance(await self.rebook.store.write(moved), Changed)
        await self.works()

    async def staff_cancels(self, key: str = "jo", reason: str = "") -> None:
        """Let the owner cancel a booking, and send what is due."""
        act = Act(OWNER, "terminal", self.time())
        dossier = await self.dossier(key)
        cancelled = partial(bookings.cancel, dossier=dossier, act=act, reason=reason)
        assert isinstance(await self.rebook.store.write(cancelled), Changed)
        await self.works()

    async def works(self) -> None:
        """Read all mail that waits, and send all that is due."""
        sender = self.sender or new_mail_sender(self.config)
        pipeline = new_pipeline(self.config, self.rebook, sender)
        outbound = new_outbound(self.config, self.rebook, sender)
        while await pipeline.read_waiting() or await outbound.send_due():
            pass

    async def mail_to(self, address: str) -> list[EmailMessage]:
        """Return the mails to *address* that were not looked at before, in the order they were written."""
        found = [
            (name, mail)
            for name, mail in self.everything().items()
            if name not in self.seen and parseaddr(str(mail["To"]))[1] == address
        ]
        self.seen.update(name for name, _ in found)
        return sorted((mail for _, mail in found), key=lambda mail: _number(str(mail["Message-ID"])))

    def everything(self) -> dict[str, EmailMessage]:
        """Return every mail in the Maildir by the name of its file, in no order."""
        for file in (self.folder / "mail" / "new").glob("*"):
            if file.name not in self.mails:
                raw = file.read_bytes()
                self.mails[file.name] = BytesParser(policy=policy.default).parsebytes(raw)
                self.raw[str(self.mails[file.name]["Message-ID"])] = raw

        return self.mails

    async def answer(self, address: str = "jo@guest.example") -> EmailMessage:
        """Return the one new mail to *address*."""
        mails = await self.mail_to(address)
        assert len(mails) == 1, [str(mail["Subject"]) for mail in mails]
        return mails[0]

    async def reply(self, mail: EmailMessage, words: str, *, sender: str | None = None, threaded: bool = True) -> None:
        """Reply to *mail* as a bare client would, through the real SMTP port, and let Rebook work."""
        answer = reply_to(mail, words, self.time(), sender=sender, threaded=threaded)
        await self.delivers(answer, to=str(mail["Reply-To"]))

    async def replies_from(self, client: str, mail: EmailMessage, words: str) -> None:
        """Reply to *mail* from one of the clients of `tests.mailin.quotes.clients`, quoting it as that client does."""
        sent = self.raw[str(mail["Message-ID"])]
        answer = CLIENTS[client](sent, words, sender=str(mail["To"]), date=self.time())
        await self.delivers(answer, to=str(mail["Reply-To"]))

    async def delivers(self, message: EmailMessage | bytes, *, to: str, mail_from: str = "jo@guest.example") -> None:
        """Hand *message* to the SMTP port, and let Rebook work."""
        raw = message if isinstance(message, bytes) else message.as_bytes(policy=policy.SMTP)
        await asyncio.to_thread(self.posts, raw, to, mail_from)
        await self.works()

    def posts(self, raw: bytes, to: str, mail_from: str = "jo@guest.example") -> None:
        """Hand raw bytes to the SMTP port; returns once they are acknowledged."""
        listener = self.rebook.listener
        assert listener is not None
        with smtplib.SMTP("127.0.0.1", listener.port) as client:
            client.sendmail(mail_from, [to], raw)

    async def dossier(self, key: str = "jo") -> Dossier:
        """Return a booking by its key, with all that belongs to it."""
        business = (await self.rebook.store.read(queries.load_businesses))[0]
        every = queries.Filter("all")
        load = partial(queries.list_bookings, business_id=business.id, chosen=every, now=self.time())
        found = next(one for one in await self.rebook.store.read(load) if one.key == key)
        dossier = await self.rebook.store.read(partial(queries.load_dossier, booking_id=found.id))
        assert dossier is not None
        return dossier

    async def history(self, key: str = "jo") -> list[str]:
        """Return what happened to a booking, in order."""
        found = await self.booking(key)
        rows = await self.rebook.store.read(partial(queries.load_history, booking_id=found.id))
        return [row.what for row in rows]

    async def page(self, name: str, token: str) -> int:
        """Return the status of a page of a booking, as a browser gets it."""
        url = f"http://127.0.0.1:{self.rebook.web_port}/b/nova/{name}/{token}"
        async with ClientSession() as browser, browser.get(url) as response:
            return response.status

    async def booking(self, key: str = "jo") -> Booking:
        """Return a booking by its key."""
        return (await self.dossier(key)).booking

    async def local_start(self, key: str = "jo") -> str:
        """Return when a booking starts, as the clock in Warsaw shows it: `Tue 2026-12-01 11:30`."""
        dossier = await self.dossier(key)
        return f"{dossier.booking.start.astimezone(dossier.business.zone):%a %Y-%m-%d %H:%M}"


@dataclass
class Clock:
    """A clock that stands still until it is moved on."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        """Let time pass: `clock.passes(minutes=11)`."""
        self.now += timedelta(**span)


def new_config(folder: Path) -> Config:
    """Return a config with free ports and a Maildir in *folder*."""
    file = folder / "rebook.toml"
    file.write_text(
        f"""
        [app]
        base_url = "https://book.nova.example"
        data_dir = {json.dumps(str(folder))}
        secret_keys = ["a secret of the stories, 32 characters and more"]
        [web]
        listen = "127.0.0.1:0"
        [mail.in]
        listen = "127.0.0.1:0"
        domain = "{DOMAIN}"
        postmaster = "{TEAM}"
        trust_authserv = ["mx.nova.example"]
        trusted_peers = ["127.0.0.1"]
        [mail.out]
        from_address = "bookings@nova.example"
        """
    )
    return load_config(file, {})


@asynccontextmanager
async def open_salon(folder: Path) -> AsyncIterator[Salon]:
    """Open Studio Nova: listening for mail and showing pages, its workers in the story's hands."""
    config, clock = new_config(folder), Clock()
    async with running(config, only=("mail", "web"), clock=clock) as rebook:
        yield Salon(folder, config, rebook, clock)


def open_store(config: Config) -> SqliteStore:
    """Open a second connection to the same database, as another process would."""
    migrate(config.database.path)
    return SqliteStore.open(config.database.path)


def _number(message_id: str) -> int:
    return int(message_id.strip("<>").partition(".")[0])
