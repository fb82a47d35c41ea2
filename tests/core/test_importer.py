from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import bookings as verbs
from core import queries
from core.forget import forget
from core.import_file import BadImport
from core.model import GUEST, Payment, Status
from core.owner import change_setting
from core.settings import BadSetting
from core.tokens import read_token
from tests.core.nova import ACT, KEYS, NOW, Shop, booking, nova

FRIDAY_AT_NOON = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def problems_of(shop: Shop, file: dict[str, Any]) -> list[str]:
    with pytest.raises(BadImport) as bad:
        shop.load(file, seed=9)

    return list(bad.value.problems)


def everything(shop: Shop) -> list[Any]:
    """Return what the database holds, to see that nothing was changed."""
    business = shop.business
    listed = shop.do(queries.list_bookings, business.id, queries.Filter("all"), NOW)
    return [
        business,
        shop.do(queries.load_performers, business.id),
        shop.do(queries.load_services, business.id),
        listed,
    ]


def test_a_new_booking_gets_token_reference_history_and_reminders(shop: Shop) -> None:
    """T1, T4, F7, M2: everything a booking is known by is made once, in the transaction that makes it."""
    (imported,) = shop.load(nova(booking("b1")))

    found = shop.dossier(imported.ref)
    assert imported.is_new
    assert read_token(imported.token or "", KEYS) == found.booking.token_random
    assert shop.do(queries.find_by_token, found.booking.token_random) == found.booking.id
    assert (found.booking.version, found.booking.sequence, found.booking.moves) == (1, 0, 0)
    assert found.booking.end - found.booking.start == timedelta(minutes=45)
    assert shop.history(imported.ref) == ["booked"]
    assert shop.messages(imported.ref) == [("reminder", "guest", "due"), ("reminder", "guest", "due")]


def test_notify_confirms_what_is_new_open_and_to_come(shop: Shop) -> None:
    """M1: and nothing else."""
    file = nova(
        booking("new"),
        booking("gone", "2026-11-20T10:00:00+01:00"),
        booking("off", "2026-11-26T10:00:00+01:00", status="cancelled"),
    )
    new, gone, off = shop.load(file, notify=True)
    again = shop.load(file, notify=True)

    assert [one.is_new for one in again] == [False, False, False]
    assert [one[0] for one in shop.messages(new.ref)] == ["reminder", "reminder", "confirmation"]
    assert shop.messages(gone.ref) == []
    assert shop.messages(off.ref) == []


def test_notify_is_muted_where_mail_is_off(shop: Shop) -> None:
    """M4: `transactional_mail` off mutes notices."""
    (imported,) = shop.load(nova(booking("b1"), transactional_mail=False), notify=True)

    assert ("confirmation", "guest", "due") not in shop.messages(imported.ref)


def test_loading_again_keeps_time_and_status_and_updates_the_guest(shop: Shop) -> None:
    """S3: what was done to a booking since is not undone by the file it came from."""
    file = nova(booking("b1"))
    (first,) = shop.load(file)
    shop.do(
        verbs.reschedule, shop.dossier(first.ref), FRIDAY_AT_NOON, shop.dossier(first.ref).booking.performer_id, ACT
    )
    file["bookings"][0]["guest"] |= {"name": "Jo", "email": "jo@guest.example"}
    (second,) = shop.load(file, seed=1)

    found = shop.dossier(first.ref).booking
    assert second == type(second)(key="b1", ref=first.ref, token=first.token, is_new=False)
    assert (found.start, found.version, found.shown_status) == (FRIDAY_AT_NOON, 2, "Rescheduled")
    assert (found.guest.name, found.guest.email) == ("Jo", "jo@guest.example")


def test_a_cancelled_booking_cannot_come_back(shop: Shop) -> None:
    """S2: not by a repeated import either; its time is free for another."""
    file = nova(booking("b1"))
    (first,) = shop.load(file)
    shop.do(verbs.cancel, shop.dossier(first.ref), ACT)
    file["bookings"].append(booking("b2"))
    shop.load(file, seed=1)

    assert shop.dossier(first.ref).booking.status is Status.CANCELLED
    assert shop.dossier(first.ref).booking.occupancy_id is None


def test_a_forgotten_guest_stays_forgotten(shop: Shop) -> None:
    """L5: the file does not bring their data back."""
    file = nova(booking("b1"))
    (first,) = shop.load(file)
    shop.do(forget, shop.dossier(first.ref), ACT)
    (second,) = shop.load(file, seed=1)

    assert second.token is None
    assert shop.dossier(first.ref).booking.guest.email == ""


def test_payment_follows_the_file_until_it_is_paid(shop: Shop) -> None:
    """P1: an older file does not ask again for money that came."""
    (imported,) = shop.load(nova(booking("b1")))
    shop.load(nova(booking("b1", payment="pending", payment_url="https://pay.example/1")))
    pending = shop.dossier(imported.ref).booking
    shop.do(verbs.mark_paid, shop.dossier(imported.ref), ACT)
    shop.load(nova(booking("b1", payment="pending")))

    assert (pending.payment, pending.payment_url, pending.version) == (Payment.PENDING, "https://pay.example/1", 2)
    assert shop.dossier(imported.ref).booking.payment is Payment.PAID
    assert shop.history(imported.ref) == ["booked", "payment_changed", "paid"]
    assert [one for one in shop.messages(imported.ref) if one[2] == "due"] == [("reminder", "guest", "due")] * 2


