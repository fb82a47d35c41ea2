"""The calendar invitation of a booking: RFC 5545 data that Gmail, Outlook and Apple update in place (SPEC M5). Pure.

Laid out by hand: every line is known beforehand, and a library for any calendar took a third of the time of a mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from core.model import Status
from core.notices import Notice
from core.phrases import Phrases
from mailin.clean import display_name, one_line

PRODUCT = "-//Rebook//Rebook//"
"""Who made the calendar data (RFC 5545 3.7.3)."""

_LINE = 74
"""Octets of a piece of a folded line; the space before a later one makes 75 (RFC 5545 3.1)."""

_INSIDE = range(0b1000_0000, 0b1100_0000)
"""The octets of UTF-8 with which no character begins."""

_STATUS = {Status.PENDING: "TENTATIVE", Status.CANCELLED: "CANCELLED"}
_TEXT_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_PARAMETER_ESCAPES = str.maketrans({"^": "^^", "\n": "^n", '"': "^'"})


def method_of(notice: Notice) -> str:
    """Return the iTIP method: CANCEL for a cancelled booking, REQUEST for every other (RFC 5546).

    Never PUBLISH: calendars cannot take back what came that way.
    """
    return "CANCEL" if notice.booking.status is Status.CANCELLED else "REQUEST"


def invitation(notice: Notice, organizer_address: str, guest_address: str, phrases: Phrases) -> bytes:
    """Return *notice*'s booking as an iTIP message with CRLF lines of at most 75 octets.

    The UID stays for the life of the booking and SEQUENCE is the booking's (SPEC S3, M5). *organizer_address* is seen
    by everyone who sees the event, so it must open nothing (SPEC T5); the UID is made from its domain.
    """
    lines = _lines(notice, organizer_address, guest_address, phrases)
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _lines(notice: Notice, organizer_address: str, guest_address: str, phrases: Phrases) -> Iterator[str]:
    booking = notice.booking
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield f"METHOD:{method_of(notice)}"
    yield "BEGIN:VEVENT"
    yield f"SUMMARY:{_text(_say(notice, phrases, 'invite.summary'))}"
    yield f"DTSTART:{_instant(booking.start)}"
    yield f"DTEND:{_instant(booking.end)}"
    yield f"DTSTAMP:{_instant(notice.written)}"
    yield f"UID:booking-{booking.id}@{organizer_address.rpartition('@')[2]}"
    yield f"SEQUENCE:{booking.sequence}"
    yield _attendee(notice, guest_address)
    yield f"DESCRIPTION:{_text(_say(notice, phrases, 'invite.description'))}"
    if place := _place(notice):
        yield f"LOCATION:{_text(place)}"

    yield f"ORGANIZER;CN={_parameter(display_name(notice.business.name))}:mailto:{organizer_address}"
    yield f"STATUS:{_STATUS.get(booking.status, 'CONFIRMED')}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _say(notice: Notice, phrases: Phrases, key: str) -> str:
    values = {
        "service": one_line(notice.service.name),
        "business": one_line(notice.business.name),
        "performer": one_line(notice.performer.name),
        "ref": notice.booking.ref,
    }
    return phrases.say(key, notice.locale, notice.zone, **values)


def _place(notice: Notice) -> str:
    venue = "" if notice.service.online else notice.business.address
    return one_line(notice.service.location or venue or "")


def _attendee(notice: Notice, address: str) -> str:
    """Return the guest as someone who is asked: with the buttons that let them accept or decline (SPEC R10)."""
    name = _parameter(display_name(notice.booking.guest.name) or address)
    asked = "CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE"

    return f"ATTENDEE;CN={name};{asked}:mailto:{address}"


def _instant(instant: datetime) -> str:
    moment = instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return f"{moment.replace('-', '').replace(':', '')}Z"


def _text(value: str) -> str:
    """Return *value* as a property says it (RFC 5545 3.3.11)."""
    return value.translate(_TEXT_ESCAPES)


def _parameter(value: str) -> str:
    """Return *value* as a parameter says it, in quotes unless it is one plain word (RFC 5545 3.2, RFC 6868)."""
    return value if value.isalnum() else f'"{value.translate(_PARAMETER_ESCAPES)}"'


def _folded(line: str) -> bytes:
    """Return *line* in pieces of at most `_LINE` octets, with no character and no escape cut in two."""
    octets, pieces = line.encode(), []
    while len(octets) > _LINE:
        end = _LINE
        while octets[end] in _INSIDE:
            end -= 1

        signs = end - len(octets[:end].rstrip(b"\\^"))
        end -= signs % 2  # An odd one begins an escape: some calendars read those before they unfold.
        pieces.append(octets[:end])
        octets = octets[end:]

    return b"\r\n ".join((*pieces, octets))
