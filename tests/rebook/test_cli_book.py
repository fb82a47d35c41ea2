"""Making a booking from the terminal."""

from __future__ import annotations

import pytest

from tests.core.nova import booking, nova
from tests.rebook.terminal import Terminal, load


@pytest.fixture
def terminal_of_nova(terminal: Terminal) -> Terminal:
    """A terminal of a business with one booking: Thursday 26 November at 15:00 with Ana."""
    load(terminal, nova(booking("b1")))
    return terminal


def test_a_line_makes_a_booking_like_any_other(terminal_of_nova: Terminal) -> None:
    """F2, F4, F7, M1: the guest gets the confirmation, history and list know it."""
    said = terminal_of_nova("book", "haircut", "ana", "fri", "10:07", "Jo", "Smith", "jo@example.org")
    (made,) = terminal_of_nova("bookings", "--text", "jo@", "--json").json

    assert (said.code, said.err) == (0, "")
    assert said.out == (
        f"{made['ref']}: Haircut with Ana, Fri 2026-11-27 10:07, for Jo Smith. "
        "The guest is told by mail to jo@example.org.\n"
    )
    assert (made["start"], made["end"]) == ("2026-11-27T10:07:00+01:00", "2026-11-27T10:52:00+01:00")
    assert (made["key"], made["status"], made["performer"], made["performer_chosen"]) == (
        None,
        "confirmed",
        "ana",
        True,
    )
    assert made["guest"] == {"name": "Jo Smith", "email": "jo@example.org", "locale": "en", "tz": "Europe/Warsaw"}
    assert [(one["what"], one["actor"], one["channel"]) for one in made["history"]] == [("booked", "staff", "terminal")]
    assert [(one["kind"], one["to"]) for one in made["messages"]] == [
        ("reminder", "jo@example.org"),
        ("reminder", "jo@example.org"),
        ("confirmation", "jo@example.org"),
        ("confirmation", "team@nova.example"),
        ("moved", "ana@nova.example"),
    ]


def test_without_a_performer_whoever_is_free_has_it(terminal_of_nova: Terminal) -> None:
    """F4, V2, G8: Ana is taken at three, so it is Leo; the guest picked nobody."""
    said = terminal_of_nova("book", "cut thu 15:00 Jo jo@example.org")
    (made,) = terminal_of_nova("bookings", "--text", "jo@", "--json").json

    assert "Haircut with Leo, Thu 2026-11-26 15:00, for Jo." in said.out
    assert (made["performer"], made["performer_chosen"]) == ("leo", False)


def test_a_guest_without_an_address_is_not_told(terminal_of_nova: Terminal) -> None:
    """F5: staff read so, and have the link to hand on."""
    said = terminal_of_nova("book", "cut", "tomorrow", "10:00", "--guest", "May Lee")
    (made,) = terminal_of_nova("bookings", "--text", "May", "--json").json

    assert said.out.endswith(f"The guest has NOT been told: no address was given. Their link: {made['manage_url']}\n")
    assert made["guest"]["name"] == "May Lee"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("cut ana thu 15:00 Jo", "Haircut: the performer is taken then, buffers included"),
        ("cut ana thu 8 am Jo", "Haircut: the performer is not open then"),
        ("cut ana 2026-11-20 10:00 Jo", "Haircut: that time is past"),
        ("massage thu 10:00 Jo", "say first which service: Haircut, Yoga. Like this: `rebook book haircut ana"),
        (
            "cut friday afternoon Jo",
            "'friday afternoon' is not one sure, exact time (it was read as Fri 2026-11-27 12:",
        ),
        ("cut fri 9:30 Sunday Okafor", "'fri 9:30 Sunday' is not one sure"),
        ("cut thu 10:00", "the guest's name is missing: it goes after the time"),
        ("cut thu 10:00 for Jo", "what of 'for Jo' is the guest's name? Give it apart: --guest"),
        ("cut thu 10:00 jo@a.example jo@b.example", "there are two e-mail addresses"),
        ("cut " + "thu " * 200, "that is longer than 500 characters"),
    ],
)
def test_what_cannot_be_booked_says_why_and_makes_nothing(terminal_of_nova: Terminal, line: str, why: str) -> None:
    """F2, L1: the reason, and what to say or which times are free instead."""
    before = terminal_of_nova("bookings", "all", "--json").out
    said = terminal_of_nova("book", *line.split())

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(why)
    assert terminal_of_nova("bookings", "all", "--json").out == before


def test_a_taken_time_names_what_is_free_nearby(terminal_of_nova: Terminal) -> None:
    """F4: the next step is in the refusal."""
    said = terminal_of_nova("book", "cut ana thu 15:30 Jo")

    assert "Free nearby: Thu 2026-11-26 13:30, " in said.err


def test_a_group_session_is_joined_until_its_seats_are_taken(terminal_of_nova: Terminal) -> None:
    """V4: two guests sit in the session of two seats, the third is refused."""
    said = [terminal_of_nova("book", f"yoga fri 16:00 {name}") for name in ("Jo", "Al", "Max")]

    assert [one.code for one in said] == [0, 0, 1]
    assert said[2].err.startswith("Yoga: the performer is taken then")
