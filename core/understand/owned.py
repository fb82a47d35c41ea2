"""Which words make the next time the booking's own: 'my 3pm', 'about the MOT on', 'move it from … to …'. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.understand.grammar import Found, Item
from core.understand.marks import Mark
from core.understand.matter import LINKING, MOVING
from core.understand.times import DAY_KINDS, AnyDay


def before_time(items: Sequence[Item], place: int) -> bool:
    """Whether a time follows at once, but for little words; what excludes a span must name one."""
    for item in items[place + 1 : place + 4]:
        if isinstance(item, Found):
            return not isinstance(item.time, AnyDay)

        if not item.has(*LINKING, "my", "any_day", "any_time"):
            return False

    return False


def names_own(items: Sequence[Item], place: int) -> bool:
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


def is_move(items: Sequence[Item], place: int) -> bool:
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


def left_by_move(items: Sequence[Item]) -> Iterator[int]:
    """Where the times are that a move named after them leaves: 'запис на 15:00 у четвер перенесіть на 17:00'."""
    moving = next((place for place, item in enumerate(items) if isinstance(item, Mark) and item.has(*MOVING)), 0)
    if not moving:
        return

    target = next(
        (place for place, item in enumerate(items) if place > moving and isinstance(item, Mark) and _is_target(item)),
        len(items),
    )
    before = [place for place, item in enumerate(items[:moving]) if isinstance(item, Found)]
    aimed = [item for item in items[target:] if isinstance(item, Found)]
    days = {isinstance(item.time, DAY_KINDS) for item in aimed}
    same = any(isinstance(item, Found) and isinstance(item.time, DAY_KINDS) in days for item in items[:moving])
    yield from before if same else ()
