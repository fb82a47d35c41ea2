"""Guests take back what they did: for ten minutes, whatever the window says, and nobody else gets their old time."""

from __future__ import annotations

from tests.story.mails import choices, said, subjects
from tests.story.salon import TEAM, Salon, booking

BACK = ["All as before: your booking is on Thursday 26 November, 15:00 again."]


async def test_undo_works_until_ten_minutes_have_passed(salon: Salon) -> None:
    """R4: a second before, it is done; S1: the booking does not count as rescheduled."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    moved = await salon.answer()
    await salon.mail_to(TEAM)

    salon.time.passes(minutes=9, seconds=59)
    await salon.reply(moved, "undo")

    restored = await salon.booking()
    assert said(await salon.answer()) == BACK
    assert (await salon.local_start(), restored.shown_status, restored.sequence) == (
        "Thu 2026-11-26 15:00",
        "Confirmed",
        2,
    )
    assert subjects(await salon.mail_to(TEAM)) == ["Moved: Jo, Haircut, Thursday 26 November, 15:00"]


async def test_later_undo_is_a_wish_for_the_old_time(salon: Salon) -> None:
    """R4: it is asked about, and done on "yes"."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    moved = await salon.answer()

    salon.time.passes(minutes=10)
    await salon.reply(moved, "undo")
    question = await salon.answer()

    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert said(question) == [
        "It is too late to simply undo that, but your earlier time Thursday 26 November, 15:00 is still free.",
        (
            "Shall we move your booking from Tuesday 1 December, 11:30 to Thursday 26 November, 15:00? "
            "Reply YES and it is done."
        ),
    ]

    await salon.reply(question, "yes")

    assert await salon.local_start() == "Thu 2026-11-26 15:00"


async def test_the_old_time_is_held_against_other_guests(salon: Salon) -> None:
    """R4: for ten minutes; then it is anybody's, and a later "undo" says so."""
    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    moved = await salon.answer()

    await salon.reply(await salon.answer("kim@guest.example"), "Thursday 26 November at 15:00")
    refusal = await salon.answer("kim@guest.example")

    assert said(refusal) == ["Sorry, we cannot offer Thursday 26 November, 15:00. These are the nearest free times:"]
    assert "Thu 26 Nov, 15:00" not in " ".join(choices(refusal))

    salon.time.passes(minutes=10)
    await salon.reply(refusal, "Thursday 26 November at 15:00")
    await salon.reply(moved, "undo")

    assert await salon.local_start("kim") == "Thu 2026-11-26 15:00"
    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert said(await salon.answer()) == [
        "Sorry, your earlier time Thursday 26 November, 15:00 is taken now. These are the nearest free times:"
    ]


async def test_staff_may_take_the_held_time(salon: Salon) -> None:
    """R4, F2: a hold does not bind the team; the guest's "undo" then gets the nearest times."""
    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    moved = await salon.answer()

    await salon.staff_moves("2026-11-26T15:00:00+01:00", key="kim")
    await salon.reply(moved, "undo")
    answer = await salon.answer()

    assert await salon.local_start("kim") == "Thu 2026-11-26 15:00"
    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert said(answer) == [
        "Sorry, your earlier time Thursday 26 November, 15:00 is taken now. These are the nearest free times:"
    ]
    assert choices(answer)[0] == "1. Thu 26 Nov, 14:00"


