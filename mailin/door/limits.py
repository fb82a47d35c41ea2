"""How much of a stranger the mail listener bears: sizes, counts, seconds, and which addresses it reads. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from core.buckets import AT_ONCE, Buckets, Rate

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ALWAYS_EXEMPT: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""Loopback: the mail server in front of us, or the demo page."""

ATOM = r"[a-z0-9!#$&'*+/=?^_`{|}~-]+"
"""RFC 5321 atoms without the percent sign, which old relays read as a second address."""

LOCAL_PART = rf"(?=.{{1,64}}@){ATOM}(?:\.{ATOM})*"
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
RECIPIENT = re.compile(rf"({LOCAL_PART}@(?=.{{1,254}}\Z){LABEL}(?:\.{LABEL})*|postmaster)\.?", re.ASCII)
SENDER = re.compile(r"(?!@)(?!.*@.*@)[^\"(),:;<>\[\\\x00-\x20\x7f]{1,254}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one listener bears.

    `size` counts octets of a message as they come over the wire, `recipients` those accepted for one message,
    `sessions` all open connections, `per_peer` those of one address (one /64 of IPv6). `session_seconds` ends a
    session whatever it does, `idle_seconds` one that says nothing. `commands` and `errors` are counted from the
    last message that was stored, so that a mail server may send as many as it likes over one connection.

    `messages_per_minute` and `unknown_per_minute` (recipients that are not ours) count by address, whatever the
    connection.
    """

    size: int = 1_048_576
    recipients: int = 20
    sessions: int = 64
    per_peer: int = 8
    session_seconds: float = 120
    idle_seconds: float = 60
    commands: int = 1000
    errors: int = 20
    messages_per_minute: int = 60
    unknown_per_minute: int = 20

    @property
    def octets_between_messages(self) -> int:
        """All that is read before a session has to have delivered something: room to say 552 politely, no more."""
        return 8 * self.size + 65_536


class Exempt:
    """The peers without a limit of their own: this machine, and those that the operator trusts."""

    def __init__(self, peers: Sequence[str]) -> None:
        """Read IPs or CIDRs; ValueError if one is neither."""
        self._networks = ALWAYS_EXEMPT + tuple(ip_network(each, strict=False) for each in peers)

    def __contains__(self, peer: Address) -> bool:
        return any(peer in network for network in self._networks)


class Seats:
    """Who is connected now, in all and per peer."""

    def __init__(self, limits: Limits, exempt: Exempt) -> None:
        """Start with every seat free."""
        self._limits = limits
        self._exempt = exempt
        self._taken: Counter[bytes] = Counter()
        self._sessions = 0

    def enter(self, peer: Address) -> bool:
        """Take a seat, if there is one; who got one must `leave`."""
        key = _peer_key(peer)
        crowded = self._taken[key] >= self._limits.per_peer and peer not in self._exempt
        if crowded or self._sessions >= self._limits.sessions:
            return False

        self._taken[key] += 1
        self._sessions += 1
        return True

    def leave(self, peer: Address) -> None:
        """Give the seat back."""
        key = _peer_key(peer)
        self._taken[key] -= 1
        self._sessions -= 1
        if not self._taken[key]:
            del self._taken[key]


class Rates:
    """How much one peer may ask for in a minute, whatever it does with its connections (SPEC L3)."""

    def __init__(self, limits: Limits, exempt: Exempt) -> None:
        """Start with nothing counted."""
        self._exempt = exempt
        self._messages = Buckets(per_minute(limits.messages_per_minute))
        self._unknown = Buckets(per_minute(limits.unknown_per_minute))

    def may_send(self, peer: Address, now: datetime) -> bool:
        """Return whether *peer* may begin one more message, and count it if so."""
        return peer in self._exempt or self._messages.take(_peer_key(peer), now) == AT_ONCE

    def may_ask(self, peer: Address, now: datetime) -> bool:
        """Return whether *peer* may name one more recipient."""
        return peer in self._exempt or self._unknown.wait(_peer_key(peer), now) == AT_ONCE

    def missed(self, peer: Address, now: datetime) -> None:
        """Count a recipient that is not ours."""
        if peer not in self._exempt:
            self._unknown.take(_peer_key(peer), now)


def per_minute(count: int) -> Rate:
    """Return the rate that lets *count* through at once, and as many again in every minute."""
    return Rate(count, timedelta(minutes=1) / count)


def per_hour(count: int) -> Rate:
    """Return the rate that lets *count* through at once, and as many again in every hour."""
    return Rate(count, timedelta(hours=1) / count)


def peer_address(peername: object) -> Address | None:
    """Read the IP of a socket's peer name; IPv4 inside IPv6 is IPv4; None for a connection that is already gone."""
    if not isinstance(peername, tuple):
        return None

    address = ip_address(str(peername[0]).partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def readable_recipient(address: str) -> str | None:
    """Lower-case a recipient in plain ASCII syntax, or None for what we never hand out (SPEC T2).

    A trailing dot is dropped. `postmaster` may stand alone (RFC 5321 4.5.1). Quoted local parts, source routes,
    address literals, percent signs and control characters are None.
    """
    match = RECIPIENT.fullmatch(address.lower()) if address.isascii() else None
    return match[1] if match else None


def readable_sender(address: str, *, utf8: bool) -> bool:
    """Say whether a return path can be kept: one `@` at most, no quoting, no route, storable as UTF-8."""
    if not address.isascii() and not (utf8 and _is_encodable(address)):
        return False

    return SENDER.fullmatch(address) is not None


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _peer_key(peer: Address) -> bytes:
    return peer.packed[:8] if peer.version == 6 else peer.packed  # noqa: PLR2004 - one IPv6 customer has a whole /64
