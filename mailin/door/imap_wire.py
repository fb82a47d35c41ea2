"""A small IMAP client (RFC 3501, 2177, 6851): one command at a time, every line and literal bounded. Does I/O.

ImapFailed          the server, or the way to it, failed: connect again
├ ImapRefused       one command got NO or BAD; the connection is still good
└ LoginRefused      user and password are not taken: a person must mend that

Any other exception, cancellation too, leaves a connection in no known state: close it.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from mailin.door.imap_lines import (
    Listed,
    Response,
    folder_name,
    is_body_of,
    literal_size,
    quoted,
    read_listed,
    read_selected,
    shown,
    tells_of_mail,
)

PATIENCE_SECONDS = 60.0
"""How long the server may say nothing while it owes an answer."""

POLL_SECONDS = 60.0
"""How often is asked where the server cannot tell by itself (no IDLE)."""

LONGEST_HEADER = 65_536
"""Octets of a message's header that are fetched; what follows is not looked at."""

LONGEST_LINE = 65_536
MOST_LITERALS = 4
"""Literals in one response; what is asked for here has one."""


class ImapFailed(Exception):
    """The server, or the way to it, failed; the message says how and holds no secret."""


class ImapRefused(ImapFailed):
    """The server answered one command with NO or BAD."""


class LoginRefused(ImapFailed):
    """The server does not take user and password."""


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Whose mailbox it is and where; without `tls` nothing is encrypted, which is for loopback alone."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: ssl.SSLContext | None = None
    patience_seconds: float = PATIENCE_SECONDS
    poll_seconds: float = POLL_SECONDS

    @property
    def name(self) -> str:
        """What the folder is called in the database."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder as it is when it is opened: UIDs count under `validity`, new mail gets `next_uid` or more."""

    validity: int
    next_uid: int


