"""How free times are laid out on a page: days of *Soonest*, or a month of the calendar and a day's times. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from web.wish import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.model import DaySlots, Performer, Slot
    from core.selfservice import Standing
    from web.shown import Voice
    from web.wish import Wish

TIMES_A_DAY = 8
"""Times of one day in *Soonest*; the rest of the day is a link away."""

PARTS = (("page.morning", 0), ("page.afternoon", 12), ("page.evening", 17))
"""The parts of a day and the hours at which they begin."""

CALENDAR = {"view": "calendar"}
"""What an address asks for the calendar with."""

_A_DAY = timedelta(days=1)
_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar: its first day, which of its days are free, and whether one can turn the page."""

    first: date
    free: frozenset[date]
    has_earlier: bool
    has_later: bool


@dataclass(frozen=True, slots=True)
class Times:
    """What a page offers: `days` with their times, in order; in the calendar, the one day that is chosen, if any.

    `performers` are whom the guest may have, `performer_id` whose times these are (None: anyone's). `later` is the
    day from which *Soonest* goes on.
    """

    performers: tuple[Performer, ...]
    performer_id: int | None
    days: tuple[DaySlots, ...]
    later: date | None = None
    month: Month | None = None


class ShownTime(NamedTuple):
    """One free time: `start` is ISO with the business's offset; `performer` is named where it is not their own.

    `day` is named where times of several days stand side by side.
    """

    start: str
    label: str
    other_label: str | None
    performer: str | None
    day: str | None = None


@dataclass(frozen=True, slots=True)
class TimesOfDay:
    """Times under one heading: a day's, or those of a part of it. `more` leads to the rest of the day, if any."""

    label: str
    times: tuple[ShownTime, ...]
    more: str | None = None
    more_count: int = 0


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """A day in the calendar; `link`, and `label` which is the day in words, are None where nothing is free."""

    number: int
    label: str | None
    link: str | None
    is_chosen: bool
    is_present: bool


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """A month as weeks of seven, None outside of it. `day` says in words whose times are shown."""

    title: str
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[DayOfMonth | None, ...], ...]
    earlier: str | None
    later: str | None
    day: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A choice among views or performers."""

    label: str
    link: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page offers. `month` is None in *Soonest*; `performers` is empty where there is no choice."""

    views: tuple[Link, ...]
    performers: tuple[Link, ...]
    performer_id: int | None
    month: ShownMonth | None
    groups: tuple[TimesOfDay, ...]
    later: str | None
    zone_note: str | None


