"""Our own check whether a mail is of the domain in its From: DKIM and DMARC, where no gate of ours has said so.

SPF is left to a gate: it judges the peer that hands a mail over, which forwarders change, and what DKIM does not prove
is asked of the guest anyway (SPEC R7). ARC is not believed: it only moves the question to whom one trusts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from typing import Literal

from mailin.aside import aside
from mailin.sender.alignment import Policy, dns_name, organisation_of, policy_of, read_policy, walk
from mailin.sender.authenticity import MAILBOX_PEER, Finding
from mailin.sender.dkim_check import Signature, signatures_of, verifies
from mailin.sender.dns import DnsTrouble, TxtLookup

When = Literal["auto", "always", "never"]
"""`auto`: mail from elsewhere, so neither from this machine nor from a gate of ours."""

SECONDS = 3.0
"""How long the check of one mail may take."""

SECONDS_FOR_STRANGERS = 1.0
"""The same where From is not the guest: whoever wrote it chooses the servers that are asked."""

STRANGERS_SECONDS_A_MINUTE = 3.0
"""So long all checks of strangers may keep others' mail waiting; beyond it nobody can say who they are."""

MOST_RELATED = 2
"""Signatures of another domain of the sender's organisation that are looked at; each takes a walk of its own."""

MOST_KEYS = 2
"""Records of one name that are tried as a key; there should be one, others stand beside it by mistake."""


@dataclass(slots=True)
class Patience:
    """How long strangers' checks may still take: what is spent comes back with time."""

    clock: Callable[[], float] = time.monotonic
    left: float = STRANGERS_SECONDS_A_MINUTE
    at: float = 0.0

    def remaining(self) -> float:
        """Return the seconds that one more check may take, 0 when there are none."""
        now = self.clock()
        back = (now - self.at) * STRANGERS_SECONDS_A_MINUTE / 60
        self.left, self.at = min(STRANGERS_SECONDS_A_MINUTE, self.left + back), now
        return max(0.0, min(self.left, SECONDS_FOR_STRANGERS))

    def spend(self, seconds: float) -> None:
        """Take *seconds* off."""
        self.left -= seconds


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """Checks senders by *txt*, when `when` says so."""

    txt: TxtLookup
    when: When = "auto"
    patience: Patience = field(default_factory=Patience)

    def is_due(self, peer: str | None, *, from_gate: bool) -> bool:
        """Return whether mail from *peer* is checked here; *from_gate*: that is a gate of ours.

        A mailbox's server says what it found or nothing: anybody could have written to it.
        """
        match self.when:
            case "auto":
                return peer == MAILBOX_PEER or not (from_gate or _is_here(peer))
            case "always":
                return True
            case "never":
                return False

    async def check(self, raw: bytes, *, sender: str | None, received: datetime, seconds: float = SECONDS) -> Finding:
        """Return what can be said of *raw*, which shows *sender* (lower-cased) in From; never raises."""
        domain = dns_name((sender or "").partition("@")[2])
        if sender is None or domain is None:
            return "unsure"

        try:
            async with asyncio.timeout(seconds):
                return await self._check(raw, sender, domain, received)
        except TimeoutError:
            return "unsure"

    async def check_stranger(self, raw: bytes, *, sender: str | None, received: datetime) -> Finding:
        """Do what `check` does where From is not the guest, as long as there is patience for strangers."""
        seconds = self.patience.remaining()
        if not seconds:
            return "unsure"

        began = self.patience.clock()
        try:
            return await self.check(raw, sender=sender, received=received, seconds=seconds)
        finally:
            self.patience.spend(self.patience.clock() - began)

    async def _check(self, raw: bytes, sender: str, domain: str, received: datetime) -> Finding:
        signatures = await aside(len(raw), partial(signatures_of, raw, sender=sender, received=received))
        exact = [one for one in signatures if one.domain == domain]
        proven = await self._first_proven(raw, exact)
        if proven is True:
            return "pass"  # a domain always speaks for itself: whatever it wants of others need not be asked

        try:
            found = await self._walk(domain)
        except DnsTrouble:
            return "unsure"

        policy = policy_of(domain, found)
        related = [one for one in signatures if one.domain != domain][:MOST_RELATED]
        if policy is not None and not policy.is_strict:
            aligned = await self._aligned(related, organisation_of(domain, found))
            by_other = None if aligned is None else await self._first_proven(raw, aligned)
            if by_other is True:
                return "pass"

            proven = None if by_other is None else proven

        if policy is None or policy.wanted == "none":
            return "none"

        return "unsure" if proven is None else "fail"

    async def _first_proven(self, raw: bytes, signatures: Sequence[Signature]) -> bool | None:
        """Return whether one of *signatures* holds; None where a key could not be had and none of the others does."""
        missing = False
        for one in signatures:
            try:
                records = await self.txt(one.key_name)
            except DnsTrouble:
                missing = True
                continue

            for record in [one for one in records if "p=" in one][:MOST_KEYS]:
                if await aside(len(raw), partial(verifies, one, record)):
                    return True

        return None if missing else False

    async def _aligned(self, signatures: Sequence[Signature], organisation: str) -> list[Signature] | None:
        """Return those of the sender's organisation; None where that could not be said."""
        aligned = []
        for one in signatures:
            try:
                found = await self._walk(one.domain)
            except DnsTrouble:
                return None

            if organisation_of(one.domain, found) == organisation:
                aligned.append(one)

        return aligned

    async def _walk(self, domain: str) -> dict[str, Policy | None]:
        names = walk(domain)
        answers = await asyncio.gather(*(self.txt(f"_dmarc.{name}") for name in names))
        return {name: read_policy(texts) for name, texts in zip(names, answers, strict=True)}


def _is_here(peer: str | None) -> bool:
    """Return whether *peer* is this machine: a loopback address, or what has no address at all (a socket file)."""
    try:
        return ip_address(peer or "").is_loopback
    except ValueError:
        return True
