"""`rebook check --mail` against a serving Rebook, and ways that go wrong: each is one line that names the place."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from rebook.app import ROLES, running
from rebook.check_mail import Wrong, check_mail
from rebook.config import Config, load_config
from tests.rebook.small_config import KEY
from tests.rebook.terminal import Terminal

Way = Callable[[bytes], bytes | None]
"""What becomes of a mail between here and there; None: it is lost."""

DOMAIN = "reply.example.com"
GATE = 'trust_authserv = ["mx.example.com"]\ntrusted_peers = ["127.0.0.1"]\n'


@dataclass
class Relay:
    """A mail server that takes mail from Rebook, and hands to it what its `way` makes of it."""

    door: int
    way: Way = lambda raw: raw
    refuses: str | None = None
    bounces: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refuses or "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        assert isinstance(envelope.original_content, bytes)
        raw = bounce_of(str(envelope.mail_from)) if self.bounces else self.way(envelope.original_content)
        sender = "" if self.bounces else str(envelope.mail_from)
        if raw is not None:
            await asyncio.to_thread(self._hand_over, sender, envelope.rcpt_tos, raw)

        return "250 2.0.0 Taken"

    def _hand_over(self, sender: str, to: list[str], raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.door) as client:
            client.sendmail(sender, to, raw)


def bounce_of(address: str) -> bytes:
    report = EmailMessage()
    report["From"], report["To"], report["Subject"] = "MAILER-DAEMON@mx.example.com", address, "Undelivered Mail"
    report.set_content("It did not work.")
    report.make_mixed()
    raw = report.as_bytes().replace(b"multipart/mixed;", b"multipart/report; report-type=delivery-status;", 1)
    told = f"Final-Recipient: rfc822; {address}\nAction: failed\nDiagnostic-Code: smtp; 554 5.7.1 Not from here\n"
    boundary = report.get_boundary()
    part = f"--{boundary}\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n{told}\n--{boundary}--"
    return raw.replace(f"--{boundary}--".encode(), part.encode()).replace(b"\n", b"\r\n")


def config_of(folder: Path, out: str, door: int, more: str = "") -> Config:
    file = folder / "rebook.toml"
    file.write_text(
        f"""
