"""A tree of phrases, by their words: what a language's words are kept in.

What a phrase may hold is said in lexicon.py. Filled while loading; nothing here reads a file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from threading import Lock
from typing import Final

from core.understand.tokens import cut_elisions, fold, tokenize

GAP = "..."
EXACT = "="
"""What stands before a word of which the accents count."""

STEM = "*"
"""What stands after the beginning of a word that may end in any way."""

Meaning = tuple[str, int]
"""A label and a value: ('weekday', 3), ('cancel', 0)."""


Words = tuple[str, ...]
"""Folded words, gaps and names of groups in braces, in a row."""

_NOTHING: Final[dict[str, PhraseTree]] = {}
"""What most phrases lead on to: shared, so that ten languages stay small; never filled."""


_NONE_PENDING: Final[list[tuple[str, Meaning, frozenset[str]]]] = []
"""The same of what is still to be unfolded."""

_UNFOLDING = Lock()


class PhraseTree:
    """Phrases by their words: `meanings` are those of the phrase that ends here. Filled while loading, then only read.

    `pending` are what phrases say from here on: to be unfolded before anything that leads on is looked at.
    `groups` leads on through any phrase of a group, `gap` through a few words of any kind. `shortest_stem` is how many
    letters the shortest stem in `next` has, 0 where there is none; `shortest_ending` the same of endings.
    """

    __slots__ = ("gap", "groups", "meanings", "next", "pending", "shortest_ending", "shortest_stem")

    def __init__(self) -> None:
        self.next = self.groups = _NOTHING
        self.gap: PhraseTree | None = None
        self.meanings: tuple[Meaning, ...] = ()
        self.shortest_stem = self.shortest_ending = 0
        self.pending = _NONE_PENDING

    def lead(self, phrase: str, meaning: Meaning, elisions: frozenset[str]) -> None:
        """Give *phrase* one more *meaning* from here on: its first piece at once, what follows it when it is met."""
        piece, _, rest = phrase.partition(" ")
        optional = piece.endswith("?") and len(piece) > 1
        for option in options_of(piece[:-1] if optional else piece):
            words = words_of(option, elisions)
            if words:  # else a sign that no reply is read with
                self.through(words).go_on(rest, meaning, elisions)

        if optional and rest:
            self.lead(rest, meaning, elisions)
        elif optional:
            self.mean(meaning)

    def go_on(self, rest: str, meaning: Meaning, elisions: frozenset[str]) -> None:
        """Give the phrase that goes on with *rest* from here one more *meaning*, once it is met."""
        if not rest:
            self.mean(meaning)
        elif self.pending:
            self.pending.append((rest, meaning, elisions))
        else:
            self.pending = [(rest, meaning, elisions)]

    def unfold(self) -> None:
        """Make what leads on from here; most words of a language are never met in their longer phrases."""
        with _UNFOLDING:
            for rest, meaning, elisions in self.pending:
                self.lead(rest, meaning, elisions)

            self.pending = _NONE_PENDING

    def mean(self, meaning: Meaning) -> None:
        """Give the phrase that ends here one more *meaning*."""
        if meaning not in self.meanings:
            self.meanings = (*self.meanings, meaning)

    def through(self, words: Words) -> PhraseTree:
        """Where *words* lead from here; what was not there yet is made."""
        node = self
        for word in words:
            node = node.next.get(word) or (node._opened(word) if word.isalpha() else node._made(word))

        return node

    def _made(self, word: str) -> PhraseTree:
        """Where a gap or a group leads, or a word that is not there yet."""
        if word == GAP:
            self.gap = self.gap or PhraseTree()
            return self.gap

        if word.startswith("{"):
            self.groups = self.groups or {}
            return self.groups.setdefault(word[1:-1], PhraseTree())

        if word.endswith(STEM) and len(word) > 1:
            self.shortest_stem = min(self.shortest_stem or len(word), len(word) - 1)
        elif word.startswith(STEM) and len(word) > 1:
            self.shortest_ending = min(self.shortest_ending or len(word), len(word) - 1)

        return self._opened(word)

    def _opened(self, word: str) -> PhraseTree:
        self.next = self.next or {}
        node = self.next[word] = PhraseTree()
        return node

    def after(self, word: str) -> Iterable[PhraseTree]:
        """Where *word* leads: as it is first, then by its beginnings, the longest first, then its endings."""
        exact = self.next.get(word)
        if self.shortest_stem or self.shortest_ending:
            return self._after_parts(word, exact)

        return () if exact is None else (exact,)

    def _after_parts(self, word: str, exact: PhraseTree | None) -> Iterator[PhraseTree]:
        if exact is not None:
            yield exact

        if self.shortest_stem:
            for length in range(len(word), self.shortest_stem - 1, -1):
                following = self.next.get(word[:length] + STEM)
                if following is not None:
                    yield following

        if self.shortest_ending and exact is None:
            for start in range(1, len(word) - self.shortest_ending + 1):
                following = self.next.get(STEM + word[start:])
                if following is not None:
                    yield following


def options_of(piece: str) -> list[str]:
    """Split 'a/b'; a group's name and a sign stay whole."""
    return piece.split("/") if "/" in piece and len(piece) > 1 and not piece.startswith("{") else [piece]


def plain_word(word: str) -> str:
    """Fold one plain word: most are, and there is no need to look for dates and clocks."""
    return word.lower() if word.isascii() else fold(unicodedata.normalize("NFKC", word))


@lru_cache(maxsize=8192)
def words_of(option: str, elisions: frozenset[str]) -> Words:
    """Cut *option* into the words by which the tree leads on, as a reply is cut."""
    if option.isalpha():
        return (plain_word(option),)

    if option == GAP or option.startswith("{"):
        return (option,)

    if len(option) > 1 and option.startswith(EXACT):
        return (EXACT + unicodedata.normalize("NFC", option[1:]).casefold(),)

    if len(option) > 1 and option.startswith(STEM):
        return (STEM + fold(option[1:]),)

    stemmed = len(option) > 1 and option.endswith(STEM)
    tokens = cut_elisions(
        tokenize(option.removesuffix(STEM if stemmed else "").replace("_", " ")), elisions, frozenset()
    )
    words = [token.text for token in tokens]
    return (*words[:-1], words[-1] + STEM) if stemmed else tuple(words)
