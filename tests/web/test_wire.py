"""Bytes that no browser sends: each is answered in our own words or not at all, soon, and the next guest is served."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from contextlib import suppress
from time import perf_counter

import pytest

from tests.story.salon import Salon, booking
from tests.web.browser import Browser, path_of
from web import server
from web.site import HEADERS

SECRET = "klingon"
"""Stands somewhere in what is sent: no answer repeats it."""

PATIENCE = 10.0
"""Seconds after which an answer would be no answer."""


async def exchange(browser: Browser, sent: bytes) -> bytes:
    """Send bytes over a connection of their own and return all that comes until it is closed."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(browser.base.rpartition(":")[2]))
        try:
            writer.write(sent)
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def headers_of(answer: bytes) -> dict[str, str]:
    lines = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


def assert_is_ours(answer: bytes) -> None:
    """Plain words with every header of ours, nothing said back, nothing of what we run on."""
    text = answer.decode("utf-8", "replace")
    headers = headers_of(answer)
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert headers["Server"] == "Rebook"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>" in text
    assert SECRET not in text
    assert not re.search(r"aiohttp|python|traceback|invalid|\d+\.\d+\.\d+", text, re.IGNORECASE)


NO_REQUESTS = {
    "no HTTP": b"klingon\r\n\r\n",
    "a mail": b"EHLO klingon\r\nMAIL FROM:<klingon@x>\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03klingon\r\n\r\n",
    "a bad method": b"GE(T /klingon HTTP/1.1\r\nHost: x\r\n\r\n",
    "a strange version": b"GET /klingon HTTP/9.9\r\nHost: x\r\n\r\n",
    "no Host": b"GET /klingon HTTP/1.1\r\n\r\n",
    "a NUL in the path": b"GET /klingon\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: klingon\x00\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n: klingon\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nklingon\r\n\r\n",
    "a bad length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: klingon\r\n\r\n",
    "a negative length": b"POST /klingon HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /klingon HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
    "an unknown encoding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: klingon\r\n\r\n",
    "a long path": b"GET /klingon" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nX: klingon" + b"x" * 9000 + b"\r\n\r\n",
    "a flood of headers": b"GET /klingon HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n",
    "a long forwarded-for": b"GET / HTTP/1.1\r\nX-Forwarded-For: " + b"klingon, " * 1200 + b"\r\n\r\n",
    "a broken address": b"GET http://[::klingon HTTP/1.1\r\nHost: x\r\n\r\n",
}