[app]
base_url = "https://book.example.com"
secret_keys = ["{KEY}"]
[web]
listen = "127.0.0.1:0"
[mail.out]
url = "{out}"
from_address = "bookings@example.com"
[mail.in]
listen = "127.0.0.1:{door}"
domain = "{DOMAIN}"
{more}
"""
    )
    return load_config(file, {})


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(relay, loop=loop), "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


@asynccontextmanager
async def knowing_nobody() -> AsyncIterator[int]:
    """A mail server that refuses every log-in."""
    answers = {b"EHLO": b"250-mx\r\n250 AUTH PLAIN", b"AUTH": b"535 5.7.8 Wrong password", b"QUIT": b"221 Bye"}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx\r\n")
        async for line in reader:
            writer.write(answers.get(line[:4].upper(), b"503 Log in first") + b"\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def said(
    folder: Path,
    more: str = "",
    *,
    only: Collection[str] = ROLES,
    records: tuple[str, ...] = (),
    way: Way = lambda raw: raw,
    refuses: str | None = None,
    bounces: bool = False,
) -> str:
    """Return what the check says with a relay like this between a serving Rebook and itself."""
    door = free_port()
    async with relaying(Relay(door, way, refuses, bounces)) as port:
        return await checked(config_of(folder, f"smtp://127.0.0.1:{port}?tls=never", door, more), only, records)


async def checked(config: Config, only: Collection[str] = ROLES, records: tuple[str, ...] = ()) -> str:
    async def txt(_name: str) -> tuple[str, ...]:
        return records

    async with running(config, only=only):
        try:
            return await check_mail(config, seconds=0.5, txt=txt)
        except Wrong as wrong:
            return f"wrong: {wrong}"


def with_result(result: str) -> Way:
    return lambda raw: f"Authentication-Results: mx.example.com; {result}\r\n".encode() + raw


async def test_all_is_well(tmp_path: Path) -> None:
    """CONTRACT "check": out, in, as it was; and nothing of it is about a booking."""
    answer = await said(tmp_path)

    assert answer == (
        "All is well: the mail went out, came in from 127.0.0.1 and is as it was; who a mail is from is checked by "
        "nobody (mail.in.check_senders, mail.in.trust_authserv)."
    )


async def test_a_gate_s_word_is_told(tmp_path: Path) -> None:
    """R7."""
    answer = await said(tmp_path, GATE, way=with_result("dmarc=pass header.from=example.com"))

    assert answer.endswith("; mx.example.com says that it passes DMARC.")


@pytest.mark.parametrize(
    ("more", "relay", "why"),
    [
        (
            "",
            {"way": lambda raw: raw + b"-- \r\nScanned by Example\r\n"},
            "the mail arrived, but its text was altered on its way: then signatures of guests' mails break as well",
        ),
        (
            "",
            {"way": lambda raw: raw.replace(b"Subject: ", b"Subject: [EXTERNAL] ")},
            "the mail arrived, but its subject was altered on its way: then signatures of guests' mails break as well",
        ),
        ("", {"bounces": True}, "mail.out took the mail, but it came back: 554 5.7.1 Not from here"),
        (
            GATE,
            {"way": with_result("dmarc=fail header.from=example.com")},
            (
                "the mail arrived, but mx.example.com says that it fails DMARC: does mail.out sign for "
                "mail.out.from_address?"
            ),
        ),
        (
            GATE,
            {"way": with_result("spf=pass")},
            "the mail arrived, but has no Authentication-Results of mx.example.com with a DMARC result on top",
        ),
        (
            GATE.replace("127.0.0.1", "192.0.2.7"),
            {"way": with_result("dmarc=pass header.from=example.com")},
            (
                "the mail arrived from 127.0.0.1, which mail.in.trusted_peers does not name: mx.example.com is not "
                "believed"
            ),
        ),
        (
            'check_senders = "always"',
            {},
            "the mail arrived, but Rebook finds nothing that proves its sender: sign it (DKIM) and publish DMARC",
        ),
        (
            'check_senders = "always"',
            {"records": ("v=DMARC1; p=reject",)},
            "the mail arrived, but Rebook finds that it fails DMARC: does mail.out sign for mail.out.from_address?",
        ),
    ],
)
async def test_what_is_wrong_when_it_arrived_is_one_line(
    tmp_path: Path, more: str, relay: dict[str, Any], why: str
) -> None:
    assert await said(tmp_path, more, **relay) == f"wrong: {why}"


async def test_mail_that_does_not_come_back_is_missed(tmp_path: Path) -> None:
    answer = await said(tmp_path, way=lambda _: None)

    assert answer.startswith("wrong: mail.out took the mail, but in 0 s it did not arrive: does mail for reply.example")


async def test_a_server_that_takes_nothing_is_quoted(tmp_path: Path) -> None:
    refused = await said(tmp_path, refuses="554 5.7.1 Relay access denied")
    async with knowing_nobody() as port:
        unknown = await checked(config_of(tmp_path, f"smtp://jo:wrong@127.0.0.1:{port}?tls=never", free_port()))

    assert refused.startswith("wrong: mail.out: the server takes no mail for us (127.0.0.1:")
    assert refused.endswith(": 554 5.7.1 Relay access denied)")
    assert unknown.startswith("wrong: mail.out: the log-in was refused, look at user and password in mail.out.url (")


async def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    door, nowhere = free_port(), free_port()
    config = config_of(tmp_path, f"smtp://127.0.0.1:{nowhere}", door)

    async with running(config):
        with pytest.raises(Wrong, match=rf"^mail.out: the server cannot be reached \(127.0.0.1:{nowhere}: "):
            await check_mail(config, seconds=1)


async def test_stored_but_read_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rebook.check_mail.READ_SECONDS", 0.3)
    answer = await said(tmp_path, only=("mail",))

    assert answer.startswith("wrong: the mail arrived and is stored, but nobody reads it")


def test_without_a_serving_rebook_it_says_so(terminal: Terminal, tmp_path: Path) -> None:
    """The command: one sentence, exit 1; and nothing leaves by a folder."""
    folder = terminal("check", "--mail")
    file = tmp_path / "rebook.toml"
    file.write_text(file.read_text().replace("[mail.out]", '[mail.out]\nurl = "smtp://127.0.0.1:1"'))
    new = terminal("check", "--mail")
    terminal("migrate")
    alone = terminal("check", "--mail")

    assert [one.code for one in (folder, new, alone)] == [1] * 3
    assert folder.err.startswith("mail.out.url is a folder (")
    assert new.err.startswith("there is no database ")
    assert alone.err == ("nobody listens at 127.0.0.1:0 (Connection refused): start `rebook serve`, then check again\n")
