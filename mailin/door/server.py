"""The mail door's listener: accepts SMTP or LMTP connections on our own event loop and hands raw mail to a `Door`."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime

from mailin.door.answers import BUSY, CLOSING
from mailin.door.door import Door, RawMail
from mailin.door.limits import Address, Exempt, Limits, Rates, Seats, peer_address
from mailin.door.session import Session, Terms, WireProtocol

__all__ = ["Door", "Limits", "Listener", "RawMail", "start_listener"]

DROP_SECONDS = 1.0
"""How long a dropped session may take to notice; a shutdown never hangs on one."""

log = logging.getLogger(__name__)


class Listener:
    """A listening port with its open sessions; made by `start_listener`."""

    def __init__(self, terms: Terms, exempt: Exempt) -> None:
        """Prepare for the terms; nothing listens yet."""
        self._terms = terms
        self._seats = Seats(terms.limits, exempt)
        self._sessions: dict[Session, Address] = {}
        self._server: asyncio.Server | None = None
        self._closing = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def port(self) -> int:
        """The port that was bound, also where 0 was asked for."""
        if self._server is None or not self._server.sockets:
            message = "not listening"
            raise RuntimeError(message)

        return int(self._server.sockets[0].getsockname()[1])

    async def open(self, host: str, port: int) -> None:
        """Bind and listen; OSError if the port is taken or forbidden."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Entrance(self), host, port)

    async def close(self, *, grace_seconds: float = 5.0) -> None:
        """Stop accepting, let messages on their way in be stored and answered, then close what is left."""
        self._closing = True
        if self._server is not None:
            self._server.close()

        for session in list(self._sessions):
            session.retire()

        if not await self._are_quiet_within(grace_seconds):
            log.warning("%d mail sessions did not end in time", len(self._sessions))
            for session in list(self._sessions):
                session.drop()

            await self._are_quiet_within(DROP_SECONDS)

        if self._server is not None:
            await self._server.wait_closed()

    def admit(self, transport: asyncio.Transport) -> None:
        """Seat a new connection, or send it away with 421 before it costs anything."""
        peer = peer_address(transport.get_extra_info("peername"))
        if peer is None:
            transport.abort()
            return

        if self._closing or not self._seats.enter(peer):
            log.info("connection refused: %s", "closing" if self._closing else "too many")
            transport.write((CLOSING if self._closing else BUSY).encode() + b"\r\n")
            transport.close()
            return

        session = Session(self._terms, peer, self._ended)
        self._sessions[session] = peer
        self._quiet.clear()
        transport.set_protocol(session)
        session.connection_made(transport)

    async def _are_quiet_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._quiet.wait(), seconds)
        except TimeoutError:
            return False

        return True

    def _ended(self, session: Session) -> None:
        self._seats.leave(self._sessions.pop(session))
        if not self._sessions:
            self._quiet.set()


async def start_listener(  # noqa: PLR0913 - each is one line of the configuration
    door: Door,
    *,
    host: str,
    port: int,
    protocol: WireProtocol,
    limits: Limits,
    exempt: Sequence[str],
    hostname: str,
    tls: ssl.SSLContext | None,
    clock: Callable[[], datetime],
) -> Listener:
    """Listen for mail (SPEC L1, L2).

    `exempt` peers (IP or CIDR, loopback always) have no limit per peer. With `tls`, STARTTLS is offered. By *clock*
    it is counted what comes in a minute. Port 0 takes a free one. OSError if the port cannot be bound, ValueError for
    a bad `exempt`.
    """
    unlimited = Exempt(exempt)
    terms = Terms(door, limits, protocol, hostname, tls, Rates(limits, unlimited), clock)
    listener = Listener(terms, unlimited)
    await listener.open(host, port)
    return listener


class _Entrance(asyncio.Protocol):
    """Stands in front of a session, so that a crowd costs no sessions."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._listener.admit(transport)
