"""A language as data: reads core/language/<code>/words.toml into a tree of phrases.

A new language is a new folder (SPEC L4).

Reading the file is the only input done here; what comes back never changes. A phrase in the file may hold
`a/b` (either word), `word?` (may be missing), `{group}` (any phrase of that group), `...` (up to two other words),
`~` (any words of a clause: German "sage ~ ab", see brackets.py), `*word` (any word that ends so) and
`=word` (only with exactly these accents, and then nothing else: Spanish "sí" is no "si").
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

from core.understand.schema import WEEKDAY_NAMES, problems_of
from core.understand.tokens import cut_elisions, fold, tokenize
from core.understand.word_file import read_words

FOLDER = Path(__file__).parent.parent / "language"

GAP = "..."
BRACKET = "~"
"""What stands between the halves of a phrase that encloses others."""

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


@dataclass(slots=True)
class PhraseTree:
    """Phrases by their words: `meanings` are those of the phrase that ends here. Filled while loading, then only read.

    `pending` are what phrases say from here on: to be unfolded before anything that leads on is looked at.
    `groups` leads on through any phrase of a group, `gap` through a few words of any kind. `shortest_stem` is how many
    letters the shortest stem in `next` has, 0 where there is none; `shortest_ending` the same of endings.
    """

    next: dict[str, PhraseTree] = field(default_factory=lambda: _NOTHING)
    groups: dict[str, PhraseTree] = field(default_factory=lambda: _NOTHING)
    gap: PhraseTree | None = None
    meanings: tuple[Meaning, ...] = ()
    shortest_stem: int = 0
    shortest_ending: int = 0
    pending: list[tuple[str, Meaning, frozenset[str]]] = field(default_factory=lambda: _NONE_PENDING)

    def lead(self, phrase: str, meaning: Meaning, elisions: frozenset[str]) -> None:
        """Give *phrase* one more *meaning* from here on: its first piece at once, what follows it when it is met."""
        piece, _, rest = phrase.partition(" ")
        optional = piece.endswith("?") and len(piece) > 1
        for option in _options(piece[:-1] if optional else piece):
            words = _words(option, elisions)
            node = self.through(words)
            if not words:
                continue  # a sign that no reply is read with

            if not rest:
                node.mean(meaning)
            elif node.pending:
                node.pending.append((rest, meaning, elisions))
            else:
                node.pending = [(rest, meaning, elisions)]

        if optional and rest:
            self.lead(rest, meaning, elisions)
        elif optional:
            self.mean(meaning)

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
            node = node.next.get(word) or node._made(word)

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

        self.next = self.next or {}
        return self.next.setdefault(word, PhraseTree())

    def after(self, word: str) -> Iterator[PhraseTree]:
        """Yield where *word* leads: as it is first, then by its beginnings, the longest first, then its endings."""
        exact = self.next.get(word)
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


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """One language's words, each equal only to itself. `misspelt` leads from a long name less a letter to the name.

    `known` are all single words, kept only where `elisions` may be written without their apostrophe. `brackets` are the
    first and the second halves of enclosing phrases, numbered into `bracket_meanings`.
    """

    language: str
    phrases: PhraseTree
    groups: Mapping[str, PhraseTree]
    misspelt: Mapping[str, tuple[str, ...]]
    titles: frozenset[str]
    date_order: Literal["day_first", "month_first"]
    pointed: Literal["clock", "date"]
    half: Literal["after", "before"]
    number_after_weekday: Literal["clock", "date"]
    hour_word: Literal["span", "clock"] = "span"
    shown_clock: Literal["24", "12"] = "24"
    either_order: bool = False
    name_endings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    latin_letters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elisions: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    brackets: tuple[PhraseTree, PhraseTree] = field(default_factory=lambda: (PhraseTree(), PhraseTree()))
    bracket_meanings: tuple[Meaning, ...] = ()


class BadLexicon(Exception):
    """A words.toml is not as the schema says; carries every problem, not the first."""

    def __init__(self, language: str, problems: Iterable[str]) -> None:
        self.language = language
        self.problems = tuple(problems)
        super().__init__(f"{language}/words.toml: " + "; ".join(self.problems))


def available_languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """Name the languages that can be understood, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in folder.glob("*/words.toml")))


@lru_cache(maxsize=8)
def common_languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """Name the languages that guests write when it is not their own, in the order to try."""
    return tuple(tomllib.loads((folder / "languages.toml").read_text(encoding="utf-8"))["common"])


