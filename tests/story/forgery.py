"""The forgery matrix: who writes × how it is authenticated × whose token × what is pending × what is asked.

Each cell is played through the real SMTP port, the pipeline and the database, with a DNS of our own. What must come of
it follows from the table alone: whether this mail may act, and what it then does.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.store import tables as t
from core.store.engine import Tx, prepare
from core.store.migrate import migrate
from rebook.app import running
from tests.mailin.signing import Zone, new_key, sign, zone
from tests.story.mails import reply_to
from tests.story.salon import DOMAIN, Clock, Salon, booking, new_config

AT_ONCE = 6
GUEST = "jo@guest.example"
EVE = "eve@evil.test"
KIM = "kim@guest.example"
KEY, WEAK = new_key().record, new_key(768, 3).record
HONEST = {
    "s1._domainkey.guest.example": KEY,
    "s1._domainkey.mail.guest.example": KEY,
    "s1._domainkey.evil.test": new_key(seed=2).record,
    "weak._domainkey.guest.example": WEAK,
}
REJECT = HONEST | {"_dmarc.guest.example": "v=DMARC1; p=reject"}
WATCH = HONEST | {"_dmarc.guest.example": "v=DMARC1; p=none"}
STRICT = HONEST | {"_dmarc.guest.example": "v=DMARC1; p=quarantine; adkim=s"}
GATE = "mx.nova.example"


@dataclass(frozen=True, slots=True)
class Sender:
    """`lines` as the mail shows them. `may`: whether this is plainly the guest, or somebody they allowed to speak.

    `mail_from` stands in the envelope.
    """

    lines: str
    may: bool = False
    mail_from: str = GUEST
    is_allowed: bool = False


SENDERS = {
    "the guest": Sender(f"From: Jo <{GUEST}>", may=True),
    "the guest in capitals": Sender('From: "Jo" <JO@Guest.Example>', may=True),
    "the guest, envelope of another": Sender(f"From: {GUEST}", may=True, mail_from=EVE),
    "display name": Sender(f'From: "{GUEST}" <{EVE}>'),
    "bare display name": Sender(f"From: {GUEST} <{EVE}>"),
    "look-alike domain": Sender("From: Jo <jo@guest.example.evil.test>"),
    "look-alike letters": Sender("From: Jo <jo@guest.examp1e>"),
    "Reply-To": Sender(f"From: {EVE}\r\nReply-To: {GUEST}"),
    "Sender": Sender(f"From: {EVE}\r\nSender: {GUEST}"),
    "two From headers": Sender(f"From: {GUEST}\r\nFrom: {EVE}"),
    "two From headers, the guest below": Sender(f"From: {EVE}\r\nFrom: {GUEST}"),
    "two From headers, one without address": Sender(f"From: {GUEST}\r\nFrom: Eve"),
    "two mailboxes": Sender(f"From: {GUEST}, {EVE}"),
    "group": Sender(f"From: Friends: {GUEST};"),
    "a stranger": Sender(f"From: Eve <{EVE}>", mail_from=EVE),
    "a colleague who was allowed": Sender(f"From: Kim <{KIM}>", may=True, mail_from=KIM, is_allowed=True),
    "a colleague who was not": Sender(f"From: Kim <{KIM}>", mail_from=KIM),
    "look-alike of the colleague": Sender("From: Kim <kim@guest.examp1e>", is_allowed=True),
    "no From": Sender("X-Nothing: here"),
    "null sender": Sender(f"From: {GUEST}", mail_from=""),
}


@dataclass(frozen=True, slots=True)
class Authentication:
    """`results`: Authentication-Results above the mail. `signs`: how DKIM is applied; `names`: what DNS holds then.

    `through_gate`: a trusted gate handed the mail over; else Rebook is the MX itself. `may`: whether a mail that shows
    the guest may act.
    """

    may: bool
    results: tuple[str, ...] = ()
    through_gate: bool = True
    signs: dict[str, Any] | None = None
    spoils: bool = False
    names: Any = None
    broken: tuple[str, ...] = ()


def _gate(*results: str, may: bool) -> Authentication:
    return Authentication(may, results)


def _own(names: dict[str, str], *, may: bool, signs: dict[str, Any] | None = None, **more: Any) -> Authentication:
    return Authentication(may, through_gate=False, names=names, signs=signs, **more)


PASSES = f"{GATE}; dmarc=pass header.from=guest.example"
FAILS = f"{GATE}; dmarc=fail header.from=guest.example"
SIGNED: dict[str, Any] = {"domain": "guest.example"}
AUTHENTICATIONS = {
    "gate: pass": _gate(PASSES, may=True),
    "gate: none": _gate(f"{GATE}; dmarc=none header.from=guest.example", may=True),
    "gate: nothing said": _gate(may=True),
    "gate: fail": _gate(FAILS, may=False),
    "gate: cannot say": _gate(f"{GATE}; dmarc=temperror header.from=guest.example", may=False),
    "gate: pass and fail": _gate(f"{GATE}; dmarc=pass; dmarc=fail", may=False),
    "gate: fail, forged pass below": _gate(FAILS, PASSES, may=False),
    "gate: pass, forged fail below": _gate(PASSES, FAILS, may=True),
    "gate: another's fail above": _gate("mx.evil.test; dmarc=fail header.from=guest.example", may=True),
    "own: signed by the domain, p=reject": _own(REJECT, may=True, signs=SIGNED),
    "own: signed by the domain, no policy": _own(HONEST, may=True, signs=SIGNED),
    "own: signed below the domain": _own(REJECT, may=True, signs={"domain": "mail.guest.example"}),
    "own: signed below, strict policy": _own(STRICT, may=False, signs={"domain": "mail.guest.example"}),
    "own: signed by another": _own(REJECT, may=False, signs={"domain": "evil.test", "key": new_key(seed=2)}),
    "own: signed by another, p=none": _own(WATCH, may=True, signs={"domain": "evil.test", "key": new_key(seed=2)}),
    "own: signed with another's key": _own(REJECT, may=False, signs=SIGNED | {"key": new_key(seed=2)}),
    "own: broken body": _own(REJECT, may=False, signs=SIGNED, spoils=True),
    "own: part of the body": _own(REJECT, may=False, signs=SIGNED | {"length": 1}),
    "own: From not signed": _own(REJECT, may=False, signs=SIGNED | {"headers": ("to", "subject", "date")}),
    "own: expired": _own(REJECT, may=False, signs=SIGNED | {"tags": " x=1700000000;"}),
    "own: weak key": _own(REJECT, may=False, signs=SIGNED | {"key": new_key(768, 3), "selector": "weak"}),
    "own: SHA-1": _own(REJECT, may=False, signs=SIGNED | {"algorithm": "sha1"}),
    "own: unsigned, p=reject": _own(REJECT, may=False),
    "own: unsigned, p=quarantine": _own(STRICT, may=False),
    "own: unsigned, p=none": _own(WATCH, may=True),
    "own: unsigned, no policy": _own(HONEST, may=True),
    "own: DNS fails": _own(REJECT, may=False, broken=("_dmarc.guest.example",)),
    "own: DNS of the key fails": _own(REJECT, may=False, signs=SIGNED, broken=("s1._domainkey.guest.example",)),
    "own: unsigned, forged pass": _own(REJECT, may=False, results=(PASSES,)),
    "own: signed, forged fail": _own(REJECT, may=True, signs=SIGNED, results=(FAILS,)),
    "own: unsigned, forged ARC pass": _own(REJECT, may=False, results=(f"i=1; {PASSES}",)),
}

TOKENS = {"own": True, "own in capitals": True, "none, threaded": True, "of another booking": False}
"""Where it is sent, and whether the mail is then about the guest's own booking and may be heard as theirs."""

