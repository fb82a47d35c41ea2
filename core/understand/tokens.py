"""First stage: cut a reply into tokens (words, numbers, clock and date shapes, marks).

The same way for every language. Pure.

One linear scan; what lies beyond `MAX_CHARACTERS` or `MAX_TOKENS` is not read (SPEC L1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

MAX_CHARACTERS = 2_000
"""How much of a reply is read: nobody asks for another time in more words than this."""

MAX_TOKENS = 500
"""How many tokens are kept, so that a wall of punctuation stays cheap."""

TokenKind = Literal["word", "number", "clock", "pointed", "date", "slashed", "junk", "mark", "newline"]
"""`pointed` is 10.30, which is a clock or a date by language; `junk` is money, phone numbers and addresses."""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a reply: `text` is folded, `numbers` are those it shows, `glued` means no space before it.

    `padded` is a number with a leading zero, `joined` a word with an apostrophe inside. `spelt` is a word as it was
    typed but for its case: with its accents.
    """

    kind: TokenKind
    text: str
    numbers: tuple[int, ...] = ()
    glued: bool = False
    capital: bool = False
    padded: bool = False
    joined: bool = False
    spelt: str = ""


_SHAPES = re.compile(
    # `plain` is a word with nothing beside it, of which most replies are made: no other shape begins so
    r"""
      (?P<plain> [^\W\d_]+ (?=[\s,!?]|\Z) )
    | (?P<junk>
          https?://\S{1,500} | [\w.+-]{1,64}@[\w.-]{1,200}
        | [£$€] \s? \d{1,9} (?:[.,]\d{1,9})? | \d{1,9} (?:[.,]\d{1,9})? \s? [£$€%]
        | \+ \d [\d ()./-]{6,30} \d | \d{5,} | [^\W\d_]{1,9}[-]?\d{1,9}[-]?[^\W\d_]{1,9}\d\w*
        | \d{3,4}-\d{2}-\d{4}\b | \d{1,3}-\d{4} (?![\d-]) | \d{4}-\d{1,3} (?![\d-])
        | (?! (?:[01]\d|2[0-4])[0-5]\d-(?:[01]\d|2[0-4])[0-5]\d (?![\d-]) ) \d{3,5} (?:[ -]\d{3,5}){1,4} (?!\d)
      )
    | (?P<date>
          \d{4}-\d{1,2}-\d{1,2} (?![\d-]) | \d{4}/\d{1,2}/\d{1,2} (?![\d/])
        | (?:0?[1-9]|[12]\d|3[01])-(?:0?[1-9]|1[0-2])-(?:20)?\d{2} (?![\d-])
        | \d{1,2}\.[ ]?\d{1,2}\.[ ]?20\d{2} (?!\d) | \d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2}) (?![\d:])
        | (?:0?[1-9]|[12]\d|3[01])\.[ ]?(?:0?[1-9]|1[0-2])\. (?!\d)
      )
    | (?P<slashed> \d{1,2}/\d{1,2} (?:/(?:\d{4}|\d{2}))? (?![\d/]) )
    | (?P<odd> \d{1,4}(?:/\d{1,4}){2,} )
    | (?P<clock> \d{1,2}[:hHuU]\d{2} (?::\d{2})? (?!\d) )
    | (?P<pointed> \d{1,2}\.\d{1,2} (?!\d) )
    | (?P<number> \d{1,4} )
    | (?P<word> [^\W\d_]+ (?:['’ʼ`][^\W\d_]+)* (?:(?<=[aeiou])['’])? )
    | (?P<newline> \n )
    | (?P<mark> [^\w\s]|_ )
    """,
    re.VERBOSE,
)
_RAISED = {0x00AA: "°", 0x00BA: "°"}
"""2ª, 3º, nº 2: no letters, which would be words."""

