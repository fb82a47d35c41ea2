"""A guest lets someone else speak for a booking with one word, and ends it with another; nobody else can."""

from __future__ import annotations

from email.message import EmailMessage
from functools import partial

import pytest
from sqlalchemy import select

from core import queries
from core.bookings import Act
from core.forget import forget
from core.manage_link import reissue_token
from core.model import OWNER
from core.store import tables as t
from core.store.engine import Tx, prepare
from core.tokens import RANDOM_BYTES
from tests.story.mails import reply_to, said, subjects
from tests.story.salon import DOMAIN, TEAM, Salon, booking

KIM = "kim@partner.example"
EVE = "eve@evil.test"
NAMED = f"It was written by {KIM}. If they may speak for you about this booking, reply ALLOW to this message."
ALLOWED = (
    f"{KIM} may now speak for you about this booking, until it starts. What they asked before was not done: they can "
    "write again. All answers come to you. To end it, reply DISALLOW to any message about this booking."
)
ENDED = "Nobody but you can speak for this booking any more."
GONE = (
    "Nobody was allowed to speak for you: that message is too old, or your booking has changed since. "
    "If they write again, we will ask you again."
)
WROTE = f"{KIM} wrote to us about your booking. You allowed them to speak for you; to end that, reply DISALLOW."
MOVE = "Tuesday 1 December at 11:30"
THURSDAY, TUESDAY = "Thu 2026-11-26 15:00", "Tue 2026-12-01 11:30"


async def asked(salon: Salon, words: str = MOVE) -> tuple[EmailMessage, EmailMessage]:
    """Return Jo's confirmation, and what Jo is asked after Kim wrote to its address."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.reply(confirmation, words, sender=KIM)
    return confirmation, await salon.answer()


async def allowed(salon: Salon) -> EmailMessage:
    """Return Jo's confirmation, once Kim was allowed to speak for the booking."""
    confirmation, question = await asked(salon)
    await salon.reply(question, "ALLOW")
    assert said(await salon.answer()) == [ALLOWED]
    await salon.mail_to(TEAM)
    return confirmation


async def people(salon: Salon) -> list[tuple[str, str]]:
    """Return what happened and who is named for it."""
    found = await salon.booking()
    rows = await salon.rebook.store.read(partial(queries.load_history, booking_id=found.id))
    return [(row.what, row.actor_name) for row in rows]


async def test_one_word_lets_a_colleague_speak(salon: Salon) -> None:
    """R7: the guest is asked by name, the team hears of it, and what was asked before is not done by it."""
    _, question = await asked(salon)
    await salon.mail_to(TEAM)

    await salon.reply(question, "ALLOW")
    (card,) = await salon.mail_to(TEAM)

    assert said(question)[-1] == NAMED
    assert said(await salon.answer()) == [ALLOWED]
    assert said(card)[0] == (
        f"Jo allows {KIM} to speak for this booking. It can be moved and cancelled from that address until it starts."
    )
    assert await salon.local_start() == THURSDAY
    assert await salon.mail_to(KIM) == []
    assert (await salon.history())[-1] == "speaker_allowed"


async def test_whoever_was_allowed_acts_and_the_guest_alone_is_answered(salon: Salon) -> None:
    """R7: history names them, nothing goes to them."""
    confirmation = await allowed(salon)

    await salon.reply(confirmation, MOVE, sender=f"Kim <{KIM.upper()}>")
    answer = await salon.answer()

    assert await salon.local_start() == TUESDAY
    assert said(answer)[0] == WROTE
    assert "In-Reply-To" not in answer or "guest.example" not in str(answer["In-Reply-To"])
    assert await salon.mail_to(KIM) == []
    assert ("moved", "someone allowed") in await people(salon)


async def test_the_guest_takes_back_what_was_done(salon: Salon) -> None:
    """R4: it is the guest's booking."""
    confirmation = await allowed(salon)
    await salon.reply(confirmation, MOVE, sender=KIM)

    await salon.reply(await salon.answer(), "undo")

    assert await salon.local_start() == THURSDAY


async def test_what_they_ask_a_person_names_them(salon: Salon) -> None:
    """R5: the team reads whose words they are."""
    confirmation = await allowed(salon)

    await salon.reply(confirmation, "Is there parking nearby?", sender=KIM)

    (card,) = await salon.mail_to(TEAM)
    assert KIM in said(card)[0]


@pytest.mark.parametrize(
    "words", ["ALLOW", "allow.", "Allow them\n\nThanks,\nJo", "Yes, allow!", "  allow  \n\n-- \nJo"]
)
async def test_the_word_is_understood_as_people_write_it(words: str, salon: Salon) -> None:
    _, question = await asked(salon)

    await salon.reply(question, words)

    assert said(await salon.answer()) == [ALLOWED]


