"""The verbs on a real database: what they change, what they refuse, whom they tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.availability import availability_of
from core.bookings import Changed, cancel, mark_paid, reschedule, resend, set_status, undo
from core.model import Actor, Role, Slot, Status
from core.refusal import Refusal
from core.store.engine import Tx
from core.store.tables import service
from tests.core.shop import Shop, at, open_shop, yoga
from tests.story.salon import booking

THURSDAY = at("2026-11-26 15:00")
FRIDAY = at("2026-11-27 11:30")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        yield Shop(store)
        await store.close()


async def test_moving_keeps_the_booking(shop: Shop) -> None:
    """S3, S1, F7: same id, token, payment; SEQUENCE + 1; shown as Rescheduled; every change in its history."""
    await shop.imports(booking(payment="paid"))
    before = (await shop.dossier()).booking

    outcome = await shop.does(reschedule, FRIDAY, before.performer_id)

    after = (await shop.dossier()).booking
    assert isinstance(outcome, Changed)
    assert (after.id, after.token_random, after.payment, after.ref) == (
        before.id,
        before.token_random,
        before.payment,
        before.ref,
    )
    assert (after.start, after.end - after.start) == (FRIDAY, timedelta(minutes=45))
    assert (after.sequence, after.version, after.moves) == (before.sequence + 1, before.version + 1, 1)
    assert after.shown_status == "Rescheduled"
    assert await shop.history() == ["booked", "moved"]


async def test_a_booking_that_was_moved_can_be_moved_again(shop: Shop) -> None:
    """S1."""
    await shop.imports(booking())
    ana = await shop.performer("Ana")
    await shop.does(reschedule, FRIDAY, ana)

    outcome = await shop.does(reschedule, at("2026-11-30 09:00"), ana)

    assert isinstance(outcome, Changed)
    assert (await shop.dossier()).booking.moves == 2


async def test_a_small_move_is_not_blocked_by_the_booking_itself(shop: Shop) -> None:
    """G9, V2: fifteen minutes later overlaps the old slot, and the hold keeps only what is left of it."""
    await shop.imports(booking())
    ana = await shop.performer("Ana")

    outcome = await shop.does(reschedule, THURSDAY + timedelta(minutes=15), ana)
    back = await shop.does(undo)

    assert isinstance(outcome, Changed)
    assert isinstance(back, Changed)
    assert (await shop.dossier()).booking.start == THURSDAY


async def test_everyone_hears_of_a_move_and_old_reminders_die(shop: Shop) -> None:
    """G10, M2, M3: guest, team and performer; the reminder follows the new time."""
    await shop.imports(booking())
    assert await shop.reminders() == [THURSDAY - timedelta(hours=24)]

    await shop.does(reschedule, FRIDAY, await shop.performer("Ana"))

    assert await shop.reminders() == [FRIDAY - timedelta(hours=24)]
    ana = await shop.performer("Ana")
    assert [one for one in await shop.messages() if one[0] != "reminder"] == [
        ("moved", "guest"),
        ("moved", "team"),
        ("moved", f"performer:{ana}"),
    ]


async def test_the_previous_performer_hears_of_a_move_away(shop: Shop) -> None:
    """M3."""
    await shop.imports(booking())
    ana, leo = await shop.performer("Ana"), await shop.performer("Leo")

    await shop.staff_does(reschedule, FRIDAY, leo)

    told = await shop.messages()
    assert ("moved", f"performer:{leo}") in told
    assert ("cancelled", f"performer:{ana}") in told


async def test_a_guest_who_chose_a_performer_keeps_them(shop: Shop) -> None:
    """G8."""
    await shop.imports(booking())

    outcome = await shop.does(reschedule, FRIDAY, await shop.performer("Leo"))

    assert outcome == Refusal("performer_chosen")


async def test_a_guest_cannot_take_what_is_off_the_grid_or_taken(shop: Shop) -> None:
    """G11, V2: the grid is anchored at the opening; buffers belong to what is taken."""
    await shop.imports(booking(), booking("max", start="2026-11-27T11:00:00+01:00"))
    ana = await shop.performer("Ana")

    off_grid = await shop.does(reschedule, at("2026-11-27 15:07"), ana)
    in_buffer = await shop.does(reschedule, at("2026-11-27 11:45"), ana)
    after_buffer = await shop.does(reschedule, at("2026-11-27 12:00"), ana)

    assert off_grid == Refusal("slot_taken")
    assert in_buffer == Refusal("slot_taken")
    assert isinstance(after_buffer, Changed)


async def test_staff_may_set_any_minute_but_not_into_another_booking_or_closed_hours(shop: Shop) -> None:
    """F2, G11, V1."""
    await shop.imports(booking(), booking("max", start="2026-11-27T11:00:00+01:00"), min_notice_minutes=60 * 24 * 5)
    ana = await shop.performer("Ana")

    assert await shop.staff_does(reschedule, at("2026-11-27 11:30"), ana) == Refusal("busy")
    assert await shop.staff_does(reschedule, at("2026-11-28 11:30"), ana) == Refusal("closed")
    assert await shop.staff_does(reschedule, at("2026-11-23 08:00"), ana) == Refusal("past")
    assert isinstance(await shop.staff_does(reschedule, at("2026-11-24 15:07"), ana), Changed)


async def test_staff_close_an_open_payment_first(shop: Shop) -> None:
    """F2, P1: an unpaid online payment binds staff too; paid, it moves without a new payment."""
    await shop.imports(booking(payment="pending", payment_url="https://pay.example/1"))
    ana = await shop.performer("Ana")

    refused = await shop.staff_does(reschedule, FRIDAY, ana)
    await shop.staff_does(mark_paid)
    moved = await shop.staff_does(reschedule, FRIDAY, ana)

    assert isinstance(refused, Refusal)
    assert refused.code == "payment_pending"
    assert isinstance(moved, Changed)
    assert (await shop.dossier()).booking.payment == "paid"


async def test_members_act_on_their_own_bookings_only(shop: Shop) -> None:
    """F3: checked by the verb itself, whatever the door."""
    await shop.imports(booking())
    ana, leo = await shop.performer("Ana"), await shop.performer("Leo")
    hers = Actor("staff", "Ana", Role.MEMBER, ana)
    his = Actor("staff", "Leo", Role.MEMBER, leo)

    assert await shop.does(cancel, by=his, channel="terminal") == Refusal("not_yours")
    assert await shop.does(resend, by=his, channel="terminal") == Refusal("not_yours")
    assert isinstance(await shop.does(cancel, by=hers, channel="terminal"), Changed)


async def test_a_cancelled_booking_frees_its_slot_and_stays_cancelled(shop: Shop) -> None:
    """S2, F5: at once, buffers included; nothing brings it back but the guest's own undo."""
    await shop.imports(booking(), booking("max", start="2026-11-27T11:00:00+01:00"))
    ana = await shop.performer("Ana")

    outcome = await shop.staff_does(cancel)
    taken = await shop.does(reschedule, THURSDAY, ana, key="max")

    assert isinstance(outcome, Changed)
    assert outcome.guest_told
    assert isinstance(taken, Changed)
    assert await shop.does(undo) == Refusal("stale")
    assert isinstance(await shop.does(reschedule, FRIDAY, ana), Refusal)
    assert (await shop.dossier()).booking.status is Status.CANCELLED
    assert await shop.reminders() == []


