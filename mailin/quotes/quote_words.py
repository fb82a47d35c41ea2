"""The wording of quotations in many languages, read once from `quote_words.toml`. Pure after the first call."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

DASHES = " -_=*~#\u2010\u2012–—―─"
"""What clients draw lines with, and put around the words of a separator."""

Role = Literal["from", "to", "sent", "subject"]
_ROLES: tuple[Role, ...] = ("from", "to", "sent", "subject")


@dataclass(frozen=True, slots=True)
class QuoteWords:
    """What clients put around a quotation, all languages together, case-folded.

    `opens` begin an attribution, `wrote` are its verbs, `headers` name the roles of a quoted header line, `original`
    and `forwarded` stand between dashes, `footers` and `disclaimers` begin lines that nobody typed, `footer_ends`
    end them, all of one of `footer_names` stand in them, `above` asks to write above a line, `closings`
    stand alone above a name.
    """

    opens: tuple[str, ...]
    wrote: tuple[str, ...]
    headers: dict[str, frozenset[Role]]
    original: frozenset[str]
    forwarded: tuple[str, ...]
    footers: tuple[str, ...]
    footer_ends: tuple[str, ...]
    footer_names: tuple[frozenset[str], ...]
    disclaimers: tuple[str, ...]
    above: tuple[str, ...]
    closings: frozenset[str]
    verbs: frozenset[str]
    verb_phrases: tuple[str, ...]

    def has_verb(self, folded: str) -> bool:
        """Return whether the case-folded text says that somebody wrote something, in whole words."""
        if not self.verbs.isdisjoint(_WORD.findall(folded)):
            return True

        # Phrases of several words, and scripts that put no spaces between them.
        return any(phrase in folded for phrase in self.verb_phrases)


@cache
def quote_words() -> QuoteWords:
    """Return the words of every language in `quote_words.toml`."""
    tables = tomllib.loads(files("mailin.quotes").joinpath("quote_words.toml").read_text("utf-8"))
    forwarded = _all(tables, "forwarded")
    wrote = _all(tables, "wrote")
    single = frozenset(verb for verb in wrote if verb[-1] < _FIRST_IDEOGRAPH and _WORD.fullmatch(verb))
    return QuoteWords(
        opens=tuple(_opening(word) for word in _all(tables, "opens")),
        wrote=wrote,
        headers=_headers(tables),
        original=frozenset(_all(tables, "original")) | frozenset(forwarded),
        forwarded=forwarded,
        footers=_all(tables, "footers"),
        footer_ends=_all(tables, "footer_ends"),
        footer_names=tuple(frozenset(names.split()) for names in _all(tables, "footer_names")),
        disclaimers=_all(tables, "disclaimers"),
        above=_all(tables, "above"),
        closings=frozenset(_all(tables, "closings")),
        verbs=single,
        verb_phrases=tuple(verb for verb in wrote if verb not in single),
    )


_FIRST_IDEOGRAPH = "\u2e80"
_WORD = re.compile(r"\w+")


def _all(tables: dict[str, dict[str, list[str]]], key: str) -> tuple[str, ...]:
    """Return the distinct phrases of every language under *key*, longest first so that they match whole."""
    phrases = {phrase.strip().casefold() for table in tables.values() for phrase in table.get(key, [])}
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))


def _headers(tables: dict[str, dict[str, list[str]]]) -> dict[str, frozenset[Role]]:
    """Return the roles that each header name can have: a word may mean two things in two languages."""
    return {
        name: frozenset(role for role in _ROLES if name in _all(tables, role))
        for wanted in _ROLES
        for name in _all(tables, wanted)
    }


def _opening(word: str) -> str:
    return word if word[-1] >= _FIRST_IDEOGRAPH else f"{word} "
