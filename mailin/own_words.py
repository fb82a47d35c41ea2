"""Recognise our own words in a reply, whatever client quoted them and however it wrapped them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What we sent, as the sets that decide in time linear in a line's length whether the line is ours."""

    RUN: ClassVar[int] = 3
    """How many lines of ours in a row are a quotation rather than something retyped (SPEC R6)."""

    first: str
    lines: frozenset[str]
    pairs: frozenset[tuple[str, ...]]
    triples: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, sent: str) -> OwnWords:
        """Take in *sent*, the plain text of our message."""
        words = _words(sent)
        return cls(
            first=next((" ".join(said) for line in sent.splitlines() if (said := _words(line))), ""),
            lines=frozenset(" ".join(_words(line)) for line in sent.splitlines()),
            pairs=frozenset(pairwise(words)),
            triples=frozenset(zip(words, words[1:], words[2:], strict=False)),
        )

    def begins(self, line: str) -> bool:
        """Return whether our message begins with *line*: what stands right above it was typed, even in our words."""
        return self.first.startswith(" ".join(_words(line)) or "\n")

    def says(self, line: str) -> bool:
        """Return whether *line* is nothing but words of ours in our order, be it cut out of a longer line."""
        words = _words(line)
        if not words:
            return False

        if len(words) == 1:
            return words[0] in self.lines

        known = self.pairs if len(words) == 2 else self.triples  # noqa: PLR2004 -- two words make one pair
        size = 2 if len(words) == 2 else 3  # noqa: PLR2004 -- as above
        return all(tuple(words[at : at + size]) in known for at in range(len(words) - size + 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