DEAF_TOKENS = ("calendar key", "none, unthreaded", "damaged")
"""Addresses at which no words are heard at all."""

STATES = ("nothing pending", "an offer", "a cancel to confirm", "a move to confirm", "a stranger's question", "moved")
WISHES = {
    "move": "Tuesday 1 December at 11:30",
    "cancel": "Please cancel my booking.",
    "yes": "Yes",
    "2": "2",
    "undo": "undo",
    "allow": "ALLOW",
}
THURSDAY, TUESDAY = "confirmed, Thu 2026-11-26 15:00", "confirmed, Tue 2026-12-01 11:30"
CANCELLED = "cancelled, Thu 2026-11-26 15:00"
EFFECTS = {
    ("nothing pending", "move"): TUESDAY,
    ("nothing pending", "cancel"): THURSDAY,
    ("nothing pending", "yes"): THURSDAY,
    ("nothing pending", "2"): THURSDAY,
    ("nothing pending", "undo"): THURSDAY,
    ("an offer", "2"): "confirmed, Thu 2026-11-26 12:15",
    ("an offer", "move"): TUESDAY,
    ("an offer", "cancel"): THURSDAY,
    ("a cancel to confirm", "yes"): CANCELLED,
    ("a cancel to confirm", "move"): TUESDAY,
    ("a move to confirm", "yes"): TUESDAY,
    ("a move to confirm", "cancel"): THURSDAY,
    ("a stranger's question", "yes"): CANCELLED,
    ("a stranger's question", "move"): TUESDAY,
    ("a stranger's question", "allow"): THURSDAY,
    ("moved", "undo"): THURSDAY,
    ("moved", "cancel"): TUESDAY,
}
"""What the guest's own mail does; a pair that is missing is not played."""

