"""Fifth stage, beside stance: what a clause does besides naming times.

Cancels, agrees, asks a person, wishes a performer. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.understand.clauses import Clause
from core.understand.grammar import Found, Item
from core.understand.marks import UNKNOWN, Mark
from core.understand.matter import MOVING, is_fragment
from core.understand.proposals import Act, Choice
from core.understand.stance import is_farewell

PLAIN_ACTS = (
    "keep",
    "undo",
    "none_of",
    "refuse",
    "late",
    "other_person",
    "away",
    "task",
    "topic",
    "policy",
    "untrusted",
    "later_thought",
    "condition",
)
"""Cues that are acts wherever they stand."""

DROPPING = ("cancel", "drop")
_ACTING = frozenset((*PLAIN_ACTS, *DROPPING, *MOVING))
WEAKENED = ("keep", "undo", "refuse")
WEAKENING = ("condition", "policy", "past_wish", "task", "query")
MOST_NUMBERED = 9
"""A larger number is a clock time: so many times are never offered at once."""

SCOPE = 4
"""How many marks before a 'cancel' a 'not' still governs it."""


def acts_of(clause: Clause, items: Sequence[Item], number: int) -> Iterator[Act]:
    """Yield what *clause* does, weakened where it is hedged, conditional, over, or asked about."""
    marks = [item for item in items if isinstance(item, Mark)]
    weak = _is_hedged(clause) or any(mark.has(*WEAKENING) and not mark.has("ask", "filler") for mark in marks)
    for place, mark in enumerate(marks):
        if mark.labels.isdisjoint(_ACTING):
            continue

        denied = mark.has("keep", "undo") and _is_negated(marks, place)
        yield from (_plain(kind, clause, number, denied=denied, weak=weak) for kind in PLAIN_ACTS if mark.has(kind))
        for kind in DROPPING:
            if mark.has(kind):
                yield _dropping(kind, marks, place, number, weak=weak)

        if mark.has("move") and mark.has("any_time"):
            yield Act("others", number)

        if mark.has(*MOVING) and not mark.has("filler"):
            yield Act("move", number, weak or _is_negated(marks, place))

    yield from _answers(clause, items, marks, number)


def acts_beyond_manners(acts: Sequence[Act]) -> bool:
    """Whether anything is done besides agreeing, thanking and greeting."""
    return any(act.kind not in ("polite", "fine", "yes", "no", "condition") for act in acts)


def _is_hedged(clause: Clause) -> bool:
    return any(mark.has("hedge") and not mark.has("filler") for mark in clause.marks)


def _plain(kind: str, clause: Clause, number: int, *, denied: bool, weak: bool) -> Act:
    if kind == "keep" and denied:
        return Act("refuse", number, weak)

    asked = kind == "keep" and clause.asks and not clause.has("ask")
    return Act(kind, number, asked or (denied and kind == "undo") or (weak and kind in WEAKENED))


def _dropping(kind: str, marks: Sequence[Mark], place: int, number: int, *, weak: bool) -> Act:
    if _is_negated(marks, place):
        return Act("keep", number, weak=weak)

    return Act(kind, number, weak)


def _is_negated(marks: Sequence[Mark], place: int) -> bool:
    """Whether a 'not' shortly before governs it; a bare 'no' is an answer of its own and does not."""
    return any(
        mark.has("not", "refuse") or (mark.has("no") and mark.has("plain"))
        for mark in marks[max(0, place - SCOPE) : place]
    )


def _answers(clause: Clause, items: Sequence[Item], marks: Sequence[Mark], number: int) -> Iterator[Act]:
    """Yes, no and thanks count only where the clause says little else."""
    if any(mark.has("no") for mark in marks) and not clause.has("none_of"):
        opening = marks[0].has("no") or (len(marks) > 1 and marks[1].has("no"))
        yield Act("no", number, weak=not opening)

    little = is_fragment(items) or all(
        mark.has("yes", "filler", "cancel", "visit", "my", "thanks", *MOVING) for mark in marks
    )
    agreeing = [mark for mark in marks if mark.has("yes")]
    if agreeing:
        plain = any(not mark.has("filler", "works") for mark in agreeing) or all(
            mark.has("yes", "filler") for mark in marks
        )
        against = clause.asks or any(
            mark.has("no", "not", "refuse", "condition", "but") and not mark.has("yes") for mark in marks
        )
        opening = agreeing[0] is marks[0] and not agreeing[0].has("filler")
        if plain or opening:
            hard = any(not mark.has("filler") for mark in agreeing)
            yield Act("yes" if hard else "fine", number, weak=against or not (little or opening))

    if any(mark.has("thanks", "greeting", "see_you") for mark in marks) or is_farewell(clause, items):
        yield Act("polite", number)


def choices_of(items: Sequence[Item]) -> Iterator[Choice]:
    """Yield how offered times are pointed at.

    '2', '#3', 'option 1', 'the second one', 'the last one', 'the later one'.
    """
    marks: list[Mark | None] = [item if isinstance(item, Mark) else None for item in items]
    if not any(mark is not None and _may_point(mark) for mark in marks):
        return

    excluded = next((n for n, mark in enumerate(marks) if mark and mark.has("not", "except", "instead_of")), len(marks))
    for place, mark in enumerate(marks):
        if mark is None or place >= excluded:
            continue

        before = marks[place - 1] if place else None
        number = _number(mark)
        if number is not None and before is not None and before.has("option") and not before.has("filler"):
            yield Choice(number=number)

        suffixed = number is not None and place + 1 < len(marks) and _is_suffix(marks[place + 1])
        position = number if suffixed else mark.value("ordinal")
        if position is not None and not (place + 1 < len(marks) and _is_noun(marks[place + 1])):
            yield Choice(position=position, spoken=not suffixed)

        for extreme in ("last_one", "earlier_one", "later_one"):
            if mark.has(extreme):
                yield Choice(extreme=extreme)


_POINTING = frozenset(("number", "ordinal", "last_one", "earlier_one", "later_one"))


def _may_point(mark: Mark) -> bool:
    """Whether *mark* can point at an offered time at all: most cannot."""
    return mark.token.kind == "number" or not mark.labels.isdisjoint(_POINTING)


def bare_number(clause: Clause) -> int | None:
    """The number of a clause that says nothing else: '2', 'two please', '2.'."""
    numbers = [number for number in map(_number, clause.marks) if number is not None]
    if len(numbers) != 1 or numbers[0] > MOST_NUMBERED:
        return None

    little = all(
        mark.has("filler", "yes", "thanks", "ask", "sign_off", "works", "break")
        and not mark.has("clock", "am", "pm", "oclock")
        for mark in clause.marks
        if _number(mark) is None
    )
    return numbers[0] if little else None


def _number(mark: Mark) -> int | None:
    return mark.token.numbers[0] if mark.token.kind == "number" and mark.length == 1 else mark.value("number")


def _is_suffix(mark: Mark | None) -> bool:
    return mark is not None and mark.has("ordinal_suffix") and mark.token.glued


def _is_noun(mark: Mark | None) -> bool:
    """Whether a word after an ordinal makes it count something else: 'the second week'."""
    return (
        mark is not None
        and mark.has("plain", UNKNOWN, "week", "month", "day")
        and not mark.has("one", "option", "works", "filler")
    )


def performers_of(clause: Clause, items: Sequence[Item]) -> Iterator[int]:
    """Yield the performers a clause asks for: 'with Ana', 'can Dee do …', 'Priya instead'; not those it speaks to."""
    elsewhere = clause.has("task", "see_you", "policy", "cancel", "drop", "query")
    if elsewhere and not clause.has("with"):
        return

    for place, item in enumerate(items):
        index = item.value("performer") if isinstance(item, Mark) else None
        marks_before = [mark for mark in items[:place] if isinstance(mark, Mark)]
        if index is not None and _is_wished(clause, items, place) and not _is_negated(marks_before, place):
            yield index


def _is_wished(clause: Clause, items: Sequence[Item], place: int) -> bool:
    if _is_given_up(items, place):
        return False

    before = _mark_before(items, place)
    if before is not None and before.has("with"):
        # 'my appointment with Ana' names the booking, not a wish
        return not any(isinstance(item, Mark) and item.has("visit") for item in items[max(0, place - 2) : place])

    beyond = next(
        (item for item in items[place + 1 :] if isinstance(item, Found) or not item.has("filler", "on", "at")), None
    )
    if isinstance(beyond, Found):
        return place > 0 and clause.asks

    after = items[place + 1] if place + 1 < len(items) else None
    # a name that opens a clause is more often spoken to: 'Ana, can you do Friday?'
    able = ("performer_can", "works", "ask", "instead_of") if place else ("works", "instead_of")
    return isinstance(after, Mark) and after.has(*able)


def _is_given_up(items: Sequence[Item], place: int) -> bool:
    """'instead of with Ana': whether the performer at *place* is the one to leave."""
    for item in reversed(items[:place]):
        if isinstance(item, Found) or not item.has("filler", "on", "my", "with", "instead_of", "except"):
            return False

        if item.has("instead_of", "except"):
            return True

    return False


def _mark_before(items: Sequence[Item], place: int) -> Mark | None:
    for item in reversed(items[:place]):
        if isinstance(item, Found):
            return None

        if item.has("filler", "on", "my", "titles") and not item.has("with"):
            continue

        return item

    return None


def is_for_a_person(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether a clause says something that someone at the business must read."""
    marks = [item for item in items if isinstance(item, Mark)]
    if clause.has("task", "topic"):
        return True

    named = any(isinstance(item, Found) for item in items)
    acting = any(
        mark.has("cancel", "keep", "undo", "works", "refuse", "visit", *MOVING)
        or (mark.has("ask") and not mark.has("filler"))
        for mark in marks
    )
    contents = [mark for mark in marks if mark.has("plain", UNKNOWN, "query") and not mark.has("filler", "yes", "no")]
    if clause.asks and contents and clause.has("query", "hedge") and not named:
        return True

    return clause.asks and bool(contents) and not named and not acting
