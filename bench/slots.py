"""Free starts of a month: one performer with 600 busy spans, twenty of them, and how the cost grows.

The scenario is that of the measurement from which the targets were set: 30 days over the change of clocks of 25
October, a grid of 15 minutes, visits of 45 minutes with 10 before and 15 after, 20 busy spans a day. Open from 08:00 to
20:00 and busy in two runs a day, a performer has room for 420 starts all the same: a full calendar in which
nothing is found would be quicker to read. Every start is told with every performer, which costs more than one each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bench.result import Result, cpu_seconds
from core.hours import DAY, first_moment
from core.model import Business, Hours, Performer, Service, Settings, Slot
from core.slots import Availability, Span

ZONE = ZoneInfo("Europe/Warsaw")
FIRST = date(2026, 10, 10)
NOW = datetime.combine(FIRST, time(0), ZONE).astimezone(UTC)
HOURS = Hours(weekly=(((8 * 60, 20 * 60),),) * 7)
BUSINESS = Business(1, "b", "B", ZONE, "en", "team@bench.example", None, None)
SPANS, DAYS = 600, 30


def measure() -> list[Result]:
    """Measure what the targets name, and that twice as much takes twice as long."""
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
    service = Service(1, "cut", "Haircut", 45, 10, 15, ids, None, online=False, group=False, seats=None)
    calendars = [(Performer(one, f"p{one}", f"P{one}", None, HOURS), _busy(one, months * DAYS)) for one in ids]
    return lambda: Availability(NOW, business, service, calendars).between(NOW, NOW + timedelta(days=months * DAYS))


def _busy(performer: int, days: int) -> list[Span]:
    """Return twenty visits of twenty minutes a day: ten in the morning and ten from four on, each after the other."""
    opens = [time(8, performer % 12 * 5), time(16, performer % 12 * 3)]
    runs = [
        first_moment(datetime.combine(FIRST + DAY * number, clock), ZONE) for number in range(days) for clock in opens
    ]
    return [(first, first + 1_200) for run in runs for first in range(run, run + 10 * 1_200, 1_200)]
