"""Times written as one word: 'Donnerstagnachmittag', 'vrijdagochtend', 'fridaymorning', 'halfdrie'. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.understand.lexicon import Lexicon
from core.understand.tokens import Token

PAIRS = (
    ("weekday", "part"),
    ("offset", "part"),
    ("half", "number"),
    ("half", "hour"),
    ("half", "hour_name"),
    ("weekday", "visit"),
    ("three_quarters", "hour"),
    ("three_quarters", "number"),
)
"""What the two words of one may mean."""

SHORTEST = 6
LONGEST = 40
SHORTEST_HALF = 3


def cut_compounds(tokens: Sequence[Token], lexicon: Lexicon) -> tuple[Token, ...]:
    """Make two words of each that nobody taught us, but whose halves are a day and a part of it."""
    return tuple(part for token in tokens for part in _cut(token, lexicon))


def _cut(token: Token, lexicon: Lexicon) -> tuple[Token, ...]:
    word = token.text
    if token.kind != "word" or not SHORTEST <= len(word) <= LONGEST or word in lexicon.phrases.next:
        return (token,)

    for end in range(len(word) - SHORTEST_HALF, SHORTEST_HALF - 1, -1):
        first, last = _labels(word[:end], lexicon), _labels(word[end:], lexicon)
        if any(one in first and other in last for one, other in PAIRS):
            head = replace(token, text=word[:end], spelt=word[:end])
            return head, Token("word", word[end:], glued=True, spelt=word[end:])

    return (token,)


def _labels(word: str, lexicon: Lexicon) -> frozenset[str]:
    node = lexicon.phrases.next.get(word)
    return frozenset(label for label, _ in node.meanings) if node is not None else frozenset()
