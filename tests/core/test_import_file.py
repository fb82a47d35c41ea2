from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.import_file import MOST_BYTES, BadImport, BookingEntry, parse_import, read_import
from core.model import Guest, Payment, Role, Status
from tests.core.nova import booking, nova

JO = {"name": "Jo", "email": "jo@guest.example"}
NO_TIME = "is no time such as 2026-11-26T15:00:00+01:00"
NO_ADDRESS = "must be an e-mail address such as jo@example.org"
A_ZONE = "a zone is named like Europe/Warsaw"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


def problems_of(file: Any) -> list[str]:
    with pytest.raises(BadImport) as bad:
        read_import(file)

    return list(bad.value.problems)


def test_a_whole_file_is_read_with_its_defaults() -> None:
    file = read_import(nova(booking("b1", status="pending", payment="pending", payment_url="https://pay.example/1")))

    assert file.business.settings == {"guest_cancel": 24, "reminders_hours": [24, 2]}
    assert [one.key for one in file.performers] == ["ana", "leo"]
    assert file.staff[0].role is Role.OWNER
    assert file.services[1].seats == 2
    assert file.bookings == (
        BookingEntry(
            key="b1",
            service="cut",
            performer="ana",
            performer_chosen=False,
            start=datetime(2026, 11, 26, 14, 0, tzinfo=UTC),
            status=Status.PENDING,
            guest=Guest("Guest b1", "b1@guest.example", "en", ZoneInfo("Europe/London")),
            payment=Payment.PENDING,
            payment_url="https://pay.example/1",
        ),
    )


def test_guests_speak_the_business_s_language_in_its_zone_unless_the_file_says_otherwise() -> None:
    file = read_import(nova(booking("b1", guest={"name": "Jo", "email": "jo@guest.example"})))

    assert file.bookings[0].guest == Guest("Jo", "jo@guest.example", "en", ZoneInfo("Europe/Warsaw"))


def test_every_mistake_is_told_at_once_with_its_path() -> None:
    file = nova(booking("b1", start="2026-11-26T15:00:00"), booking("b1", service="shave", performer="tom"))
    file["business"] |= {"tz": "Europe/Warschau", "guest_cancel": -1, "colour": "red"}
    file["performers"][0]["hours"] = {"mon": [["17:00", "09:00"]], "sunday": []}
    file["performers"][1] |= {"time_off": [["2026-12-31T00:00", "2026-12-28T00:00"]]}
    file["services"][0]["performers"] = ["ana", "bob", "ana"]
    file["services"][1]["minutes"] = True

    assert problems_of(file) == [
        'business.tz: there is no time zone "Europe/Warschau"; a zone is named like Europe/Warsaw',
        "business.guest_cancel: must be a number of hours, until_start, or 0 for off",
        "business.colour: there is no such key here",
        "performers[0].hours.mon[0]: must end after it starts, on the same day (24:00 is its end)",
        "performers[0].hours.sunday: days are mon, tue, wed, thu, fri, sat, sun",
        "performers[1].time_off[0]: must end after it starts",
        "services[1].minutes: must be a whole number from 1 to 10080",
        "bookings[0].start: 2026-11-26T15:00:00 has no offset: write it like 2026-11-26T15:00:00+01:00",
        'bookings[1].key: "b1" is taken by bookings[0]',
        'services[0].performers[1]: there is no performer "bob" in the file',
        'services[0].performers[2]: "ana" stands there twice',
        'bookings[1].service: there is no service "shave" in the file',
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"performer": "leo", "service": "yoga"}, 'performer: "leo" does not offer "yoga"'),
        ({"start": "tomorrow"}, f'start: "tomorrow" {NO_TIME}'),
        ({"start": 1764165600}, f"start: 1764165600 {NO_TIME}"),
        ({"start": "2026-02-30T10:00+01:00"}, f'start: "2026-02-30T10:00+01:00" {NO_TIME}'),
        ({"start": "9999-12-31T23:59:00-12:00"}, "start: the year must be from 1990 to 2199"),
        ({"status": "rescheduled"}, "status: must be one of pending, confirmed, cancelled, completed, no_show"),
        ({"performer_chosen": 1}, "performer_chosen: must be true or false"),
        ({"payment_url": "javascript:alert(1)"}, "payment_url: must be an https:// address"),
        ({"key": None}, "key: is missing"),
        ({"guest": None}, "guest: is missing"),
        ({"guest": []}, "guest: must be an object in braces"),
        ({"guest": {**JO, "name": "Jo\r\nBcc: x@y"}}, "guest.name: must be one line without control characters"),
        ({"guest": {**JO, "email": "jo@x.example\r\nBcc: y"}}, f"guest.email: {NO_ADDRESS}"),
        ({"guest": {**JO, "tz": "../../etc/passwd"}}, f'guest.tz: there is no time zone "../../etc/passwd"; {A_ZONE}'),
    ],
)  # fmt: skip
def test_a_booking_that_cannot_be_is_named(more: dict[str, Any], problem: str) -> None:
    assert problems_of(nova({**booking("b1"), **more})) == [f"bookings[0].{problem}"]


