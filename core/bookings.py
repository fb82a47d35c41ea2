"""The verbs: the only way to change a booking. Policy, booking, history and outbox in one transaction each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import bindparam, delete, insert, select, update

from core import outbox, policy
from core.announce import announce_booking, announce_cancel, announce_move, plan_reminders, tell_team
from core.availability import is_free, why_not
from core.model import Payment, Status
from core.occupancy import (
    Span,
    clear_holds,
    find_occupancy,
    hold,
    is_taken,
    left_over,
    occupied_span,
    release,
    take,
)
from core.queries import load_dossier
from core.refusal import Refusal
from core.reply import Part
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from datetime import datetime

    from core.model import Actor, Booking, Channel, Dossier
    from core.store.engine import Row, Tx

What = Literal["moved", "cancelled", "undone", "confirmed", "completed", "no_show", "paid", "payment_expired", "resent"]


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, where and when; *now* is aware UTC."""

    actor: Actor
    channel: Channel
    now: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """What a verb did: the booking before and after. `guest_told` is False where mail is off (SPEC F5)."""

    what: What
    before: Booking
    after: Dossier
    guest_told: bool = True


_b = t.booking.c
_SAVE = prepare(
    update(t.booking)
    .where(_b.id == bindparam("of_id"), _b.version == bindparam("of_version"))
    .values(
        start=bindparam("start"),
        end=bindparam("end"),
        performer_id=bindparam("performer_id"),
        performer_chosen=bindparam("performer_chosen"),
        status=bindparam("status"),
        payment=bindparam("payment"),
        occupancy_id=bindparam("occupancy_id"),
        version=bindparam("version"),
        sequence=bindparam("sequence"),
        moves=bindparam("moves"),
    )
)
_WRITE_HISTORY = prepare(insert(t.history))
_CLEAR_UNDO = prepare(delete(t.undo).where(t.undo.c.booking_id == bindparam("booking_id")))
_WRITE_UNDO = prepare(insert(t.undo))
_FIND_UNDO = prepare(select(t.undo).where(t.undo.c.booking_id == bindparam("booking_id")))


def reschedule(tx: Tx, dossier: Dossier, start: datetime, performer_id: int, act: Act) -> Changed | Refusal:
    """Move the booking to *start* (aware UTC) with this performer (SPEC S3, G1-G11, F2); refuse with the reason if not.

    A guest's move can be undone for `policy.UNDO_TIME`, and the old slot is held that long (SPEC R4).
    """
    booking, service = dossier.booking, dossier.service
    refusal = can_move_to(tx, dossier, start, performer_id, act)
    if refusal is not None:
        return refusal

    is_guest = act.actor.kind == "guest"
    new = occupied_span(service, performer_id, start)
    old = find_occupancy(tx, booking.occupancy_id)
    clear_holds(tx, booking.id, new, now=act.now, past_holds=not is_guest)
    freed = None if old is None else _leave(tx, old)
    occupancy_id = take(tx, service, booking.id, new, start)
    moved = replace(
        booking,
        start=start,
        end=start + timedelta(minutes=service.minutes),
        performer_id=performer_id,
        version=booking.version + 1,
        sequence=booking.sequence + 1,
        moves=booking.moves + 1,
        occupancy_id=occupancy_id,
    )
    if is_guest and freed is not None:
        hold(tx, booking.id, left_over(freed, new), act.now + policy.UNDO_TIME)

    _remember(tx, booking, old, act)
    return _save(tx, dossier, moved, "moved", act)


def can_move_to(tx: Tx, dossier: Dossier, start: datetime, performer_id: int, act: Act) -> Refusal | None:
    """Return why this booking may not move to *start* with this performer at this moment, or None when it may."""
    booking, is_guest = dossier.booking, act.actor.kind == "guest"
    refusal = (
        policy.can_act(act.actor, booking)
        or policy.can_reschedule(booking, dossier.business, dossier.service, act.actor, act.now)
        or (policy.can_choose_performer(booking, dossier.service, performer_id) if is_guest else None)
    )
    if refusal is not None:
        return refusal

    if performer_id not in dossier.performers:
        return Refusal("performer_chosen")

    if is_guest:
        return None if is_free(tx, dossier, start, performer_id, act.now) else Refusal("slot_taken")

    return why_not(tx, dossier, start, performer_id, act.now)


