"""Fifth stage: what the guest does with each time in a clause.

Wishes it, rules it out, names the booking's own, only mentions it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.understand.clauses import Clause
from core.understand.grammar import Found, Item
from core.understand.marks import UNKNOWN, Mark
from core.understand.times import (
    DAY_KINDS,
    AnyDay,
    At,
    Between,
    Beyond,
    Date,
    DayOffset,
    DayRange,
    Shift,
    Week,
    Weekday,
)

Role = Literal["wish", "rejected", "own", "mentioned"]

LINKING = ("on", "at", "in", "for", "a", "filler", "with", "performer")
"""What may stand between two times of one group."""

MOVING = ("move", "push_later", "bring_earlier", "push_either")
EXPLAINING = (
    "reason",
    "late",
    "other_person",
    "task",
    "query",
    "policy",
    "past_wish",
    "see_you",
    "condition",
    "later_thought",
)

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


@dataclass(frozen=True, slots=True)
class Said:
    """A time and what the guest does with it.

    `linked` is the word that joins it to the time before: 'or', 'fix', or nothing.
    """

    found: Found
    role: Role
    clause: int
    linked: str = ""


def stances_of(clause: Clause, items: Sequence[Item], number: int) -> tuple[Said, ...]:
    """Give every time of a clause its role."""
    roles = _roles(clause, items)
    said: list[Said] = []
    linked = ""
    moved = False
    for place, item in enumerate(items):
        if isinstance(item, Found):
            time = item.time
            if isinstance(time, DayRange | Between) and (time.aimed or _is_move(items, place)):
                said.append(Said(Found(time.first, item.text), "own", number, linked))
                said.append(Said(Found(time.last, item.text), "wish", number))
                moved = True
            else:
                # 'from Thursday to Friday at ten': what follows is of where the move ends
                said.append(Said(item, "wish" if moved and roles[place] == "own" else roles[place], number, linked))

            linked = ""
        elif item.has("correction") and not item.has("ask"):
            linked = "fix"
        elif item.has("or"):
            linked = linked or "or"
        elif item.has("and"):
            linked = linked or "and"

    return tuple(said)


def overall(clause: Clause, items: Sequence[Item]) -> Role:
    """The role of a time in *clause* of which nothing nearer says more."""
    if clause.has("refuse"):
        return "rejected"

    hedged = any(mark.has("hedge") and not mark.has("filler") for mark in clause.marks)
    if clause.has("task", "late", "other_person", "policy", "occupied") or (hedged and not clause.has("works", "ask")):
        return "mentioned"

    if clause.has("undo"):
        return "wish"

    if is_farewell(clause, items):
        return "own"

    keeping = clause.has("keep", "see_you") and not clause.asks
    if keeping or (clause.has("cancel", "drop") and not clause.has(*MOVING)):
        return "own"

    return "wish" if _is_wishing(clause, items) else "mentioned"


def is_farewell(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether nothing but 'until Thursday' is said, in a word that is also a farewell: 'bis Donnerstag!', 'à jeudi'."""
    if (
        clause.asks
        or not clause.has("farewell")
        or clause.has("ask", "or", "not", "performer")
        or not is_fragment(items)
    ):
        return False

    manners = ("filler", "yes", "thanks", "but", "break")
    first = next((mark for mark in clause.marks if mark.has("farewell") or not mark.has(*manners)), None)
    named = next((item.time for item in items if isinstance(item, Found)), None)
    return first is not None and first.has("farewell") and isinstance(named, Beyond | Weekday | Date | DayOffset | Week)


