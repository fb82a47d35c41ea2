"""Every mail of the corpus played through the real SMTP port and pipeline, built on messages that Rebook really sent.

In each round every booking gets one mail, so that what happens to it is that mail's doing. Some of the bookings wait
for a "yes" to cancel, some for the number of a choice.
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from core.store import tables as t
from core.store.engine import Row, Tx, prepare
from rebook.app import running
from tests.machine_mails.auto_replies import auto_replies
from tests.machine_mails.bounces import bounces
from tests.machine_mails.guests import guests
from tests.machine_mails.lists import calendars, lists, loops
from tests.machine_mails.mails import MachineMail
from tests.mailin.door.answering import Original, read_original
from tests.story.salon import Clock, Salon, booking, new_config

BOOKINGS = 24
HOURS = range(9, 17)
DAYS = ("2026-12-08", "2026-12-09", "2026-12-10")
PENDING = ("Please cancel my booking.", "Friday 4 December in the afternoon?", "")
"""What guests wrote before: asked whether to cancel, offered times, or nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one mail. `acted`: its booking or a question of it changed; `answered`: its guest was written to."""

    kind: str | None
    acted: bool
    answered: bool
    card: bool
    returned: bool

    def wrongs(self, mail: MachineMail) -> list[str]:
        """Say what is not as it must be."""
        if mail.is_guest:
            return [] if self.kind == "reply" and self.answered else [f"a guest is not heard: read as {self.kind}"]

        found = ["acted on"] * self.acted + ["answered"] * self.answered
        if self.kind not in mail.kinds:
            found.append(f"read as {self.kind}, not as {mail.kinds[0]}")

        if self.returned != mail.fails:
            found.append("taken for undelivered" if self.returned else "not taken for undelivered")

        return found + ["no card for the team" if mail.card else "a card for the team"] * (self.card != mail.card)


def machines() -> list[MachineMail]:
    """Return all mails that machines send."""
    return [*auto_replies(), *bounces(), *lists(), *calendars(), *loops()]


def people() -> list[MachineMail]:
    """Return all mails that only look a little like a machine's."""
    return guests()


async def play_all(mails: Sequence[MachineMail], folder: Path) -> list[Outcome]:
    """Play *mails* in a salon in *folder*; return what came of each."""
    async with _open(folder) as salon:
        starts = [f"{day}T{hour:02}:00:00+01:00" for day in DAYS for hour in HOURS][:BOOKINGS]
        await salon.imports(*(booking(f"g{at}", start=start) for at, start in enumerate(starts)))
        sent = [await _reach(salon, f"g{at}", PENDING[at % len(PENDING)]) for at in range(BOOKINGS)]
        outcomes: list[Outcome] = []
        for at in range(0, len(mails), BOOKINGS):
            salon.time.passes(hours=1)
            outcomes += await _round(salon, mails[at : at + BOOKINGS], sent)

        return outcomes


async def _reach(salon: Salon, key: str, words: str) -> Original:
    address = f"{key}@guest.example"
    mail = await salon.answer(address)
    if words:
        await salon.reply(mail, words)
        mail = await salon.answer(address)

    return read_original(salon.raw[str(mail["Message-ID"])])


async def _round(salon: Salon, mails: Sequence[MachineMail], sent: Sequence[Original]) -> list[Outcome]:
    before = await _snapshot(salon)
    pairs = list(zip(mails, sent, strict=False))
    await asyncio.to_thread(_post, salon, pairs)
    await salon.works()
    after = await _snapshot(salon)
    arrived = after.inbox[len(before.inbox) :]
    outcomes = [
        _outcome(before, after, row, str(original.message["Message-ID"]))
        for row, (_, original) in zip(arrived, pairs, strict=True)
    ]
    await salon.rebook.store.write(lambda tx: tx.run(_ARRIVED_AFTER_ALL))
    return outcomes


def _post(salon: Salon, pairs: Sequence[tuple[MachineMail, Original]]) -> None:
    listener = salon.rebook.listener
    assert listener is not None
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        for mail, original in pairs:
            guest = str(original.message["To"]).rpartition("<")[2].rstrip(">")
            to = str(original.message["Reply-To" if mail.to == "reply" else "Return-Path"]).strip("<>")
            client.sendmail("" if mail.null_path else guest, [to], mail.build(original))


_BOOKINGS = prepare(select(t.booking).order_by(t.booking.c.id))
_QUESTIONS = prepare(select(t.question).order_by(t.question.c.id))
_OUTBOX = prepare(select(t.outbox).order_by(t.outbox.c.id))
_INBOX = prepare(select(t.inbox).order_by(t.inbox.c.id))
_ARRIVED_AFTER_ALL = prepare(update(t.outbox).where(t.outbox.c.state == "failed").values(state="sent"))


@dataclass(frozen=True, slots=True)
class _State:
    bookings: dict[int, dict[str, Any]]
    questions: Sequence[Row]
    outbox: Sequence[Row]
    inbox: Sequence[Row]

    def of(self, booking_id: int) -> tuple[Any, ...]:
        questions = [row._asdict() for row in self.questions if row.booking_id == booking_id]
        return self.bookings[booking_id], questions

    def count(self, booking_id: int, recipient: str, kind: str | None = None) -> int:
        rows = (row for row in self.outbox if row.booking_id == booking_id and row.recipient == recipient)
        return sum(kind in (None, row.kind) for row in rows)


async def _snapshot(salon: Salon) -> _State:
    def job(tx: Tx) -> _State:
        found = {row.id: row._asdict() for row in tx.all(_BOOKINGS)}
        return _State(found, tx.all(_QUESTIONS), tx.all(_OUTBOX), tx.all(_INBOX))

    return await salon.rebook.store.read(job)


def _outcome(before: _State, after: _State, mail: Row, message_id: str) -> Outcome:
    outbox_id = int(message_id.strip("<>").partition(".")[0])
    answered = next(row for row in after.outbox if row.id == outbox_id)
    of = answered.booking_id
    return Outcome(
        kind=mail.kind if mail.state == "done" else mail.state,
        acted=before.of(of) != after.of(of),
        answered=after.count(of, "guest") > before.count(of, "guest"),
        card=after.count(of, "team", "message") > before.count(of, "team", "message"),
        returned=answered.state == "failed",
    )


@asynccontextmanager
async def _open(folder: Path) -> AsyncIterator[Salon]:
    config, clock = new_config(folder), Clock()
    async with running(config, only=("mail",), clock=clock) as rebook:
        yield Salon(folder, config, rebook, clock)