def offer(voice: Voice, standing: Standing, times: Times, wish: Wish, path: str) -> Offer:
    """Return *times* as the page at *path* shows them (SPEC G8)."""
    layout = _Layout(voice, standing, times, path)
    is_calendar = times.month is not None
    shown = times.days[0].day if times.days else None
    return Offer(
        views=(
            Link(voice.say("page.soonest"), layout.to({}), not is_calendar),
            Link(voice.say("page.calendar"), layout.to(CALENDAR), is_calendar),
        ),
        performers=tuple(layout.performers(wish)),
        performer_id=times.performer_id,
        month=None if times.month is None else layout.month(times.month, shown),
        groups=tuple(layout.parts_of(shown) if is_calendar else layout.days()),
        later=None if times.later is None else layout.to({"from": times.later.isoformat()}),
        zone_note=None if shown is None else voice.zone_note(_noon(voice, shown)),
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all parts of one page of times are laid out with."""

    voice: Voice
    standing: Standing
    times: Times
    path: str

    def to(self, asked: dict[str, str]) -> str:
        """Return the address of another page of times, of the performer that is chosen."""
        return address(self.path, asked, self.times.performer_id)

    def performers(self, wish: Wish) -> Iterable[Link]:
        """Yield whom the guest may choose, beside anyone; nothing where there is no choice (SPEC G8)."""
        if len(self.times.performers) == 1:
            return

        asked = _asked(wish, self.times)
        chosen = self.times.performer_id
        yield Link(self.voice.say("page.anyone"), address(self.path, asked), chosen is None)
        for one in self.times.performers:
            yield Link(one.name, address(self.path, asked, one.id), one.id == chosen)

    def days(self) -> Iterable[TimesOfDay]:
        """Yield the days of *Soonest*, each with its first times."""
        for day, slots, more in self.times.days:
            rest = self.to({**CALENDAR, "day": day.isoformat()}) if more else None
            yield TimesOfDay(self._words(day), self._shown(slots), rest, more)

    def parts_of(self, day: date | None) -> Iterable[TimesOfDay]:
        """Yield the parts of the chosen day that have free times."""
        slots = self.times.days[0].slots if day is not None else ()
        hours = [one.start.astimezone(self.voice.zone).hour for one in slots]
        shown = self._shown(slots)
        for (key, begins), ends in zip(PARTS, [*(hour for _, hour in PARTS[1:]), 24], strict=True):
            found = tuple(one for one, hour in zip(shown, hours, strict=True) if begins <= hour < ends)
            if found:
                yield TimesOfDay(self.voice.say(key), found)

    def month(self, month: Month, shown: date | None) -> ShownMonth:
        """Return the calendar of *month*, with the day whose times are *shown*."""
        later = month.first + timedelta(days=31)
        earlier = month.first - _A_DAY
        weekdays = self.voice.weekdays()
        begins = month.first - _A_DAY * ((month.first.weekday() - weekdays[0].number) % _A_WEEK)
        present = self.standing.dossier.booking.start.astimezone(self.voice.zone).date()
        weeks = []
        while begins < later.replace(day=1):
            weeks.append(tuple(self._day(begins + _A_DAY * number, month, shown, present) for number in range(_A_WEEK)))
            begins += _A_DAY * _A_WEEK

        return ShownMonth(
            title=self.voice.month(month.first),
            weekdays=tuple((one.short, one.wide) for one in weekdays),
            weeks=tuple(weeks),
            earlier=self.to({**CALENDAR, "month": f"{earlier:%Y-%m}"}) if month.has_earlier else None,
            later=self.to({**CALENDAR, "month": f"{later:%Y-%m}"}) if month.has_later else None,
            day=None if shown is None else self._words(shown),
        )

    def _day(self, day: date, month: Month, shown: date | None, present: date) -> DayOfMonth | None:
        if day.month != month.first.month:
            return None

        is_free = day in month.free
        return DayOfMonth(
            number=day.day,
            label=self._words(day) if is_free else None,
            link=self.to({**CALENDAR, "day": day.isoformat()}) if is_free else None,
            is_chosen=day == shown,
            is_present=day == present,
        )

    def _words(self, day: date) -> str:
        return self.voice.day(_noon(self.voice, day))

    def _shown(self, slots: Sequence[Slot]) -> tuple[ShownTime, ...]:
        return shown_times(self.voice, self.standing, slots, self.times.performers)


def shown_times(
    voice: Voice, standing: Standing, slots: Iterable[Slot], performers: Iterable[Performer]
) -> tuple[ShownTime, ...]:
    """Return *slots* as buttons show them, the performer named where it is not the booking's own."""
    dossier = standing.dossier
    zone = dossier.business.zone
    names: dict[int, str | None] = {one.id: one.name for one in performers}
    names[dossier.booking.performer_id] = None
    return tuple(
        [
            ShownTime(
                start=(local := slot.start.astimezone(zone)).isoformat(),
                label=voice.clock(local),
                other_label=voice.other_clock(local),
                performer=names[slot.performer_id],
            )
            for slot in slots
        ]
    )


def _asked(wish: Wish, times: Times) -> dict[str, str]:
    """Return what of *wish* stays when another performer is chosen: the view, and the day or month looked at."""
    if times.month is None:
        return {}

    day = {"day": wish.day.isoformat()} if wish.day else {"month": f"{times.month.first:%Y-%m}"}
    return {**CALENDAR, **day}


def _noon(voice: Voice, day: date) -> datetime:
    """Return the middle of *day* by the clock of the visit: an instant that is on that day for certain."""
    return datetime.combine(day, time(12), voice.zone).astimezone(UTC)
