"""What understanding yields, a reading of one reply (as in the annotation guide), and what it is read against. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.model import Interval, WallSpan

Intent = Literal["reschedule", "cancel", "pick", "yes", "no", "keep", "undo", "message", "none"]

QuestionKind = Literal["offer", "confirm_cancel", "confirm_move", "moved"]


@dataclass(frozen=True, slots=True)
class Pending:
    """What the guest was last asked.

    `offer`: `options` are the starts, numbered from 1. `confirm_move`: `options` is the one start.
    `moved`: they were told of a move that can be undone, `options` is the time it was before. `confirm_cancel`: empty.
    """

    kind: QuestionKind
    options: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a reply is read against. Instants are aware; clock words are wall time in `zone`.

    `hours` are the weekly opening hours, seven tuples of `WallSpan` (minutes after midnight), Monday first.
    """

    now: datetime
    zone: ZoneInfo
    start: datetime
    minutes: int
    performer: str | None
    performers: tuple[str, ...]
    hours: tuple[tuple[WallSpan, ...], ...]
    pending: Pending | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the guest meant. `when` holds intervals of *start times* in order; an exact start has `start == end`.

    `sure` is about the reading alone: no doubt that this is what the guest meant. `why` names the words that led here.
    """

    intent: Intent
    when: tuple[Interval, ...] | None = None
    pick: int | None = None
    performer: str | None = None
    question: bool = False
    sure: bool = False
    why: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether one exact start is wished: what can be moved to at once."""
        return self.when is not None and len(self.when) == 1 and self.when[0].is_exact
