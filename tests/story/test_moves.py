"""Moving: whom a guest may have, their own slot, times off the grid, times that are taken, an owner who asks."""

from __future__ import annotations

import pytest

from tests.story.mails import choices, said, subjects, text_of
from tests.story.salon import TEAM, Salon, booking


async def test_who_chose_their_performer_is_offered_only_them(salon: Salon) -> None:
    """G8: the reason, the same performer's times, and a card."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, "Friday 27 November at 9:00 with Leo")
    answer = await salon.answer()

    assert said(answer) == [
        (
            "You booked with Ana, so we can only offer you their times here. "
            "We have told the team that you would like someone else."
        ),
        "These times are free. Which one suits you?",
    ]
    assert choices(answer)[0] == "1. Fri 27 Nov, 09:00"
    (card,) = await salon.mail_to(TEAM)
    assert said(card)[0] == "Jo would like to have Leo, but chose someone else when booking."
    assert await salon.local_start() == "Thu 2026-11-26 15:00"


async def test_who_did_not_choose_gets_whom_they_name(salon: Salon) -> None:
    """G8: the new performer and the previous one are told (M3)."""
    await salon.imports(booking(performer_chosen=False))

    await salon.reply(await salon.answer(), "Friday 27 November at 9:00 with Leo")

    dossier = await salon.dossier()
    assert (await salon.local_start(), dossier.performer.name) == ("Fri 2026-11-27 09:00", "Leo")
    assert said(await salon.answer())[0] == (
        "Done! Your booking is now on Friday 27 November, 09:00 with Leo (it was Thursday 26 November, 15:00)."
    )
    assert said(await salon.answer("leo@nova.example")) == ["A booking on Friday 27 November, 09:00 is now yours."]
    assert said(await salon.answer("ana@nova.example")) == [
        "The booking on Thursday 26 November, 15:00 is no longer yours."
    ]


async def test_another_performer_is_asked_about_never_assumed(salon: Salon) -> None:
    """G8, R2: their own is busy then, somebody else is free."""
    kim = booking("kim", start="2026-11-27T09:00:00+01:00")
    await salon.imports(booking(performer_chosen=False), kim)

    await salon.reply(await salon.answer(), "Friday 27 November at 9:00")
    question = await salon.answer()

    assert said(question) == [
        (
            "Shall we move your booking from Thursday 26 November, 15:00 to Friday 27 November, 09:00 with Leo? "
            "Reply YES and it is done."
        )
    ]

    await salon.reply(question, "Yes please")

    assert (await salon.dossier()).performer.name == "Leo"


async def test_the_own_booking_does_not_block_its_own_small_move(salon: Salon) -> None:
    """G9: a quarter of an hour later overlaps nobody else."""
    await salon.imports(booking())

    await salon.reply(await salon.answer(), "Thursday 26 November at 15:15")

    assert await salon.local_start() == "Thu 2026-11-26 15:15"


async def test_the_time_it_has_already_is_answered_kindly(salon: Salon) -> None:
    """G9: nothing changes, and nobody else is told."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()

    await salon.reply(confirmation, "Can we do Thursday 26 November at 15:00?")

    assert said(await salon.answer()) == [
        "Your booking is on Thursday 26 November, 15:00 already, so nothing had to change. See you then!"
    ]
    assert await salon.booking() == before
    assert await salon.mail_to(TEAM) == []


async def test_a_wish_off_the_grid_gets_the_nearest_times(salon: Salon) -> None:
    """G11: at most five, numbered."""
    await salon.imports(booking())

    await salon.reply(await salon.answer(), "Friday 27 November at 10:07")
    answer = await salon.answer()

    assert said(answer) == ["Sorry, we cannot offer Friday 27 November, 10:07. These are the nearest free times:"]
    assert choices(answer) == [
        "1. Fri 27 Nov, 10:00",
        "2. Fri 27 Nov, 10:15",
        "3. Fri 27 Nov, 09:45",
        "4. Fri 27 Nov, 10:30",
        "5. Fri 27 Nov, 09:30",
    ]


