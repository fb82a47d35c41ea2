"""Who is told of a change: the guest, the team, the performers, and the reminders to come. Writes outbox rows only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.outbox import queue, retire_reminders
from core.reply import Part, Reply

if TYPE_CHECKING:
    from datetime import datetime

    from core.model import Actor, Booking, Channel, Dossier
    from core.notices import Kind
    from core.reply import Value
    from core.store.engine import Tx

GUEST = "guest"
TEAM = "team"


def announce_move(
    tx: Tx, before: Booking, after: Dossier, *, actor: Actor, channel: Channel, now: datetime, undone: bool
) -> bool:
    """Tell everyone of a move (SPEC G10, M3) and plan the reminders anew (SPEC M2); return whether the guest is told.

    A guest who acted by mail is told by the answer itself, so no notice is written for them.
    """
    booking = after.booking
    key = f"moved:{booking.id}:{booking.version}"
    told = True
    what = "moved_by_team" if actor.kind == "staff" else _what(before, undone=undone)
    if not (actor.kind == "guest" and channel == "mail"):
        said = Reply((_told_of_move(what, before, after),), invites=True)
        told = _tell_guest(tx, after, f"{key}:guest", "moved", said, now)

    values: dict[str, Value] = {
        "guest": booking.guest.name,
        "start": booking.start,
        "old": before.start,
        "channel": channel,
    }
    queue(
        tx,
        after,
        key=f"{key}:team",
        kind="moved",
        recipient=TEAM,
        reply=Reply((Part(f"team.{what}", values),)),
        now=now,
    )
    _tell_performers_of_move(tx, before, after, key, now)
    plan_reminders(tx, after, now)
    return told


def announce_cancel(tx: Tx, after: Dossier, *, actor: Actor, channel: Channel, reason: str, now: datetime) -> bool:
    """Tell everyone of a cancellation (SPEC M3, F5) and drop the reminders; return whether the guest is told."""
    booking = after.booking
    key = f"cancelled:{booking.id}:{booking.version}"
    told = True
    what = "cancelled_by_team" if actor.kind == "staff" else "cancelled"
    if not (actor.kind == "guest" and channel == "mail"):
        parts = [Part(what, {"start": booking.start})]
        if reason:
            parts.append(Part("reason", {"reason": reason}))

        if booking.payment == "paid":
            parts.append(Part("no_refund", {"business": after.business.name}))

        told = _tell_guest(tx, after, f"{key}:guest", "cancelled", Reply(tuple(parts), invites=True), now)

    values: dict[str, Value] = {"guest": booking.guest.name, "start": booking.start, "channel": channel}
    said = Reply((Part(f"team.{what}", values),))
    queue(tx, after, key=f"{key}:team", kind="cancelled", recipient=TEAM, reply=said, now=now)
    _tell_performer(tx, after, booking.performer_id, "performer.cancelled", f"{key}:performer", now)
    retire_reminders(tx, booking.id)
    return told


def announce_booking(tx: Tx, dossier: Dossier, now: datetime, *, repeat: bool = False) -> bool:
    """Send the guest the confirmation (SPEC M1), once a version, or again for *repeat* (SPEC F6)."""
    booking = dossier.booking
    key = f"confirmation:{booking.id}:{booking.version}" + (f":{int(now.timestamp())}" if repeat else "")
    said = Reply((Part("confirmed", {"business": dossier.business.name, "start": booking.start}),), invites=True)
    if repeat:
        queue(tx, dossier, key=key, kind="confirmation", recipient=GUEST, reply=said, now=now)
        return True

    return _tell_guest(tx, dossier, key, "confirmation", said, now)


def announce_new(tx: Tx, dossier: Dossier, *, channel: Channel, now: datetime) -> None:
    """Tell the team and the performer of a booking that staff made (SPEC F4)."""
    booking = dossier.booking
    key = f"booked:{booking.id}"
    values: dict[str, Value] = {"guest": booking.guest.name, "start": booking.start, "channel": channel}
    said = Reply((Part("team.booked", values),))
    queue(tx, dossier, key=f"{key}:team", kind="confirmation", recipient=TEAM, reply=said, now=now)
    _tell_performer(tx, dossier, booking.performer_id, "performer.assigned", f"{key}:performer", now)


def plan_reminders(tx: Tx, dossier: Dossier, now: datetime) -> None:
    """Write the reminders of the booking as it is now, and retire those of before (SPEC M2)."""
    booking = dossier.booking
    retire_reminders(tx, booking.id)
    if not booking.is_open or not booking.guest.email:
        return

    for offset in dossier.business.settings.reminders:
        due = booking.start - offset
        if due > now:
            key = f"reminder:{booking.id}:{booking.version}:{int(offset.total_seconds()) // 60}"
            said = Reply((Part("reminder", {"business": dossier.business.name, "start": booking.start}),))
            queue(tx, dossier, key=key, kind="reminder", recipient=GUEST, reply=said, now=now, due=due)


def tell_team(tx: Tx, dossier: Dossier, *, key: str, kind: Kind, parts: tuple[Part, ...], now: datetime) -> None:
    """Bring something about a booking before the team (SPEC R5, R7, F8)."""
    queue(tx, dossier, key=key, kind=kind, recipient=TEAM, reply=Reply(parts), now=now)


def _what(before: Booking, *, undone: bool) -> str:
    if not undone:
        return "moved"

    return "undone" if before.is_open else "uncancelled"


def _told_of_move(what: str, before: Booking, after: Dossier) -> Part:
    """Say when the visit is now, and with whom where that is somebody else now (SPEC G10)."""
    booking, performer = after.booking, after.performer.name
    if before.performer_id == booking.performer_id or what not in ("moved", "moved_by_team"):
        return Part(what, {"start": booking.start, "old": before.start})

    if before.start == booking.start:
        return Part("performer_by_team", {"start": booking.start, "performer": performer})

    values: dict[str, Value] = {"start": booking.start, "old": before.start, "performer": performer}
    return Part("moved_performer", values) if what == "moved" else Part("moved_by_team_performer", values)


def _tell_guest(tx: Tx, dossier: Dossier, key: str, kind: Kind, said: Reply, now: datetime) -> bool:
    if not dossier.business.settings.transactional_mail or not dossier.booking.guest.email:
        return False

    queue(tx, dossier, key=key, kind=kind, recipient=GUEST, reply=said, now=now)
    return True


def _tell_performers_of_move(tx: Tx, before: Booking, after: Dossier, key: str, now: datetime) -> None:
    booking = after.booking
    if not before.is_open:
        _tell_performer(tx, after, booking.performer_id, "performer.uncancelled", f"{key}:performer", now)
        return

    if before.performer_id == booking.performer_id:
        _tell_performer(tx, after, booking.performer_id, "performer.moved", f"{key}:performer", now, old=before.start)
        return

    _tell_performer(tx, after, booking.performer_id, "performer.assigned", f"{key}:performer", now)
    # The previous performer reads of the time they had, not of the one somebody else has now.
    theirs = replace(after, booking=replace(booking, start=before.start, end=before.end))
    _tell_performer(tx, theirs, before.performer_id, "performer.lost", f"{key}:previous", now)


def _tell_performer(
    tx: Tx, dossier: Dossier, performer_id: int, part: str, key: str, now: datetime, *, old: datetime | None = None
) -> None:
    performer = dossier.performers.get(performer_id)
    if performer is None or not performer.email:
        return

    values = {"start": dossier.booking.start} | ({} if old is None else {"old": old})
    said = Reply((Part(part, values),))
    kind: Kind = "cancelled" if part in ("performer.cancelled", "performer.lost") else "moved"
    queue(tx, dossier, key=key, kind=kind, recipient=f"performer:{performer_id}", reply=said, now=now)
