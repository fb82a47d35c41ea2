"""Asking DNS for TXT records: with a cache of bounded size, within bounded time, never twice a slow server at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

if TYPE_CHECKING:
    from dns.resolver import Answer

log = logging.getLogger(__name__)

QUERY_SECONDS = 2.0
"""How long one name may take, over all servers and tries."""

TRY_SECONDS = 0.7

AT_ONCE = 16
"""Queries under way at a time."""

MOST_NAMES = 2_000
SHORTEST_KEPT = 60
LONGEST_KEPT = 3_600
NOTHING_KEPT = 300
TROUBLE_KEPT = 30
"""Seconds for which an answer, "there is none", and a failure are remembered (RFC 2308, RFC 9520)."""

MOST_RECORDS = 20
LONGEST_RECORD = 4_096


class DnsTrouble(Exception):
    """Nobody could say what stands there: neither a record nor its absence is known. `slow`: no server answered."""

    def __init__(self, reason: str, *, slow: bool = False) -> None:
        super().__init__(reason)
        self.slow = slow


Texts = tuple[str, ...]
TxtLookup = Callable[[str], Awaitable[Texts]]
"""Returns the TXT records of a name, none where there are none. Raises DnsTrouble."""


@dataclass(slots=True)
class CachedResolver:
    """Asks the servers of this machine. `clock` gives seconds that only go forward."""

    clock: Callable[[], float] = time.monotonic
    ask: Callable[[str], Awaitable[tuple[Texts, float]]] | None = None
    _kept: OrderedDict[str, tuple[float, Texts | None]] = field(default_factory=OrderedDict)
    _seats: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def txt(self, name: str) -> Texts:
        """Return the TXT records of *name* (a `TxtLookup`)."""
        zone = f"trouble in {'.'.join(name.split('.')[-2:])}"
        for key in (name, zone):
            kept = self._kept.get(key)
            if kept is not None and kept[0] > self.clock():
                return _known(kept[1])

        async with self._seats:
            try:
                texts, seconds = await (self.ask or _ask_servers)(name)
            except DnsTrouble as trouble:
                # Servers that do not answer are not asked for their other names either: each would take as long.
                self._keep(zone if trouble.slow else name, None, TROUBLE_KEPT)
                raise

        self._keep(name, texts, seconds)
        return texts

    def _keep(self, key: str, texts: Texts | None, seconds: float) -> None:
        self._kept[key] = (self.clock() + seconds, texts)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_NAMES:
            self._kept.popitem(last=False)


def _known(texts: Texts | None) -> Texts:
    if texts is None:
        raise DnsTrouble("it failed a moment ago")

    return texts


async def _ask_servers(name: str) -> tuple[Texts, float]:
    """Return the records and for how many seconds they may be kept."""
    try:
        resolver = dns.asyncresolver.Resolver()
        resolver.timeout = TRY_SECONDS
        answer = await resolver.resolve(f"{name}.", dns.rdatatype.TXT, lifetime=QUERY_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return (), NOTHING_KEPT
    except (dns.exception.DNSException, OSError) as error:
        log.info("DNS has no answer (%s)", type(error).__name__)
        raise DnsTrouble(type(error).__name__, slow=isinstance(error, dns.exception.Timeout)) from error

    return _texts(answer), min(max(SHORTEST_KEPT, answer.rrset.ttl if answer.rrset else 0), LONGEST_KEPT)


def _texts(answer: Answer) -> Texts:
    records = [record for record in answer if isinstance(record, TXT)]
    joined = (b"".join(record.strings)[:LONGEST_RECORD].decode("utf-8", "replace") for record in records[:MOST_RECORDS])
    return tuple(sorted(joined))  # servers send them in any order
