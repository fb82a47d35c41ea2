"""What a guest presses on a page: the same verbs as words, behind a summary and a confirmation (DESIGN rule 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import policy
from core.availability import availability_of
from core.bookings import Act, Changed, cancel, find_undo, reschedule, undo
from core.dialogue import Cancel, Move, Undo
from core.model import GUEST
from core.queries import load_dossier
from core.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from core.dialogue import Command
    from core.model import Dossier
    from core.slots import Availability
    from core.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking as its guest sees it now, and what they may do with it. `undo_until` None: nothing to take back."""

    dossier: Dossier
    now: datetime
    cannot_move: Refusal | None
    cannot_cancel: Refusal | None
    move_until: datetime | None
    cancel_until: datetime | None
    undo_until: datetime | None


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
        move_until=policy.reschedule_until(booking, business, service),
        cancel_until=policy.cancel_until(booking, business, service),
        undo_until=None if undoable is None else undoable.until,
    )


def free_times(tx: Tx, booking_id: int, now: datetime) -> tuple[Standing, Availability] | None:
    """Return the standing together with what is free for this booking (SPEC G8, G9)."""
    found = standing(tx, booking_id, now)
    return None if found is None else (found, availability_of(tx, found.dossier, now))


def press(tx: Tx, booking_id: int, command: Command, *, version: int, now: datetime) -> Changed | Refusal:
    """Do what a guest confirmed on a page that showed the booking at *version*.

    Pressed twice, it acts once: the second time the booking has another version, and what was asked for is so already,
    or the refusal is `stale` (SPEC R8).
    """
    dossier = load_dossier(tx, booking_id)
    if dossier is None:
        return Refusal("stale")

    if dossier.booking.version != version:
        return _again(dossier, command)

    act = Act(GUEST, "web", now)
    match command:
        case Move(slot):
            return reschedule(tx, dossier, slot.start, slot.performer_id, act)
        case Cancel():
            return cancel(tx, dossier, act)
        case Undo():
            return undo(tx, dossier, act)


def _again(dossier: Dossier, command: Command) -> Changed | Refusal:
    booking = dossier.booking
    match command:
        case Move(slot) if (slot.start, slot.performer_id) == (booking.start, booking.performer_id):
            return Changed("moved", booking, dossier)
        case Cancel() if not booking.is_open:
            return Changed("cancelled", booking, dossier)
        case _:
            return Refusal("stale")
