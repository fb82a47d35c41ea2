"""Guests reply to a mail, through the real SMTP port; the answer lies in the Maildir."""

from __future__ import annotations

from tests.story.mails import said, text_of
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


async def test_a_moved_booking_is_the_same_booking_and_moves_again(salon: Salon) -> None:
    """S1, S3, P1: same id, reference, token and payment; it shows as rescheduled."""
    await salon.imports(booking(payment="paid"))
    before = await salon.booking()
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    await salon.reply(await salon.answer(), "Wednesday 2 December at 10:00")

    moved = await salon.booking()

    assert await salon.local_start() == "Wed 2026-12-02 10:00"
    assert (moved.shown_status, moved.moves, moved.sequence) == ("Rescheduled", 2, 2)
    assert (moved.id, moved.ref, moved.token_random, moved.payment) == (
        before.id,
        before.ref,
        before.token_random,
        "paid",
    )


async def test_a_cancelled_booking_does_not_come_back_by_an_import(salon: Salon) -> None:
    """S2: the guest is not confirmed what they cancelled; its time is free for others after ten minutes (R4)."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")
    await salon.answer()
    salon.time.passes(minutes=10)

    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))
    await salon.reply(await salon.answer("kim@guest.example"), "Thursday 26 November at 15:00")

    assert (await salon.booking()).status == "cancelled"
    assert await salon.mail_to("jo@guest.example") == []
    assert await salon.local_start("kim") == "Thu 2026-11-26 15:00"


async def test_clock_words_for_an_online_service_are_the_guests(salon: Salon) -> None:
    """L4: half past eleven in London is half past twelve in Warsaw."""
    guest = {**booking()["guest"], "tz": "Europe/London"}
    await salon.imports(booking(service="talk", guest=guest))

    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")

    assert await salon.local_start() == "Tue 2026-12-01 12:30"
    assert said(await salon.answer())[0] == (
        "Done! Your booking is now on Tuesday 1 December, 11:30 (it was Thursday 26 November, 14:00)."
    )


async def test_every_change_can_be_looked_up(salon: Salon) -> None:
    """F7: what happened, in order."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    await salon.reply(await salon.answer(), "undo")
    await salon.reply(await salon.answer(), "Is there parking nearby?", sender="mallory@elsewhere.example")
    await salon.staff_cancels()

    happened = await salon.history()

    assert happened == ["booked", "wrote", "moved", "wrote", "undone", "stranger_wrote", "cancelled"]


async def test_our_words_are_ours_though_a_client_names_no_message(salon: Salon) -> None:
    """R6: no In-Reply-To, no marks: the old time stands in what is quoted, the new one is what was typed."""
    await salon.imports(booking())
    confirmation = await salon.answer()

    await salon.reply(confirmation, f"Tuesday 1 December at 11:30\n\n{text_of(confirmation)}", threaded=False)

    await salon.answer()
    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_a_reply_that_only_quotes_us_moves_nothing(salon: Salon) -> None:
    """R6: sent by accident, from a client that marks and names nothing."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    before = await salon.booking()

    await salon.reply(confirmation, text_of(confirmation), threaded=False)

    assert await salon.booking() == before
