"""Who is told of what: the guest, the team, the performers; muted or not, in order."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import dkim
import pytest

from core.bookings import Act, Changed, cancel, resend
from core.model import OWNER
from mailin.out.picture import Picture
from mailin.out.signing import new_signer
from tests.mailin.reading.openssl import openssl
from tests.story.mails import reply_to, said, subjects, text_of
from tests.story.salon import TEAM, Salon, booking

PERFORMER = "ana@nova.example"


async def test_a_confirmation_says_all_there_is_to_know(salon: Salon) -> None:
    """M1: service, time with zone, place, performer, reference, both links, "just reply"; text and HTML."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    found, token = await salon.booking(), salon.tokens["jo"]

    assert text_of(confirmation).replace("\r\n", "\n") == (
        "You are booked at Studio Nova for Thursday 26 November, 15:00. We look forward to seeing you!\n"
        "\n"
        "Your booking: Haircut at Studio Nova\n"
        "When: Thursday 26 November, 15:00–15:45 (Warsaw time)\n"
        "Where: ul. Jasna 12, Warszawa\n"
        "With: Ana\n"
        f"Reference: {found.ref}\n"
        "Status: Confirmed\n"
        "\n"
        "To change anything, just reply to this mail in your own words, for example "
        '"can we do Thursday afternoon instead?"\n'
        "\n"
        f"Reschedule: https://book.nova.example/b/nova/reschedule/{token}\n"
        f"Cancel: https://book.nova.example/b/nova/cancel/{token}\n"
        f"View booking: https://book.nova.example/b/nova/manage/{token}\n"
        "\n"
        "-- \n"
        "Studio Nova\n"
        "ul. Jasna 12, Warszawa\n"
        "+48 22 555 01 23\n"
        "team@nova.example\n"
        "You get this mail because you have a booking with Studio Nova.\n"
    )
    page = confirmation.get_body(("html",))
    assert page is not None
    assert f"/reschedule/{token}" in page.get_content()
    assert str(confirmation["Reply-To"]) == f"reply+{token}@reply.nova.example"


async def test_a_move_by_the_guest_tells_team_and_performer(salon: Salon) -> None:
    """G10, M3: the guest gets one mail, answer and confirmation in one."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    await salon.mail_to(PERFORMER)

    await salon.reply(confirmation, "Tuesday 1 December at 11:30")

    assert len(await salon.mail_to("jo@guest.example")) == 1
    assert said((await salon.mail_to(TEAM))[0])[:1] == [
        "Jo moved their booking from Thursday 26 November, 15:00 to Tuesday 1 December, 11:30 (by mail)."
    ]
    assert said(await salon.answer(PERFORMER)) == [
        "One of your bookings moved from Thursday 26 November, 15:00 to Tuesday 1 December, 11:30."
    ]


async def test_a_move_by_the_team_tells_everyone_also_the_previous_performer(salon: Salon) -> None:
    """M3, F2: the old time is said, and who had it."""
    await salon.imports(booking())
    await salon.answer()
    await salon.mail_to(PERFORMER)
    await salon.mail_to(TEAM)

    await salon.staff_moves("2026-12-01T11:30:00+01:00", performer="leo")
    told = await salon.answer()
    assert said(await salon.answer(TEAM))[0] == (
        "The team moved Jo's booking from Thursday 26 November, 15:00 to Tuesday 1 December, 11:30 (at the terminal)."
    )

    assert said(told) == [
        "Your booking has a new time: Tuesday 1 December, 11:30 with Leo (it was Thursday 26 November, 15:00)."
    ]
    assert "With: Leo" in text_of(told)
    assert said(await salon.answer("leo@nova.example")) == ["A booking on Tuesday 1 December, 11:30 is now yours."]
    assert said(await salon.answer(PERFORMER)) == ["The booking on Thursday 26 November, 15:00 is no longer yours."]


async def test_a_cancel_by_the_team_gives_the_reason(salon: Salon) -> None:
    """F5, M3: immediate; both sides are told."""
    await salon.imports(booking(payment="paid"))
    await salon.answer()
    await salon.mail_to(PERFORMER)

    await salon.mail_to(TEAM)
    await salon.staff_cancels(reason="Ana is ill")
    assert said(await salon.answer(TEAM))[0] == (
        "The team cancelled Jo's booking on Thursday 26 November, 15:00 (at the terminal)."
    )

    assert said(await salon.answer()) == [
        "We are sorry: your booking on Thursday 26 November, 15:00 had to be cancelled.",
        "Reason: Ana is ill",
        "A payment does not come back by itself. For money matters, please ask Studio Nova.",
    ]
    assert said(await salon.answer(PERFORMER)) == ["Your booking on Thursday 26 November, 15:00 is cancelled."]


async def test_mail_that_is_off_mutes_notices_and_staff_read_that(salon: Salon) -> None:
    """M4, F5: "the guest has NOT been told"; nothing left later either."""
    await salon.imports(booking())
    await salon.answer()
    await salon.sets("transactional_mail", value=False)

    dossier, act = await salon.dossier(), Act(OWNER, "terminal", salon.time())
    outcome = await salon.rebook.store.write(partial(cancel, dossier=dossier, act=act))
    await salon.sets("transactional_mail", value=True)
    await salon.works()

    assert isinstance(outcome, Changed)
    assert not outcome.guest_told
    assert await salon.mail_to("jo@guest.example") == []


async def test_mail_that_is_off_never_mutes_the_answer_to_a_guest(salon: Salon) -> None:
    """M4: who writes is answered."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.sets("transactional_mail", value=False)

    await salon.reply(confirmation, "Tuesday 1 December at 11:30")
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    await salon.reply(await salon.answer(), "yes")

    assert said(await salon.answer())[0] == "Your booking on Tuesday 1 December, 11:30 is cancelled."


