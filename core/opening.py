"""Opening hours as an import file writes them, read into `Hours`. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from core.model import WEEKDAYS, Hours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.model import WallSpan

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_WALL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class BadHours(ValueError):
    """Opening hours that cannot be; `path` says where inside the performer."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.reason = message


def read_hours(words: Mapping[str, Any]) -> Hours:
    """Return the hours written as `{"hours": {"mon": [["09:00", "17:00"]]}, "exceptions": …, "time_off": …}`.

    Raises:
        BadHours: a weekday, date or clock time that cannot be, or spans that overlap.
    """
    weekly = words.get("hours") or {}
    for day in weekly:
        if day not in WEEKDAYS:
            raise BadHours(f"hours.{day}", f"days are {', '.join(WEEKDAYS)}")

    return Hours(
        weekly=tuple(_spans(f"hours.{day}", weekly.get(day, [])) for day in WEEKDAYS),
        exceptions={
            _day(f"exceptions.{day}", day): _spans(f"exceptions.{day}", spans)
            for day, spans in (words.get("exceptions") or {}).items()
        },
        time_off=tuple(_absence(f"time_off[{n}]", pair) for n, pair in enumerate(words.get("time_off") or [])),
    )


def _spans(path: str, spans: Any) -> tuple[WallSpan, ...]:
    if not isinstance(spans, list):
        raise BadHours(path, 'must be a list of spans such as [["09:00", "17:00"]]')

    read = sorted(_span(f"{path}[{n}]", span) for n, span in enumerate(spans))
    for (_, end), (start, _) in pairwise(read):
        if start < end:
            raise BadHours(path, "spans of one day must not overlap")

    return tuple(read)


def _span(path: str, span: Any) -> WallSpan:
    if not isinstance(span, list) or len(span) != 2:  # noqa: PLR2004 from and to
        raise BadHours(path, 'must be two clock times such as ["09:00", "17:00"]')

    start, end = (_minutes(path, clock) for clock in span)
    if start >= end:
        raise BadHours(path, "must end after it starts, on the same day (24:00 is its end)")

    return start, end


def _minutes(path: str, clock: Any) -> int:
    if not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
        raise BadHours(path, f"{clock!r} is no clock time such as 09:00")

    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _day(path: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None

    # There is one way to write a day here, or an object could hold the same one twice.
    if day is None or day.isoformat() != text:
        raise BadHours(path, "must be a date such as 2026-12-24")

    return day


def _absence(path: str, pair: Any) -> tuple[datetime, datetime]:
    if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004 from and to
        raise BadHours(path, 'must be two wall times such as ["2026-12-28T00:00", "2026-12-31T00:00"]')

    start, end = (_wall_time(path, text) for text in pair)
    if start >= end:
        raise BadHours(path, "must end after it starts")

    return start, end


def _wall_time(path: str, text: Any) -> datetime:
    if not isinstance(text, str) or not _WALL_TIME.fullmatch(text):
        raise BadHours(path, f"{text!r} is no wall time such as 2026-12-28T00:00 (without an offset)")

    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadHours(path, f"{text!r} is no time of the calendar") from None
