"""Writing to the business from the page: before the team once, and with what was refused (SPEC R5, R8, F8)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, func, select

from core import policy
from core.announce import tell_team
from core.bookings import Act
from core.incoming import Incoming, is_too_much, record, was_heard, words_of
from core.model import GUEST
from core.queries import load_dossier
from core.reply import Part
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from datetime import datetime

    from core.model import Dossier
    from core.refusal import Refusal
    from core.store.engine import Tx

Outcome = Literal["passed_on", "too_much", "gone"]
"""What came of a message: the team reads it; so many came lately that it was not taken; there is no guest any more."""

ASKED_AN_HOUR = 5
"""So many messages an hour are taken from one booking's page (SPEC L3); mail is counted in with `HEARD_AN_HOUR`."""

LONGEST_QUESTION = 2_000
"""Characters of one message written on the page."""

_h = t.heard.c
_COUNT = prepare(
    select(func.count().label("messages"))
    .select_from(t.heard)
    .where(
        _h.booking_id == bindparam("booking_id"),
        _h.channel == "web",
        _h.at > bindparam("since", type_=_h.at.type),
    )
)
_COUNT_ALL = prepare(
    select(func.count().label("messages"))
    .select_from(t.heard)
    .where(_h.booking_id == bindparam("booking_id"), _h.channel == "web")
)


def count_asked(tx: Tx, booking_id: int) -> int:
    """Return how many messages were ever taken from the booking's page: what a form of it says of itself."""
    row = tx.first(_COUNT_ALL, booking_id=booking_id)
    return 0 if row is None else int(row.messages)


def ask(tx: Tx, booking_id: int, words: str, *, after: str, now: datetime) -> Outcome:
    """Bring the *words* of a guest before the team, with what they cannot do alone at this moment (SPEC F8).

    *after* is the count that the form was shown with: the same words from the same count are one message, whether a
    form was sent twice or two tabs sent it (SPEC R8); from a form that was shown later they are said again.
    """
    dossier = load_dossier(tx, booking_id)
    if dossier is None or dossier.booking.token_random is None:
        return "gone"

    incoming = Incoming("web", _delivery(booking_id, after, words), booking_id, words, arrived=now)
    if was_heard(tx, incoming):
        return "passed_on"

    if is_too_much(tx, incoming, now) or _is_too_often(tx, booking_id, now):
        return "too_much"

    heard_id = record(tx, dossier, incoming, "message", Act(GUEST, incoming.channel, now))
    guest, refusal, said = dossier.booking.guest.name, refused_now(dossier, now), words_of(incoming)
    if refusal is None:
        parts = (Part("team.message", {"guest": guest}), said)
        tell_team(tx, dossier, key=f"team-message:{heard_id}", kind="message", parts=parts, now=now)
    else:
        parts = (Part("team.asked", {"guest": guest, "code": refusal.code}), said)
        tell_team(tx, dossier, key=f"team-blocked:{heard_id}", kind="blocked", parts=parts, now=now)

    return "passed_on"


def refused_now(dossier: Dossier, now: datetime) -> Refusal | None:
    """Return what the guest is refused at *now*, a move before a cancel; None if nothing is.

    None for a visit that was cancelled or is over as well: there is nothing left that the team could allow.
    """
    booking, business, service = dossier.booking, dossier.business, dossier.service
    if not booking.is_open:
        return None

    return policy.can_reschedule(booking, business, service, GUEST, now) or policy.can_cancel(
        booking, business, service, GUEST, now
    )


def _is_too_often(tx: Tx, booking_id: int, now: datetime) -> bool:
    row = tx.first(_COUNT, booking_id=booking_id, since=now - timedelta(hours=1))
    return row is not None and row.messages >= ASKED_AN_HOUR


def _delivery(booking_id: int, after: str, words: str) -> str:
    # Only a digest: what a repeat is known by must not hold what the guest wrote (SPEC L5).
    return sha256(f"{booking_id}\n{after}\n{words}".encode()).hexdigest()
