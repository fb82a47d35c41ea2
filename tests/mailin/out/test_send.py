"""Handing mails over: a Maildir on a real disk, a real SMTP server on loopback, and servers that say no."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailin.out.compose import compose
from mailin.out.send import (
    MaildirSender,
    MailSender,
    SendFailed,
    SmtpSender,
    SmtpServer,
)
from tests.mailin.out.letters import LOOK, notice

FROM, TO = "bounce+7@reply.example.com", "jo@example.org"
RAW = compose(notice(), LOOK).raw
LATER = compose(notice(id=8), LOOK).raw


@dataclass
class Recording:
    """A mail server that keeps what it is given, and says what it was told to say."""

    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    peers: set[Any] = field(default_factory=set)
    at_rcpt: str | None = None
    at_data: str | None = None
    at_mail: str | None = None
    hang_up: bool = False

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.hang_up:
            self.hang_up = False
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()

        if self.at_mail is not None:
            return self.at_mail

        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.at_rcpt is not None:
            return self.at_rcpt

        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self.at_data is not None:
            return self.at_data

        self.peers.add(session.peer)
        self.mails.append((envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""))
        return "250 taken"


@asynccontextmanager
async def serving(handler: Recording, **options: Any) -> AsyncIterator[asyncio.Server]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, hostname="mx.test", **options), host="127.0.0.1", port=0
    )
    try:
        yield server
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def sending(server: asyncio.Server, **options: Any) -> AsyncIterator[SmtpSender]:
    sender = SmtpSender(SmtpServer("127.0.0.1", port_of(server), timeout=5, **options))
    try:
        yield sender
    finally:
        await sender.close()
        await asyncio.sleep(0.01)  # lets the server hear the hang-up before it is closed itself


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


async def failure(sender: MailSender, *, to: str = TO) -> tuple[bool, str]:
    with pytest.raises(SendFailed) as caught:
        await sender.send(RAW, sender=FROM, to=to)

    return caught.value.permanent, caught.value.reason


async def test_a_mail_reaches_a_server_byte_for_byte() -> None:
    """M4: what was composed is what arrives, to one recipient."""
    taken = Recording()

    async with serving(taken) as server, sending(server) as sender:
        await sender.send(RAW, sender=FROM, to=TO)

    assert taken.mails == [(FROM, [TO], RAW)]


async def test_mails_in_a_row_share_a_connection() -> None:
    taken = Recording()

    async with serving(taken) as server, sending(server) as sender:
        for _ in range(5):
            await sender.send(RAW, sender=FROM, to=TO)

    assert len(taken.mails) == 5
    assert len(taken.peers) == 1


async def test_many_mails_at_once_use_a_few_lanes() -> None:
    taken = Recording()

    async with serving(taken) as server, sending(server) as sender:
        await asyncio.gather(*(sender.send(RAW, sender=FROM, to=f"jo{number}@example.org") for number in range(40)))

    assert sorted(to for _, (to,), _ in taken.mails) == sorted(f"jo{number}@example.org" for number in range(40))
    assert len(taken.peers) <= 4


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (Recording(at_rcpt="550 5.1.1 no such guest"), (True, "550 5.1.1 no such guest")),
        (Recording(at_rcpt="451 4.7.1 greylisted"), (False, "451 4.7.1 greylisted")),
        (Recording(at_data="554 5.7.1 looks like spam"), (True, "554 5.7.1 looks like spam")),
        (Recording(at_data="452 4.3.1 disk full"), (False, "452 4.3.1 disk full")),
        (Recording(at_mail="550 5.7.1 not from here"), (False, "550 5.7.1 not from here")),
    ],
    ids=["unknown", "greylisted", "spam", "full", "our own address"],
)
async def test_a_server_that_says_no_is_taken_at_its_word(handler: Recording, expected: tuple[bool, str]) -> None:
    """M4: 5xx about the guest's mail is final, 4xx is tried again, and so is what is our own fault."""
    async with serving(handler) as server, sending(server) as sender:
        permanent, reason = await failure(sender)
        where = f"127.0.0.1:{port_of(server)}: "

    assert (permanent, reason.removeprefix(where)) == expected


