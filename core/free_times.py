"""Free times of one booking as pages show them: looked up only for the days, performers and starts that are shown."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from core.availability import availability_around, performers_for_guest
from core.hours import DAY, midnight
from core.model import DaySlots, Slot
from core.occupancy import busy_spans_of
from core.slots import Availability, clear_starts, openings_for, service_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from core.model import Dossier, Performer
    from core.refusal import Blocker
    from core.slots import Span
    from core.store.engine import Tx

_BRIDGED = timedelta(days=3)
"""Days this near are read together: a weekend between them costs less than a statement."""

_FIRST_LOOK = 7
"""Days that a search for any free day reads at first; each further look is twice as long."""


class FreeTimes:
    """Free times of one booking, looked up only as far as they are shown; bound to a transaction (SPEC G8, G9).

    It says what `Availability` says of the whole horizon. *zone* is the clock of whoever reads the page: days are days
    of that zone. *performer_id* narrows what is shown to one of `performers`; any other value is as good as None.
    """

    performers: tuple[Performer, ...]
    """Whom the guest may have, their own first; a single one is no choice. Not narrowed."""

    performer_id: int | None
    """Whose times are shown, if only one's are."""

    first: date
    last: date
    """The days on which a start could lie, by notice and horizon."""

    def __init__(
        self, tx: Tx, dossier: Dossier, now: datetime, zone: ZoneInfo, performer_id: int | None = None
    ) -> None:
        self._tx, self._dossier, self._now, self._zone = tx, dossier, now, zone
        self.performers = performers_for_guest(dossier)
        self._shown = tuple(one for one in self.performers if one.id == performer_id) or self.performers
        self.performer_id = performer_id if performer_id in [one.id for one in self.performers] else None
        bounds = Availability(now, dossier.business, dossier.service, ())
        self._earliest, self._latest = bounds.earliest, bounds.latest
        self.first = _day_of(self._earliest, zone)
        self.last = max(self.first, _day_of(self._latest, zone))
        # What was looked up stays known: a page asks for days, then for their times, then for what comes after them.
        self._decided: dict[date, bool] = {}
        self._possible: dict[int, _Known] = {}
        self._free: dict[int, _Known] = {}

    def on(self, day: date) -> tuple[Slot, ...]:
        """Return the slots of *day* in order, one for each start: their own performer's, else the first who is free.

        Never one at the start they have already, unless with another performer whose times alone are shown.
        """
        if not self.first <= day <= self.last:
            return ()

        offered = self._offered(day, day)
        return self._slots(sorted(offered), offered)

    def next_days(self, since: date, count: int, *, most: int | None = None) -> tuple[DaySlots, ...]:
        """Return the first *count* days from *since* on that have any slots, with them: at most so many of each."""
        return tuple(day for run in _runs(self.next_free_days(since, count)) for day in self._slots_by_day(run, most))

    def next_free_days(self, since: date, count: int) -> tuple[date, ...]:
        """Return the first *count* days from *since* on that have any slots."""
        days: list[date] = []
        for begins, ends in self._looks(since, self.last):
            days += sorted(self.free_days(begins, ends))
            if len(days) >= count:
                break

        return tuple(days[:count])

    def free_days(self, since: date, until: date) -> frozenset[date]:
        """Return the days from *since* to *until*, both included, that have any slot.

        Whoever comes first decides most days; the others are asked only about those that are left.
        """
        asked = _days(max(since, self.first), min(until, self.last))
        undecided = [day for day in asked if day not in self._decided]
        self._decided.update(dict.fromkeys(undecided, False))
        closed: set[int] = set()
        for performer in self._shown:
            # Equal hours are one object (see `queries`), and a team mostly has few of them.
            if id(performer.hours) not in closed:
                days = [day for day in undecided if self._works(performer, day)]
                self._decided.update(dict.fromkeys(self._days_with_any(performer, days), True))
                undecided = [day for day in undecided if not self._decided[day]]
                if not days:
                    closed.add(id(performer.hours))

        return frozenset([day for day in asked if self._decided[day]])

    def has_before(self, day: date) -> bool:
        """Return whether any day before *day* has a slot."""
        return day > self.first and self._has_any(self.first, min(day - DAY, self.last))

    def has_after(self, day: date) -> bool:
        """Return whether any day after *day* has a slot."""
        return day < self.last and self._has_any(max(day + DAY, self.first), self.last)

    def performer_at(self, start: datetime) -> int | None:
        """Return who, of those whose times are shown, can be had at *start*: their own performer first; None: nobody.

        The start they have already counts.
        """
        return next((one.id for one in self._shown if self.has(start, one.id)), None)

    def has(self, start: datetime, performer_id: int) -> bool:
        """Return whether the guest may have this very start with this one: free and on the grid."""
        return self._around(start, performer_id).has(start, performer_id)

    def why_not(self, start: datetime, performer_id: int) -> Blocker | None:
        """Return what keeps the guest from this start with this one; None for a free start, maybe off the grid.

        Whoever they may not have is never open.
        """
        return self._around(start, performer_id).why_not(start, performer_id)

    def _around(self, start: datetime, performer_id: int) -> Availability:
        is_in_reach = self._earliest <= start.timestamp() <= self._latest
        if is_in_reach and any(one.id == performer_id for one in self.performers):
            return availability_around(self._tx, self._dossier, start, performer_id, self._now, past_holds=False)

        # Notice, horizon or the performer answers it: what is busy then does not matter.
        calendars = tuple((one, ()) for one in self.performers if one.id == performer_id)
        return Availability(self._now, self._dossier.business, self._dossier.service, calendars, only=start)

    def _offered(self, since: date, until: date) -> dict[int, int]:
        """Return the starts of these days, each with the id of the performer it is offered with."""
        begins, ends = self._seconds(since, until)
        own, *others = self._shown
        offered = dict.fromkeys(self._free_starts(own, begins, ends), own.id)
        # What is offered with somebody already is not asked about again.
        missing = {
            id(one.hours): [start for start in self._possible_starts(one, begins, ends) if start not in offered]
            for one in {id(one.hours): one for one in others}.values()
        }
        busy = self._busy([one.id for one in others if missing[id(one.hours)]], [*chain(*missing.values())])
        for performer in others:
            hours = id(performer.hours)
            found = clear_starts(missing[hours], busy.get(performer.id, ()), self._dossier.service)
            if found:
                offered = {**dict.fromkeys(found, performer.id), **offered}
                missing[hours] = [start for start in missing[hours] if start not in offered]

        return offered

    def _days_with_any(self, performer: Performer, days: Iterable[date]) -> set[date]:
        """Return those of *days* on which this performer has a slot."""
        found: set[date] = set()
        for run in _runs(days):
            starts = self._free_starts(performer, *self._seconds(run[0], run[-1]))
            found.update(day for day, some in self._by_day(run, starts) if some)

        return found

    def _free_starts(self, performer: Performer, begins: int, ends: int) -> Sequence[int]:
        """Return those of the performer's possible starts in [*begins*, *ends*) at which nothing else takes them."""
        known = self._free.setdefault(performer.id, _Known())
        free = known.within(begins, ends)
        if free is None:
            starts = self._possible_starts(performer, begins, ends)
            busy = self._busy([performer.id], starts).get(performer.id, ())
            free = known.add(begins, ends, clear_starts(starts, busy, self._dossier.service))

        return free

    def _busy(self, performer_ids: Sequence[int], starts: Sequence[int]) -> dict[int, list[Span]]:
        """Return what takes these performers, for each, around any of *starts*."""
        if not starts:
            return {}

        service = self._dossier.service
        return busy_spans_of(
            self._tx,
            performer_ids,
            since=_instant(min(starts) - service.buffer_before * 60),
            before=_instant(max(starts) + (service.minutes + service.buffer_after) * 60),
            now=self._now,
            but_for=self._dossier.booking,
            past_holds=False,
        )

    def _possible_starts(self, performer: Performer, begins: int, ends: int) -> Sequence[int]:
        """Return the performer's starts in [*begins*, *ends*) as if nothing were busy, less the one the guest has."""
        # Equal hours are one object (see `queries`), and a team mostly has few of them.
        known = self._possible.setdefault(id(performer.hours), _Known())
        starts = known.within(begins, ends)
        return known.add(begins, ends, self._compute(performer, begins, ends)) if starts is None else starts

    def _compute(self, performer: Performer, begins: int, ends: int) -> list[int]:
        if begins >= ends:
            return []

        business, service, booking = self._dossier.business, self._dossier.service, self._dossier.booking
        opens = openings_for(business, service, performer, begins, ends - 1)
        starts = service_starts(business, service, opens, (), begins, ends - 1)
        taken = int(booking.start.timestamp())
        if begins <= taken < ends and self.performer_id in (None, booking.performer_id):
            return [start for start in starts if start != taken]

        return starts

    def _works(self, performer: Performer, day: date) -> bool:
        """Return whether the performer's week or exceptions have any hours on *day*: quickly, and never wrongly no."""
        hours, zone = performer.hours, self._dossier.business.zone
        if zone is self._zone:
            return bool(hours.exceptions.get(day, hours.weekly[day.weekday()]))

        begins, ends = midnight(day, self._zone), midnight(day + DAY, self._zone)
        days = _days(_day_of(begins, zone), _day_of(ends - 1, zone))
        return any(hours.exceptions.get(one, hours.weekly[one.weekday()]) for one in days)

    def _has_any(self, since: date, until: date) -> bool:
        known = any(is_free and since <= day <= until for day, is_free in self._decided.items())
        return known or any(self.free_days(*look) for look in self._looks(since, until))

    def _looks(self, since: date, until: date) -> Iterator[tuple[date, date]]:
        """Yield first and last day of one look after the other, each longer than the last."""
        length, since = _FIRST_LOOK, max(since, self.first)
        while since <= until:
            last = min(until, since + DAY * (length - 1))
            yield since, last
            length, since = length * 2, last + DAY

    def _slots_by_day(self, run: Sequence[date], most: int | None) -> Iterator[DaySlots]:
        offered = self._offered(run[0], run[-1])
        for day, starts in self._by_day(run, sorted(offered)):
            shown = self._slots(starts[:most], offered)
            yield DaySlots(day, shown, len(starts) - len(shown))

    def _by_day(self, days: Iterable[date], starts: Sequence[int]) -> Iterator[tuple[date, Sequence[int]]]:
        for day in days:
            first = bisect_left(starts, midnight(day, self._zone))
            yield day, starts[first : bisect_left(starts, midnight(day + DAY, self._zone), first)]

    def _slots(self, starts: Iterable[int], offered: dict[int, int]) -> tuple[Slot, ...]:
        length = timedelta(minutes=self._dossier.service.minutes)
        return tuple([Slot(begins := _instant(start), begins + length, offered[start]) for start in starts])

    def _seconds(self, since: date, until: date) -> tuple[int, int]:
        """Return the half-open span of what can be offered on these days; empty if it does not end after its start."""
        begins, ends = midnight(since, self._zone), midnight(until + DAY, self._zone)
        return max(begins, self._earliest), min(ends, self._latest + 1)


class _Known:
    """Starts that were looked up, by the spans of time that were asked about."""

    __slots__ = ("_spans",)

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, Sequence[int]]] = []

    def within(self, begins: int, ends: int) -> Sequence[int] | None:
        """Return the starts in [*begins*, *ends*); None if not all of that was looked up at once."""
        for since, until, starts in self._spans:
            if since <= begins and ends <= until:
                return starts[bisect_left(starts, begins) : bisect_left(starts, ends)]

        return None

    def add(self, begins: int, ends: int, starts: Sequence[int]) -> Sequence[int]:
        """Keep, and return, all *starts* in [*begins*, *ends*)."""
        self._spans.append((begins, ends, starts))
        return starts


def _runs(days: Iterable[date]) -> list[list[date]]:
    """Return *days* in groups that are read together."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] <= _BRIDGED:
            runs[-1].append(day)
        else:
            runs.append([day])

    return runs


def _days(first: date, last: date) -> list[date]:
    return [first + DAY * number for number in range((last - first).days + 1)]


def _day_of(second: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(second, zone).date()


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
