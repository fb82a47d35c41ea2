"""One SMTP or LMTP conversation on our own event loop: aiosmtpd's dialogue with our limits, addresses and answers."""
# ruff: noqa: N802 - aiosmtpd finds a command by its name

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aiosmtpd.smtp import MISSING, SMTP, Envelope, TLSSetupException
from aiosmtpd.smtp import Session as Dialogue

from mailin.door.answers import (
    BARE_NEWLINE,
    CLOSING,
    CROWD,
    ENOUGH,
    GUESSING,
    IDLE,
    MALFORMED,
    STORED,
    TOO_BIG,
    TOO_FAST,
    TOO_LONG,
    TOO_MANY,
    TOO_MUCH,
    TRY_AGAIN,
    anonymous,
    checked_refusal,
    one_answer,
    report,
)
from mailin.door.data import has_bare_newline, read_message
from mailin.door.door import Door, RawMail
from mailin.door.limits import Address, Limits, Rates, readable_recipient, readable_sender

WireProtocol = Literal["smtp", "lmtp"]

NULL_PATH = "<>"
"""aiosmtpd's word for an empty return path: its own checks take an empty string for no MAIL at all."""

LAST_WORDS_SECONDS = 1.0
COMMANDS = ("smtp_MAIL", "smtp_RCPT", "smtp_DATA", "smtp_RSET", "smtp_NOOP", "smtp_QUIT", "smtp_VRFY")
GREETINGS = {"smtp": ("smtp_HELO", "smtp_EHLO"), "lmtp": ("smtp_LHLO",)}
PATH = re.compile(r"<([^<>]*)>(?:[ \t]+(.*))?", re.DOTALL)
DECLARED_SIZE = re.compile(r"\sSIZE=(\d+)(?=\s|$)", re.IGNORECASE | re.ASCII)

log = logging.getLogger(__name__)

