"""A booking as JSON (CONTRACT "A booking in JSON") and as lines of text for a terminal. Pure."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.policy import cancel_until, reschedule_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from core.model import Dossier, Performer, Slot
    from core.store.engine import Row

_TITLES = ("REF", "WHEN", "STATUS", "SERVICE", "WITH", "GUEST")


def booking_json(
    dossier: Dossier, *, history: Iterable[Row], messages: Iterable[Row], manage_url: str | None
) -> dict[str, Any]:
    """Return the booking with everything that happened to it (SPEC F7); times carry the business's offset.

    *manage_url* is None once the guest is forgotten.
    """
    booking, business, service = dossier.booking, dossier.business, dossier.service
    zone, guest = business.zone, booking.guest
    return {
        "ref": booking.ref,
        "key": booking.key,
        "business": business.slug,
        "service": service.key,
        "performer": dossier.performer.key,
        "performer_chosen": booking.performer_chosen,
        "guest": {"name": guest.name, "email": guest.email, "locale": guest.locale, "tz": guest.zone.key},
        "start": _iso(booking.start, zone),
        "end": _iso(booking.end, zone),
        "status": booking.status.value,
        "shown_status": booking.shown_status,
        "payment": booking.payment.value,
        "sequence": booking.sequence,
        "reschedule_until": _iso(reschedule_until(booking, business, service), zone),
        "cancel_until": _iso(cancel_until(booking, business, service), zone),
        "manage_url": manage_url,
        "history": [_history_json(row, zone) for row in history],
        "messages": [_message_json(row, dossier) for row in messages],
    }


def slot_json(slot: Slot, zone: ZoneInfo, performers: Mapping[int, Performer]) -> dict[str, Any]:
    """Return a free start: start and end with the offset of *zone*, and the performer's key."""
    return {
        "start": _iso(slot.start, zone),
        "end": _iso(slot.end, zone),
        "performer": performers[slot.performer_id].key,
    }


def wall_time(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as staff read it: `Tue 2026-12-01 11:30`, in the zone's clock."""
    return instant.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def booking_table(dossiers: Sequence[Dossier]) -> list[str]:
    """Return the list of bookings as lines of aligned columns, titles first."""
    rows = [_TITLES, *(_row(one) for one in dossiers)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def booking_text(
    dossier: Dossier, *, history: Iterable[Row], messages: Iterable[Row], manage_url: str | None
) -> list[str]:
    """Return one booking with its history and messages as lines."""
    booking, zone = dossier.booking, dossier.business.zone
    guest = f"{booking.guest.name} <{booking.guest.email}>" if booking.guest.email else "forgotten"
    payment = f", payment {booking.payment.value}" if booking.payment.value != "none" else ""
    return [
        f"{booking.ref}  {booking.shown_status}{payment}",
        f"{dossier.service.name} with {dossier.performer.name}",
        f"{wall_time(booking.start, zone)} to {booking.end.astimezone(zone):%H:%M} ({zone.key})",
        f"Guest: {plain(guest)}",
        f"Link: {manage_url or 'none any more'}",
        "",
        "History",
        *(f"  {_history_line(row, dossier)}" for row in history),
        "",
        "Messages",
        *(f"  {_message_line(row, dossier)}" for row in messages),
    ]


def plain(text: str) -> str:
    """Return *text* with everything that could steer a terminal replaced (it may be a stranger's)."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _row(dossier: Dossier) -> tuple[str, ...]:
    booking = dossier.booking
    return (
        booking.ref,
        wall_time(booking.start, dossier.business.zone),
        booking.shown_status,
        plain(dossier.service.name),
        plain(dossier.performer.name),
        plain(booking.guest.name) or "-",
    )


def _history_json(row: Row, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "at": _iso(row.at, zone),
        "actor": row.actor,
        "actor_name": row.actor_name,
        "channel": row.channel,
        "what": row.what,
        "from": _iso(row.from_start, zone),
        "to": _iso(row.to_start, zone),
    }


def _message_json(row: Row, dossier: Dossier) -> dict[str, Any]:
    return {
        "at": _iso(row.sent or row.due, dossier.business.zone),
        "kind": row.kind,
        "to": row.sent_to or _address(row.recipient, dossier),
        "channel": row.channel,
        "state": row.state,
    }


def _history_line(row: Row, dossier: Dossier) -> str:
    zone = dossier.business.zone
    who = row.actor_name or row.actor
    line = f"{wall_time(row.at, zone)}  {row.what} by {plain(who)} ({row.channel})"
    if row.from_start and row.to_start and row.from_start != row.to_start:
        line += f": {wall_time(row.from_start, zone)} to {wall_time(row.to_start, zone)}"

    names = [dossier.performers.get(one) for one in (row.from_performer_id, row.to_performer_id)]
    if names[0] and names[1] and names[0] != names[1]:
        line += f", {plain(names[0].name)} to {plain(names[1].name)}"

    reason = (row.data or {}).get("reason")
    return f"{line}, reason: {plain(str(reason))}" if reason else line


def _message_line(row: Row, dossier: Dossier) -> str:
    address = row.sent_to or _address(row.recipient, dossier) or "nobody"
    line = f"{wall_time(row.sent or row.due, dossier.business.zone)}  {row.kind} to {plain(address)}: {row.state}"
    return f"{line} ({plain(row.error)})" if row.error else line


def _address(recipient: str, dossier: Dossier) -> str:
    """Return the address on file that a message not sent yet would go to."""
    audience, _, performer_id = recipient.partition(":")
    if audience == "guest":
        return dossier.booking.guest.email

    performer = dossier.performers.get(int(performer_id)) if performer_id else None
    return (performer.email or "") if performer else dossier.business.email


@lru_cache(maxsize=4096)  # a list says the same few instants again and again
def _iso(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return None if instant is None else instant.astimezone(zone).isoformat()
