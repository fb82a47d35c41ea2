"""The forgery matrix: who writes × how it is authenticated × whose token × what is pending × what is asked.

What must come of a cell follows from the table alone: whether this mail may act, and what it then does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.mailin.sender.signing import new_key

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
