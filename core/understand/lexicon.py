"""A language as data: reads core/language/<code>/words.toml into a tree of phrases.

A new language is a new folder (SPEC L4).

Reading the file is the only input done here; what comes back never changes. A phrase in the file may hold
`a/b` (either word), `word?` (may be missing), `{group}` (any phrase of that group), `...` (up to two other words),
`~` (any words of a clause: German "sage ~ ab", see brackets.py), `*word` (any word that ends so) and
`=word` (only with exactly these accents, and then nothing else: Spanish "sí" is no "si").
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from core.understand.phrase_tree import Meaning, PhraseTree, options_of, plain_word, words_of
from core.understand.schema import WEEKDAY_NAMES, problems_of
from core.understand.tokens import fold
from core.understand.word_file import read_words

FOLDER = Path(__file__).parent.parent / "language"

BRACKET = "~"
"""What stands between the halves of a phrase that encloses others."""


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
    opened: dict[str, PhraseTree] = {}
    for meaning, phrases in _entries(data):
        enclosing = [phrase for phrase in phrases if BRACKET in phrase and BRACKET in phrase.split()[1:-1]]
        spelt = [each for phrase in phrases if phrase not in enclosing for each in _spelt(phrase, spellings)]
        _lead(tree, spelt, meaning, elisions, opened)
        spoken.update(spelt if elisions else ())
        for phrase in enclosing:
            for half, node in zip(phrase.split(f" {BRACKET} "), brackets, strict=True):
                _add(node, half, ("bracket", len(bracket_meanings)), elisions, spellings)

            bracket_meanings.append(meaning)

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


def _lead(
    tree: PhraseTree, phrases: Iterable[str], meaning: Meaning, elisions: frozenset[str], opened: dict[str, PhraseTree]
) -> None:
    """Do what `PhraseTree.lead` does for *phrases*; *opened* is where plain words lead, with which most begin."""
    for phrase in phrases:
        first, _, rest = phrase.partition(" ")
        node = opened.get(first)
        if node is None and first.isalpha():
            node = opened[first] = tree.through((plain_word(first),))

        if node is not None:
            node.go_on(rest, meaning, elisions)
        else:
            tree.lead(phrase, meaning, elisions)


def _add(
    tree: PhraseTree, phrase: str, meaning: Meaning, elisions: frozenset[str], spellings: Mapping[int, str]
) -> None:
    for spelt in _spelt(phrase, spellings):
        tree.lead(spelt, meaning, elisions)


def _spelt(phrase: str, spellings: Mapping[int, str]) -> tuple[str, ...]:
    """*phrase*, and how it is typed where letters are missing: 'für', 'fuer'."""
    typed = phrase.translate(spellings) if spellings else phrase
    return (phrase,) if typed == phrase else (phrase, typed)


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Meaning, list[str]]]:
    """Yield every meaning with the phrases that have it."""
    for section, label in (
        ("numbers", "number"),
        ("ordinals", "ordinal"),
        ("months", "month_name"),
        ("relative_days", "offset"),
        ("hours", "hour_name"),
        ("month_days", "month_day"),
    ):
        yield from (((label, int(value)), phrases) for value, phrases in data.get(section, {}).items())

    yield from ((("weekday", WEEKDAY_NAMES.index(name)), phrases) for name, phrases in data["weekdays"].items())

    for part in data["day_parts"].values():
        span = _minutes(part["from"]) * 10_000 + _minutes(part["to"])
        yield ("part", span), part["words"]

    for section in ("cues", "words"):
        yield from (((label, 0), phrases) for label, phrases in data[section].items())


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _group(phrases: Iterable[str], elisions: frozenset[str], spellings: Mapping[int, str]) -> PhraseTree:
    tree = PhraseTree()
    for phrase in phrases:
        _add(tree, phrase, ("group", 0), elisions, spellings)

    return tree


def _known(phrases: Iterable[str], elisions: frozenset[str]) -> frozenset[str]:
    """All single words of *phrases*."""
    pieces = {
        option for phrase in phrases for piece in phrase.split() for option in options_of(piece.removesuffix("?"))
    }
    return frozenset(word for piece in pieces if piece for word in words_of(piece, elisions))


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
    long = (fold(phrase) for phrase in phrases if len(phrase) >= _SHORTEST_FORGIVEN and phrase.isalpha())
    for name in dict.fromkeys(long):
        for spelling in without_one_letter(name):
            found[spelling] = (*found.get(spelling, ()), name)

    return found
