"""Make and read addresses of ours: whose reply is it, which invitation's, which bounce's (SPEC T2)? Pure."""

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
class ProbeOf:
    """`check+KEY@`: a mail of `rebook check --mail` to ourselves, which is about no booking."""

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


Recipient = ReplyTo | CalendarOf | BounceOf | ProbeOf | PlainReply | Postmaster | Foreign

MAX_LOCAL_PART = 64
"""Octets (RFC 5321, 4.5.3.1.1)."""

MAX_ADDRESS = 320
"""Characters that are looked at: a full local part, "@" and a full domain."""


LONGEST_MAILBOX_NAME = 21
"""Characters before the @ of a mailbox that still leave room for "+" and a token of 42 in a local part."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of an installation: those it hands out, and those at which it is reached.

    With a `domain` of our own they are `reply+TOKEN@domain`, `cal+KEY@domain` and `bounce+KEY@domain`. Who has only a
    *mailbox* hands out its plus addresses, `shop+TOKEN@host` and `shop+cal-KEY@host`; then `domain` stands in
    Message-IDs alone. What came to either is ours.
    """

    domain: str
    mailbox: str | None = None

    def reply(self, token: str) -> str:
        """Return where answers about the booking with this manage *token* go."""
        return self._at_mailbox(token) if self.mailbox else f"reply+{token}@{self.domain}"

    def calendar(self, key: str) -> str:
        """Return what stands as ORGANIZER in an invitation: others see it, and it opens nothing (SPEC T5)."""
        return self._at_mailbox(f"cal-{key}") if self.mailbox else f"cal+{key}@{self.domain}"

    def return_path(self, key: str) -> str:
        """Return the envelope sender of the message with this bounce *key* (VERP).

        A mailbox's server may send for no other name than its own: there what bounced is known by its Message-ID.
        """
        return self.mailbox or f"bounce+{key}@{self.domain}"

    def bounced(self, key: str) -> str:
        """Return the address that names the message with this bounce *key*, whether or not it was handed out."""
        return f"bounce+{key}@{self.domain}"

    def probe(self, key: str) -> str:
        """Return the address to which a mail goes that shall only show whether it arrives."""
        return self._at_mailbox(f"check-{key}") if self.mailbox else f"check+{key}@{self.domain}"

    def answered(self) -> str:
        """Return the address of a reply whose booking is known only by the message that is answered."""
        return f"reply@{self.domain}"

    def read(self, address: str) -> Recipient:
        """Return what *address* means; anything not exactly ours is `Foreign`.

        Letters may come in either case, and what mail systems leave around an address (a bracket, a trailing dot) is
        ignored; nothing else is: no quotes, no routes, no percent, only ASCII (SPEC T2).
        """
        if len(address) > MAX_ADDRESS or not address.isascii() or not address.isprintable():
            return Foreign()

        plain = address.strip().lstrip("<([").rstrip(".>)],;").lower()
        if plain == "postmaster":
            return Postmaster()

        local, at, host = plain.rpartition("@")
        if not at or len(local) > MAX_LOCAL_PART:
            return Foreign()

        if host == self.domain.lower():
            return _meaning(local)

        return self._meaning_at_mailbox(local, host)

    def _at_mailbox(self, tag: str) -> str:
        name, _, host = (self.mailbox or "").rpartition("@")
        return f"{name}+{tag}@{host}"

    def _meaning_at_mailbox(self, local: str, host: str) -> Recipient:
        name, _, own_host = (self.mailbox or "").lower().rpartition("@")
        tag = local.removeprefix(f"{name}+")
        if not name or host != own_host or tag == local:
            return Foreign()

        for name in ("cal", "check"):
            if tag.startswith(f"{name}-"):
                return _meaning(f"{name}+{tag.removeprefix(f'{name}-')}")

        return _meaning(f"reply+{tag}")


def read_recipient(address: str, domain: str) -> Recipient:
    """Return what *address* means where all of ours are at a *domain* of our own."""
    return Addresses(domain).read(address)


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
        case ("check", "+", key) if _KEY.fullmatch(key):
            return ProbeOf(key)
        case _:
            return Foreign()
