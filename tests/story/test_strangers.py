"""Someone else writes to a booking's address: nothing changes, the guest on file is asked, the team sees it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.story.mails import reply_to, said, subjects
from tests.story.salon import TEAM, Salon, booking

STRANGER = "mallory@elsewhere.example"
MOVE = (
    "Someone wrote to us from another address and asked to move your booking to Tuesday 1 December, 11:30. "
    "We changed nothing. Was it you? Then reply YES to this message."
)
CANCEL = (
    "Someone wrote to us from another address and asked to cancel your booking on Thursday 26 November, 15:00. "
    "We changed nothing. Was it you? Then reply YES to this message."
)
ALLOW = f"It was written by {STRANGER}. If they may speak for you about this booking, reply ALLOW to this message."


def authenticated(mail: EmailMessage, words: str, salon: Salon, results: str) -> EmailMessage:
    """Return a reply that a gate of ours has judged."""
    answer = reply_to(mail, words, salon.time())
    answer["Authentication-Results"] = results
    return answer


async def test_a_strangers_wish_asks_the_guest_and_tells_the_team(salon: Salon) -> None:
    """R7: nothing goes to the stranger; the guest's "yes" to that message acts."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, "Tuesday 1 December at 11:30", sender=STRANGER)
    question = await salon.answer()
    (card,) = await salon.mail_to(TEAM)

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert await salon.mail_to(STRANGER) == []
    assert subjects([question]) == ["Was this you? Haircut at Studio Nova"]
    assert said(question) == [MOVE, ALLOW]
    assert subjects([card]) == ["A stranger wrote: Jo, Haircut, Thursday 26 November, 15:00"]
    assert said(card)[0] == (
        f"{STRANGER} wrote to this booking's address. It is not the guest's address, so nothing was changed."
    )

    await salon.reply(question, "Yes")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_a_strangers_yes_to_that_message_does_nothing(salon: Salon) -> None:
    """R7: whoever reads along cannot answer for the guest."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Please cancel my booking.", sender=STRANGER)
    question = await salon.answer()

    await salon.reply(question, "yes", sender=STRANGER)

    assert said(question) == [CANCEL, ALLOW]
    assert (await salon.booking()).status == "confirmed"
    assert said(await salon.answer()) == [
        (
            'Someone answered "yes" about your booking from another address. We changed nothing. '
            "If it was you, please answer from this address."
        ),
        ALLOW,
    ]

    await salon.reply(question, "yes")

    assert (await salon.booking()).status == "cancelled"


async def test_a_stranger_never_touches_the_pending_question(salon: Salon) -> None:
    """R7a: a stranger's "cancel" is not what the guest's next "yes" or "2" answers, threaded or not."""
    await salon.imports(booking(), confirm_moves="always")
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")
    question = await salon.answer()

    await salon.reply(question, "Please cancel my booking.", sender=STRANGER)
    await salon.answer()
    await salon.reply(question, "yes", threaded=False)

    assert ((await salon.booking()).status, await salon.local_start()) == ("confirmed", "Tue 2026-12-01 11:30")


async def test_a_strangers_pick_does_not_pick(salon: Salon) -> None:
    """R7, R7a: the guest is told; their own pick still counts."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Thursday afternoon?")
    offer = await salon.answer()

    await salon.reply(offer, "2", sender=STRANGER)

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(await salon.answer()) == [
        (
            "Someone wrote to us about your booking from another address. We changed nothing. "
            "If it was you, please tell us here what you would like."
        ),
        ALLOW,
    ]

    await salon.reply(offer, "2")

    assert await salon.local_start() == "Thu 2026-11-26 12:15"


async def test_strangers_do_not_fill_the_guests_mailbox(salon: Salon) -> None:
    """R7a, L3: asked three times a day, then no more; the guest is still heard."""
    await salon.imports(booking())
    confirmation = await salon.answer()

    for _ in range(6):
        await salon.reply(confirmation, "Please cancel my booking.", sender=STRANGER)

    assert [said(mail) for mail in await salon.mail_to("jo@guest.example")] == [[CANCEL, ALLOW]] * 3

    await salon.reply(confirmation, "Tuesday 1 December at 11:30")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_what_fails_dmarc_is_a_strangers(salon: Salon) -> None:
    """R7: the guest's own address in From proves nothing where our gate says that it is forged."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    forged = authenticated(
        confirmation,
        "Tuesday 1 December at 11:30",
        salon,
        "mx.nova.example; dmarc=fail header.from=guest.example; spf=fail",
    )

    await salon.delivers(forged, to=str(confirmation["Reply-To"]))

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(await salon.answer()) == [
        (
            "A message in your name asked to move your booking to Tuesday 1 December, 11:30. We could not make sure "
            "that it came from you, so we changed nothing. Was it you? Then reply YES to this message, or use the "
            "links below."
        )
    ]
    (card,) = await salon.mail_to(TEAM)
    assert said(card)[0] == (
        "A message in the name of jo@guest.example came to this booking's address. "
        "It could not be shown to be the guest's, so nothing was changed."
    )


@pytest.mark.parametrize(
    ("before", "words", "begins"),
    [
        ("Thank you!", "Please cancel my booking.", "A message in your name asked to cancel your booking on Thursday"),
        ("Please cancel my booking.", "yes", 'Someone answered "yes" in your name about your booking.'),
        ("Thursday afternoon?", "2", "A message in your name reached us about your booking."),
    ],
)
async def test_a_message_in_the_guests_name_is_called_that(before: str, words: str, begins: str, salon: Salon) -> None:
    """R7: they are not told of another address where it was their own, nor asked to allow anybody."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.reply(confirmation, before)
    answered = next(iter(await salon.mail_to("jo@guest.example")), confirmation)
    forged = authenticated(answered, words, salon, "mx.nova.example; dmarc=fail header.from=guest.example")

    await salon.delivers(forged, to=str(confirmation["Reply-To"]))

    (only,) = said(await salon.answer())
    assert only.startswith(begins)


async def test_what_passes_dmarc_is_the_guests(salon: Salon) -> None:
    """R7: and so is what a stranger's server claims to have failed."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    passed = authenticated(
        confirmation, "Tuesday 1 December at 11:30", salon, "mx.nova.example; dmarc=pass header.from=guest.example"
    )

    await salon.delivers(passed, to=str(confirmation["Reply-To"]))
    moved = await salon.answer()
    other = authenticated(moved, "undo", salon, "mx.elsewhere.example; dmarc=fail header.from=guest.example")
    await salon.delivers(other, to=str(confirmation["Reply-To"]))

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert said(await salon.answer())[0].startswith("All as before:")


async def test_a_strangers_question_reaches_the_team_alone(salon: Salon) -> None:
    """R5, R7: a person decides what to answer to whom."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, "Is there parking nearby?", sender=STRANGER)

    assert subjects(await salon.mail_to(TEAM)) == ["A stranger wrote: Jo, Haircut, Thursday 26 November, 15:00"]
    assert await salon.mail_to("jo@guest.example") == []


async def test_the_guest_writes_their_address_in_capitals(salon: Salon) -> None:
    """R7: the same address, however it is written."""
    await salon.imports(booking())

    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30", sender='"Jo" <JO@Guest.Example>')

    assert await salon.local_start() == "Tue 2026-12-01 11:30"
