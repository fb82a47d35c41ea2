"""What a bounce says: whom mail did not reach, whether it failed for good, and which message of ours it was. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email import message_from_bytes

from core.tokens import read_message_id
from mailin.machines.machine_words import has_late_subject
from mailin.reading.message import Message

SCANNED = 262_144
"""Octets of a report that are searched for our Message-ID: reports quote what came back, or its header."""


def failed_recipients(message: Message) -> tuple[str, ...]:
    """Return the addresses that a bounce says could not be reached for good, lower-case, none if it names none.

    flufl.bounce knows some hundred dialects; the Final-Recipient of RFC 3464 stands in where it finds nothing.
    """
    if _has_action(message, _ANY_ACTION) and not _has_action(message, _FAILED):
        return ()

    _, failed = _found(message)
    if not failed and _has_action(message, _FAILED):
        failed = frozenset(_FINAL.findall(message.delivery_status or ""))

    return tuple(sorted(address.lower() for address in failed))


def has_failed(message: Message) -> bool:
    """Return whether a bounce says that mail did not arrive: no report of a delay, or that it did (RFC 3464, 2.3.3).

    A server that gives up after days says "failed" with a status 4.x.x: that mail did not arrive either. What says
    nothing that we understand came back for some reason.
    """
    if _has_action(message, _ANY_ACTION):
        # Its fields rule: the words beside them may tell of somebody else, or quote.
        return _has_action(message, _FAILED)

    late, failed = _found(message)
    return bool(failed) or not (late or has_late_subject(message.subject))


def reported_key(raw: bytes, domain: str, keys: Sequence[str]) -> str | None:
    """Return the bounce key of the message of ours that a report quotes, None if it quotes no Message-ID signed by us.

    The quoted message's own Message-ID comes first, then what the report answers; References name older messages.
    """
    head = raw[:SCANNED]
    named = rb"<([0-9]{1,18}\.[a-z2-7]{16})@" + re.escape(domain.encode()) + rb">"
    for before in (rb"^[> \t]{0,20}Message-ID:\s{0,20}", rb"^In-Reply-To:\s{0,20}", rb""):
        for found in list(re.finditer(before + named, head, re.IGNORECASE | re.MULTILINE))[:_MOST_IDS]:
            key = found[1].decode().lower()
            if read_message_id(f"<{key}@{domain}>", domain, keys) is not None:
                return key

    return None


_MAX_SCANNED = 32 * 1024
_MAX_LINES = 2_000
_MAX_NESTED = 30
_MOST_IDS = 20
_FINAL = re.compile(
    r"^(?:Final|Original)-Recipient:[ \t]{0,20}(?:rfc822;)?[ \t]{0,20}<?([^<>\s;]{3,254})>?",
    re.MULTILINE | re.IGNORECASE,
)
_ANY_ACTION = re.compile(r"^Action:[ \t]{0,20}[a-z]", re.MULTILINE | re.IGNORECASE)
_FAILED = re.compile(r"^Action:[ \t]{0,20}(?:fail|error)", re.MULTILINE | re.IGNORECASE)


def _has_action(message: Message, action: re.Pattern[str]) -> bool:
    return action.search(message.delivery_status or "") is not None


def _found(message: Message) -> tuple[frozenset[str], frozenset[str]]:
    """Return whom flufl.bounce finds late and failed in the beginning of the message; nobody in what is nested deep.

    Its nesting could stall the library's parser, and many short lines its detectors.
    """
    head = b"\n".join(message.raw[:_MAX_SCANNED].split(b"\n", _MAX_LINES)[:_MAX_LINES])
    if head.lower().count(b"boundary") > _MAX_NESTED or head.lower().count(b"message/") > _MAX_NESTED:
        return frozenset(), frozenset()

    # Imported here: it brings a hundred detectors, and most mail is no bounce.
    from flufl.bounce import all_failures  # noqa: PLC0415 -- as said above

    try:
        late, failed = all_failures(message_from_bytes(head))
    except Exception:  # noqa: BLE001 -- detectors trip over broken reports in any way; the plain reader follows
        return frozenset(), frozenset()

    return _decoded(late), _decoded(failed)


def _decoded(addresses: frozenset[bytes]) -> frozenset[str]:
    return frozenset(address.decode("utf-8", "replace") for address in addresses)
