"""Words typed in Latin letters in a language that has its own: 'mozhno zavtra v 15'. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

from core.understand.lexicon import Lexicon
from core.understand.tokens import Token

LONGEST = 30
MOST_SPELLINGS = 64
"""So many ways of writing one word are tried."""

FEWEST_WORDS = 2
"""One word alone may be of another language, or a name."""


def in_own_letters(tokens: Sequence[Token], lexicon: Lexicon, names: frozenset[str]) -> Sequence[Token]:
    """Write every Latin word of *tokens* in the language's own letters, if most of them are then words of it."""
    if not lexicon.latin_letters:
        return tokens

    foreign = [index for index, token in enumerate(tokens) if _is_foreign(token, lexicon, names)]
    spelt = {index: _known(tokens[index].text, lexicon) for index in foreign}
    known = [index for index, word in spelt.items() if word is not None]
    if len(known) < FEWEST_WORDS or len(known) * 2 < len(foreign):
        return tokens

    own = {index: spelt[index] or next(_spellings(tokens[index].text, lexicon), "") for index in foreign}
    return [
        replace(token, text=own[index], spelt=own[index]) if own.get(index) else token
        for index, token in enumerate(tokens)
    ]


def _is_foreign(token: Token, lexicon: Lexicon, names: frozenset[str]) -> bool:
    word = token.text
    if token.kind != "word" or not word.isascii() or len(word) > LONGEST or word in names:
        return False

    return len(word) == 1 or word not in lexicon.phrases.next


def _known(word: str, lexicon: Lexicon) -> str | None:
    return next((each for each in _spellings(word, lexicon) if any(lexicon.phrases.after(each))), None)


def _spellings(word: str, lexicon: Lexicon) -> Iterator[str]:
    """Yield the ways to write *word*, the likeliest first; what no letter stands for ends it."""
    letters = lexicon.latin_letters
    longest = max(map(len, letters))
    pieces: list[tuple[str, ...]] = []
    place = 0
    while place < len(word):
        typed = next(
            (word[place : place + size] for size in range(longest, 0, -1) if word[place : place + size] in letters), ""
        )
        if not typed:
            return

        pieces.append(letters[typed])
        place += len(typed)

    yield from ("".join(chosen) for chosen in islice(product(*pieces), MOST_SPELLINGS))
