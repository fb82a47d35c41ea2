"""The grammar's rules for days: weekdays, dates, weeks, months and days counted from another. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from core.understand.marks import UNKNOWN
from core.understand.month_grammar import day_number, read_day_of_span, read_in_month, read_next_few, week_of, year_at
from core.understand.scan import LINKS, Read, Scan
from core.understand.span_grammar import (
    DAYS_OF_WEEK,
    read_counted,
    read_counted_weeks,
    read_span,
    read_third_of_month,
    said_after,
)
from core.understand.times import AnyDay, Beyond, Date, Day, DayOffset, DayRange, Month, Part, Week, Weekday, Weekend

EVENING = Part(17 * 60, 24 * 60)

MOST_OPTIONS = 5
"""'The second' counts offered times; later ordinals in words are dates."""

Which = Literal["next", "this", "coming"]
_WHICH: tuple[Which, ...] = ("next", "this", "coming")

_FULL_YEAR = 1000
_LAST_DAY = 31
_LAST_MONTH = 12
_THREE_NUMBERS = 3

_LAST_HOUR = 24
_AFTER_NO_DATE = (
    "am", "pm", "oclock", "minute", "hour", "day", "week", "month", "ordinal_suffix", "around_suffix", "after_suffix",
    "before_suffix", "to", "hour_and", "hour_less", "one", "option", "visit", "plain", UNKNOWN,
)  # fmt: skip
"""What after a number makes it no day of a month."""

_DAYS = (Weekday, Date, DayOffset)
_FIXED: dict[str, Day] = {
    "same_day": DayOffset(0, "booking"),
    "next_day": DayOffset(1, "booking"),
    "previous_day": DayOffset(-1, "booking"),
    "next_week_booking": Week(1, "booking"),
    "same_week": Week(0, "booking"),
    "workdays": AnyDay(workdays=True),
    "any_day": AnyDay(),
}


def read_day(scan: Scan, index: int) -> Read | None:
    """Read the day, span of days or range of days that begins at *index*."""
    if scan.has(index, "tonight"):
        return (DayOffset(0), EVENING), index + 1

    named = scan.value(index, "offset") == 0 and scan.has(index, "part")
    start = index if named else index + 1
    part = scan.value(start, "part") if named or scan.has(index, "this") else None
    if part is not None:
        return (DayOffset(0), Part(*divmod(part, 10_000))), start + 1

    if scan.has(index, "between"):
        opened = _number_before_date(scan, scan.past(index + 1, "on")) or _named_date(scan, index + 1)
        ranged = None if opened is None else _range_from(scan, *opened, between=True)
        if ranged is not None:
            return ranged

    # 'voor vrijdag' is for Friday, 'voor 11 uur' is before eleven
    if (scan.has(index, "after", "before") and not scan.has(index, "on")) or scan.opens(index):
        return _open_ended(scan, index)

    first = _number_before_date(scan, index) or _single(scan, index)
    if first is None:
        return None

    day, end = first
    between = scan.has(index - 1, "between") or (scan.has(index - 1, "from") and not scan.has(index - 1, "own"))
    between = between or (scan.has(index - 1, "on") and scan.has(index - 2, "between"))
    ranged = _range_from(scan, *_dated(scan, day, end), between=between)
    if ranged is not None:
        return ranged

    return _numbers_after(scan, day, end) or _number_after_weekday(scan, day, end) or ((day,), end)


def _range_from(scan: Scan, day: Day, end: int, *, between: bool) -> Read | None:
    """The ' to Friday' of 'Monday to Friday', of 'Monday 4 May to Friday 8 May'."""
    joined = scan.has(end, "to") and (between or not scan.has(end, "and", "at"))
    last = _single(scan, scan.past(end + 1, "on")) if joined and isinstance(day, Weekday | Date | DayOffset) else None
    if last is None or not isinstance(day, Weekday | Date | DayOffset):
        return None

    last = _dated(scan, *last)
    if not isinstance(last[0], Weekday | Date | DayOffset):
        return None

    return (DayRange(_with_month_of(day, last[0]), last[0], aimed=scan.has(end, "aim")),), last[1]


def _dated(scan: Scan, day: Day, end: int) -> tuple[Day, int]:
    """The date after a weekday, where one follows at once: what the end of a range is."""
    if not isinstance(day, Weekday):
        return day, end

    following = scan.past(end, "on")
    date = _shown(scan, following) or _named_date(scan, following)
    if date is not None and isinstance(date[0], Date):
        return date

    number, after = day_number(scan, scan.past(end, "on", "day_number"))
    numbered = number is not None and scan.has(after, "to") and scan.kind(after - 1) == "number"
    return (Date(number), after) if number is not None and numbered and not scan.has(after, "at") else (day, end)


def _numbers_after(scan: Scan, day: Day, end: int) -> Read | None:
    """The '-15' of 'July 13-15', the 'to seventeenth' of 'April ninth to seventeenth'."""
    if not isinstance(day, Date) or day.month is None or not scan.has(end, "to") or scan.has(end, "at", "before"):
        return None

    last, after = day_number(scan, scan.past(end + 1, "on"))
    named = after > end + 2 or scan.value(end + 1, "ordinal") is not None
    if last is None or not day.day < last <= _LAST_DAY or scan.has(after, "am", "pm", "oclock"):
        return None

    if scan.has(end - 1, "month_name") and not named:
        return None

    return (DayRange(day, Date(last, day.month, day.year)),), after


def _number_after_weekday(scan: Scan, day: Day, end: int) -> Read | None:
    """The '26' of 'Thursday 26', of 'jueves 10 a las 4'; '3' may as well be a clock time in some languages."""
    number = scan.number(end) if scan.kind(end) == "number" else None
    if not isinstance(day, Weekday) or number is None or not 1 <= number <= _LAST_DAY:
        return None

    after = scan.past(end + 1, *LINKS)
    timed = scan.kind(after) in ("clock", "pointed") or scan.has(after, "noon") or scan.has(after + 1, "oclock")
    timed = timed or (after > end + 1 and scan.number(after) is not None)
    if (scan.has(end + 1, *_AFTER_NO_DATE) and not (timed and scan.has(end + 1, "at"))) or scan.has(
        after, "month_name"
    ):
        return None

    if number <= _LAST_HOUR and not timed and scan.lexicon.number_after_weekday == "clock":
        return None

    return (day, Date(number, maybe_clock=number <= _LAST_HOUR and not timed)), end + 1


def _open_ended(scan: Scan, index: int) -> Read | None:
    """'before Thursday', 'after the 10th', 'from Monday on'; but 'from Monday to Wednesday' is a range."""
    read = read_day(scan, index + 1) if not scan.has(index + 1, "after", "before", "from") else None
    if read is None and scan.has(index + 1, "on", "day_number"):
        read = read_day(scan, scan.past(index + 1, "on", "day_number"))  # 'nach dem Wochenende'

    edges = (
        Weekday | Date | DayOffset if scan.has(index, "from") else Weekday | Date | DayOffset | Week | Weekend | Month
    )
    if read is None or not isinstance(read[0][0], edges) or len(read[0]) > 1:
        return read if scan.has(index, "from") else None

    day, end = read[0][0], read[1]
    if scan.has(index, "before"):
        return (Beyond(day, -1),), end

    inclusive = scan.has(index, "from") or scan.has(end, "after_suffix")
    return (Beyond(day, 1, inclusive=inclusive),), end + 1 if scan.has(end, "after_suffix") else end


def _past_sign(scan: Scan, index: int) -> int:
    """The index after the sign in '10/August', 'Jan-3'."""
    signs = scan.kind(index) == "mark" and scan.marks[index].token.glued and scan.marks[index].text in "/-–"
    return index + 1 if signs else index


def _is_counted(scan: Scan, index: int) -> bool:
    """Whether what follows a number makes it no day of a month; 'le 2 à 5h' is one, though 'à' may join a range."""
    if not scan.has(index, *_AFTER_NO_DATE):
        return False

    if scan.has(index, "to", "and") and (scan.has(index + 1, "day_number") or scan.has(index, "day_number")):
        return False  # 'dal 3 al 5', 'le 12 et le 13'

    if not scan.has(index, "at", "around"):
        return True

    timed = scan.kind(index + 1) in ("clock", "pointed") or scan.has(index + 2, "oclock", "hour", "am", "pm")
    hour_after = (
        scan.has(index, "at") and scan.number(index + 1) is not None and not scan.has(index + 2, "on", "month_name")
    )
    return not (timed or hour_after or scan.has(index + 1, "noon"))


def _dashed(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'op 26-11', 'el 17-2', 'do 27-11 om 10u': a dash joins day and month where they are no hours."""
    first, second = scan.numbers(index), scan.numbers(index + 2)
    if scan.kind(index) != "number" or scan.kind(index + 2) != "number" or scan.marks[index + 1].text != "-":
        return None

    cued = scan.has(index - 1, "on", "day_number") and not scan.has(index - 1, "at", "between", "from")
    clock = scan.past(index + 3, "at")
    hourly = scan.kind(clock) == "clock" or (scan.number(clock) is not None and scan.has(clock + 1, "oclock"))
    cued = cued or first[0] > _LAST_HOUR or (hourly and clock > index + 3)
    timed = scan.has(index + 3, "oclock", "am", "pm", "hour", "month_name", "ordinal_suffix", "to")
    if not cued or timed or not scan.marks[index + 1].token.glued or not scan.marks[index + 2].token.glued:
        return None

    return _checked(Date(first[0], second[0]), index + 3)


