"""What a guest or the team hears back, as data: phrase keys, values, choices. Pure; words are made when it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.model import Slot

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | int | datetime | tuple[datetime, ...]
"""What a phrase may be told: names, numbers, instants (aware UTC)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing said: the key of a phrase and what it is told."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing the reader can answer with: a number for a slot, or a word such as `yes`, `no`, `undo`.

    `performer` is the performer's name where the slot is with someone else than the booking has now.
    """

    id: str
    slot: Slot | None = None
    performer: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, in order, and what can be chosen.

    `shows_booking` adds the booking's facts and links; `invites` attaches the calendar invitation (SPEC M5):
    a request for an open booking, a cancellation for a cancelled one.
    """

    parts: tuple[Part, ...]
    choices: tuple[Choice, ...] = ()
    shows_booking: bool = True
    invites: bool = False


def to_json(reply: Reply) -> dict[str, Any]:
    """Return *reply* as JSON data; `from_json` gives the same reply back."""
    return {
        "parts": [[part.key, {name: _encode(value) for name, value in part.values.items()}] for part in reply.parts],
        "choices": [_encode_choice(choice) for choice in reply.choices],
        "shows_booking": reply.shows_booking,
        "invites": reply.invites,
    }


def from_json(data: Mapping[str, Any]) -> Reply:
    """Return the reply that `to_json` wrote."""
    return Reply(
        parts=tuple(
            Part(key, {name: _decode(value) for name, value in values.items()}) for key, values in data["parts"]
        ),
        choices=tuple(_decode_choice(row) for row in data["choices"]),
        shows_booking=data["shows_booking"],
        invites=data["invites"],
    )


def _encode(value: Value) -> Any:
    if isinstance(value, datetime):
        return {"at": int(value.timestamp())}

    if isinstance(value, tuple):
        return {"all": [int(instant.timestamp()) for instant in value]}

    return value


def _decode(value: Any) -> Value:
    match value:
        case {"at": seconds}:
            return datetime.fromtimestamp(seconds, UTC)
        case {"all": instants}:
            return tuple(datetime.fromtimestamp(seconds, UTC) for seconds in instants)
        case str() | int():
            return value
        case _:
            message = f"not a value of a phrase: {value!r}"
            raise TypeError(message)


def _encode_choice(choice: Choice) -> list[Any]:
    if choice.slot is None:
        return [choice.id]

    slot = choice.slot
    return [choice.id, int(slot.start.timestamp()), int(slot.end.timestamp()), slot.performer_id, choice.performer]


def _decode_choice(row: list[Any]) -> Choice:
    match row:
        case [str(name)]:
            return Choice(name)
        case [str(name), int(start), int(end), int(performer_id), performer]:
            slot = Slot(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), performer_id)
            return Choice(name, slot, performer)
        case _:
            message = f"not a choice: {row!r}"
            raise TypeError(message)
