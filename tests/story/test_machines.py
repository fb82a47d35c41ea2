"""What machines send never acts and is never answered: no loop, no change, no noise."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.mailin.machines.machines import DELAY_REPORT, DELIVERY_REPORT
from tests.story.mails import reply_to, said, subjects
from tests.story.salon import TEAM, Salon, booking

WISH = "Tuesday 1 December at 11:30"

MACHINES = {
    "out of office": {"Auto-Submitted": "auto-replied"},
    "out of office of Exchange": {"X-Auto-Response-Suppress": "All", "Subject": "Automatic reply: Haircut"},
    "out of office by its subject": {"Subject": "Abwesenheitsnotiz: Haircut"},
    "mailing list": {"List-Id": "Friends <friends.lists.example>"},
    "bulk": {"Precedence": "bulk"},
    "own mail looping back": {"From": "bookings@nova.example", "X-Rebook": "reply.nova.example"},
    "mailer daemon": {"From": "MAILER-DAEMON@guest.example"},
}


@pytest.mark.parametrize("machine", MACHINES)
async def test_a_machine_never_acts_and_is_never_answered(salon: Salon, machine: str) -> None:
    """R6: whatever words it quotes."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()
    answer = reply_to(confirmation, WISH, salon.time())
    for name, value in MACHINES[machine].items():
        del answer[name]
        answer[name] = value

    await salon.delivers(answer, to=str(confirmation["Reply-To"]))

    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []
    assert await salon.mail_to(TEAM) == []


async def test_a_delivery_report_never_acts(salon: Salon) -> None:
    """R6: a null return path is a machine's, whatever it says."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    before = await salon.booking()

    answer = reply_to(confirmation, WISH, salon.time())
    await salon.delivers(answer, to=str(confirmation["Reply-To"]), mail_from="<>")

    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []


async def test_our_own_mail_that_comes_back_is_left_alone(salon: Salon) -> None:
    """R6: a forwarding rule of the guest's that sends everything to Reply-To."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    await salon.delivers(salon.raw[str(confirmation["Message-ID"])], to=str(confirmation["Reply-To"]))

    assert await salon.mail_to("jo@guest.example") == []
    assert await salon.mail_to(TEAM) == []


async def test_a_calendars_answer_is_for_a_person(salon: Salon) -> None:
    """R6, R10: "Declined" is not read as words."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()
    answer = reply_to(confirmation, "Declined", salon.time())
    answer.add_alternative(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:booking-1@reply.nova.example\r\n"
        "DTSTAMP:20261123T090000Z\r\nDTSTART:20261126T140000Z\r\nATTENDEE;PARTSTAT=DECLINED:mailto:jo@guest.example\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n",
        subtype="calendar",
        params={"method": "REPLY"},
    )

    await salon.delivers(answer, to=str(confirmation["Reply-To"]))

    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []
    assert subjects(await salon.mail_to(TEAM)) == ["Jo wrote: Haircut, Thursday 26 November, 15:00"]


async def test_a_forward_is_for_a_person(salon: Salon) -> None:
    """R6: what is passed on was not written to us."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()
    answer = reply_to(confirmation, f"FYI\n\n---------- Forwarded message ---------\n\n{WISH}", salon.time())
    del answer["Subject"]
    answer["Subject"] = f"Fwd: {confirmation['Subject']}"

    await salon.delivers(answer, to=str(confirmation["Reply-To"]))

    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []
    assert subjects(await salon.mail_to(TEAM)) == ["Jo wrote: Haircut, Thursday 26 November, 15:00"]