def test_only_groups_have_seats_and_nobody_is_two_people() -> None:
    """V4, F3: a seat count without a group, and one Slack member twice, contradict themselves."""
    file = nova()
    file["services"][0]["seats"] = 5
    file["staff"].append({"key": "max", "name": "Max", "role": "member", "performer": "zoe", "slack": "U123"})

    assert problems_of(file) == [
        'services[0].seats: only a group service has seats: add "group": true or leave them out',
        'staff[1].slack: "U123" is taken by staff[0]',
        'staff[1].performer: there is no performer "zoe" in the file',
    ]


def test_html_and_formulas_are_kept_as_they_are() -> None:
    name = '=HYPERLINK("http://evil") <script>alert(1)</script> {{7*7}} %s'

    file = read_import(nova(booking("b1", guest={"name": name, "email": "jo@guest.example"})))

    assert file.bookings[0].guest.name == name


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"{", "the file: is not JSON: "),
        (b"\xff", "the file: is not UTF-8 text"),
        (b'{"a": NaN}', "the file: is not JSON: NaN is no number of JSON"),
        (b'{"a": 1, "a": 2}', 'the file: is not JSON: the key "a" stands twice in one object'),
        (b"[" * 200_000, "the file: is nested too deeply"),
        (b" " * (MOST_BYTES + 1), f"the file: has {MOST_BYTES + 1} bytes, at most {MOST_BYTES} are read"),
        (b'{"a": ' + b"9" * 5000 + b"}", "the file: is not JSON: "),
    ],
)
def test_what_is_no_json_is_refused_before_it_is_looked_at(data: bytes, problem: str) -> None:
    with pytest.raises(BadImport) as bad:
        parse_import(data)

    assert bad.value.problems[0].startswith(problem)


def test_no_file_can_steer_the_terminal_by_its_keys() -> None:
    file = nova()
    file["business"]["\x1b[2J\n"] = 1
    file["performers"][0]["hours"] = {"\x1b]0;x\x07": []}

    assert all(one.isprintable() for one in problems_of(file))


@given(ANYTHING)
def test_whatever_json_comes_is_refused_in_words(value: Any) -> None:
    """L1: no value crashes the reader."""
    with pytest.raises(BadImport):
        read_import(value)


@given(st.sampled_from(["business", "performers", "staff", "services", "bookings"]), ANYTHING)
def test_whatever_stands_in_a_section_is_read_or_refused(section: str, value: Any) -> None:
    """L1: no section crashes the reader, however deep the nonsense stands."""
    whole = nova(booking("b1"))
    inside = {**whole[section][0]} if isinstance(whole[section], list) else {**whole[section]}
    wrap = (lambda one: one) if section == "business" else (lambda one: [one])
    for file in (
        {**whole, section: value},
        {**whole, section: [value]},
        *({**whole, section: wrap({**inside, key: value})} for key in inside),
    ):
        with suppress(BadImport):
            assert read_import(file).business.slug == "nova" or section == "business"
