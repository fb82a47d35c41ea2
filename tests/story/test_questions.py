"""Answers belong to the question of the message they reply to; a question dies, and is asked again."""

from __future__ import annotations

from email.message import EmailMessage

from tests.story.mails import choices, reply_to, said
from tests.story.salon import TEAM, Salon, booking

STALE = "That message is no longer up to date: your booking is on {}."
SURE = "Shall we move your booking from {} to {}? Reply YES and it is done."


async def ask(salon: Salon, mail: EmailMessage, words: str) -> EmailMessage:
    """Reply and return the one answer."""
    await salon.reply(mail, words)
    return await salon.answer()


async def test_an_answer_to_an_older_offer_never_acts_on_a_newer_question(salon: Salon) -> None:
    """R9: a "yes" to the offer is not a "yes" to the cancellation asked about after it."""
    await salon.imports(booking())
    offer = await ask(salon, await salon.answer(), "Thursday afternoon?")
    await ask(salon, offer, "Please cancel my booking.")

    answer = await ask(salon, offer, "Yes")

    assert (await salon.booking()).status == "confirmed"
    assert said(answer) == ["Which one would you like? Reply with its number."]
    assert choices(answer) == choices(offer)


async def test_a_number_is_of_the_offer_that_is_replied_to(salon: Salon) -> None:
    """R9: the guest scrolls back and picks from the first of two offers."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    first = await ask(salon, confirmation, "Thursday afternoon?")
    second = await ask(salon, first, "Or Friday morning?")
    assert choices(first)[1] != choices(second)[1]

    await salon.reply(first, "2")

    assert choices(first)[1] == "2. Thu 26 Nov, 12:15"
    assert await salon.local_start() == "Thu 2026-11-26 12:15"


async def test_an_answer_without_a_thread_goes_to_the_latest_question(salon: Salon) -> None:
    """R9: some clients send neither In-Reply-To nor References."""
    await salon.imports(booking())
    first = await ask(salon, await salon.answer(), "Thursday afternoon?")
    second = await ask(salon, first, "Or Friday morning?")

    await salon.reply(second, "2", threaded=False)

    assert choices(second)[1] == "2. Fri 27 Nov, 09:15"
    assert await salon.local_start() == "Fri 2026-11-27 09:15"


async def test_a_change_by_the_team_kills_the_offer_and_the_pick_is_asked_again(salon: Salon) -> None:
    """R9: never done, asked again; the answer to that is done."""
    await salon.imports(booking())
    offer = await ask(salon, await salon.answer(), "Thursday afternoon?")
    await salon.staff_moves("2026-11-27T10:00:00+01:00")
    await salon.answer()

    question = await ask(salon, offer, "2")

    assert await salon.local_start() == "Fri 2026-11-27 10:00"
    assert said(question) == [
        STALE.format("Friday 27 November, 10:00"),
        SURE.format("Friday 27 November, 10:00", "Thursday 26 November, 12:15"),
    ]

    await salon.reply(question, "Yes please")

    assert await salon.local_start() == "Thu 2026-11-26 12:15"


async def test_a_week_kills_the_offer(salon: Salon) -> None:
    """R9: seven days later a "2" is asked about, a second before it is done."""
    for key, seconds in (("jo", 0), ("kim", -1)):
        start = salon.time()
        later = booking(key, start=f"2026-12-10T{15 if key == 'jo' else 12}:00:00+01:00")
        await salon.imports(later)
        address = f"{key}@guest.example"
        await salon.reply(await salon.answer(address), "Friday 11 December in the morning?")
        offer = await salon.answer(address)

        salon.time.passes(days=7, seconds=seconds)
        await salon.reply(offer, "2")

        salon.time.now = start

    assert await salon.local_start("jo") == "Thu 2026-12-10 15:00"
    assert await salon.local_start("kim") == "Fri 2026-12-11 09:15"
    assert said(await salon.answer()) == [
        STALE.format("Thursday 10 December, 15:00"),
        SURE.format("Thursday 10 December, 15:00", "Friday 11 December, 09:15"),
    ]


async def test_a_late_yes_to_a_cancel_asks_about_the_cancel_again(salon: Salon) -> None:
    """R9: what is asked again is what was asked."""
    await salon.imports(booking(start="2026-12-10T15:00:00+01:00"))
    question = await ask(salon, await salon.answer(), "Please cancel my booking.")
    salon.time.passes(days=8)

    again = await ask(salon, question, "yes")

    assert (await salon.booking()).status == "confirmed"
    assert said(again)[:2] == [STALE.format("Thursday 10 December, 15:00"), said(question)[0]]

    await salon.reply(again, "yes")

    assert (await salon.booking()).status == "cancelled"


async def test_a_pick_that_was_done_already_is_answered_kindly(salon: Salon) -> None:
    """R9, G9: the guest sends the same choice again, as another mail."""
    await salon.imports(booking())
    offer = await ask(salon, await salon.answer(), "Thursday afternoon?")
    await ask(salon, offer, "2")
    before = await salon.booking()

    answer = await ask(salon, offer, "2")

    assert await salon.booking() == before
    assert said(answer) == [
        "Your booking is on Thursday 26 November, 12:15 already, so nothing had to change. See you then!"
    ]


async def test_yes_with_nothing_asked_does_nothing(salon: Salon) -> None:
    """R9: a confirmation asks nothing."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()

    await salon.reply(confirmation, "Yes!")

    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []


