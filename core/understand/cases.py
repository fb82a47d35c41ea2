"""Cases in, readings out, as JSON lines in the shapes of the annotation guide (`rebook understand`).

Pure; never raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.model import WEEKDAYS, WallSpan
from core.understand.explain import explain as explain_reading
from core.understand.read import lexicons_for, resolve, trace
from core.understand.reading import Context, Pending, QuestionKind, Reading

_MOST_MINUTES = 7 * 24 * 60


class BadCase(Exception):
    """A line that is no case; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One reply and what it is read against."""

    id: object
    locale: str
    text: str
    context: Context


def answer_line(line: str, *, explain: bool = False) -> str:
    """Read one JSON case and return one JSON reading with the same id, or `{"id", "error"}` for a bad line (SPEC L1).

    *explain* adds the words that led to it (`why`), and how they were read in plain lines (`explain`).
    """
    try:
        case = read_case(line)
    except BadCase as error:
        return json.dumps({"id": _id_of(line), "error": str(error)}, ensure_ascii=False)

    traced = trace(case.text, lexicons_for(case.locale), case.context.performers)
    reading = resolve(traced.proposals, case.context)
    answer: dict[str, Any] = {"id": case.id, **shown(reading, case.context.zone)}
    if explain:
        answer["why"] = list(reading.why)
        answer["explain"] = list(explain_reading(traced, reading, case.context))

    return json.dumps(answer, ensure_ascii=False)


def read_case(line: str) -> Case:
    """Read one JSON case. Raises BadCase."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadCase(f"not JSON: {error}") from error

    if not isinstance(data, dict):
        raise BadCase("not a JSON object")

    try:
        return _case(data)
    except ZoneInfoNotFoundError as error:
        raise BadCase("bad value: tz is no zone") from error
    except KeyError as error:
        raise BadCase(f"{error.args[0]}: missing") from error
    except (TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise BadCase(f"bad value: {error}") from error


def shown(reading: Reading, zone: ZoneInfo) -> dict[str, Any]:
    """Lay out a reading as the guide prints it: windows as ISO with the zone's offset at that instant."""
    when = None
    if reading.when is not None:
        when = [[each.astimezone(zone).isoformat() for each in (window.start, window.end)] for window in reading.when]

    return {
        "intent": reading.intent,
        "when": when,
        "pick": reading.pick,
        "performer": reading.performer,
        "question": reading.question,
        "sure": reading.sure,
    }


def _id_of(line: str) -> object:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None

    return data.get("id") if isinstance(data, dict) else None


def _case(data: Mapping[str, Any]) -> Case:
    booking = data["booking"]
    minutes = booking["minutes"]
    if not isinstance(minutes, int) or not 0 < minutes <= _MOST_MINUTES:
        raise BadCase("booking.minutes: must be a number of minutes above 0")

    text = data["text"]
    if not isinstance(text, str):
        raise BadCase("text: must be a string")

    context = Context(
        now=_instant(data["now"]),
        zone=ZoneInfo(data["tz"]),
        start=_instant(booking["start"]),
        minutes=minutes,
        performer=booking.get("performer"),
        performers=tuple(str(name) for name in data.get("performers") or ()),
        hours=_hours(data["hours"]),
        pending=_pending(data.get("pending")),
    )
    return Case(data.get("id"), str(data.get("lang", "")), text, context)


_FIRST_YEAR, _LAST_YEAR = 1970, 9000


def _instant(shown_as: str) -> datetime:
    instant = datetime.fromisoformat(shown_as)
    if instant.tzinfo is None:
        raise BadCase(f"{shown_as}: has no offset")

    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise BadCase(f"{shown_as}: is out of all time")

    return instant


def _hours(data: Mapping[str, Any]) -> tuple[tuple[WallSpan, ...], ...]:
    return tuple(tuple((_minute(opens), _minute(closes)) for opens, closes in data.get(day, ())) for day in WEEKDAYS)


def _minute(clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    return int(timedelta(hours=hours, minutes=minutes).total_seconds()) // 60


_KINDS: Mapping[str, QuestionKind] = {
    "offer": "offer", "confirm_cancel": "confirm_cancel", "confirm_move": "confirm_move", "moved": "moved",
}  # fmt: skip


def _pending(data: Mapping[str, Any] | None) -> Pending | None:
    if data is None:
        return None

    kind = _KINDS.get(data["kind"])
    match kind:
        case "offer":
            return Pending(kind, tuple(_instant(option) for option in data["options"]))
        case "confirm_move":
            return Pending(kind, (_instant(data["start"]),))
        case "moved":
            return Pending(kind, (_instant(data["from"]),))
        case "confirm_cancel":
            return Pending(kind)
        case _:
            raise BadCase(f"pending.kind: unknown: {data['kind']}")