def cancel(tx: Tx, dossier: Dossier, act: Act, reason: str = "") -> Changed | Refusal:
    """Cancel the booking and release its slot (SPEC S2, F5); a guest can undo it for a while (SPEC R4)."""
    booking = dossier.booking
    refusal = policy.can_act(act.actor, booking) or policy.can_cancel(
        booking, dossier.business, dossier.service, act.actor, act.now
    )
    if refusal is not None:
        return refusal

    old = find_occupancy(tx, booking.occupancy_id)
    clear_holds(tx, booking.id, None, now=act.now, past_holds=False)
    freed = None if old is None else _leave(tx, old)
    if act.actor.kind == "guest" and freed is not None:
        hold(tx, booking.id, (freed,), act.now + policy.UNDO_TIME)

    cancelled = replace(
        booking,
        status=Status.CANCELLED,
        version=booking.version + 1,
        sequence=booking.sequence + 1,
        occupancy_id=None,
    )
    _remember(tx, booking, old, act)
    return _save(tx, dossier, cancelled, "cancelled", act, reason=reason)


def find_undo(tx: Tx, dossier: Dossier, now: datetime) -> Row | None:
    """Return the guest's last change if it can still be taken back: not too long ago, and nothing happened since."""
    row = find_last_change(tx, dossier.booking.id)
    return row if row is not None and is_undoable(row, dossier.booking, now) else None


def is_undoable(change: Row, booking: Booking, now: datetime) -> bool:
    """Return whether the guest's last *change* can still be taken back."""
    return bool(change.version == booking.version and change.until > now)


def find_last_change(tx: Tx, booking_id: int) -> Row | None:
    """Return the guest's last change however long ago it was, for an undo that comes too late (SPEC R4)."""
    return tx.first(_FIND_UNDO, booking_id=booking_id)


def undo(tx: Tx, dossier: Dossier, act: Act) -> Changed | Refusal:
    """Take the guest's last change back whatever the window says (SPEC R4, S2), unless too late or the slot gone."""
    booking = dossier.booking
    row = find_undo(tx, dossier, act.now)
    if row is None:
        return Refusal("stale")

    old = Span(row.performer_id, row.occupied_start, row.occupied_end)
    if is_taken(tx, dossier.service, old, row.start, now=act.now, but_for=booking):
        return Refusal("slot_taken")

    clear_holds(tx, booking.id, None, now=act.now, past_holds=False)
    present = find_occupancy(tx, booking.occupancy_id)
    if present is not None:
        _leave(tx, present)

    restored = replace(
        booking,
        start=row.start,
        end=row.end,
        performer_id=row.performer_id,
        status=Status(row.status),
        version=booking.version + 1,
        sequence=booking.sequence + 1,
        moves=row.moves,
        occupancy_id=take(tx, dossier.service, booking.id, old, row.start),
    )
    tx.run(_CLEAR_UNDO, booking_id=booking.id)
    return _save(tx, dossier, restored, "undone", act)


def set_status(tx: Tx, dossier: Dossier, status: Status, act: Act) -> Changed | Refusal:
    """Confirm a pending booking, or say how the visit ended: completed or no-show (SPEC S1)."""
    refusal = policy.can_act(act.actor, dossier.booking) or policy.can_set_status(dossier.booking, status, act.now)
    if refusal is not None:
        return refusal

    changed = replace(dossier.booking, status=status, version=dossier.booking.version + 1)
    return _save(tx, dossier, changed, status.value, act)  # type: ignore[arg-type] # policy lets these three through


def mark_paid(tx: Tx, dossier: Dossier, act: Act) -> Changed | Refusal:
    """Record that the booking is paid (SPEC P1)."""
    refusal = policy.can_act(act.actor, dossier.booking) or policy.can_mark_paid(dossier.booking)
    if refusal is not None:
        return refusal

    paid = replace(dossier.booking, payment=Payment.PAID, version=dossier.booking.version + 1)
    return _save(tx, dossier, paid, "paid", act)


def resend(tx: Tx, dossier: Dossier, act: Act) -> Changed | Refusal:
    """Send the confirmation again, to the address on file (SPEC F6)."""
    refusal = policy.can_act(act.actor, dossier.booking)
    if refusal is not None:
        return refusal

    told = announce_booking(tx, dossier, act.now, repeat=True)
    write_history(tx, dossier.booking.id, "resent", act)
    return Changed("resent", dossier.booking, dossier, guest_told=told)


