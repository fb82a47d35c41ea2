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
from core.understand.times import Time


@dataclass(frozen=True, slots=True)
class Found:
    """A time and the words that name it."""

    time: Time
    text: str
    misspelt: bool = False


Item = Found | Mark


def read_times(marks: Sequence[Mark], lexicon: Lexicon) -> tuple[Item, ...]:
    """Replace every stretch of *marks* that names a time by that time; the rest stays as it is."""
    scan = Scan(tuple(marks), lexicon)
    items: list[Item] = []
    index = 0
    while index < len(marks):
        read = read_shift(scan, index) or read_day(scan, index) or read_clock(scan, index)
        if read is None:
            items.append(marks[index])
            index += 1
            continue

        times, end = read
        words = marks[index:end]
        misspelt = any(mark.has(MISSPELT) for mark in words)
        items.extend(Found(time, " ".join(mark.text for mark in words), misspelt) for time in times)
        index = end

    return tuple(items)