async def test_an_import_without_notify_tells_nobody(salon: Salon) -> None:
    """CONTRACT "import": `--notify` sends confirmations for bookings that are new, and only for those."""
    await salon.imports(booking(), notify=False)
    assert await salon.mail_to("jo@guest.example") == []

    await salon.imports(booking(), booking("kim", start="2026-11-27T12:00:00+01:00"))

    assert await salon.mail_to("jo@guest.example") == []
    assert len(await salon.mail_to("kim@guest.example")) == 1


async def test_the_confirmation_can_be_sent_again_and_replied_to(salon: Salon) -> None:
    """F6: to the address on file; it says the present state."""
    await salon.imports(booking())
    await salon.answer()
    await salon.staff_moves("2026-12-01T11:30:00+01:00")
    await salon.answer()

    act, dossier = Act(OWNER, "terminal", salon.time()), await salon.dossier()
    await salon.rebook.store.write(partial(resend, dossier=dossier, act=act))
    await salon.works()
    again = await salon.answer()

    assert said(again) == [
        "You are booked at Studio Nova for Tuesday 1 December, 11:30. We look forward to seeing you!"
    ]

    await salon.reply(again, "Wednesday 2 December at 10:00")

    assert await salon.local_start() == "Wed 2026-12-02 10:00"


async def test_messages_of_one_booking_leave_in_the_order_they_were_written(salon: Salon) -> None:
    """M4: the answer to the first mail before the answer to the second."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    for words in ("Tuesday 1 December at 11:30", "Is there parking nearby?", "Please cancel my booking."):
        await salon.reply(confirmation, words)

    mails = await salon.mail_to("jo@guest.example")

    assert [said(mail)[0].split()[0] for mail in mails] == ["Done!", "Thank", "Shall"]
    assert subjects(mails) == ["Re: Haircut at Studio Nova"] * 3
    assert [str(later["References"]).split()[-1] for later in mails] == [str(one["In-Reply-To"]) for one in mails]


async def test_a_guest_reads_who_sees_them_now(salon: Salon) -> None:
    """G10: another performer is said in the sentence, with or without another time."""
    await salon.imports(booking())
    await salon.answer()

    await salon.staff_moves("2026-12-01T11:30:00+01:00", performer="leo")
    moved = await salon.answer()
    await salon.staff_moves("2026-12-01T11:30:00+01:00", performer="ana")

    assert said(moved) == [
        "Your booking has a new time: Tuesday 1 December, 11:30 with Leo (it was Thursday 26 November, 15:00)."
    ]
    assert said(await salon.answer()) == [
        "Your booking on Tuesday 1 December, 11:30 is with Ana now. The time stays the same."
    ]


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def test_guests_see_the_logo_of_their_business(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    """M1: it is in the mail; the team knows whose mail it is, and a logo that cannot be had keeps no mail."""
    found = {"https://nova.example/logo.png": Picture("image/png", PNG)}

    async def fetch(url: str) -> Picture | None:
        return found.get(url)

    monkeypatch.setattr("rebook.app.fetch_logo", fetch)
    await salon.imports(booking(), logo_url="https://nova.example/logo.png")
    with_logo = await salon.answer()
    await salon.reply(with_logo, "Tuesday 1 December at 11:30")
    await salon.answer()
    (card,) = await salon.mail_to(TEAM)
    await salon.sets("logo_url", "https://nova.example/gone.png")
    await salon.staff_moves("2026-12-02T10:00:00+01:00")

    pictures = [
        [part.get_payload(decode=True) for part in mail.walk() if part.get_content_maintype() == "image"]
        for mail in (with_logo, card, await salon.answer())
    ]
    assert pictures == [[PNG], [], []]


async def test_what_leaves_is_signed_where_there_is_a_key(salon: Salon) -> None:
    """Every mail, to guests and to the team; receivers find that it is the business's (dkimpy)."""
    pem = openssl("genrsa", "2048")
    outgoing = replace(salon.config.mail.outgoing, dkim_domain="nova.example", dkim_selector="rebook", dkim_key=pem)
    salon.config = replace(salon.config, mail=replace(salon.config.mail, outgoing=outgoing))
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Tuesday 1 December at 11:30")

    signer = new_signer("nova.example", "rebook", pem)
    record = "".join(re.findall('"([^"]*)"', signer.record)).encode()
    salon.everything()
    # The Maildir's own two lines stand above what was sent.
    sent = [raw.split(b"\r\n", 2)[2] for raw in salon.raw.values()]
    assert len(sent) >= 3
    assert all(dkim.verify(raw, dnsfunc=lambda _name, **_: record) for raw in sent)


async def test_two_that_answer_by_themselves_do_not_keep_each_other_busy(salon: Salon) -> None:
    """R6: another Rebook's mail, whatever it says, is a machine's."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    theirs = reply_to(confirmation, "Please cancel my booking.", salon.time())
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress"):
        theirs[name] = str(confirmation[name])
    theirs["X-Rebook"] = "reply.elsewhere.example"

    await salon.delivers(theirs, to=str(confirmation["Reply-To"]))

    assert await salon.mail_to("jo@guest.example") == await salon.mail_to(TEAM) == []
    assert (await salon.booking()).status == "confirmed"
