"""Which free times a page offers: a fortnight's days, the times of those in view, whose they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from core.model import Slot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from core.selfservice import Standing
    from core.slots import Availability
    from web.shown import Voice

DAYS_AHEAD = 14
"""Days in one view; earlier and later ones are a link away."""

DAYS_OPEN = 2
"""Days whose times are shown before one is chosen."""

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ShownTime:
    """One free time: `start` is ISO with the business's offset; `performer` is named where it is not their own."""

    start: str
    label: str
    other_label: str | None
    performer: str | None


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One day with free times; `times` is empty where it is only a link."""

    key: str
    label: str
    times: tuple[ShownTime, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page offers. `earlier` and `later` are days to go on from; `performers` (id and name) can be chosen."""

    days: tuple[ShownDay, ...]
    earlier: str | None
    later: str | None
    performers: tuple[tuple[int, str], ...]
    performer_id: int | None
    zone_note: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address or a form asks for; None where it names nothing that could be."""

    start: datetime | None
    performer_id: int | None
    day: date | None


def read_wish(said: Mapping[str, str]) -> Wish:
    """Return what *said* (a query or a form) asks for."""
    performer = said.get("performer", "")
    is_id = performer.isascii() and performer.isdecimal() and len(performer) < 10  # noqa: PLR2004 ids are shorter
    return Wish(
        _read_start(said.get("start", "")),
        int(performer) if is_id else None,
        _read_day(said.get("day", "")),
    )


def slot_of(wish: Wish, standing: Standing, availability: Availability | None = None) -> Slot | None:
    """Return the slot that is wished, None if no time is.

    Who performs it, where that is not said: who does so now; if not free then, the first who is (by *availability*).
    """
    if wish.start is None:
        return None

    performer_id = wish.performer_id
    if performer_id is None:
        performer_id = standing.dossier.booking.performer_id
        if availability is not None:
            free = [one.id for one, _ in availability.calendars if availability.has(wish.start, one.id)]
            performer_id = free[0] if free and performer_id not in free else performer_id

    return Slot(wish.start, wish.start + timedelta(minutes=standing.dossier.service.minutes), performer_id)


def offer(voice: Voice, standing: Standing, availability: Availability, wish: Wish) -> Offer:
    """Return the free times around the day that is wished; without one, the soonest (SPEC G8)."""
    names = {one.id: one.name for one, _ in availability.calendars}
    chosen = wish.performer_id if wish.performer_id in names else None
    first, last = (_day_of(datetime.fromtimestamp(at, UTC), voice.zone) for at in _bounds(availability))
    wished = wish.day or (None if wish.start is None else _day_of(wish.start, voice.zone))
    day = _clamped(wished or _soonest_day(standing, availability, voice.zone) or first, first, last)
    since = first + (day - first) // (_A_DAY * DAYS_AHEAD) * (_A_DAY * DAYS_AHEAD)
    until = since + _A_DAY * DAYS_AHEAD
    found = _by_day(standing, availability, voice.zone, since, until, chosen)
    open_days = _open_days(sorted(found), day, 1 if wished else DAYS_OPEN)
    return Offer(
        days=tuple(
            ShownDay(
                one.isoformat(),
                voice.phrases.day(slots[0].start, voice.locale, voice.zone),
                tuple(_shown(voice, standing, slot, names) for slot in slots) if one in open_days else (),
            )
            for one, slots in sorted(found.items())
        ),
        earlier=(since - _A_DAY).isoformat() if since > first else None,
        later=until.isoformat() if until <= last else None,
        performers=tuple(names.items()) if len(names) > 1 else (),
        performer_id=chosen,
        zone_note=voice.zone_note(_midnight(day, voice.zone)),
    )


def _by_day(
    standing: Standing, availability: Availability, zone: ZoneInfo, since: date, until: date, performer_id: int | None
) -> dict[date, list[Slot]]:
    """Return the slots of the days from *since* to before *until*: one for each start, never the one they have."""
    booking = standing.dossier.booking
    found: dict[date, list[Slot]] = {}
    for slot in availability.between(_midnight(since, zone), _midnight(until, zone)):
        if performer_id is None:
            slots = found.get(_day_of(slot.start, zone), [])
            is_offered = slot.start != booking.start and not (slots and slots[-1].start == slot.start)
        else:
            is_own = (slot.start, slot.performer_id) == (booking.start, booking.performer_id)
            is_offered = slot.performer_id == performer_id and not is_own

        if is_offered:
            found.setdefault(_day_of(slot.start, zone), []).append(slot)

    return found


def _shown(voice: Voice, standing: Standing, slot: Slot, names: Mapping[int, str]) -> ShownTime:
    own = standing.dossier.booking.performer_id
    return ShownTime(
        start=slot.start.astimezone(standing.dossier.business.zone).isoformat(),
        label=voice.clock(slot.start),
        other_label=voice.other_clock(slot.start),
        performer=None if slot.performer_id == own else names[slot.performer_id],
    )


def _open_days(days: list[date], day: date, count: int) -> set[date]:
    """Return the days whose times are shown: from *day* on, else the last ones before it."""
    return set([one for one in days if one >= day][:count] or days[-1:])


def _soonest_day(standing: Standing, availability: Availability, zone: ZoneInfo) -> date | None:
    booking = standing.dossier.booking
    own = Slot(booking.start, booking.end, booking.performer_id)
    soonest = availability.soonest(1, but=own)
    return _day_of(soonest[0].start, zone) if soonest else None


def _bounds(availability: Availability) -> tuple[int, int]:
    return availability.earliest, max(availability.earliest, availability.latest)


def _clamped(day: date, first: date, last: date) -> date:
    return min(max(day, first), last)


def _day_of(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _read_start(text: str) -> datetime | None:
    """Return the instant that *text* names, with its offset; a plus sign that became a space is forgiven."""
    try:
        start = datetime.fromisoformat(text.strip().replace(" ", "+"))
        if start.tzinfo is None:
            return None

        # Room on both sides: what is counted from it must stay within the calendar.
        return start.astimezone(UTC) if 1970 < start.year < 9000 else None  # noqa: PLR2004 no booking is outside
    except (ValueError, OverflowError):
        return None


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
