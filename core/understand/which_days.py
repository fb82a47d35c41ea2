"""Late resolution of days: which dates symbolic days are, given now and the booking. Pure, no look at the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from core.understand.reading import Context
from core.understand.times import (
    AnyDay,
    Beyond,
    Date,
    Day,
    DayOffset,
    DayRange,
    InMonth,
    Month,
    Week,
    Weekday,
    Weekend,
)

SPANS = (Week, Weekend, Month, InMonth, AnyDay, DayRange, Beyond)
ANY_DAY_REACH = 15
"""'Any day' is the two weeks from now (GUIDE)."""

REACH = 300
"""Days ahead beyond which a date without a year is rather one that has just passed."""

FURTHEST = 3 * 366
"""Days ahead beyond which no visit is: a date with such a year is a slip, and not read."""

NEAR = 62
"""Days ahead that a guest may well mean; further dates are read with doubt."""

_SUNDAY = 6
_LAST_DAY = 31
_WEEK = 7
_MONTHS = 12
_THIRDS_OF_WEEK = {None: (0, 7), 1: (0, 3), 2: (1, 3), 3: (3, 4)}
"""First day and length."""

_THIRDS_OF_MONTH = {None: (1, 31), 1: (1, 10), 2: (11, 20), 3: (21, 31)}


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates meant, in order, and why they may be others."""

    dates: tuple[date, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What days are read against. `own_day_left`: the reply names the booking's day as the one to leave.

    `reach` is how many days ahead a date without a year may lie.
    """

    today: date
    booked: date
    own_day_left: bool = False
    month_first_words: bool = False
    reach: int = REACH


def calendar_of(context: Context, *, own_day_left: bool, month_first_words: bool) -> Calendar:
    """Take the dates out of *context*, in its zone."""
    return Calendar(
        context.now.astimezone(context.zone).date(),
        context.start.astimezone(context.zone).date(),
        own_day_left,
        month_first_words,
    )


def dates_of(conditions: tuple[Day, ...], calendar: Calendar) -> Dates:
    """Find the dates on which all *conditions* hold; where they disagree, each of them is possible (GUIDE)."""
    conditions = _narrowing(_with_booked_weekday(conditions, calendar))
    weekdays = [day for day in conditions if isinstance(day, Weekday)]
    others = [_dates(day, calendar) for day in conditions if not isinstance(day, Weekday)]
    doubt = next((found.doubt for found in others if found.doubt), "")
    if not weekdays:
        return _agreeing(others, doubt)

    alone = _weekday(weekdays[0], calendar)
    if not others:
        return alone

    common = _agreeing(others, doubt)
    fitting = tuple(day for day in common.dates if day.weekday() == weekdays[0].weekday)
    if fitting:
        return Dates(fitting, common.doubt)

    nearest = {day + timedelta(days=(weekdays[0].weekday - day.weekday() + 3) % _WEEK - 3) for day in common.dates[:1]}
    return Dates(tuple(sorted({*nearest, *common.dates} or {*alone.dates})), "weekday and date disagree")


def _narrowing(conditions: tuple[Day, ...]) -> tuple[Day, ...]:
    """Leave out 'any day' beside a day: 'some time in December', 'Saturday, no matter when'."""
    narrower = tuple(day for day in conditions if day != AnyDay())
    return narrower or conditions


def _with_booked_weekday(conditions: tuple[Day, ...], calendar: Calendar) -> tuple[Day, ...]:
    """'The same day next week' is the booking's weekday in that week."""
    if DayOffset(0, "booking") not in conditions or not any(isinstance(day, Week) for day in conditions):
        return conditions

    return (Weekday(calendar.booked.weekday()), *(day for day in conditions if isinstance(day, Week)))


def is_on(day: Day, when: date, calendar: Calendar) -> bool:
    """Whether *day* speaks of the date *when*; a bare weekday speaks of every such weekday."""
    if isinstance(day, Weekday):
        return day.weekday == when.weekday() and (day.which == "bare" or when in _weekday(day, calendar).dates)

    return when in _dates(day, calendar).dates


def _agreeing(found: Iterable[Dates], doubt: str) -> Dates:
    sets = [set(each.dates) for each in found]
    common = set.intersection(*sets)
    if common or not all(sets):
        return Dates(tuple(sorted(common)), doubt)

    return Dates(tuple(sorted(set.union(*sets))), "days disagree")


def _dates(day: Day, calendar: Calendar) -> Dates:
    match day:
        case Weekday():
            return _weekday(day, calendar)
        case Date():
            return _date(day, calendar)
        case DayOffset(days, anchor):
            return Dates(((calendar.today if anchor == "now" else calendar.booked) + timedelta(days=days),))
        case Week():
            return _week(day, calendar)
        case Weekend(weeks):
            return _weekend(weeks, calendar)
        case Month() | InMonth():
            return _month(day, calendar) if isinstance(day, Month) else _in_month(day, calendar)
        case AnyDay(workdays):
            ahead = _run(calendar.today, ANY_DAY_REACH)
            return Dates(tuple(each for each in ahead if not workdays or each.weekday() < _SUNDAY - 1))
        case DayRange() | Beyond():
            return _day_range(day.first, day.last, calendar) if isinstance(day, DayRange) else _beyond(day, calendar)


def _week(week: Week, calendar: Calendar) -> Dates:
    anchor = calendar.today if week.anchor == "now" else calendar.booked
    if week.number is not None:
        anchor = _in_numbered_week(week.number, calendar.today)

    if week.of is not None:
        within = _date(week.of, calendar)
        if not within.dates:
            return within

        anchor = within.dates[0]

    monday = _monday(anchor) + timedelta(weeks=week.weeks)
    offset, length = _THIRDS_OF_WEEK[week.third]
    return Dates(_from_today(_run(monday + timedelta(days=offset), length), calendar))


def _run(first: date, length: int) -> tuple[date, ...]:
    return tuple(first + timedelta(days=offset) for offset in range(length))


def _from_today(days: Iterable[date], calendar: Calendar) -> tuple[date, ...]:
    return tuple(day for day in days if day >= calendar.today)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _weekday(day: Weekday, calendar: Calendar) -> Dates:
    """Find a weekday by the GUIDE: bare is the first after today, doubtful where the booking's week is a later one."""
    today = calendar.today
    first = today + timedelta(days=(day.weekday - today.weekday() - 1) % _WEEK + 1)
    in_week = _monday(today) + timedelta(days=day.weekday)
    in_booked_week = _monday(calendar.booked) + timedelta(days=day.weekday)
    if day.weeks is not None:
        doubt = "the one after the next" if day.which == "next" else ""
        return Dates((in_week + timedelta(weeks=day.weeks),), doubt)

    match day.which:
        case "previous":
            return Dates((first - timedelta(weeks=1 if first - timedelta(weeks=1) < today else 2),), "it is over")
        case "week_later":
            return Dates((first + timedelta(weeks=1),), _later_week(first, in_booked_week))
        case "coming":
            return Dates((first,))
        case "this":
            return Dates((in_week,)) if in_week > today else Dates((first,), "this weekday is over")
        case "next":
            return _next_weekday(in_week, first, in_booked_week, calendar)
        case "bare":
            return _bare_weekday(first, in_booked_week, calendar)


def _next_weekday(in_week: date, first: date, in_booked_week: date, calendar: Calendar) -> Dates:
    following = in_week + timedelta(weeks=1)
    if in_week > calendar.today:
        return Dates((in_week, following), "next weekday")

    return Dates((following,), _later_week(first, in_booked_week))


def _bare_weekday(first: date, in_booked_week: date, calendar: Calendar) -> Dates:
    if calendar.own_day_left and in_booked_week > calendar.today:
        return Dates((in_booked_week,))

    if in_booked_week > first:
        return Dates((first, in_booked_week), "weekday before the booking's week")

    return Dates((first,))


def _later_week(first: date, in_booked_week: date) -> str:
    return "weekday before the booking's week" if in_booked_week > first else ""


def _date(day: Date, calendar: Calendar) -> Dates:
    if day.month is None:
        return _day_of_month(day.day, calendar)

    said = _coming(day.day, day.month, day.year, calendar)
    if not day.either_order:
        doubt = "" if said and (said[0] - calendar.today).days < calendar.reach else "far ahead"
        return Dates(said, doubt if said else "no such day ahead")

    swapped = _coming(day.month, day.day, day.year, calendar)
    if swapped and _is_near(swapped[0], calendar):
        said_near = bool(said) and _is_near(said[0], calendar) and not calendar.month_first_words
        return Dates(said if said_near else swapped, "day and month may be the other way round")

    return Dates(said, "" if said and _is_near(said[0], calendar) else "far ahead")


def _is_near(day: date, calendar: Calendar) -> bool:
    return day - calendar.today <= timedelta(days=NEAR)


def _day_of_month(number: int, calendar: Calendar) -> Dates:
    for months in range(_MONTHS):
        year, month = divmod(calendar.today.year * _MONTHS + calendar.today.month - 1 + months, _MONTHS)
        found = _date_or_none(year, month + 1, number)
        if found is not None and found >= calendar.today:
            earlier = (found.year, found.month) < (calendar.booked.year, calendar.booked.month)
            return Dates((found,), "the booking is in a later month" if earlier else "")

    return Dates((), "no such day")


def _coming(day: int, month: int, year: int | None, calendar: Calendar) -> tuple[date, ...]:
    """The next such date, unless it is so far ahead that a date just past is meant."""
    years = (year,) if year is not None else (calendar.today.year, calendar.today.year + 1)
    for each in years:
        found = _date_or_none(each, month, day)
        if found is not None and found >= calendar.today:
            furthest = calendar.reach if year is None else FURTHEST
            return (found,) if found - calendar.today < timedelta(days=furthest) else ()

    return ()


def _date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _in_numbered_week(number: int, today: date) -> date:
    """The Monday of the next such week of a year (ISO 8601), this week's included."""
    for year in (today.isocalendar().year, today.isocalendar().year + 1):
        monday = date.fromisocalendar(year, 1, 1) + timedelta(weeks=number - 1)
        if monday >= _monday(today):
            return monday

    return today


def _weekend(weeks: int | None, calendar: Calendar) -> Dates:
    saturday = _monday(calendar.today) + timedelta(days=5, weeks=weeks or 0)
    doubt = "next weekend" if weeks else ""
    if weeks is None and _monday(calendar.booked) > _monday(calendar.today):
        doubt = "weekend before the booking's week"

    return Dates(_from_today(_run(saturday, 2), calendar), doubt)


def _month(day: Month, calendar: Calendar) -> Dates:
    begin, end = _THIRDS_OF_MONTH[day.third]
    return Dates(_from_today((each for each in _days_of(day, calendar) if begin <= each.day <= end), calendar))


def _days_of(day: Month, calendar: Calendar, later: int = 0) -> tuple[date, ...]:
    """Every day of a month, also those that are over; *later*: so many months or years further on."""
    today = calendar.today
    ahead = day.offset + later if day.number is None else (day.number - today.month) % _MONTHS + _MONTHS * later
    if day.number is not None and day.year is not None:
        ahead = (day.year - today.year) * _MONTHS + day.number - today.month

    year, month = divmod(today.year * _MONTHS + today.month - 1 + ahead, _MONTHS)
    days = (_date_or_none(year, month + 1, number) for number in range(1, _LAST_DAY + 1))
    return tuple(each for each in days if each is not None)


def _in_month(day: InMonth, calendar: Calendar) -> Dates:
    """The nth weekday, week or day of a month; where it is over and the month has no year, that of the next one."""
    named = day.month.number is not None and day.month.year is None
    for later in (0, 1) if named else (0,):
        found = _from_today(_nth(day, _days_of(day.month, calendar, later)), calendar)
        if found and (found[0] - calendar.today).days < calendar.reach:
            return Dates(found)

    return Dates((), "no such day ahead")


def _nth(day: InMonth, days: Sequence[date]) -> tuple[date, ...]:
    if day.unit == "week":
        weeks = [tuple(each for each in days if _monday(each) == monday) for monday in sorted(set(map(_monday, days)))]
        whole = [week for week in weeks if len(week) > _WEEK // 2]
        return _at(whole, day.nth) or ()

    counted = [each for each in days if day.unit in ("day", each.weekday())]
    found = _at(counted, day.nth)
    return () if found is None else (found,)


_Counted = TypeVar("_Counted")


def _at(counted: Sequence[_Counted], nth: int) -> _Counted | None:
    if nth < 0:
        return counted[nth] if counted else None

    return counted[nth - 1] if 1 <= nth <= len(counted) else None


def _day_range(first: Day, last: Day, calendar: Calendar) -> Dates:
    begin, end = _dates(first, calendar), _dates(last, calendar)
    if not begin.dates or not end.dates:
        return Dates((), "no such range")

    length = (
        (end.dates[0] - begin.dates[0]).days % _WEEK
        if isinstance(last, Weekday)
        else (end.dates[0] - begin.dates[0]).days
    )
    return Dates(_run(begin.dates[0], max(0, min(length, NEAR)) + 1), begin.doubt or end.doubt)


def _beyond(beyond: Beyond, calendar: Calendar) -> Dates:
    """The days up to a day, or two weeks from it: how far is never said, so it is doubtful."""
    edges = _dates(beyond.day, calendar).dates
    if not edges:
        return Dates((), "no such day")

    first = edges[0] if beyond.inclusive else edges[-1] + timedelta(days=1)
    days = (
        _run(first, ANY_DAY_REACH) if beyond.direction > 0 else _run(calendar.today, (edges[0] - calendar.today).days)
    )
    return Dates(days, "an open end")


def booked_wall(context: Context) -> datetime:
    """The booking's start on the clock of its zone."""
    return context.start.astimezone(context.zone)