async def test_with_mail_off_the_guest_is_not_told_and_that_is_said(shop: Shop) -> None:
    """F5, M4."""
    await shop.imports(booking(), transactional_mail=False)

    outcome = await shop.staff_does(cancel)

    assert isinstance(outcome, Changed)
    assert not outcome.guest_told
    assert ("cancelled", "guest") not in await shop.messages()
    assert ("cancelled", "team") in await shop.messages()


async def test_the_old_slot_is_held_for_an_undo(shop: Shop) -> None:
    """R4: other guests cannot have it for ten minutes; afterwards they can."""
    await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"))
    ana = await shop.performer("Ana")
    await shop.does(reschedule, FRIDAY, ana)

    at_once = await shop.does(reschedule, THURSDAY, ana, key="max")
    shop.now += timedelta(minutes=10)
    later = await shop.does(reschedule, THURSDAY, ana, key="max")

    assert at_once == Refusal("slot_taken")
    assert isinstance(later, Changed)


async def test_an_undo_restores_everything_and_does_not_count_as_a_move(shop: Shop) -> None:
    """R4, S1."""
    await shop.imports(booking())
    await shop.does(reschedule, FRIDAY, await shop.performer("Ana"))

    outcome = await shop.does(undo)

    after = (await shop.dossier()).booking
    assert isinstance(outcome, Changed)
    assert (after.start, after.moves, after.shown_status) == (THURSDAY, 0, "Confirmed")
    assert after.sequence == 2
    assert await shop.reminders() == [THURSDAY - timedelta(hours=24)]


async def test_an_undo_that_comes_too_late_is_refused(shop: Shop) -> None:
    """R4."""
    await shop.imports(booking())
    await shop.does(reschedule, FRIDAY, await shop.performer("Ana"))
    shop.now += timedelta(minutes=10)

    assert await shop.does(undo) == Refusal("stale")


async def test_an_undo_of_a_cancel_brings_the_booking_back(shop: Shop) -> None:
    """S2, R4: whatever the window says by then."""
    await shop.imports(booking())
    await shop.does(cancel)

    outcome = await shop.does(undo)

    assert isinstance(outcome, Changed)
    assert (await shop.dossier()).booking.status is Status.CONFIRMED
    assert await shop.history() == ["booked", "cancelled", "undone"]


