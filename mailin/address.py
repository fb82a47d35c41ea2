"""Read an envelope recipient strictly: whose reply is it, which invitation's, which bounce's (SPEC T2)? Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """`reply+TOKEN@`: the booking whose manage token this is, in its one canonical form (SPEC T1)."""

    token: str


@dataclass(frozen=True, slots=True)
class CalendarOf:
    """`cal+KEY@`: the weaker address that stands in an invitation as its ORGANIZER (SPEC T5)."""

    key: str


@dataclass(frozen=True, slots=True)
class BounceOf:
    """`bounce+KEY@`: the envelope sender of one message of ours, so that what comes back names it (VERP)."""

    key: str


@dataclass(frozen=True, slots=True)
class PlainReply:
    """`reply@` without a token: the booking can be known only by the message that is answered."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """`postmaster`, with and without a domain: always accepted (RFC 5321, 4.5.1)."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """None of ours."""


Recipient = ReplyTo | CalendarOf | BounceOf | PlainReply | Postmaster | Foreign

MAX_LOCAL_PART = 64
"""Octets (RFC 5321, 4.5.3.1.1)."""

MAX_ADDRESS = 320
"""Characters that are looked at: a full local part, "@" and a full domain."""


def read_recipient(address: str, domain: str) -> Recipient:
    """Return what *address* means at our *domain*; anything not exactly ours is `Foreign`.

    Letters may come in either case, and what mail systems leave around an address (a bracket, a trailing dot) is
    ignored; nothing else is: no quotes, no routes, no percent, only ASCII (SPEC T2).
    """
    if len(address) > MAX_ADDRESS or not address.isascii() or not address.isprintable():
        return Foreign()

    plain = address.strip().lstrip("<([").rstrip(".>)],;").lower()
    if plain == "postmaster":
        return Postmaster()

    local, at, host = plain.rpartition("@")
    if not at or host != domain.lower() or len(local) > MAX_LOCAL_PART:
        return Foreign()

    return _meaning(local)


_TOKEN = re.compile(r"[a-z2-7]{42}")
_KEY = re.compile(r"[a-z0-9][a-z0-9.-]{0,55}")


def _meaning(local: str) -> Recipient:
    match local.partition("+"):
        case ("postmaster", "", ""):
            return Postmaster()
        case ("reply", "", ""):
            return PlainReply()
        case ("reply", "+", token) if _TOKEN.fullmatch(token.rstrip(".>)]")):
            return ReplyTo(token.rstrip(".>)]"))
        case ("cal", "+", key) if _KEY.fullmatch(key):
            return CalendarOf(key)
        case ("bounce", "+", key) if _KEY.fullmatch(key):
            return BounceOf(key)
        case _:
            return Foreign()
