"""Sixth stage: gather the times of all clauses into wishes.

Which day goes with which clock time, what a correction takes back. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.understand.stance import Said
from core.understand.times import (
    CLOCK_KINDS,
    DAY_KINDS,
    After,
    AnyDay,
    At,
    Before,
    Clock,
    Day,
    DayOffset,
    Month,
    Part,
    Shift,
    Week,
    Weekday,
    Wish,
)

MOST_TIMES = 24
"""Nobody names more times at once; the rest of a longer list is not read (SPEC L1)."""


THAT_DAY = DayOffset(0, "booking")


def gather(said: Sequence[Said]) -> tuple[Wish, ...]:
    """Group times of one role: 'Thu 11-1 or Fri after 6' is two wishes, 'Tue or Wed after 4' is one with two days."""
    if not said:
        return ()

    groups: list[_Group] = []
    for each in _without_that_day(_corrected(said[:MOST_TIMES])):
        time = each.found.time
        group = groups[-1] if groups else None
        if group is None or group.is_closed_to(each):
            group = _Group(group)
            groups.append(group)

        if isinstance(time, Shift):
            group.shift = time
        elif isinstance(time, DAY_KINDS):
            group.add_day(time, alternative=each.linked in ("or", "and"))
        elif isinstance(time, CLOCK_KINDS):
            group.add_clock(time, alternative=each.linked in ("or", "and"), both=each.linked == "and")

        group.last = each

    _share_weeks(groups)
    return tuple(group.wish() for group in groups)


def any_day_but(rejected: Sequence[Wish], wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """Wish every day, at the times of *wishes*; of next week where 'any day but Monday next week' says so."""
    ruled_out = [day for wish in rejected for days in wish.days for day in days]
    weeks = [Week(day.weeks) for day in ruled_out if isinstance(day, Weekday) and day.weeks]
    days: tuple[tuple[Day, ...], ...] = ((AnyDay(), *weeks[:1]),)
    return tuple(replace(wish, days=days) for wish in wishes) or (Wish(days),)


def _corrected(said: Sequence[Said]) -> list[Said]:
    """Drop what a correction takes back: times of the same sort said before it."""
    kept: list[Said] = []
    for each in said:
        if each.linked == "fix":
            days = isinstance(each.found.time, DAY_KINDS)
            while kept and isinstance(kept[-1].found.time, DAY_KINDS) == days:
                kept.pop()

            kept = [old for old in kept if isinstance(old.found.time, DAY_KINDS) != days]

        kept.append(each)

    return kept


def _without_that_day(said: Sequence[Said]) -> list[Said]:
    """Drop 'that day' where a day was named before: it is the day that is meant."""
    named = next((n for n, each in enumerate(said) if isinstance(each.found.time, DAY_KINDS)), len(said))
    return [each for n, each in enumerate(said) if n <= named or each.found.time != THAT_DAY]


class _Group:
    """Days and clock times that belong together, while they are being gathered."""

    def __init__(self, before: _Group | None) -> None:
        self.before = before
        self.days: list[list[Day]] = []
        self.clocks: list[list[Clock]] = []
        self.shift: Shift | None = None
        self.clock_first = False
        self.last: Said | None = None

    def is_closed_to(self, each: Said) -> bool:
        """Whether a new group begins with *each*: a day after days with times, or a time after times with days."""
        time = each.found.time
        if isinstance(time, DAY_KINDS):
            if each.linked == "or" and self.clocks and not self.days:
                return True  # "from half past four, or else Saturday morning"

            beside = each.linked == "or" and self.last is not None and isinstance(self.last.found.time, DAY_KINDS)
            return bool(self.days and self.clocks) and not (beside or self._narrows_day(time, each))

        if isinstance(time, CLOCK_KINDS) and self.clock_first and self.days:
            return each.linked in ("or", "and")

        return isinstance(time, Shift) and bool(self.shift)

    def add_day(self, day: Day, *, alternative: bool) -> None:
        """Add a day: another one to choose, or a condition on the last ('Friday', 'the 12th')."""
        if not self.days and self.clocks:
            self.clock_first = True

        if self.days and not alternative and not any(_same_sort(day, other) for other in self.days[-1]):
            self.days[-1].append(day)
        else:
            self.days.append([day])

    def add_clock(self, clock: Clock, *, alternative: bool, both: bool) -> None:
        """Add a clock time: another one to choose, or a condition on the last ('afternoon', 'after 3').

        *both*: joined by 'and': 'not before 5 and not after 6' is one span.
        """
        alternative = alternative and not (both and self.clocks and _are_two_sides(clock, self.clocks[-1][-1]))
        if self.clocks and not alternative and not _both_points(clock, self.clocks[-1][-1]):
            self.clocks[-1].append(clock)
        else:
            self.clocks.append([clock])

    def _narrows_day(self, day: Day, each: Said) -> bool:
        if each.linked in ("or", "and"):
            return False

        return all(not _same_sort(day, other) for days in self.days for other in days)

    def wish(self) -> Wish:
        """What was gathered."""
        return Wish(tuple(map(tuple, self.days)), tuple(map(tuple, self.clocks)), self.shift)


def _same_sort(day: Day, other: Day) -> bool:
    """Whether two days are of one sort, so that they are alternatives rather than one day said twice."""
    spans = (Week, Month)
    if isinstance(day, AnyDay) or isinstance(other, AnyDay):
        return False

    return type(day) is type(other) or (isinstance(day, spans) and isinstance(other, spans))


def _both_points(clock: Clock, other: Clock) -> bool:
    return (isinstance(clock, At) and isinstance(other, At)) or (isinstance(clock, Part) and isinstance(other, Part))


def _are_two_sides(clock: Clock, other: Clock) -> bool:
    return {type(clock), type(other)} == {After, Before}


def _share_weeks(groups: Sequence[_Group]) -> None:
    """Let a week said once hold for every bare weekday beside it: 'Monday or Tuesday next week'."""
    for group in groups:
        spans = [day for days in group.days for day in days if isinstance(day, Week | Month)]
        narrowed = any(_has_span(days) and len(days) > 1 for days in group.days)
        if len(spans) != 1 or not narrowed:
            continue

        for days in group.days:
            if not _has_span(days) and all(_is_bare(day) for day in days):
                days.append(spans[0])


def _has_span(days: Sequence[Day]) -> bool:
    return any(isinstance(day, Week | Month) for day in days)


def _is_bare(day: Day) -> bool:
    return isinstance(day, AnyDay) or (isinstance(day, Weekday) and day.which == "bare" and day.weeks is None)