# aiosmtpd writes every command line, and with it every token, to this logger (SPEC T5).
logging.getLogger("mail.log").disabled = True


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for every session of one listener."""

    door: Door
    limits: Limits
    protocol: WireProtocol
    hostname: str
    tls: ssl.SSLContext | None
    rates: Rates
    clock: Callable[[], datetime]


class Session(SMTP):
    """One connection, from greeting to goodbye.

    `250` is said only after the door's `store` returned (SPEC L2). LMTP answers once per recipient (RFC 2033);
    SMTP has one answer for all: if some are stored and some not it is a 451, the message comes again, those stored
    are recognised by the store and those refused are told at RCPT.
    """

    def __init__(self, terms: Terms, peer: Address, on_end: Callable[[Session], None]) -> None:
        """Prepare for one peer; `on_end` is called once, when the connection is gone."""
        self._terms = terms
        self._peer = peer
        self._on_end: Callable[[Session], None] | None = on_end
        self._replies = self._errors = self._octets = 0
        self._busy = self._in_data = self._retiring = self._delivered = False
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        self._deadline = self._heard + terms.limits.session_seconds
        super().__init__(
            _NO_HOOKS,
            data_size_limit=terms.limits.size,
            enable_SMTPUTF8=True,
            hostname=terms.hostname,
            ident=f"{'ESMTP' if terms.protocol == 'smtp' else 'LMTP'} ready",
            tls_context=terms.tls,
            loop=loop,
        )

    def __dir__(self) -> Iterable[str]:
        """List the commands spoken here.

        aiosmtpd walks over `dir()` three times per connection to find them; everything else listed is time lost
        (0.2 ms), and what is not listed (AUTH, EXPN, HELP) is an unknown command.
        """
        return COMMANDS + GREETINGS[self._terms.protocol] + (("smtp_STARTTLS",) if self._terms.tls else ())

    def retire(self) -> None:
        """Say goodbye now, or after the answer to a message that is on its way in."""
        self._retiring = True
        if not self._in_data:
            self.cut(CLOSING)

    def cut(self, line: str) -> None:
        """End the session with one last line; a peer that does not read it is dropped a second later."""
        transport = self.transport
        if isinstance(transport, asyncio.Transport) and not transport.is_closing():
            transport.write(line.encode() + b"\r\n")
            transport.close()
            self.loop.call_later(LAST_WORDS_SECONDS, self.drop)

        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def drop(self) -> None:
        """Close without another word."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Count what comes in: neither an endless line nor an endless message is read for ever."""
        self._heard = self.loop.time()
        self._octets += len(data)
        if self._octets > self._terms.limits.octets_between_messages:
            self.cut(TOO_BIG if self._in_data else TOO_MUCH)
            return

        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Give the seat back; aiosmtpd calls this twice after a failed TLS handshake."""
        if self._on_end is None:
            return

        on_end, self._on_end = self._on_end, None
        super().connection_lost(error)
        on_end(self)

    async def push(self, status: str | bytes) -> None:
        """Send one reply and count it: sessions that only talk are ended."""
        line = status if isinstance(status, str) else status.decode("ascii", "replace")
        self._replies += 1
        self._errors += line[0] in "45" and line != CROWD
        if self._replies > self._terms.limits.commands or self._errors > self._terms.limits.errors:
            self.cut(TOO_MANY)
            await asyncio.sleep(0)  # where the cancellation arrives
            return

        await super().push(line)

    async def handle_exception(self, error: Exception) -> str:
        """Turn any fault of ours into "try again later": a 5xx would make the sender give up."""
        return TRY_AGAIN if isinstance(error, TLSSetupException) else report(error)

    async def smtp_EHLO(self, arg: str | None) -> None:
        """Greet in one write, and say what is spoken."""
        if not arg or self.session is None:
            await self.push("501 5.5.4 Name yourself")
            return

        self.envelope = Envelope()
        self.session.extended_smtp = True
        self.session.host_name = arg
        words = [self.hostname, "PIPELINING", "8BITMIME", "SMTPUTF8"]
        if self._terms.tls and not self._tls_protocol:
            words.append("STARTTLS")

        greeting = [f"250-{word}" for word in words]
        await self.push("\r\n".join([*greeting, f"250 SIZE {self._terms.limits.size}"]))

    async def smtp_LHLO(self, arg: str | None) -> None:
        """LMTP's greeting (RFC 2033 4.1)."""
        await self.smtp_EHLO(arg)

    async def smtp_VRFY(self, _arg: str | None) -> None:
        """Answer the same for every address."""
        await self.push("252 2.0.0 Send mail and see")

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Refuse a declared size before anything of it is sent; end an old session here, where nothing is lost."""
        limits = self._terms.limits
        if self._delivered and self.loop.time() > self._deadline - limits.session_seconds / 2:
            self.cut(ENOUGH)
            return

        declared = DECLARED_SIZE.search(arg or "")
        if declared and int(declared[1]) > limits.size:
            await self.push(TOO_BIG)
            return

        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        """Read one message, store it, then answer for it."""
        if await self.check_helo_needed():
            return

        envelope = self.envelope
        if arg or envelope is None or not envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA takes no argument" if arg else "503 5.5.1 No recipient yet")
            return

        self._in_data = True
        try:
            await self.push("354 End with <CR><LF>.<CR><LF>")
            raw, self._octets = await read_message(self._reader, self._terms.limits.size)
            self.envelope = Envelope()
            await self.push(await self._answer(envelope, raw))
        finally:
            self._in_data = False

        if self._retiring:
            self.cut(CLOSING)

    async def _handle_client(self) -> None:
        try:
            await super()._handle_client()
        except ConnectionError:
            log.debug("peer gone in the middle of a reply")
        finally:
            if self._original_transport is not None and (self.session is None or self.session.ssl is None):
                # A handshake that never ended: TLS tells nobody that the connection is lost.
                self.drop()
                self.connection_lost(None)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # The library's parser takes quoted local parts, source routes and NUL, and 0.1 ms.
        match = PATH.fullmatch(arg)
        return (match[1] or NULL_PATH, match[2] or "") if match else (None, None)

    async def _call_handler_hook(self, command: str, *args: object) -> object:
        if command == "MAIL":
            return self._accept_sender(str(args[0]))

        if command == "RCPT":
            return await self._accept_recipient(str(args[0]))

        return MISSING

    def _accept_sender(self, address: str) -> object:
        utf8 = self.envelope is not None and self.envelope.smtp_utf8
        if address != NULL_PATH and not readable_sender(address, utf8=utf8):
            return MALFORMED

        return MISSING if self._terms.rates.may_send(self._peer, self._terms.clock()) else TOO_FAST

    async def _accept_recipient(self, address: str) -> str:
        envelope = self.envelope
        rcpt = readable_recipient(address)
        if rcpt is None or envelope is None:
            return MALFORMED

        if len(envelope.rcpt_tos) >= self._terms.limits.recipients:
            return CROWD

        rates, now = self._terms.rates, self._terms.clock()
        if not rates.may_ask(self._peer, now):
            return GUESSING

        self._busy = True
        try:
            refusal = await self._terms.door.can_receive(rcpt, str(self._peer))
        finally:
            self._done_waiting()

        if refusal is not None:
            if refusal.startswith("5"):
                rates.missed(self._peer, now)

            return checked_refusal(refusal)

        envelope.rcpt_tos.append(rcpt)
        return "250 2.1.5 OK"

    async def _answer(self, envelope: Envelope, raw: bytes | None) -> str:
        if raw is None:
            statuses = [TOO_BIG] * len(envelope.rcpt_tos)
        elif has_bare_newline(raw):
            statuses = [BARE_NEWLINE] * len(envelope.rcpt_tos)
        else:
            statuses = await self._store(envelope, raw)

        return "\r\n".join(statuses) if self._terms.protocol == "lmtp" else one_answer(statuses)

    async def _store(self, envelope: Envelope, raw: bytes) -> list[str]:
        sender = "" if envelope.mail_from == NULL_PATH else envelope.mail_from or ""
        peer, recipients = str(self._peer), list(dict.fromkeys(envelope.rcpt_tos))
        self._busy = True
        try:
            results = await self._terms.door.store([RawMail(peer, sender, rcpt, raw) for rcpt in recipients])
            statuses = {
                rcpt: STORED if result is None else checked_refusal(result)
                for rcpt, result in zip(recipients, results, strict=True)
            }
        except Exception as error:  # noqa: BLE001 - whatever the store did: the sender keeps the message
            failure = report(error)
            statuses = dict.fromkeys(recipients, failure)
        finally:
            self._done_waiting()

        if STORED in statuses.values():
            self._delivered = True
            self._replies = self._errors = 0

        if log.isEnabledFor(logging.INFO):
            log.info("message of %d octets: %s", len(raw), {anonymous(r): s[:3] for r, s in statuses.items()})

        return [statuses[rcpt] for rcpt in envelope.rcpt_tos]

    def _done_waiting(self) -> None:
        self._busy = False
        self._heard = self.loop.time()

    def _create_session(self) -> Dialogue:
        return Dialogue(self.loop)

    def _reset_timeout(self, _duration: float | None = None) -> None:
        # aiosmtpd starts its clock anew at every command, so that NOOP lives for ever. Ours is set once.
        if self._timeout_handle is None:
            self._set_clock()

    def _set_clock(self) -> None:
        since = self.loop.time() if self._busy else self._heard
        due = min(self._deadline, since + self._terms.limits.idle_seconds)
        self._timeout_handle = self.loop.call_at(due, self._timeout_cb)

    def _timeout_cb(self) -> None:
        now = self.loop.time()
        if now >= self._deadline:
            self.cut(TOO_LONG)
        elif not self._busy and now >= self._heard + self._terms.limits.idle_seconds:
            self.cut(IDLE)
        else:
            self._set_clock()


_NO_HOOKS = object()
