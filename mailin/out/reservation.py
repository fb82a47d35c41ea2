"""A booking for mail programs that show a card above the mail: schema.org's EventReservation, as Gmail reads it. Pure.

Only for the guest's own mails: it says who they are and leads to their page (SPEC T5).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from core.model import Status
from core.notices import Notice
from core.place import place_of
from core.plain_text import one_line
from mailin.out.letter import Links

_STATUS = {
    Status.PENDING: "https://schema.org/ReservationPending",
    Status.CONFIRMED: "https://schema.org/ReservationConfirmed",
    Status.CANCELLED: "https://schema.org/ReservationCancelled",
}
"""A visit that is over is no reservation any more."""

_IN_A_SCRIPT = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})
"""JSON's own escapes for what could end a script element or begin another."""


def reservation(notice: Notice, links: Links) -> str:
    """Return *notice*'s booking as JSON-LD fit to stand in a script element as it is; empty for a visit that is over.

    Every address in it only shows something: opening it changes nothing (SPEC T6).
    """
    booking = notice.booking
    if booking.status not in _STATUS:
        return ""

    manage = links.page("manage")
    data = {
        "@context": "https://schema.org",
        "@type": "EventReservation",
        "reservationNumber": booking.ref,
        "reservationStatus": _STATUS[booking.status],
        "underName": {"@type": "Person", "name": one_line(booking.guest.name)},
        "reservationFor": {
            "@type": "Event",
            "name": _name(notice),
            "startDate": _local(notice, booking.start),
            "endDate": _local(notice, booking.end),
            "location": _location(notice, manage),
        },
        "provider": {"@type": "Organization", "name": one_line(notice.business.name)},
        "modifiedTime": _local(notice, notice.written),
        "modifyReservationUrl": manage,
        "url": manage,
    }
    # Only ASCII leaves: what no character is (a lone surrogate) stays an escape.
    return json.dumps(data, separators=(",", ":")).translate(_IN_A_SCRIPT)


def _name(notice: Notice) -> str:
    return f"{one_line(notice.service.name)} – {one_line(notice.business.name)}"


def _location(notice: Notice, manage: str) -> dict[str, Any]:
    """Return the place; for what is only online the guest's page, which says how to join."""
    place = one_line(place_of(notice.service, notice.business))
    if notice.service.online:
        return {"@type": "VirtualLocation", "url": place if place.startswith("https://") else manage}

    return {"@type": "Place", "name": one_line(notice.business.name), "address": place}


def _local(notice: Notice, instant: datetime) -> str:
    return instant.astimezone(notice.business.zone).isoformat(timespec="seconds")
