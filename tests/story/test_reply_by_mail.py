"""Guests reply to a mail, through the real SMTP port; the answer lies in the Maildir."""

from __future__ import annotations

from tests.story.mails import text_of
from tests.story.salon import TEAM, Salon, booking


async def test_a_named_free_time_moves_the_booking_at_once(salon: Salon) -> None:
    """R1, R2, G10: understood, sure and free: done, answered with the new time, the old time, and how to undo."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, "Could we do Tuesday 1 December at 11:30 instead?")

    answer = await salon.answer()
    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert "11:30" in text_of(answer)
    assert "15:00" in text_of(answer)
    assert "undo" in text_of(answer).lower()
    assert [str(mail["Subject"]) for mail in await salon.mail_to(TEAM)] != []