@lru_cache(maxsize=64)
def neighbours_of(language: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """Name the languages that guests of *language* often write in instead, in the order to try."""
    also = tomllib.loads((folder / "languages.toml").read_text(encoding="utf-8")).get("also", {})
    return tuple(also.get(language, ()))


@lru_cache(maxsize=64)
def load_lexicon(language: str, folder: Path = FOLDER) -> Lexicon:
    """Read *language*'s words, once. Raises BadLexicon with all that is wrong."""
    if language not in available_languages(folder):
        raise BadLexicon(language, ["there is no such language"])

    try:
        data = read_words((folder / language / "words.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadLexicon(language, [str(error)]) from error

    problems = tuple(problems_of(data))
    if problems:
        raise BadLexicon(language, problems)

    return _compile(language, data)


def without_one_letter(word: str) -> Iterator[str]:
    """Yield *word* and *word* less each of its letters: two spellings one slip apart share one of these."""
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


def _compile(language: str, data: Mapping[str, Any]) -> Lexicon:
    settings = data["language"]
    elisions = frozenset(settings.get("elisions", ()))
    spellings = str.maketrans(data.get("spellings", {}))
    tree = PhraseTree()
    brackets = (PhraseTree(), PhraseTree())
    bracket_meanings: list[Meaning] = []
    spoken: set[str] = set()
    for meaning, written in _entries(data):
        if BRACKET in written and BRACKET in written.split()[1:-1]:
            for half, node in zip(written.split(f" {BRACKET} "), brackets, strict=True):
                _add(node, half, ("bracket", len(bracket_meanings)), elisions, spellings)

            bracket_meanings.append(meaning)
            continue

        for phrase in _spelt(written, spellings):
            tree.lead(phrase, meaning, elisions)
            spoken.add(phrase)

    return Lexicon(
        language=language,
        phrases=tree,
        groups={name: _group(phrases, elisions, spellings) for name, phrases in data["groups"].items()},
        misspelt=_misspellings(data),
        titles=frozenset(fold(title) for title in data["words"]["titles"]),
        date_order=settings["date_order"],
        pointed=settings["pointed"],
        half=settings["half"],
        number_after_weekday=settings["number_after_weekday"],
        hour_word=settings.get("hour_word", "span"),
        shown_clock=settings.get("shown_clock", "24"),
        either_order=bool(data["words"]["other_date_order"]),
        name_endings={
            fold(ending): tuple(map(fold, others)) for ending, others in data.get("name_endings", {}).items()
        },
        latin_letters={typed: tuple(letters) for typed, letters in data.get("latin_letters", {}).items()},
        elisions=elisions,
        known=_known(spoken, elisions) if elisions else frozenset(),
        brackets=brackets,
        bracket_meanings=tuple(bracket_meanings),
    )


def _add(
    tree: PhraseTree, phrase: str, meaning: Meaning, elisions: frozenset[str], spellings: Mapping[int, str]
) -> None:
    for spelt in _spelt(phrase, spellings):
        tree.lead(spelt, meaning, elisions)


def _spelt(phrase: str, spellings: Mapping[int, str]) -> Iterator[str]:
    """Yield *phrase*, and how it is typed where letters are missing: 'für', 'fuer'."""
    yield phrase
    if spellings:
        typed = phrase.translate(spellings)
        if typed != phrase:
            yield typed


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Meaning, str]]:
    for section, label in (
        ("numbers", "number"),
        ("ordinals", "ordinal"),
        ("months", "month_name"),
        ("relative_days", "offset"),
        ("hours", "hour_name"),
        ("month_days", "month_day"),
    ):
        for value, phrases in data.get(section, {}).items():
            yield from (((label, int(value)), phrase) for phrase in phrases)

    for name, phrases in data["weekdays"].items():
        yield from ((("weekday", WEEKDAY_NAMES.index(name)), phrase) for phrase in phrases)

    for part in data["day_parts"].values():
        span = _minutes(part["from"]) * 10_000 + _minutes(part["to"])
        yield from ((("part", span), phrase) for phrase in part["words"])

    for section in ("cues", "words"):
        for label, phrases in data[section].items():
            yield from (((label, 0), phrase) for phrase in phrases)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _group(phrases: Iterable[str], elisions: frozenset[str], spellings: Mapping[int, str]) -> PhraseTree:
    tree = PhraseTree()
    for phrase in phrases:
        _add(tree, phrase, ("group", 0), elisions, spellings)

    return tree


def _known(phrases: Iterable[str], elisions: frozenset[str]) -> frozenset[str]:
    """All single words of *phrases*."""
    pieces = {option for phrase in phrases for piece in phrase.split() for option in _options(piece.removesuffix("?"))}
    return frozenset(word for piece in pieces if piece for word in _words(piece, elisions))


def _options(piece: str) -> list[str]:
    return piece.split("/") if "/" in piece and len(piece) > 1 and not piece.startswith("{") else [piece]


@lru_cache(maxsize=8192)
def _words(option: str, elisions: frozenset[str]) -> Words:
    if option.isalpha():
        # most are one plain word, for which there is no need to look for dates and clocks
        return (option.lower() if option.isascii() else fold(unicodedata.normalize("NFKC", option)),)

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


_SHORTEST_FORGIVEN = 6


def _misspellings(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Index the long names of days and months; in short ones a slip makes another word."""
    found: dict[str, tuple[str, ...]] = {}
    phrases = [
        phrase
        for section in ("weekdays", "months", "relative_days")
        for key in data[section].values()
        for phrase in key
    ]
    for name in {fold(phrase) for phrase in phrases if len(phrase) >= _SHORTEST_FORGIVEN and phrase.isalpha()}:
        for spelling in without_one_letter(name):
            found[spelling] = (*found.get(spelling, ()), name)

    return found
