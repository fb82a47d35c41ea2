"""The calendar invitation, read back by an independent look at the bytes and by icalendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from core.invitation import calendar_file, invitation
from core.model import Dossier, Status
from core.notices import Notice
from core.plain_text import display_name, one_line
from core.tokens import mask_tokens
from tests.mailin.out.letters import ANA, JO, LONDON, LOOK, SECRET, START, TOKEN, WRITTEN, notice

ORGANIZER = "cal+aaaabbbbccccdddd@reply.example.com"


def invited(about: Notice) -> bytes:
    return invitation(about, ORGANIZER, "jo@example.org", LOOK.phrases, home=LOOK.domain)


def filed(about: Notice) -> bytes:
    """Return the same booking as the file that its guest takes from the page."""
    dossier = Dossier(about.booking, about.business, about.service, {ANA.id: ANA})
    return calendar_file(dossier, ORGANIZER, LOOK.phrases, WRITTEN, home=LOOK.domain)


def event_of(data: bytes) -> Event:
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def test_an_invitation_is_this_whole_text() -> None:
    """M5: REQUEST, UTC, our organizer, the guest asked; DTSTAMP is when the notice was written."""
    lines = invited(notice()).decode().replace("\r\n ", "").split("\r\n")

    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Rebook//Rebook//",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "SUMMARY:Haircut at Studio Nova",
        "DTSTART:20261201T103000Z",
        "DTEND:20261201T111500Z",
        "DTSTAMP:20261123T091503Z",
        "UID:booking-12@reply.example.com",
        "SEQUENCE:1",
        "ATTENDEE;CN=Jo;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:jo@example.org",
        "DESCRIPTION:With Ana. Reference K7Q-2MX.",
        "LOCATION:ul. Prosta 5\\, Warszawa",
        'ORGANIZER;CN="Studio Nova":mailto:cal+aaaabbbbccccdddd@reply.example.com',
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_moved_booking_updates_the_same_event() -> None:
    """S3, M5: the UID stays, SEQUENCE rises with the booking's."""
    moved = notice(id=8, booking_start=START + timedelta(days=1), booking_sequence=2, written=START)

    before, after = event_of(invited(notice())), event_of(invited(moved))

    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (1, 2)
    assert after["DTSTART"].to_ical() == b"20261202T103000Z"


@pytest.mark.parametrize(
    ("status", "method", "shown"),
    [
        (Status.PENDING, "REQUEST", "TENTATIVE"),
        (Status.CONFIRMED, "REQUEST", "CONFIRMED"),
        (Status.CANCELLED, "CANCEL", "CANCELLED"),
    ],
)
def test_the_status_decides_the_method(status: Status, method: str, shown: str) -> None:
    """M5: never PUBLISH, which calendars cannot take back."""
    data = invited(notice(booking_status=status))

    assert Calendar.from_ical(data)["METHOD"] == method
    assert event_of(data)["STATUS"] == shown


def test_an_invitation_shows_nothing_that_opens_the_booking() -> None:
    """T5: others see the event, so no token and no secret part stand in it."""
    unfolded = invited(notice()).replace(b"\r\n ", b"").decode()

    assert mask_tokens(unfolded) == unfolded
    assert TOKEN not in unfolded
    assert SECRET not in unfolded


def test_an_online_service_has_no_street() -> None:
    """M1: the business's address is only where guests come."""
    assert "LOCATION" not in event_of(invited(notice(service_online=True)))
    assert event_of(invited(notice(service_location="Room 2")))["LOCATION"] == "Room 2"


def test_the_clock_of_the_reader_changes_nothing() -> None:
    """M5: UTC in, UTC out, whoever reads it."""
    elsewhere = notice(zone=LONDON, booking_guest=replace(JO, zone=LONDON))

    assert invited(elsewhere) == invited(notice())


@pytest.mark.parametrize(
    "hostile",
    [
        "Jo\r\nATTENDEE:mailto:x@y.test",
        "Jo\nEND:VEVENT\nBEGIN:VEVENT",
        'Jo";X=1:mailto:x@y.test',
        "a;b,c\\d\\ne:f",
        "\x00\x07\x1b\u2028\ud800",
        "Ж" * 900,
        "^n^'^^",
        "",
    ],
)
def test_no_string_adds_a_line_to_the_event(hostile: str) -> None:
    """L1, RFC 5545 3.1, 3.3.11, RFC 6868: folded at 75 octets between characters, escaped, no controls."""
    plain, about = (
        notice(),
        notice(
            booking_guest=replace(JO, name=hostile),
            business_name=hostile,
            service_name=hostile,
            service_location=hostile,
        ),
    )

    data = invited(about)
    names = {line.split(":")[0].split(";")[0] for line in data.replace(b"\r\n ", b"").decode().split("\r\n")}
    assert names <= {line.split(":")[0].split(";")[0] for line in invited(plain).decode().split("\r\n")}
    assert event_of(data)["ORGANIZER"] == f"mailto:{ORGANIZER}"
    assert event_of(data)["ATTENDEE"] == "mailto:jo@example.org"
    assert all(len(line) <= 75 and line.decode() for line in data.split(b"\r\n")[:-1])
    assert not any(byte < 32 for line in data.split(b"\r\n") for byte in line)


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_characters="\\"), max_size=250))
def test_a_calendar_reads_back_every_word(words: str) -> None:
    """RFC 5545 3.1, 3.3.11, RFC 6868: what was folded, escaped and quoted is what another program finds."""
    about = notice(booking_guest=replace(JO, name=words), business_name=words, service_location=words)

    event = event_of(invited(about))

    assert event.get("LOCATION", "") == one_line(words or "ul. Prosta 5, Warszawa")
    assert event["ATTENDEE"].params["CN"] == (display_name(words) or "jo@example.org")
    assert event["ORGANIZER"].params["CN"] == display_name(words)


@pytest.mark.parametrize("before", range(40, 80))
def test_no_fold_parts_an_escape(before: int) -> None:
    """RFC 5545 3.1: allowed, but some calendars read escapes before they unfold."""
    data = invited(notice(service_location=f"{'x' * before},;\\Żółw"))

    ends = [line[len(line.rstrip(b"\\")) :] for line in data.split(b"\r\n")]
    assert all(len(signs) % 2 == 0 for signs in ends)
    assert f"{'x' * before}\\,\\;\\\\Żółw".encode() in data.replace(b"\r\n ", b"")


def test_the_same_notice_is_the_same_invitation() -> None:
    """M4: a repeat is recognisable."""
    assert invited(notice()) == invited(notice())


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED, Status.CANCELLED])
def test_a_file_is_the_same_event_but_asks_nobody(status: Status) -> None:
    """M5, RFC 5546 3.2.1: by UID and SEQUENCE calendars merge it with the mail's; PUBLISH has no attendees."""
    about = notice(booking_status=status, booking_sequence=4)

    mailed, file = (data.replace(b"\r\n ", b"").decode().split("\r\n") for data in (invited(about), filed(about)))

    assert "METHOD:PUBLISH" in file
    assert [line for line in mailed if not line.startswith(("METHOD", "ATTENDEE"))] == [
        line for line in file if not line.startswith("METHOD")
    ]


def test_a_file_shows_nothing_that_opens_the_booking() -> None:
    """T5: a calendar is shared, exported, synchronised."""
    assert mask_tokens(ORGANIZER) == ORGANIZER
    assert SECRET not in ORGANIZER
    assert SECRET not in filed(notice()).decode()
