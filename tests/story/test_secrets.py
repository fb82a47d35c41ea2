"""The manage token: it opens the booking until it is revoked, and stands nowhere but in the guest's own mail."""

from __future__ import annotations

import logging
import secrets
import smtplib
from functools import partial

import pytest

from core.bookings import Act
from core.manage_link import reissue_token
from core.model import OWNER
from core.tokens import RANDOM_BYTES
from tests.story.mails import reply_to
from tests.story.salon import TEAM, Salon, booking

LATER = "the new token"


async def revoke(salon: Salon) -> str:
    """Re-issue Jo's link; return the new token."""
    found, act = await salon.booking(), Act(OWNER, "terminal", salon.time())
    keys = salon.config.app.secret_keys
    reissue = partial(reissue_token, booking=found, act=act, random=secrets.token_bytes(RANDOM_BYTES), keys=keys)
    return await salon.rebook.store.write(reissue)


async def test_a_revoked_token_is_refused_at_the_door(salon: Salon) -> None:
    """T1: 550 at RCPT, and the old page is gone; the new one works."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    new = await revoke(salon)

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await salon.reply(confirmation, "Tuesday 1 December at 11:30")

    assert {code for code, _ in refused.value.recipients.values()} == {550}
    assert await salon.page("manage", salon.tokens["jo"]) == 404
    assert await salon.page("manage", new) == 200

    mail = reply_to(confirmation, "Tuesday 1 December at 11:30", salon.time())
    await salon.delivers(mail, to=f"reply+{new}@reply.nova.example")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_a_token_survives_capitals_and_a_dot_at_its_end(salon: Salon) -> None:
    """T2: what mail systems do to addresses."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    address = str(confirmation["Reply-To"])

    await salon.delivers(reply_to(confirmation, "Tuesday 1 December at 11:30", salon.time()), to=address.upper())

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_a_lost_address_is_found_by_the_thread(salon: Salon) -> None:
    """CONTRACT "Mail": a client that answers From, or a list that ate the token, still threads by our Message-ID."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    mail = reply_to(confirmation, "Tuesday 1 December at 11:30", salon.time())

    await salon.delivers(mail, to="reply@reply.nova.example")

    assert await salon.local_start() == "Tue 2026-12-01 11:30"


async def test_the_token_stands_only_in_the_guests_mail(salon: Salon, caplog: pytest.LogCaptureFixture) -> None:
    """T5: in no log line, no Message-ID, no mail to the team or a performer, though guests quote their links."""
    caplog.set_level(logging.DEBUG)
    await salon.imports(booking(performer_chosen=False))
    token = salon.tokens["jo"]
    confirmation = await salon.answer()
    link = f"https://book.nova.example/b/nova/manage/{token}"
    await salon.replies_from("gmail", confirmation, f"Your page {link} shows nothing. Is there parking nearby?")
    await salon.replies_from("bare", confirmation, "Friday 27 November at 9:00 with Leo")
    await salon.reply(confirmation, f"reply+{token}@reply.nova.example is my address", sender="mallory@else.example")
    await salon.staff_cancels(reason=f"see {link}")

    mails = list(salon.everything().values())
    others = [mail for mail in mails if "jo@guest.example" not in str(mail["To"])]
    assert len(mails) - len(others) == 4
    assert {str(mail["To"]).rpartition("<")[2].strip(">") for mail in others} == {
        TEAM,
        "ana@nova.example",
        "leo@nova.example",
    }
    for mail in others:
        told = [str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"]
        assert token not in "".join([*told, *map(str, mail.values())]).lower()

    assert not [mail for mail in mails if token in str(mail["Message-ID"]) + str(mail["References"])]
    assert token not in caplog.text.lower()
