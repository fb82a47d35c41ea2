"""The invitation follows the booking: one UID, a SEQUENCE that rises, CANCEL when it is gone."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial

import pytest

from core.bookings import Act
from core.manage_link import reissue_token
from core.model import OWNER
from core.tokens import RANDOM_BYTES
from rebook.app import running
from tests.story.mails import event_of
from tests.story.salon import DOMAIN, TEAM, Salon, booking

DECLINED = b"Subject: Declined\r\n\r\nNo.\r\n"


def shown(mail: EmailMessage) -> tuple[str, str, int, str, datetime]:
    """Return method, UID, SEQUENCE, STATUS and DTSTART of the invitation in *mail*."""
    method, event = event_of(mail)
    start = event.decoded("DTSTART")
    assert isinstance(start, datetime)
    return method, str(event["UID"]), int(str(event["SEQUENCE"])), str(event["STATUS"]), start


def organizer_of(mail: EmailMessage) -> str:
    """Return the address that stands for the business in the invitation in *mail*."""
    return str(event_of(mail)[1]["ORGANIZER"]).removeprefix("mailto:")


async def test_an_invitation_follows_the_booking(salon: Salon) -> None:
    """M5, S3: confirmed, moved, undone, cancelled, back again: every calendar updates the one event."""
    await salon.imports(booking())
    mails = [await salon.answer()]

    for words in ("Tuesday 1 December at 11:30", "undo"):
        await salon.reply(mails[-1], words)
        mails.append(await salon.answer())

    await salon.reply(mails[-1], "Please cancel my booking.")
    for words in ("yes", "undo"):
        await salon.reply(await salon.answer() if words == "yes" else mails[-1], words)
        mails.append(await salon.answer())

    uid = "booking-1@reply.nova.example"
    old, new = datetime(2026, 11, 26, 14, 0, tzinfo=UTC), datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
    assert [shown(mail) for mail in mails] == [
        ("REQUEST", uid, 0, "CONFIRMED", old),
        ("REQUEST", uid, 1, "CONFIRMED", new),
        ("REQUEST", uid, 2, "CONFIRMED", old),
        ("CANCEL", uid, 3, "CANCELLED", old),
        ("REQUEST", uid, 4, "CONFIRMED", old),
    ]


async def test_the_team_changes_the_event_too(salon: Salon) -> None:
    """M5, F5: moved and cancelled by staff."""
    await salon.imports(booking())
    await salon.answer()
    await salon.staff_moves("2026-12-01T11:30:00+01:00")
    moved = await salon.answer()
    await salon.staff_cancels()

    new = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
    uid = "booking-1@reply.nova.example"
    assert shown(moved) == ("REQUEST", uid, 1, "CONFIRMED", new)
    assert shown(await salon.answer()) == ("CANCEL", uid, 2, "CANCELLED", new)


async def test_the_organizer_is_an_address_that_opens_nothing(salon: Salon) -> None:
    """T5, M5: `cal+KEY@`, the same in every version; the guest is the attendee."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.reply(confirmation, "Tuesday 1 December at 11:30")

    events = [event_of(mail)[1] for mail in (confirmation, await salon.answer())]

    organizers = {str(event["ORGANIZER"]) for event in events}
    assert len(organizers) == 1
    assert organizers.pop().startswith("mailto:cal+")
    assert {str(event["ATTENDEE"]) for event in events} == {"mailto:jo@guest.example"}
    assert salon.tokens["jo"] not in "".join(event.to_ical().decode() for event in events)


async def test_a_revoked_token_leaves_the_calendar_its_address(salon: Salon) -> None:
    """T1, M5: the old link opens nothing more; Decline in an old or a new invitation still reaches its booking."""
    await salon.imports(booking())
    before = organizer_of(await salon.answer())
    act, keys = Act(OWNER, "terminal", salon.time()), salon.config.app.secret_keys
    renew = partial(reissue_token, booking=await salon.booking(), act=act, random=b"\1" * RANDOM_BYTES, keys=keys)
    await salon.rebook.store.write(renew)

    await salon.staff_moves("2026-12-01T11:30:00+01:00")

    assert organizer_of(await salon.answer()) == before
    await asyncio.to_thread(salon.posts, DECLINED, before)


async def test_a_newer_key_leaves_the_calendar_its_address(salon: Salon) -> None:
    """T1, M5: where another key signs now, invitations of bookings that were there keep the organizer they had."""
    await salon.imports(booking())
    before = organizer_of(await salon.answer())
    app = salon.config.app
    keys = ("a newer secret of the stories, 32 characters and more", *app.secret_keys)
    config = replace(salon.config, app=replace(app, secret_keys=keys))

    async with running(config, only=("mail",), clock=salon.time) as rebook:
        later = replace(salon, config=config, rebook=rebook)
        await later.staff_moves("2026-12-01T11:30:00+01:00")

        assert organizer_of(await later.answer()) == before
        await asyncio.to_thread(later.posts, DECLINED, before)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await asyncio.to_thread(later.posts, DECLINED, f"cal+{'a' * 16}@{DOMAIN}")


async def test_offers_and_questions_carry_no_invitation(salon: Salon) -> None:
    """M5: only what is settled changes a calendar; the team gets none."""
    await salon.imports(booking())
    await salon.reply(await salon.answer(), "Thursday afternoon?")
    offer = await salon.answer()
    await salon.reply(offer, "2")

    told = [offer, *await salon.mail_to(TEAM)]
    types = [part.get_content_type() for mail in told for part in mail.walk()]
    assert "text/calendar" not in types
    assert "application/ics" not in types
