"""Fifth stage, beside acts: why a clause may mean something else than it was read as.

A doubt stands in a clause and concerns only what is read from that clause: an explanation beside a plain wish may
hold any words. What binds or takes back everything (a condition, an unfinished correction) concerns the whole
reply. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.understand.acts import DROPPING, bare_number, choices_of
from core.understand.clauses import Clause
from core.understand.gather import THAT_DAY
from core.understand.grammar import Found, Item
from core.understand.marks import MISSPELT, Mark
from core.understand.matter import MOVING, is_correction, is_fragment, is_loose
from core.understand.owned import before_time
from core.understand.proposals import Doubt
from core.understand.stance import is_closing_not

ACTING = ("cancel", "drop", "keep", "undo", "refuse", *MOVING)
ENDING = (*DROPPING, "undo")
"""Acts that take something away: what they take must be the visit."""

DATES = ("pointed", "slashed", "date")
NUMERIC = ("number", "clock", "pointed", "slashed", "date", "junk")
TIME_WORDS = (
    "around", "after", "before", "between", "half", "quarter", "am", "pm", "around_suffix", "after_suffix",
    "before_suffix", "week_later", "after_next", "ordinal_suffix", "month_start", "month_end", "fortnight", "previous",
)  # fmt: skip
"""Cues that change a time: one left over where a time is wished means that it was not read whole."""

SENTENCE_ENDS = frozenset(".!?\n")
QUOTES = frozenset('"“”«»')
UNREAD_SIGNS = frozenset("<>=~^%*+\u202b\u202e\u2067")
"""Signs that may turn a clock time into something else, or let it be seen otherwise: marks for right-to-left."""


def doubts_of(
    clauses: Sequence[tuple[Clause, Sequence[Item]]], number: int, *, wishes: bool, wants: bool
) -> Iterator[Doubt]:
    """Yield every doubt about the clause *number*; `wishes`: it wishes a time, `wants`: a performer."""
    clause, items = clauses[number]
    before = clauses[number - 1][0] if number else None
    goes_on = before is not None and not SENTENCE_ENDS.intersection(before.end)
    # a request opens a clause of its own: "unless you | can do Friday"
    following = clauses[number + 1][1] if not clause.end and number + 1 < len(clauses) else ()
    if any(mark.has("condition") and not mark.has("filler", "ask") for mark in clause.marks) and _binds(
        clause, [*items, *following], goes_on=goes_on
    ):
        yield Doubt("condition")

    yield from (Doubt(why) for why in _about_everything(clause, items))
    yield from (Doubt(why, number) for why in _about_itself(clause, items, wishes=wishes))
    if (
        goes_on
        and not (wishes or wants)
        and any(mark.has("but") and not mark.has("filler") for mark in clause.marks[:1])
    ):
        yield Doubt("but", number - 1)


def is_left_corrected(clauses: Sequence[tuple[Clause, Sequence[Item]]]) -> bool:
    """Whether something is taken back at last, and nothing that could be meant instead follows."""
    items = [item for _, items in clauses for item in items]
    places = [n for n, item in enumerate(items) if isinstance(item, Mark) and is_correction(item)]
    if not places:
        return False

    # "Friday, no, Saturday I meant": what the last one takes back is what stands between the two
    after = items[places[-1] + 1 :] + (items[places[-2] + 1 : places[-1]] if len(places) > 1 else [])
    return not any(isinstance(item, Found) or item.has("yes", "no", "number", *ACTING) for item in after)


def _binds(clause: Clause, items: Sequence[Item], *, goes_on: bool) -> bool:
    """Whether a condition hangs the wish on something: "if it rains", "I'll ask him if Friday works".

    "If that works" and "if Friday is free I'll take it" do not.
    """
    names_time = any(isinstance(item, Found) for item in items)
    return not is_fragment(items) or clause.has(*ACTING) or (goes_on and names_time)


def _about_everything(clause: Clause, items: Sequence[Item]) -> Iterator[str]:
    if clause.has("untrusted"):
        yield "untrusted"

    # '32.01., 10:00': a time whose day is none is no time of another day
    if is_fragment([item for item in items if not isinstance(item, Mark) or item.token.kind not in DATES]):
        yield from ("a date left unread" for item in items if isinstance(item, Mark) and item.token.kind in DATES)

    timeless = not any(isinstance(item, Found) for item in items)
    if is_fragment(items) and timeless and not clause.has(*ACTING, "ordinal", "number", "option"):
        yield from ("hedge" for mark in clause.marks if mark.has("hedge") and not mark.has("filler"))
        yield from ("not" for mark in clause.marks if mark.has("not") and not mark.has("yes", "no"))


def _about_itself(clause: Clause, items: Sequence[Item], *, wishes: bool) -> Iterator[str]:
    marks = [item for item in items if isinstance(item, Mark)]
    yield from (f"another matter: {mark.text}" for mark in _of_another_matter(items, wishes=wishes))
    if clause.asks and clause.has(*ENDING) and not _is_request(clause, items):
        yield "only asked"

    if QUOTES.intersection(clause.end):
        yield "quoted"

    pointing = any(choices_of(items)) or bare_number(clause) is not None
    agreeing = any(mark.has("yes") and not mark.has("filler") for mark in marks)
    if (pointing and clause.has("or", "not", "except", "instead_of")) or (agreeing and clause.has("or", "not")):
        yield "several choices"

    if not pointing and any(mark.token.kind in NUMERIC for mark in marks):
        yield "a number left unread"

    if any(mark.has("hedge") and not (mark.has("filler") and clause.has("ask", "works", *MOVING)) for mark in marks):
        yield "hedge"

    over = [label for label in ("past_wish", "policy") if any(mark.has(label) for mark in marks)]
    yield from over
    yield from _left_unread(items, marks, wishes=wishes)


def _is_request(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether a clause asks for something to be done rather than about it: to end the visit, it must name it, too."""
    if not clause.has(*ENDING):
        return clause.asks or clause.has("ask", "works", *MOVING)

    named = any(isinstance(item, Found) or item.has("visit") for item in items)
    acted = any(mark.has(*ENDING) and mark.length > 1 for mark in clause.marks)
    return clause.has("ask") and (named or acted)