class ImapConnection:
    """A connection that is logged in. `capabilities` are in capitals."""

    def __init__(self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.capabilities: frozenset[str] = frozenset()
        self._reader = reader
        self._writer = writer
        self._sent = 0
        self._has_news = False

    async def select(self) -> Selected:
        """Open the folder for reading and marking."""
        stated: dict[str, int] = {}

        def take(response: Response) -> None:
            if found := read_selected(response.line):
                stated[found[0]] = found[1]

        await self._ask(f"SELECT {folder_name(self.server.folder)}", take)
        if not stated.keys() >= {"UIDVALIDITY", "UIDNEXT"}:
            raise ImapFailed("the server numbers no messages (it states no UIDVALIDITY or UIDNEXT)")

        return Selected(stated["UIDVALIDITY"], stated["UIDNEXT"])

    async def list_from(self, uid: int, *, most: int, since: datetime | None = None) -> list[Listed]:
        """Return the first *most* messages from *uid* on that arrived at *since* or later, in order of UID."""
        self._has_news = False
        found: list[Listed] = []

        def take(response: Response) -> None:
            listed = read_listed(response.line)
            # "5:*" names the last message also where its number is lower (RFC 3501, 6.4.8).
            if listed is None or listed.uid < uid or (since and listed.arrived and listed.arrived < since):
                return

            found.append(listed)
            if len(found) > 4 * most:
                found[:] = sorted(found)[:most]

        await self._ask(f"UID FETCH {uid}:* (UID RFC822.SIZE FLAGS INTERNALDATE)", take)
        return sorted(found)[:most]

    async def header(self, uid: int) -> bytes | None:
        """Return the beginning of a message's header, which stays unseen; None if the message is gone."""
        return await self._fetch(uid, f"BODY.PEEK[HEADER]<0.{LONGEST_HEADER}>", LONGEST_HEADER)

    async def message(self, uid: int, *, most: int) -> bytes | None:
        """Return the first *most* octets of a message, which stays unseen; None if it is gone."""
        return await self._fetch(uid, f"BODY.PEEK[]<0.{most}>", most)

    async def mark(self, uid: int, *flags: str) -> None:
        """Set *flags* on a message beside those it has."""
        await self._ask(f"UID STORE {uid} +FLAGS.SILENT ({' '.join(flags)})")

    @property
    def can_move(self) -> bool:
        """Whether the server moves messages in one step (RFC 6851)."""
        return "MOVE" in self.capabilities

    async def move(self, uid: int, folder: str) -> None:
        """Move a message into *folder*, which is made where it is missing; one that is gone is no error."""
        name = folder_name(folder)
        try:
            await self._ask(f"UID MOVE {uid} {name}")
        except ImapRefused:
            await self._ask(f"CREATE {name}")
            await self._ask(f"UID MOVE {uid} {name}")

    async def wait_for_news(self, seconds: float) -> None:
        """Return when the folder may have something new, at the latest after *seconds*."""
        if self._has_news:
            return

        if "IDLE" not in self.capabilities:
            await asyncio.sleep(min(seconds, self.server.poll_seconds))
            await self._ask("NOOP")
            return

        tag = await self._send("IDLE")
        await self._may_go_on(tag)
        # Where nothing comes it is begun again, so that neither the server nor a router takes the connection for dead.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._has_news:
                    self._notice(await self._read(forever=True))

        await self._write(b"DONE\r\n")
        await self._answer(tag)

    async def close(self) -> None:
        """Hang up; what the server says to that does not matter."""
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    async def begin(self) -> None:
        """Read the greeting, log in, ask what the server can do."""
        with _as_failure(self.server):
            greeting = (await self._read()).line.upper()
            if not greeting.startswith((b"* OK", b"* PREAUTH")):
                raise ImapFailed(f"no IMAP server answers: {shown(greeting)}")

            await self._ask("CAPABILITY")
            if not greeting.startswith(b"* PREAUTH"):
                await self._log_in()

            await self._ask("CAPABILITY")

    async def _log_in(self) -> None:
        user, password = self.server.user, self.server.password
        try:
            if "AUTH=PLAIN" in self.capabilities:
                tag = await self._send("AUTHENTICATE PLAIN")
                await self._may_go_on(tag)
                await self._write(b64encode(f"\0{user}\0{password}".encode()) + b"\r\n")
                await self._answer(tag)
            else:
                await self._ask(f"LOGIN {quoted(user)} {quoted(password)}")
        except ImapRefused as refused:
            passing = any(f"[{code}" in str(refused).upper() for code in _PASSING)
            raise (ImapFailed if passing else LoginRefused)(str(refused)) from None

    async def _fetch(self, uid: int, part: str, most: int) -> bytes | None:
        fetched: list[bytes] = []

        def take(response: Response) -> None:
            if is_body_of(response.line, uid):
                fetched.append(b"".join(response.literals))

        await self._ask(f"UID FETCH {uid} (UID {part})", take, longest=most)
        return fetched[0] if fetched else None

    async def _ask(
        self, command: str, take: Callable[[Response], None] | None = None, *, longest: int = LONGEST_LINE
    ) -> None:
        await self._answer(await self._send(command), take, longest=longest)

    async def _send(self, command: str) -> bytes:
        self._sent += 1
        tag = b"R%d" % self._sent
        await self._write(tag + b" " + command.encode() + b"\r\n")
        return tag

    async def _write(self, data: bytes) -> None:
        with _as_failure(self.server):
            self._writer.write(data)
            async with asyncio.timeout(self.server.patience_seconds):
                await self._writer.drain()

    async def _answer(
        self, tag: bytes, take: Callable[[Response], None] | None = None, *, longest: int = LONGEST_LINE
    ) -> None:
        """Read up to the answer to *tag*, giving what comes before it to *take*."""
        while True:
            response = await self._read(longest=longest)
            if response.line.startswith(tag + b" "):
                _raise_unless_ok(response.line)
                return

            self._notice(response)
            if take is not None:
                take(response)

    async def _may_go_on(self, tag: bytes) -> None:
        """Read up to the server's request to go on (RFC 3501, 7.5)."""
        while True:
            response = await self._read()
            if response.line.startswith(b"+"):
                return

            if response.line.startswith(tag + b" "):
                _raise_unless_ok(response.line)
                raise ImapFailed("the server's answers make no sense")

            self._notice(response)

    def _notice(self, response: Response) -> None:
        line = response.line.upper()
        if line.startswith(b"* BYE"):
            raise ImapFailed(f"the server hung up: {shown(response.line)}")

        if line.startswith(b"* CAPABILITY "):
            self.capabilities = frozenset(line.decode("ascii", "replace").split()[2:])
        elif tells_of_mail(line):
            self._has_news = True
        elif not line.startswith((b"* ", b"+")):
            raise ImapFailed("the server's answers make no sense")

    async def _read(self, *, forever: bool = False, longest: int = LONGEST_LINE) -> Response:
        """Read one response with its literals; one that is longer than *longest* octets ends the connection."""
        patience = None if forever else self.server.patience_seconds
        line = b""
        literals: list[bytes] = []
        with _as_failure(self.server):
            while True:
                async with asyncio.timeout(patience):
                    line += (await self._reader.readuntil(b"\r\n"))[:-2]

                size = literal_size(line)
                if size is None:
                    return Response(line, tuple(literals))

                if size > longest or len(literals) == MOST_LITERALS:
                    raise ImapFailed("the server sends more than was asked for")

                async with asyncio.timeout(patience):
                    literals.append(await self._reader.readexactly(size))


async def connect(server: ImapServer) -> ImapConnection:
    """Connect and log in; raises `LoginRefused`, or `ImapFailed` for everything else."""
    with _as_failure(server):
        async with asyncio.timeout(server.patience_seconds):
            reader, writer = await asyncio.open_connection(server.host, server.port, ssl=server.tls, limit=LONGEST_LINE)

    connection = ImapConnection(server, reader, writer)
    try:
        await connection.begin()
    except BaseException:
        await connection.close()
        raise

    return connection


_PASSING = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN")  # RFC 5530: it is not the password


@contextmanager
def _as_failure(server: ImapServer) -> Iterator[None]:
    """Make an `ImapFailed` of everything that a network can do."""
    where = f"{server.host}:{server.port}"
    try:
        yield
    except asyncio.IncompleteReadError:
        raise ImapFailed(f"{where} closed the connection") from None
    except asyncio.LimitOverrunError:
        raise ImapFailed(f"{where} sends a line without end") from None
    except TimeoutError:
        raise ImapFailed(f"{where} does not answer") from None
    except ssl.SSLCertVerificationError as error:
        raise ImapFailed(f"{where} has no valid certificate: {error.verify_message}") from None
    except OSError as error:
        raise ImapFailed(f"{where} cannot be reached: {error.strerror or error}") from None


def _raise_unless_ok(line: bytes) -> None:
    _, _, said = line.partition(b" ")
    if not said.upper().startswith(b"OK"):
        raise ImapRefused(shown(said))
