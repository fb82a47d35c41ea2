"""Guests reply from the mail programs that people have, each quoting all that Rebook really sent them."""

from __future__ import annotations

import pytest

from tests.mailin.quotes.clients import CLIENTS
from tests.story.mails import choices, said, subjects, text_of
from tests.story.salon import TEAM, Salon, booking

SIX = ["gmail", "outlook", "apple_mail", "thunderbird", "wp", "bare"]
NEW_AND_OLD = "Done! Your booking is now on Tuesday 1 December, 11:30 (it was Thursday 26 November, 15:00)."
HOW_TO_UNDO = 'Changed your mind? Reply "undo" within 10 minutes and all is as before.'


@pytest.mark.parametrize("client", SIX)
async def test_a_named_free_time_is_taken(salon: Salon, client: str) -> None:
    """R1, R2, G10: done at once; one mail tells the new time, the old time, and how to undo."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.replies_from(client, confirmation, "Tuesday 1 December at 11:30")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert said(await salon.answer()) == [NEW_AND_OLD, HOW_TO_UNDO]
    assert subjects(await salon.mail_to(TEAM)) == ["Moved: Jo, Haircut, Tuesday 1 December, 11:30"]


@pytest.mark.parametrize("client", SIX)
async def test_part_of_a_day_gets_choices_and_a_number_picks(salon: Salon, client: str) -> None:
    """R2: at most five numbered choices, nearest first; `2` takes the second."""
    await salon.imports(booking())

    await salon.replies_from(client, await salon.answer(), "Thursday afternoon?")
    offer = await salon.answer()

    assert choices(offer) == [
        "1. Thu 26 Nov, 12:00",
        "2. Thu 26 Nov, 12:15",
        "3. Thu 26 Nov, 12:30",
        "4. Thu 26 Nov, 12:45",
        "5. Thu 26 Nov, 13:00",
    ]
    assert await salon.local_start() == "Thu 2026-11-26 15:00"

    await salon.replies_from(client, offer, "2")

    assert await salon.local_start() == "Thu 2026-11-26 12:15"
    assert said(await salon.answer())[0].startswith("Done! Your booking is now on Thursday 26 November, 12:15")


@pytest.mark.parametrize("client", SIX)
async def test_a_cancel_is_asked_once_done_and_undone(salon: Salon, client: str) -> None:
    """R3, R4: asked once, cancelled by "yes", back by "undo"."""
    await salon.imports(booking())

    await salon.replies_from(client, await salon.answer(), "Please cancel my booking.")
    question = await salon.answer()

    assert said(question) == [
        (
            "Shall we cancel your booking on Thursday 26 November, 15:00? Reply YES and it is cancelled. "
            "Nothing changes until you do."
        ),
        (
            "Or take another time instead, for example Thursday 26 November at 14:30, Thursday 26 November at 14:45 "
            "or Thursday 26 November at 15:15."
        ),
    ]
    assert (await salon.booking()).status == "confirmed"

    await salon.replies_from(client, question, "Yes")
    cancelled = await salon.answer()

    assert said(cancelled) == ["Your booking on Thursday 26 November, 15:00 is cancelled.", HOW_TO_UNDO]
    assert (await salon.booking()).status == "cancelled"

    await salon.replies_from(client, cancelled, "undo")

    assert said(await salon.answer()) == ["Your booking is back: Thursday 26 November, 15:00. See you then!"]
    assert ((await salon.booking()).status, await salon.local_start()) == ("confirmed", "Thu 2026-11-26 15:00")


@pytest.mark.parametrize("client", SIX)
async def test_a_move_is_undone(salon: Salon, client: str) -> None:
    """R4: the word alone, in reply to the message that told of the move."""
    await salon.imports(booking())
    await salon.replies_from(client, await salon.answer(), "Tuesday 1 December at 11:30")

    await salon.replies_from(client, await salon.answer(), "undo")

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(await salon.answer()) == ["All as before: your booking is on Thursday 26 November, 15:00 again."]


@pytest.mark.parametrize("client", SIX)
async def test_a_question_about_parking_reaches_the_team_and_changes_nothing(salon: Salon, client: str) -> None:
    """R5: the team reads the guest's own words, without the quotation; the guest is told that they do."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()

    await salon.replies_from(client, confirmation, "Is there parking nearby?")

    assert await salon.booking() == before
    assert said(await salon.answer()) == [
        "Thank you! We have passed your message on to Studio Nova, and a person will answer you."
    ]
    (card,) = await salon.mail_to(TEAM)
    assert subjects([card]) == ["Jo wrote: Haircut, Thursday 26 November, 15:00"]
    assert [line for line in text_of(card).splitlines() if line.startswith(">")] == ["> Is there parking nearby?"]


@pytest.mark.parametrize("client", SIX)
async def test_quoted_history_never_acts(salon: Salon, client: str) -> None:
    """R6: what we said of other times, numbers, "YES" and "undo" is not what the guest says when they quote it."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.replies_from(client, confirmation, "Tuesday 1 December at 11:30")
    moved = await salon.answer()
    await salon.replies_from(client, moved, "Thursday 3 December, in the afternoon?")
    offer = await salon.answer()
    await salon.replies_from(client, offer, "Please cancel my booking.")
    question = await salon.answer()
    before = await salon.booking()

    for mail in (confirmation, moved, offer, question):
        await salon.replies_from(client, mail, "Thank you!")

    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []


@pytest.mark.parametrize("client", sorted(set(CLIENTS) - set(SIX)))
async def test_a_number_is_read_from_every_other_client(salon: Salon, client: str) -> None:
    """R2, R6: the offer is quoted in every way there is, with all its numbers."""
    await salon.imports(booking())
    await salon.replies_from(client, await salon.answer(), "Thursday afternoon?")

    await salon.replies_from(client, await salon.answer(), "2")

    assert await salon.local_start() == "Thu 2026-11-26 12:15"
