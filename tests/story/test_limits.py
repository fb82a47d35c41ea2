"""Who writes too much is told so kindly, once; nothing they or anybody else wrote is lost or slow."""

from __future__ import annotations

import asyncio
import smtplib

import pytest

from tests.story.mails import reply_to, said, subjects, text_of
from tests.story.salon import TEAM, Salon, booking

KINDLY = [
    (
        "We have received a lot of messages about this booking, so we are taking a short break. "
        "Please try again later, or use the links below."
    )
]


async def test_too_many_messages_get_one_kind_answer(salon: Salon) -> None:
    """L3: twenty an hour are heard, then one word for all that follow; an hour later all is as before."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    for _ in range(20):
        await salon.reply(confirmation, "Please cancel my booking.")

    assert len(await salon.mail_to("jo@guest.example")) == 20

    await salon.mail_to(TEAM)
    for _ in range(3):
        await salon.reply(confirmation, "Tuesday 1 December at 11:30")

    kindly = await salon.answer()
    assert said(kindly) == KINDLY
    assert salon.tokens["jo"] in text_of(kindly)
    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert subjects(await salon.mail_to(TEAM)) == ["Jo wrote: Haircut, Thursday 26 November, 15:00"]

    salon.time.passes(hours=1)
    await salon.reply(confirmation, "Tuesday 1 December at 11:30")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_one_guests_flood_is_not_anothers(salon: Salon) -> None:
    """L1, L3: limits are per booking."""
    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))
    confirmation = await salon.answer()
    for _ in range(21):
        await salon.reply(confirmation, "Hello?")

    await salon.reply(await salon.answer("kim@guest.example"), "Tuesday 1 December at 11:30")

    assert await salon.local_start("kim") == "Tue 2026-12-01 11:30"


async def test_the_door_itself_takes_so_many_mails_of_one_booking(salon: Salon) -> None:
    """L3: what comes beyond them is put off with 451, for every sender together, and nobody else's mail is."""
    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))
    first, other = [str((await salon.answer(f"{one}@guest.example"))["Reply-To"]) for one in ("jo", "kim")]
    raw = b"From: x@y.example\r\n\r\nHello?\r\n"
    for number in range(60):
        await asyncio.to_thread(salon.posts, raw, first, f"{number}@y.example")

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await asyncio.to_thread(salon.posts, raw, first.upper())
    await asyncio.to_thread(salon.posts, raw, other)
    salon.time.passes(minutes=1)
    await asyncio.to_thread(salon.posts, raw, first)

    answer = (451, b"4.7.1 Too many messages about this booking, try again later")
    assert refused.value.recipients == {first.upper(): answer}


async def test_a_flood_of_forwards_does_not_fill_the_teams_mailbox(salon: Salon) -> None:
    """L3: what is only passed on is limited too."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    for number in range(23):
        mail = reply_to(confirmation, f"See below ({number})", salon.time())
        del mail["Subject"]
        mail["Subject"] = "Fwd: an offer"
        await salon.delivers(mail, to=str(confirmation["Reply-To"]))

    assert len(await salon.mail_to(TEAM)) == 20
