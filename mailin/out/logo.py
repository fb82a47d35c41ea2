"""Fetching a business's logo for its mails: small, quick, from public addresses only, kept for a day. Does network.

Nothing here raises for what others serve: a logo that cannot be had is left out, and the mail leaves in time.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from mailin.out.picture import LARGEST, read_picture

if TYPE_CHECKING:
    import socket

    from mailin.out.picture import Picture

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 3.0
"""How long a logo may take in all, name, redirects and picture."""

REDIRECTS = 3

KEPT = timedelta(days=1)
"""How long a logo is used before it is asked for again."""

SULKING = timedelta(minutes=15)
"""How long nothing is asked again after it could not be had."""

MOST_KEPT = 256
"""Logos kept at a time: 16 MiB of the largest."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Fetch = Callable[[str], Awaitable["Picture | None"]]


@dataclass(slots=True)
class Logos:
    """The logos of businesses by their URL, as they were last found."""

    clock: Callable[[], datetime]
    fetch: Fetch
    _kept: dict[str, tuple[Picture | None, datetime]] = field(default_factory=dict)

    async def find(self, urls: Collection[str]) -> Mapping[str, Picture]:
        """Return those of the logos at *urls* that can be had; takes `PATIENCE_SECONDS` at most, and seldom any."""
        now = self.clock()
        asked = [url for url in dict.fromkeys(urls) if url not in self._kept or self._kept[url][1] <= now]
        for url, picture in zip(asked, await asyncio.gather(*map(self.fetch, asked)), strict=True):
            self._keep(url, picture, now)

        found = {url: self._kept[url][0] for url in urls if url in self._kept}
        return {url: picture for url, picture in found.items() if picture is not None}

    def _keep(self, url: str, picture: Picture | None, now: datetime) -> None:
        """Keep what came; while nothing comes, the logo there was stays."""
        before, _ = self._kept.pop(url, (None, now))
        self._kept[url] = (picture, now + KEPT) if picture is not None else (before, now + SULKING)
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]


def is_public(address: str) -> bool:
    """Return whether *address* (an IP address) is anyone's, and not of this machine or the network it stands in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False

    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inside = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)

        if inside is not None:
            return is_public(str(inside))

    return found.is_global and not found.is_multicast


async def fetch_logo(
    url: str,
    *,
    may_connect: Callable[[str], bool] = is_public,
    tls: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
) -> Picture | None:
    """Return the picture at *url*, or None: it must come by https from addresses that *may_connect* allows.

    The address that was looked at is the one that is connected to, on every redirect: a name cannot mean one for the
    look and another for the call.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _fetch(url, _Guarded(resolver or ThreadedResolver(), may_connect), tls)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        log.warning("the logo at %s cannot be had: %s", url, str(error) or type(error).__name__)
        return None


async def _fetch(url: str, resolver: _Guarded, tls: ssl.SSLContext | None) -> Picture | None:
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, ssl=tls or True)
    headers = {"Accept": "image/png, image/jpeg, image/gif, image/webp", "Accept-Encoding": "identity"}
    async with aiohttp.ClientSession(connector=connector, headers=headers, auto_decompress=False) as session:
        for _ in range(REDIRECTS + 1):
            _refuse_bad_url(url, resolver.may_connect)
            async with session.get(url, allow_redirects=False) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue

                if answer.status != 200:  # noqa: PLR2004 what a picture comes with
                    raise ValueError(f"status {answer.status}")

                return _picture(await _read(answer))

    raise ValueError("too many redirects")


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Return what is served, one byte more than is taken at most."""
    data = b""
    async for chunk in answer.content.iter_chunked(8192):
        data += chunk
        if len(data) > LARGEST:
            raise ValueError(f"more than {LARGEST} bytes")

    return data


def _picture(data: bytes) -> Picture:
    picture = read_picture(data)
    if picture is None:
        raise ValueError("no picture that mail programs show")

    return picture


def _refuse_bad_url(url: str, may_connect: Callable[[str], bool]) -> None:
    """Raise ValueError for what is not https, and for an address in place of a name that may not be connected to."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise ValueError("not a plain https address")

    host = parts.hostname
    looks_like_one = ":" in host or host.replace(".", "").isdigit() or host.lower().startswith("0x")
    if looks_like_one and not may_connect(host):
        raise ValueError(f"{host} is no public address")


class _Guarded(AbstractResolver):
    """Looks names up and refuses a name that leads, even by one of its addresses, to where no stranger may reach."""

    def __init__(self, inner: AbstractResolver, may_connect: Callable[[str], bool]) -> None:
        self.inner = inner
        self.may_connect = may_connect

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = 0) -> list[ResolveResult]:  # type: ignore[assignment] # 0 is AF_UNSPEC, as aiohttp has it
        found = await self.inner.resolve(host, port, family)
        if not all(self.may_connect(one["host"]) for one in found):
            raise OSError(f"{host} leads to an address that is not public")

        return found

    async def close(self) -> None:
        await self.inner.close()
