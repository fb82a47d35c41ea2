"""Reminders: due, moved, cancelled, muted, replied to."""

from __future__ import annotations

from tests.story.mails import said, subjects, text_of
from tests.story.salon import Salon, booking

REMINDER = "A short reminder: we see you at Studio Nova on {}."


async def test_a_reminder_leaves_when_it_is_due_and_can_be_replied_to(salon: Salon) -> None:
    """M2: with the same links; a reply to it moves the booking."""
    await salon.imports(booking())
    await salon.answer()

    salon.time.passes(days=2, hours=4, minutes=59)
    await salon.works()
    assert await salon.mail_to("jo@guest.example") == []

    salon.time.passes(minutes=1)
    await salon.works()
    reminder = await salon.answer()

    assert said(reminder) == [REMINDER.format("Thursday 26 November, 15:00")]
    assert f"/reschedule/{salon.tokens['jo']}" in text_of(reminder)

    await salon.reply(reminder, "Tuesday 1 December at 11:30")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_a_moved_bookings_old_reminder_is_never_sent(salon: Salon) -> None:
    """M2: only the one before the new time."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    await salon.answer()

    salon.time.passes(days=4)
    await salon.works()
    assert await salon.mail_to("jo@guest.example") == []

    salon.time.passes(days=3, hours=2)
    await salon.works()

    assert said(await salon.answer()) == [REMINDER.format("Tuesday 1 December, 11:30")]


async def test_an_undone_move_is_reminded_of_at_its_own_time(salon: Salon) -> None:
    """M2, R4."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    await salon.reply(await salon.answer(), "undo")
    await salon.answer()

    salon.time.passes(days=2, hours=5)
    await salon.works()

    assert said(await salon.answer()) == [REMINDER.format("Thursday 26 November, 15:00")]


async def test_a_cancelled_booking_is_not_reminded_of(salon: Salon) -> None:
    """M2."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")
    await salon.answer()

    salon.time.passes(days=5)
    await salon.works()

    assert await salon.mail_to("jo@guest.example") == []


async def test_reminders_are_muted_by_what_the_owner_says_when_they_are_due(salon: Salon) -> None:
    """M4, F0."""
    await salon.imports(booking())
    await salon.answer()
    await salon.sets("transactional_mail", value=False)

    salon.time.passes(days=2, hours=5)
    await salon.works()

    assert await salon.mail_to("jo@guest.example") == []


async def test_reminders_follow_the_setting(salon: Salon) -> None:
    """M2, F0: two of them where the owner wants two, for bookings that were there before."""
    await salon.imports(booking())
    await salon.answer()
    await salon.sets("reminders_hours", [48, 2])

    salon.time.passes(days=2, hours=4)
    await salon.works()
    salon.time.passes(hours=23)
    await salon.works()

    assert subjects(await salon.mail_to("jo@guest.example")) == ["Reminder: Haircut at Studio Nova"] * 2
