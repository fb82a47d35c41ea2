"""When a performer is open, as instants: wall-clock opening hours to epoch seconds, correct where clocks change. Pure.

One rule turns wall time into an instant: an edge is the first moment at which the zone's clock shows that time or a
later one of that day. An hour that is skipped in spring so closes up, and an hour that comes twice in autumn belongs
to the opening that begins at its first pass; openings never overlap or change order by it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.model import Hours, Performer, WallSpan

DAY = timedelta(days=1)
DAY_SECONDS = 86_400


class Opening(NamedTuple):
    """A half-open stretch of opening hours in epoch seconds.

    `anchor` is where the slot grid begins (SPEC G11): the opening's start as the business wrote it. It stays there
    when time off cuts the stretch.
    """

    start: int
    end: int
    anchor: int


def open_spans(hours: Hours, zone: ZoneInfo, start: datetime, end: datetime) -> tuple[Opening, ...]:
    """Return every opening that touches the aware span [*start*, *end*), whole, in order, never overlapping (SPEC V1).

    Spans of a day that overlap are one opening. Spans that only touch (12:00 after 12:00, midnight after midnight)
    stay as the business wrote them, each with its own grid; a visit may run across where they touch.
    """
    since, until = int(start.timestamp()), int(end.timestamp())
    days = start.astimezone(zone).date(), end.astimezone(zone).date()
    off = _time_off(hours.time_off, zone, *days)
    pieces: Iterable[Opening] = _openings(hours, zone, *days)
    if off:
        pieces = (piece for opening in pieces for piece in _without(opening, off))

    return tuple([piece for piece in pieces if piece.start < until and piece.end > since])


def first_moment(wall: datetime, zone: ZoneInfo) -> int:
    """Return the first epoch second at which the clock of *zone* shows the naive *wall* time or a later one."""
    before = wall.replace(tzinfo=zone, fold=0)
    after = before.replace(fold=1)
    second, second_after = int(before.timestamp()), int(after.timestamp())
    if second <= second_after:
        return second

    # The clock skips *wall*: the two readings lie on either side of the jump, which is the moment asked for.
    around = range(second_after, second + 1)
    return around[bisect_left(around, _offset(after), key=lambda at: _offset(datetime.fromtimestamp(at, zone)))]


@lru_cache(maxsize=1024)  # the same days are asked for with every performer
def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the first epoch second of *day* in *zone*."""
    return first_moment(datetime.combine(day, time.min), zone)


def weekly_hours(performers: Iterable[Performer]) -> tuple[tuple[WallSpan, ...], ...]:
    """Return when any of *performers* is open in an ordinary week, Monday first: how "at 3" is told from 3 at night."""
    everyone = tuple(performers)
    return tuple(_united(span for one in everyone for span in one.hours.weekly[day]) for day in range(7))


def _openings(hours: Hours, zone: ZoneInfo, first: date, last: date) -> Iterator[Opening]:
    weekly = [_joined(spans) for spans in hours.weekly]
    exceptions = {day: _joined(spans) for day, spans in hours.exceptions.items() if first <= day <= last}
    begins = midnight(first, zone)
    for number in range((last - first).days + 1):
        day = first + DAY * number
        next_begins = midnight(day + DAY, zone)
        even = next_begins - begins == DAY_SECONDS
        for opens, closes in exceptions.get(day, weekly[day.weekday()]):
            if even:
                start, end = begins + opens * 60, begins + closes * 60
            else:
                start, end = _on(day, opens, zone), _on(day, closes, zone)

            if start < end:
                yield Opening(start, end, start)

        begins = next_begins


def _joined(spans: Iterable[WallSpan]) -> list[WallSpan]:
    joined: list[WallSpan] = []
    for opens, closes in sorted(spans):
        if joined and opens < joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], closes)
        else:
            joined.append((opens, closes))

    return joined


def _time_off(
    time_off: Iterable[tuple[datetime, datetime]], zone: ZoneInfo, first: date, last: date
) -> list[tuple[int, int]]:
    since = datetime.combine(first, time.min)
    until = datetime.combine(last + DAY, time.min)
    return sorted(
        (first_moment(leaves, zone), first_moment(returns, zone))
        for leaves, returns in time_off
        if leaves < until and returns > since
    )


def _without(opening: Opening, off: Iterable[tuple[int, int]]) -> Iterator[Opening]:
    start, end, anchor = opening
    for leaves, returns in off:
        if leaves >= end:
            break

        if start < leaves:
            yield Opening(start, leaves, anchor)

        start = max(start, returns)

    if start < end:
        yield Opening(start, end, anchor)


def _on(day: date, minutes: int, zone: ZoneInfo) -> int:
    return first_moment(datetime.combine(day, time.min) + timedelta(minutes=minutes), zone)


def _offset(moment: datetime) -> timedelta:
    return moment.replace(tzinfo=UTC) - moment.astimezone(UTC)


def _united(spans: Iterable[WallSpan]) -> tuple[WallSpan, ...]:
    united: list[WallSpan] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((start, end))

    return tuple(united)
