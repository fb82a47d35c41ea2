"""What a guest may not do is refused by mail: one clear reason, the next step, and a card for the team."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from tests.story.mails import said, subjects, text_of
from tests.story.salon import TEAM, Salon, booking

WISH = "Tuesday 1 December at 11:30"
CONTACT = "You can reach Studio Nova at team@nova.example or +48 22 555 01 23."
PAY = "https://pay.example/jo"

NOT_OPEN = "The booking on Thursday 26 November, 15:00 is no longer open, so it cannot be changed."
BEGUN = "Your visit on Thursday 26 November, 15:00 has already begun, so it can no longer be changed here."
BLOCKED = "This booking cannot be changed online at the moment. Please contact us directly."
GROUP = (
    "This is a group session with a fixed time, so it cannot be moved here. "
    "Please contact us and we will see what we can do."
)
OFF = "We change bookings personally. Please contact us and we will find a time together."
CLOSED = (
    "Bookings can be changed here until 24 hours before the start. "
    "For yours that was Wednesday 25 November, 15:00, so please contact us."
)
UNPAID = "Your payment is not finished yet. Once it is, you can choose another time."
EXPIRED = "The time to pay for this booking has run out. Please contact us and we will sort it out."


async def wish(salon: Salon, words: str = WISH, **changes: Any) -> EmailMessage:
    """Let a guest with such a booking wish for another time; return the answer, everything before it looked at."""
    await salon.imports(booking(**changes))
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    await salon.reply(confirmation, words)
    return await salon.answer()


async def card(salon: Salon) -> list[str]:
    """Return what the one new mail to the team says, the guest's words aside."""
    (mail,) = await salon.mail_to(TEAM)
    assert subjects([mail])[0].startswith("Jo asks for your help: ")
    assert f"> {WISH}" in text_of(mail)
    return said(mail)[:1]


def help_me(reason: str) -> list[str]:
    return [f"Jo would like to change their booking, but could not do it alone. {reason}"]


async def test_a_cancelled_booking_is_not_moved(salon: Salon) -> None:
    """G1, S2: an old message brings nothing back."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.staff_cancels()
    await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, WISH)

    assert said(await salon.answer()) == [NOT_OPEN, CONTACT]
    assert await card(salon) == help_me("The booking is not open any more.")
    assert (await salon.booking()).status == "cancelled"


async def test_an_unpaid_booking_gets_the_link_to_pay(salon: Salon) -> None:
    """G2: pending."""
    answer = await wish(salon, payment="pending", payment_url=PAY)

    assert said(answer) == [UNPAID, f"Please finish your payment here: {PAY}"]
    assert await card(salon) == help_me("The payment is not finished.")
    assert await salon.local_start() == "Thu 2026-11-26 15:00"


async def test_an_expired_payment_gets_the_contact_and_a_card(salon: Salon) -> None:
    """G2, F8: expired."""
    answer = await wish(salon, payment="expired", payment_url=PAY)

    assert said(answer) == [EXPIRED, CONTACT]
    assert await card(salon) == help_me("The payment has expired.")
    assert await salon.local_start() == "Thu 2026-11-26 15:00"


@pytest.mark.parametrize(("seconds_before", "moved"), [(1, True), (0, False), (-1, False)])
async def test_the_window_closes_exactly_so_many_hours_before(
    salon: Salon, seconds_before: int, *, moved: bool
) -> None:
    """G3, G7: locked from N hours before the start on."""
    await salon.imports(booking(), guest_reschedule=24, reminders_hours=[])
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    salon.time.now = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    salon.time.passes(seconds=-seconds_before)

    await salon.reply(confirmation, WISH)

    assert (await salon.local_start() == "Tue 2026-12-01 11:30") is moved
    if not moved:
        assert said(await salon.answer()) == [CLOSED, CONTACT]
        assert await card(salon) == help_me("It is too close to the start.")


@pytest.mark.parametrize(("minutes_before", "moved"), [(1, True), (0, False)])
async def test_the_window_counts_elapsed_hours_across_the_spring(
    salon: Salon, minutes_before: int, *, moved: bool
) -> None:
    """G7: clocks go forward that Sunday: 24 hours before 15:00 the clock showed 14:00."""
    await salon.imports(booking(start="2027-03-28T15:00:00+02:00"), guest_reschedule=24)
    confirmation = await salon.answer()
    salon.time.now = datetime(2027, 3, 27, 13, 0, tzinfo=UTC)
    salon.time.passes(minutes=-minutes_before)

    await salon.reply(confirmation, "Tuesday 30 March at 11:30")

    assert (await salon.local_start() == "Tue 2027-03-30 11:30") is moved


@pytest.mark.parametrize("off", [0, None])
async def test_self_service_that_is_off_names_the_business(salon: Salon, off: int | None) -> None:
    """G7: 0 or empty."""
    await salon.imports(booking(), guest_reschedule=off)
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, WISH)

    assert said(await salon.answer()) == [OFF, CONTACT]
    assert await card(salon) == help_me("Guests may not move bookings themselves.")


async def test_the_window_is_what_the_owner_says_now(salon: Salon) -> None:
    """G7, F0: for bookings that are there already, from one message to the next."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    reasons = []

    for window in (0, 24 * 4, "until_start"):
        await salon.sets("guest_reschedule", window)
        await salon.reply(confirmation, WISH)
        reasons.append(said(await salon.answer())[0])

    assert reasons == [
        OFF,
        (
            "Bookings can be changed here until 96 hours before the start. "
            "For yours that was Sunday 22 November, 15:00, so please contact us."
        ),
        "Done! Your booking is now on Tuesday 1 December, 11:30 (it was Thursday 26 November, 15:00).",
    ]


