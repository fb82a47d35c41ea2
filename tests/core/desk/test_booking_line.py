"""A new booking in one line, as staff type it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.desk.booking_line import Misread, Shop, Wish, read_booking_line
from core.model import Business, Hours, Performer, Service
from core.understand.read import lexicons_for

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Warsaw")
OPEN = Hours(weekly=(((540, 1080),),) * 5 + ((), ()))
ANA, LEO = Performer(1, "ana", "Ana", None, OPEN), Performer(2, "leo", "Leo Maria", None, OPEN)
CUT = Service(1, "cut", "Haircut", 45, 0, 15, (1, 2), None, online=False, group=False, seats=None)
YOGA = Service(2, "yoga", "Hot Yoga", 60, 0, 0, (1,), None, online=False, group=True, seats=8)
DYE = Service(3, "dye", "Hair Dye", 90, 0, 0, (2,), None, online=False, group=False, seats=None)


def shop(locale: str = "en") -> Shop:
    business = Business(1, "nova", "Nova", ZONE, locale, "team@nova.example", None, None)
    return Shop(business, (CUT, YOGA, DYE), {1: ANA, 2: LEO}, lexicons_for(locale))


def read(line: str, locale: str = "en", guest: str = "") -> tuple[object, ...]:
    """The line's service, performer, wall time, name and address; or why it is misread."""
    wish = read_booking_line(line, shop(locale), NOW, guest=guest)
    if isinstance(wish, Misread):
        return (wish.why,)

    performer = None if wish.performer is None else wish.performer.key
    return (wish.service.key, performer, wish.start.astimezone(ZONE).strftime("%d %b %H:%M"), wish.name, wish.email)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("haircut ana thu 15:00 Jo Smith jo@example.org", ("cut", "ana", "26 Nov 15:00", "Jo Smith", "jo@example.org")),
        ("jo@example.org CUT Leo Maria thu 3 pm Jo", ("cut", "leo", "26 Nov 15:00", "Jo", "jo@example.org")),
        ("hot yoga tomorrow at 10 Will Smith", ("yoga", None, "24 Nov 10:00", "Will Smith", "")),
        ("hot tomorrow half past 3 Mia", ("yoga", None, "24 Nov 15:30", "Mia", "")),
        ("cut ana thu 10 dec 15:00 Jo Smith", ("cut", "ana", "10 Dec 15:00", "Jo Smith", "")),
        ("cut 2026-12-01 11:37 Jo", ("cut", None, "01 Dec 11:37", "Jo", "")),
        ("cut 2026-12-01T11:37 Jo", ("cut", None, "01 Dec 11:37", "Jo", "")),
        ("cut 15:00 Zoë van der Berg", ("cut", None, "23 Nov 15:00", "Zoë van der Berg", "")),
        ('cut fri 9:30 "Sunday Okafor"', ("cut", None, "27 Nov 09:30", "Sunday Okafor", "")),
        ("cut „Jo 2“ fri 9:30", ("cut", None, "27 Nov 09:30", "Jo 2", "")),
    ],
)
def test_a_line_names_service_performer_time_and_guest(line: str, wish: tuple[object, ...]) -> None:
    """F4, G11: by key or name, at any minute, in any order that leaves no doubt."""
    assert read(line) == wish


@pytest.mark.parametrize(
    ("locale", "line", "name"),
    [
        ("de", "cut ana Do 15 Uhr Anna Morgen", "Anna Morgen"),
        ("pl", "cut ana w czwartek o 15 Jan Maj", "Jan Maj"),
        ("fr", "cut ana jeudi à 15 h Jean Petit", "Jean Petit"),
        ("uk", "cut ana чт 15:00 Олена Гончар", "Олена Гончар"),
    ],
)
def test_staff_write_in_their_own_language(locale: str, line: str, name: str) -> None:
    """L4: the time is read in the business's language, the name stays as it is typed."""
    assert read(line, locale) == ("cut", "ana", "26 Nov 15:00", name, "")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "no_service"),
        ("massage thu 15:00 Jo", "no_service"),
        ("hai thu 15:00 Jo", "no_service"),  # Haircut or Hair Dye
        ("cut", "no_time"),
        ("cut mark thu 15:00", "no_time"),
        ("cut thu after 4 Jo", "no_time"),
        ("cut thu Jo", "no_time"),
        ("cut 31 feb 15:00 Jo", "no_time"),
        ("cut leo fri 9:30 Sunday Okafor", "no_time"),
        ("cut thu 15:00", "no_name"),
        ("cut thu 15:00 jo@example.org", "no_name"),
        ("cut thu 15:00 for Jo", "bad_name"),
        ("cut thu 15:00 Jo 2", "bad_name"),
        ("cut thu 15:00 Jo\u202eSmith", "bad_name"),
        ('cut thu 15:00 Jo "Smith"', "bad_name"),
        ("cut thu 15:00 Jo jo@example.org al@example.org", "two_addresses"),
        ("cut thu 15:00 " + "Jo " * 200, "too_long"),
    ],
)
def test_what_could_mean_two_things_is_no_booking(line: str, why: str) -> None:
    """L1: it says what is missing, and guesses nothing."""
    assert read(line) == (why,)


def test_a_name_given_apart_is_the_only_one() -> None:
    assert read("cut thu 15:00", guest="May Lee") == ("cut", None, "26 Nov 15:00", "May Lee", "")
    assert read("cut thu 15:00 Jo", guest="May Lee") == ("bad_name",)


def test_who_does_not_offer_the_service_is_not_taken_for_who_performs_it() -> None:
    """F4: Ana does not dye."""
    assert read("dye ana thu 15:00 Jo") == ("no_time",)


@given(st.text(max_size=300), st.sampled_from(["", "cut ", "cut thu 15:00 "]))
def test_no_line_breaks_the_reading(text: str, beginning: str) -> None:
    """L1: any text is a booking with a name and one exact time, or a reason."""
    wish = read_booking_line(beginning + text, shop(), NOW)

    assert isinstance(wish, Misread) or (wish.name and wish.start.tzinfo is UTC)
    assert isinstance(wish, Misread | Wish)
