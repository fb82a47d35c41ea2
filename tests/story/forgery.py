"""Playing the forgery matrix: each cell through the real SMTP port, the pipeline and the database, with our own DNS."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.store import tables as t
from core.store.engine import Tx, prepare
from core.store.migrate import migrate
from rebook.app import running
from tests.mailin.sender.signing import Zone, sign, zone
from tests.story.forgery_table import (
    AUTHENTICATIONS,
    EFFECTS,
    EVE,
    GUEST,
    KIM,
    OWN_ANSWERS,
    REJECT,
    SENDERS,
    WISHES,
    Cell,
)
from tests.story.mails import reply_to
from tests.story.salon import DOMAIN, Clock, Salon, booking, new_config

AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a cell: how Jo's and Ann's bookings stood before and after, and what was heard and asked."""

    before: str
    after: str
    others_before: str
    others_after: str
    heard_as_guest: bool
    newly_allowed: int
    changed_questions: tuple[Any, ...]
    new_questions: tuple[Any, ...]
    told: tuple[str, ...]
    own_answer: str | None

    def wrongs(self, cell: Cell) -> Iterator[str]:
        """Say what is not as it must be; an escalation begins with that word."""
        if self.others_after != self.others_before:
            yield f"escalation: another's booking became {self.others_after}"

        if set(self.told) - {GUEST, "ann@guest.example", "team@nova.example", "ana@nova.example"}:
            yield f"escalation: told {self.told}"

        if self.newly_allowed != (cell.wish == "allow" and cell.may):
            yield f"escalation: {self.newly_allowed} more may speak for the guest"

        if cell.may:
            expected = EFFECTS[cell.state, cell.wish]
            if (self.heard_as_guest, self.after) != (True, expected):
                yield f"the guest was not heard: {self.after} instead of {expected}"

            return

        if self.heard_as_guest or self.after != self.before:
            yield f"escalation: heard as the guest, {self.before} became {self.after}"

        if self.changed_questions:
            yield f"escalation: a pending question was changed: {self.changed_questions}"

        if any(not row["of_stranger"] for row in self.new_questions):
            yield f"escalation: the guest's next answer has another meaning: {self.new_questions}"

        answer = OWN_ANSWERS.get(cell.state)
        if answer is not None and self.own_answer != EFFECTS[cell.state, answer]:
            yield f"escalation: the guest's own {answer!r} came to {self.own_answer}"


async def play_all(played: Sequence[Cell], folder: Path) -> dict[Cell, Outcome]:
    """Play every cell, some at a time, each in a folder of its own below *folder*."""
    seats = asyncio.Semaphore(AT_ONCE)
    empty = folder / "empty.db"
    migrate(empty)

    async def one(number: int, cell: Cell) -> Outcome:
        async with seats:
            own = folder / str(number)
            own.mkdir()
            shutil.copy(empty, own / "rebook.db")
            return await play(cell, own)

    outcomes = await asyncio.gather(*(one(number, cell) for number, cell in enumerate(played)))
    return dict(zip(played, outcomes, strict=True))


async def play(cell: Cell, folder: Path) -> Outcome:
    """Play one cell in a salon of its own."""
    authentication = AUTHENTICATIONS[cell.authentication]
    async with _open(folder, through_gate=authentication.through_gate) as salon:
        always: dict[str, Any] = {"confirm_moves": "always"} if cell.state == "a move to confirm" else {}
        await salon.imports(booking(), booking("ann", start="2026-11-27T10:00:00+01:00"), **always)
        confirmation = await salon.answer()
        if SENDERS[cell.sender].is_allowed:
            await _allow(salon, confirmation)

        answered = await _reach(salon, cell.state, confirmation)
        before = await _snapshot(salon)
        told_before = set(salon.everything())
        raw, to = await _forged(salon, cell, answered)
        salon.rebook.txt = zone(authentication.names or {}, authentication.broken).txt
        try:
            await salon.delivers(raw, to=to, mail_from=SENDERS[cell.sender].mail_from)
        except OSError:
            assert cell.token in ("damaged", "none, unthreaded")  # of no booking: refused at the door

        after = await _snapshot(salon)
        told = tuple(
            str(mail["To"]).rpartition("<")[2].rstrip(">")
            for name, mail in salon.everything().items()
            if name not in told_before
        )
        answer = None if cell.may else await _own_answer(salon, cell.state, answered)
        return _outcome(before, after, told, answer)


def _outcome(before: _State, after: _State, told: tuple[str, ...], answer: str | None) -> Outcome:
    kept = {row["id"]: row for row in after.questions}
    return Outcome(
        before=before.jo,
        after=after.jo,
        others_before=before.ann,
        others_after=after.ann,
        heard_as_guest=after.heard > before.heard,
        newly_allowed=after.allowed - before.allowed,
        changed_questions=tuple(row for row in before.questions if kept.get(row["id"]) != row),
        new_questions=tuple(row for row in after.questions[len(before.questions) :]),
        told=told,
        own_answer=answer,
    )


