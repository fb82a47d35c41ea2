"""Token buckets of bounded memory, for doors that bear only so much (SPEC L3). Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

AT_ONCE = timedelta(0)
"""The wait of who may go on."""

MOST_CLIENTS = 10_000
"""Buckets kept at a time, some 2 MB; who comes when all are in use shares one with the others."""

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
            if self._left(self._full_at[oldest], now) > AT_ONCE:
                return

            del self._full_at[oldest]

    def _missing(self, place: Hashable, now: datetime) -> timedelta:
        """Return how long until the bucket is full."""
        full_at = self._full_at.get(place)
        return AT_ONCE if full_at is None else self._left(full_at, now)

    def _left(self, full_at: datetime, now: datetime) -> timedelta:
        """Return how long until *full_at*; nothing for what lies further off than it can: the clock was set back."""
        left = full_at - now
        return left if AT_ONCE < left <= self._rate.burst * self._rate.refill else AT_ONCE

    def _wait(self, missing: timedelta) -> timedelta:
        return max(missing - (self._rate.burst - 1) * self._rate.refill, AT_ONCE)
