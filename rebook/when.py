"""The WHEN that staff type: ISO or words, one exact time or none. Nothing is ever guessed (SPEC G11, F2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.availability import availability_of, weekly_hours
from core.model import Dossier, Interval, Slot
from core.store.engine import Tx
from core.understand.read import lexicons_for, understand
from core.understand.reading import Context, Reading
from core.views import wall_time
from rebook.failure import Failed

MOST_OFFERED = 5
HOW_TO_SAY = 'say it like "2026-12-01 11:30" or "Tuesday 1 December at 11:30"'


@dataclass(frozen=True, slots=True)
class Wanted:
    """One exact time (aware UTC); `performer` is the name of whom the words asked for, if anyone."""

    start: datetime
    performer: str | None = None


def read_when(tx: Tx, dossier: Dossier, words: str, now: datetime) -> Wanted:
    """Return the time that *words* name; without an offset it is by the business's clock.

    Raises:
        Failed: no time, not one exact time, or one that can be read in two ways; it names what could be meant instead.
    """
    exact = _read_iso(words, dossier)
    if exact is not None:
        return Wanted(exact)

    reading = understand(words, lexicons_for(dossier.business.locale), _context(dossier, now))
    when = reading.when or ()
    if reading.intent == "reschedule" and reading.sure and len(when) == 1 and when[0].is_exact:
        return Wanted(when[0].start.astimezone(UTC), reading.performer)

    raise Failed(_not_exact(tx, dossier, words, reading, now))


def free_nearby(tx: Tx, dossier: Dossier, wished: Sequence[Interval], now: datetime) -> str:
    """Return a sentence with the free times nearest to *wished*; it is empty where nothing is free."""
    keep = dossier.booking.start.astimezone(dossier.business.zone).timetz()
    booking = dossier.booking
    have = Slot(booking.start, booking.end, booking.performer_id)
    found = availability_of(tx, dossier, now).nearest(wished, MOST_OFFERED, keep=keep, but=have)
    return f"Free nearby: {', '.join(_say(one, dossier) for one in sorted(found))}." if found else ""


def _read_iso(words: str, dossier: Dossier) -> datetime | None:
    try:
        read = datetime.fromisoformat(words.strip())
    except ValueError:
        return None

    if ":" not in words and "T" not in words:
        return None  # a day alone: the words' reader says what is free on it

    return _by_clock(read, dossier) if read.tzinfo is None else read.astimezone(UTC)


def _by_clock(wall: datetime, dossier: Dossier) -> datetime:
    """Return the one instant at which the business's clock shows *wall*. Raises Failed where there are none or two."""
    zone = dossier.business.zone
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)

    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise Failed(f"{wall.isoformat(' ')} does not exist in {zone.key}: the clock jumps over it")

    raise Failed(f"{wall.isoformat(' ')} comes twice in {zone.key}: say {first.isoformat()} or {second.isoformat()}")


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


def _not_exact(tx: Tx, dossier: Dossier, words: str, reading: Reading, now: datetime) -> str:
    when = reading.when or ()
    if reading.intent != "reschedule" or not when:
        return f"{words!r} could not be read as a time: {HOW_TO_SAY}"

    spans = " or ".join(_say_span(one, dossier) for one in when[:MOST_OFFERED])
    told = f"{words!r} is not one sure, exact time (it was read as {spans}): {HOW_TO_SAY}."
    return f"{told} {free_nearby(tx, dossier, when, now)}".rstrip()


def _say_span(span: Interval, dossier: Dossier) -> str:
    zone = dossier.business.zone
    if span.is_exact:
        return wall_time(span.start, zone)

    last = span.end.astimezone(zone)
    if last.hour == last.minute == 0 and span.end - span.start <= timedelta(days=1):
        return f"{wall_time(span.start, zone)} to 24:00"

    is_one_day = span.start.astimezone(zone).date() == last.date()
    return f"{wall_time(span.start, zone)} to {format(last, '%H:%M') if is_one_day else wall_time(span.end, zone)}"


def _say(slot: Slot, dossier: Dossier) -> str:
    said = wall_time(slot.start, dossier.business.zone)
    if slot.performer_id == dossier.booking.performer_id:
        return said

    return f"{said} with {dossier.performers[slot.performer_id].name}"
