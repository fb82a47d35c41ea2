"""Whether a reading is what a corpus says: the annotation guide's rules of comparison, written anew for the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache

from core.understand.reading import Reading
from tests.corpora.meanings import Meaning
from tests.corpora.situations import situations, wall_time

HORIZON_DAYS = 60
STEP = timedelta(minutes=15)

Spans = Iterable[tuple[datetime, datetime]]


def is_right(reading: Reading, meaning: Meaning) -> bool:
    """Whether *reading* is one that *meaning* accepts."""
    if reading.intent not in meaning.intents or reading.performer != meaning.performer:
        return False

    if reading.intent == "pick" and reading.pick != meaning.pick and not meaning.ask:
        return False

    if meaning.question is not None and reading.question != meaning.question:
        return False

    return reading.intent != "reschedule" or _is_time_right(reading, meaning)


def is_act(reading: Reading) -> bool:
    """Whether the program would change something on *reading* without asking back."""
    exact = reading.when is not None and len(reading.when) == 1 and reading.when[0].is_exact
    acting = reading.intent in ("cancel", "pick", "yes", "undo") or (reading.intent == "reschedule" and exact)
    return reading.sure and acting


def is_dangerous(reading: Reading, meaning: Meaning) -> bool:
    """Whether *reading* would act although it is not right, or although the guest must be asked."""
    return is_act(reading) and (not is_right(reading, meaning) or bool(meaning.ask))


def asks_in_vain(reading: Reading, meaning: Meaning) -> bool:
    """Whether *reading* is right, yet doubted without need."""
    return is_right(reading, meaning) and not reading.sure and meaning.ask is False


def _is_time_right(reading: Reading, meaning: Meaning) -> bool:
    got = None if reading.when is None else [(window.start, window.end) for window in reading.when]
    accepted = [None if when is None else _spans(when, meaning) for when in meaning.whens]
    loose = {end for spans in (*accepted, got) for begin, end in spans or () if begin != end}
    if meaning.performer is None:
        loose.add(meaning.context.start)

    held = None if got is None else _starts(got, meaning.situation) - loose
    return any(held == (None if when is None else _starts(when, meaning.situation) - loose) for when in accepted)


def _spans(when: Iterable[tuple[str, str]], meaning: Meaning) -> list[tuple[datetime, datetime]]:
    zone = meaning.context.zone
    return [(wall_time(begin, zone), wall_time(end, zone)) for begin, end in when]


def _starts(spans: Spans, situation: str) -> set[datetime]:
    """Return the starts that *spans* hold: exact ones as they are, of windows those on the grid."""
    held: set[datetime] = set()
    for begin, end in spans:
        held |= {begin} if begin == end else {start for start in _grid(situation) if begin <= start < end}

    return held


@cache
def _grid(situation: str) -> tuple[datetime, ...]:
    return tuple(_opening_starts(situation))


def _opening_starts(situation: str) -> Iterator[datetime]:
    """Yield every quarter of an hour at which a visit could begin within opening hours, from now on."""
    context = situations()[situation]
    today = context.now.astimezone(context.zone).replace(hour=0, minute=0)
    for offset in range(HORIZON_DAYS + 1):
        midnight = today + timedelta(days=offset)
        for opens, closes in context.hours[midnight.weekday()]:
            start = midnight + timedelta(minutes=opens)
            while start + timedelta(minutes=context.minutes) <= midnight + timedelta(minutes=closes):
                if start > context.now:
                    yield start

                start += STEP