async def test_a_bounce_tells_the_team_that_the_guest_was_not_reached(salon: Salon) -> None:
    """M4, F7: once, whatever the daemon writes."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    bounce = EmailMessage()
    bounce["From"] = "MAILER-DAEMON@guest.example"
    bounce["To"] = str(confirmation["Return-Path"])
    bounce["Subject"] = "Undelivered Mail Returned to Sender"
    bounce["Message-ID"] = "<bounce@guest.example>"
    bounce.set_content("This is the mail system. <jo@guest.example>: user unknown")
    to = str(confirmation["Return-Path"]).strip("<>")

    await salon.delivers(bounce, to=to, mail_from="<>")
    await salon.delivers(bounce, to=to, mail_from="<>")

    (card,) = await salon.mail_to(TEAM)
    assert subjects([card]) == ["Not delivered: Jo, Haircut, Thursday 26 November, 15:00"]
    assert said(card) == [
        "Jo could not be reached at jo@guest.example: the mail did not arrive. Please tell them another way."
    ]


async def test_a_report_of_a_delay_alarms_nobody(salon: Salon) -> None:
    """M4: the mail is still on its way; only what failed was not delivered (RFC 3464)."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    report = DELAY_REPORT.replace("\n", "\r\n").encode()
    await salon.delivers(report, to=str(confirmation["Return-Path"]).strip("<>"), mail_from="<>")

    assert await salon.mail_to(TEAM) == []


def report_of(mail: EmailMessage, *, quoted: str) -> bytes:
    """Return a report that Jo was not reached, which quotes a Message-ID of ours."""
    report = DELIVERY_REPORT.replace("Subject: Your visit\n", f"Message-ID: {quoted}\nSubject: {mail['Subject']}\n")
    return report.replace("\n", "\r\n").encode()


async def test_a_bounce_that_came_to_the_reply_address_counts_by_our_signed_id(salon: Salon) -> None:
    """M4: some servers answer Reply-To; what they quote names our message, and the live address in it does nothing."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()

    report = report_of(confirmation, quoted=str(confirmation["Message-ID"]))
    await salon.delivers(report, to=str(confirmation["Reply-To"]), mail_from="<>")

    assert await salon.booking() == before
    assert subjects(await salon.mail_to(TEAM)) == ["Not delivered: Jo, Haircut, Thursday 26 November, 15:00"]
    assert (await salon.history())[-1] == "not_delivered"


@pytest.mark.parametrize("quoted", ["<1.aaaaaaaaaaaaaaaa@reply.nova.example>", "another's"])
async def test_a_bounce_that_quotes_nothing_of_this_booking_is_only_kept(salon: Salon, quoted: str) -> None:
    """M4: a stranger can write a report; only what we signed tells which message it is about."""
    await salon.imports(booking(), booking("ann", start="2026-11-27T10:00:00+01:00"))
    confirmation, other = await salon.answer(), await salon.answer("ann@guest.example")
    await salon.mail_to(TEAM)

    report = report_of(confirmation, quoted=str(other["Message-ID"]) if quoted == "another's" else quoted)
    await salon.delivers(report, to=str(confirmation["Reply-To"]), mail_from="<>")

    assert await salon.mail_to(TEAM) == []
    assert "not_delivered" not in [*await salon.history(), *await salon.history("ann")]


async def test_a_person_s_words_at_a_return_path_are_for_a_person(salon: Salon) -> None:
    """R6: a client that answers the return path loses nobody's words, and its address lets nobody act."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()

    answer = reply_to(confirmation, WISH, salon.time())
    await salon.delivers(answer, to=str(confirmation["Return-Path"]).strip("<>"))

    (card,) = await salon.mail_to(TEAM)
    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []
    assert (subjects([card]), WISH in str(said(card))) == (["Jo wrote: Haircut, Thursday 26 November, 15:00"], True)


async def test_what_only_reads_like_a_machine_s_is_for_a_person(salon: Salon) -> None:
    """R6: no header and no subject tells; so nothing is done, and nothing is lost either."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    question = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()

    await salon.reply(question, "This is an automatic reply.\n\nYes")

    assert await salon.booking() == before
    assert await salon.mail_to("jo@guest.example") == []
    assert subjects(await salon.mail_to(TEAM)) == ["Jo wrote: Haircut, Thursday 26 November, 15:00"]


async def test_mail_for_the_postmaster_reaches_a_person(salon: Salon) -> None:
    """RFC 5321 4.5.1."""
    note = EmailMessage()
    note["From"], note["Subject"] = "admin@elsewhere.example", "Your server"
    note.set_content("Hello")

    await salon.delivers(note, to="postmaster@reply.nova.example", mail_from="admin@elsewhere.example")

    assert [str(mail["Subject"]) for mail in salon.everything().values()] == ["Your server"]
