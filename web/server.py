"""The server under the pages: our own words for what is no request, and nobody is waited for long (SPEC L1)."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from aiohttp import web

from web.site import SITE, add_headers, locale_of, render_refused, render_trouble

if TYPE_CHECKING:
    from aiohttp.web_request import BaseRequest

    from web.site import Site

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 500
"""Open at a time: far below the 1024 files that a process may have, so that mail and database go on meanwhile."""

HEADER_SECONDS = 15.0
"""How long the head of a request may take, from its first byte, or from the connection for the first one."""

IDLE_SECONDS = 130.0
"""How long a connection may wait for its next request: longer than proxies keep theirs, who else meet a closed one."""

UNREAD_SECONDS = 30.0
"""How long an answer may lie unread by its receiver, where the system can tell (Linux)."""

LINGER_SECONDS = 5.0
"""How long the rest of a body is read that nobody asked for, so that its sender sees our answer."""


class SiteRunner(web.AppRunner):
    """Runs an application of ours as `AppRunner` does, over connections of our own."""

    async def _make_server(self) -> web.Server:
        whole = await super()._make_server()
        return _Server(whole, self.app[SITE])


class _Server(web.Server):
    """Hands requests to the application; answers itself what the application does not catch."""

    def __init__(self, whole: web.Server, site: Site) -> None:
        super().__init__(self._answer, request_factory=whole.request_factory)  # type: ignore[arg-type] # as aiohttp does
        self.site = site
        self._application = whole.request_handler

    def __call__(self) -> web.RequestHandler:
        return _Connection(self)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        connection = cast("_Connection", request.protocol)
        connection.begin_request()
        try:
            return await self._application(request)
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 a redirect is an answer
                raise

            # Such as an Expect that nobody can meet: aiohttp refuses it before any middleware, and repeats it.
            answer = render_refused(self.site, error, locale_of(self.site, request))
            add_headers(answer)
            return answer
        finally:
            connection.end_request()


class _Connection(web.RequestHandler):
    """One connection: it is closed when a request's head does not come, and when there are too many."""

    __slots__ = ("_answering", "_deadline", "_server")

    def __init__(self, server: _Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type] # aiohttp's own way to say that none is written
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGER_SECONDS,
            auto_decompress=False,  # no form of ours comes packed, and what does may unpack to anything
        )
        self._server = server
        self._deadline: asyncio.TimerHandle | None = None
        self._answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        connected = transport.get_extra_info("socket")
        if connected is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            # Closing waits until all is read, for ever if need be; the system gives such a connection up.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNREAD_SECONDS * 1000))

        if len(self._server.connections) > MOST_CONNECTIONS:
            self.force_close()
        else:
            self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._answering and self._deadline is None:
            self._expect_head()

        super().data_received(data)

    def begin_request(self) -> None:
        """A head has come whole."""
        self._answering = True
        self._forget_deadline()

    def end_request(self) -> None:
        """The answer is known; the next head may come when it likes."""
        self._answering = False

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 it repeats what was sent
    ) -> web.StreamResponse:
        """Answer what is no request, or a fault outside of every page: nothing of it is repeated, no version told."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer was begun already")

        if status < 500:  # noqa: PLR2004 a fault of theirs
            log.debug("no request: %s", type(exc).__name__)
            answer = render_trouble(self._server.site, "page.refused", status)
        else:
            error_id = uuid4().hex[:8]
            log.error("request failed", exc_info=exc, extra={"error_id": error_id})
            answer = render_trouble(self._server.site, "page.broken", status, error_id=error_id)

        add_headers(answer)
        answer.force_close()
        return answer

    def _expect_head(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(HEADER_SECONDS, self.force_close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
