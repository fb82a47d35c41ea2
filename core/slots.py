"""Free starts: opening hours less what is busy, on the slot grid. Epoch seconds inside, slots at the rim. Pure.

Whatever must not block the guest (their own booking, a hold of theirs, what an undo gives back) is left out of the
busy spans by whoever collects them (SPEC G9); here nothing is known of whose a busy span is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from heapq import nsmallest
from math import ceil, floor

from core.hours import DAY_SECONDS, Opening, open_spans
from core.model import Business, Interval, Performer, Service, Slot
from core.refusal import Blocker
from core.wishes import closeness

Span = tuple[int, int]
"""Half-open, in epoch seconds. A busy span is an occupancy as stored: its buffers are in it already (SPEC V2)."""

FURTHEST = timedelta(days=3660)
"""How far ahead even staff can set a time: what is beyond it is a slip, and beyond the calendar in the end."""


def free_starts(  # noqa: PLR0913 the sweep is told everything in numbers, by name
    opens: Iterable[Opening],
    busy: Iterable[Span],
    *,
    duration: int,
    buffer_before: int,
    buffer_after: int,
    step: int,
    earliest: int,
    latest: int,
) -> list[int]:
    """Return the starts from *earliest* to *latest*, both included, that are free and on the grid (SPEC V1, G11).

    The visit lies within opening hours; its buffers may stick out of them, but not into a busy span. *opens* and
    *busy* are sorted; busy spans may overlap. One pass over both: the time is linear in them and in what is found.
    """
    rooms = _rooms(busy, buffer_before, duration + buffer_after, earliest, latest)
    starts: list[int] = []
    position, count = 0, len(rooms)
    for first, last, anchor in _fits(opens, duration):
        while position < count and rooms[position][1] < first:
            position += 1

        index = position
        while index < count and rooms[index][0] <= last:
            room_first, room_last = rooms[index]
            start = room_first if room_first > first else first  # noqa: FURB136 max() would be half of the sweep's time
            start += (anchor - start) % step
            stop = room_last if room_last < last else last  # noqa: FURB136 the same
            if start <= stop:
                starts.extend(range(start, stop + 1, step))

            index += 1

    return starts


def openings_for(
    business: Business, service: Service, performer: Performer, earliest: int, latest: int
) -> tuple[Opening, ...]:
    """Return the openings that a visit beginning from *earliest* to *latest* (epoch seconds) can lie in."""
    since, until = (datetime.fromtimestamp(at, UTC) for at in (earliest, latest))
    return open_spans(performer.hours, business.zone, since, until + timedelta(minutes=service.minutes))


def service_starts(
    business: Business,
    service: Service,
    opens: Iterable[Opening],
    busy: Iterable[Span],
    earliest: int,
    latest: int,
) -> list[int]:
    """Return `free_starts` for a service of a business."""
    return free_starts(
        opens,
        busy,
        duration=service.minutes * 60,
        buffer_before=service.buffer_before * 60,
        buffer_after=service.buffer_after * 60,
        step=business.settings.slot_step_minutes * 60,
        earliest=earliest,
        latest=latest,
    )


def clear_starts(starts: Sequence[int], busy: Iterable[Span], service: Service) -> list[int]:
    """Return those of the sorted *starts* at which a visit of *service*, buffers included, meets no busy span.

    *busy* is sorted. The time is that of a few steps for each span, however many starts there are.
    """
    before, after = service.buffer_before * 60, (service.minutes + service.buffer_after) * 60
    clear: list[int] = []
    position = 0
    for begins, ends in busy:
        first_blocked = bisect_right(starts, begins - after, position)
        clear += starts[position:first_blocked]
        position = bisect_left(starts, ends + before, first_blocked)

    clear += starts[position:]
    return clear


def why_not(  # noqa: PLR0913 one start is judged by the numbers of the sweep
    start: int,
    opens: Iterable[Opening],
    busy: Iterable[Span],
    *,
    duration: int,
    buffer_before: int,
    buffer_after: int,
    now: int,
    earliest: int | None = None,
    latest: int | None = None,
) -> Blocker | None:
    """Return the first reason why a visit cannot begin at *start*, on the grid or not (SPEC G11, F2), or None.

    *earliest* and *latest* are notice and horizon; None does not bind, which is how staff are asked.
    """
    end = start + duration
    if start <= now:
        return "past"

    if earliest is not None and start < earliest:
        return "notice"

    if latest is not None and start > latest:
        return "horizon"

    if not any(first <= start <= last for first, last, _ in _fits(opens, duration)):
        return "closed"

    if any(begins < end + buffer_after and ends > start - buffer_before for begins, ends in busy):
        return "busy"

    return None


@dataclass(frozen=True, slots=True)
class Availability:
    """What a guest can be offered of one service: whose hours, whose busy spans, notice and horizon, as of *now*.

    *calendars* are the performers to choose from with their busy spans, sorted by start; their order is the order in
    which performers are offered the same start. What was computed for a performer is kept. Where *only* is given, the
    busy spans are those around that one start: it alone can be asked about, and to offer anything is a ValueError.
    """

    now: datetime
    business: Business
    service: Service
    calendars: Sequence[tuple[Performer, Sequence[Span]]]
    only: datetime | None = None
    _starts: dict[int, list[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def earliest(self) -> int:
        """The first epoch second that may be offered: in the future, and after the minimum notice."""
        now = self.now.timestamp()
        return max(floor(now) + 1, ceil(now + self.business.settings.min_notice_minutes * 60))

    @property
    def latest(self) -> int:
        """The last epoch second that may be offered: the booking horizon."""
        return floor(self.now.timestamp()) + self.business.settings.horizon_days * DAY_SECONDS

    def between(self, start: datetime, end: datetime) -> tuple[Slot, ...]:
        """Return all slots that start in [*start*, *end*), by time and then in the order of performers."""
        self._refuse_partial()
        since, until = ceil(start.timestamp()), ceil(end.timestamp())
        performers = len(self.calendars)
        # One number for both keys: sorting what is nearly sorted already then costs next to nothing.
        keys: list[int] = []
        for order in range(performers):
            starts = self._starts_of(order)
            chosen = starts[bisect_left(starts, since) : bisect_left(starts, until)]
            keys += [start * performers + order for start in chosen]

        if performers > 1:
            keys.sort()

        return self._slots(keys)

    def soonest(self, count: int, *, but: Slot | None = None, per_performer: bool = False) -> tuple[Slot, ...]:
        """Return the first *count* slots; for *but* and *per_performer* see `nearest`."""
        candidates = self._candidates(but, per_performer=per_performer)
        return self._take(nsmallest(count, candidates), candidates, count)

    def nearest(
        self,
        wished: Sequence[Interval],
        count: int,
        *,
        keep: time,
        but: Slot | None = None,
        per_performer: bool = False,
    ) -> tuple[Slot, ...]:
        """Return at most *count* slots, what comes nearest to the wish first (SPEC R2, G11): see `wishes.closeness`.

        *wished* are intervals of starts; none at all means the soonest. *keep* is the booking's clock time, for
        wishes that name only days: in its own zone if it has one (guest's words, SPEC L4), else the business's.
        No two slots have the same start unless *per_performer*. *but* is the slot the guest has: never offered.
        """
        if not wished:
            return self.soonest(count, but=but, per_performer=per_performer)

        candidates = self._candidates(but, per_performer=per_performer)
        far = closeness(wished, keep=keep, zone=keep.tzinfo or self.business.zone)
        chosen = nsmallest(count, candidates, key=lambda start: (far(start), start))
        return self._take(chosen, candidates, count)

    def has(self, start: datetime, performer_id: int) -> bool:
        """Return whether a guest may have this very start with this performer: free, on the grid, within bounds."""
        second = int(start.timestamp())
        if second != start.timestamp() or not self.earliest <= second <= self.latest:
            return False

        return any(
            self._compute(performer, busy, second, second)
            for performer, busy in self.calendars
            if performer.id == performer_id
        )

    def is_free(self, start: datetime, performer_id: int, *, bound: bool = True) -> bool:
        """Return whether this start is free with this performer, on the grid or not; *bound* as in `why_not`."""
        return self.why_not(start, performer_id, bound=bound) is None

    def why_not(self, start: datetime, performer_id: int, *, bound: bool = True) -> Blocker | None:
        """Return why a visit with this performer cannot begin at *start*, on the grid or not, or None if it can.

        Notice and horizon count only if *bound*: they do not bind staff (SPEC G11), within `FURTHEST`. Who is not
        among the performers is never open.
        """
        if not self.now < start <= self.now + FURTHEST:
            return "past" if start <= self.now else "horizon"

        for performer, busy in self.calendars:
            if performer.id == performer_id:
                return why_not(
                    floor(start.timestamp()),
                    open_spans(performer.hours, self.business.zone, start, self._end(start)),
                    busy,
                    duration=self.service.minutes * 60,
                    buffer_before=self.service.buffer_before * 60,
                    buffer_after=self.service.buffer_after * 60,
                    now=floor(self.now.timestamp()),
                    earliest=self.earliest if bound else None,
                    latest=self.latest if bound else None,
                )

        return "closed"

    def _refuse_partial(self) -> None:
        if self.only is not None:
            raise ValueError("only one start is known: nothing can be offered")

    def _starts_of(self, order: int) -> list[int]:
        starts = self._starts.get(order)
        if starts is None:
            starts = self._starts[order] = self._compute(*self.calendars[order], self.earliest, self.latest)

        return starts

    def _compute(self, performer: Performer, busy: Sequence[Span], earliest: int, latest: int) -> list[int]:
        opens = openings_for(self.business, self.service, performer, earliest, latest)
        return service_starts(self.business, self.service, opens, busy, earliest, latest)

    def _candidates(self, but: Slot | None, *, per_performer: bool) -> dict[int, list[int]]:
        """Return, for every start that may be offered, the performers (by order) to offer it with."""
        self._refuse_partial()
        candidates: dict[int, list[int]] = {}
        taken = None if but is None else int(but.start.timestamp())
        for order, (performer, _) in enumerate(self.calendars):
            for start in self._starts_of(order):
                if start == taken and but is not None and (not per_performer or performer.id == but.performer_id):
                    continue

                if per_performer:
                    candidates.setdefault(start, []).append(order)
                elif start not in candidates:
                    candidates[start] = [order]

        return candidates

    def _take(self, starts: Iterable[int], candidates: dict[int, list[int]], count: int) -> tuple[Slot, ...]:
        performers = len(self.calendars)
        keys = [start * performers + order for start in starts for order in candidates[start]]
        return self._slots(keys[:count])

    def _slots(self, keys: Iterable[int]) -> tuple[Slot, ...]:
        """Return the slots of keys (start times performers plus order); those with one start stand together."""
        ids = [performer.id for performer, _ in self.calendars]
        performers, length = len(ids), timedelta(minutes=self.service.minutes)
        # Of one start all keys lie within [first, after): its two instants are made once.
        first = after = 0
        begins = ends = self.now
        values: list[tuple[datetime, datetime, int]] = []
        for key in keys:
            if key >= after or key < first:
                first = key - key % performers
                after = first + performers
                begins = datetime.fromtimestamp(first // performers, UTC)
                ends = begins + length

            values.append((begins, ends, ids[key - first]))

        # Like `Slot._make`, which counts the values once more in Python.
        return tuple(map(partial(tuple.__new__, Slot), values))

    def _end(self, start: datetime) -> datetime:
        return start.astimezone(UTC) + timedelta(minutes=self.service.minutes)


def _fits(opens: Iterable[Opening], duration: int) -> list[Opening]:
    """Return first start, last start and grid anchor of each opening in which a visit of *duration* can begin.

    Openings that touch are one stretch for the visit, though each has its own grid.
    """
    fits: list[Opening] = []
    closes = next_start = None
    for start, end, anchor in reversed(list(opens)):
        if closes is None or end != next_start:
            closes = end

        next_start = start
        last = min(end - 1, closes - duration)
        if start <= last:
            fits.append(Opening(start, last, anchor))

    fits.reverse()
    return fits


def _rooms(busy: Iterable[Span], before: int, after: int, earliest: int, latest: int) -> list[Span]:
    """Return first and last start, both included, of each room between busy spans that is large enough.

    *before* and *after* are what must be free before and after a start.
    """
    rooms: list[Span] = []
    first = earliest
    for begins, ends in busy:
        last = begins - after
        if last >= latest:
            break

        if first <= last:
            rooms.append((first, last))

        if ends + before > first:  # noqa: PLR1730 max() would be half of the sweep's time
            first = ends + before

    if first <= latest:
        rooms.append((first, latest))

    return rooms
