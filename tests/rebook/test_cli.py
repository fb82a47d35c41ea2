from __future__ import annotations

import json

import pytest

from tests.core.nova import booking, nova
from tests.rebook.terminal import Terminal, load


def test_import_prints_a_json_line_for_each_booking(terminal: Terminal) -> None:
    """T1, T3: with the link that opens it; the database is made on the way."""
    (line,) = load(terminal, nova(booking("b1")))
    again = load(terminal, nova(booking("b1")), "--notify")

    assert set(line) == {"key", "ref", "token", "manage_url"}
    assert line["manage_url"] == f"https://book.example.com/b/nova/manage/{line['token']}"
    assert again == [line]


def test_an_import_with_mistakes_names_them_and_does_nothing(terminal: Terminal, ref: str) -> None:
    file = nova(booking("b2", start="soon"), booking("b3", service="x"))
    said = terminal("import", "-", stdin=json.dumps(file).encode())

    assert said.code == 1
    assert said.err.splitlines() == [
        'bookings[0].start: "soon" is no time such as 2026-11-26T15:00:00+01:00',
        'bookings[1].service: there is no service "x" in the file',
        "Nothing was imported.",
    ]
    assert [one["ref"] for one in terminal("bookings", "all", "--json").json] == [ref]


def test_the_lists_show_what_they_are_asked_for(terminal: Terminal) -> None:
    """S1, S2: cancelled ones are never upcoming, and stay listed."""
    file = nova(
        booking("up"),
        booking(
            "leo", "2026-11-27T10:00:00+01:00", performer="leo", guest={"name": "100% Zoe", "email": "z@g.example"}
        ),
        booking("past", "2026-11-20T10:00:00+01:00", status="completed"),
        booking("gone", "2026-11-26T10:00:00+01:00", status="cancelled"),
    )
    load(terminal, file)

    def keys(*words: str) -> list[str]:
        return [one["key"] for one in terminal("bookings", *words, "--json").json]

    assert keys() == ["up", "leo"]
    assert keys("past") == ["past"]
    assert keys("cancelled") == ["gone"]
    assert sorted(keys("all")) == ["gone", "leo", "past", "up"]
    assert keys("--performer", "Leo") == keys("--text", "0% z") == ["leo"]
    assert keys("all", "--text", "_") == []
    assert "100% Zoe" in terminal("bookings").out
    assert terminal("bookings", "cancelled", "--performer", "leo").out == "There are none.\n"


def test_one_booking_is_shown_by_the_reference_as_people_type_it(terminal: Terminal, ref: str) -> None:
    """T4, F7: lower case, without the dash."""
    shown = terminal("show", ref.lower().replace("-", ""), "--json").json

    assert (shown["ref"], shown["status"], shown["start"]) == (ref, "confirmed", "2026-11-26T15:00:00+01:00")
    assert [one["what"] for one in shown["history"]] == ["booked"]
    assert terminal("bookings", "--json").json == [shown]
    assert terminal("show", ref).out.startswith(f"{ref}  Confirmed\nHaircut with Ana\n")


@pytest.mark.usefixtures("ref")
def test_free_slots_leave_out_what_is_taken(terminal: Terminal) -> None:
    """F4, V1, V2: opening hours less bookings with their buffers."""
    words = ("slots", "--service", "cut", "--from", "2026-11-26", "--days", "1")
    ana = terminal(*words, "--performer", "ana", "--json").json
    both = terminal(*words, "--json").json

    starts = [one["start"][11:16] for one in ana]
    assert (starts[0], starts[-1]) == ("09:00", "16:15")
    assert "14:00" in starts
    assert not {"14:15", "15:00", "15:45"} & set(starts)
    assert ana[0] == {"start": "2026-11-26T09:00:00+01:00", "end": "2026-11-26T09:45:00+01:00", "performer": "ana"}
    assert {one["performer"] for one in both} == {"ana", "leo"}
    assert terminal(*words).out.startswith("Thu 2026-11-26 09:00  Ana\n")
    assert terminal("slots", "--service", "cut", "--from", "2026-11-28", "--days", "2").out == "Nothing is free then.\n"


def test_the_link_is_shown_and_reissued(terminal: Terminal, ref: str) -> None:
    """T1: revoking makes a new one."""
    first = terminal("token", ref)
    second = terminal("token", ref, "--revoke")

    assert first.out.startswith("https://book.example.com/b/nova/manage/")
    assert second.out != first.out
    assert terminal("token", ref).out == second.out


def test_settings_are_shown_and_changed_live(terminal: Terminal, ref: str) -> None:
    """F0, G7: the booking's own lock follows at once."""
    everything = terminal("settings")
    changed = terminal("settings", "guest_cancel", "until_start")
    wrong = terminal("settings", "guest_cancel", "soon")

    assert "guest_cancel = 24\n" in everything.out
    assert changed.out == 'guest_cancel = "until_start"\n'
    assert terminal("settings", "guest_cancel").out == changed.out
    assert terminal("show", ref, "--json").json["cancel_until"] == "2026-11-26T15:00:00+01:00"
    assert (wrong.code, wrong.err) == (1, "guest_cancel: must be a number of hours, until_start, or 0 for off\n")
    assert terminal("settings", "reminders_hours", "48,3").out == "reminders_hours = [48, 3]\n"
    assert terminal("settings", "colour").err.startswith("there is no setting 'colour'; there are guest_reschedule, ")


def test_a_forgotten_guest_is_gone_from_every_view(terminal: Terminal, ref: str) -> None:
    """L5: and there is nobody to write to any more."""
    said = terminal("forget", ref)
    shown = terminal("show", ref, "--json")

    assert said.code == 0
    assert "guest.example" not in shown.out
    assert shown.json["manage_url"] is None
    assert terminal("token", ref).err == f"{ref}: the guest was forgotten, there is no link any more\n"
    assert terminal("resend", ref).err == f"{ref}: the guest was forgotten, there is nobody to send it to\n"
    assert terminal("cancel", ref).out.endswith("The guest has NOT been told: there is no address on file.\n")


def test_with_several_businesses_one_must_be_named(terminal: Terminal, ref: str) -> None:
    load(terminal, nova(booking("b1"), slug="luna", name="Luna"))

    assert terminal("bookings").err == "there are several businesses, say which with --business: nova, luna\n"
    assert len(terminal("bookings", "--business", "luna", "--json").json) == 1
    assert terminal("show", ref, "--business", "luna").err.startswith(f"there is no booking {ref} in luna")
    assert terminal("bookings", "--business", "x").err == "there is no business 'x'; there is nova, luna\n"