@dataclass(frozen=True, slots=True)
class _State:
    jo: str
    ann: str
    heard: int
    allowed: int
    questions: tuple[dict[str, Any], ...]


_QUESTIONS = prepare(select(t.question).order_by(t.question.c.id))
_HEARD = prepare(select(t.heard.c.id).where(t.heard.c.sender != "stranger", t.heard.c.intent != "message"))


_SPEAKERS = prepare(select(t.speaker.c.id).where(t.speaker.c.allowed.is_not(None)))


async def _snapshot(salon: Salon) -> _State:
    jo, ann = await _stands(salon, "jo"), await _stands(salon, "ann")

    def job(tx: Tx) -> _State:
        questions = tuple(row._asdict() for row in tx.all(_QUESTIONS))
        return _State(jo, ann, len(tx.all(_HEARD)), len(tx.all(_SPEAKERS)), questions)

    return await salon.rebook.store.read(job)


async def _stands(salon: Salon, key: str) -> str:
    return f"{(await salon.booking(key)).status}, {await salon.local_start(key)}"


async def _allow(salon: Salon, confirmation: EmailMessage) -> None:
    """Let the guest allow Kim to speak for the booking."""
    await _honest(salon, confirmation, WISHES["move"], sender=KIM)
    await _honest(salon, await salon.answer(), WISHES["allow"])
    await salon.answer()


async def _reach(salon: Salon, state: str, confirmation: EmailMessage) -> EmailMessage:
    """Bring about what is pending, and return the message of ours that the guest would answer."""
    words = {
        "an offer": "Thursday afternoon?",
        "a cancel to confirm": WISHES["cancel"],
        "a move to confirm": WISHES["move"],
        "a stranger's question": WISHES["cancel"],
        "moved": WISHES["move"],
    }.get(state)
    if words is None:
        return confirmation

    sender = EVE if state == "a stranger's question" else None
    await _honest(salon, confirmation, words, sender=sender)
    return await salon.answer()


async def _honest(salon: Salon, mail: EmailMessage, words: str, *, sender: str | None = None) -> None:
    salon.rebook.txt = zone(REJECT).txt
    raw = reply_to(mail, words, salon.time(), sender=sender).as_bytes(policy=policy.SMTP)
    signed = raw if sender == EVE else sign(raw, domain="guest.example")
    await salon.delivers(signed, to=str(mail["Reply-To"]))


async def _own_answer(salon: Salon, state: str, answered: EmailMessage) -> str | None:
    answer = OWN_ANSWERS.get(state)
    if answer is None:
        return None

    await _honest(salon, answered, answer)
    return await _stands(salon, "jo")


async def _forged(salon: Salon, cell: Cell, answered: EmailMessage) -> tuple[bytes, str]:
    """Return the mail of a cell and the address it is sent to."""
    authentication = AUTHENTICATIONS[cell.authentication]
    mail = reply_to(answered, WISHES[cell.wish], salon.time(), threaded=cell.token != "none, unthreaded")
    del mail["From"]
    lines = SENDERS[cell.sender].lines.split("\r\n")
    # What is added to a signed mail, and what a signed mail can be made to show: the worst of both.
    shown = next((one for one in lines if one.startswith("From:")), "")
    added = [one for one in lines if one != shown]
    raw = f"{shown}\r\n".encode() * bool(shown) + mail.as_bytes(policy=policy.SMTP)
    if authentication.signs is not None:
        raw = sign(raw, **authentication.signs)

    if authentication.spoils:
        raw = raw.rstrip() + b" \r\nand more\r\n"

    above = [f"Authentication-Results: {one}" for one in authentication.results if not one.startswith("i=")]
    above += [f"ARC-Authentication-Results: {one}" for one in authentication.results if one.startswith("i=")]
    raw = "".join(f"{one}\r\n" for one in (*above, *added)).encode() + raw
    return raw, await _address(salon, cell.token, str(answered["Reply-To"]))


async def _address(salon: Salon, token: str, own: str) -> str:
    match token:
        case "own in capitals":
            return own.upper()
        case "of another booking":
            return f"reply+{salon.tokens['ann']}@{DOMAIN}"
        case "none, threaded" | "none, unthreaded":
            return f"reply@{DOMAIN}"
        case "calendar key":
            key = (await salon.booking()).calendar_key
            return f"cal+{key}@{DOMAIN}"
        case "damaged":
            return own.replace("@", "a@")
        case _:
            return own


@asynccontextmanager
async def _open(folder: Path, *, through_gate: bool) -> AsyncIterator[Salon]:
    config = new_config(folder)
    if not through_gate:
        incoming = replace(config.mail.incoming, trusted_peers=(), check_senders="always")
        config = replace(config, mail=replace(config.mail, incoming=incoming))

    clock = Clock()
    async with running(config, only=("mail",), clock=clock) as rebook:
        rebook.txt = Zone().txt
        yield Salon(folder, config, rebook, clock)