def _number_before_date(scan: Scan, index: int) -> tuple[Day, int] | None:
    """The '8' of '8-10 March', of '8 or 10 March', the 'ninth' of 'ninth to tenth of March'."""
    start = scan.past(index, "on", "day_number")
    number, end = day_number(scan, start)
    moved = scan.has(end, "at") and (scan.has(index - 1, "own") or not scan.has(end, "to"))
    if number is None or not scan.has(end, "to", "or", "and") or moved:
        return None

    following = scan.past(end + 1, "on", "day_number")
    last = _shown(scan, following) or _named_date(scan, following)
    if last is None or not isinstance(last[0], Date) or last[0].month is None:
        return None

    return Date(number, last[0].month, last[0].year), end


def _with_month_of(day: Weekday | Date | DayOffset, last: Weekday | Date | DayOffset) -> Weekday | Date | DayOffset:
    if isinstance(day, Date) and isinstance(last, Date) and day.month is None:
        return Date(day.day, last.month, last.year)

    return day


def _single(scan: Scan, index: int) -> tuple[Day, int] | None:
    return (
        _shown(scan, index)
        or _dashed(scan, index)
        or read_in_month(scan, index)
        or _week_of(scan, index)
        or read_next_few(scan, index)
        or _weekday(scan, index)
        or _named_date(scan, index)
        or read_counted(scan, index)
        or read_span(scan, index)
        or _fixed(scan, index)
    )


