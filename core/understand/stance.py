"""Fifth stage: what the guest does with each time in a clause.

Wishes it, rules it out, names the booking's own, only mentions it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.understand.clauses import Clause
from core.understand.grammar import Found, Item
from core.understand.marks import Mark
from core.understand.matter import LINKING, MOVING, is_fragment, says_more
from core.understand.owned import before_time, is_move, left_by_move, names_own
from core.understand.times import (
    DAY_KINDS,
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
            if isinstance(time, DayRange | Between) and (time.aimed or is_move(items, place)):
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
        elif _rules_out(items, place):
            near, excepted = "rejected", item.has("except")
        elif names_own(items, place) and default != "mentioned" and not clause.marks[0].has("condition"):
            near = "own"
        elif _ends_group(items, place, near) and not (excepted and near == "rejected" and item.has("and", "or")):
            near = None

        if isinstance(item, Mark) and item.has("or", "and", "except"):
            given_up = None

    roles.update(dict.fromkeys(_before_closing_not(clause, items), "rejected"))
    roles.update({place: "own" for place in left_by_move(items) if roles[place] == "wish"})
    return roles


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


def _rules_out(items: Sequence[Item], place: int) -> bool:
    """Whether a 'not', 'except' or 'instead of' stands right before a time."""
    item = items[place]
    return isinstance(item, Mark) and item.has("not", "except", "instead_of") and before_time(items, place)


def _ends_group(items: Sequence[Item], place: int, near: Role | None) -> bool:
    """Whether what was said of the times so far no longer holds for the next one; 'niet naar vrijdag' still does."""
    mark = items[place]
    if not isinstance(mark, Mark) or (place and mark.has("to") and _rules_out(items, place - 1)):
        return False

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
