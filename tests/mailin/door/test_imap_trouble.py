"""The mailbox's server goes away, refuses or counts anew, mail is large, old or many: none is lost or acts twice."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from core import mailbox
from core.store.engine import StoreUnavailable
from mailin.door import imap
from mailin.door.imap_wire import ImapConnection, ImapFailed, ImapServer
from rebook import app, check
from tests.mailin.door.watching import (
    PATIENCE_SECONDS,
    TAKEN,
    config_with,
    inbox,
    invited,
    marked,
    private,
    raw,
    serving,
    taken,
    until,
    url_of,
    watching,
)
from tests.real.dovecot import HOST, Dovecot, running_dovecot
from tests.story.mails import reply_to
from tests.story.salon import Clock


async def test_a_closed_connection_is_opened_again(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """L1: the server hangs up in the middle of an IDLE."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)

        await asyncio.to_thread(dovecot.kick, account)
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 11:30"


async def test_what_comes_while_rebook_is_away_is_read_later_and_once(
    dovecot: Dovecot, account: str, tmp_path: Path
) -> None:
    """R8: UIDVALIDITY and the last UID are kept with the mail."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        await taken(salon, 1)
        answer = await salon.answer()
        tokens = salon.tokens

    dovecot.deliver(account, raw(reply_to(answer, "Friday at 14:00 please", salon.time())))
    async with watching(tmp_path, url_of(dovecot, account), clock=salon.time) as later:
        later.tokens, later.seen = tokens, salon.seen
        await taken(later, 2)
        await serving(later)

        assert await later.local_start() == "Fri 2026-11-27 14:00"
        assert len(await inbox(later)) == 2
        assert (await later.history()).count("moved") == 2


async def test_a_crash_between_storing_and_marking_acts_once(
    dovecot: Dovecot, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R8: what was stored is known without a mark; the mark is made up for."""

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as killed:
        killed.setattr(imap.ImapDoor, "_mark", hangs)
        async with watching(tmp_path, url_of(dovecot, account)) as salon:
            await serving(salon)
            confirmation = await invited(salon)
            reply = reply_to(confirmation, "Friday at 11:30 please", salon.time())
            dovecot.deliver(account, raw(reply))
            await taken(salon, 1)

    assert dovecot.flags(account)[str(reply["Subject"])] == set()
    async with watching(tmp_path, url_of(dovecot, account), clock=salon.time) as later:
        await serving(later)
        await later.works()
        await marked(dovecot, account, str(reply["Subject"]), TAKEN)

        assert (await later.history()).count("moved") == 1
        assert len(await inbox(later)) == 1


async def test_a_folder_that_is_numbered_anew_is_read_from_the_last_look_on(
    dovecot: Dovecot, account: str, tmp_path: Path
) -> None:
    """R8: nothing is lost, nothing acts twice, and old mail stays unread."""
    now = Clock()
    dovecot.deliver(account, private("old"), at=now() - timedelta(days=30))
    for _ in range(5):
        dovecot.deliver(account, private("removed later"), at=now())

    async with watching(tmp_path, url_of(dovecot, account), clock=now) as salon:
        await serving(salon)
        confirmation = await invited(salon)
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", now())), at=now())
        await taken(salon, 1)
        answer = await salon.answer()

    await asyncio.to_thread(dovecot.kick, account)
    dovecot.remove(account, "removed later")  # so that all numbers are lower now
    dovecot.renumber(account)
    dovecot.deliver(account, raw(reply_to(answer, "Friday at 14:00 please", now())), at=now())
    async with watching(tmp_path, url_of(dovecot, account), clock=now) as later:
        await serving(later)
        await until(lambda: len(dovecot.flags(account)) == 3)
        await taken(later, 2)

        assert await later.local_start() == "Fri 2026-11-27 14:00"
        assert (await later.history()).count("moved") == 2
        assert dovecot.flags(account)["old"] == set()


