"""The corpora: one meaning, many sayings, a file a language. Reads them and names all that is wrong with them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from core.understand.reading import Context, Intent
from tests.corpora.situations import situations, wall_time

FOLDER = Path(__file__).parent
FEWEST_SAYINGS = 120

SAME_OUTCOME = (
    {"keep", "no"},
    {"keep", "none"},
    {"message", "none"},
    {"yes", "cancel"},
    {"yes", "pick"},
    {"yes", "reschedule"},
)
"""Intents that need no asking back to tell them apart (GUIDE)."""

_KEYS = {"name", "situation", "reading", "ask", "sayings"}
_READING_KEYS = {"intent", "intent_any", "when", "when_any", "pick", "performer", "question"}
_TOLD = {"message", "none"}

Instants = frozenset[tuple[float, float]]
"""Windows as timestamps."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What several sayings mean in one situation: the label of the annotation guide.

    `whens` are the accepted wishes as windows of wall times (None: no time is wished). `question` None: either is
    accepted. `ask`: whether the program must not be sure, None where it may be either.
    """

    language: str
    name: str
    situation: str
    intents: tuple[str, ...]
    whens: tuple[tuple[tuple[str, str], ...] | None, ...]
    pick: int | None
    performer: str | None
    question: bool | None
    ask: bool | None
    sayings: tuple[str, ...]

    @property
    def context(self) -> Context:
        """What the sayings are read against."""
        return situations()[self.situation]

    def __str__(self) -> str:
        return f"{self.language}: {self.name}"


def corpus_languages() -> tuple[str, ...]:
    """Name the languages that have a corpus."""
    return tuple(sorted(path.stem for path in FOLDER.glob("??.toml")))


@cache
def meanings_of(language: str) -> tuple[Meaning, ...]:
    """Read *language*'s corpus."""
    return tuple(_meaning(language, data) for data in _data(language))


def problems_of(language: str) -> Iterator[str]:
    """Name everything that is wrong with *language*'s corpus."""
    for data in _data(language):
        yield from (f"{data.get('name')}: unknown key {key}" for key in data.keys() - _KEYS)
        yield from (f"{data.get('name')}: unknown key reading.{key}" for key in data["reading"].keys() - _READING_KEYS)

    meanings = meanings_of(language)
    names = Counter(meaning.name for meaning in meanings)
    yield from (f"{name}: the name stands {times} times" for name, times in names.items() if times > 1)
    said = Counter((meaning.situation, saying.strip()) for meaning in meanings for saying in meaning.sayings)
    yield from (
        f"{saying!r} is said {times} times in {situation}" for (situation, saying), times in said.items() if times > 1
    )
    if len({saying for _, saying in said}) < FEWEST_SAYINGS:
        yield f"only {len(said)} sayings, at least {FEWEST_SAYINGS} are wanted"

    for meaning in meanings:
        yield from (f"{meaning.name}: {problem}" for problem in _problems(meaning))


def _problems(meaning: Meaning) -> Iterator[str]:
    if meaning.situation not in situations():
        yield f"no situation {meaning.situation}"
        return

    if unknown := set(meaning.intents) - set(get_args(Intent)):
        yield f"unknown intents {sorted(unknown)}"

    if not meaning.sayings:
        yield "nothing is said"

    windows = [window for when in meaning.whens if when is not None for window in when]
    if windows and "reschedule" not in meaning.intents:
        yield "a time is wished, but the intent is not reschedule"

    for begin, end in windows:
        zone = meaning.context.zone
        if wall_time(begin, zone) > wall_time(end, zone):
            yield f"{begin} is after {end}"

    several = len(meaning.whens) > 1 or (len(meaning.intents) > 1 and set(meaning.intents) not in SAME_OUTCOME)
    if several and meaning.ask is False:
        yield "several readings, but ask is false"

    options = meaning.context.pending.options if meaning.context.pending is not None else ()
    if "pick" in meaning.intents and not 1 <= (meaning.pick or 0) <= len(options):
        yield "pick is no offered option"

    if meaning.performer is not None and meaning.performer not in meaning.context.performers:
        yield f"{meaning.performer} is no performer"


@cache
def _data(language: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))["meaning"]
    return data


def _meaning(language: str, data: dict[str, Any]) -> Meaning:
    if missing := {"name", "situation", "reading", "sayings"} - data.keys():
        raise ValueError(f"{language}.toml: {data.get('name')}: {', '.join(sorted(missing))} missing")

    reading = data["reading"]
    intents = tuple(reading.get("intent_any", [reading.get("intent", "")]))
    question = reading.get("question", "either" if _TOLD & set(intents) else False)
    ask = data.get("ask", False)
    return Meaning(
        language=language,
        name=data["name"],
        situation=data["situation"],
        intents=intents,
        whens=tuple(map(_windows, reading.get("when_any", [reading.get("when", [])]))),
        pick=reading.get("pick"),
        performer=reading.get("performer"),
        question=None if question == "either" else question,
        ask=None if ask == "either" else ask,
        sayings=tuple(data["sayings"]),
    )


def _windows(data: list[list[str]]) -> tuple[tuple[str, str], ...] | None:
    return tuple((begin, end) for begin, end in data) or None
