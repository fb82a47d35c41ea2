"""Whether an answer lets someone else speak for the guest, or ends that: nothing but one of the words for it. Pure.

The words are data: `core/language/<code>/speaking.toml`. More than such a word is left to a person: this decides who
may move a booking.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from core.understand.acts import acts_beyond_manners
from core.understand.lexicon import FOLDER, BadLexicon, Lexicon
from core.understand.read import propose
from core.understand.tokens import tokenize

Speaking = Literal["allow", "withdraw"]

LONGEST = 300
"""Characters of an answer that is looked at: the word, thanks and a name."""

_KINDS: tuple[Speaking, ...] = ("allow", "withdraw")


def speaking_of(text: str, lexicons: Sequence[Lexicon], *, guest: str = "") -> Speaking | None:
    """Return what the first line of *text* says and the rest, beyond manners and the name *guest*, leaves so."""
    if len(text) > LONGEST:
        return None

    line, _, rest = text.strip().partition("\n")
    words = _words(line)
    for lexicon in lexicons:
        meaning = load_speaking(lexicon.language).get(words)
        if meaning is not None and _is_mere_manners(rest, lexicons, guest):
            return meaning

    return None


@lru_cache(maxsize=64)
def load_speaking(language: str, folder: Path = FOLDER) -> Mapping[tuple[str, ...], Speaking]:
    """Read *language*'s words, once. Raises BadLexicon with all that is wrong."""
    try:
        data = tomllib.loads((folder / language / "speaking.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadLexicon(language, [f"speaking.toml: {error}"]) from error

    wrong = [f"speaking.toml: {kind}: must be a list of phrases" for kind in _KINDS if not _is_list(data.get(kind))]
    wrong += [f"speaking.toml: {name}: unknown key" for name in data if name not in _KINDS]
    if wrong:
        raise BadLexicon(language, wrong)

    return {_words(phrase): kind for kind in _KINDS for phrase in data[kind]}


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) and _words(one) for one in value)


def _words(line: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokenize(line) if token.kind not in ("mark", "newline"))


def _is_mere_manners(rest: str, lexicons: Sequence[Lexicon], guest: str) -> bool:
    if not rest.strip():
        return True

    said = propose(rest, lexicons, (), guest=guest)
    return not (said.content or said.wishes or said.choices or acts_beyond_manners(said.acts))
