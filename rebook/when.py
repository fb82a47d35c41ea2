"""The WHEN of a command at the terminal: one exact time, or in English what hinders and what is free nearby."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.availability import availability_of
from core.desk.when import NotExact, Wanted, read_when
from core.hours import weekly_hours
from core.model import Dossier, Interval, Performer, Slot
from core.store.engine import Tx
from core.understand.read import lexicons_for
from core.understand.reading import Context
from core.views import wall_time
from rebook.failure import Failed

MOST_OFFERED = 5
HOW_TO_SAY = 'say it like "2026-12-01 11:30" or "Tuesday 1 December at 11:30"'


def time_for(tx: Tx, dossier: Dossier, words: str, now: datetime) -> Wanted:
    """Return the time that *words* name for a booking; without an offset it is by the business's clock.

    Raises:
        Failed: no time, not one exact time, or one that can be read in two ways; it names what could be meant instead.
    """
    read = read_when(words, lexicons_for(dossier.business.locale), _context(dossier, now))
    if isinstance(read, Wanted):
        return read

    told = say_not_exact(read, words, dossier.business.zone)
    nearby = free_nearby(tx, dossier, read.spans, now) if read.spans else ""
    raise Failed(f"{told} {nearby}".rstrip())


def say_not_exact(read: NotExact, words: str, zone: ZoneInfo) -> str:
    """Return why *words* are no one time, with how to say one."""
    match read:
        case NotExact("several", spans=spans):
            meant = " or ".join(_say_span(one, zone) for one in spans[:MOST_OFFERED])
            return f"{words!r} is not one sure, exact time (it was read as {meant}): {HOW_TO_SAY}."
        case NotExact("skipped", wall=datetime() as wall):
            return f"{wall.isoformat(' ')} does not exist in {zone.key}: the clock jumps over it"
        case NotExact("twice", wall=datetime() as wall, instants=(first, second)):
            return f"{wall.isoformat(' ')} comes twice in {zone.key}: say {first.isoformat()} or {second.isoformat()}"
        case _:
            return f"{words!r} could not be read as a time: {HOW_TO_SAY}"


def free_nearby(tx: Tx, dossier: Dossier, wished: Sequence[Interval], now: datetime) -> str:
    """Return a sentence with the free times nearest to *wished*; it is empty where nothing is free."""
    booking = dossier.booking
    keep = booking.start.astimezone(dossier.business.zone).timetz()
    have = Slot(booking.start, booking.end, booking.performer_id)
    found = availability_of(tx, dossier, now).nearest(wished, MOST_OFFERED, keep=keep, but=have)
    return say_free(found, dossier.performers, booking.performer_id, dossier.business.zone)


def say_free(slots: Sequence[Slot], performers: Mapping[int, Performer], asked: int, zone: ZoneInfo) -> str:
    """Return a sentence with *slots*, naming who performs where it is not whom was *asked* for; empty for none."""
    said = (
        wall_time(one.start, zone) + ("" if one.performer_id == asked else f" with {performers[one.performer_id].name}")
        for one in sorted(slots)
    )
    return f"Free nearby: {', '.join(said)}." if slots else ""


def _context(dossier: Dossier, now: datetime) -> Context:
    return Context(
        now=now,
        zone=dossier.business.zone,
        start=dossier.booking.start,
        minutes=dossier.service.minutes,
        performer=dossier.performer.name,
        performers=tuple(one.name for one in dossier.offered_by),
        hours=weekly_hours(dossier.offered_by or (dossier.performer,)),
    )


def _say_span(span: Interval, zone: ZoneInfo) -> str:
    if span.is_exact:
        return wall_time(span.start, zone)

    last = span.end.astimezone(zone)
    if last.hour == last.minute == 0 and span.end - span.start <= timedelta(days=1):
        return f"{wall_time(span.start, zone)} to 24:00"

    is_one_day = span.start.astimezone(zone).date() == last.date()
    return f"{wall_time(span.start, zone)} to {format(last, '%H:%M') if is_one_day else wall_time(span.end, zone)}"
