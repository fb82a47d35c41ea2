"""Both ends of a mail connection for tests: a door that remembers, and a peer on a bare socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal

from mailin.door.server import Limits, Listener, RawMail, start_listener

Plan = dict[str, "str | Exception | None"]
MESSAGE = b"Subject: Re: Your appointment\r\n\r\nTuesday 11:30 please\r\n"
RECIPIENT = "reply+k7q@r.test"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class FakeDoor:
    """Answers by local part: `receive` at RCPT, `keep` at the store; an exception is raised, nothing else is a yes."""

    def __init__(self, *, receive: Plan | None = None, keep: Plan | None = None) -> None:
        self.receive = receive or {}
        self.keep = keep or {}
        self.asked: list[tuple[str, str]] = []
        self.stored: list[RawMail] = []
        self.may_store = asyncio.Event()
        self.may_store.set()
        self.storing = asyncio.Event()

    async def can_receive(self, rcpt: str, peer: str) -> str | None:
        self.asked.append((rcpt, peer))
        return _act(self.receive.get(rcpt.partition("@")[0]))

    async def store(self, mails: Sequence[RawMail]) -> Sequence[str | None]:
        self.storing.set()
        await self.may_store.wait()
        results = [_act(self.keep.get(mail.rcpt.partition("@")[0])) for mail in mails]
        self.stored += [mail for mail, result in zip(mails, results, strict=True) if result is None]
        return results


class Peer:
    """A client that says exactly what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        """Read one reply, all its lines joined by a space."""
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 5)).decode()
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return " ".join(lines)

    async def say(self, *lines: str) -> list[str]:
        """Send each line when the one before was answered."""
        answers = []
        for line in lines:
            self.send(f"{line}\r\n".encode())
            answers.append(await self.reply())
        return answers

    def send(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def deliver(self, message: bytes = MESSAGE, *rcpts: str, mail_from: str = "jo@example.org") -> str:
        """Go through one whole transaction and return the answer to DATA."""
        accepted = [f"RCPT TO:<{rcpt}>" for rcpt in rcpts or (RECIPIENT,)]
        answers = await self.say(f"MAIL FROM:<{mail_from}>", *accepted, "DATA")
        assert [answer[:3] for answer in answers] == ["250"] * (1 + len(accepted)) + ["354"], answers
        self.send(message + b".\r\n")
        return await self.reply()

    async def rest(self) -> str:
        """Read until the other side closes."""
        try:
            return (await asyncio.wait_for(self.reader.read(), 5)).decode()
        except ConnectionResetError:
            return ""


@asynccontextmanager
async def listening(
    door: FakeDoor,
    *,
    protocol: Literal["smtp", "lmtp"] = "smtp",
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> AsyncIterator[Listener]:
    """Run a listener on a free loopback port."""
    listener = await start_listener(
        door,
        host="127.0.0.1",
        port=0,
        protocol=protocol,
        limits=limits or Limits(),
        exempt=(),
        hostname="mx.r.test",
        tls=tls,
        clock=clock,
    )
    try:
        yield listener
    finally:
        await listener.close(grace_seconds=0.2)


@asynccontextmanager
async def connected(listener: Listener, greeting: str | None = "EHLO client.test") -> AsyncIterator[Peer]:
    """Connect and, unless told otherwise, greet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    peer = Peer(reader, writer)
    try:
        if greeting is not None:
            assert (await peer.reply()).startswith("220 mx.r.test")
            assert (await peer.say(greeting))[0].startswith("250-mx.r.test")
        yield peer
    finally:
        writer.transport.abort()


def _act(plan: str | Exception | None) -> str | None:
    if isinstance(plan, Exception):
        raise plan

    return plan
