"""What words propose before anything is known of now: acts, wishes, choices and doubts, as symbols. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from core.understand.times import Wish

UNKNOWN_WORD = "unknown word"
OTHER_MATTER = "another matter"
FEW_UNKNOWN = 3
"""So many words nobody taught us do not hide what a window of time, a 'keep it' or a question is."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something a clause does: a cue's name ('cancel', 'yes', …), which clause, and whether anything weakens it."""

    kind: str
    clause: int
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """How an offered time is pointed at.

    By its number, by its position, or by being the last, the earliest, the latest.
    """

    number: int | None = None
    position: int | None = None
    extreme: str = ""
    bare: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Proposals:
    """Everything a reply proposes.

    `own` are times the guest says the booking has, `rejected` those they rule out, `mentioned` those of other
    things.

    `asked`: a time or a choice is put as a question. `last_wish` is the clause of the last wish.
    `others_named` are performers who are spoken of, but not plainly asked for.
    `doubts` say why the reading may be wrong; `why` quotes the words that led to each part. `performer` is an index
    into the performers that were given.
    """

    language: str = ""
    acts: tuple[Act, ...] = ()
    wishes: tuple[Wish, ...] = ()
    own: tuple[Wish, ...] = ()
    rejected: tuple[Wish, ...] = ()
    mentioned: tuple[Wish, ...] = ()
    last_wish: int = -1
    choices: tuple[Choice, ...] = ()
    asked: bool = False
    performer: str | None = None
    question: bool = False
    content: bool = False
    month_first_words: bool = False
    others_named: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Whether nothing at all is in doubt: what a change needs."""
        return not self.doubts

    @property
    def is_fairly_clear(self) -> bool:
        """Whether at most a few words are unknown: enough where nothing is changed without asking anyway."""
        unknown = sum(1 for doubt in self.doubts if doubt.startswith(UNKNOWN_WORD))
        return unknown <= FEW_UNKNOWN and all(doubt.startswith((UNKNOWN_WORD, OTHER_MATTER)) for doubt in self.doubts)

    def said(self, *kinds: str) -> bool:
        """Whether any act of *kinds* was said without weakening."""
        return any(act.kind in kinds and not act.weak for act in self.acts)

    def last(self, *kinds: str) -> int:
        """The clause of the last unweakened act of *kinds*, -1 where there is none."""
        return max((act.clause for act in self.acts if act.kind in kinds and not act.weak), default=-1)
