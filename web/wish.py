"""What the address of a page, or a form, asks for: a view, a day, a time, a performer; and addresses that ask. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

View = Literal["soonest", "calendar"]

_YEARS = range(1971, 9000)
"""No booking is outside; what is counted from an instant or a day must stay within the calendar."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; None where it names nothing that could be.

    `since` is the first day of *Soonest*. `month` is the first day of a month. `start` is aware UTC.
    """

    view: View = "soonest"
    since: date | None = None
    month: date | None = None
    day: date | None = None
    start: datetime | None = None
    performer_id: int | None = None


def read_wish(said: Mapping[str, str]) -> Wish:
    """Return what *said* (a query or a form) asks for; a day or a month alone asks for the calendar."""
    day, month = _read_day(said.get("day", "")), _read_day(f"{said.get('month', '')}-01")
    is_calendar = said.get("view") == "calendar" or day is not None or month is not None
    return Wish(
        view="calendar" if is_calendar else "soonest",
        since=_read_day(said.get("from", "")),
        month=month,
        day=day,
        start=_read_start(said.get("start", "")),
        performer_id=_read_id(said.get("performer", "")),
    )


def address(path: str, asked: Mapping[str, str], performer_id: int | None = None) -> str:
    """Return *path* with what is *asked*, for this performer if one is chosen.

    What `read_wish` reads are plain words, days and numbers: nothing in them needs quoting.
    """
    query = [f"{name}={value}" for name, value in asked.items()]
    if performer_id is not None:
        query.append(f"performer={performer_id}")

    return f"{path}?{'&'.join(query)}" if query else path


def _read_id(text: str) -> int | None:
    is_id = text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004 ids are shorter
    return int(text) if is_id else None


def _read_start(text: str) -> datetime | None:
    """Return the instant that *text* names, with its offset; a plus sign that became a space is forgiven."""
    try:
        start = datetime.fromisoformat(text.strip().replace(" ", "+"))
        return start.astimezone(UTC) if start.tzinfo is not None and start.year in _YEARS else None
    except (ValueError, OverflowError):
        return None


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None

    return day if day.year in _YEARS else None
