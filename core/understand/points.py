"""Points that end no clause: after an ordinal number ("12. Dezember"), after an abbreviation ("Mo. 12."). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.understand.marks import Mark

_LAST_DAY = 31
_LONGEST_ABBREVIATION = 5
_DAYS = ("on", "day_number", "weekday", "from", "before", "after", "between", "to", "or", "and")
"""What before a number with a point makes it a day, where the sentence goes on."""

_DATED = ("number", "date", "slashed", "ordinal", "month_day")
_TIMED = (*_DATED, "clock", "pointed", "month_name", "part", "noon")


def with_points(marks: Sequence[Mark]) -> Sequence[Mark]:
    """Make points after days of a month ordinal suffixes, and leave out those of abbreviated names."""
    return tuple(_with_points(marks)) if any(mark.text == "." for mark in marks) else marks


def _with_points(marks: Sequence[Mark]) -> Iterator[Mark]:
    for index, mark in enumerate(marks):
        if mark.text != "." or not mark.token.glued or not 0 < index < len(marks) - 1:
            yield mark
        elif _is_ordinal(marks, index):
            yield Mark(".", (("ordinal_suffix", 0),), mark.token)
        elif not _abbreviates(marks, index):
            yield mark


def _is_ordinal(marks: Sequence[Mark], index: int) -> bool:
    """Whether the point at *index* makes an ordinal of the number before it."""
    before, after = marks[index - 1], marks[index + 1]
    if before.token.kind != "number" or not 1 <= before.token.numbers[0] <= _LAST_DAY:
        return False

    if after.has("month_name"):
        return not after.has("weak")

    joined = after.has("to", "or", "and") or (after.has("on") and not after.token.capital)
    beyond = marks[index + 2 : index + 4]
    if joined and any(mark.has(*_DATED) for mark in beyond):
        return True

    introduced = index > 1 and marks[index - 2].has(*_DAYS)
    goes_on = after.has(*_TIMED) or (after.token.kind == "word" and not after.token.capital)
    return introduced and goes_on


def _abbreviates(marks: Sequence[Mark], index: int) -> bool:
    """Whether the point at *index* belongs to a short name of a day or month, or to a 'ca.', and a time follows."""
    before, after = marks[index - 1], marks[index + 1]
    if len(before.text) > _LONGEST_ABBREVIATION or before.token.kind != "word":
        return False

    following = marks[index + 2] if after.text == "," and index + 2 < len(marks) else after
    return before.has("weekday", "month_name", "around", "at") and following.has(*_TIMED)