OWN_ANSWERS = {"an offer": "2", "a cancel to confirm": "yes", "a move to confirm": "yes", "moved": "undo"}
"""What the guest was going to answer: it still does what it would have done, whoever wrote in between (R7a)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the matrix."""

    sender: str
    authentication: str
    token: str
    state: str
    wish: str

    @property
    def may(self) -> bool:
        """Whether this mail may act on the guest's booking (R7); whom the guest allowed can allow nobody else."""
        sender = SENDERS[self.sender]
        is_theirs = sender.may and AUTHENTICATIONS[self.authentication].may and TOKENS.get(self.token, False)
        return is_theirs and not (sender.is_allowed and self.wish == "allow")

    def __str__(self) -> str:
        return f"{self.sender} / {self.authentication} / {self.token} / {self.state} / {self.wish}"


def cells() -> list[Cell]:
    """Return the cells that are played: each axis against what matters most on the others, and a random rest."""
    return list(dict.fromkeys([*_crossed(), *_random(25)]))


def _crossed() -> Iterator[Cell]:
    pairs = (("nothing pending", "move"), ("a cancel to confirm", "yes"))
    gate, own = "gate: pass", "own: signed by the domain, p=reject"
    colleague = "a colleague who was allowed"
    yield from (Cell(sender, gate, "own", *pair) for sender, pair in product(SENDERS, pairs))
    yield from (Cell(sender, own, "own", *pairs[0]) for sender in SENDERS if sender.startswith(("two", "gr", "disp")))
    yield from (Cell("the guest", one, "own", *pairs[0]) for one in AUTHENTICATIONS)
    yield from (Cell("the guest", one, "own", *pairs[1]) for one, how in AUTHENTICATIONS.items() if not how.may)
    for sender, token in product(("the guest", "a stranger"), (*TOKENS, *DEAF_TOKENS)):
        yield Cell(sender, gate, token, *pairs[1])

    one_each = {state: (state, wish) for state, wish in EFFECTS}.values()
    yield from (Cell("the guest", gate, "own", *pair) for pair in EFFECTS)
    yield from (Cell("a stranger", gate, "own", *pair) for pair in one_each)
    yield from (Cell(colleague, gate, "own", *pair) for pair in one_each)
    yield from (Cell(colleague, one, "own", *pairs[0]) for one in ("gate: fail", own, "own: unsigned, p=reject"))
    yield Cell("look-alike of the colleague", own, "own", *pairs[0])
    for sender in ("a stranger", colleague, "a colleague who was not", "display name"):
        yield Cell(sender, gate, "own", "a stranger's question", "allow")
    yield from (Cell("the guest", "gate: fail", "own", *pair) for pair in one_each)


def _random(count: int) -> Iterator[Cell]:
    chance = random.Random(20261123)
    for _ in range(count):
        sender, authentication = chance.choice(list(SENDERS)), chance.choice(list(AUTHENTICATIONS))
        yield Cell(sender, authentication, chance.choice(list(TOKENS)), *chance.choice(list(EFFECTS)))


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