@pytest.mark.parametrize(
    ("handler", "by_recipient"),
    [
        (Recording(at_rcpt="451 4.7.1 greylisted"), True),
        (Recording(at_data="452 4.2.2 mailbox full"), True),
        (Recording(at_mail="451 4.3.0 later"), False),
    ],
    ids=["recipient", "mail", "sender"],
)
async def test_it_is_known_whose_fault_a_no_is(handler: Recording, by_recipient: bool) -> None:  # noqa: FBT001 - a case
    """M4: what one recipient's server defers says nothing about others'; what the relay says of us does."""
    async with serving(handler) as server, sending(server) as sender:
        with pytest.raises(SendFailed) as caught:
            await sender.send(RAW, sender=FROM, to=TO)

    assert caught.value.by_recipient is by_recipient


async def test_after_a_refusal_the_connection_goes_on() -> None:
    taken = Recording(at_rcpt="550 5.1.1 no such guest")

    async with serving(taken) as server, sending(server) as sender:
        await failure(sender)
        taken.at_rcpt = None
        await sender.send(RAW, sender=FROM, to=TO)

    assert [mail[1] for mail in taken.mails] == [[TO]]


async def test_a_server_that_is_down_is_tried_again_later() -> None:
    """M4: and once it is up, the same sender goes on."""
    taken = Recording()
    async with serving(taken) as server:
        port = port_of(server)
    sender = SmtpSender(SmtpServer("127.0.0.1", port, timeout=5))

    permanent, reason = await failure(sender)
    assert not permanent
    assert reason.startswith(f"127.0.0.1:{port}: ")

    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: SMTP(taken, loop=loop, hostname="mx.test"), "127.0.0.1", port):
        await sender.send(RAW, sender=FROM, to=TO)
        await sender.close()
        await asyncio.sleep(0.01)

    assert len(taken.mails) == 1


async def test_a_server_that_went_away_between_two_mails_is_connected_anew() -> None:
    """M4: an idle connection that was dropped costs no mail."""
    taken = Recording()

    async with serving(taken, timeout=0.05) as server, sending(server) as sender:
        await sender.send(RAW, sender=FROM, to=TO)
        await asyncio.sleep(0.15)
        await sender.send(LATER, sender=FROM, to=TO)

    assert [mail[2] for mail in taken.mails] == [RAW, LATER]
    assert len(taken.peers) == 2


async def test_a_server_that_hangs_up_on_the_next_mail_is_connected_anew_once() -> None:
    """M4: on a connection that was open before; on a new one it is a failure to try again later."""
    taken = Recording()

    async with serving(taken) as server, sending(server) as sender:
        await sender.send(RAW, sender=FROM, to=TO)
        taken.hang_up = True
        await sender.send(LATER, sender=FROM, to=TO)
        await sender.close()
        taken.hang_up = True
        permanent, _ = await failure(sender)

    assert [mail[2] for mail in taken.mails] == [RAW, LATER]
    assert not permanent


async def test_a_connection_in_use_while_the_sender_closes_is_hung_up_after_its_mail() -> None:
    """M4: a mail that is being handed over when Rebook goes down still arrives, and no connection stays behind."""
    at_work, may_go_on, hung_up = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.test\r\n")
        while line := await reader.readline():
            if line == b".\r\n":
                at_work.set()
                await may_go_on.wait()

            verb = line.strip().upper()
            if verb in (b".", b"DATA") or verb.startswith((b"EHLO", b"MAIL", b"RCPT")):
                writer.write(b"354 go\r\n" if verb == b"DATA" else b"250 ok\r\n")

        writer.close()
        hung_up.set()

    async with await asyncio.start_server(slow, "127.0.0.1", 0) as server:
        sender = SmtpSender(SmtpServer("127.0.0.1", port_of(server), timeout=5))
        handing_over = asyncio.create_task(sender.send(RAW, sender=FROM, to=TO))
        await at_work.wait()
        await sender.close()
        may_go_on.set()

        await handing_over
        await asyncio.wait_for(hung_up.wait(), 2)


