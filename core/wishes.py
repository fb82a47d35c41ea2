"""How near a start comes to what was wished, for choosing what to offer (SPEC R2). Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta, tzinfo

from core.hours import DAY_SECONDS
from core.model import Interval

Closeness = Callable[[int], tuple[bool, int]]
"""Takes an epoch second; less is nearer: first whether it is outside every wish, then a distance in seconds."""

_NARROW = 3600


def closeness(wished: Sequence[Interval], *, keep: time, zone: tzinfo) -> Closeness:
    """Return how to measure a start against *wished*, of which there is at least one.

    What lies inside a wish comes before what lies outside all of them. Where only days were named, the nearer to the
    clock time *keep* (wall time in *zone*) the better, on the days themselves and then on the days around. "Around
    three" (up to an hour) is best in its middle; a longer part of a day from its beginning on.
    """
    measures = [_measure(wish, keep, zone) for wish in wished]
    return lambda start: min(measure(start) for measure in measures)


def _measure(wish: Interval, keep: time, zone: tzinfo) -> Closeness:
    first, end = wish.start.astimezone(zone), wish.end.astimezone(zone)
    if wish.is_exact:
        return _to_point(int(wish.start.timestamp()))

    if _are_days(first, end):
        return _to_days(first.toordinal(), (end - timedelta(microseconds=1)).toordinal(), keep, zone)

    return _to_part(wish)


def _are_days(first: datetime, end: datetime) -> bool:
    """Tell whether a wish names days alone; the first may have begun already ("this week")."""
    return _is_midnight(end) and (_is_midnight(first) or first.date() + timedelta(days=1) < end.date())


def _is_midnight(local: datetime) -> bool:
    # In some zones a day of spring begins at 01:00: it is midnight if a second before it was another day.
    moment_before = datetime.fromtimestamp(local.timestamp() - 1, local.tzinfo)
    return moment_before.date() < local.date() and local.minute == local.second == local.microsecond == 0


def _to_point(point: int) -> Closeness:
    return lambda start: (start != point, abs(start - point))


def _to_days(first: int, last: int, keep: time, zone: tzinfo) -> Closeness:
    wanted = _seconds(keep)

    def measure(start: int) -> tuple[bool, int]:
        local = datetime.fromtimestamp(start, zone)
        day = local.toordinal()
        away = max(first - day, day - last, 0)
        return away > 0, away * DAY_SECONDS + abs(_seconds(local) - wanted)

    return measure


def _to_part(wish: Interval) -> Closeness:
    begins, ends = int(wish.start.timestamp()), int(wish.end.timestamp())
    best = (begins + ends) // 2 if ends - begins <= _NARROW else begins

    def measure(start: int) -> tuple[bool, int]:
        if begins <= start < ends:
            return False, abs(start - best)

        return True, begins - start if start < begins else start - ends

    return measure


def _seconds(clock: time | datetime) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
