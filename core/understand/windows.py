"""Late resolution of wishes: symbolic days and clock times become windows of start times, as aware UTC instants.

Pure.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.model import Interval, WallSpan
from core.understand.proposals import Proposals
from core.understand.reading import Context
from core.understand.times import At, Beside, Clock, DayOffset, SameTime, Shift, Week, Wish
from core.understand.which_clocks import DAY, DayHours, less, minutes_of
from core.understand.which_days import SPANS, Calendar, Dates, booked_wall, calendar_of, dates_of, is_on


@dataclass(frozen=True, slots=True)
class Windows:
    """When a guest wishes to come; None where they do not say. `doubts` are why it may be otherwise."""

    when: tuple[Interval, ...] | None = None
    doubts: tuple[str, ...] = ()


def calendar_for(proposals: Proposals, context: Context) -> Calendar:
    """The calendar of this reply: whether it names the booking's own day as the one to leave."""
    plain = calendar_of(context, own_day_left=False, month_first_words=proposals.month_first_words)
    left = any(
        all(is_on(day, plain.booked, plain) for day in days)
        for wish in (*proposals.own, *proposals.rejected)
        for days in wish.days
    )
    return replace(plain, own_day_left=True) if left else plain


def windows_of(wishes: Sequence[Wish], proposals: Proposals, context: Context) -> Windows:
    """Resolve *wishes* to windows from now on, in order, without what the guest ruled out."""
    calendar = calendar_for(proposals, context)
    found: list[Interval] = []
    doubts: list[str] = []
    days: tuple[Dates, ...] = ()
    for wish in map(_on_same_weekday, wishes):
        days = tuple(dates_of(each, calendar) for each in wish.days) or days
        resolved = _windows(wish, days, proposals, context, calendar)
        found.extend(resolved.when or ())
        doubts.extend(resolved.doubts)

    merged = _merged(found)
    return Windows(merged or None, tuple(doubts) if merged or doubts else ("nothing of it is ahead",))


def _on_same_weekday(wish: Wish) -> Wish:
    """'The same time next week' is on the booking's weekday, too."""
    same_time = any(isinstance(clock, SameTime) for clocks in wish.clocks for clock in clocks)
    if not same_time or len(wish.days) != 1 or len(wish.days[0]) != 1 or not isinstance(wish.days[0][0], Week):
        return wish

    return replace(wish, days=((DayOffset(0, "booking"), wish.days[0][0]),))


def _windows(
    wish: Wish, days: tuple[Dates, ...], proposals: Proposals, context: Context, calendar: Calendar
) -> Windows:
    if wish.shift is not None and wish.shift.days and wish.days == ((DayOffset(0, "booking"),),):
        wish, days = replace(wish, days=()), ()  # 'the same day, only a week later'

    doubts = [each.doubt for each in days if each.doubt]
    if wish.shift is not None and not any(isinstance(clock, At) for clocks in wish.clocks for clock in clocks):
        return _shifted(wish.shift, days, context)

    if any(isinstance(clock, Beside) and clock.sooner for clocks in wish.clocks for clock in clocks) and not days:
        return Windows((Interval(context.now.astimezone(UTC), context.start.astimezone(UTC)),))

    if not days:
        days = (_default_day(wish, proposals, context, calendar),)
        doubts.extend(each.doubt for each in days if each.doubt)

    spanning = not wish.days or any(isinstance(day, SPANS) for each in wish.days for day in each)
    found: list[Interval] = []
    for day in (day for each in days for day in each.dates):
        minutes, day_doubts = _minutes_on(day, wish.clocks, context)
        doubts.extend(day_doubts)
        kept = less(minutes, _ruled_out(day, proposals, context, calendar, spanning=spanning))
        for span in kept:
            found.extend(_instants(day, span, context, doubts))

    return Windows(tuple(found), tuple(doubts))


def _default_day(wish: Wish, proposals: Proposals, context: Context, calendar: Calendar) -> Dates:
    """The day of a clock time without a date: the pending offer's, if it is one day, else the booking's (GUIDE)."""
    pending = context.pending
    if pending is not None and pending.kind in ("offer", "confirm_move"):
        days = {option.astimezone(context.zone).date() for option in pending.options}
        if len(days) == 1:
            return Dates(tuple(days))

        return Dates((calendar.booked,), "which day")

    shift = wish.shift.days if wish.shift is not None else 0
    day = calendar.booked + timedelta(days=shift)
    ruled_out = any(not each.clocks and each.days and _is_about(each, day, calendar) for each in proposals.rejected)
    if ruled_out:
        return Dates((day,), "the day was ruled out")

    # 'Friday I finish at 4, would 4.30 do?': the clock time may be of the other day that is spoken of (GUIDE)
    elsewhere = any(each.days and not _is_about(each, day, calendar) for each in proposals.mentioned)
    return Dates((day,), "another day is spoken of" if elsewhere else "")


