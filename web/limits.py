"""How much the pages bear: token buckets of bounded memory, and whose requests are counted together (SPEC L3). Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

AT_ONCE = timedelta(0)
"""The wait of who may go on."""

MOST_CLIENTS = 10_000
"""Buckets kept at a time, some 2 MB; who comes when all are in use shares one with the others."""

MOST_HOPS = 20
"""Proxies in a row that are followed; no real request has so many."""

LONGEST_HOP = 60
"""Characters of one address with its port and brackets."""

_LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_SHARED = object()


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and one more after every `refill`."""

    burst: int
    refill: timedelta


class Buckets:
    """One token bucket a client, all of the same rate.

    A client is kept as the moment when its bucket will be full again: a full one need not be kept. When `most` are in
    use, newcomers share one bucket, so that nobody passes uncounted.
    """

    def __init__(self, rate: Rate, most: int = MOST_CLIENTS) -> None:
        """Start with all buckets full."""
        self._rate = rate
        self._most = most
        self._full_at: dict[Hashable, datetime] = {}  # the one used longest ago comes first

    def __len__(self) -> int:
        """Return how many buckets are kept."""
        return len(self._full_at)

    def wait(self, client: Hashable, now: datetime) -> timedelta:
        """Return how long *client* must wait for its next turn; `AT_ONCE` if it need not. Takes nothing."""
        return self._wait(self._missing(self._place(client, now), now))

    def take(self, client: Hashable, now: datetime) -> timedelta:
        """Take a turn for *client*, or, where there is none, only return how long to wait for it."""
        place = self._place(client, now)
        missing = self._missing(place, now)
        wait = self._wait(missing)
        if wait == AT_ONCE:
            self._full_at.pop(place, None)
            self._full_at[place] = now + missing + self._rate.refill

        return wait

    def _place(self, client: Hashable, now: datetime) -> Hashable:
        if client in self._full_at or len(self._full_at) < self._most:
            return client

        self._forget_full(now)
        return client if len(self._full_at) < self._most else _SHARED

    def _forget_full(self, now: datetime) -> None:
        while self._full_at:
            oldest = next(iter(self._full_at))
            if self._full_at[oldest] > now:
                return

            del self._full_at[oldest]

    def _missing(self, place: Hashable, now: datetime) -> timedelta:
        """Return how long until the bucket is full; never more than for an empty one, should the clock be set back."""
        full_at = self._full_at.get(place)
        return AT_ONCE if full_at is None else min(max(full_at - now, AT_ONCE), self._rate.burst * self._rate.refill)

    def _wait(self, missing: timedelta) -> timedelta:
        return max(missing - (self._rate.burst - 1) * self._rate.refill, AT_ONCE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process bears. `trusted` are the proxies whose word about the client's address counts, beside loopback.

    `pages`, `posts` and `unknown` (tokens that are not ours) count by client, `booking_posts` by booking.
    """

    trusted: tuple[Network, ...] = ()
    pages: Buckets = field(default_factory=lambda: Buckets(Rate(120, timedelta(milliseconds=200))))
    posts: Buckets = field(default_factory=lambda: Buckets(Rate(60, timedelta(seconds=1))))
    unknown: Buckets = field(default_factory=lambda: Buckets(Rate(30, timedelta(seconds=2))))
    booking_posts: Buckets = field(default_factory=lambda: Buckets(Rate(40, timedelta(seconds=15))))


def client_of(peer: str | None, forwarded: Sequence[str], trusted: Iterable[Network]) -> str | None:
    """Return who sent a request, as it is counted; None for who is not counted: this machine, by no proxy.

    *forwarded* are the values of `X-Forwarded-For`. Each proxy adds to the right whom it heard, so the first from the
    right that is no proxy of ours is the client: what stands left of it, the client may have written itself. An IPv6
    client is its /64: all of that is one customer's.
    """
    near = _read_address(peer or "")
    if near is None:
        return "unknown"

    proxies = (*_LOOPBACK, *trusted)
    if not _is_in(near, proxies):
        return _counted(near)

    if not forwarded:
        return None if _is_in(near, _LOOPBACK) else _counted(near)

    for hop in _from_right(forwarded):
        address = _read_address(hop)
        if address is None:
            break

        near = address
        if not _is_in(near, proxies):
            break

    return _counted(near)


def _from_right(forwarded: Sequence[str]) -> Iterator[str]:
    left = MOST_HOPS
    for line in reversed(forwarded):
        for hop in reversed(line.rsplit(",", left)[-left:]):
            yield hop
            left -= 1

        if left <= 0:
            return


def _read_address(text: str) -> Address | None:
    """Read an address as proxies write it: with port, brackets or zone; IPv4 inside IPv6 is IPv4; None: it is none."""
    text = text.strip()
    if len(text) > LONGEST_HOP:
        return None

    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]

    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None

    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _counted(address: Address) -> str:
    return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)