def _is_wishing(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether a clause that neither refuses nor keeps asks for its times."""
    if clause.marks[0].has("thanks") and not (clause.has("ask") or clause.asks):
        return False

    if clause.has("works") or any(mark.has("ask", *MOVING) and not mark.has("filler") for mark in clause.marks):
        if clause.has("later_thought"):
            return False

        explained = clause.has("past_wish") or clause.marks[0].has("reason")
        return not explained or clause.asks or clause.has("ask")

    if clause.marks[0].has("condition") and is_fragment(items):
        return True

    if clause.has(*EXPLAINING) and not clause.marks[0].has("but"):
        return False

    return not says_more(items) if clause.has("want") else is_fragment(items)


def is_fragment(items: Sequence[Item]) -> bool:
    """Whether nothing but times and little words stands there: 'Thursday 4?', 'or Friday after 6 please'."""
    return loose_words(items) == 0


def loose_words(items: Sequence[Item]) -> int:
    """How many marks are neither times nor little words."""
    return sum(1 for item in items if isinstance(item, Mark) and not _is_little(item))


def says_more(items: Sequence[Item]) -> bool:
    """Whether words of another matter stand beside the times."""
    return any(isinstance(item, Mark) and is_loose(item) for item in items)


def is_loose(mark: Mark) -> bool:
    """Whether *mark* is a word of another matter, known or not."""
    return mark.has("plain", UNKNOWN) and not mark.has(*_KNOWN_MATTER)


def is_correction(mark: Mark) -> bool:
    """Whether *mark* takes back what was said: 'no wait', not a mere 'sorry'."""
    return mark.has("correction") and not mark.has("filler", "ask")


def is_plain_remark(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether a time in *clause* is surely that of something else: enough words, or the right ones, say so."""
    return clause.has("refuse", "reason", *REMARKS) or loose_words(items) > 1


_KNOWN_MATTER = (
    "filler", "ask", "works", "want", "yes", "no", "move", "visit", "one", "on", "at", "a", "to", "in",
    "around", "refuse", "not", "hedge", "but", "reason", "break", "cancel", "drop", "keep", "undo", "after",
    "before", "earlier", "later", "with", "my", "thanks", "week", "day", "correction", "condition", "any_day",
    "any_time", "same_time", "from", "option", "push_later", "bring_earlier", "push_either", "except",
    "instead_of", "late", "none_of", "last_one", "earlier_one", "later_one", "own",
)  # fmt: skip

_LITTLE = (
    "filler", "yes", "no", "or", "and", "on", "at", "a", "but", "not", "except", "instead_of", "thanks",
    "greeting", "correction", "performer", "with", "one", "option", "none_of", "any_time", "any_day", "mark",
    "ask", "works", "hedge", "break", "sign_off", "last_one", "earlier_one", "later_one", "number", "ordinal",
    "to", "want", "in", "this", "next", "around", "condition", "my", "performer_can",
)  # fmt: skip


def _is_little(mark: Mark) -> bool:
    return mark.has(*_LITTLE) and not mark.has(UNKNOWN)


def _roles(clause: Clause, items: Sequence[Item]) -> dict[int, Role]:
    """Walk the clause once; a nearer word ('not', 'my') outweighs its stance until the group of times ends."""
    default = overall(clause, items)
    split = _refused_first(items) if default == "rejected" else None
    wished = _wished_first(items) if default == "rejected" and split is None else None
    roles: dict[int, Role] = {}
    near: Role | None = None
    given_up: Found | None = None
    excepted = False  # 'any day except Friday and Monday': both are out
    for place, item in enumerate(items):
        if isinstance(item, Found):
            if given_up is not None and _is_another(given_up, item):
                near = None  # 'zamiast czwartku piątek', 'вместо трёх в пять': one of a sort is given up

            given_up = item if near == "rejected" else None
            role = near or _beside_refusal(place, split, wished, default)
            roles[place] = "wish" if isinstance(item.time, Shift) and role == "own" else role
        elif item.has("not", "except", "instead_of") and before_time(items, place):
            near, excepted = "rejected", item.has("except")
        elif _names_own(items, place) and default != "mentioned" and not clause.marks[0].has("condition"):
            near = "own"
        elif _ends_group(item, near) and not (excepted and near == "rejected" and item.has("and", "or")):
            near = None

        if isinstance(item, Mark) and item.has("or", "and", "except"):
            given_up = None

    for place in _before_closing_not(clause, items):
        roles[place] = "rejected"

    for place in _left_by_move(items):
        roles[place] = "own" if roles[place] == "wish" else roles[place]

    return roles


def _left_by_move(items: Sequence[Item]) -> Iterator[int]:
    """Where the times are that a move named after them leaves: 'запис на 15:00 у четвер перенесіть на 17:00'."""
    moving = next((place for place, item in enumerate(items) if isinstance(item, Mark) and item.has(*MOVING)), 0)
    target = next(
        (place for place, item in enumerate(items) if place > moving and isinstance(item, Mark) and _is_target(item)),
        len(items),
    )
    before = [place for place, item in enumerate(items[:moving]) if isinstance(item, Found)]
    aimed = [item for item in items[target:] if isinstance(item, Found)]
    days = {isinstance(item.time, DAY_KINDS) for item in aimed}
    same = any(isinstance(item, Found) and isinstance(item.time, DAY_KINDS) in days for item in items[:moving])
    yield from before if same else ()


def _is_another(ruled_out: Found, item: Found) -> bool:
    return isinstance(ruled_out.time, (*DAY_KINDS, At)) and type(item.time) is type(ruled_out.time)


def _before_closing_not(clause: Clause, items: Sequence[Item]) -> Iterator[int]:
    """Where the times are that a clause ends by ruling out: 'w czwartek nie', 'jueves no'; not 'on Friday, no?'."""
    said = [place for place, item in enumerate(items) if isinstance(item, Found) or not item.has("filler")]
    if clause.asks or not said or not is_closing_not(items, said[-1]):
        return

    for place in reversed(range(said[-1])):
        item = items[place]
        if isinstance(item, Found):
            yield place
        elif not item.has(*LINKING, "or", "and", "but"):
            return


def is_closing_not(items: Sequence[Item], place: int) -> bool:
    """Whether the 'not' at *place* rules out the time right before it, as the last word of its clause."""
    item = items[place]
    before = next(
        (each for each in reversed(items[:place]) if isinstance(each, Found) or not each.has("but", "filler")), None
    )
    closing = isinstance(item, Mark) and item.has("not", "no") and all(_is_manner(each) for each in items[place + 1 :])
    return closing and isinstance(before, Found)


def _is_manner(item: Item) -> bool:
    return isinstance(item, Mark) and item.has("filler", "thanks")


def _ends_group(mark: Mark, near: Role | None) -> bool:
    """Whether what was said of the times so far no longer holds for the next one."""
    joining = mark.has("or", "and")
    return mark.has("but", "works", "to", "ask") or not (joining or mark.has(*LINKING)) or (joining and near == "own")


def _refused_first(items: Sequence[Item]) -> int | None:
    """Where a refusal follows the time it rules out ('Thursday is no good Friday is better'), its place."""
    refusal = next((place for place, item in enumerate(items) if isinstance(item, Mark) and item.has("refuse")), None)
    if refusal is None or not any(isinstance(item, Found) for item in items[:refusal]):
        return None

    wished_after = any(isinstance(item, Mark) and item.has("works", "ask") for item in items[refusal + 1 :])
    return refusal if wished_after else None


def _wished_first(items: Sequence[Item]) -> int | None:
    """Where a wish goes before the refusal of another time ('can I come Friday my carer can't do Thursday')."""
    refusal = next((place for place, item in enumerate(items) if isinstance(item, Mark) and item.has("refuse")), None)
    if refusal is None:
        return None

    asked = next((n for n, item in enumerate(items[:refusal]) if isinstance(item, Mark) and _asks(item)), refusal)
    wished = any(isinstance(item, Found) for item in items[asked:refusal])
    return refusal if wished and any(isinstance(item, Found) for item in items[refusal + 1 :]) else None


def _asks(mark: Mark) -> bool:
    return mark.has("ask", *MOVING) and not mark.has("filler")


def _beside_refusal(place: int, refused_first: int | None, wished_first: int | None, default: Role) -> Role:
    if refused_first is not None:
        return "rejected" if place < refused_first else "wish"

    return "wish" if wished_first is not None and place < wished_first else default


def before_time(items: Sequence[Item], place: int) -> bool:
    """Whether a time follows at once, but for little words; what excludes a span must name one."""
    for item in items[place + 1 : place + 4]:
        if isinstance(item, Found):
            return not isinstance(item.time, AnyDay)

        if not item.has(*LINKING, "my", "any_day", "any_time"):
            return False

    return False


def _names_own(items: Sequence[Item], place: int) -> bool:
    """Whether what stands at *place* makes the next time the booking's own.

    'my 3pm', 'about the MOT on', 'move … to'.
    """
    mark = items[place]
    if not isinstance(mark, Mark):
        return False

    if mark.has(*MOVING) or _is_booked_visit(items, place):
        rest = items[place + 1 :]
        target = next((index for index, item in enumerate(rest) if isinstance(item, Mark) and _is_target(item)), None)
        first = next((index for index, item in enumerate(rest) if isinstance(item, Found)), None)
        if _is_booked_visit(items, place):
            return first is not None and (target is None or first < target) and not _is_aimed(rest, first)

        return target is not None and first is not None and first < target

    return mark.has("own") and before_time(items, place)


def _is_booked_visit(items: Sequence[Item], place: int) -> bool:
    """'my appointment', 'the booking', 'the mot'; but not 'an appointment'."""
    mark = items[place]
    if not isinstance(mark, Mark):
        return False

    near = [item for item in items[max(0, place - 2) : place] if isinstance(item, Mark)]
    whose = near[-1:] if not near or not near[-1].has("next", "this", "last") else near
    # "the one on Friday" is as often an offered time
    named = mark.has("visit") and not mark.has("one") and any(item.has("my", "own") for item in whose)
    inside = mark.length > 1 and mark.has("cancel", "drop", "own")
    return named or inside


def _is_aimed(rest: Sequence[Item], first: int) -> bool:
    return any(isinstance(item, Mark) and item.has("works", "ask") for item in rest[:first])


def _is_target(mark: Mark) -> bool:
    return (
        mark.has("to")
        and mark.has("filler", "past_hour", "to_hour")
        and not mark.has("and")
        and mark.token.kind == "word"
    )


def _is_move(items: Sequence[Item], place: int) -> bool:
    """Whether 'from … to …' is a move ('move it from 3 to 4'), not a range: a verb of moving, and no time before."""
    before, after = (
        items[:place],
        [item for item in items[place + 1 :] if isinstance(item, Found) or not item.has("filler")],
    )
    last = after[0] if after else None
    closing = isinstance(last, Mark) and last.has(*MOVING)
    ranging = any(isinstance(item, Mark) and item.has("between", "refuse") for item in before)
    moving = any(isinstance(item, Mark) and item.has(*MOVING) for item in before) or (closing and not ranging)
    return moving and not any(isinstance(item, Found) for item in before)