def _week_of(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'the week of the 7th', 'week commencing 30 November'."""
    start = scan.past(index, "on")
    if not scan.has(start, "week_of"):
        return None

    following = scan.past(start + 1, "on", "day_number")
    date = _shown(scan, following) or _named_date(scan, following)
    if date is None:
        number, end = day_number(scan, following)
        date = None if number is None else (Date(number), end)

    week = week_of(date[0]) if date is not None else None
    return (week, date[1]) if week is not None and date is not None else None


def _shown(scan: Scan, index: int) -> tuple[Day, int] | None:
    """A date in digits: 2027-03-04, 4.3.2027, 4/3, 4/3/27."""
    numbers = scan.numbers(index)
    kind = scan.kind(index)
    if kind == "pointed" and scan.may_be_date(index):
        return _checked(Date(numbers[0], numbers[1]), index + 1) if scan.is_pointed_date(index) else None

    if kind == "date" and len(numbers) < _THREE_NUMBERS:
        return (Date(numbers[0], numbers[1]), index + 1)

    if kind == "date":
        day, month, year = numbers if numbers[0] < _FULL_YEAR else numbers[::-1]
        return _checked(Date(day, month, year if year >= _FULL_YEAR else year + 2000), index + 1)

    if kind != "slashed":
        return None

    year_shown = numbers[2] if len(numbers) == _THREE_NUMBERS else None
    year_full = 2000 + year_shown if year_shown is not None and year_shown < 100 else year_shown  # noqa: PLR2004 - two digits
    day, month = numbers[:2] if scan.lexicon.date_order == "day_first" else numbers[1::-1]
    if month > _LAST_MONTH:
        return _checked(Date(month, day, year_full), index + 1)

    either = scan.lexicon.either_order and day <= _LAST_MONTH and day != month

    return _checked(Date(day, month, year_full, either_order=either), index + 1)


def _checked(date: Date, end: int) -> tuple[Day, int] | None:
    return (date, end) if 1 <= date.day <= _LAST_DAY and 1 <= (date.month or 1) <= _LAST_MONTH else None


def _weekday(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'Friday', 'this Friday', 'next Friday', 'Friday next week', 'week on Friday', 'Friday week'.

    'Friday in two weeks'.
    """
    later = scan.has(index, "week_later")
    start = scan.past(index, "week_later")
    which: Which | None = next((name for name in _WHICH if scan.has(start, name)), None)
    after_next = scan.has(start, "after_next")
    at = start if which is None and not after_next else start + 1
    weekday, position = scan.value(at, "weekday"), scan.value(at, "ordinal")
    if weekday is None or (position is not None and scan.has(at + 1, "one", "option")):
        return None

    end = at + 1
    if scan.has(start - 1, "previous") and which is None:
        return Weekday(weekday, "previous"), end

    if scan.has(end, "previous") and which is None:
        return Weekday(weekday, "previous"), end + 1

    if after_next:
        return Weekday(weekday, "week_later"), end

    if later or (scan.has(end, "week") and not scan.has(end + 1, "later", "earlier") and which is None):
        return Weekday(weekday, "week_later"), end if later else end + 1

    if scan.has(end, "week_later"):
        return Weekday(weekday, "week_later"), end + 1

    day, end = _weekday_and_week(scan, weekday, which, end)
    return replace(day, position=position), end


def _weekday_and_week(scan: Scan, weekday: int, which: Which | None, end: int) -> tuple[Weekday, int]:
    """The week said after a weekday: 'Friday after next', 'Friday next week', 'Friday in two weeks', 'Friday next'."""
    if scan.has(end, "after_next") and not scan.has(end + 1, "week"):
        return Weekday(weekday, "next", weeks=2), end + 1

    following = scan.past(end, "on")
    if scan.has(following, "next", "this", "in", "coming", "after_next", "calendar_week"):
        week = read_counted_weeks(scan, following) or read_span(scan, following)
        if week is not None and isinstance(week[0], Week) and week[0].anchor == "now" and week[0].number is None:
            return Weekday(weekday, "bare", weeks=week[0].weeks), week[1]

    if which is None and said_after(scan, end) is not None:
        return Weekday(weekday, "this" if said_after(scan, end) == 0 else "next"), end + 1

    return Weekday(weekday, which or "bare"), end


def _named_date(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'the 8th', '8th of January', '8 January 2027', 'January 8', 'Jan 8th', and a month alone."""
    start = scan.past(index, "on", "day_number")
    day, end = day_number(scan, start)
    if day is None and scan.has(scan.past(start + 1, "on"), "month_name"):
        day, end = scan.spelt_number(start), start + 1  # 'cinco de mayo'

    if day is not None:
        after = _past_sign(scan, scan.past(end, "on"))
        month = scan.value(after, "month_name")
        if month is not None:
            return _with_year(scan, day, month, after + 1)

        spanned = read_day_of_span(scan, day, end)
        if spanned is not None:
            return spanned

        spaced = _spaced(scan, start) if scan.has(start - 1, "day_number") else None
        if spaced is not None:
            return spaced

        digits = scan.value(start, "ordinal") is None or scan.has(end, "at", "month")
        numbered = scan.has(start - 1, "day_number") and digits and not _is_counted(scan, end)
        return (Date(day), end) if numbered or _is_ordinal(scan, index, end) else None

    # 'dez' is December only after a day: alone it is ten
    month = scan.value(index, "month_name") if scan.number(index) is None else None
    if month is None:
        return read_third_of_month(scan, index)

    day, end = day_number(scan, _past_sign(scan, scan.past(index + 1, "on")))
    if day is None and not scan.has(index, "weak") and not scan.has(index + 2, "number"):
        day, end = scan.spelt_number(index + 1), index + 2  # 'maio cinco'

    if day is not None and not scan.has(end, "am", "pm", "oclock"):
        return _with_year(scan, day, month, end)

    linked = scan.has(index - 1, "in", "on", "at", "this", "next", "to", "month_start", "month_end", "after", "before")
    linked = linked or (scan.has(index - 1, "or", "and") and scan.has(index - 2, "month_name"))
    if not linked and scan.has(index, "weak"):
        return None

    year = year_at(scan, index + 1)
    return Month(month, year=year), index + (1 if year is None else 2)


def _spaced(scan: Scan, index: int) -> tuple[Day, int] | None:
    """The date of 'le 31 10', 'le 20 02 2014': numbers with nothing but blanks between them."""
    month = scan.numbers(index + 1) if scan.kind(index + 1) == "number" else ()
    if scan.kind(index) != "number" or not month or not 1 <= month[0] <= _LAST_MONTH:
        return None

    end = index + 2
    joined = scan.has(end, "to") and not scan.has(end, "at")
    if joined or scan.has(end, "oclock", "am", "pm", "hour", "minute", "part", "plain", UNKNOWN):
        return None

    return _with_year(scan, scan.numbers(index)[0], month[0], end)


def _is_ordinal(scan: Scan, index: int, end: int) -> bool:
    """Whether a lone day number is a date: '8th', 'the eighth', but not 'the second one'."""
    if scan.has(end, "one", "option", "visit"):
        return False

    if scan.has(end - 1, "ordinal_suffix", "month_day"):
        return True

    number = scan.value(end - 1, "ordinal") or 0
    counted = scan.has(end, "plain", UNKNOWN, "week", "day", "month", "hour") or scan.has(index - 1, "to")
    return number > (MOST_OPTIONS if scan.has(index, "on") else _LAST_MONTH) and not counted


def _with_year(scan: Scan, day: int, month: int, end: int) -> tuple[Day, int]:
    after = scan.past(end, "on")
    after += scan.is_comma(after)
    year = year_at(scan, after)
    return (Date(day, month), end) if year is None else (Date(day, month, year), after + 1)


def _fixed(scan: Scan, index: int) -> tuple[Day, int] | None:
    """'tomorrow', 'the same day', 'the day after', 'any day'."""
    offset = scan.value(index, "offset")
    after_day = scan.has(index, "part") and scan.has(index - 1, "weekday", "offset")
    if offset is not None and not after_day:
        weeks = read_counted_weeks(scan, index + 1) if scan.has(index + 1, "in") else None
        if weeks is not None and isinstance(weeks[0], Week) and weeks[0].anchor == "now":
            return DayOffset(offset + DAYS_OF_WEEK * weeks[0].weeks), weeks[1]

        if weeks is None and scan.has(index + 1, "in"):
            weeks = read_counted(scan, index + 1)

        if weeks is not None and isinstance(weeks[0], DayOffset):
            return DayOffset(offset + weeks[0].days), weeks[1]

        return DayOffset(offset), index + 1

    for cue, day in _FIXED.items():
        if scan.has(index, cue):
            if cue == "next_week_booking" and scan.has(index + 1, "next"):
                return Week(2), index + 2

            following = scan.past(index + 1, *LINKS)
            if scan.has(index, "any_time") and scan.has(following, "weekday", "offset", "date", "slashed"):
                return None

            spans = cue in ("any_day", "workdays") and read_span(scan, following) is not None
            another = cue == "any_day" and scan.has(index, "move")
            return AnyDay(another=True) if another else day, index + 1 if not spans else following

    return None
