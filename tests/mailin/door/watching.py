"""The world of the mailbox stories: Studio Nova watches a mailbox on a real Dovecot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from core.store import tables as t
from core.store.engine import prepare
from rebook.app import running
from rebook.config import Config, load_config
from tests.real.dovecot import HOST, Dovecot
from tests.story.salon import Clock, Salon, booking, new_config

if TYPE_CHECKING:
    from core.store.engine import Row

PATIENCE_SECONDS = 20
TAKEN = {"\\Seen", "$Rebook"}
_HEARD = prepare(select(t.heard).order_by(t.heard.c.id))
_INBOX = prepare(select(t.inbox).order_by(t.inbox.c.id))


def config_with(folder: Path, *lines: str) -> Config:
    """Return the stories' config with these lines in `[mail.imap]`."""
    new_config(folder)
    file = folder / "rebook.toml"
    file.write_text(file.read_text() + "\n[mail.imap]\n" + "\n".join(lines) + "\n")
    return load_config(file, {})


def url_of(dovecot: Dovecot, account: str) -> str:
    return f"url = '{dovecot.url(account)}'"


@asynccontextmanager
async def watching(folder: Path, *lines: str, clock: Clock | None = None) -> AsyncIterator[Salon]:
    """Open Studio Nova, which watches a mailbox; its workers are in the story's hands, the door is not."""
    config, time_ = config_with(folder, *lines), clock or Clock()
    async with running(config, only=("mail", "web"), clock=time_) as rebook:
        door = rebook.mailbox
        assert door is not None
        door.pauses, door.login_pause = (0.02,), 0.05
        rebook.txt = no_records
        yield Salon(folder, config, rebook, time_)


async def no_records(_: str) -> tuple[str, ...]:
    """Answer as a DNS without a TXT record in it."""
    return ()


async def until(holds: Callable[[], Awaitable[bool] | bool]) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return

        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def serving(salon: Salon) -> None:
    """Return once the mailbox is watched."""
    door = salon.rebook.mailbox
    assert door is not None
    await until(lambda: door.is_serving)


async def inbox(salon: Salon) -> list[Row]:
    """Return all mail that was taken."""
    return list(await salon.rebook.store.read(lambda tx: tx.all(_INBOX)))


async def senders(salon: Salon) -> list[str]:
    """Return of every mail that was heard whether its sender was taken for the guest."""
    return [row.sender for row in await salon.rebook.store.read(lambda tx: tx.all(_HEARD))]


async def taken(salon: Salon, count: int) -> None:
    """Return once *count* mails in all were taken; then Rebook has worked."""

    async def are_there() -> bool:
        return len(await inbox(salon)) >= count

    await until(are_there)
    await salon.works()


async def marked(dovecot: Dovecot, account: str, subject: str, flags: set[str]) -> None:
    """Return once a message bears exactly these flags."""
    await until(lambda: dovecot.flags(account).get(subject) == flags)


def raw(message: EmailMessage) -> bytes:
    return message.as_bytes(policy=policy.SMTP)


def private(subject: str, **headers: str) -> bytes:
    """Return a mail to the owner that is none of ours."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "aunt@family.example", f"owner@{HOST}", subject
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@family.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value

    message.set_content("Please cancel my booking. Yes! Move it to Friday.")
    return raw(message)


async def invited(salon: Salon, key: str = "jo") -> EmailMessage:
    """Return the confirmation that the guest got."""
    await salon.imports(booking(key))
    return await salon.answer(f"{key}@guest.example")
