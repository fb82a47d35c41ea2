from __future__ import annotations

from datetime import timedelta

import pytest

from rebook import desk
from tests.core.nova import NOW, booking, nova
from tests.rebook.terminal import Terminal, load


@pytest.mark.parametrize(
    ("when", "start"),
    [
        ("Tuesday 1 December at 11:30", "2026-12-01T11:30:00+01:00"),
        ("2026-12-01 11:37", "2026-12-01T11:37:00+01:00"),
        ("2026-12-01T11:37", "2026-12-01T11:37:00+01:00"),
        ("2026-12-01T10:30:00Z", "2026-12-01T11:30:00+01:00"),
        ("2027-06-01T11:30", "2027-06-01T11:30:00+02:00"),
    ],
)
def test_staff_move_a_booking_to_any_exact_time(terminal: Terminal, ref: str, when: str, start: str) -> None:
    """F2, S3, G11: in words or ISO, on any minute, beyond the horizon; the guest is told."""
    before = terminal("show", ref, "--json").json
    said = terminal("reschedule", ref, when)
    after = terminal("show", ref, "--json").json

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{ref} is moved from Thu 2026-11-26 15:00 to ")
    assert said.out.endswith("The guest is told by mail to b1@guest.example.\n")
    assert (after["start"], after["shown_status"], after["sequence"]) == (start, "Rescheduled", 1)
    assert after["manage_url"] == before["manage_url"]
    moved = after["history"][-1]
    assert (moved["what"], moved["actor"], moved["actor_name"], moved["channel"]) == (
        "moved",
        "staff",
        "owner",
        "terminal",
    )


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("Friday afternoon", "'Friday afternoon' is not one sure, exact time (it was read as Fri 2026-11-27 12:00"),
        ("Friday at 4 or 5", "'Friday at 4 or 5' is not one sure, exact time (it was read as Fri 2026-11-27 16:"),
        ("2026-12-01", "'2026-12-01' "),
        ("lovely, thanks", "'lovely, thanks' could not be read as a time: say it like"),
        ("whenever you like, thanks", "'whenever you like, thanks' is not one sure, exact time"),
        ("2027-03-28 02:30", "2027-03-28 02:30:00 does not exist in Europe/Warsaw: the clock jumps over it"),
        ("2026-12-24 10:00", "{ref}: the performer is not open then"),
        ("2026-11-20 10:00", "{ref}: that time is past"),
        ("2026-11-26 15:00", "{ref} is at that time already: nothing was changed"),
    ],
)  # fmt: skip
def test_what_is_not_one_exact_free_time_changes_nothing(terminal: Terminal, ref: str, when: str, why: str) -> None:
    """F2, V1: the reading and the free times nearby are named, nothing is guessed."""
    before = terminal("show", ref, "--json").out
    said = terminal("reschedule", ref, when)

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(why.format(ref=ref))
    assert terminal("show", ref, "--json").out == before


def test_an_hour_that_comes_twice_is_asked_about(terminal: Terminal) -> None:
    """V1: 02:30 on the night the clocks go back is two instants."""
    load(terminal, nova(booking("b1", "2027-10-30T15:00:00+02:00")))
    ref = terminal("bookings", "--json").json[0]["ref"]

    said = terminal("reschedule", ref, "2027-10-31 02:30")

    assert "say 2027-10-31T02:30:00+02:00 or 2027-10-31T02:30:00+01:00" in said.err


def test_a_taken_time_is_refused_and_free_ones_are_named(terminal: Terminal) -> None:
    """F2, V2: other bookings stop staff, too, buffers included."""
    one, _ = load(terminal, nova(booking("b1"), booking("b2", "2026-11-27T12:00:00+01:00")))
    said = terminal("reschedule", one["ref"], "2026-11-27 12:59")

    assert said.code == 1
    assert said.err.startswith(f"{one['ref']}: the performer is taken then, buffers included")
    assert "Free nearby: Fri 2026-11-27 12:30 with Leo, " in said.err


