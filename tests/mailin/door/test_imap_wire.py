"""Whatever a server says, the client ends with what was asked for or with one clear failure, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailin.door.imap_lines import Listed, folder_name, quoted, read_listed, shown
from mailin.door.imap_wire import ImapConnection, ImapFailed, ImapRefused, ImapServer, LoginRefused, connect

Script = Callable[[bytes, bytes], bytes]
"""What a made-up server says to (tag, command)."""

GREETING = b"* OK ready\r\n"
DONE = b" OK done\r\n"


def polite(tag: bytes, command: bytes) -> bytes:
    """Answer as a plain IMAP4rev1 server does."""
    if command == b"CAPABILITY":
        return b"* CAPABILITY IMAP4rev1 IDLE\r\n" + tag + DONE

    if command.startswith(b"SELECT"):
        return b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 12] ok\r\n* 3 EXISTS\r\n" + tag + DONE

    return tag + DONE


def but(word: bytes, said: bytes) -> Script:
    """Answer politely, but say *said* (with TAG for the tag) to commands that begin with *word*."""

    def script(tag: bytes, command: bytes) -> bytes:
        return said.replace(b"TAG", tag) if command.startswith(word) else polite(tag, command)

    return script


@asynccontextmanager
async def serving(
    script: Script = polite, *, greeting: bytes = GREETING
) -> AsyncIterator[tuple[ImapServer, list[bytes]]]:
    """Serve by *script*; yields how to get there, and the commands as they come. "HANG UP" in a script hangs up."""
    heard: list[bytes] = []

    talks: list[asyncio.Task[None]] = []

    def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.create_task(talk(reader, writer)))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            await answer_commands(reader, writer)

    async def answer_commands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while line := await reader.readline():
            heard.append(line.strip())
            tag, _, command = line.strip().partition(b" ")
            answer = script(tag, command)
            writer.write(answer.partition(b"HANG UP")[0])
            if b"HANG UP" in answer:
                break

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield ImapServer("127.0.0.1", port, "shop@mail.example", 'se"cret', patience_seconds=0.4), heard
        for one in talks:
            one.cancel()

        await asyncio.gather(*talks, return_exceptions=True)


@asynccontextmanager
async def connected(script: Script = polite) -> AsyncIterator[ImapConnection]:
    async with serving(script) as (server, _):
        connection = await connect(server)
        try:
            yield connection
        finally:
            await connection.close()


async def test_a_plain_server_is_logged_in_to_by_quoted_words() -> None:
    async with serving() as (server, heard):
        connection = await connect(server)
        selected = await connection.select()
        await connection.close()

    assert heard[1] == b'R2 LOGIN "shop@mail.example" "se\\"cret"'
    assert heard[-1] == b'R4 SELECT "INBOX"'
    assert (selected.validity, selected.next_uid) == (7, 12)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] no\r\n", LoginRefused),
        (b"TAG NO no such user\r\n", LoginRefused),
        (b"TAG BAD what\r\n", LoginRefused),
        (b"TAG NO [UNAVAILABLE] later\r\n", ImapFailed),
    ],
)
async def test_a_refused_login_is_told_from_one_that_cannot_be_now(said: bytes, kind: type[ImapFailed]) -> None:
    """RFC 5530."""
    async with serving(but(b"LOGIN", said)) as (server, _):
        with pytest.raises(ImapFailed) as failed:
            await connect(server)

    assert type(failed.value) is kind
    assert "cret" not in str(failed.value)


@pytest.mark.parametrize(
    "greeting",
    [
        b"* BYE too many\r\n",
        b"220 mx.example ESMTP\r\n",
        b"",
        b"x" * 200_000,
        b"\x00\xff\r\n",
        b"* OK {99999999999}\r\n",
    ],
)
async def test_what_is_no_imap_server_is_said_to_be_none(greeting: bytes) -> None:
    """L1: nothing there to wait for, nothing kept without bounds."""
    async with serving(greeting=greeting) as (server, _):
        with pytest.raises(ImapFailed):
            await connect(server)


async def test_a_port_where_nobody_listens_is_a_failure() -> None:
    async with serving() as (server, _):
        pass

    with pytest.raises(ImapFailed, match="cannot be reached"):
        await connect(server)


@pytest.mark.parametrize(
    "said",
    [
        b"* 1 FETCH (UID 5 BODY[] {2000000}\r\n",
        b"* 1 FETCH (UID 5 BODY[] {10}\r\nabcHANG UP",
        b"* 1 FETCH (UID 5 BODY[] {10}\r\nabc",
        b"* 1 FETCH " + b"(" * 200_000,
        b"* 1 FETCH (UID 5 " + b"BODY[] {0}\r\n" * 9 + b")\r\nTAG OK\r\n",
        b"* BYE going down\r\n",
        b"R999 OK not yours\r\n",
        b"rubbish\r\n",
        b"HANG UP",
        b"",
    ],
)
async def test_a_fetch_that_goes_wrong_ends_the_connection(said: bytes) -> None:
    """L1: a literal beyond what was asked for, cut short, an endless line, silence."""
    async with connected(but(b"UID FETCH", said)) as connection:
        with pytest.raises(ImapFailed):
            await connection.message(5, most=1000)


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (b"* 1 FETCH (UID 5 BODY[]<0> {5}\r\nhello)\r\nTAG OK\r\n", b"hello"),
        (b"* 1 FETCH (BODY[]<0> {5}\r\nhello UID 5)\r\nTAG OK\r\n", b"hello"),
        (b"* 1 FETCH (BODY[]<0> {9}\r\nTAG OK)\r\n UID 5)\r\nTAG OK\r\n", b"TAG OK)\r\n"),
        (b"* 9 EXISTS\r\n* 1 FETCH (UID 5 BODY[] NIL)\r\nTAG OK\r\n", b""),
        (b"* 1 FETCH (UID 6 BODY[] {5}\r\nother)\r\nTAG OK\r\n", None),
        (b"* 1 FETCH (UID 5 FLAGS (\\Seen))\r\nTAG OK\r\n", None),
        (b"TAG OK\r\n", None),
    ],
)
async def test_the_octets_asked_for_are_told_from_all_else(said: bytes, body: bytes | None) -> None:
    """A literal may hold anything, also what looks like an answer."""
    script = but(b"UID FETCH", said.replace(b"{9}\r\nTAG OK)", b"{9}\r\nRxx OK)"))
    async with connected(script) as connection:
        found = await connection.message(5, most=1000)

    assert found == (body if body is None else body.replace(b"TAG", b"Rxx"))


async def test_a_command_that_is_refused_leaves_the_connection_good() -> None:
    async with connected(but(b"UID STORE", b"TAG NO read-only\r\n")) as connection:
        with pytest.raises(ImapRefused, match="read-only"):
            await connection.mark(5, "\\Seen")

        assert (await connection.select()).next_uid == 12


async def test_messages_are_listed_in_order_from_the_number_asked_for() -> None:
    """RFC 3501, 6.4.8: "12:*" names the last message, too."""
    said = b"".join(
        b'* %d FETCH (UID %d RFC822.SIZE 10 FLAGS (\\Seen) INTERNALDATE " 1-Nov-2026 10:00:00 +0100")\r\n' % (uid, uid)
        for uid in (30, 11, 14, 12)
    )
    async with connected(but(b"UID FETCH", said + b"TAG OK\r\n")) as connection:
        found = await connection.list_from(12, most=2)
        recent = await connection.list_from(12, most=2, since=datetime(2026, 11, 2, tzinfo=UTC))

    arrived = datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert found == [Listed(12, 10, frozenset({"\\seen"}), arrived), Listed(14, 10, frozenset({"\\seen"}), arrived)]
    assert recent == []


async def test_news_that_came_before_an_idle_is_not_waited_for() -> None:
    async with connected(but(b"NOOP", b"* 4 EXISTS\r\nTAG OK\r\n")) as connection:
        connection.capabilities = frozenset()
        connection.server = replace(connection.server, poll_seconds=0)
        await connection.wait_for_news(5)
        async with asyncio.timeout(1):
            await connection.wait_for_news(3600)


async def test_an_idle_that_the_server_never_begins_is_given_up() -> None:
    """L1: the server hangs up or says nothing instead of going on."""
    for said in (b"* BYE timeout\r\nHANG UP", b"", b"TAG OK what\r\n", b"TAG BAD no\r\n"):
        async with connected(but(b"IDLE", said)) as connection:
            with pytest.raises(ImapFailed):
                await connection.wait_for_news(5)


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", '"INBOX"'),
        ("[Gmail]/All Mail", '"[Gmail]/All Mail"'),
        ('a "b" \\ c & d', '"a \\"b\\" \\\\ c &- d"'),
        ("Отправленные", '"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"'),
        ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),
    ],
)
def test_names_of_folders_are_written_in_modified_utf7(name: str, wire: str) -> None:
    """RFC 3501, 5.1.3, with its own example."""
    assert folder_name(name) == wire


def test_lines_are_read_and_shown_strictly() -> None:
    assert quoted('"\\') == '"\\"\\\\"'
    assert read_listed(b"* 1 FETCH (FLAGS (\\Seen))") is None
    assert read_listed(b"* 1 EXPUNGE") is None
    assert read_listed(b'* 1 FETCH (UID 1 RFC822.SIZE 2 INTERNALDATE "yesterday")') == Listed(1, 2, frozenset(), None)
    assert shown(b"a\x1b[2J\xff" + b"x" * 500) == "a?[2J\ufffd" + "x" * 194
