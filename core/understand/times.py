"""The symbolic times that words name.

Days, clock times and shifts, before anything is known of now or of the booking. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["now", "booking"]

Unit = int | Literal["week", "day"]
"""What is counted in a month: a weekday (Monday is 0), calendar weeks or days."""


@dataclass(frozen=True, slots=True)
class Weekday:
    """A weekday (Monday is 0). `which`: as said bare, 'this', 'coming', 'next'; `weeks` counts from this week.

    `position`: what the word counts as well ('a segunda' is Monday, or the second).
    """

    weekday: int
    which: Literal["bare", "this", "coming", "next", "week_later", "previous"] = "bare"
    weeks: int | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """A day of a month; what is not named is None. `either_order`: day and month may be the other way round.

    `maybe_clock`: the bare number after a weekday, which is a clock time unless that day falls on it.
    """

    day: int
    month: int | None = None
    year: int | None = None
    either_order: bool = False
    maybe_clock: bool = False


@dataclass(frozen=True, slots=True)
class DayOffset:
    """So many days from today or from the booking's day."""

    days: int
    anchor: Anchor = "now"


@dataclass(frozen=True, slots=True)
class Week:
    """A whole week, Monday to Sunday, so many from this one or from the booking's, or from the one that `of` is in.

    `third` 1 to 3 is its beginning, middle, end; `number` is the week's in its year.
    """

    weeks: int
    anchor: Anchor = "now"
    third: int | None = None
    of: Date | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Weekend:
    """Saturday and Sunday, so many weeks from this week; None is the next one to come."""

    weeks: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """A whole month: by number, or (`number` None) so many months from this one.

    `third` 1 to 3 is its beginning, middle, end.
    """

    number: int | None = None
    offset: int = 0
    third: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class InMonth:
    """The so-manieth weekday, calendar week or day of a month; -1 is the last."""

    nth: int
    unit: Unit
    month: Month


@dataclass(frozen=True, slots=True)
class AnyDay:
    """Any day at all, or any working day. `another`: only that it be another one than now."""

    workdays: bool = False
    another: bool = False


Edge = Weekday | Date | DayOffset | Week | Weekend | Month
"""What days may be before or after."""


@dataclass(frozen=True, slots=True)
class DayRange:
    """From one day to another, both included; `aimed`: said as a move from one to the other, never as a range."""

    first: Weekday | Date | DayOffset
    last: Weekday | Date | DayOffset
    aimed: bool = False


@dataclass(frozen=True, slots=True)
class Beyond:
    """Every day before (-1) or after (+1) a day, that day itself only where `inclusive`."""

    day: Edge
    direction: Literal[-1, 1]
    inclusive: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """A clock time. `half_day` None: as said it could be before or after noon; 'exact': a 24-hour clock.

    `maybe_date`: 9.11, which may as well be the 9th of November. `as_written`: in digits, in a language
    where those count to 24.
    """

    hour: int
    minute: int = 0
    half_day: Literal["am", "pm", "exact"] | None = None
    bare: bool = False
    maybe_date: bool = False
    as_written: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """About a clock time."""

    at: At


@dataclass(frozen=True, slots=True)
class After:
    """From a clock time on."""

    at: At


@dataclass(frozen=True, slots=True)
class Before:
    """Before a clock time."""

    at: At


@dataclass(frozen=True, slots=True)
class Between:
    """Between two clock times.

    `from_to`: said as 'from … to …', which may also be a move from the first to the second; `aimed`: it must be.
    """

    first: At
    last: At
    from_to: bool = False
    aimed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day in minutes after midnight, half-open."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SameTime:
    """The booking's own clock time."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Before (-1) or after (+1) the booking's clock time, no matter how much."""

    direction: Literal[-1, 1]
    sooner: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """Away from the booking's start, or from now. `either`: the words leave open whether earlier or later."""

    days: int = 0
    minutes: int = 0
    months: int = 0
    either: bool = False
    anchor: Anchor = "booking"


Day = Weekday | Date | DayOffset | Week | Weekend | Month | InMonth | AnyDay | DayRange | Beyond
Clock = At | Around | After | Before | Between | Part | SameTime | Beside
Time = Day | Clock | Shift

DAY_KINDS = (Weekday, Date, DayOffset, Week, Weekend, Month, InMonth, AnyDay, DayRange, Beyond)
CLOCK_KINDS = (At, Around, After, Before, Between, Part, SameTime, Beside)


@dataclass(frozen=True, slots=True)
class Wish:
    """Days and clock times said together: on any of `days` (each narrowed by all it holds) at any of `clocks`.

    Each day is a tuple of conditions that must all hold ('Friday', 'the 12th'); each clock time the same.
    """

    days: tuple[tuple[Day, ...], ...] = ()
    clocks: tuple[tuple[Clock, ...], ...] = ()
    shift: Shift | None = None
