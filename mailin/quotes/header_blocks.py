"""Tell the header lines that a client puts above what it quotes: From, Sent, To, Subject, in many languages. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mailin.quotes.attributions import ENDS_WITH_ADDRESS, MAX_SHORT
from mailin.quotes.quote_words import Role, quote_words


def is_header_block(texts: Sequence[str], start: int) -> bool:
    """Return whether a quoted header block begins at *start* (From, Sent, To, Subject in some language)."""
    first = _roles(texts[start])
    if not first:
        return _is_foreign_block(texts, start)

    if "from" in first and "@" in texts[start]:
        return True

    # "De", "Da", "A" mean different things in different languages: each line may fill any of its roles.
    block: list[frozenset[Role]] = []
    for text in texts[start : start + _HEADER_LINES]:
        roles = _roles(text)
        if not text or (not roles and block and len(text) < MAX_SHORT):
            continue

        if not roles:
            break

        block.append(roles)
    held = frozenset().union(*block)
    stated = " ".join(texts[start : start + _HEADER_LINES])
    return len(block) > 1 and "from" in held and bool(held & {"sent", "subject"}) and ("@" in stated or len(block) > 2)  # noqa: PLR2004 -- three of the four lines


def looks_like_header(text: str) -> bool:
    """Return whether *text* is a short name, a colon and a value."""
    name, colon, value = text.strip(_DECORATION).partition(":")
    return bool(colon and value.strip()) and len(name) <= _NAME


_DECORATION = " *_|>\t"
_HEADER_LINES = 9
_FOREIGN_LINES = 3
_NAME = 20


def _is_foreign_block(texts: Sequence[str], start: int) -> bool:
    """Return whether a header block in a language without words here begins at *start*: an address, then a date."""
    block = texts[start : start + _FOREIGN_LINES]
    whole = len(block) == _FOREIGN_LINES and all(looks_like_header(text) for text in block)
    return whole and bool(ENDS_WITH_ADDRESS.search(block[0].rstrip(" ;*")))


def _roles(text: str) -> frozenset[Role]:
    name, colon, _ = text.strip(_DECORATION).replace("：", ":", 1).partition(":")
    return quote_words().headers.get(name.strip(_DECORATION).casefold(), frozenset()) if colon else frozenset()