async def test_a_server_that_says_nothing_is_given_up() -> None:
    """L1: a silent server stalls no worker for ever."""
    silent: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: silent.append(writer), "127.0.0.1", 0)
    sender = SmtpSender(SmtpServer("127.0.0.1", port_of(server), timeout=0.05))

    permanent, reason = await failure(sender)

    assert not permanent
    assert "imed out" in reason or "Timeout" in reason
    for writer in silent:
        writer.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "to", ["jo@exam ple.org", "jo@example.org\r\nDATA", "jö@example.org", "<jo@example.org>", "jo", ""]
)
@pytest.mark.parametrize("open_one", [MaildirSender, lambda _: SmtpSender(SmtpServer("127.0.0.1", 9))])
async def test_what_is_no_address_is_refused_for_good(
    to: str, open_one: Callable[[Path], MailSender], tmp_path: Path
) -> None:
    """L1: nothing of an address becomes an SMTP command or a header line."""
    assert await failure(open_one(tmp_path / "mail"), to=to) == (True, f"not an address: {to!r}")


async def test_a_password_is_said_to_the_server_and_never_in_a_reason() -> None:
    taken = Recording()

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data == LoginPassword(b"rebook", b"right"), handled=False)

    options = {"authenticator": check, "auth_require_tls": False}
    async with serving(taken, **options) as server:
        async with sending(server, user="rebook", password="right", tls="none") as sender:
            await sender.send(RAW, sender=FROM, to=TO)
        async with sending(server, user="rebook", password="wr0ng", tls="none") as sender:
            permanent, reason = await failure(sender)

    assert len(taken.mails) == 1
    assert not permanent
    assert "log-in refused (535)" in reason
    assert "wr0ng" not in reason


async def test_tls_is_taken_when_offered_and_insisted_on_when_asked_for(tmp_path: Path) -> None:
    """A self-made certificate is better than none, and never good enough for a password."""
    taken = Recording()

    async with serving(taken, tls_context=given_certificate(tmp_path), require_starttls=True) as server:
        async with sending(server, tls="auto") as sender:
            await sender.send(RAW, sender=FROM, to=TO)
        async with sending(server, tls="starttls") as sender:
            permanent, reason = await failure(sender)
    async with serving(taken) as plain, sending(plain, tls="starttls") as sender:
        refused = await failure(sender)

    assert len(taken.mails) == 1
    assert (permanent, refused[0]) == (False, False)
    assert "certificate" in reason.lower()


def given_certificate(folder: Path) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: apt-get install openssl")

    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=mx.test", "-days", "2"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    return context


async def test_a_mail_lies_in_the_maildir_with_its_envelope(tmp_path: Path) -> None:
    sender = MaildirSender(tmp_path / "mail")

    await sender.send(RAW, sender=FROM, to=TO)

    (file,) = (tmp_path / "mail" / "new").iterdir()
    assert file.read_bytes() == f"Return-Path: <{FROM}>\r\nDelivered-To: {TO}\r\n".encode() + RAW
    assert sorted(path.name for path in (tmp_path / "mail").iterdir()) == ["cur", "new", "tmp"]
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


async def test_a_mail_sent_again_lies_there_once(tmp_path: Path) -> None:
    """M4: at least once, and the repeat takes its own place, also when it was read in between."""
    sender = MaildirSender(tmp_path)

    await asyncio.gather(*(sender.send(RAW, sender=FROM, to=TO) for _ in range(8)))
    await sender.send(LATER, sender=FROM, to=TO)
    await sender.send(RAW, sender=FROM, to="other@example.org")
    assert len(list((tmp_path / "new").iterdir())) == 3

    for file in (tmp_path / "new").iterdir():
        file.rename(tmp_path / "cur" / f"{file.name}:2,S")
    await sender.send(RAW, sender=FROM, to=TO)
    assert list((tmp_path / "new").iterdir()) == []


async def test_a_maildir_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where a folder should be")

    permanent, reason = await failure(MaildirSender(tmp_path / "mail"))

    assert not permanent
    assert reason.startswith("maildir: ")
