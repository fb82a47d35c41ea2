"""A look at a clause's marks from any place: what the grammar's rules share. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.understand.lexicon import Lexicon
from core.understand.marks import UNKNOWN, Mark
from core.understand.times import Time

Read = tuple[tuple[Time, ...], int]
"""What a rule read, and the index after it."""

LINKS = ("on", "at", "in")
"""Little words that may stand between the parts of one time."""


_BEYOND = (frozenset[str](),) * 32
"""Places beyond the end; no rule looks further back than so many marks before the beginning."""

_LAST_DAY = 31
_LAST_MONTH = 12
_LAST_HOUR = 24


@dataclass(frozen=True, slots=True)
class Scan:
    """The marks of one clause, and the language's conventions."""

    marks: tuple[Mark, ...]
    lexicon: Lexicon
    _labels: tuple[frozenset[str], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # What stands beyond the end is also what the few places before the beginning are: they count from the end.
        object.__setattr__(self, "_labels", (*(mark.labels for mark in self.marks), *_BEYOND))

    def has(self, index: int, *labels: str) -> bool:
        """Whether the mark at *index* may mean one of *labels*; beyond either end it means nothing."""
        try:
            return not self._labels[index].isdisjoint(labels)
        except IndexError:
            return False

    def opens(self, index: int) -> bool:
        """Whether the mark at *index* begins an open span ('from Monday on'), not one that only a 'to' makes a range.

        A word that is also a mere 'of' or 'at' ('del', 'de las', 'vom') is the latter.
        """
        return self.has(index, "from") and not self.has(index, "own", "on", "at")

    def value(self, index: int, label: str) -> int | None:
        """The value of *label* at *index*, or None."""
        return self.marks[index].value(label) if 0 <= index < len(self.marks) else None

    def kind(self, index: int) -> str:
        """The kind of token at *index*, or nothing beyond either end."""
        return self.marks[index].token.kind if 0 <= index < len(self.marks) else ""

    def numbers(self, index: int) -> tuple[int, ...]:
        """The numbers shown at *index*."""
        return self.marks[index].token.numbers if 0 <= index < len(self.marks) else ()

    def number(self, index: int) -> int | None:
        """The plain number at *index*, in digits or in words."""
        if self.kind(index) == "number":
            return self.numbers(index)[0]

        return self.value(index, "number")

    def is_comma(self, index: int) -> bool:
        """Whether a comma stands at *index*: within a clause it only parts a date from its year."""
        return 0 <= index < len(self.marks) and self.marks[index].text == ","

    def may_be_date(self, index: int) -> bool:
        """Whether 9.12 at *index* can be a day and a month: both are possible, and no hour's word stands beside it."""
        numbers = self.numbers(index)[:2] if self.kind(index) == "pointed" else ()
        hourly = self.has(index - 1, "at") and not self.has(index - 1, "on")
        if hourly or self.has(index + 1, "am", "pm", "oclock", "hour", "week"):
            return False

        return len(numbers) > 1 and 1 <= numbers[0] <= _LAST_DAY and 1 <= numbers[1] <= _LAST_MONTH

    def is_pointed_date(self, index: int) -> bool:
        """Whether 9.11 is the 9th of November rather than eleven past nine, by what stands beside it."""
        if not self.may_be_date(index):
            return False

        introduced = self.has(index - 1, "on", "day_number")
        if self.has(index - 1, "around") and not introduced:
            return False

        first, second = self.numbers(index)[:2]
        odd = second % 5 != 0 and (introduced or self.has(index - 1, "weekday", "offset"))
        dated = self.lexicon.pointed == "date" or self.kind(index + 1) == "clock"
        return dated or odd or first > _LAST_HOUR or not self.has_two_minutes(index)

    def has_two_minutes(self, index: int) -> bool:
        """Whether what stands at *index* ends in two digits, as minutes do: 9.30, not 9.3."""
        return self.marks[index].token.text[-2:].isdigit()

    def spelt_number(self, index: int) -> int | None:
        """The number at *index* in words, where it can be a day of a month."""
        number = self.value(index, "number") if self.kind(index) == "word" else None
        return number if number is not None and 1 <= number <= _LAST_DAY else None

    def is_small_word(self, index: int) -> bool:
        """Whether an unknown word in small letters stands at *index*: no name, and no noun where nouns are capital."""
        if not 0 <= index < len(self.marks) or not self.marks[index].has(UNKNOWN):
            return False

        token = self.marks[index].token
        return token.kind == "word" and not token.capital and not token.glued

    def past(self, index: int, *labels: str) -> int:
        """The index after any marks of *labels* from *index* on."""
        while self.has(index, *labels):
            index += 1

        return index
