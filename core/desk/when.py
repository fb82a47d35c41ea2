"""The WHEN that staff type: ISO or words, one exact time or none. Nothing is ever guessed (SPEC G11, F2). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from core.understand.read import understand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from core.model import Interval
    from core.understand.lexicon import Lexicon
    from core.understand.reading import Context


@dataclass(frozen=True, slots=True)
class Wanted:
    """One exact time (aware UTC); `performer` is the name of whom the words asked for, if anyone."""

    start: datetime
    performer: str | None = None


@dataclass(frozen=True, slots=True)
class NotExact:
    """Why words are no one time.

    `no_time`: none is named. `several`: the `spans` could be meant, as one or in all of their length. `skipped`: the
    clock jumps over the `wall` time that was named. `twice`: it comes twice, at these `instants`.
    """

    why: Literal["no_time", "several", "skipped", "twice"]
    spans: tuple[Interval, ...] = ()
    wall: datetime | None = None
    instants: tuple[datetime, ...] = ()


def read_when(words: str, lexicons: Sequence[Lexicon], context: Context) -> Wanted | NotExact:
    """Return the time that *words* name; without an offset it is by the clock of the context's zone."""
    exact = read_iso(words, context.zone)
    if exact is not None:
        return exact

    reading = understand(words, lexicons, context)
    when = reading.when or ()
    if reading.intent != "reschedule" or not when:
        return NotExact("no_time")

    if reading.sure and reading.is_exact:
        return Wanted(when[0].start.astimezone(UTC), reading.performer)

    return NotExact("several", when)


def read_iso(words: str, zone: ZoneInfo) -> Wanted | NotExact | None:
    """Return the time that *words* are in ISO 8601, None where they are anything else."""
    try:
        read = datetime.fromisoformat(words.strip())
    except ValueError:
        return None

    if ":" not in words and "T" not in words:
        return None  # a day alone: the words' reader says what is free on it

    return _by_clock(read, zone) if read.tzinfo is None else Wanted(read.astimezone(UTC))


def _by_clock(wall: datetime, zone: ZoneInfo) -> Wanted | NotExact:
    """Return the one instant at which the clock of *zone* shows *wall*."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return Wanted(first.astimezone(UTC))

    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        return NotExact("skipped", wall=wall)

    return NotExact("twice", wall=wall, instants=(first, second))