def _of_another_matter(items: Sequence[Item], *, wishes: bool) -> Iterator[Mark]:
    """Yield words that may turn what is asked for: before the time that is wished, or around what is to be ended.

    What follows a wish is its explanation, also where nobody set a comma.
    """
    if wishes:
        last = max((place for place, item in enumerate(items) if _names_time(item)), default=0)
        yield from (item for item in items[:last] if isinstance(item, Mark) and is_loose(item))
        return

    marks = [item for item in items if isinstance(item, Mark)]
    if any(choices_of(items)) and not any(mark.has("works", "ask", "want", "yes") for mark in marks):
        yield from (mark for mark in marks if is_loose(mark) and not mark.has("ordinal"))

    if any(mark.has("yes") and not mark.has("filler") for mark in marks):
        yield from (item for item in items if isinstance(item, Mark) and (is_loose(item) or item.has("want")))

    end = next((place for place, item in enumerate(items) if isinstance(item, Mark) and item.has(*ENDING)), None)
    if end is None:
        return

    yield from (item for item in items[:end] if isinstance(item, Mark) and is_loose(item))
    for item in items[end + 1 :]:
        if isinstance(item, Found) or item.has("visit"):
            return

        if is_loose(item):
            yield item


def _names_time(item: Item) -> bool:
    """Whether *item* is a time, other than a mere 'that day' at the end of an explanation."""
    return isinstance(item, Found) and item.time != THAT_DAY


def _is_unread_time(items: Sequence[Item], place: int) -> bool:
    """Whether a word of time stands alone at *place*; what leads to a performer is none ('до Марії')."""
    item = items[place]
    if not isinstance(item, Mark) or not item.has(*TIME_WORDS) or item.has("filler", "number"):
        return False

    following = items[place + 1] if place + 1 < len(items) else None
    return not (item.has("with") and isinstance(following, Mark) and following.has("performer"))


def _left_unread(items: Sequence[Item], marks: Sequence[Mark], *, wishes: bool) -> Iterator[str]:
    """What stands beside a time and would change it, had it been understood."""
    if wishes and any(_is_unread_time(items, place) for place in range(len(items))):
        yield "a word of time left unread"

    agreeing = len(items) == 1 and all(mark.has("yes") for mark in marks)  # a lone '+' is a yes
    if any(mark.text in UNREAD_SIGNS for mark in marks) and not agreeing:
        yield "a sign left unread"

    yield from (f"misspelt: {mark.text}" for mark in marks if mark.has(MISSPELT))
    for place, item in enumerate(items):
        if not isinstance(item, Mark):
            continue

        if item.has("not") and not before_time(items, place) and not is_closing_not(items, place):
            yield "not"

        if place and item.token.glued and item.token.kind == "word" and isinstance(items[place - 1], Found):
            yield "a letter left unread"