async def test_a_large_mail_is_left_and_flagged(
    dovecot: Dovecot, account: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """L1: nothing over the limit comes over the wire; the owner sees it, and what is behind it is read."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)
        large = reply_to(confirmation, "Friday at 11:30 please", salon.time())
        large.replace_header("Subject", "large")
        large.add_attachment(b"x" * 1_600_000, maintype="image", subtype="jpeg", filename="cat.jpg")

        dovecot.deliver(account, private("huge and private") + b"x" * 2_000_000)
        dovecot.deliver(account, raw(large))
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 14:00 please", salon.time())))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 14:00"
        assert dovecot.flags(account)["large"] == {"\\Flagged"}
        assert dovecot.flags(account)["huge and private"] == set()
        assert "octets: left, flagged" in caplog.text


async def test_ten_thousand_old_mails_are_left_alone(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """Only what arrives after the set-up is read."""
    dovecot.fill(account, private("old", Delivered_To=f"{account}+{'a' * 42}@{HOST}"), 10_000)
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        began = time.monotonic()
        await serving(salon)
        took = time.monotonic() - began
        confirmation = await invited(salon)
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 11:30"
        assert took < PATIENCE_SECONDS


async def test_a_server_that_goes_away_and_comes_back(
    dovecot: Dovecot, account: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """L1: health says so meanwhile."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)

        await asyncio.to_thread(dovecot.stop)
        await until(lambda: salon.rebook.roles()["imap"] is False)
        await asyncio.to_thread(dovecot.start)
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 11:30"
        assert salon.rebook.roles()["imap"] is True
        assert "IMAP: " in caplog.text


async def test_a_wrong_password_is_said_clearly_and_only_that(
    dovecot: Dovecot, account: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log, in health, in `rebook check`; the password itself nowhere."""
    url = dovecot.url(account, password="not-the-password")
    async with watching(tmp_path, f"url = '{url}'") as salon:
        await until(lambda: "does not take user and password" in caplog.text)

        assert salon.rebook.roles() == {"imap": False, "mail": True, "web": True}

    problems = await asyncio.to_thread(check.find_problems, tmp_path / "rebook.toml")
    assert [problem for problem in problems if problem.startswith("mail.imap.url: the server does not take")]
    assert "not-the-password" not in caplog.text + "".join(problems)


async def test_what_check_says_of_a_mailbox_that_works(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """Nothing; with TLS, and its own certificate authority."""
    tls = f"url = '{dovecot.url(account, tls=True)}'"
    config_with(tmp_path, tls, f"tls_ca = '{dovecot.certificate}'")
    trusted = await asyncio.to_thread(check.find_problems, tmp_path / "rebook.toml")
    config_with(tmp_path, tls)
    untrusted = await asyncio.to_thread(check.find_problems, tmp_path / "rebook.toml")

    assert [one for one in trusted if "imap" in one] == []
    assert ["has no valid certificate" in one for one in untrusted if "imap" in one] == [True]


async def test_two_processes_on_one_mailbox_take_each_mail_once(dovecot: Dovecot, account: str, tmp_path: Path) -> None:
    """R8: who comes second finds that the mail was stored."""
    async with (
        watching(tmp_path, url_of(dovecot, account)) as salon,
        watching(tmp_path, url_of(dovecot, account)) as other,
    ):
        await serving(salon)
        await serving(other)
        confirmation = await invited(salon)

        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        await taken(salon, 1)
        await marked(dovecot, account, f"Re: {confirmation['Subject']}", TAKEN)

        assert len(await inbox(salon)) == 1
        assert (await salon.history()).count("moved") == 1


async def test_a_server_that_tells_nothing_by_itself_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without IDLE and MOVE: asked now and then; what was taken is marked where it is, and nothing is deleted."""
    monkeypatch.setattr(app, "ImapServer", partial(ImapServer, poll_seconds=0.05))
    with running_dovecot("imap_capability = IMAP4rev1") as plain:
        async with watching(tmp_path, url_of(plain, "shop1"), 'move_to = "Rebook"') as salon:
            await serving(salon)
            confirmation = await invited(salon)

            reply = reply_to(confirmation, "Friday at 11:30 please", salon.time())
            plain.deliver("shop1", raw(reply))
            await taken(salon, 1)
            await marked(plain, "shop1", str(reply["Subject"]), TAKEN)

            assert await salon.local_start() == "Fri 2026-11-27 11:30"


async def test_a_message_that_breaks_the_connection_each_time_is_left(
    dovecot: Dovecot, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """L1: it loses nobody else's message."""
    fetch = ImapConnection.message

    async def breaks(self: ImapConnection, uid: int, *, most: int) -> bytes | None:
        if uid == 1:
            raise ImapFailed("the server hung up")

        return await fetch(self, uid, most=most)

    monkeypatch.setattr(ImapConnection, "message", breaks)
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)

        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 10:00 please", salon.time())))
        await until(lambda: "trying again" in caplog.text)
        dovecot.deliver(account, raw(reply_to(confirmation, "Friday at 11:30 please", salon.time())))
        await taken(salon, 1)

        assert await salon.local_start() == "Fri 2026-11-27 11:30"
        assert "the message with UID 1 cannot be read and is left" in caplog.text


async def test_while_the_database_cannot_serve_mail_waits_in_the_mailbox(
    dovecot: Dovecot, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """L2: however often it is tried; that is no fault of the message."""
    failures = 0

    def fails(*_: object) -> bool:
        nonlocal failures
        failures += 1
        raise StoreUnavailable("the disk is full")

    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        confirmation = await invited(salon)
        reply = reply_to(confirmation, "Friday at 11:30 please", salon.time())

        with monkeypatch.context() as down:
            down.setattr(mailbox, "advance", fails)
            dovecot.deliver(account, raw(reply))
            await until(lambda: failures > imap.TRIES + 2)

        assert dovecot.flags(account) == {str(reply["Subject"]): set()}
        await taken(salon, 1)
        assert await salon.local_start() == "Fri 2026-11-27 11:30"
        assert "mail waits in the mailbox" in caplog.text
