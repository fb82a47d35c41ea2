"""Judge how sure it is that the guest wrote a message; a header proves something only from our own gate. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Literal

from authres import AuthenticationResultsHeader
from authres.core import AuthResError

from mailin.reading.message import Message

Authenticity = Literal["verified", "known", "unknown", "failed"]
"""Verified and known may act; unknown and failed change nothing (SPEC R7)."""

Finding = Literal["pass", "fail", "none", "unsure"]
"""What is known of a mail and the domain in its From, as DMARC has it.

Proven; not proven where the domain wants such mail stopped; neither of them; nobody can say now, which is no proof and
no leave to act either: else whoever can disturb DNS could speak for a domain that forbids it.
"""


MAILBOX_PEER = "imap"
"""What stands for the peer's IP where mail was taken from the operator's mailbox (`mailin.door.imap`)."""


def authenticate(
    message: Message,
    *,
    guest: str | None,
    peer: str | None,
    trust_authserv: Sequence[str],
    trusted_peers: Sequence[str],
) -> Authenticity:
    """Return how sure it is that *guest* (the address on file) wrote *message*, by what our own gate says of it.

    *peer* is the IP address that handed us the message, *trusted_peers* addresses and networks of our own gates,
    *trust_authserv* their authserv-ids. Only the topmost Authentication-Results counts, only with exactly such an id,
    and only from such a peer: everything below it may be the sender's own work (RFC 8601, section 5).
    """
    stated = finding_of_gate(message, peer=peer, trust_authserv=trust_authserv, trusted_peers=trusted_peers)
    return judge(message, guest=guest, finding=stated)


def judge(message: Message, *, guest: str | None, finding: Finding | None) -> Authenticity:
    """Return how sure it is that *guest* wrote *message*, of which our gate or our own check has *finding*."""
    if finding == "fail":
        return "failed"

    if guest is None or finding == "unsure" or single_sender(message) != guest.strip().lower():
        return "unknown"

    return "verified" if finding == "pass" else "known"


def single_sender(message: Message) -> str | None:
    """Return who wrote *message* if From says so plainly: one header, one mailbox, no group (RFC 9989, section 5)."""
    shown = message.header("from")
    if len(shown) != 1 or ":" in _BESIDES_ADDRESSES.sub("", shown[0][:_MAX_HEADER]):
        return None

    return message.sender


def finding_of_gate(
    message: Message, *, peer: str | None, trust_authserv: Sequence[str], trusted_peers: Sequence[str]
) -> Finding | None:
    """Return what a gate of ours says of *message* (see `authenticate`), None where none of them says anything."""
    return _dmarc(message, trust_authserv) if is_gate(peer, trusted_peers) else None


def is_gate(peer: str | None, trusted_peers: Sequence[str]) -> bool:
    """Return whether *peer* is one of our own gates."""
    return peer is not None and _is_trusted(peer, trusted_peers)


_MAX_HEADER = 4_000
_BESIDES_ADDRESSES = re.compile(r'"(?:[^"\\]|\\.)*"|=\?[^?\s]{1,80}\?[^?\s]\?[^?\s]{0,400}\?=')
"""Quoted names and encoded words of From: a colon there makes no group."""


def _is_trusted(peer: str, trusted_peers: Sequence[str]) -> bool:
    try:
        address = ip_address(peer)
        return any(address in ip_network(network, strict=False) for network in trusted_peers)
    except ValueError:
        # No IP address: a mailbox that mail was taken from, if it is named itself; a listener's peers always have one.
        return peer in trusted_peers


def _dmarc(message: Message, trust_authserv: Sequence[str]) -> Finding | None:
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

    if "temperror" in stated:
        return "unsure"

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
