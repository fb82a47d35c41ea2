"""The same mail twice acts once and answers once; what was read stays read; days are those of writing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from sqlalchemy import update

from core.store import tables as t
from core.store.engine import prepare
from tests.story.mails import choices, reply_to, said, subjects
from tests.story.salon import TEAM, Salon, booking


async def test_the_same_mail_twice_acts_once_and_answers_once(salon: Salon) -> None:
    """R8: a sending server that did not see our 250 delivers again."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    mail = reply_to(confirmation, "Tuesday 1 December at 11:30", salon.time())

    for _ in range(2):
        await salon.delivers(mail, to=str(confirmation["Reply-To"]))

    moved = await salon.booking()
    assert (await salon.local_start(), moved.moves, moved.sequence) == ("Tue 2026-12-01 11:30", 1, 1)
    assert len(await salon.mail_to("jo@guest.example")) == 1
    assert len(await salon.mail_to(TEAM)) == 1


async def test_the_same_mail_after_an_undo_does_not_move_again(salon: Salon) -> None:
    """R8: a redelivery hours later is no new wish."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    mail = reply_to(confirmation, "Tuesday 1 December at 11:30", salon.time())
    await salon.delivers(mail, to=str(confirmation["Reply-To"]))
    await salon.reply(await salon.answer(), "undo")

    salon.time.passes(hours=5)
    await salon.delivers(mail, to=str(confirmation["Reply-To"]))

    assert await salon.local_start() == "Thu 2026-11-26 15:00"


async def test_a_redelivery_with_other_traces_is_the_same_mail(salon: Salon) -> None:
    """R8: Received and the like differ from one delivery to the next."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    mail = reply_to(confirmation, "Please cancel my booking.", salon.time()).as_bytes()

    for hop in (b"first", b"second"):
        traced = b"Received: from " + hop + b".guest.example by mx.nova.example\n" + mail
        await salon.delivers(traced.replace(b"\n", b"\r\n"), to=str(confirmation["Reply-To"]))

    assert len(await salon.mail_to("jo@guest.example")) == 1


async def test_a_crash_between_hearing_and_marking_read_acts_once(salon: Salon) -> None:
    """R8, L2: the mail is read again after the restart."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    await salon.reply(confirmation, "Tuesday 1 December at 11:30")

    as_if_unread = prepare(update(t.inbox).values(state="new"))
    await salon.rebook.store.write(lambda tx: tx.run(as_if_unread))
    await salon.works()

    assert (await salon.booking()).moves == 1
    assert len(await salon.mail_to("jo@guest.example")) == 1
    assert len(await salon.mail_to(TEAM)) == 1


async def test_the_same_words_in_another_mail_are_said_again(salon: Salon) -> None:
    """R8: who writes twice is answered twice."""
    await salon.imports(booking())
    confirmation = await salon.answer()

    for _ in range(2):
        await salon.reply(confirmation, "Please cancel my booking.")

    assert len(await salon.mail_to("jo@guest.example")) == 2


async def test_one_message_id_with_other_words_is_another_mail(salon: Salon) -> None:
    """R8: a client that repeats its ids loses nothing."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    for words in ("Is there parking nearby?", "Do you have a lift?"):
        mail = reply_to(confirmation, words, salon.time())
        del mail["Message-ID"]
        mail["Message-ID"] = "<always-the-same@guest.example>"
        await salon.delivers(mail, to=str(confirmation["Reply-To"]))

    assert len(subjects(await salon.mail_to(TEAM))) == 2


async def test_tomorrow_that_was_written_before_midnight_is_asked_about(salon: Salon) -> None:
    """R9a: written at 23:58, arriving at 00:02: "tomorrow" may be either day, so both are offered."""
    await salon.imports(booking(start="2026-12-01T15:00:00+01:00"))
    confirmation = await salon.answer()
    written, salon.time.now = datetime(2026, 11, 23, 22, 58, tzinfo=UTC), datetime(2026, 11, 23, 23, 2, tzinfo=UTC)
    mail = reply_to(confirmation, "Tomorrow at 11:30", written)

    await salon.delivers(mail, to=str(confirmation["Reply-To"]))
    answer = await salon.answer()

    assert await salon.local_start() == "Tue 2026-12-01 15:00"
    assert said(answer) == ["We want to get this right. Which of these times do you mean?"]
    assert {line[3:] for line in choices(answer)[:2]} == {"Tue 24 Nov, 11:30", "Wed 25 Nov, 11:30"}


