"""Handing composed mails over: to a Maildir on this machine, or to an SMTP server. Does input and output.

SendFailed          one mail could not be handed over; `permanent` says whether trying again can help
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import aiosmtplib

LANES = 4
"""SMTP connections at most; mails beyond wait for a free one."""

TIMEOUT_SECONDS = 30.0
"""How long one step of an SMTP conversation may take."""

IDLE_SECONDS = 20.0
"""How long an unused connection is kept; servers hang up on their own soon after."""

_PERMANENT = 500
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)\s*$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # printable ASCII without space and angle brackets
_HEADER_END = b"\r\n\r\n"

Tls = Literal["auto", "none", "starttls", "implicit"]
"""`auto` takes STARTTLS when it is offered, whatever the certificate, for it would go on without one too; `starttls`
and `implicit` refuse to go on without a valid one."""


class SendFailed(Exception):
    """A mail was not handed over. Unless *permanent*, trying again later can help.

    *by_recipient* says that it is this recipient's server that will not have it now, and others' may.
    """

    def __init__(self, *, permanent: bool, reason: str, by_recipient: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.reason = reason
        self.by_recipient = by_recipient


class MailSender(Protocol):
    """Something that takes mails away."""

    async def send(self, raw: bytes, *, sender: str, to: str) -> None:
        """Hand over *raw* (CRLF lines) from the envelope address *sender* to the one recipient *to*.

        Returns once the mail is the other side's responsibility; raises `SendFailed` when it is not.
        """

    async def close(self) -> None:
        """Let go of connections; nothing can be sent afterwards."""


class MaildirSender:
    """Delivers into a Maildir (with `tmp`, `new`, `cur`), so that any mail program or page can show it.

    A mail's file name comes from its Message-ID: sent again after a crash it takes its own place instead of lying
    there twice (SPEC M4), also when it was read in between.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, raw: bytes, *, sender: str, to: str) -> None:
        """Deliver *raw* with the envelope in `Return-Path` and `Delivered-To`; safe on disk when this returns."""
        _refuse_bad_address(sender, to)
        try:
            await asyncio.to_thread(self._deliver, raw, sender, to)
        except OSError as error:
            raise SendFailed(permanent=False, reason=f"maildir: {error.strerror}") from error

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    def _deliver(self, raw: bytes, sender: str, to: str) -> None:
        for name in ("tmp", "new", "cur"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

        name = _stable_name(raw, to)
        if any((self.folder / "cur").glob(f"{name}*")):
            return

        waiting = self.folder / "tmp" / f"{name}.{os.getpid()}.{threading.get_ident()}"
        with waiting.open("wb") as file:
            file.write(f"Return-Path: <{sender}>\r\nDelivered-To: {to}\r\n".encode("ascii") + raw)
            file.flush()
            os.fsync(file.fileno())

        waiting.replace(self.folder / "new" / name)
        _sync_folder(self.folder / "new")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how to hand mails to an SMTP server."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: Tls = "auto"
    timeout: float = TIMEOUT_SECONDS


class SmtpSender:
    """Sends over a few connections that stay open between mails. Belongs to one event loop."""

    def __init__(self, server: SmtpServer, lanes: int = LANES) -> None:
        self.server = server
        self._free = asyncio.Semaphore(lanes)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []
        self._is_closed = False

    async def send(self, raw: bytes, *, sender: str, to: str) -> None:
        """Send *raw*; a connection that the server dropped while it was idle is replaced once, silently."""
        _refuse_bad_address(sender, to)
        async with self._free:
            try:
                await self._send_on_a_lane(raw, sender, to)
            except (aiosmtplib.SMTPException, OSError) as error:
                raise _failure(error, self.server) from error
            except ValueError as error:
                raise SendFailed(permanent=True, reason=f"not an address: {to!r}") from error

    async def close(self) -> None:
        """Say goodbye on every open connection; one that is in use is closed when its mail is handed over."""
        self._is_closed = True
        while self._idle:
            connection, _ = self._idle.pop()
            connection.close()

    async def _send_on_a_lane(self, raw: bytes, sender: str, to: str) -> None:
        reused = self._take()
        if reused is not None:
            try:
                await self._hand_over(reused, raw, sender, to)
                return
            except aiosmtplib.SMTPServerDisconnected:
                reused.close()

        await self._hand_over(await self._connect(), raw, sender, to)

    async def _hand_over(self, connection: aiosmtplib.SMTP, raw: bytes, sender: str, to: str) -> None:
        try:
            await connection.sendmail(sender, [to], raw)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused):
            self._keep(connection)
            raise
        except BaseException:
            connection.close()
            raise

        self._keep(connection)

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self.server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            timeout=server.timeout,
            use_tls=server.tls == "implicit",
            start_tls={"starttls": True, "auto": None}.get(server.tls, False),
            validate_certs=server.tls != "auto",
        )
        await connection.connect()

        return connection

    def _take(self) -> aiosmtplib.SMTP | None:
        """Return an open connection that has not idled for too long; close those that have."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_connected and now - since < IDLE_SECONDS:
                return connection

            connection.close()

        return None

    def _keep(self, connection: aiosmtplib.SMTP) -> None:
        if connection.is_connected and not self._is_closed:
            self._idle.append((connection, asyncio.get_running_loop().time()))
        else:
            connection.close()


def _failure(error: Exception, server: SmtpServer) -> SendFailed:
    """Return what *error* means for the mail; the reason names the server's own words, never a password."""
    where = f"{server.host}:{server.port}"
    said = " ".join(str(getattr(error, "message", error)).split()) or type(error).__name__
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            refused = error.recipients[0]
            reason = f"{where}: {refused.code} {refused.message}"
            return SendFailed(permanent=refused.code >= _PERMANENT, reason=reason, by_recipient=True)
        case aiosmtplib.SMTPAuthenticationError():
            return SendFailed(permanent=False, reason=f"{where}: log-in refused ({error.code})")
        case aiosmtplib.SMTPSenderRefused():
            # Like the log-in, our own address can be put right while the mail waits; the guest's is not at fault.
            return SendFailed(permanent=False, reason=f"{where}: {error.code} {said}")
        case aiosmtplib.SMTPConnectResponseError() | aiosmtplib.SMTPHeloError():
            return SendFailed(permanent=False, reason=f"{where}: {error.code} {said}")
        case aiosmtplib.SMTPReadTimeoutError():
            # It had greeted us: mostly it is the recipient's server that is slow, which some ask while we wait.
            return SendFailed(permanent=False, reason=f"{where}: {said}", by_recipient=True)
        case aiosmtplib.SMTPResponseException():
            reason = f"{where}: {error.code} {said}"
            return SendFailed(permanent=error.code >= _PERMANENT, reason=reason, by_recipient=True)
        case _:
            return SendFailed(permanent=False, reason=f"{where}: {said}")


def _refuse_bad_address(sender: str, to: str) -> None:
    """Raise for what cannot stand in an SMTP command or header (injection, non-ASCII); only *sender* may be empty."""
    for address in (to, sender) if sender else (to,):
        if _ADDRESS.fullmatch(address) is None:
            raise SendFailed(permanent=True, reason=f"not an address: {address!r}")


def _stable_name(raw: bytes, to: str) -> str:
    """Return a file name that is the same whenever this mail is sent to *to* again."""
    found = _MESSAGE_ID.search(raw[: raw.find(_HEADER_END) + 2])
    identity = found.group(1) if found else raw

    return f"{hashlib.sha256(identity + b' ' + to.encode()).hexdigest()[:32]}.rebook"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
