"""A booking for calendars: RFC 5545 data that Gmail, Outlook and Apple update in place (SPEC M5). Pure.

Laid out by hand: every line is known beforehand, and a library for any calendar took a third of the time of a mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.model import Booking, Business, Dossier, Performer, Service, Status
from core.notices import Notice
from core.phrases import Phrases
from core.place import place_of
from core.plain_text import display_name, one_line

PRODUCT = "-//Rebook//Rebook//"
"""Who made the calendar data (RFC 5545 3.7.3)."""

_LINE = 74
"""Octets of a piece of a folded line; the space before a later one makes 75 (RFC 5545 3.1)."""

_INSIDE = range(0b1000_0000, 0b1100_0000)
"""The octets of UTF-8 with which no character begins."""

_STATUS = {Status.PENDING: "TENTATIVE", Status.CANCELLED: "CANCELLED"}
_TEXT_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_PARAMETER_ESCAPES = str.maketrans({"^": "^^", "\n": "^n", '"': "^'"})


@dataclass(frozen=True, slots=True)
class _Visit:
    """What a calendar shows of a booking, in the words of one reader; `written` is when this was told."""

    booking: Booking
    business: Business
    service: Service
    performer: Performer
    locale: str
    zone: ZoneInfo
    written: datetime
    phrases: Phrases


def method_of(notice: Notice) -> str:
    """Return the iTIP method of a mail: CANCEL for a cancelled booking, REQUEST for every other (RFC 5546).

    Never PUBLISH: calendars cannot take back what came that way.
    """
    return "CANCEL" if notice.booking.status is Status.CANCELLED else "REQUEST"


def invitation(notice: Notice, organizer: str, guest_address: str, phrases: Phrases, *, home: str) -> bytes:
    """Return *notice*'s booking as an iTIP message with CRLF lines of at most 75 octets.

    The UID stays for the life of the booking and SEQUENCE is the booking's (SPEC S3, M5). *organizer* is an address of
    ours; the UID is made from *home*, the installation's own domain.
    """
    visit = _Visit(
        notice.booking,
        notice.business,
        notice.service,
        notice.performer,
        notice.locale,
        notice.zone,
        notice.written,
        phrases,
    )
    return _laid_out(_lines(visit, method_of(notice), organizer, guest_address, home))


def calendar_file(dossier: Dossier, organizer: str, phrases: Phrases, now: datetime, *, home: str) -> bytes:
    """Return the booking as it is at *now* for a guest to put into a calendar themselves, in their words.

    The same event as in the mails, by UID and SEQUENCE, so that a calendar that has one updates it. It asks nobody:
    PUBLISH has no attendees (RFC 5546 3.2.1), and a cancelled visit only says so.
    """
    booking = dossier.booking
    guest = booking.guest
    visit = _Visit(
        booking, dossier.business, dossier.service, dossier.performer, guest.locale, guest.zone, now, phrases
    )
    return _laid_out(_lines(visit, "PUBLISH", organizer, None, home))


def _laid_out(lines: Iterator[str]) -> bytes:
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _lines(visit: _Visit, method: str, organizer: str, guest_address: str | None, home: str) -> Iterator[str]:
    booking = visit.booking
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield f"METHOD:{method}"
    yield "BEGIN:VEVENT"
    yield f"SUMMARY:{_text(_say(visit, 'invite.summary'))}"
    yield f"DTSTART:{_instant(booking.start)}"
    yield f"DTEND:{_instant(booking.end)}"
    yield f"DTSTAMP:{_instant(visit.written)}"
    yield f"UID:booking-{booking.id}@{home}"
    yield f"SEQUENCE:{booking.sequence}"
    if guest_address is not None:
        yield _attendee(booking.guest.name, guest_address)

    yield f"DESCRIPTION:{_text(_say(visit, 'invite.description'))}"
    if place := _place(visit):
        yield f"LOCATION:{_text(place)}"

    yield f"ORGANIZER;CN={_parameter(display_name(visit.business.name))}:mailto:{organizer}"
    yield f"STATUS:{_STATUS.get(booking.status, 'CONFIRMED')}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _say(visit: _Visit, key: str) -> str:
    values = {
        "service": one_line(visit.service.name),
        "business": one_line(visit.business.name),
        "performer": one_line(visit.performer.name),
        "ref": visit.booking.ref,
    }
    return visit.phrases.say(key, visit.locale, visit.zone, **values)


def _place(visit: _Visit) -> str:
    return one_line(place_of(visit.service, visit.business))


def _attendee(guest_name: str, address: str) -> str:
    """Return the guest as someone who is asked: with the buttons that let them accept or decline (SPEC R10)."""
    name = _parameter(display_name(guest_name) or address)
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
