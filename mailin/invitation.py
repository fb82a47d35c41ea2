"""The calendar invitation of a booking: RFC 5545 data that Gmail, Outlook and Apple update in place (SPEC M5). Pure."""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText

from core.model import Status
from core.notices import Notice
from core.phrases import Phrases
from mailin.clean import display_name, one_line

PRODUCT = "-//Rebook//Rebook//"
"""Who made the calendar data (RFC 5545 3.7.3)."""

_STATUS = {Status.PENDING: "TENTATIVE", Status.CANCELLED: "CANCELLED"}


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
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method_of(notice))
    calendar.add_component(_event(notice, organizer_address, guest_address, phrases))

    data: bytes = calendar.to_ical()
    return data


def _event(notice: Notice, organizer_address: str, guest_address: str, phrases: Phrases) -> Event:
    booking = notice.booking
    event = Event()
    event.add("uid", f"booking-{booking.id}@{organizer_address.rpartition('@')[2]}")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", _whole_second(notice.written))
    event.add("dtstart", _whole_second(booking.start))
    event.add("dtend", _whole_second(booking.end))
    event.add("status", _STATUS.get(booking.status, "CONFIRMED"))
    event.add("transp", "OPAQUE")
    event.add("summary", _say(notice, phrases, "invite.summary"))
    event.add("description", _say(notice, phrases, "invite.description"))
    if place := _place(notice):
        event.add("location", place)

    event.add("organizer", _organizer(notice, organizer_address), encode=False)
    event.add("attendee", _attendee(notice, guest_address), encode=False)

    return event


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


def _organizer(notice: Notice, address: str) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = vText(display_name(notice.business.name))

    return organizer


def _attendee(notice: Notice, address: str) -> vCalAddress:
    """Return the guest as someone who is asked: with the buttons that let them accept or decline (SPEC R10)."""
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["CN"] = vText(display_name(notice.booking.guest.name) or address)
    attendee.params["CUTYPE"] = vText("INDIVIDUAL")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("TRUE")

    return attendee


def _whole_second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
