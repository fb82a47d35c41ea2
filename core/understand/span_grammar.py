"""The grammar's rules for spans of days: weeks, weekends, months and their parts, counted from now. Pure."""

from __future__ import annotations

from dataclasses import replace

from core.understand.month_grammar import day_number
from core.understand.scan import LINKS, Scan
from core.understand.times import Day, DayOffset, Month, Week, Weekend

DAYS_OF_WEEK = 7
LAST_WEEK = 53
_LAST_DAY = 31


def read_third_of_month(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'early December', 'mid next month', 'end of the week'."""
    for third, cue in ((1, "month_start"), (2, "month_middle"), (3, "month_end")):
        if scan.has(index, cue):
            start = scan.past(index + 1, "on")
            month = scan.value(start, "month_name")
            if month is not None:
                return Month(month, third=third), start + 1

            if scan.has(start, "month"):
                return Month(None, 0, third), start + 1

            span = read_span(scan, start) or ((Week(0), start + 1) if scan.has(start, "week") else None)
            if span is not None and isinstance(span[0], Month | Week):
                return replace(span[0], third=third), span[1]

    return None


def read_counted(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'in two weeks', 'in 3 days', 'two weeks from now', 'in a fortnight', 'in a month'."""
    counted_in = scan.has(index, "in")
    start = index + 1 if counted_in else index
    if counted_in and scan.has(start, "fortnight"):
        return Week(2), start + 1

    count = 1 if scan.has(start, "a") else scan.number(start)
    if count is None and counted_in and scan.has(start, "day", "week", "month"):
        count, start = 1, start - 1  # 'za tydzień': languages without articles leave the one out

    if count is None or count > _LAST_DAY:
        return None

    unit = start + 1
    after = scan.past(unit + 1, "from_now")
    if not counted_in and after == unit + 1:
        return None

    if scan.has(unit, "day"):
        return DayOffset(count), after

    if scan.has(unit, "week", "fortnight"):
        return Week(count * 2 if scan.has(unit, "fortnight") else count), after

    return (Month(None, count), after) if scan.has(unit, "month") else None


def read_counted_weeks(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'in two weeks', and 'in 14 Tagen', 'over 8 dagen', where such days stand for weeks."""
    read = read_counted(scan, index)
    if read is None or not isinstance(read[0], DayOffset):
        return read

    weeks = read[0].days // DAYS_OF_WEEK
    return (Week(weeks), read[1]) if weeks and read[0].days % DAYS_OF_WEEK <= 1 else None


def read_span(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'this week', 'next week', 'later this week', 'the week after next', 'next weekend', 'this month'."""
    if scan.has(index, "later", "earlier"):
        span = read_span(scan, scan.past(index + 1, *LINKS))
        if span is None or not isinstance(span[0], Week):
            return None

        return replace(span[0], third=3 if scan.has(index, "later") else 1), span[1]

    numbered = _calendar_week(scan, index)
    if numbered is not None:
        return numbered

    ahead = _said_first(scan, index)
    unit = index if ahead is None else index + 1
    if scan.has(unit, "weekend"):
        ahead = 0 if scan.has(index, "coming") else ahead
        after = said_after(scan, unit + 1) if ahead is None else None
        return Weekend(ahead if after is None else after), unit + (1 if after is None else 2)

    return _week_or_month(scan, unit, ahead)


def _week_or_month(scan: Scan, unit: int, ahead: int | None) -> tuple[Day, int] | None:
    """The week or month at *unit*, so many *ahead* or as the word after it says."""
    if scan.has(unit, "week") and scan.has(unit + 1, "after_next"):
        return Week(2), unit + 2

    end = unit + 1
    if ahead is None:
        ahead, end = said_after(scan, end), end + 1
    elif ahead == 0 and said_after(scan, end):
        ahead, end = said_after(scan, end), end + 1  # 'essa semana que vem'

    if ahead is None:
        return None

    if scan.has(unit, "week"):
        return Week(ahead), end

    return (Month(None, ahead), end) if scan.has(unit, "month") else None


def _said_first(scan: Scan, index: int) -> int | None:
    """How many units ahead a word before the unit says."""
    if scan.has(index, "after_next"):
        return 2

    return 1 if scan.has(index, "next", "coming") else 0 if scan.has(index, "this") else None


def _calendar_week(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'KW 49', 'week 49', '49. KW'."""
    number, end = (scan.number(index + 1), index + 2) if scan.has(index, "calendar_week") else (None, index)
    if number is None:
        number, end = day_number(scan, index)
        number, end = (number, end + 1) if scan.has(end, "calendar_week") and end > index + 1 else (None, end)

    return (Week(0, number=number), end) if number is not None and 1 <= number <= LAST_WEEK else None


def said_after(scan: Scan, index: int) -> int | None:
    """How many units ahead a word after the unit says: 'la semaine prochaine', 'jeudi qui vient', 'sabato prossimo'.

    A lone 'this' after a day belongs to what follows.
    """
    if scan.has(index + 1, "week", "weekend", "month", "weekday"):
        return None

    if scan.has(index, "this") and scan.marks[index].length > 1:
        return 1 if scan.has(index, "next") and not scan.has(index - 1, "weekday") else 0

    return 1 if scan.has(index, "next") else None