def test_another_performer_is_named_by_key_and_must_offer_the_service(terminal: Terminal) -> None:
    """F2: Leo cuts hair; he does not teach yoga."""
    file = nova(booking("b1"), booking("b2", "2026-11-27T12:00:00+01:00", service="yoga"))
    cut, yoga = (one["ref"] for one in load(terminal, file))

    assert terminal("reschedule", cut, "tomorrow at 10 with Leo").out.startswith(
        f"{cut} is moved from Thu 2026-11-26 15:00 to Tue 2026-11-24 10:00 with Leo."
    )
    assert terminal("reschedule", cut, "2026-11-26 15:00", "--performer", "ana").code == 0
    assert terminal("reschedule", cut, "2026-11-26 15:00", "--performer", "leo").code == 0
    assert terminal("show", cut, "--json").json["performer"] == "leo"
    assert terminal("reschedule", yoga, "2026-11-27 13:00", "--performer", "leo").err.startswith(
        "leo does not offer yoga"
    )
    assert terminal("reschedule", cut, "2026-11-26 16:00", "--performer", "tom").err == (
        "there is no one performer 'tom'; there are ana (Ana), leo (Leo)\n"
    )


def test_an_unpaid_booking_is_closed_first(terminal: Terminal) -> None:
    """F2, P1: close the payment, then move."""
    (one,) = load(terminal, nova(booking("b1", payment="pending")))
    refused = terminal("reschedule", one["ref"], "2026-12-01 11:30")
    paid = terminal("paid", one["ref"])
    again = terminal("paid", one["ref"])

    assert f"close the payment first (`rebook paid {one['ref']}`)" in refused.err
    assert paid.out == f"{one['ref']} is paid.\n"
    assert (again.code, again.err) == (1, f"{one['ref']}: it is paid already: nothing is left to do\n")
    assert terminal("reschedule", one["ref"], "2026-12-01 11:30").code == 0


def test_cancel_says_whether_the_guest_is_told(terminal: Terminal, ref: str) -> None:
    """F5, S2: at once; a second time there is nothing to cancel."""
    told = terminal("cancel", ref, "--reason", "Ana is ill")
    again = terminal("cancel", ref)

    assert told.out == f"{ref} is cancelled. The guest is told by mail to b1@guest.example.\n"
    assert (again.code, again.err) == (1, f"{ref}: this cannot be done with a booking that is cancelled\n")
    assert "reason: Ana is ill" in terminal("show", ref).out


def test_cancel_with_mail_off_says_that_the_guest_has_not_been_told(terminal: Terminal, ref: str) -> None:
    """F5, F0: in these words."""
    terminal("settings", "transactional_mail", "off")

    said = terminal("cancel", ref)

    assert said.out == f"{ref} is cancelled. The guest has NOT been told: transactional_mail is off.\n"


def test_resend_goes_to_the_address_on_file(terminal: Terminal, ref: str) -> None:
    """F6: and is one more message of the booking."""
    said = terminal("resend", ref)

    assert said.out == f"{ref}: the confirmation is sent again to b1@guest.example.\n"
    assert [one["kind"] for one in terminal("show", ref, "--json").json["messages"]][-1] == "confirmation"


def test_a_visit_is_confirmed_then_completed_or_not(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """S1: not before it began."""
    one, two = load(
        terminal,
        nova(booking("b1", status="pending"), booking("b2", "2026-11-26T17:00:00+01:00")),
    )
    early = terminal("complete", one["ref"])
    confirmed = terminal("confirm", one["ref"])
    monkeypatch.setattr(desk, "wall_clock", lambda: NOW + timedelta(days=4))

    assert early.err == (
        f"{one['ref']}: the visit has not begun yet, it starts Thu 2026-11-26 15:00: wait until then, or cancel it\n"
    )
    assert confirmed.out.startswith(f"{one['ref']} is confirmed.")
    assert terminal("complete", one["ref"]).out == f"{one['ref']} is completed.\n"
    assert terminal("no-show", two["ref"]).out == f"{two['ref']} is a no-show.\n"
    assert [one["shown_status"] for one in terminal("bookings", "past", "--json").json] == ["No-show", "Completed"]
