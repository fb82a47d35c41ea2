"""One booking on which sayings are tried, and readings written short enough to compare at a glance."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.understand.lexicon import load_lexicon
from core.understand.read import understand
from core.understand.reading import Context, Pending, Reading

ZONE = ZoneInfo("Europe/London")
OPEN = ((9 * 60, 18 * 60),)

Read = Callable[..., Reading]
Short = Callable[..., str]


def at(wall: str) -> datetime:
    """An instant from 'MM-DD HH:MM' of 2027 in London."""
    return datetime.fromisoformat(f"2027-{wall.replace(' ', 'T')}").replace(tzinfo=ZONE)


@pytest.fixture(name="context")
def _context() -> Context:
    """Monday 1 March 2027, 9:00; booked Thursday 4 March at 15:00 with Ana for 45 minutes."""
    return Context(
        now=at("03-01 09:00"),
        zone=ZONE,
        start=at("03-04 15:00"),
        minutes=45,
        performer="Ana",
        performers=("Ana", "Marcus", "Dr Patel", "Will"),
        hours=(*(OPEN,) * 5, ((9 * 60, 13 * 60),), ()),
    )


@pytest.fixture(name="offer")
def _offer() -> Pending:
    """Friday 5 March 11:00, Saturday 6 March 10:00, Saturday 6 March 12:15."""
    return Pending("offer", (at("03-05 11:00"), at("03-06 10:00"), at("03-06 12:15")))


@pytest.fixture(name="read")
def _read(context: Context) -> Read:
    lexicons = (load_lexicon("en"),)

    def read(text: str, pending: Pending | None = None, start: str | None = None) -> Reading:
        begun = context.start if start is None else at(start)
        known = Context(
            context.now,
            context.zone,
            begun,
            context.minutes,
            context.performer,
            context.performers,
            context.hours,
            pending,
        )
        return understand(text, lexicons, known)

    return read


@pytest.fixture(name="short")
def _short(read: Read) -> Short:
    def short(text: str, pending: Pending | None = None, start: str | None = None) -> str:
        reading = read(text, pending, start)
        parts = [reading.intent, *(shown(window.start, window.end) for window in reading.when or ())]
        parts += [str(reading.pick)] if reading.pick else []
        parts += [f"with {reading.performer}"] if reading.performer else []
        parts += ["+question"] if reading.question and reading.intent != "message" else []
        return " ".join(parts)

    return short


def shown(start: datetime, end: datetime) -> str:
    """'03-05', '03-05@15:00', '03-05@12:00-17:00', '03-05..03-07'."""
    begin, finish = start.astimezone(ZONE), end.astimezone(ZONE)
    if begin == finish:
        return f"{begin:%m-%d@%H:%M}"

    last = finish - timedelta(minutes=1)
    whole = f"{begin:%H:%M}" == "00:00" and f"{last:%H:%M}" == "23:59"
    if whole:
        return f"{begin:%m-%d}" if begin.date() == last.date() else f"{begin:%m-%d}..{last:%m-%d}"

    if begin.date() == last.date():
        return f"{begin:%m-%d@%H:%M}-{'24:00' if f'{last:%H:%M}' == '23:59' else f'{finish:%H:%M}'}"

    return f"{begin:%m-%d@%H:%M}..{last:%m-%d@%H:%M}"
