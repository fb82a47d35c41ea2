"""Third stage: cut a reply's marks into clauses, so that a 'not' or a reason governs what it should and no more.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.understand.marks import UNKNOWN, Mark
from core.understand.points import with_points

ENDS = frozenset('.!?;:,…()[]"“”«»¿¡\n·•|')
"""Marks that end a clause in every language here."""

FIRST_PICTURE = "\U0001f300"
"""From here on signs are pictures: faces, weather, hearts."""

DASHES = frozenset("-–—")

OPENERS = ("but", "reason", "break", "condition", "policy")
"""Cues that open a clause of their own."""

ACTS = (
    "ask",
    "cancel",
    "drop",
    "keep",
    "move",
    "refuse",
    "undo",
    "push_later",
    "bring_earlier",
    "push_either",
    "hedge",
    "task",
)
"""Cues that do, after an 'and'."""

_TIMELIKE = (
    "number", "ordinal", "clock", "pointed", "slashed", "date", "weekday", "month_name", "offset", "part",
    "noon", "midnight", "am", "pm", "oclock", "ordinal_suffix",
)  # fmt: skip
_MEANT = ("visit", "weekday", "offset", "part", "number", "ordinal", "month_name", "week")


_FIRST_YEAR, _HUNDRED = 2000, 100
"""Years of this century."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Marks that belong together; `end` is the mark after them, `starts_line` whether a new line begins here."""

    marks: tuple[Mark, ...]
    end: str = ""
    starts_line: bool = False
    labels: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", frozenset().union(*(mark.labels for mark in self.marks)))

    def has(self, *labels: str) -> bool:
        """Whether any mark may mean one of *labels*."""
        return not self.labels.isdisjoint(labels)

    @property
    def asks(self) -> bool:
        """Whether it ends in a question mark."""
        return "?" in self.end


def clauses_of(marks: Sequence[Mark]) -> tuple[Clause, ...]:
    """Cut *marks* at punctuation and before words that open a clause; empty clauses are left out."""
    clauses: list[Clause] = []
    current: list[Mark] = []
    starts_line = True
    marks = with_points(marks)
    for index, mark in enumerate(marks):
        if _ends_clause(marks, index):
            if current:
                clauses.append(Clause(tuple(current), mark.text, starts_line))
                starts_line = False
            elif clauses and mark.text == "?":
                clauses[-1] = Clause(clauses[-1].marks, clauses[-1].end + mark.text, clauses[-1].starts_line)

            starts_line = starts_line or mark.token.kind == "newline"
            current = []
            continue

        if current and _opens_clause(marks, index):
            clauses.append(Clause(tuple(current), "", starts_line))
            starts_line = False
            current = []

        current.append(mark)

    if current:
        clauses.append(Clause(tuple(current), "", starts_line))

    return tuple(clauses)


def _ends_clause(marks: Sequence[Mark], index: int) -> bool:
    mark = marks[index]
    if mark.text in ENDS:
        return not (mark.has("ordinal_suffix") or _precedes_year(marks, index))

    if mark.text[:1] >= FIRST_PICTURE and mark.only("mark", "filler"):
        return True  # many write a picture where others write a full stop

    if mark.text not in DASHES:
        return False

    before = marks[index - 1] if index else None
    after = marks[index + 1] if index + 1 < len(marks) else None
    between_times = before is not None and after is not None and before.has(*_TIMELIKE) and after.has(*_TIMELIKE)
    return not between_times and not (mark.token.glued and after is not None and after.token.glued)


def _precedes_year(marks: Sequence[Mark], index: int) -> bool:
    """Whether a comma only parts a date from its year: 'December 7, 2026'."""
    if marks[index].text != "," or not 0 < index < len(marks) - 1:
        return False

    year = marks[index + 1].token
    dated = marks[index - 1].has("number", "ordinal", "ordinal_suffix", "month_name")
    return dated and year.kind == "number" and _FIRST_YEAR <= year.numbers[0] < _FIRST_YEAR + _HUNDRED


def _closes_with_not(marks: Sequence[Mark], index: int) -> bool:
    """Whether nothing but a 'not' stands at *index* until the clause ends: 'Mo und Di aber lieber nicht'."""
    if index >= len(marks) or not marks[index].has("not") or not marks[index - 2].has(*_TIMELIKE):
        return False

    return index + 1 >= len(marks) or _ends_clause(marks, index + 1)


def _opens_clause(marks: Sequence[Mark], index: int) -> bool:
    mark = marks[index]
    if mark.has("but") and _closes_with_not(marks, index + 1):
        return False

    if mark.has(*OPENERS) and not mark.has("filler", *_MEANT):
        return True

    before = marks[index - 1]
    if mark.has("ask") and mark.length > 1:
        # 'não era para cancelar': a 'not' belongs to what it stands before
        return before.has("plain", "filler", UNKNOWN, *_TIMELIKE) and not before.has("not", "no")

    return before.has("and") and mark.has(*ACTS) and not mark.only("filler")
