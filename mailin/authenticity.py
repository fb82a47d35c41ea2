"""Judge how sure it is that the guest wrote a message; a header proves something only from our own gate. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Literal

from authres import AuthenticationResultsHeader
from authres.core import AuthResError

from mailin.message import Message

Authenticity = Literal["verified", "known", "unknown", "failed"]
"""Verified and known may act; unknown and failed change nothing (SPEC R7)."""


def authenticate(
    message: Message,
    *,
    guest: str | None,
    peer: str | None,
    trust_authserv: Sequence[str],
    trusted_peers: Sequence[str],
) -> Authenticity:
    """Return how sure it is that *guest* (the address on file) wrote *message*.

    *peer* is the IP address that handed us the message, *trusted_peers* addresses and networks of our own gates,
    *trust_authserv* their authserv-ids. Only the topmost Authentication-Results counts, only with exactly such an id,
    and only from such a peer: everything below it may be the sender's own work (RFC 8601, section 5).
    """
    trusted = peer is not None and _is_trusted(peer, trusted_peers)
    verdict = _dmarc(message, trust_authserv) if trusted else None
    if verdict == "fail":
        return "failed"

    if guest is None or message.sender is None or message.sender != guest.strip().lower():
        return "unknown"

    return "verified" if verdict == "pass" else "known"


_MAX_HEADER = 4_000


def _is_trusted(peer: str, trusted_peers: Sequence[str]) -> bool:
    try:
        address = ip_address(peer)
        return any(address in ip_network(network, strict=False) for network in trusted_peers)
    except ValueError:
        # No IP address (a Unix socket, a broken setting): nothing that could be trusted.
        return False


def _dmarc(message: Message, trust_authserv: Sequence[str]) -> str | None:
    """Return the DMARC result for the domain of From, None where no trusted gate states one."""
    topmost = next(iter(message.header("authentication-results")), None)
    if topmost is None or len(topmost) > _MAX_HEADER:
        return None

    try:
        parsed = AuthenticationResultsHeader.parse_value(topmost)
    except (AuthResError, ValueError, IndexError, AttributeError, RecursionError):
        # The sender may have written it: what cannot be read proves nothing.
        return None

    if str(parsed.authserv_id).lower() not in {name.lower() for name in trust_authserv}:
        return None

    stated = {_result(result, message.sender) for result in parsed.results if result.method == "dmarc"}
    if "fail" in stated:
        return "fail"

    return "pass" if stated == {"pass"} else None


def _result(result: object, sender: str | None) -> str:
    """Return a DMARC *result*, but a pass only for the domain that From shows."""
    value = str(getattr(result, "result", "")).lower()
    if value != "pass":
        return value

    domain = (sender or "").rpartition("@")[2]
    shown = [
        str(found.value).lower()
        for found in getattr(result, "properties", [])
        if (found.type, found.name) == ("header", "from")
    ]
    return "pass" if domain and all(name.rpartition("@")[2] == domain for name in shown) else "misaligned"
