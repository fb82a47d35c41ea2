"""How much the pages bear, and whose requests are counted together (SPEC L3). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from core.buckets import Buckets, Rate

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_HOPS = 20
"""Proxies in a row that are followed; no real request has so many."""

LONGEST_HOP = 60
"""Characters of one address with its port and brackets."""

_LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


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