async def test_a_date_that_was_written_before_midnight_is_done(salon: Salon) -> None:
    """R9a: only words that depend on the day are asked about."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    salon.time.now = datetime(2026, 11, 23, 23, 2, tzinfo=UTC)
    mail = reply_to(confirmation, "Tuesday 1 December at 11:30", datetime(2026, 11, 23, 22, 58, tzinfo=UTC))

    await salon.delivers(mail, to=str(confirmation["Reply-To"]))

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_a_clock_that_is_wrong_does_not_make_it_another_day(salon: Salon) -> None:
    """R9a: a mail from the future, or from years ago, is read as of its arrival."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    for year in ("2031", "2009"):
        mail = reply_to(confirmation, "Tomorrow at 11:30", salon.time())
        del mail["Date"]
        mail["Date"] = format_datetime(datetime(int(year), 1, 1, tzinfo=UTC))
        await salon.delivers(mail, to=str(confirmation["Reply-To"]))

    assert await salon.local_start() == "Tue 2026-11-24 11:30"


async def test_a_mail_replayed_after_weeks_is_asked_about(salon: Salon) -> None:
    """R9a: "tomorrow" of three weeks ago is over; nothing is done for it before the guest has said what they mean."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    mail = reply_to(confirmation, "Tomorrow at 11:30", salon.time() - timedelta(days=21))

    await salon.delivers(mail, to=str(confirmation["Reply-To"]))
    answer = await salon.answer()

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert "Tue 24 Nov, 11:30" in {line[3:] for line in choices(answer)}


@pytest.mark.parametrize("message_id", [None, "", "<>", "<[7f3@guest]>", "no brackets", "<a b@guest.example>"])
async def test_a_mail_without_a_proper_message_id_acts_once(salon: Salon, message_id: str | None) -> None:
    """R8: phones leave it out and gateways break it; what is said, by whom and when, tells a redelivery."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    mail = reply_to(confirmation, "Please cancel my booking.", salon.time())
    del mail["Message-ID"]
    raw = mail.as_bytes(policy=policy.SMTP)
    raw = raw if message_id is None else f"Message-ID: {message_id}\r\n".encode() + raw

    for _ in range(2):
        await salon.delivers(raw, to=str(confirmation["Reply-To"]))

    assert len(await salon.mail_to("jo@guest.example")) == 1


async def test_one_mail_to_two_of_our_addresses_is_two_mails(salon: Salon) -> None:
    """R8, R9: a guest with two bookings answers both at once: each booking is asked about, once."""
    both = {"guest": booking()["guest"]}
    await salon.imports(booking(), booking("second", start="2026-11-27T10:00:00+01:00", **both))
    addresses = [str(mail["Reply-To"]) for mail in await salon.mail_to("jo@guest.example")]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "jo@guest.example", ", ".join(addresses), "My bookings"
    mail["Message-ID"], mail["Date"] = "<one@guest.example>", format_datetime(salon.time())
    mail.set_content("Please cancel my booking.")

    for address in addresses * 2:
        await salon.delivers(mail, to=address)

    assert len({str(one["Reply-To"]) for one in await salon.mail_to("jo@guest.example")}) == 2


@pytest.mark.parametrize("change", [str.upper, str.title, lambda address: f"{address}."])
async def test_a_token_that_was_changed_on_the_way_still_opens_its_booking(
    salon: Salon, change: Callable[[str], str]
) -> None:
    """T2: capitals and a trailing dot, in the envelope."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    mail = reply_to(confirmation, "Please cancel my booking.", salon.time(), threaded=False)

    await salon.delivers(mail, to=change(str(confirmation["Reply-To"])))

    assert len(await salon.mail_to("jo@guest.example")) == 1
