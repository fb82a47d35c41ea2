"""The grammar's rules for days named by their place in a month or by another date. Pure.

'the last Friday of November', 'the first week of December', 'the week of the 7th', 'the 20th of next month'.
"""

from __future__ import annotations

from core.understand.scan import LINKS, Scan
from core.understand.times import Date, Day, DayOffset, DayRange, InMonth, Month, Unit, Week

MOST_OFFERED = 5
"""Numbers in words up to this may count offered times."""

_LAST_DAY = 31
_LAST = -1


def read_in_month(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'the last Friday of November', 'first week of next month', 'second Tuesday in January 2027'."""
    start = scan.past(index, "on")
    nth = _LAST if scan.has(start, "previous") else scan.value(start, "ordinal")
    unit = _unit(scan, start + 1)
    if nth is None or unit is None:
        return None

    month = read_month(scan, scan.past(start + 2, *LINKS))
    return None if month is None else (InMonth(nth, unit, month[0]), month[1])


def _unit(scan: Scan, index: int) -> Unit | None:
    weekday = scan.value(index, "weekday")
    if weekday is not None:
        return weekday

    return "week" if scan.has(index, "week") else "day" if scan.has(index, "day") else None


def read_month(scan: Scan, index: int) -> tuple[Month, int] | None:
    """'December', 'December 2026', 'this month', 'next month', 'the month'."""
    number = scan.value(index, "month_name")
    if number is not None:
        year = year_at(scan, index + 1)
        return Month(number, year=year), index + (1 if year is None else 2)

    ahead = 1 if scan.has(index, "next") else 0
    unit = index + 1 if scan.has(index, "next", "this") else index
    return (Month(None, ahead), unit + 1) if scan.has(unit, "month") else None


def read_day_of_span(scan: Scan, day: int, index: int) -> tuple[Day, int] | None:
    """The 'of next month' of 'the 20th of next month'."""
    start = scan.past(index, *LINKS)
    month = read_month(scan, start) if start > index and not scan.has(start, "month_name") else None
    return None if month is None else (InMonth(day, "day", month[0]), month[1])


def year_at(scan: Scan, index: int) -> int | None:
    """A year of this century in four digits."""
    numbers = scan.numbers(index)
    if scan.kind(index) != "number" or not 2000 <= numbers[0] < 2100:  # noqa: PLR2004 - a year of this century
        return None

    return numbers[0]


def week_of(day: Day) -> Day | None:
    """The whole week in which a date lies."""
    return Week(0, of=day) if isinstance(day, Date) else None


def read_next_few(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'the next three days', 'the coming two weeks', 'los próximos 2 días', 'les 3 prochains jours'."""
    start = scan.past(index, "on", "day_number")
    after = scan.has(start + 1, "next", "coming")
    if not (after or scan.has(start, "next", "coming")):
        return None

    count = scan.number(start if after else start + 1)
    unit = start + 2
    if count is None or not 1 < count <= _LAST_DAY or not scan.has(unit, "day", "week"):
        return None

    return DayRange(DayOffset(1), DayOffset(count * (7 if scan.has(unit, "week") else 1))), unit + 1


def day_number(scan: Scan, index: int) -> tuple[int | None, int]:
    """The day of a month at *index*, in digits or as an ordinal, and the index after it."""
    # 'na quinta' is on Thursday, not on the 5th
    counted = scan.value(index, "ordinal") if not scan.has(index, "weekday") else None
    ordinal = counted or scan.value(index, "month_day")
    if ordinal is not None:
        return ordinal, index + 1

    # 'dia quinze'; 'el dos' may be the second of what was offered
    number, shown = scan.number(index), scan.kind(index) == "number"
    said = shown or (scan.has(index - 1, "day_number") and (number or 0) > MOST_OFFERED)
    if number is None or not said or not 1 <= number <= _LAST_DAY:
        return None, index

    return number, index + 2 if scan.has(index + 1, "ordinal_suffix") else index + 1