def _minutes_on(
    day: date, clocks: Sequence[Sequence[Clock]], context: Context
) -> tuple[tuple[WallSpan, ...], list[str]]:
    wall = booked_wall(context)
    hours = DayHours(context.hours[day.weekday()], context.minutes, wall.hour * 60 + wall.minute)
    if not clocks:
        return ((0, DAY),), []

    resolved = [minutes_of(conditions, hours) for conditions in clocks]
    return tuple(span for each in resolved for span in each.spans), [each.doubt for each in resolved if each.doubt]


def _ruled_out(
    day: date, proposals: Proposals, context: Context, calendar: Calendar, *, spanning: bool
) -> tuple[WallSpan, ...]:
    """What of *day* the guest ruled out. A day named as wished outweighs the same weekday ruled out elsewhere."""
    taken: list[WallSpan] = []
    for wish in proposals.rejected:
        if wish.days and not (spanning and _is_about(wish, day, calendar)):
            continue

        if wish.clocks or wish.days:
            taken.extend(span for span in _minutes_on(day, wish.clocks, context)[0] if span[0] < span[1])

    return tuple(taken)


def _is_about(wish: Wish, day: date, calendar: Calendar) -> bool:
    return any(all(is_on(condition, day, calendar) for condition in conditions) for conditions in wish.days)


def _shifted(shift: Shift, days: tuple[Dates, ...], context: Context) -> Windows:
    doubts = [each.doubt for each in days if each.doubt]
    if shift.anchor == "now":
        start = context.now.astimezone(UTC) + timedelta(minutes=shift.minutes)
        return Windows((Interval(start, start),), (*doubts, "counted from now"))

    wall = booked_wall(context)
    named = [day for each in days for day in each.dates]
    starts = [_shift_on(day, shift, wall, context) for day in named or [_shifted_day(wall.date(), shift)]]
    if shift.either:
        other = Shift(-shift.days, -shift.minutes, -shift.months)
        earlier = _shift_on(_shifted_day(wall.date(), other), other, wall, context)
        if context.now < min(earlier, *starts):
            starts.append(earlier)
            doubts.append("earlier or later")

    if shift.months:
        doubts.append("a month")

    ahead = tuple(Interval(start, start) for start in starts if start > context.now)
    return Windows(ahead, tuple(doubts) if ahead else (*doubts, "it is past"))


def _shifted_day(day: date, shift: Shift) -> date:
    return _later_month(day, shift.months) + timedelta(days=shift.days)


def _later_month(day: date, months: int) -> date:
    """The same day so many months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _shift_on(day: date, shift: Shift, wall: datetime, context: Context) -> datetime:
    same_clock = datetime.combine(day, wall.timetz().replace(tzinfo=None), tzinfo=context.zone).astimezone(UTC)
    return same_clock + timedelta(minutes=shift.minutes)


def _instants(day: date, span: WallSpan, context: Context, doubts: list[str]) -> list[Interval]:
    """Turn a span of wall minutes into instants; what is past is cut off.

    A wall time that clocks skip or repeat is doubted.
    """
    begin, end = (_instant(day, minute, context.zone) for minute in span)
    if span[0] == span[1]:
        if not _is_plain(day, span[0], context.zone):
            doubts.append("the clocks change then")

        if begin <= context.now:
            doubts.append("it is past")
            return []

    if end <= context.now:
        return []

    return [Interval(max(begin, context.now.astimezone(UTC)), end)]


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minute, DAY)
    return datetime.combine(day + timedelta(days=days), time(*divmod(rest, 60)), tzinfo=zone).astimezone(UTC)


def _is_plain(day: date, minute: int, zone: ZoneInfo) -> bool:
    days, rest = divmod(minute, DAY)
    wall = datetime.combine(day + timedelta(days=days), time(*divmod(rest, 60)), tzinfo=zone)
    return wall.utcoffset() == wall.replace(fold=1).utcoffset()


def _merged(found: Sequence[Interval]) -> tuple[Interval, ...]:
    """Put windows in order, and make one of those that touch."""
    merged: list[Interval] = []
    for each in sorted(set(found)):
        last = merged[-1] if merged else None
        if last is not None and not last.is_exact and each.start <= last.end:
            merged[-1] = Interval(last.start, max(last.end, each.end))
        elif last is not None and last.is_exact and last.start == each.start:
            merged[-1] = each
        else:
            merged.append(each)

    return tuple(merged)
