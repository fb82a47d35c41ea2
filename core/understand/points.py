"""Points and commas that end no clause: "12. Dezember", "Mo. 12.", "Freitag, den 27.11., 10 Uhr". Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.understand.marks import Mark

_LAST_DAY = 31
_LONGEST_ABBREVIATION = 5
_DAYS = ("on", "day_number", "weekday", "from", "before", "after", "between", "to", "or", "and")
"""What before a number with a point makes it a day, where the sentence goes on."""

_SHOWN_DATES = ("pointed", "slashed", "date")
_DATED = ("number", "date", "slashed", "ordinal", "month_day")
_TIMED = (*_DATED, "clock", "pointed", "month_name", "part", "noon")


def with_points(marks: Sequence[Mark]) -> Sequence[Mark]:
    """Make points after days of a month ordinal suffixes; leave out those of short names, and commas inside times."""
    marks = tuple(_with_points(marks)) if any(mark.text == "." for mark in marks) else marks
    if all(mark.text != "," for mark in marks):
        return marks

    return tuple(mark for index, mark in enumerate(marks) if mark.text != "," or not _joins_times(marks, index))


def _joins_times(marks: Sequence[Mark], index: int) -> bool:
    """Whether the comma at *index* only parts a weekday from its date, or a day from its clock time."""
    before = marks[index - 1] if index else None
    if before is None or not before.has("weekday", "month_name", "ordinal_suffix", *_SHOWN_DATES):
        return False

    start = next((place for place in range(index + 1, len(marks)) if not marks[place].has("on", "day_number", "at")), 0)
    if not start or start > index + 3:
        return False

    first, then = marks[start], marks[start + 1] if start + 1 < len(marks) else None
    clock = first.has("clock") or (first.has("number") and then is not None and then.has("oclock", "am", "pm"))
    dated = first.has(*_SHOWN_DATES) or (
        first.has("number", "ordinal") and then is not None and then.has("ordinal_suffix", "month_name")
    )
    onward = first.has("to") and first.has("before") and then is not None and then.has(*_TIMED, "weekday")
    return clock or onward or (dated and before.has("weekday"))


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
    return before.has("weekday", "month_name", "around", "at", "after", "before", "from") and following.has(*_TIMED)
