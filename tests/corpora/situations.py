"""The situations in which the corpora's sayings are said, as what a reply is read against."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.model import WEEKDAYS
from core.understand.reading import Context, Pending

SITUATIONS = Path(__file__).parent / "situations.toml"


@cache
def situations() -> dict[str, Context]:
    """Return every situation by its name."""
    data = tomllib.loads(SITUATIONS.read_text(encoding="utf-8"))
    return {name: _context(data, one) for name, one in data["situations"].items()}


def wall_time(shown: str, zone: ZoneInfo) -> datetime:
    """Return the instant of '2026-11-26T15:00' in *zone*; '24:00' is the end of the day."""
    day, clock = shown.split("T")
    if clock == "24:00":
        return datetime.fromisoformat(day).replace(tzinfo=zone) + timedelta(days=1)

    return datetime.fromisoformat(shown).replace(tzinfo=zone)


def _context(common: dict[str, Any], own: dict[str, Any]) -> Context:
    zone = ZoneInfo(common["zone"])
    options = tuple(wall_time(option, zone) for option in own.get("options", ()))
    hours = tuple(
        tuple((_minute(opens), _minute(closes)) for opens, closes in common["hours"].get(day, ())) for day in WEEKDAYS
    )
    return Context(
        now=wall_time(common["now"], zone),
        zone=zone,
        start=wall_time(own["booking"], zone),
        minutes=common["minutes"],
        performer=common["performer"],
        performers=tuple(common["performers"]),
        hours=hours,
        pending=Pending(own["pending"], options) if "pending" in own else None,
    )


def _minute(clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    return hour * 60 + minute
