"""What makes strings from guests and imports safe to be shown to people: no controls, no tricks, no novels. Pure."""

from __future__ import annotations

import re
import unicodedata

LINE_LIMIT = 200
"""Characters of one value inside a sentence or fact."""

WORDS_LIMIT = 4000
"""Characters of a guest's own words passed on."""

NAME_LIMIT = 75
"""Characters of a display name; mail programs cut or refuse longer ones."""

_ELLIPSIS = "…"
# They turn the direction of the text after them, so that an address can be made to read as another one.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NAME_TRICKS = str.maketrans(dict.fromkeys('@:,;"<>()[]\\', " "))


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return *text* as one printable line of at most *limit* characters."""
    plain = text if text.isprintable() else _printable(_BREAKS.sub(" ", text))

    return _shortened(" ".join(plain.split()), limit)


def many_lines(text: str, limit: int = WORDS_LIMIT) -> str:
    """Return *text* with its line breaks as LF and everything else printable, at most *limit* characters."""
    lines = (_printable(line).rstrip() for line in _BREAKS.split(text.strip()))

    return _shortened(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"), limit)


def display_name(name: str) -> str:
    """Return *name* fit to stand before an address: none of the signs that make mail programs suspicious."""
    plain = name if name.isprintable() else _printable(_BREAKS.sub(" ", name))

    return one_line(plain.translate(_NAME_TRICKS), NAME_LIMIT)


def _printable(text: str) -> str:
    if text.isprintable():  # Neither controls nor what turns text are; most text ends here.
        return text

    return "".join(" " if _is_control(sign) else sign for sign in text if sign not in _TURNS)


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"}


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _ELLIPSIS