async def test_undo_ignores_the_window(salon: Salon) -> None:
    """R4: moved inside the window by the owner's change of it, and back all the same."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 24 November at 11:30")
    moved = await salon.answer()
    await salon.sets("guest_reschedule", 48)
    await salon.sets("guest_cancel", 48)

    await salon.reply(moved, "undo")

    assert said(await salon.answer()) == BACK


async def test_a_cancel_is_undone_and_the_place_was_held(salon: Salon) -> None:
    """R4, S2: released for nobody else until ten minutes have passed."""
    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")
    cancelled = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(await salon.answer("kim@guest.example"), "Thursday 26 November at 15:00")
    await salon.reply(cancelled, "undo")

    assert await salon.local_start("kim") == "Fri 2026-11-27 12:00"
    assert ((await salon.booking()).status, await salon.local_start()) == ("confirmed", "Thu 2026-11-26 15:00")
    assert said(await salon.answer()) == ["Your booking is back: Thursday 26 November, 15:00. See you then!"]
    (told,) = await salon.mail_to(TEAM)
    assert said(told) == [
        "Jo took their cancellation back: the booking on Thursday 26 November, 15:00 stands again (by mail)."
    ]


async def test_a_cancel_cannot_be_undone_later(salon: Salon) -> None:
    """R4, S2: an old message brings nothing back; the team reads of the wish."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")
    cancelled = await salon.answer()
    await salon.mail_to(TEAM)

    salon.time.passes(minutes=10)
    await salon.reply(cancelled, "undo")

    assert (await salon.booking()).status == "cancelled"
    assert said(await salon.answer())[0] == (
        "The booking on Thursday 26 November, 15:00 is no longer open, so it cannot be changed."
    )
    assert subjects(await salon.mail_to(TEAM)) == ["Jo asks for your help: Haircut, Thursday 26 November, 15:00"]


async def test_undo_without_a_thread_is_of_the_last_change(salon: Salon) -> None:
    """R4, R9: also right after a cancel, where the last question was whether to cancel."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    question = await salon.answer()
    await salon.reply(question, "yes")
    await salon.answer()

    await salon.reply(question, "undo", threaded=False)

    assert (await salon.booking()).status == "confirmed"


async def test_undo_in_reply_to_any_message_is_of_the_last_change(salon: Salon) -> None:
    """R4: the guest answers the mail that lies open, not the newest."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.reply(confirmation, "Thursday afternoon?")
    offer = await salon.answer()
    await salon.reply(offer, "2")
    await salon.answer()

    await salon.reply(offer, "undo")
    assert said(await salon.answer()) == BACK

    await salon.reply(confirmation, "Tuesday 1 December at 11:30")
    await salon.answer()
    await salon.reply(confirmation, "undo")
    assert said(await salon.answer()) == BACK


async def test_after_a_change_by_staff_undo_is_a_wish(salon: Salon) -> None:
    """R4, R9: what the team did is not the guest's to undo."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    moved = await salon.answer()
    await salon.staff_moves("2026-12-02T10:00:00+01:00")
    await salon.answer()

    await salon.reply(moved, "undo")

    assert await salon.local_start() == "Wed 2026-12-02 10:00"
    assert "Thursday 26 November, 15:00" in " ".join(said(await salon.answer()))


async def test_an_undo_is_not_undone(salon: Salon) -> None:
    """R4: a second "undo" of the same change changes nothing."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    moved = await salon.answer()
    await salon.reply(moved, "undo")
    await salon.answer()

    await salon.reply(moved, "Undo!")

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(await salon.answer()) == [
        "Your booking is on Thursday 26 November, 15:00 already, so nothing had to change. See you then!"
    ]


async def test_an_undo_of_a_cancel_whose_time_is_gone_offers_nothing_that_cannot_be_had(salon: Salon) -> None:
    """R4, S2, F8: staff took the place; only a person can help."""
    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")
    cancelled = await salon.answer()
    await salon.staff_moves("2026-11-26T15:00:00+01:00", key="kim")
    await salon.mail_to(TEAM)

    await salon.reply(cancelled, "undo")
    answer = await salon.answer()

    assert (await salon.booking()).status == "cancelled"
    assert choices(answer) == []
    assert said(answer)[0] == (
        "Sorry, your earlier time Thursday 26 November, 15:00 is taken now, so your booking stays as it is. "
        "We have told the team what you would like."
    )
    assert subjects(await salon.mail_to(TEAM)) == ["Jo asks for your help: Haircut, Thursday 26 November, 15:00"]
