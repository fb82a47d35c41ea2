"""Whether guests may cancel is a window of its own: refused, other times are named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.story.mails import said, subjects, text_of
from tests.story.salon import TEAM, Salon, booking

CONTACT = "You can reach Studio Nova at team@nova.example or +48 22 555 01 23."
TIMES = (
    "Or take another time instead, for example Thursday 26 November at 14:30, Thursday 26 November at 14:45 "
    "or Thursday 26 November at 15:15."
)


@pytest.mark.parametrize("off", [0, None])
async def test_cancelling_that_is_off_asks_to_call_or_to_choose_another_time(salon: Salon, off: int | None) -> None:
    """G7, R3, F8: B's rule; no link to cancel either (M1)."""
    await salon.imports(booking(), guest_cancel=off)
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, "Please cancel my booking.")
    answer = await salon.answer()

    assert said(answer) == [
        "Bookings cannot be cancelled here. Please contact us, or choose another time.",
        CONTACT,
        TIMES,
    ]
    assert "/cancel/" not in text_of(confirmation) + text_of(answer)
    assert "/reschedule/" in text_of(confirmation)
    assert subjects(await salon.mail_to(TEAM)) == ["Jo asks for your help: Haircut, Thursday 26 November, 15:00"]
    assert (await salon.booking()).status == "confirmed"


@pytest.mark.parametrize(("seconds_before", "asked"), [(1, True), (0, False)])
async def test_the_cancel_window_is_its_own(salon: Salon, seconds_before: int, *, asked: bool) -> None:
    """G7: locked from 24 hours before the start on, while moving is still possible."""
    await salon.imports(booking(), guest_cancel=24, reminders_hours=[])
    confirmation = await salon.answer()
    salon.time.now = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    salon.time.passes(seconds=-seconds_before)

    await salon.reply(confirmation, "Please cancel my booking.")
    answer = await salon.answer()

    question = (
        "Shall we cancel your booking on Thursday 26 November, 15:00? Reply YES and it is cancelled. "
        "Nothing changes until you do."
    )
    closed = (
        "Bookings can be cancelled here until 24 hours before the start. "
        "For yours that was Wednesday 25 November, 15:00, so please contact us."
    )
    assert said(answer) == ([question, TIMES] if asked else [closed, CONTACT, TIMES])


async def test_a_window_that_closes_before_the_yes_is_refused(salon: Salon) -> None:
    """G7: what was asked in time is not done too late."""
    await salon.imports(booking(), guest_cancel=24)
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    question = await salon.answer()
    salon.time.now = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)

    await salon.reply(question, "yes")

    assert (await salon.booking()).status == "confirmed"


async def test_an_unpaid_booking_can_be_cancelled(salon: Salon) -> None:
    """G2, G7: cancelling needs no payment."""
    await salon.imports(booking(payment="pending", payment_url="https://pay.example/jo"))
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")

    assert (await salon.booking()).status == "cancelled"


async def test_who_paid_reads_that_money_does_not_come_back_by_itself(salon: Salon) -> None:
    """R3: before and after; other times are named."""
    money = "A payment does not come back by itself. For money matters, please ask Studio Nova."
    await salon.imports(booking(payment="paid"))
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    question = await salon.answer()
    await salon.reply(question, "yes")

    assert said(question)[1:] == [money, TIMES]
    assert said(await salon.answer())[1] == money
    assert (await salon.booking()).payment == "paid"


async def test_a_wish_for_another_time_beats_the_cancel(salon: Salon) -> None:
    """R3: the guest takes one of the other times that were named."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    question = await salon.answer()

    await salon.reply(question, "Then Thursday 26 November at 14:30 instead")

    assert await salon.local_start() == "Thu 2026-11-26 14:30"
    assert (await salon.booking()).status == "confirmed"
