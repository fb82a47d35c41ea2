"""Fifth stage, beside acts: why a clause may mean something else than it was read as. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.understand.acts import DROPPING, bare_number, choices_of
from core.understand.clauses import Clause
from core.understand.grammar import Found, Item
from core.understand.marks import MISSPELT, UNKNOWN, Mark
from core.understand.proposals import OTHER_MATTER, UNKNOWN_WORD
from core.understand.stance import MOVING, before_time, says_more

ACTING = ("cancel", "drop", "keep", "undo", *MOVING)

DOUBTFUL = ("hedge", "condition", "untrusted", "correction", "past_wish", "policy", "later_thought")

NUMERIC = ("number", "clock", "pointed", "slashed", "date", "junk")
TIME_WORDS = (
    "around", "after", "before", "between", "half", "quarter", "am", "pm", "around_suffix", "after_suffix",
    "before_suffix", "week_later", "after_next", "ordinal_suffix", "month_start", "month_end", "fortnight", "previous",
)  # fmt: skip
"""Cues that change a time: one left over where a time is wished means that it was not read whole."""

UNREAD_SIGNS = frozenset("<>=~^%*+")
"""Signs that may turn a clock time into something else."""


def doubts_of(clause: Clause, items: Sequence[Item], *, wishes: bool) -> Iterator[str]:
    """Yield every doubt about *clause*; `wishes`: it wishes a time. A clause that acts must say nothing besides."""
    marks = [item for item in items if isinstance(item, Mark)]
    explains = not wishes and not clause.has(*ACTING) and (clause.has("refuse") or clause.marks[0].has("reason"))
    if says_more(items) and not explains:
        yield OTHER_MATTER

    if clause.asks and clause.has("undo", *DROPPING):
        yield "only asked"

    pointing = any(choices_of(items)) or bare_number(clause) is not None
    if pointing and clause.has("or", "not", "except"):
        yield "several choices"

    if not pointing and any(mark.token.kind in NUMERIC for mark in marks):
        yield "a number left unread"

    yield from _left_unread(items, marks, wishes=wishes)
    yield from _of_words(items, marks)


def _left_unread(items: Sequence[Item], marks: Sequence[Mark], *, wishes: bool) -> Iterator[str]:
    """What stands beside a time and would change it, had it been understood."""
    if wishes and any(mark.has(*TIME_WORDS) and not mark.has("filler", "number") for mark in marks):
        yield "a word of time left unread"

    if any(mark.text in UNREAD_SIGNS for mark in marks):
        yield "a sign left unread"

    for place, item in enumerate(items):
        if not isinstance(item, Mark):
            continue

        if item.has("not") and not before_time(items, place):
            yield "not"

        if place and item.token.glued and item.token.kind == "word" and isinstance(items[place - 1], Found):
            yield "a letter left unread"


def _of_words(items: Sequence[Item], marks: Sequence[Mark]) -> Iterator[str]:
    yield from (f"{UNKNOWN_WORD}: {mark.text}" for mark in marks if mark.has(UNKNOWN))
    yield from (f"misspelt: {mark.text}" for mark in marks if mark.has(MISSPELT))
    yield from (f"misspelt: {item.text}" for item in items if isinstance(item, Found) and item.misspelt)
    for label in DOUBTFUL:
        if any(mark.has(label) and (label == "hedge" or not mark.has("filler", "ask")) for mark in marks):
            yield label