@pytest.mark.parametrize(
    "words",
    [
        "I do not allow that",
        "allow? who is that?",
        "Allow\nbut only to cancel on Friday",
        "> ALLOW",
        "On Mon, 23 Nov 2026, Studio Nova wrote:\n> reply ALLOW to this message.",
        "Should I allow them to do that",
        "",
    ],
)
async def test_more_or_other_words_allow_nobody(words: str, salon: Salon) -> None:
    """R6, R7: a quoted word does nothing, and what is not plain is for a person."""
    confirmation, question = await asked(salon)

    await salon.reply(question, words)
    await salon.reply(confirmation, MOVE, sender=KIM)

    assert await salon.local_start() == THURSDAY
    assert "speaker_allowed" not in await salon.history()


@pytest.mark.parametrize("sender", [KIM, EVE, f"jo@guest.example <{KIM}>"])
async def test_nobody_allows_themselves(sender: str, salon: Salon) -> None:
    """R7: whoever reads along cannot answer for the guest."""
    confirmation, question = await asked(salon)

    await salon.reply(question, "ALLOW", sender=sender)
    await salon.reply(confirmation, MOVE, sender=KIM)

    assert await salon.local_start() == THURSDAY
    assert "speaker_allowed" not in await salon.history()


async def test_whoever_was_allowed_allows_nobody_else(salon: Salon) -> None:
    """R7: nor do they end it for themselves."""
    confirmation = await allowed(salon)
    await salon.reply(confirmation, MOVE, sender=EVE)
    question = await salon.answer()

    await salon.reply(question, "ALLOW", sender=KIM)
    await salon.reply(confirmation, MOVE, sender=EVE)

    assert await salon.local_start() == THURSDAY
    assert (await salon.history()).count("speaker_allowed") == 1


async def test_the_word_answers_only_the_message_that_asked(salon: Salon) -> None:
    """R9: not another message, not one to nothing, not another booking's."""
    await salon.imports(booking(), booking("ann", start="2026-11-27T10:00:00+01:00"))
    confirmation = await salon.answer()
    await salon.reply(confirmation, MOVE, sender=KIM)
    question = await salon.answer()

    await salon.reply(confirmation, "ALLOW")
    await salon.reply(question, "ALLOW", threaded=False)
    for_ann = reply_to(question, "ALLOW", salon.time(), sender="ann@guest.example")
    await salon.delivers(for_ann, to=str((await salon.answer("ann@guest.example"))["Reply-To"]))
    await salon.reply(confirmation, MOVE, sender=KIM)

    assert await salon.local_start() == THURSDAY
    assert "speaker_allowed" not in [*await salon.history(), *await salon.history("ann")]


@pytest.mark.parametrize("change", ["moved", "a week"])
async def test_a_dead_question_allows_nobody(change: str, salon: Salon) -> None:
    """R9: after a change of the booking, or seven days, it is asked again."""
    await salon.imports(booking(start="2026-12-10T15:00:00+01:00"))
    confirmation = await salon.answer()
    await salon.reply(confirmation, MOVE, sender=KIM)
    question = await salon.answer()
    if change == "moved":
        await salon.staff_moves("2026-12-11T15:00:00+01:00")
    else:
        salon.time.passes(days=7, minutes=1)

    await salon.mail_to("jo@guest.example")
    await salon.reply(question, "ALLOW")

    assert said(await salon.answer()) == [GONE]
    assert "speaker_allowed" not in await salon.history()


@pytest.mark.parametrize("words", ["DISALLOW", "stop", "Please stop."])
async def test_the_guest_ends_it_with_one_word(words: str, salon: Salon) -> None:
    """R7: to any message of the booking; an old ALLOW does not bring it back."""
    confirmation, question = await asked(salon)
    await salon.reply(question, "ALLOW")
    await salon.mail_to("jo@guest.example")
    await salon.mail_to(TEAM)

    await salon.reply(confirmation, words)
    ended = await salon.answer()
    (card,) = await salon.mail_to(TEAM)
    await salon.reply(question, "allow")
    await salon.reply(confirmation, MOVE, sender=KIM)

    assert said(ended) == [ENDED]
    assert said(card)[0] == "Jo lets nobody else speak for this booking any more."
    assert await salon.local_start() == THURSDAY


