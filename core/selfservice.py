"""What a guest presses on a page: the same verbs as words, behind a summary and a confirmation (DESIGN rule 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, select

from core import policy
from core.announce import tell_team
from core.bookings import Act, Changed, cancel, find_undo, reschedule, undo
from core.model import GUEST, Status
from core.queries import load_dossier
from core.refusal import Refusal
from core.reply import Part
from core.store import tables as t
from core.store.engine import prepare
from core.turns import Cancel, Move, Undo

if TYPE_CHECKING:
    from core.model import Dossier, Slot
    from core.store.engine import Row, Tx
    from core.turns import Command

Just = Literal["moved", "cancelled", "undone"]
"""What the guest did a moment ago."""

CHANGES_AN_HOUR = 20
"""So often an hour a booking is changed on pages; what was done last can be taken back even then (SPEC L3)."""

_LAST_CHANGE = prepare(
    select(t.history).where(t.history.c.booking_id == bindparam("booking_id")).order_by(t.history.c.id.desc()).limit(1)
)
_LATE_PRESSES = prepare(
    select(t.history.c.at)
    .where(
        t.history.c.booking_id == bindparam("booking_id"),
        t.history.c.channel == "web",
        t.history.c.at > bindparam("since", type_=t.history.c.at.type),
    )
    .order_by(t.history.c.id.desc())
    .limit(CHANGES_AN_HOUR)
)


class TooManyChanges(Exception):
    """A booking was changed on pages so often that no more is done before `until` (aware UTC).

    No refusal: it says nothing about the booking, and no page can forget to answer it.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__("the booking was changed too often")
        self.until = until


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking as its guest sees it now, and what they may do with it.

    `just` is what they did in the last `UNDO_TIME` of the policy, if nothing happened since.
    `undo_until` None: nothing to take back.
    """

    dossier: Dossier
    now: datetime
    cannot_move: Refusal | None
    cannot_cancel: Refusal | None
    undo_until: datetime | None
    just: Just | None


def standing(tx: Tx, booking_id: int, now: datetime) -> Standing | None:
    """Return how the booking stands; None if there is none with this id."""
    dossier = load_dossier(tx, booking_id)
    if dossier is None:
        return None

    booking, business, service = dossier.booking, dossier.business, dossier.service
    undoable = find_undo(tx, dossier, now)
    return Standing(
        dossier=dossier,
        now=now,
        cannot_move=policy.can_reschedule(booking, business, service, GUEST, now),
        cannot_cancel=policy.can_cancel(booking, business, service, GUEST, now),
        undo_until=None if undoable is None else undoable.until,
        just=_just(tx, dossier, undoable, now),
    )


def press(tx: Tx, booking_id: int, command: Command, *, version: int, now: datetime) -> Changed | Refusal:
    """Do what a guest confirmed on a page that showed the booking at *version*.

    Pressed twice, it acts once: the second time the booking has another version, and what was asked for is so already,
    or the refusal is `stale` (SPEC R8). The time it has already is no move (SPEC G9): `after` has the same version.
    Raises `TooManyChanges` where `CHANGES_AN_HOUR` were made already, whichever process made them (SPEC L3).
    """
    dossier = load_dossier(tx, booking_id)
    if dossier is None:
        return Refusal("stale")

    if dossier.booking.version != version:
        return _again(tx, dossier, command, version)

    act = Act(GUEST, "web", now)
    match command:
        case Move(slot):
            return _move(tx, dossier, slot, act)
        case Cancel():
            _check_often(tx, dossier, now)
            return cancel(tx, dossier, act)
        case Undo():
            return undo(tx, dossier, act)


def _move(tx: Tx, dossier: Dossier, slot: Slot, act: Act) -> Changed | Refusal:
    booking = dossier.booking
    if _is_at(dossier, slot):
        refusal = policy.can_reschedule(booking, dossier.business, dossier.service, act.actor, act.now)
        return refusal or Changed("moved", booking, dossier)

    _check_often(tx, dossier, act.now)
    outcome = reschedule(tx, dossier, slot.start, slot.performer_id, act)
    if isinstance(outcome, Refusal) and outcome.code == "performer_chosen":
        _pass_performer_wish_on(tx, dossier, slot, act)

    return outcome


def _check_often(tx: Tx, dossier: Dossier, now: datetime) -> None:
    late = tx.all(_LATE_PRESSES, booking_id=dossier.booking.id, since=now - timedelta(hours=1))
    if len(late) == CHANGES_AN_HOUR:
        raise TooManyChanges(late[-1].at + timedelta(hours=1))


def _pass_performer_wish_on(tx: Tx, dossier: Dossier, slot: Slot, act: Act) -> None:
    """Let the team know, once for each version and performer, whom the guest asked for in vain (SPEC G8)."""
    wished = dossier.performers.get(slot.performer_id)
    if wished is None:
        return

    booking = dossier.booking
    part = Part("team.performer_wish", {"guest": booking.guest.name, "performer": wished.name})
    key = f"team-wish:web:{booking.id}:{booking.version}:{wished.id}"
    tell_team(tx, dossier, key=key, kind="blocked", parts=(part,), now=act.now)


def _again(tx: Tx, dossier: Dossier, command: Command, version: int) -> Changed | Refusal:
    booking = dossier.booking
    match command:
        case Move(slot) if booking.is_open and _is_at(dossier, slot):
            return Changed("moved", booking, dossier)
        case Cancel() if booking.status is Status.CANCELLED:
            return Changed("cancelled", booking, dossier)
        case Undo() if booking.version == version + 1 and _last_change(tx, booking.id) == "undone":
            return Changed("undone", booking, dossier)
        case _:
            return Refusal("stale")


def _is_at(dossier: Dossier, slot: Slot) -> bool:
    return (slot.start, slot.performer_id) == (dossier.booking.start, dossier.booking.performer_id)


def _just(tx: Tx, dossier: Dossier, undoable: Row | None, now: datetime) -> Just | None:
    if undoable is not None:
        return "moved" if dossier.booking.is_open else "cancelled"

    last = tx.first(_LAST_CHANGE, booking_id=dossier.booking.id)
    if last is None or last.what != "undone" or now - last.at > policy.UNDO_TIME:
        return None

    return "undone"


def _last_change(tx: Tx, booking_id: int) -> str:
    last = tx.first(_LAST_CHANGE, booking_id=booking_id)
    return "" if last is None else str(last.what)