async def test_a_blocked_subscription_says_nothing_of_it(salon: Salon) -> None:
    """G4, P2: neutral words for the guest, the reason for the team."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    await salon.sets("subscription", "blocked")

    await salon.reply(confirmation, WISH)

    assert said(await salon.answer()) == [BLOCKED, CONTACT]
    assert await card(salon) == help_me("Self-service is switched off by the subscription.")


async def test_a_group_session_is_not_moved_but_can_be_cancelled(salon: Salon) -> None:
    """G5, G7."""
    answer = await wish(salon, service="yoga", performer="leo")

    assert said(answer) == [GROUP, CONTACT]
    assert await card(salon) == help_me("It is a group session.")

    await salon.reply(answer, "Then please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")

    assert (await salon.booking()).status == "cancelled"


async def test_a_visit_that_has_begun_is_not_moved(salon: Salon) -> None:
    """G6: from the very start on."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    salon.time.now = (await salon.booking()).start

    await salon.reply(confirmation, WISH)

    assert said((await salon.mail_to("jo@guest.example"))[-1]) == [BEGUN, CONTACT]
    assert await card(salon) == help_me("The visit has begun.")


async def test_where_several_reasons_hold_the_first_is_said(salon: Salon) -> None:
    """G1-G6: in the order status, begun, subscription, group, window, payment."""
    await salon.imports(booking(service="yoga", performer="leo", payment="pending", payment_url=PAY))
    confirmation = await salon.answer()
    await salon.imports(booking("kim", payment="pending", payment_url=PAY))
    other = await salon.answer("kim@guest.example")
    await salon.sets("subscription", "blocked")
    await salon.sets("guest_reschedule", 24 * 30)
    start = (await salon.booking()).start
    reasons = []

    async def asks(mail: EmailMessage, address: str = "jo@guest.example") -> None:
        await salon.reply(mail, WISH)
        reasons.append(said((await salon.mail_to(address))[-1])[0])

    now, salon.time.now = salon.time.now, start
    await asks(confirmation)
    salon.time.now = now
    await asks(confirmation)
    await salon.sets("subscription", "active")
    await asks(confirmation)
    await asks(other, "kim@guest.example")
    await salon.sets("guest_reschedule", "until_start")
    await asks(other, "kim@guest.example")
    await salon.staff_cancels()
    salon.time.now = start
    await asks(confirmation)

    long_window = CLOSED.replace("24 hours", "720 hours").replace("Wednesday 25 November", "Tuesday 27 October")
    assert reasons == [BEGUN, BLOCKED, GROUP, long_window, UNPAID, NOT_OPEN]


async def test_an_offer_made_before_is_refused_by_what_holds_now(salon: Salon) -> None:
    """G7: the window is checked when the guest picks."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Thursday afternoon?")
    offer = await salon.answer()
    await salon.sets("guest_reschedule", 24 * 4)

    await salon.reply(offer, "2")

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(await salon.answer())[0].startswith("Bookings can be changed here until 96 hours before the start.")