_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFE0E, 0xFE0F, 0xFEFF, *range(0x1F3FB, 0x1F400)])
APOSTROPHES = "'’ʼ`"
"""Signs that are typed for an apostrophe."""

_APOSTROPHES = dict.fromkeys(map(ord, APOSTROPHES))
_DIGITS = re.compile(r"\d+")
_APOSTROPHE = re.compile("['’ʼ`]")
_SAME_LETTERS = str.maketrans("łёґ", "lег")
"""Letters that many write without what sets them apart, and that no mark to be dropped is left of."""

_LAST_LATIN = 0x24F


def tokenize(text: str) -> tuple[Token, ...]:
    """Cut *text* into tokens, at most `MAX_TOKENS` from its first `MAX_CHARACTERS` (SPEC L1)."""
    shown = text[:MAX_CHARACTERS]
    if not shown.isascii():
        shown = unicodedata.normalize("NFKC", shown.translate(_RAISED)).translate(_INVISIBLE)[:MAX_CHARACTERS]

    tokens: list[Token] = []
    last_end = -1
    for found in _SHAPES.finditer(shown):
        kind = found.lastgroup
        if kind is None or len(tokens) == MAX_TOKENS:
            break

        tokens.append(_token(kind, found.group(), glued=found.start() == last_end))
        last_end = found.end()

    return tuple(tokens)


def cut_elisions(tokens: Sequence[Token], elisions: frozenset[str], known: frozenset[str]) -> tuple[Token, ...]:
    """Make two words of one with an elided little word: 'l'heure', and 'lheure' where only 'heure' is *known*."""
    if not elisions:
        return tuple(tokens)

    return tuple(part for token in tokens for part in _cut(token, elisions, known))


_SHORTEST_REST = 4


def _cut(token: Token, elisions: frozenset[str], known: frozenset[str]) -> tuple[Token, ...]:
    if token.kind != "word":
        return (token,)

    little = fold(_APOSTROPHE.split(token.spelt, maxsplit=1)[0]) if token.joined else ""
    if little not in elisions and token.text not in known:
        ends = range(1, len(token.text) - _SHORTEST_REST + 1)
        little = next(
            (token.text[:end] for end in ends if token.text[:end] in elisions and token.text[end:] in known), ""
        )

    if little not in elisions:
        return (token,)

    rest = _APOSTROPHE.split(token.spelt, maxsplit=1)[1] if token.joined else token.spelt[len(little) :]
    return (
        replace(token, text=little, spelt=little, joined=False),
        Token("word", fold(rest), capital=token.capital, spelt=rest),
    )


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """Make spellings that differ only in case, apostrophes or Latin accents the same."""
    plain = word.casefold().translate(_APOSTROPHES)
    if plain.isascii():
        return plain

    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", plain.translate(_SAME_LETTERS)):
        # й and ї are letters of their own: only Latin letters lose their marks
        if unicodedata.combining(letter) and letters and ord(letters[-1]) <= _LAST_LATIN:
            continue

        letters.append(letter)

    return unicodedata.normalize("NFC", "".join(letters))


def _token(kind: str, shown: str, *, glued: bool) -> Token:
    match kind:
        case "plain":
            return Token("word", fold(shown), glued=glued, capital=shown[0].isupper(), spelt=shown.casefold())
        case "word":
            return Token(
                "word",
                fold(shown),
                glued=glued,
                capital=shown[0].isupper(),
                joined=len(shown.rstrip("'’")) > len(shown.translate(_APOSTROPHES)),
                spelt=shown.rstrip("'’").casefold(),
            )
        case "number" | "clock" | "pointed" | "date" | "slashed":
            numbers = tuple(map(int, _DIGITS.findall(shown)))
            return Token(kind, shown, numbers, glued=glued, padded=shown.startswith("0"))
        case "newline":
            return Token("newline", shown, glued=glued)
        case "mark":
            return Token("mark", shown, glued=glued)
        case _:
            return Token("junk", shown, glued=glued)