async def test_where_nobody_was_allowed_the_word_ends_nothing(salon: Salon) -> None:
    """R5: it is then read as any other, and may be for a person."""
    await salon.imports(booking())

    await salon.reply(await salon.answer(), "DISALLOW")

    assert ENDED not in [line for mail in await salon.mail_to("jo@guest.example") for line in said(mail)]
    assert "speaker_ended" not in await salon.history()


async def test_it_is_for_one_booking_alone_and_until_it_starts(salon: Salon) -> None:
    """R7, R9."""
    confirmation = await allowed(salon)
    await salon.imports(booking(), booking("two", start="2026-11-27T10:00:00+01:00", guest=dict(booking()["guest"])))
    other = (await salon.mail_to("jo@guest.example"))[-1]

    await salon.reply(other, MOVE, sender=KIM)
    salon.time.passes(days=4)
    await salon.reply(confirmation, "Please cancel my booking.", sender=KIM)

    assert await salon.local_start("two") == "Fri 2026-11-27 10:00"
    assert (await salon.history())[-1] == "stranger_wrote"


async def test_mail_that_failed_is_never_offered_nor_heard_as_theirs(salon: Salon) -> None:
    """R7: what our gate calls forged names nobody, and an allowed address can be forged later too."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    forged = reply_to(confirmation, MOVE, salon.time(), sender=KIM)
    forged["Authentication-Results"] = "mx.nova.example; dmarc=fail header.from=partner.example"

    await salon.delivers(forged, to=str(confirmation["Reply-To"]))
    question = await salon.answer()
    await salon.reply(question, "ALLOW")

    assert KIM not in "".join(said(question))
    assert "speaker_allowed" not in await salon.history()

    await salon.mail_to("jo@guest.example")
    await salon.reply(confirmation, MOVE, sender=KIM)
    await salon.reply(await salon.answer(), "ALLOW")
    again = reply_to(confirmation, MOVE, salon.time(), sender=KIM)
    again["Authentication-Results"] = "mx.nova.example; dmarc=fail header.from=partner.example"
    await salon.delivers(again, to=str(confirmation["Reply-To"]))

    assert "speaker_allowed" in await salon.history()
    assert await salon.local_start() == THURSDAY


async def test_an_address_that_reads_as_words_is_not_shown(salon: Salon) -> None:
    """R7: a stranger's address is no place for a message to the guest."""
    await salon.imports(booking())

    await salon.reply(await salon.answer(), MOVE, sender='"Call 0900 now"@evil.test')

    assert "0900" not in "".join(said(await salon.answer()))


async def test_a_forgotten_guest_has_allowed_nobody(salon: Salon) -> None:
    """L5: their addresses go with the rest."""
    await allowed(salon)
    dossier = await salon.dossier()

    def job(tx: Tx) -> int:
        forget(tx, dossier, Act(OWNER, "terminal", salon.time()))
        return len(tx.all(prepare(select(t.speaker))))

    assert await salon.rebook.store.write(job) == 0


async def test_a_new_guest_on_file_has_allowed_nobody(salon: Salon) -> None:
    """R7: what one guest allowed does not bind the next."""
    confirmation = await allowed(salon)
    guest = {**booking()["guest"], "email": "joanna@guest.example"}
    await salon.imports(booking(guest=guest))

    await salon.reply(confirmation, MOVE, sender=KIM)

    assert await salon.local_start() == THURSDAY


async def test_a_redelivered_word_is_heard_once(salon: Salon) -> None:
    """R8."""
    _, question = await asked(salon)
    await salon.mail_to(TEAM)
    answer = reply_to(question, "ALLOW", salon.time())

    for _ in range(3):
        await salon.delivers(answer, to=str(question["Reply-To"]))

    assert said(await salon.answer()) == [ALLOWED]
    assert subjects(await salon.mail_to(TEAM)) == ["Jo wrote: Haircut, Thursday 26 November, 15:00"]


async def test_a_revoked_token_ends_what_was_allowed(salon: Salon) -> None:
    """T1, R7: a new address is the guest's alone, until they allow somebody again."""
    await allowed(salon)
    found, act = await salon.booking(), Act(OWNER, "terminal", salon.time())
    keys = salon.config.app.secret_keys
    reissue = partial(reissue_token, booking=found, act=act, random=bytes(RANDOM_BYTES), keys=keys)
    new = await salon.rebook.store.write(reissue)

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = KIM, f"reply+{new}@{DOMAIN}", "Jo's haircut"
    mail.set_content(MOVE)
    await salon.delivers(mail, to=str(mail["To"]), mail_from=KIM)

    assert await salon.local_start() == THURSDAY
    assert said(await salon.answer())[-1] == NAMED