async def test_no_to_a_cancel_keeps_the_booking(salon: Salon) -> None:
    """R3, R9: and a "yes" to the question that was answered is asked again."""
    await salon.imports(booking())
    question = await ask(salon, await salon.answer(), "Please cancel my booking.")

    kept = await ask(salon, question, "No")
    again = await ask(salon, question, "Yes")

    assert said(kept) == ["Good, nothing changes: see you on Thursday 26 November, 15:00."]
    assert said(again)[1] == said(question)[0]
    assert (await salon.booking()).status == "confirmed"


async def test_none_of_these_gets_other_times(salon: Salon) -> None:
    """R2: what was rejected is not offered again."""
    await salon.imports(booking())
    offer = await ask(salon, await salon.answer(), "Thursday afternoon?")

    other = await ask(salon, offer, "None of these")

    assert said(other) == ["No problem. How about one of these?"]
    assert len(choices(other)) == 5
    assert not {line[3:] for line in choices(other)} & {line[3:] for line in choices(offer)}


async def test_two_bookings_of_one_guest_never_mix(salon: Salon) -> None:
    """R9: a reply is about the booking of the message replied to."""
    guest = booking()["guest"]
    await salon.imports(booking(), booking("second", start="2026-12-01T10:00:00+01:00", guest=guest))
    haircut, second = await salon.mail_to("jo@guest.example")

    await salon.reply(haircut, "Please cancel my booking.")
    question = await salon.answer()
    await salon.reply(second, "yes")
    assert await salon.mail_to("jo@guest.example") == []
    await salon.reply(second, "Wednesday 2 December at 11:00")
    await salon.answer()

    assert ((await salon.booking()).status, await salon.local_start()) == ("confirmed", "Thu 2026-11-26 15:00")
    assert await salon.local_start("second") == "Wed 2026-12-02 11:00"

    await salon.reply(question, "yes")

    assert (await salon.booking()).status == "cancelled"
    assert (await salon.booking("second")).status == "confirmed"


async def test_a_copy_sent_to_another_booking_answers_nothing_there(salon: Salon) -> None:
    """R9: what the guest says to one booking's question is not what they were asked about the other."""
    guest = booking()["guest"]
    await salon.imports(booking(), booking("second", start="2026-12-01T10:00:00+01:00", guest=guest))
    first, second = await salon.mail_to("jo@guest.example")
    await ask(salon, second, "Please cancel my booking.")
    question = await ask(salon, first, "Please cancel my booking.")

    yes = reply_to(question, "yes", salon.time())
    await salon.delivers(yes, to=str(question["Reply-To"]))
    await salon.delivers(yes, to=str(second["Reply-To"]))

    assert (await salon.booking()).status == "cancelled"
    assert (await salon.booking("second")).status == "confirmed"