async def test_staff_may_take_a_held_slot_and_then_there_is_no_undo(shop: Shop) -> None:
    """R4: a hold never binds staff."""
    await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"))
    ana = await shop.performer("Ana")
    await shop.does(reschedule, FRIDAY, ana)

    taken = await shop.staff_does(reschedule, THURSDAY, ana, key="max")

    assert isinstance(taken, Changed)
    assert await shop.does(undo) == Refusal("slot_taken")
    assert (await shop.dossier()).booking.start == FRIDAY


async def test_a_change_by_staff_leaves_nothing_to_undo_and_holds_nothing(shop: Shop) -> None:
    """R4."""
    await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"))
    ana = await shop.performer("Ana")
    await shop.does(reschedule, FRIDAY, ana)
    await shop.staff_does(reschedule, at("2026-12-01 09:00"), ana)

    assert await shop.does(undo) == Refusal("stale")
    assert isinstance(await shop.does(reschedule, FRIDAY, ana, key="max"), Changed)


@pytest.mark.parametrize(("status", "then"), [("pending", Status.CONFIRMED), ("confirmed", Status.NO_SHOW)])
async def test_staff_confirm_and_close_bookings(shop: Shop, status: str, then: Status) -> None:
    """S1: pending becomes confirmed; a visit that has begun ends as completed or no-show."""
    await shop.imports(booking(status=status, start="2026-11-23T09:00:00+01:00"))

    outcome = await shop.staff_does(partial(_set_status, then))

    assert isinstance(outcome, Changed)
    assert (await shop.dossier()).booking.status is then


async def test_a_visit_that_has_not_begun_cannot_be_a_no_show(shop: Shop) -> None:
    """S1."""
    await shop.imports(booking())

    outcome = await shop.staff_does(partial(_set_status, Status.NO_SHOW))

    assert isinstance(outcome, Refusal)
    assert outcome.code == "not_begun"


async def test_a_resent_confirmation_goes_to_the_address_on_file_and_keeps_the_reminders(shop: Shop) -> None:
    """F6."""
    await shop.imports(booking())
    reminders = await shop.reminders()

    await shop.staff_does(resend)

    assert ("confirmation", "guest") in await shop.messages()
    assert await shop.reminders() == reminders


async def test_bookings_of_one_session_share_one_occupancy(shop: Shop) -> None:
    """V4: the session is one occupied span; it is free again when the last one leaves."""
    await shop.imports(yoga("jo"), yoga("max"), booking("eva", performer="leo"))
    leo = await shop.performer("Leo")
    ten = at("2026-11-27 10:00")

    await shop.staff_does(cancel, key="jo")
    still = await shop.staff_does(reschedule, ten, leo, key="eva")
    await shop.staff_does(cancel, key="max")
    free = await shop.staff_does(reschedule, ten, leo, key="eva")

    assert still == Refusal("busy")
    assert isinstance(free, Changed)


async def test_staff_move_a_guest_into_another_session_while_it_has_seats(shop: Shop) -> None:
    """V4, G5: a guest cannot; staff join the session that runs then."""
    others = [yoga(f"g{n}", start="2026-11-30T10:00:00+01:00") for n in range(7)]
    await shop.imports(yoga("jo"), yoga("max"), *others)
    leo, monday = await shop.performer("Leo"), at("2026-11-30 10:00")

    guest = await shop.does(reschedule, monday, leo)
    first = await shop.staff_does(reschedule, monday, leo)
    second = await shop.staff_does(reschedule, monday, leo, key="max")

    assert isinstance(guest, Refusal)
    assert guest.code == "group_session"
    assert isinstance(first, Changed)
    assert second == Refusal("busy")


async def test_buffers_are_as_they_were_when_the_booking_was_made(shop: Shop) -> None:
    """V2: changing a service's buffers later rewrites nothing."""
    await shop.imports(booking(), booking("max", start="2026-11-27T11:00:00+01:00"))
    ana = await shop.performer("Ana")

    def longer(tx: Tx) -> None:
        tx.run(update(service).values(buffer_after=60))

    await shop.store.write(longer)

    too_close = await shop.does(reschedule, at("2026-11-27 09:30"), ana)
    after_the_old_buffer = await shop.does(reschedule, at("2026-11-27 12:00"), ana)

    assert too_close == Refusal("slot_taken")
    assert isinstance(after_the_old_buffer, Changed)


async def test_what_is_offered_can_be_had(shop: Shop) -> None:
    """G8, R2: every start that availability names is one the verb accepts."""
    await shop.imports(booking(performer_chosen=False), booking("max", start="2026-11-27T11:00:00+01:00"))
    dossier = await shop.dossier()
    found = await shop.store.read(partial(availability_of, dossier=dossier, now=shop.now))
    offered: list[Slot] = list(found.soonest(3)) + list(found.between(at("2026-11-27 09:00"), at("2026-11-27 13:00")))

    outcomes: list[Any] = [await shop.does(reschedule, slot.start, slot.performer_id) for slot in offered]

    assert all(isinstance(one, Changed) for one in outcomes)


def _set_status(status: Status, tx: Tx, dossier: Any, act: Any) -> Changed | Refusal:
    return set_status(tx, dossier, status, act)