def test_bookings_are_taken_outside_opening_hours_but_never_over_one_another(shop: Shop) -> None:
    """V2: two that overlap, buffers included, are both named, and nothing at all is imported."""
    shop.load(nova(booking("night", "2026-11-28T03:00:00+01:00")))
    before = everything(shop)
    file = nova(
        booking("b1"),
        booking("b2", "2026-11-26T15:59:00+01:00"),
        booking("b3", "2026-11-28T02:30:00+01:00"),
        booking("b4", "2026-11-26T16:59:00+01:00"),
        booking("b5", "2026-11-26T15:30:00+01:00", status="cancelled"),
        booking("b6", performer="leo"),
        name="Another name",
    )
    problems = problems_of(shop, file)

    night = before[3][0].ref
    assert problems == [
        'bookings[1].start: overlaps bookings[0] ("b1"), buffers included',
        f"bookings[2].start: overlaps the booking {night}, buffers included",
    ]
    assert everything(shop) == before


def test_a_held_slot_gives_way_to_an_import(shop: Shop) -> None:
    """R4: a hold keeps other guests away, not the business."""
    (first,) = shop.load(nova(booking("b1")))
    shop.do(verbs.cancel, shop.dossier(first.ref), verbs.Act(GUEST, "web", NOW))
    first_again, second = shop.load(nova(booking("b1"), booking("b2")), seed=1)

    assert first_again.ref == first.ref
    assert shop.dossier(second.ref).booking.occupancy_id is not None


def test_a_group_shares_its_session_up_to_its_seats(shop: Shop) -> None:
    """V4: the third on two seats is named; the others share one occupancy."""
    yoga: dict[str, Any] = {"service": "yoga", "performer": "ana"}
    one, two = shop.load(nova(booking("b1", **yoga), booking("b2", **yoga)))
    shared = {shop.dossier(each.ref).booking.occupancy_id for each in (one, two)}
    problems = problems_of(shop, nova(booking("b3", **yoga), booking("b4", "2026-11-26T15:30:00+01:00", **yoga)))

    assert len(shared) == 1
    assert problems == [
        "bookings[0].start: the session has 2 seats, and all of them are taken",
        f"bookings[1].start: overlaps the booking {one.ref}, buffers included",
    ]


def test_more_seats_in_the_file_count_for_the_sessions_to_come(shop: Shop) -> None:
    """V4: a service that grew takes a third guest."""
    yoga: dict[str, Any] = {"service": "yoga", "performer": "ana"}
    shop.load(nova(booking("b1", **yoga), booking("b2", **yoga)))
    file = nova(booking("b3", **yoga))
    file["services"][1]["seats"] = 3

    assert shop.load(file, seed=1)[0].is_new


def test_new_buffers_rewrite_nothing(shop: Shop) -> None:
    """V2: what is booked keeps the span it was booked with; what comes is judged by the new one."""
    shop.load(nova(booking("b1")))
    file = nova(booking("b1"), booking("b2", "2026-11-26T16:00:00+01:00"))
    file["services"][0] |= {"buffer_before": 10, "buffer_after": 60}
    problems = problems_of(shop, file)
    file["bookings"][1]["start"] = "2026-11-26T16:10:00+01:00"

    assert len(problems) == 1
    assert shop.load(file, seed=1)[1].is_new


def test_a_reference_that_is_taken_is_drawn_again(shop: Shop) -> None:
    """T4: two bookings never share a reference."""
    same = nova(booking("b1"), booking("b2", performer="leo"))
    read = [one.ref for one in shop.load(same)]

    assert len(set(read)) == 2


def test_settings_that_the_file_leaves_out_stay_as_the_owner_set_them(shop: Shop) -> None:
    """F0: the owner's live change outlives an import that does not speak of it."""
    shop.load(nova())
    shop.do(change_setting, shop.business, "confirm_moves", "always", NOW)
    shop.load(nova(guest_cancel="until_start"))

    settings = shop.business.settings
    assert (settings.confirm_moves, settings.guest_cancel) == ("always", timedelta(0))


def test_changing_reminders_plans_those_of_bookings_to_come_anew(shop: Shop) -> None:
    """F0, M2: the old reminders never leave."""
    (imported,) = shop.load(nova(booking("b1")))
    shop.do(change_setting, shop.business, "reminders_hours", [1], NOW + timedelta(minutes=1))

    assert shop.messages(imported.ref) == [
        ("reminder", "guest", "retired"),
        ("reminder", "guest", "retired"),
        ("reminder", "guest", "due"),
    ]


def test_a_setting_that_cannot_be_changes_nothing(shop: Shop) -> None:
    """F0: refused with what would do."""
    shop.load(nova())
    before = shop.business

    with pytest.raises(BadSetting, match="slot_step_minutes: must be a whole number from 5 to 1440"):
        shop.do(change_setting, before, "slot_step_minutes", 0, NOW)

    assert shop.business == before
