"""Free starts of a month: one performer with 600 busy spans, twenty of them, and how the cost grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.result import Result, cpu_seconds
from core.model import Business, Hours, Performer, Service, Settings, Slot
from core.slots import Availability, Span

NOW = datetime(2026, 11, 30, 5, tzinfo=UTC)
ALWAYS = Hours(weekly=(((0, 24 * 60),),) * 7)
BUSINESS = Business(1, "b", "B", ZoneInfo("Europe/Warsaw"), "en", "team@bench.example", None, None)
SPANS, DAYS = 600, 30


def measure() -> list[Result]:
    """Measure; a performer is open day and night, so that room is left between 600 visits."""
    one, found = _cost(1), len(_work(1, 1)())
    twenty = _cost(20)
    floor = cpu_seconds(lambda: [Slot(NOW, NOW, 1) for _ in range(found)], times=20)
    growth = _cost(1, months=4) / _cost(1, months=2)
    return [
        Result(
            f"slots, 1 performer, {SPANS} spans",
            f"{one * 1e3:.2f} ms CPU",
            f"{one / floor:.1f} x naming the {found} found",
            "<= 1 ms",
            one <= 1e-3,
        ),
        Result(
            "slots, 20 performers",
            f"{twenty * 1e3:.2f} ms CPU",
            f"{twenty / one:.1f} x one",
            "<= 12 ms",
            twenty <= 12e-3,
        ),
        Result("slots, twice the time and spans", f"{growth:.2f} x the time", "", "<= 2.3 x", growth <= 2.3),
    ]


def _cost(performers: int, months: int = 1) -> float:
    return cpu_seconds(_work(performers, months), times=max(1, 20 // performers))


def _work(performers: int, months: int) -> Callable[[], tuple[Slot, ...]]:
    """Return what finds all slots of the performers, each time from nothing but their busy spans."""
    business = replace(BUSINESS, settings=Settings(horizon_days=months * DAYS))
    ids = tuple(range(1, performers + 1))
    service = Service(1, "cut", "Haircut", 20, 0, 10, ids, None, online=False, group=False, seats=None)
    calendars = [(Performer(one, f"p{one}", f"P{one}", None, ALWAYS), _busy(one, months * SPANS)) for one in ids]
    return lambda: Availability(NOW, business, service, calendars).between(NOW, NOW + timedelta(days=months * DAYS))


def _busy(performer: int, spans: int) -> list[Span]:
    """Return *spans* visits of half an hour, one every 72 minutes."""
    gap = DAYS * 86_400 // SPANS
    first = int(NOW.timestamp()) + performer * 300
    return [(first + number * gap, first + number * gap + 1_800) for number in range(spans)]
