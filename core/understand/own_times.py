"""Times that a guest says the booking has, beside those that it has. Pure."""

from __future__ import annotations

from dataclasses import replace

from core.understand.proposals import Doubt, Proposals
from core.understand.reading import Context
from core.understand.times import After, At, Before, Between, Date, DayOffset, Weekday, Wish
from core.understand.which_clocks import readings
from core.understand.which_days import booked_wall, is_on
from core.understand.windows import Windows, calendar_for

SINGLE_DAYS = (Date, DayOffset, Weekday)


def is_own(proposals: Proposals, context: Context) -> bool:
    """Whether every time said to be the booking's is this booking's, as far as it is named."""
    return all(names_booking(wish, context) for wish in proposals.own)


def names_booking(wish: Wish, context: Context) -> bool:
    """Whether *wish* names the day and the time of the booking, or leaves them open."""
    calendar = calendar_for(Proposals(), context)
    wall = booked_wall(context)
    minute = wall.hour * 60 + wall.minute
    on_day = not wish.days or any(all(is_on(day, calendar.booked, calendar) for day in days) for days in wish.days)
    if any(isinstance(clock, After | Before | Between) for clocks in wish.clocks for clock in clocks):
        return False

    points = [clock for clocks in wish.clocks for clock in clocks if isinstance(clock, At)]
    return on_day and (not points or any(minute in readings(point) for point in points))


def names_whole_booking(wish: Wish, context: Context) -> bool:
    """Whether *wish* names the day of the booking, and of its time nothing but the time it has."""
    points = all(isinstance(clock, At) for clocks in wish.clocks for clock in clocks)
    single = all(isinstance(day, SINGLE_DAYS) for days in wish.days for day in days)
    return bool(wish.days) and points and single and not wish.shift and names_booking(wish, context)


def is_own_start(windows: Windows, context: Context) -> bool:
    """Whether one of the exact starts of *windows* is the booking's own."""
    return any(window.is_exact and window.start == context.start for window in windows.when or ())


def settle_own_times(proposals: Proposals, context: Context) -> Proposals:
    """Settle what only the booking can: a time said to be the booking's own that is not, is a wish after all."""
    ending = proposals.wishes and proposals.said("keep", "cancel", "drop")
    if ending and not (proposals.asked or proposals.rejected or proposals.performer):
        named = all(names_whole_booking(wish, context) for wish in proposals.wishes)
        return _as_own(proposals) if named else proposals

    if proposals.wishes or proposals.said("keep", "cancel", "drop", "late", "task", "other_person", "away"):
        return proposals

    calendar = calendar_for(proposals, context)
    foreign = tuple(
        wish for wish in proposals.own
        if wish.days and not any(all(is_on(day, calendar.booked, calendar) for day in days) for days in wish.days)
    )  # fmt: skip
    if not foreign or not proposals.said("move"):
        return proposals

    own = tuple(wish for wish in proposals.own if wish not in foreign)
    doubt = Doubt("the booking is at another time")
    return replace(proposals, wishes=foreign, own=own, doubts=(*proposals.doubts, doubt))


def _as_own(proposals: Proposals) -> Proposals:
    """Read 'please cancel. Thursday at 3' where that is the booking: its time is no wish."""
    return replace(proposals, wishes=(), wishing=(), own=(*proposals.own, *proposals.wishes))