async def test_a_taken_time_gets_the_nearest_five(salon: Salon) -> None:
    """R2, V2: buffers count; the nearest to what was wished come first."""
    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))

    await salon.reply(await salon.answer(), "Friday 27 November at 12:00")
    answer = await salon.answer()

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(answer) == ["Sorry, we cannot offer Friday 27 November, 12:00. These are the nearest free times:"]
    assert choices(answer) == [
        "1. Fri 27 Nov, 11:00",
        "2. Fri 27 Nov, 13:00",
        "3. Fri 27 Nov, 10:45",
        "4. Fri 27 Nov, 13:15",
        "5. Fri 27 Nov, 10:30",
    ]


async def test_a_choice_that_was_taken_meanwhile_gets_the_nearest(salon: Salon) -> None:
    """R2: someone else was faster; nothing is promised twice."""
    await salon.imports(booking(), booking("kim", start="2026-11-30T12:00:00+01:00"))
    await salon.reply(await salon.answer(), "Friday 27 November in the morning?")
    offer = await salon.answer()
    assert choices(offer)[1] == "2. Fri 27 Nov, 09:15"
    await salon.reply(await salon.answer("kim@guest.example"), "Friday 27 November at 9:15")

    await salon.reply(offer, "2")
    answer = await salon.answer()

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(answer) == ["Sorry, we cannot offer Friday 27 November, 09:15. These are the nearest free times:"]
    assert choices(answer)[0] == "1. Fri 27 Nov, 10:15"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("Sunday 29 November at 11:00", "1. Mon 30 Nov, 09:00"),
        ("Friday 27 November at 22:00", "1. Fri 27 Nov, 17:15"),
    ],
)
async def test_a_time_when_nobody_works_gets_the_nearest(salon: Salon, words: str, first: str) -> None:
    """R2, V1."""
    await salon.imports(booking())

    await salon.reply(await salon.answer(), words)

    assert choices(await salon.answer())[0] == first


async def test_a_day_offers_the_same_clock_time_first(salon: Salon) -> None:
    """R2: where only a day was named."""
    await salon.imports(booking())

    await salon.reply(await salon.answer(), "Friday 27 November?")
    answer = await salon.answer()

    assert said(answer) == ["These times are free. Which one suits you?"]
    assert choices(answer)[:3] == ["1. Fri 27 Nov, 15:00", "2. Fri 27 Nov, 14:45", "3. Fri 27 Nov, 15:15"]


async def test_an_owner_may_want_every_move_confirmed(salon: Salon) -> None:
    """R2, F0: sure and free, and asked all the same."""
    await salon.imports(booking(), confirm_moves="always")

    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    question = await salon.answer()

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(question) == [
        (
            "Shall we move your booking from Thursday 26 November, 15:00 to Tuesday 1 December, 11:30? "
            "Reply YES and it is done."
        )
    ]

    await salon.reply(question, "yes")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_a_mixed_reply_does_both(salon: Salon) -> None:
    """R5: the wish gets its choices, the question reaches the team, the guest reads of both in one mail."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, "Could we do Friday afternoon? And is there parking nearby?")
    answer = await salon.answer()

    assert choices(answer)[0] == "1. Fri 27 Nov, 12:00"
    assert said(answer)[0] == "Thank you! We have passed your message on to Studio Nova, and a person will answer you."
    (message,) = await salon.mail_to(TEAM)
    assert subjects([message]) == ["Jo wrote: Haircut, Thursday 26 November, 15:00"]
    assert "> Could we do Friday afternoon? And is there parking nearby?" in text_of(message)

    await salon.reply(answer, "3")

    assert await salon.local_start() == "Fri 2026-11-27 12:30"


async def test_who_lives_elsewhere_reads_both_clocks(salon: Salon) -> None:
    """L4: clock words are the venue's; London is an hour behind Warsaw."""
    guest = {**booking()["guest"], "tz": "Europe/London"}
    await salon.imports(booking(guest=guest))

    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    text = text_of(await salon.answer())

    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert "11:30–12:15 (Warsaw time)" in text
    assert "10:30–11:15 (London time)" in text
