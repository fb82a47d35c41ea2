"""Late resolution of choices: which offered time a guest points at, by number, by position or by naming it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.understand.proposals import Choice, Proposals
from core.understand.reading import Context
from core.understand.times import Around, At, Between, Clock, Date, Weekday, Wish
from core.understand.which_clocks import DayHours, minutes_of, readings
from core.understand.which_days import SPANS, Calendar, booked_wall, is_on
from core.understand.windows import calendar_for


@dataclass(frozen=True, slots=True)
class Picked:
    """The number (from 1) of the chosen option, and why it may be another."""

    number: int
    doubt: str = ""


def chosen(proposals: Proposals, context: Context) -> Picked | None:
    """Find the one offered time that the guest chooses; None where they choose none, it is not one, or is ruled out."""
    if context.pending is None or context.pending.kind != "offer":
        return None

    options = [option.astimezone(context.zone) for option in context.pending.options]
    picked = _picked(proposals, options, context)
    calendar = calendar_for(proposals, context)
    # 'Friday, but not in the morning' is no Friday at half past ten
    ruled_out = picked is not None and any(
        wish.clocks and _fits(wish, options[picked.number - 1], context, calendar) for wish in proposals.rejected
    )
    return None if ruled_out else picked


def _picked(proposals: Proposals, options: Sequence[datetime], context: Context) -> Picked | None:
    named = _named(proposals, options, context)
    by_number = {choice.number for choice in proposals.choices if choice.number is not None and not choice.bare}
    if by_number:
        return _by_number(by_number, options)

    bare = {choice.number for choice in proposals.choices if choice.bare and choice.number is not None}
    if bare:
        alone = len(bare) == 1 and all(choice.alone for choice in proposals.choices)
        return _by_bare_number(bare, named, options, alone=alone)

    pointed = [choice for choice in proposals.choices if choice.position is not None or choice.extreme]
    elsewhere = named == [] and not any(choice.extreme for choice in pointed)
    if pointed and not elsewhere:
        among = list(range(len(options)))
        picked = _by_position(pointed, named or among, options, narrowed=named is not None)
        if picked is None and named:
            # 'the third one, on Monday': counted among all, and named as well
            whole = _by_position(pointed, among, options, narrowed=True)
            picked = whole if whole is not None and whole.number - 1 in named else None

        return picked

    by_position = _by_ordinal_weekday(proposals, options)
    if named == []:
        return by_position or _by_ordinal_date(proposals, options)

    if named is None or len(named) > 1:
        return None

    days = [day for wish in proposals.wishes for days in wish.days for day in days]
    if days and all(isinstance(day, SPANS) for day in days) and not any(wish.clocks for wish in proposals.wishes):
        return None if proposals.said("no", "refuse") else Picked(named[0] + 1, "a whole span")

    either = by_position is not None and by_position.number != named[0] + 1
    return Picked(named[0] + 1, "a position or a weekday" if either else "")


def _by_ordinal_weekday(proposals: Proposals, options: Sequence[datetime]) -> Picked | None:
    """'A segunda' is the second option where none is on a Monday."""
    conditions = [conditions for wish in proposals.wishes for conditions in wish.days]
    only = conditions[0][0] if len(conditions) == 1 and len(conditions[0]) == 1 else None
    if not isinstance(only, Weekday) or only.position is None or only.position > len(options):
        return None

    return None if any(wish.clocks for wish in proposals.wishes) else Picked(only.position)


def _by_ordinal_date(proposals: Proposals, options: Sequence[datetime]) -> Picked | None:
    """'The 2nd' is the second option where none is on such a day."""
    conditions = [conditions for wish in proposals.wishes for conditions in wish.days]
    only = conditions[0][0] if len(conditions) == 1 and len(conditions[0]) == 1 else None
    if not isinstance(only, Date) or only.month is not None or only.day > len(options):
        return None

    return None if any(wish.clocks for wish in proposals.wishes) else Picked(only.day, "a position or a date")


def _by_number(numbers: set[int], options: Sequence[datetime]) -> Picked | None:
    number = next(iter(numbers))
    if not 1 <= number <= len(options):
        return None

    return Picked(number, "several numbers" if len(numbers) > 1 else "")


def _by_bare_number(
    numbers: set[int], named: list[int] | None, options: Sequence[datetime], *, alone: bool
) -> Picked | None:
    """A lone '2' is the second option: that is how the offer asks for it.

    Where more is said ('2 works') and it is also the clock time of another option, the guest is asked.
    """
    picked = _by_number(numbers, options)
    if picked is None:
        return Picked(named[0] + 1) if named is not None and len(named) == 1 else None

    if len(numbers) > 1:
        return Picked(picked.number, "several numbers")

    if not alone and named is not None and named and named != [picked.number - 1]:
        return Picked(picked.number, "a number or a clock time")

    return picked


def _by_position(
    pointed: Sequence[Choice], among: Sequence[int], options: Sequence[datetime], *, narrowed: bool
) -> Picked | None:
    picks = {_position(choice, among, options) for choice in pointed}
    pick = next(iter(picks))
    if pick is None or len(picks) > 1:
        return None

    ordinal = next((choice.position for choice in pointed if choice.position is not None and not choice.spoken), None)
    as_date = ordinal is not None and any(
        option.day == ordinal and index != pick for index, option in enumerate(options)
    )
    return Picked(pick + 1, "a position or a date" if as_date and not narrowed else "")


def _position(choice: Choice, among: Sequence[int], options: Sequence[datetime]) -> int | None:
    if choice.extreme == "last_one":
        return among[-1]

    if choice.extreme:
        ordered = sorted(among, key=lambda index: options[index])
        return ordered[0 if choice.extreme == "earlier_one" else -1]

    position = (choice.position or 0) - 1
    return among[position] if 0 <= position < len(among) else None


def _named(proposals: Proposals, options: Sequence[datetime], context: Context) -> list[int] | None:
    """The options that fit everything wished; None where no time is named."""
    wishes = [wish for wish in proposals.wishes if wish.days or wish.clocks]
    if not wishes:
        return None

    calendar = calendar_for(proposals, context)
    return [
        index for index, option in enumerate(options) if any(_fits(wish, option, context, calendar) for wish in wishes)
    ]


def _fits(wish: Wish, option: datetime, context: Context, calendar: Calendar) -> bool:
    if wish.shift is not None:
        return False

    day = option.date()
    on_day = not wish.days or any(_all_on(conditions, day, calendar) for conditions in wish.days)
    return on_day and (not wish.clocks or any(_at(clocks, option, context) for clocks in wish.clocks))


def _all_on(conditions: Sequence[object], day: date, calendar: Calendar) -> bool:
    return all(is_on(condition, day, calendar) for condition in conditions)  # type: ignore[arg-type] # days by construction


def _at(clocks: tuple[Clock, ...], option: datetime, context: Context) -> bool:
    """Whether *option* is at *clocks*; an hour said without its half of the day fits either."""
    minute = option.hour * 60 + option.minute
    if len(clocks) == 1 and isinstance(clocks[0], At):
        return minute in readings(clocks[0])

    wall = booked_wall(context)
    hours = DayHours(context.hours[option.weekday()], context.minutes, wall.hour * 60 + wall.minute)
    spans = minutes_of(clocks, hours).spans
    rough = any(isinstance(clock, Around | Between) for clock in clocks)
    return any(
        first <= minute < last or (first == last == minute) or (rough and minute == last) for first, last in spans
    )
