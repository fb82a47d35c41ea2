"""Guests' replies are taken out of the owner's mailbox on a real Dovecot; everything else in it is left alone."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.mailin.door.watching import (
    TAKEN,
    inbox,
    invited,
    marked,
    private,
    raw,
    senders,
    serving,
    taken,
    until,
    url_of,
    watching,
)
from tests.real.dovecot import HOST, Dovecot
from tests.story.mails import event_of, reply_to, said
from tests.story.salon import booking


async def test_a_reply_in_the_mailbox_moves_the_booking(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """R1, T2: the reply address is a plus address of the mailbox; the message is marked once it is stored."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)
        token = salon.tokens["jo"]

        reply = reply_to(confirmation, "Friday at 11:30 please", salon.time())
        dovecot.deliver(account, raw(reply))
        await taken(salon, 1)

        assert confirmation["Reply-To"] == f"{account}+{token}@{HOST}"
        assert await salon.local_start() == "Fri 2026-11-27 11:30"
        assert len(said(await salon.answer())) > 0
        await marked(dovecot, account, str(reply["Subject"]), TAKEN)


async def test_the_invitation_is_organised_by_a_plus_address(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """T5, M5: a weaker address, and a UID that no other Rebook at the same provider can have."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        confirmation = await invited(salon)
        _, event = event_of(confirmation)

        organizer = str(event["ORGANIZER"]).removeprefix("mailto:")
        assert organizer.startswith(f"{account}+cal-")
        assert organizer.endswith(f"@{HOST}")
        assert str(event["UID"]).endswith("@reply.nova.example")
        assert salon.tokens["jo"] not in organizer


async def test_private_mail_stays_as_it_was(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """It is the owner's own mailbox: unseen, unmarked, where it was, and nowhere in our database."""
    async with watching(tmp_path, url_of(dovecot, account), 'move_to = "Rebook"') as salon:
        await serving(salon)
        confirmation = await invited(salon)

        dovecot.deliver(account, private("before"))
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        dovecot.deliver(account, private("after"))
        await taken(salon, 1)
        await until(lambda: set(dovecot.flags(account)) == {"before", "after"})

        assert dovecot.flags(account) == {"before": set(), "after": set()}
        assert list(dovecot.flags(account, "Rebook").values()) == [TAKEN]
        assert len(await inbox(salon)) == 1


async def test_our_own_notices_and_answers_to_the_owner_are_private(
    dovecot: Dovecot, account: str, tmp_path: Path
) -> None:
    """The team may have the same mailbox: what Rebook tells it, and what guests then write to it, is for people."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)
        await salon.staff_moves("2026-11-27T12:00:00+01:00")
        [notice] = [mail for mail in salon.everything().values() if "team@nova.example" in str(mail["To"])][-1:]
        to_owner = EmailMessage()
        to_owner["From"], to_owner["To"], to_owner["Subject"] = "jo@guest.example", f"{account}@{HOST}", "thanks"
        to_owner["In-Reply-To"] = "<personal@owner.example>"
        to_owner["References"] = f"{notice['Message-ID']} <personal@owner.example>"
        to_owner.set_content("Cancel it then.")

        dovecot.deliver(account, salon.raw[str(notice["Message-ID"])])
        dovecot.deliver(account, raw(to_owner))
        dovecot.deliver(account, raw(reply_to(confirmation, "what should I bring?", salon.time())))
        await taken(salon, 1)

        assert len(await inbox(salon)) == 1
        assert dovecot.flags(account)[str(notice["Subject"])] == set()
        assert dovecot.flags(account)["thanks"] == set()


async def test_a_reply_that_lost_its_address_is_known_by_what_it_answers(
    dovecot: Dovecot, account: str, tmp_path: Path
) -> None:
    """R9, CONTRACT "Mail": the signed Message-ID in In-Reply-To finds the booking."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)

        reply = reply_to(confirmation, "Friday at 11:30 please", salon.time())
        del reply["To"]
        reply["To"] = f"{account}@{HOST}"
        dovecot.deliver(account, raw(reply))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 11:30"


@pytest.mark.parametrize("header", ["Delivered-To", "X-Gm-Original-To", "Envelope-To", "Cc"])
async def test_the_address_may_stand_in_any_header_that_servers_write(
    dovecot: Dovecot, account: str, tmp_path: Path, header: str
) -> None:
    """T2: a mailbox has no envelope."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)

        reply = reply_to(confirmation, "Friday at 11:30 please", salon.time(), threaded=False)
        del reply["To"]
        reply["To"] = "undisclosed-recipients:;"
        reply[header] = str(confirmation["Reply-To"]).upper()
        dovecot.deliver(account, raw(reply))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 11:30"


async def test_two_mails_at_once_are_both_taken(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """R8, L1."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        await salon.imports(booking("jo"), booking("ben", start="2026-11-26T10:00:00+01:00"))
        mails = {key: await salon.answer(f"{key}@guest.example") for key in ("jo", "ben")}

        dovecot.deliver(account, raw(reply_to(mails["jo"], "Friday at 11:30 please", salon.time())))
        dovecot.deliver(account, raw(reply_to(mails["ben"], "Friday at 14:00 please", salon.time())))
        await taken(salon, 2)

        assert await salon.local_start("jo") == "Fri 2026-11-27 11:30"
        assert await salon.local_start("ben") == "Fri 2026-11-27 14:00"


async def test_a_reply_over_tls_moves_the_booking(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    lines = f"url = '{dovecot.url(account, tls=True)}'", f"tls_ca = '{dovecot.certificate}'"
    async with watching(tmp_path, *lines) as salon:
        await serving(salon)
        confirmation = await invited(salon)

        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 11:30"


async def test_a_forged_delivered_to_is_no_more_than_a_stranger_with_the_token(
    dovecot: Dovecot, account: str, tmp_path: Path
) -> None:
    """R7: the token says whose booking it is, the sender may not act all the same."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        await salon.imports(booking("jo"), booking("ben", start="2026-11-26T10:00:00+01:00"))
        await salon.mail_to("ben@guest.example")
        mine = await salon.answer("jo@guest.example")
        theirs = f"{account}+{salon.tokens['ben']}@{HOST}"

        attack = reply_to(mine, "Cancel it. Yes.", salon.time(), threaded=False)
        del attack["To"]
        attack["To"] = theirs
        attack["Delivered-To"] = theirs
        dovecot.deliver(account, raw(attack))
        await taken(salon, 1)

        assert (await salon.booking("ben")).status == "confirmed"
        assert (await salon.booking("jo")).status == "confirmed"
        assert len(await salon.mail_to("ben@guest.example")) == 1


@pytest.mark.parametrize(
    ("results", "moved"),
    [
        ("mx.nova.example; dmarc=pass header.from=guest.example", True),
        ("mx.nova.example; dmarc=fail header.from=guest.example", False),
    ],
)
async def test_the_mailboxs_server_is_believed_about_senders(
    dovecot: Dovecot, account: str, tmp_path: Path, results: str, *, moved: bool
) -> None:
    """R7: the operator's own IMAP server hands it over; only the topmost Authentication-Results counts."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)

        reply = reply_to(confirmation, "Friday at 11:30 please", salon.time())
        below = b"Authentication-Results: mx.nova.example; dmarc=pass header.from=guest.example\r\n"
        dovecot.deliver(account, f"Authentication-Results: {results}\r\n".encode() + below + raw(reply))
        await taken(salon, 1)

        assert (await salon.local_start() == "Fri 2026-11-27 11:30") is moved


async def rejecting(name: str) -> tuple[str, ...]:
    """Answer as the DNS of a domain that wants forged mail rejected."""
    return ("v=DMARC1; p=reject",) if name == "_dmarc.guest.example" else ()


@pytest.mark.parametrize(
    "header", ["", "Authentication-Results: elsewhere.example; dmarc=pass header.from=guest.example\n"]
)
async def test_a_mailbox_whose_server_says_nothing_is_checked_by_ourselves(
    dovecot: Dovecot, account: str, tmp_path: Path, header: str
) -> None:
    """R7: DKIM and DMARC, also where a trusted name is configured and the header bears another."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        salon.rebook.txt = rejecting
        await serving(salon)
        confirmation = await invited(salon)

        dovecot.deliver(account, header.encode() + raw(reply_to(confirmation, "Cancel. Yes!", salon.time())))
        await taken(salon, 1)

        assert (await salon.booking()).status == "confirmed"
        assert "stranger" in await senders(salon)


async def test_a_message_of_ours_that_came_back_is_known_by_its_message_id(
    dovecot: Dovecot, account: str, tmp_path: Path
) -> None:
    """M4: a mailbox's server sends for no other name, so there is no return path of its own."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)
        returned = salon.raw[str(confirmation["Message-ID"])].partition(b"\r\n\r\n")[0].decode()
        report = (
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.example\r\nTo: shop@mail.example\r\nSubject: returned\r\n"
            'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\n\r\nNobody there.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; jo@guest.example\r\nAction: failed\r\n"
            f"Status: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n\r\n--b--\r\n"
        )

        dovecot.deliver(account, report.replace("MAILER", "Mailer").replace("returned", "not ours", 1).encode()[:300])
        dovecot.deliver(account, report.encode())
        await taken(salon, 1)

        assert [row.kind for row in await inbox(salon)] == ["bounce"]
        assert "not_delivered" in await salon.history()
