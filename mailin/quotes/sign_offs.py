"""Take from the end of a text what only names its writer: a closing and a name, a card, a dash and a name. Pure.

A guest's name may be that of somebody who works there: read as words it would be a wish (SPEC R6).
"""

from __future__ import annotations

import re

from mailin.quotes.quote_words import quote_words


def without_sign_off(lines: list[str]) -> list[str]:
    """Return *lines* without the card, the closing with a name below it, or the "-Jo" at their end."""
    return _without_closing(_without_dashed_name(_without_card(lines)))


_CARD_LINES = (3, 8)
_CARD_WIDTH = 60
_RULED_LINES = 30
_CONTACT = re.compile(
    # A number is a telephone's only where it looks like one: dates in digits are wishes.
    r"(?:[^\s:]{1,8}[:.] ?)?"
    r"(?:\S{1,40}@\S{1,40}|(?:\+|\(|00)[\d ()./-]{8,20}|\d{3}-\d{3}-\d{4}|(?:https?://|www\.)\S{3,80})",
    re.IGNORECASE,
)
_DASHED_NAME = re.compile(r"[-–—/~][^\W\d_]{2,20}(?: [^\W\d_]{1,20}\.?){0,2}")
_CLOSING_WIDTH = 40
_NAME_LINES = 3
_NAME_WORDS = 4
_PARTICLE = 3


def _without_card(lines: list[str]) -> list[str]:
    """Return *lines* without a business card at their end: short lines, two of them ways to reach somebody."""
    gap = next((index for index in range(len(lines) - 1, 0, -1) if not lines[index].strip()), None)
    card = lines[gap + 1 :] if gap is not None else []
    is_card = _CARD_LINES[0] <= len(card) <= _CARD_LINES[1] and _reaches(card)
    # A card begins with a name: a digit there could be a time.
    if is_card and not card[0].rstrip().endswith((":", "：")) and not any(map(str.isdigit, card[0])):
        return lines[:gap]

    first = max(0, len(lines) - _RULED_LINES)
    rule = next((index for index in range(len(lines) - 1, first, -1) if _is_rule(lines[index])), None)
    return lines[:rule] if rule is not None and _reaches(lines[rule + 1 :]) else _without_loose_card(lines)


def _without_loose_card(lines: list[str]) -> list[str]:
    """Return *lines* without the ways to reach somebody at their end, and the full name right above these."""
    written = _written(lines)
    ways = 0
    for index in reversed(written):
        if not _CONTACT.fullmatch(lines[index].strip()):
            break

        ways += 1
    if not 1 < ways < len(written):
        return lines

    at = written[-ways - 1]
    is_full_name = _is_name(lines[at]) and len(lines[at].split()) > 1 and not lines[at].rstrip().endswith((",", "."))
    return lines[:at] if is_full_name else lines


def _is_rule(line: str) -> bool:
    return len(line.strip()) > 1 and not line.strip(" -_=*~#–—")


def _reaches(card: list[str]) -> bool:
    short = all(len(line) <= _CARD_WIDTH for line in card)
    return short and sum(bool(_CONTACT.fullmatch(line.strip())) for line in card) > 1


def _without_dashed_name(lines: list[str]) -> list[str]:
    """Return *lines* without a last "-Jo" or "/Jo" below a blank line; a dash that is repeated makes a list."""
    written = _written(lines)
    if len(written) < 2:  # noqa: PLR2004 -- a text and a name
        return lines

    last, before = written[-1], written[-2]
    text = lines[last].strip()
    alone = before < last - 1 and not any(lines[index].lstrip().startswith(text[0]) for index in written[:-1])
    introduced = lines[before].rstrip().endswith((":", ",", "："))
    is_name = _DASHED_NAME.fullmatch(text) and _is_name(text[1:])
    return lines[:last] if is_name and alone and not introduced else lines


def _without_closing(lines: list[str]) -> list[str]:
    """Return *lines* without a closing ("Kind regards") that stands alone on its line, and the names below it."""
    written = _written(lines)
    for below in range(1, min(_NAME_LINES + 1, len(written))):
        if not _is_name(lines[written[-below]]):
            break

        at = written[-below - 1]
        if len(lines[at]) <= _CLOSING_WIDTH and _bare(lines[at]) in quote_words().closings:
            return lines[:at]

    return lines


def _written(lines: list[str]) -> list[int]:
    return [index for index, line in enumerate(lines) if line.strip()]


def _bare(line: str) -> str:
    return " ".join(line.strip(" \t,.!;-–—*_/").casefold().split())


def _is_name(line: str) -> bool:
    """Return whether *line* could be a name: few words without digits, none in small letters but "de" and the like."""
    words = line.strip(" \t,.*_").split()
    return 0 < len(words) <= _NAME_WORDS and all(_is_name_word(word) for word in words)


def _is_name_word(word: str) -> bool:
    letters = word.strip(".,()'’\"-")
    named = not letters[:1].islower() or len(letters) <= _PARTICLE
    return bool(letters) and named and letters.replace("-", "").replace("'", "").replace("’", "").isalpha()