async def test_what_is_no_request_is_answered_in_our_words(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """L1, T5: 400 and the connection is closed; nothing is said back, and no log fills up with it."""
    for name, sent in NO_REQUESTS.items():
        began = perf_counter()
        answer = await exchange(browser, sent)

        assert perf_counter() - began < 1, name
        assert status_of(answer) == 400, name
        assert_is_ours(answer)

    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []
    assert (await browser.open("/healthz")).status == 200


async def test_a_token_in_a_broken_request_is_not_said_back(
    salon: Salon, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """T5: neither in the answer nor in the log."""
    caplog.set_level(logging.DEBUG)
    await salon.imports(booking())
    token = salon.tokens["jo"].encode()

    answer = await exchange(browser, b"GET /b/nova/manage/" + token + b"\x00 HTTP/1.1\r\nHost: x\r\n\r\n")

    assert_is_ours(answer)
    assert token not in answer
    assert token.decode() not in caplog.text


ODD_REQUESTS = [
    (b"GET %s HTTP/1.0\r\n\r\n", 200),  # no Host
    (b"GET %s\r\nConnection: close\r\n\r\n", 200),  # as in HTTP/0.9
    (b"GET %s?" + b"&".join(b"a%d=1" % number for number in range(1000)) + b" HTTP/1.0\r\n\r\n", 200),
    (b"GET %s?" + b"day=" + b"%2500" * 1000 + b" HTTP/1.0\r\n\r\n", 200),
    (b"GET http://klingon.example%s HTTP/1.0\r\n\r\n", 200),
    (b"HEAD %s HTTP/1.0\r\n\r\n", 200),
    (b"GET %s%%2f HTTP/1.0\r\n\r\n", 404),
    (b"GET %s%%00 HTTP/1.0\r\n\r\n", 404),
    (b"GET %s%%2500 HTTP/1.0\r\n\r\n", 404),
    (b"GET /b%%2fnova/manage/klingon HTTP/1.0\r\n\r\n", 404),
    (b"GET //klingon.example%s HTTP/1.0\r\n\r\n", 404),
    (b"GET /%%c0%%ae%%c0%%ae/klingon HTTP/1.0\r\n\r\n", 404),
    (b"GET /" + b"klingon/" * 1000 + b" HTTP/1.0\r\n\r\n", 404),
    (b"GET /static/%%2e%%2e/%%2e%%2e/pyproject.toml HTTP/1.0\r\n\r\n", 404),
    (b"GET /static/..%%2f..%%2fpyproject.toml HTTP/1.0\r\n\r\n", 404),
    (b"GET /static/page.css/klingon HTTP/1.0\r\n\r\n", 404),
    (b"GET /static/page.css%%00 HTTP/1.0\r\n\r\n", 404),
    (b"GET /static HTTP/1.0\r\n\r\n", 404),
    (b"GET /static/ HTTP/1.0\r\n\r\n", 404),
    (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
    (b"OPTIONS %s HTTP/1.0\r\n\r\n", 405),
    (b"TRACE %s HTTP/1.1\r\nHost: x\r\nX: klingon\r\nConnection: close\r\n\r\n", 405),
    (b"KLINGON %s HTTP/1.0\r\n\r\n", 400),
    (b"PROPFIND %s HTTP/1.0\r\n\r\n", 405),
    (b"DELETE /static/page.css HTTP/1.0\r\n\r\n", 405),
    (b"GET %s HTTP/1.1\r\nHost: x\r\nExpect: klingon\r\nConnection: close\r\n\r\n", 417),
    (b"GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n", 200),
]


async def test_odd_requests(salon: Salon, browser: Browser) -> None:
    """L1: what can be understood is answered; what not, kindly, with all our headers."""
    await salon.imports(booking())
    path = path_of("manage", salon.tokens["jo"]).encode()
    for sent, status in ODD_REQUESTS:
        answer = await exchange(browser, sent.replace(b"%s", path).replace(b"%%", b"%"))

        assert status_of(answer) == status, sent
        if status != 200:
            assert_is_ours(answer)

        if status == 405:
            assert headers_of(answer)["Allow"].startswith("GET,HEAD")

    assert await salon.history() == ["booked"]


async def test_connect_opens_no_way_through(browser: Browser) -> None:
    """L1: nor does it hold the connection."""
    answer = await exchange(browser, b"CONNECT klingon.example:443 HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n")

    assert answer == b"" or status_of(answer) in (400, 404, 405)
    assert b"klingon" not in answer


FORM = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"

BODIES = {
    "no length": (b"\r\n", 403),
    "nothing": (b"Content-Length: 0\r\n\r\n", 403),
    "a megabyte": (b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000, 413),
    "a megabyte in chunks": (
        b"Transfer-Encoding: chunked\r\n\r\n" + b"F4240\r\n" + b"x" * 1_000_000 + b"\r\n0\r\n\r\n",
        413,
    ),
    "ten thousand chunks": (b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n", 403),
    "no chunks": (b"Transfer-Encoding: chunked\r\n\r\nklingon\r\n", 400),
    "a huge chunk": (b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nklingon", 400),
    "waits to be told": (b"Expect: 100-continue\r\nContent-Length: 7\r\n\r\nklingon", 403),
    "packed": (
        b"Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nklingon",
        403,
    ),  # not unpacked: no form of ours comes so
}


async def test_bodies_of_every_kind(salon: Salon, browser: Browser) -> None:
    """L1: nothing is changed, and it takes no time."""
    await salon.imports(booking())
    head = FORM.replace(b"%s", path_of("cancel", salon.tokens["jo"]).encode())
    for name, (body, status) in BODIES.items():
        began = perf_counter()
        answer = (await exchange(browser, head + body)).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")

        assert perf_counter() - began < 2, name
        assert status_of(answer) == status, name
        assert_is_ours(answer)

    assert (await salon.booking()).status == "confirmed"


async def test_a_head_that_does_not_come_is_not_waited_for(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: nothing at all, half a head, or a byte now and then: the connection is closed all the same."""
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.3)

    async def drip() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(browser.base.rpartition(":")[2]))
        for _ in range(100):
            writer.write(b"X")
            await asyncio.sleep(0.02)
            if reader.at_eof() or reader.exception() is not None:
                break

        with suppress(ConnectionError):
            return await reader.read()

        return b""

    began = perf_counter()
    answers = await asyncio.gather(exchange(browser, b""), exchange(browser, b"GET / HTTP/1.1\r\nX: y"), drip())

    assert set(answers) == {b""}
    assert perf_counter() - began < 1.5


async def test_a_second_head_has_its_own_time(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: between two requests a connection may be still for long; from the first byte on it may not."""
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(browser.base.rpartition(":")[2]))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    first = await reader.readuntil(b"}}")
    await asyncio.sleep(0.5)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    second = await reader.readuntil(b"}}")
    writer.write(b"GET /healthz HTT")
    began = perf_counter()

    rest = await asyncio.wait_for(reader.read(), PATIENCE)

    assert (status_of(first), status_of(second), rest) == (200, 200, b"")
    assert 0.2 < perf_counter() - began < 1.5
    writer.close()


async def test_a_body_that_does_not_come_is_not_waited_for(
    salon: Salon, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L1: the form is given up, in words, and the connection is closed."""
    monkeypatch.setattr("web.visit.FORM_SECONDS", 0.2)
    monkeypatch.setattr(server, "LINGER_SECONDS", 0.2)
    await salon.imports(booking())
    path = path_of("cancel", salon.tokens["jo"]).encode()

    answer = await exchange(browser, FORM.replace(b"%s", path) + b"Content-Length: 100\r\n\r\nform=")

    assert status_of(answer) == 408
    assert_is_ours(answer)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux tells")
async def test_an_answer_that_nobody_reads_is_not_kept(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: who asks for much and reads nothing holds a place among the connections for a while only."""
    monkeypatch.setattr(server, "UNREAD_SECONDS", 0.5)
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 1)
    greedy = socket.socket()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    greedy.connect(("127.0.0.1", int(browser.base.rpartition(":")[2])))
    greedy.settimeout(0)
    with suppress(BlockingIOError):
        while True:
            greedy.send(b"GET /static/page.css HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
            await asyncio.sleep(0)

    refused = await exchange(browser, b"GET /healthz HTTP/1.0\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        while not (served := await exchange(browser, b"GET /healthz HTTP/1.0\r\n\r\n")):
            await asyncio.sleep(0.1)

    greedy.close()
    assert refused == b""
    assert status_of(served) == 200


async def test_so_many_connections_are_held(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: one more is closed at once; when others go, newcomers are served again."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 5)
    port = int(browser.base.rpartition(":")[2])
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]

    refused = await exchange(browser, b"GET /healthz HTTP/1.0\r\n\r\n")
    for _, writer in held:
        writer.close()
        await writer.wait_closed()

    async with asyncio.timeout(PATIENCE):
        while not (served := await exchange(browser, b"GET /healthz HTTP/1.0\r\n\r\n")):
            pass

    assert refused == b""
    assert status_of(served) == 200


async def test_requests_in_one_go_are_all_answered(browser: Browser) -> None:
    """L1: in order, whatever their number."""
    many = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 100

    answer = await exchange(browser, many + b"GET /healthz HTTP/1.0\r\n\r\n")

    assert re.findall(rb"HTTP/1.. (\d+)", answer) == [b"200"] * 101


async def test_a_body_that_breaks_off_is_nobodys_fault_but_its_senders(
    salon: Salon, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """L1: chunks that break later are waited for no longer than any; a guest who goes is no fault that is logged."""
    monkeypatch.setattr("web.visit.FORM_SECONDS", 0.3)
    monkeypatch.setattr(server, "LINGER_SECONDS", 0.2)
    await salon.imports(booking())
    head = FORM.replace(b"%s", path_of("cancel", salon.tokens["jo"]).encode())
    port = int(browser.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
    _, leaver = await asyncio.open_connection("127.0.0.1", port)
    leaver.write(head + b"Content-Length: 100\r\n\r\nform=")
    await asyncio.sleep(0.1)
    writer.write(b"klingon\r\n")
    leaver.transport.abort()

    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()

    assert status_of(answer) == 408
    assert_is_ours(answer)
    assert (await browser.open("/healthz")).status == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_fault_outside_of_every_page_is_told_like_any_other(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """L1: 500 with an id that the log has too, all headers, and nothing of our inside."""
    with monkeypatch.context() as broken:
        broken.setattr("web.site.locale_of", lambda *_: 1 / 0)
        answer = await exchange(browser, b"GET /klingon HTTP/1.1\r\nHost: x\r\n\r\n")

    (record,) = [record for record in caplog.records if record.name == "web.server"]

    assert status_of(answer) == 500
    assert_is_ours(answer)
    assert record.__dict__["error_id"] in answer.decode()
    assert (await browser.open("/healthz")).status == 200
