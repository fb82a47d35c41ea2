"""Late resolution of clock times: which minutes of a given day they are, given opening hours and the booking. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.model import WallSpan
from core.understand.times import After, Around, At, Before, Beside, Between, Clock, Part, SameTime

DAY = 24 * 60
NOON = 12 * 60
AROUND = 30
"""'Around 3' is half an hour to either side (GUIDE)."""

_FIRST_AS_WRITTEN = 8 * 60


@dataclass(frozen=True, slots=True)
class Minutes:
    """Half-open spans of minutes after midnight.

    An exact start where both ends are equal; and why they may be others.
    """

    spans: tuple[WallSpan, ...]
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class DayHours:
    """What clock times are read against on one day.

    Opening spans, the visit's length, the booking's minute of the day.
    """

    spans: tuple[WallSpan, ...]
    length: int
    booked: int


def minutes_of(conditions: Sequence[Clock], hours: DayHours) -> Minutes:
    """Find the minutes at which all *conditions* hold; a part of the day beside a time settles its half of the day."""
    parts = [clock for clock in conditions if isinstance(clock, Part)]
    points = [clock for clock in conditions if not isinstance(clock, Part)]
    spans: tuple[WallSpan, ...] = ((0, DAY),)
    doubt = ""
    for clock in points:
        found = _minutes(clock, hours, parts)
        spans, doubt = _overlap(spans, found.spans), doubt or found.doubt

    # 'a little later, at 4': a direction and a time that agree are one time
    directed = [clock for clock in points if not isinstance(clock, Beside)]
    if len(directed) > 1 and any(isinstance(clock, At) for clock in directed):
        doubt = doubt or "several clock times"

    for part in parts:
        narrowed = _overlap(spans, ((part.first, part.last),))
        if points and not narrowed:
            return Minutes(spans, "clock time and part of the day disagree")

        spans = narrowed

    return Minutes(spans, doubt if spans else "clock times disagree")


def readings(at: At) -> tuple[int, ...]:
    """Every minute of the day that *at* may be."""
    morning = at.hour % 12 * 60 + at.minute
    match at.half_day:
        case "exact":
            return (at.hour * 60 + at.minute,)
        case "am":
            return (morning,)
        case "pm":
            return (morning + NOON,)
        case None:
            return (morning, morning + NOON)


def _minutes(clock: Clock, hours: DayHours, parts: Sequence[Part]) -> Minutes:
    match clock:
        case At():
            minute, doubt = _minute(clock, hours, parts)
            return Minutes(((minute, minute),), doubt)
        case Around(at):
            minute, doubt = _minute(at, hours, parts)
            return Minutes(((max(0, minute - AROUND), min(DAY, minute + AROUND + 1)),), doubt)
        case After(at):
            minute, doubt = _minute(at, hours, parts)
            return Minutes(((minute, DAY),), doubt)
        case Before(at):
            minute, doubt = _minute(at, hours, parts)
            return Minutes(((0, minute),), doubt)
        case Between():
            return _between(clock, hours, parts)
        case Part(first, last):
            return Minutes(((first, last),))
        case SameTime():
            return Minutes(((hours.booked, hours.booked),))
        case Beside(direction):
            return Minutes(((0, hours.booked) if direction < 0 else (hours.booked, DAY),))


def _minute(at: At, hours: DayHours, parts: Sequence[Part]) -> tuple[int, str]:
    """Settle morning or afternoon: by a part of the day, by opening hours, else 1 to 7 is in the afternoon (GUIDE)."""
    possible = readings(at)
    if at.maybe_date:
        return possible[-1 if at.hour % 12 * 60 < _FIRST_AS_WRITTEN else 0], "a clock time or a date"

    if len(possible) == 1:
        return possible[0], "midnight of which day" if possible[0] == DAY else ""

    in_parts = [minute for minute in possible if all(part.first <= minute <= part.last for part in parts)]
    if parts and len(in_parts) == 1:
        return in_parts[0], ""

    usual = possible[0] if at.hour % 12 * 60 >= _FIRST_AS_WRITTEN else possible[1]
    usual = at.hour * 60 + at.minute if at.as_written else usual
    fitting = [minute for minute in possible if _fits(minute, hours, hours.length)]
    whole = bool(fitting)
    fitting = fitting or [minute for minute in possible if _fits(minute, hours, 1)]
    if len(fitting) == 1:
        return fitting[0], "" if whole or fitting[0] == usual else "morning or afternoon"

    return usual, "morning or afternoon" if fitting else "outside opening hours"


def _fits(minute: int, hours: DayHours, length: int) -> bool:
    return any(opens <= minute and minute + length <= closes for opens, closes in hours.spans)


def _between(clock: Between, hours: DayHours, parts: Sequence[Part]) -> Minutes:
    ends = readings(clock.last)
    if len(ends) == 1:
        begins = [minute for minute in readings(clock.first) if minute < ends[0]]
        return Minutes(((max(begins), ends[0]),)) if begins else Minutes((), "range runs backwards")

    begin, doubt = _minute(clock.first, hours, parts)
    after = [end for end in ends if end > begin]
    return Minutes(((begin, min(after)),), doubt) if after else Minutes(((begin, DAY),), "range runs past midnight")


def _overlap(spans: Sequence[WallSpan], others: Sequence[WallSpan]) -> tuple[WallSpan, ...]:
    found: list[WallSpan] = []
    for first, last in spans:
        for other_first, other_last in others:
            begin, end = max(first, other_first), min(last, other_last)
            exact = first == last or other_first == other_last
            if begin < end or (exact and begin == end):
                found.append((begin, end))

    return tuple(found)


def less(spans: Sequence[WallSpan], taken: Sequence[WallSpan]) -> tuple[WallSpan, ...]:
    """What is left of *spans* without *taken*; exact starts are never taken away."""
    left = list(spans)
    for first, last in taken:
        left = [piece for span in left for piece in _cut(span, first, last)]

    return tuple(left)


def _cut(span: WallSpan, first: int, last: int) -> tuple[WallSpan, ...]:
    if span[0] == span[1]:
        return (span,)

    pieces = ((span[0], min(span[1], first)), (max(span[0], last), span[1]))
    return tuple(piece for piece in pieces if piece[0] < piece[1])
