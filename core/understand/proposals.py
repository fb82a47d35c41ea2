"""What words propose before anything is known of now: acts, wishes, choices and doubts, as symbols. Pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.understand.times import Wish

WHOLE_REPLY = -1
"""The clause of a doubt that is about everything a reply says."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a reply may mean something else than it was read as, and in which clause that stands."""

    why: str
    clause: int = WHOLE_REPLY


@dataclass(frozen=True, slots=True)
class Act:
    """Something a clause does: a cue's name ('cancel', 'yes', …), which clause, and whether anything weakens it."""

    kind: str
    clause: int
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """How an offered time is pointed at.

    By its number, by its position (`spoken`: in words, which names no date), or by being the last, the earliest, the
    latest. `bare`: a mere number, `alone` where nothing else is said with it.
    """

    number: int | None = None
    position: int | None = None
    extreme: str = ""
    spoken: bool = False
    bare: bool = False
    alone: bool = False
    clause: int = WHOLE_REPLY


@dataclass(frozen=True, slots=True)
class Proposals:
    """Everything a reply proposes.

    `own` are times the guest says the booking has, `rejected` those they rule out, `mentioned` those of other
    things.

    `wishing` are the clauses that wish a time or a performer, `refusing` those that rule out a time; `unclear` are
    the mentioned times that may be wished as well, `corrected` is the clause of the last correction.
    `asked`: a time, a choice or a performer is put as a question; `asked_about`: one is asked about rather than for.
    `others_named` are performers who are spoken of, but not plainly asked for. `doubts` say why the reading may be
    wrong; `why` quotes the words that led to each part. `performer` is the name of the one who is wished.
    """

    language: str = ""
    acts: tuple[Act, ...] = ()
    wishes: tuple[Wish, ...] = ()
    own: tuple[Wish, ...] = ()
    rejected: tuple[Wish, ...] = ()
    mentioned: tuple[Wish, ...] = ()
    unclear: tuple[Wish, ...] = ()
    wishing: tuple[int, ...] = ()
    refusing: tuple[int, ...] = ()
    corrected: int = -1
    choices: tuple[Choice, ...] = ()
    asked: bool = False
    asked_about: bool = False
    performer: str | None = None
    question: bool = False
    content: bool = False
    month_first_words: bool = False
    others_named: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def last_wish(self) -> int:
        """The clause of the last wish, -1 where there is none."""
        return max(self.wishing, default=-1)

    def is_clear_in(self, clauses: Iterable[int]) -> bool:
        """Whether nothing is in doubt that is said in *clauses*, nor about the whole reply."""
        concerned = {*clauses, WHOLE_REPLY}
        return all(doubt.clause not in concerned for doubt in self.doubts)

    def said(self, *kinds: str) -> bool:
        """Whether any act of *kinds* was said without weakening."""
        return any(act.kind in kinds and not act.weak for act in self.acts)

    def last(self, *kinds: str) -> int:
        """The clause of the last unweakened act of *kinds*, -1 where there is none."""
        return max((act.clause for act in self.acts if act.kind in kinds and not act.weak), default=-1)

    def clauses(self, *kinds: str) -> tuple[int, ...]:
        """The clauses of the unweakened acts of *kinds*."""
        return tuple(act.clause for act in self.acts if act.kind in kinds and not act.weak)
