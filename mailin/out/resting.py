"""Which recipients' mail servers put us off, so that mail for one of them does not hold up everybody else's. Pure.

A relay says for each recipient what that recipient's server said: what it defers is known by the domain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ENOUGH = 3
"""Deferrals in a row after which a domain rests; fewer are one mailbox's own trouble, such as greylisting."""

SHORTEST_REST = timedelta(minutes=1)

LONGEST_REST = timedelta(minutes=16)

MOST_KNOWN = 1024
"""Domains remembered at a time."""


@dataclass(slots=True)
class Resting:
    """Domains that put us off: how often in a row, and until when nothing is tried."""

    _known: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def until(self, address: str, now: datetime) -> datetime | None:
        """Return until when mail to *address* waits; None if it may be tried."""
        _, end = self._known.get(_domain(address), (0, now))
        return end if end > now else None

    def deferred(self, address: str, now: datetime) -> None:
        """Remember that *address* was put off; what was under way when its domain began to rest counts no more."""
        domain = _domain(address)
        times, end = self._known.pop(domain, (0, now))
        if end <= now:
            times += 1
            end = now if times < ENOUGH else now + min(SHORTEST_REST * 2 ** (times - ENOUGH), LONGEST_REST)

        self._known[domain] = times, end
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def taken(self, address: str) -> None:
        """Remember that mail to *address* was taken: its domain is as good as any."""
        self._known.pop(_domain(address), None)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
