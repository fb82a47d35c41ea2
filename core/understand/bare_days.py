"""Late resolution of days that words leave open. Pure.

'jueves 3' is the 3rd where that is a Thursday, else three o'clock; a mere 'another day' names none.
"""

from __future__ import annotations

from dataclasses import replace

from core.understand.proposals import Act, Proposals
from core.understand.times import AnyDay, At, Date, Day, Weekday, Wish
from core.understand.which_days import Calendar, dates_of


def settle_bare_days(proposals: Proposals, calendar: Calendar) -> Proposals:
    """Read every number that follows a weekday as a day of the month or as a clock time."""
    said = (*proposals.wishes, *proposals.own, *proposals.rejected, *proposals.mentioned)
    if not any(_maybe_clock(day) for wish in said for days in wish.days for day in days):
        return proposals

    return replace(
        proposals,
        wishes=tuple(_settled(wish, calendar) for wish in proposals.wishes),
        own=tuple(_settled(wish, calendar) for wish in proposals.own),
        rejected=tuple(_settled(wish, calendar) for wish in proposals.rejected),
        mentioned=tuple(_settled(wish, calendar) for wish in proposals.mentioned),
    )


def settle_another_day(proposals: Proposals) -> Proposals:
    """Let a wish for another day, of which nothing more is said, be a wish for another time."""
    another = ((AnyDay(another=True),),)
    if proposals.rejected or not proposals.wishes or any(wish != Wish(another) for wish in proposals.wishes):
        return proposals

    return replace(proposals, wishes=(), acts=(*proposals.acts, Act("move", proposals.last_wish)))


def _settled(wish: Wish, calendar: Calendar) -> Wish:
    if not any(_maybe_clock(day) for days in wish.days for day in days):
        return wish

    days: list[tuple[Day, ...]] = []
    clocks = list(wish.clocks)
    for conditions in wish.days:
        numbered = [day for day in conditions if isinstance(day, Date) and day.maybe_clock]
        others = tuple(day for day in conditions if day not in numbered)
        if wish.clocks or any(_agrees(date, others, calendar) for date in numbered):
            days.append(tuple(replace(day, maybe_clock=False) if isinstance(day, Date) else day for day in conditions))
            continue

        days.append(others)
        clocks.extend((At(date.day, half_day=None if date.day <= _NOON else "exact", bare=True),) for date in numbered)

    return replace(wish, days=tuple(days), clocks=tuple(clocks))


_NOON = 12


def _maybe_clock(day: Day) -> bool:
    return isinstance(day, Date) and day.maybe_clock


def _agrees(date: Date, others: tuple[Day, ...], calendar: Calendar) -> bool:
    weekdays = [day.weekday for day in others if isinstance(day, Weekday)]
    return any(day.weekday() in weekdays for day in dates_of((date,), calendar).dates)
