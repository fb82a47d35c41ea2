"""Phrases whose halves enclose others: German "sage … ab", "kann … nicht", Dutch "zeg … af".

What such a phrase means stands where its second half is: the times between are said before it. Pure; linear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.understand.lexicon import Lexicon
from core.understand.phrase_tree import Meaning, PhraseTree
from core.understand.tokens import Token

REACH = 14
"""How many tokens may stand between the halves."""

Half = tuple[int, tuple[Meaning, ...]]
"""Where a half ends (a token index) and what it means."""

_ENDS = frozenset(".!?;:,()\n")
_NUMERIC = frozenset(("number", "date", "pointed", "slashed", "clock"))


def halves_of(tokens: Sequence[Token], lexicon: Lexicon) -> Mapping[int, Half]:
    """Find both halves of every such phrase: where each begins, where it ends, what it means there."""
    heads, tails = lexicon.brackets
    found: dict[int, Half] = {}
    if not heads.next:
        return found

    index = 0
    while index < len(tokens):
        head = _longest(tokens, index, heads)
        pair = _tail(tokens, head, lexicon, tails, heads) if head is not None else None
        if head is None or pair is None:
            index += 1
            continue

        start, end, number = pair
        if any(
            (_longest(tokens, before, lexicon.phrases) or (0,))[0] >= end
            for before in range(max(0, index - 2), index + 1)
        ):
            index = end  # a phrase of its own covers both halves
            continue

        found[index] = (head[0], (("filler", 0),))
        if start > head[0] and _stops(tokens, start - 1, lexicon):
            found[start - 1] = (start, (("filler", 0),))  # 'Montag geht aber nicht': no clause begins there

        found[start] = (end, (lexicon.bracket_meanings[number],))
        index = head[0]

    return found


def _tail(
    tokens: Sequence[Token], head: Half, lexicon: Lexicon, tails: PhraseTree, heads: PhraseTree
) -> tuple[int, int, int] | None:
    """Find the nearest second half that fits *head*: where it begins and ends, and which phrase it ends."""
    numbers = {number for _, number in head[1]}
    for place in range(head[0], min(head[0] + REACH, len(tokens))):
        tail = _fitting(tokens, place, tails, numbers)
        if tail is not None and not _says_more(tokens, place, tail[0], lexicon):
            return place, *tail

        if _stops(tokens, place, lexicon) and _fitting(tokens, place + 1, tails, numbers) is None:
            return None

        again = _longest(tokens, place, heads)
        if again is not None and not numbers.isdisjoint(number for _, number in again[1]):
            return None

    return None


def _fitting(tokens: Sequence[Token], place: int, tails: PhraseTree, numbers: set[int]) -> tuple[int, int] | None:
    """The second half at *place* that is one of *numbers*: where it ends, and which."""
    tail = _longest(tokens, place, tails)
    fitting = [number for _, number in tail[1] if number in numbers] if tail is not None else []
    return (tail[0], fitting[0]) if tail is not None and fitting else None


def _longest(tokens: Sequence[Token], index: int, tree: PhraseTree) -> Half | None:
    """The longest half below *tree* at *index*: plain words only."""
    found: Half | None = None
    node = tree
    for place in range(index, len(tokens)):
        if node.pending:
            node.unfold()

        following = node.next.get(tokens[place].text)
        if following is None:
            break

        node = following
        if node.meanings:
            found = (place + 1, node.meanings)

    return found


def _stops(tokens: Sequence[Token], place: int, lexicon: Lexicon) -> bool:
    """Whether a sentence ends here, or a word turns it; the signs in and around a date do not end it."""
    token = tokens[place]
    if token.text in _ENDS:
        neighbours = (*tokens[max(0, place - 1) : place], *tokens[place + 1 : place + 2])
        return token.text not in ".," or all(each.kind not in _NUMERIC for each in neighbours)

    word = lexicon.phrases.next.get(token.text)
    return word is not None and any(label == "but" for label, _ in word.meanings) and token.kind == "word"


def _says_more(tokens: Sequence[Token], place: int, end: int, lexicon: Lexicon) -> bool:
    """Whether a longer phrase begins where a second half does: 'nicht vor 15 Uhr' ends no 'kann … nicht'."""
    longer = _longest(tokens, place, lexicon.phrases)
    return longer is not None and longer[0] > end
