"""The grammar's rules for moves away from the booking's start.

'an hour later', 'push it by a week', 'bring it forward'. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from core.understand.scan import Read, Scan
from core.understand.times import Shift

HALF_HOUR = 30
QUARTER = 15
MINUTES = 60
NOON = 12 * MINUTES

MOST = 60
"""A larger number before a unit is no shift."""

FURTHEST_VERB = 8
"""How many marks back a verb like 'push' may stand from how far it pushes."""


def read_shift(scan: Scan, index: int) -> Read | None:
    """Read a span with its direction from the words after it, or from the verb before it."""
    counted_in = scan.has(index, "in") and index == scan.past(index, "by")
    amount = _amount(scan, index + 1 if counted_in else scan.past(index, "by"))
    if amount is None:
        return None

    shift, end = amount
    if shift.minutes and (counted_in or scan.has(end, "from_now")):
        return (replace(shift, anchor="now"),), scan.past(end, "from_now")

    if counted_in:
        return None

    if scan.has(end, "after", "before") and not scan.has(end, "after_suffix", "before_suffix"):
        ended = ends_there(scan, end + 1)
        return (
            ((shift if scan.has(end, "after") else _back(shift),), end + 1)
            if ended
            else _by_verb(scan, index, shift, end)
        )

    if scan.has(end, "sooner", "earlier") and not scan.has(end, "later"):
        return (_back(shift, either=_said_before(scan, index, "push_either")),), end + 1

    if scan.has(end, "later"):
        return (shift,), end + 1

    return _by_verb(scan, index, shift, end)


def ends_there(scan: Scan, index: int) -> bool:
    """Whether nothing follows that 'after' or 'before' could be about: 'an hour after', not 'an hour after work'."""
    following = scan.past(index, "filler")
    return following >= len(scan.marks) or scan.has(
        following, "ask", "works", "thanks", "or", "but", "yes", "condition", "refuse", "instead_of", "correction"
    )


def _is_clock(scan: Scan, index: int, shift: Shift) -> bool:
    """Whether '16 heures' or 'jeudi 3h' is no span, in languages where hours are clock times by themselves."""
    hours = scan.lexicon.hour_word == "clock" and shift.minutes >= MINUTES and not shift.minutes % MINUTES
    return hours and (shift.minutes > NOON or scan.has(index - 1, *_BEFORE_CLOCKS))


_BEFORE_CLOCKS = ("at", "to", "from", "around", "after", "before", "weekday", "offset", "part", "month_name", "next")


def _by_verb(scan: Scan, index: int, shift: Shift, end: int) -> Read | None:
    """Give the span the direction of a verb said earlier in the clause, or at its end; a bare 'move by' leaves it open.

    German and Dutch put the verb last: 'um eine Stunde verschieben', 'een uur naar voren schuiven'.
    """
    if _is_clock(scan, index, shift):
        return None

    for place in range(index - 1, max(-1, index - 1 - FURTHEST_VERB), -1):
        if scan.has(place, "in", "late"):
            return None

        moved = _moved_by(scan, place, shift)
        if moved is not None:
            return (moved,), end

    for place in range(end, scan.past(end, *_BEFORE_LAST_VERB) + 1):
        moved = _moved_by(scan, place, shift)
        if moved is not None:
            return (moved,), place

    left_open = scan.has(index, "by") and _said_before(scan, index, "move") and not scan.has(end, "am", "pm")
    return ((replace(shift, either=True),), end) if left_open else None


_BEFORE_LAST_VERB = ("filler", "to", "later", "earlier", "visit", "my", "ask")
"""What may stand between a span and the verb that closes its clause."""


def _moved_by(scan: Scan, place: int, shift: Shift) -> Shift | None:
    """*shift* in the direction of the verb at *place*, if one stands there."""
    if scan.has(place, "push_either", "undo"):
        return replace(shift, either=True)

    if scan.has(place, "push_later"):
        return shift

    return _back(shift) if scan.has(place, "bring_earlier") else None


def _back(shift: Shift, *, either: bool = False) -> Shift:
    return Shift(-shift.days, -shift.minutes, -shift.months, either=either)


def _said_before(scan: Scan, index: int, label: str) -> bool:
    return any(scan.has(place, label) for place in range(index))


def _amount(scan: Scan, index: int) -> tuple[Shift, int] | None:
    """Read a span and the index after it.

    'an hour', 'half an hour', '30 minutes', 'two weeks', 'an hour and a half'.
    """
    index = index + 1 if scan.has(index, "a") and scan.has(index + 1, "half", "three_quarters", "quarter") else index
    quarters = _quarters(scan, index)
    if quarters is not None:
        return quarters

    halved = scan.has(index, "half")
    start = index + 1 if halved else index
    named = scan.has(start, "hour", "day", "week") and not scan.has(start, "a")
    count = 1 if scan.has(start, "a") else None if named else scan.number(start)
    if count is None and halved and scan.has(start, "hour"):
        count, start = 1, start - 1

    if scan.has(start, "one_and_a_half") and scan.has(start + 1, "hour"):
        return Shift(minutes=MINUTES + HALF_HOUR), start + 2

    if not halved and _is_one(scan, start):
        # what means an hour may mean one o'clock as well: 'на час позже', 'в час'
        count, start = 1, start - 1

    if count is None or not 1 <= count <= MOST:
        return None

    return _in_unit(scan, start + 1, count, halved=halved)


def _is_one(scan: Scan, unit: int) -> bool:
    """Whether a unit stands for one of it: 'godzinę później', 'o tydzień', 'через неделю'."""
    if not scan.has(unit, "hour", "quarter_hour", "day", "week", "fortnight", "month"):
        return False

    following = scan.kind(unit + 1) in ("number", "clock", "pointed")
    following = following or scan.has(unit + 1, "number", "hour_name", "am", "pm", "part")
    directed = scan.has(unit + 1, "later", "earlier", "push_later", "bring_earlier", "push_either")
    counted_in = scan.has(unit - 1, "in") and scan.has(unit, "hour")
    return directed or counted_in or (scan.has(unit - 1, "by") and not following)


def _quarters(scan: Scan, index: int) -> tuple[Shift, int] | None:
    """'a quarter of an hour', 'un quart d'heure', 'tre quarti d'ora'."""
    if scan.has(index, "three_quarters") and scan.has(index + 1, "hour"):
        return Shift(minutes=3 * QUARTER), index + 2

    counted = scan.number(index) if scan.has(index + 1, "quarter") else None
    if counted is None and not scan.has(index, "quarter"):
        return None

    after = index + 1 if counted is None else index + 2
    unit = scan.past(after, "by", "on", "a")
    if scan.has(unit, "hour"):
        return Shift(minutes=QUARTER * (counted or 1)), unit + 1

    alone = scan.has(after, "later", "earlier") or (scan.has(index - 1, "by") and not _hour_follows(scan, after))
    return (Shift(minutes=QUARTER * (counted or 1)), after) if alone else None


def _hour_follows(scan: Scan, index: int) -> bool:
    return scan.has(index, "hour_name", "past_hour", "to_hour", "number") or scan.kind(index) == "number"


def _in_unit(scan: Scan, unit: int, count: int, *, halved: bool) -> tuple[Shift, int] | None:
    if scan.has(unit, "minute"):
        return Shift(minutes=count), unit + 1

    if scan.has(unit, "quarter_hour"):
        return Shift(minutes=QUARTER * count), unit + 1

    if scan.has(unit, "hour"):
        more, end = _and_more(scan, unit + 1)
        return Shift(minutes=HALF_HOUR if halved else count * MINUTES + more), end

    if halved:
        return None

    for cue, days in (("day", 1), ("week", 7), ("fortnight", 14)):
        if scan.has(unit, cue):
            return Shift(days=days * count), unit + 1

    return (Shift(months=count), unit + 1) if scan.has(unit, "month") else None


def _and_more(scan: Scan, index: int) -> tuple[int, int]:
    """The minutes of 'and a half' or 'and a quarter' at *index*, and where they end."""
    if scan.has(index, "and_a_half"):
        return HALF_HOUR, index + 1

    if scan.has(index, "hour_and") and scan.has(index + 1, "half", "quarter"):
        return HALF_HOUR if scan.has(index + 1, "half") else QUARTER, index + 2

    return 0, index