def tell_undelivered(tx: Tx, booking_id: int, outbox_id: int, address: str, act: Act) -> None:
    """Record that a message did not reach the guest, and let the team know that they were not told (SPEC M4)."""
    dossier = load_dossier(tx, booking_id)
    if dossier is None:
        return

    write_history(tx, booking_id, "not_delivered", act, data={"message": outbox_id})
    part = Part("team.undelivered", {"guest": dossier.booking.guest.name, "address": address})
    tell_team(tx, dossier, key=f"undelivered:{outbox_id}", kind="undelivered", parts=(part,), now=act.now)


def mark_bounced(tx: Tx, outbox_id: int, act: Act) -> int | None:
    """Record that a message which had left came back; return its booking's id, None if that was known."""
    row = outbox.find_sent(tx, outbox_id)
    if row is None or row.state == "failed":
        return None

    outbox.mark_returned(tx, outbox_id)
    if row.recipient == "guest":
        tell_undelivered(tx, row.booking_id, outbox_id, row.sent_to or "", act)

    return int(row.booking_id)


def write_history(
    tx: Tx,
    booking_id: int,
    what: str,
    act: Act,
    *,
    before: Booking | None = None,
    after: Booking | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Append one line to the booking's history (SPEC F7). *data* holds codes and numbers, never a guest's words."""
    tx.insert(
        _WRITE_HISTORY,
        booking_id=booking_id,
        at=act.now,
        actor=act.actor.kind,
        actor_name=act.actor.name,
        channel=act.channel,
        what=what,
        from_start=before and before.start,
        to_start=after and after.start,
        from_performer_id=before and before.performer_id,
        to_performer_id=after and after.performer_id,
        data=data,
    )


def _save(tx: Tx, dossier: Dossier, changed: Booking, what: What, act: Act, reason: str = "") -> Changed:
    before = dossier.booking
    tx.run(
        _SAVE,
        of_id=before.id,
        of_version=before.version,
        start=changed.start,
        end=changed.end,
        performer_id=changed.performer_id,
        performer_chosen=changed.performer_chosen,
        status=changed.status.value,
        payment=changed.payment.value,
        occupancy_id=changed.occupancy_id,
        version=changed.version,
        sequence=changed.sequence,
        moves=changed.moves,
    )
    write_history(tx, before.id, what, act, before=before, after=changed, data={"reason": reason} if reason else None)
    after = replace(dossier, booking=changed)
    told = _announce(tx, before, after, what, act, reason)
    return Changed(what, before, after, guest_told=told)


def _announce(tx: Tx, before: Booking, after: Dossier, what: What, act: Act, reason: str) -> bool:
    match what:
        case "moved" | "undone":
            return announce_move(
                tx, before, after, actor=act.actor, channel=act.channel, now=act.now, undone=what == "undone"
            )
        case "cancelled":
            return announce_cancel(tx, after, actor=act.actor, channel=act.channel, reason=reason, now=act.now)
        case "confirmed":
            plan_reminders(tx, after, act.now)
            return announce_booking(tx, after, act.now)
        case _:
            plan_reminders(tx, after, act.now)
            return True


def _leave(tx: Tx, occupancy: Row) -> Span | None:
    """Give the place up; return the span if nobody sits in it any more."""
    freed = release(tx, occupancy)
    return Span(occupancy.performer_id, occupancy.start, occupancy.end) if freed else None


def _remember(tx: Tx, before: Booking, occupancy: Row | None, act: Act) -> None:
    """Keep what an undo restores; a change by staff leaves nothing to undo (SPEC R4)."""
    tx.run(_CLEAR_UNDO, booking_id=before.id)
    if act.actor.kind != "guest" or occupancy is None:
        return

    tx.insert(
        _WRITE_UNDO,
        booking_id=before.id,
        version=before.version + 1,
        until=act.now + policy.UNDO_TIME,
        start=before.start,
        end=before.end,
        occupied_start=occupancy.start,
        occupied_end=occupancy.end,
        performer_id=before.performer_id,
        status=before.status.value,
        moves=before.moves,
    )
