"""Which language a page speaks: the guest's, then the browser's, then the one that has all words (SPEC L4). Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.phrases import Phrases

ANY = "*"
"""In a list of languages: whichever there is."""

LONGEST = 1000
"""Characters of a header that are looked at."""

MOST = 20
"""Languages of a header that are looked at; browsers send half a dozen at most."""

_RANGE = re.compile(
    r"[ \t]*(?P<tag>\*|[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,3})"
    r"[ \t]*(?:;[ \t]*q=(?P<quality>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?",
    re.IGNORECASE | re.ASCII,
)


@lru_cache(maxsize=256)
def read_accept_language(header: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language, the most wanted first (RFC 9110 12.5.4).

    What is refused by `q=0` is left out, and so is everything that is no language. `ANY` stands where it stood.
    """
    wanted = sorted(_ranges(header), key=lambda each: -each[1])
    return tuple(dict.fromkeys(tag for tag, quality in wanted if quality > 0))


def locale_for(phrases: Phrases, guest_locale: str | None, accepted: Iterable[str]) -> str:
    """Return the locale to speak in: the guest's if there are words for it, else the first of *accepted* that has."""
    if guest_locale is not None and phrases.has_words_for(guest_locale):
        return guest_locale

    for locale in accepted:
        if locale == ANY:
            break

        if phrases.has_words_for(locale):
            return locale

    return phrases.fallback


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header[:LONGEST].split(",", MOST)[:MOST]:
        found = _RANGE.fullmatch(part)
        if found is not None:
            yield found["tag"], float(found["quality"] or 1)
