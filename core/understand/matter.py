"""What kinds of words stand in a clause beside its times: little ones, those of its matter, those of another. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from core.understand.clauses import Clause
from core.understand.grammar import Item
from core.understand.marks import UNKNOWN, Mark

LINKING = ("on", "at", "in", "for", "a", "filler", "with", "performer")
"""What may stand between two times of one group."""

MOVING = ("move", "push_later", "bring_earlier", "push_either")

REMARKS = (
    "thanks",
    "late",
    "other_person",
    "task",
    "query",
    "policy",
    "past_wish",
    "see_you",
    "hedge",
    "occupied",
    "later_thought",
    "visit",
    "own",
    "topic",
    "not",
    "away",
)
"""What makes a time a remark even where nothing else is said."""


def is_fragment(items: Sequence[Item]) -> bool:
    """Whether nothing but times and little words stands there: 'Thursday 4?', 'or Friday after 6 please'."""
    return all(not isinstance(item, Mark) or _is_little(item) for item in items)


def loose_words(items: Sequence[Item]) -> int:
    """How many marks are neither times nor little words."""
    return sum(1 for item in items if isinstance(item, Mark) and not _is_little(item))


def says_more(items: Sequence[Item]) -> bool:
    """Whether words of another matter stand beside the times."""
    return any(isinstance(item, Mark) and is_loose(item) for item in items)


def is_loose(mark: Mark) -> bool:
    """Whether *mark* is a word of another matter, known or not."""
    return mark.has("plain", UNKNOWN) and mark.labels.isdisjoint(_KNOWN_MATTER)


def is_correction(mark: Mark) -> bool:
    """Whether *mark* takes back what was said: 'no wait', not a mere 'sorry'."""
    return mark.has("correction") and not mark.has("filler", "ask")


def is_plain_remark(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether a time in *clause* is surely that of something else: enough words, or the right ones, say so."""
    return clause.has("refuse", "reason", *REMARKS) or loose_words(items) > 1


_KNOWN_MATTER = frozenset((
    "filler", "ask", "works", "want", "yes", "no", "move", "visit", "one", "on", "at", "a", "to", "in",
    "around", "refuse", "not", "hedge", "but", "reason", "break", "cancel", "drop", "keep", "undo", "after",
    "before", "earlier", "later", "with", "my", "thanks", "week", "day", "correction", "condition", "any_day",
    "any_time", "same_time", "from", "option", "push_later", "bring_earlier", "push_either", "except",
    "instead_of", "late", "none_of", "last_one", "earlier_one", "later_one", "own",
))  # fmt: skip

_LITTLE = frozenset((
    "filler", "yes", "no", "or", "and", "on", "at", "a", "but", "not", "except", "instead_of", "thanks",
    "greeting", "correction", "performer", "with", "one", "option", "none_of", "any_time", "any_day", "mark",
    "ask", "works", "hedge", "break", "sign_off", "last_one", "earlier_one", "later_one", "number", "ordinal",
    "to", "want", "in", "this", "next", "around", "condition", "my", "performer_can",
))  # fmt: skip


def _is_little(mark: Mark) -> bool:
    return not mark.labels.isdisjoint(_LITTLE) and UNKNOWN not in mark.labels
