"""Fourth stage: read symbolic times out of a clause's marks, by one grammar for every language.

Pure; one pass, a few marks ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.understand.clock_grammar import read_clock
from core.understand.day_grammar import read_day
from core.understand.lexicon import Lexicon
from core.understand.marks import MISSPELT, Mark
from core.understand.scan import Scan
from core.understand.shift_grammar import read_shift
from core.understand.times import DAY_KINDS, DayOffset, Part, Time


@dataclass(frozen=True, slots=True)
class Found:
    """A time and the words that name it."""

    time: Time
    text: str
    misspelt: bool = False


Item = Found | Mark


BEGINNINGS = frozenset(
    (
        "number", "ordinal", "hour_name", "month_day", "short_of", "one_and_a_half", "hour", "day",
        "clock", "pointed", "slashed",
        "date", "weekday", "month_name", "offset", "part", "noon",
        "midnight", "half", "quarter", "by", "a", "on", "at", "in", "from", "between", "after", "before", "around",
        "coming", "after_next", "calendar_week", "three_quarters", "quarter_hour",
        "this", "next", "week_later", "week", "month", "hour", "day",
        "fortnight", "weekend", "workdays", "any_day", "same_week", "month_start",
        "month_middle", "month_end", "same_time", "same_day", "next_day", "previous_day", "next_week_booking",
        "tonight", "am", "pm", "earlier", "later", "sooner", "day_number", "week_of", "previous",
    )
)  # fmt: skip
"""What a time can begin with: most words cannot, and are passed over at once."""


def may_begin(mark: Mark) -> bool:
    """Whether any time can begin with *mark*."""
    return not mark.labels.isdisjoint(BEGINNINGS) or mark.token.kind in BEGINNINGS


def read_times(marks: Sequence[Mark], lexicon: Lexicon) -> tuple[Item, ...]:
    """Replace every stretch of *marks* that names a time by that time; the rest stays as it is."""
    scan = Scan(tuple(marks), lexicon)
    items: list[Item] = []
    index = 0
    while index < len(marks):
        if not may_begin(marks[index]):
            items.append(marks[index])
            index += 1
            continue

        read = read_shift(scan, index) or read_day(scan, index) or read_clock(scan, index)
        if read is None:
            items.append(marks[index])
            index += 1
            continue

        times, end = read
        if marks[index].has("to") and marks[index].has("filler") and isinstance(times[0], DAY_KINDS):
            items.append(marks[index])  # 'du 26 au 27': where a move aims stays to be seen

        part = marks[index].value("part") if marks[index].has("day_and_part") else None
        if part is not None and isinstance(times[0], DayOffset):
            times = (*times, Part(*divmod(part, 10_000)))  # 'domattina' is a day and a part of it

        words = marks[index:end]
        misspelt = any(mark.has(MISSPELT) for mark in words)
        items.extend(Found(time, " ".join(mark.text for mark in words), misspelt) for time in times)
        index = end

    return tuple(items)
