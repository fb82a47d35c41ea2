"""Recognise our own words in a reply, whatever client quoted them and however it wrapped them. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

_WORD = re.compile(r"\w+")
_LINK = re.compile(r"<?(?:https?://|mailto:)[^\s>]{1,1000}>?", re.IGNORECASE)
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
_TRIES = 8
"""Places that are tried for a line: our messages repeat few words, a hostile one must cost no more."""
_TORN = 12
"""Characters from which a line without spaces can only be a piece of a link of ours."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What we sent, indexed so that the time to find a line in it is linear in the line's length."""

    RUN: ClassVar[int] = 3
    """How many lines of ours in a row are a quotation rather than something retyped (SPEC R6)."""

    sent: str
    words: tuple[str, ...]
    lines: dict[str, list[int]]
    pairs: dict[tuple[str, str], list[int]]

    @classmethod
    def of(cls, sent: str) -> OwnWords:
        """Take in *sent*, the plain text of our message."""
        words: list[str] = []
        lines: dict[str, list[int]] = defaultdict(list)
        for line in sent.splitlines():
            said = _words(line)
            lines[" ".join(said)].append(len(words))
            words += said
        pairs: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, pair in enumerate(pairwise(words)):
            pairs[pair].append(at)
        return cls(sent, tuple(words), dict(lines), dict(pairs))

    def place(self, line: str, after: int) -> tuple[int, int] | None:
        """Return where *line* begins and ends in our message, at or after word *after*; None if it is not ours.

        It may be cut out of a longer line or reach over several, as clients wrap them. Links do not count, for clients
        write them anew; a line that is nothing but (a piece of) a link of ours has no words and ends where it began.
        """
        words = _words(line)
        if not words or len(words) == len(line.split()) == 1:
            bare = line.strip(" <>\t")
            if len(bare) >= _TORN and " " not in bare and bare in self.sent:
                return after, after

        if not words:
            return None

        starts = self.lines.get(words[0], []) if len(words) == 1 else self.pairs.get((words[0], words[1]), [])
        first = bisect_left(starts, after)
        for start in starts[first : first + _TRIES]:
            if self.words[start : start + len(words)] == tuple(words):
                return start, start + len(words)

        return None


def own_lines(lines: Sequence[str | None], own: OwnWords, *, is_history: bool = False) -> set[int]:
    """Return the places in *lines* of what can only be quoted from our message; None among them is passed over.

    That is every run of three lines and more in the order in which we wrote them, and what follows of our message
    below it, with answers in between. A choice that the guest retyped, above or below, goes back in it: it is theirs.
    Where a client's header lines say that what follows is history, so is what leads up to the run.
    """
    spans: dict[int, tuple[int, int]] = {}
    run: dict[int, tuple[int, int]] = {}
    cursor = 0
    for index, line in enumerate([*lines, ""]):
        if line is None:
            continue

        span = own.place(line, cursor) if run else None
        if span is None:
            if len(run) >= OwnWords.RUN:
                spans |= run
            run = {}
            span = own.place(line, 0)
        if span is not None:
            run[index] = span
            cursor = span[1]
    found = set(spans) | _following(lines, own, spans)
    return found | _leading(lines, own, spans) if is_history else found


def _following(lines: Sequence[str | None], own: OwnWords, spans: dict[int, tuple[int, int]]) -> set[int]:
    """Return the lines of ours below the first run that go on where it ended: more than one, or our last."""
    found: set[int] = set()
    cursor = 0
    for index in range(min(spans, default=len(lines)), len(lines)):
        line = lines[index]
        span = spans.get(index) or (None if line is None else own.place(line, cursor))
        if span is not None:
            cursor = span[1]
            if index not in spans:
                found.add(index)
    return found if len(found) > 1 or cursor == len(own.words) else set()


def _leading(lines: Sequence[str | None], own: OwnWords, spans: dict[int, tuple[int, int]]) -> set[int]:
    """Return the lines of ours above the first run that come before it in our message."""
    first = min(spans, default=0)
    before = spans[first][0] if spans else 0
    found: set[int] = set()
    for index in reversed(range(first)):
        line = lines[index]
        span = None if line is None else own.place(line, 0)
        if span is not None and span[1] <= before:
            found.add(index)
            before = span[0] or before
    return found


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE))
    return _WORD.findall(_LINK.sub(" ", text).casefold())
