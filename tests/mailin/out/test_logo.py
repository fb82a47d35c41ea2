"""Fetching logos: by https, small, quick, from public addresses, seldom; and never the end of a mail."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from mailin.out import logo
from mailin.out.logo import KEPT, SULKING, Logos, fetch_logo, is_public
from mailin.out.picture import LARGEST, Picture
from tests.mailin.reading.openssl import openssl

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Site:
    """A web server on loopback; `asked` is what it was asked for."""

    url: str
    tls: ssl.SSLContext
    asked: list[str] = field(default_factory=list)

    async def fetch(self, path: str) -> Picture | None:
        """Fetch as if loopback were public."""
        return await fetch_logo(self.url + path, may_connect=lambda _: True, tls=self.tls)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Site]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = [
        "-keyout",
        str(key),
        "-out",
        str(cert),
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    ]
    openssl(*made, *named)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(cert, key)
    site = Site("", ssl.create_default_context(cafile=str(cert)))

    async def answer(request: web.Request) -> web.StreamResponse:
        site.asked.append(request.path)
        match request.path:
            case "/large":
                return web.Response(body=PNG + b"." * LARGEST)
            case "/svg":
                return web.Response(body=b"<svg/>", content_type="image/png")
            case "/moved" | "/round":
                raise web.HTTPFound("/logo" if request.path == "/moved" else "/round")
            case "/to-http":
                raise web.HTTPFound("http://localhost/logo")
            case "/slow":
                await asyncio.sleep(30)
                return web.Response(body=PNG)
            case "/logo":
                return web.Response(body=PNG, content_type="text/html")
            case _:
                raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=theirs).start()
    site.url = f"https://localhost:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        await runner.cleanup()


async def test_a_logo_is_fetched(tmp_path: Path) -> None:
    """Whatever type the server gives it; also where it has moved to."""
    async with serving(tmp_path) as site:
        assert await site.fetch("/logo") == Picture("image/png", PNG)
        assert await site.fetch("/moved") == Picture("image/png", PNG)


@pytest.mark.parametrize("path", ["/large", "/svg", "/round", "/to-http", "/missing"])
async def test_what_is_no_small_picture_is_left_out(tmp_path: Path, path: str) -> None:
    """L1: too large, another format, redirects without end, without encryption, nothing there."""
    async with serving(tmp_path) as site:
        assert await site.fetch(path) is None


async def test_a_slow_server_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail never waits longer than that."""
    monkeypatch.setattr(logo, "PATIENCE_SECONDS", 0.2)
    async with serving(tmp_path) as site, asyncio.timeout(5):
        assert await site.fetch("/slow") is None


async def test_a_certificate_must_be_valid(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        assert await fetch_logo(f"{site.url}/logo", may_connect=lambda _: True) is None

    assert site.asked == []


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_nothing_of_our_own_network_is_reached(tmp_path: Path, host: str) -> None:
    """L1 (SSRF): neither by a name nor by any way of writing an address."""
    async with serving(tmp_path) as site:
        tls = site.tls
        tls.check_hostname = False

        assert await fetch_logo(site.url.replace("localhost", host) + "/logo", tls=tls) is None

    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.png",
        "file:///etc/passwd",
        "https://",
        "https://user@example.com/",
        "https://[::1",
        "",
        "data:,x",
    ],
)
async def test_only_https_is_asked(url: str) -> None:
    """L1."""
    assert await fetch_logo(url) is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("64:ff9b::5db8:d822", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 nothing listens there
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::1", False),
        ("64:ff9b::a00:1", False),
        ("ff02::1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_what_is_public(address: str, *, public: bool) -> None:
    """L1: nothing of this machine, its network, its cloud's metadata, also inside an IPv6 address."""
    assert is_public(address) is public


@dataclass
class Shelf:
    """Logos in memory in place of the web's; `asked` counts."""

    found: Picture | None = None
    asked: int = 0
    now: datetime = NOW

    async def fetch(self, url: str) -> Picture | None:
        del url
        self.asked += 1
        return self.found


async def test_a_logo_is_asked_for_once_a_day() -> None:
    """Also one that cannot be had is not asked for with every mail; what was there stays until there is another."""
    shelf = Shelf(Picture("image/png", PNG))
    logos = Logos(lambda: shelf.now, shelf.fetch)

    for _ in range(3):
        assert await logos.find(["https://a.example/1"]) == {"https://a.example/1": shelf.found}

    assert shelf.asked == 1
    shelf.now += KEPT
    before, shelf.found = shelf.found, None
    assert await logos.find(["https://a.example/1"]) == {"https://a.example/1": before}
    assert await logos.find(["https://a.example/2"]) == {}
    assert shelf.asked == 3
    shelf.now += SULKING - timedelta(seconds=1)
    assert await logos.find(["https://a.example/2"]) == {}
    assert shelf.asked == 3
    shelf.now += timedelta(seconds=1)
    await logos.find(["https://a.example/1", "https://a.example/2"])
    assert shelf.asked == 5


async def test_few_logos_are_kept() -> None:
    """L1: the memory stays small however many businesses there are."""
    shelf = Shelf(Picture("image/png", PNG))
    logos = Logos(lambda: shelf.now, shelf.fetch)
    for number in range(logo.MOST_KEPT + 10):
        await logos.find([f"https://a.example/{number}"])

    await logos.find(["https://a.example/0"])

    assert shelf.asked == logo.MOST_KEPT + 11
