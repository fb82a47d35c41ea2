"""Second stage: give tokens their meanings in one language.

The longest known phrase at each place, names, slips of the pen. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from operator import itemgetter

from core.understand.brackets import halves_of
from core.understand.compounds import cut_compounds
from core.understand.latin_letters import in_own_letters
from core.understand.lexicon import Lexicon, without_one_letter
from core.understand.phrase_tree import EXACT, Meaning, PhraseTree
from core.understand.tokens import APOSTROPHES, Token, cut_elisions, fold, tokenize

LONGEST = 24
"""Tokens; no phrase is longer."""

LONGEST_GAP = 2
"""How many words a gap in a phrase may swallow."""

UNKNOWN = "unknown"
"""The label of a word nobody taught us: a reason to doubt."""

MISSPELT = "misspelt"
"""An extra label of a word that was read with a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a reply with all it may mean: `meanings` are (label, value); `token` is its first token."""

    text: str
    meanings: tuple[Meaning, ...]
    token: Token
    length: int = 1
    labels: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", frozenset([label for label, _ in self.meanings]))

    def has(self, *labels: str) -> bool:
        """Whether any of *labels* is among the meanings."""
        return not self.labels.isdisjoint(labels)

    def value(self, label: str) -> int | None:
        """The value under *label*, or None where it does not mean that."""
        if label not in self.labels:
            return None

        return next(value for name, value in self.meanings if name == label)

    def only(self, *labels: str) -> bool:
        """Whether it means nothing beyond *labels*."""
        return self.labels.issubset(labels)


def mark(tokens: Sequence[Token], lexicon: Lexicon, performers: Sequence[str]) -> tuple[Mark, ...]:
    """Read *tokens* in *lexicon*'s language; performers' names come first, unless they look like other words."""
    names = _names(tuple(performers), lexicon)
    openings = {form[0] for form in names}
    tokens = in_own_letters(tokens, lexicon, frozenset(word for name in names for word in name))
    tokens = cut_compounds(cut_elisions(tokens, lexicon.elisions, lexicon.known), lexicon)
    halves = halves_of(tokens, lexicon)
    marks: list[Mark] = []
    index = 0
    while index < len(tokens):
        if index in halves:
            end, meanings = halves[index]
            words = " ".join(token.text for token in tokens[index:end])
            marks.append(Mark(words, meanings, tokens[index], end - index))
            index = end
            continue

        until = None
        if halves:
            until = next((half for half in range(index, min(index + LONGEST, len(tokens))) if half in halves), None)

        text = tokens[index].text
        opening = bool(names) and (text in openings or text.removesuffix("s") in openings)
        found = _named(tokens, index, names, lexicon, marks) if opening else None
        found = found or _phrase(tokens[:until], index, lexicon) or _single(tokens[index], lexicon)
        marks.append(_without_suffix(found) if found.has("ordinal_suffix") and not found.token.glued else found)
        index += found.length

    return tuple(marks)


_LONGEST_ENDING = 4


def _without_suffix(found: Mark) -> Mark:
    """Let a word that stands alone be no ordinal's ending where it is a word as well: '10 o 11', '3 a 5'."""
    if len(found.text) > _LONGEST_ENDING:
        return found  # '28 числа': a word for it, no ending

    others = tuple(meaning for meaning in found.meanings if meaning[0] != "ordinal_suffix")
    return replace(found, meanings=others) if others else found


def known_words(marks: Sequence[Mark]) -> int:
    """How many words of a reply have a meaning as they are spelled: the measure by which a language is chosen."""
    words = (each for each in marks if each.token.kind == "word" or each.length > 1)
    return sum(each.length - (each.token.kind != "word") for each in words if not each.has(UNKNOWN, MISSPELT))


Found = tuple[int, tuple[Meaning, ...]]
"""Where a phrase ends (a token index) and what it means."""

_END = itemgetter(0)


def _phrase(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> Mark | None:
    ends: list[Found] = []
    _find_ends(tokens, index, lexicon.phrases, lexicon, ends)
    if not ends:
        return None

    end, meanings = max(ends, key=_END)

    if end == index + 1 and tokens[index].joined and _ends_in_clitic(tokens[index]):
        # "we'd" is no Wednesday; a day's own genitive ends in s
        meanings = tuple(
            meaning
            for meaning in meanings
            if meaning[0] not in ("weekday", "month_name") or tokens[index].text[-1] == "s"
        )

    words = " ".join(token.text for token in tokens[index:end])
    return Mark(words, meanings or ((UNKNOWN, 0),), tokens[index], end - index)


_LONGEST_CLITIC = 2


def _ends_in_clitic(token: Token) -> bool:
    """Whether what stands after the apostrophe is a little word of its own: "we'd", but not "п'ятниця"."""
    return any(mark in token.spelt[-_LONGEST_CLITIC - 1 :] for mark in APOSTROPHES)


def _find_ends(tokens: Sequence[Token], index: int, node: PhraseTree, lexicon: Lexicon, found: list[Found]) -> None:
    """Add to *found* every phrase below *node* that stands at *index*; of those of one length the first counts."""
    if node.pending:
        # before its meanings are looked at: what follows may all be left out
        node.unfold()

    if node.meanings:
        found.append((index, node.meanings))

    if node.next and index < len(tokens):
        _find_further(tokens, index, node, lexicon, found)

    for group, following in node.groups.items():
        ends: list[Found] = []
        _find_ends(tokens, index, lexicon.groups[group], lexicon, ends)
        for end, _ in ends:
            _find_ends(tokens, end, following, lexicon, found)

    if node.gap is not None:
        _find_after_gap(tokens, index, node.gap, lexicon, found)


def _find_further(tokens: Sequence[Token], index: int, node: PhraseTree, lexicon: Lexicon, found: list[Found]) -> None:
    """Do what `_find_ends` does for the phrases that go on with the word at *index*, an exactly spelt one first."""
    token = tokens[index]
    exact = node.next.get(EXACT + token.spelt)
    if exact is not None:
        _find_ends(tokens, index + 1, exact, lexicon, found)

    for following in node.after(token.text):
        _find_ends(tokens, index + 1, following, lexicon, found)

    if token.text == "-" and _is_hyphen(tokens, index) and tokens[index + 1].text in node.next:
        _find_ends(tokens, index + 2, node.next[tokens[index + 1].text], lexicon, found)


def _is_hyphen(tokens: Sequence[Token], index: int) -> bool:
    """Whether the hyphen at *index* joins two words: it is as good as the blank of a phrase."""
    joining = tokens[index].glued and 0 < index < len(tokens) - 1
    return joining and tokens[index + 1].kind == "word" and tokens[index + 1].glued


def _find_after_gap(tokens: Sequence[Token], index: int, gap: PhraseTree, lexicon: Lexicon, found: list[Found]) -> None:
    for start in range(index, min(index + LONGEST_GAP, len(tokens)) + 1):
        _find_ends(tokens, start, gap, lexicon, found)
        if start < len(tokens) and tokens[start].kind != "word":
            return


def _single(token: Token, lexicon: Lexicon) -> Mark:
    if token.kind != "word":
        return Mark(token.text, ((token.kind, 0),), token)

    for name in _spelt_like(token.text, lexicon):
        following = lexicon.phrases.next.get(name)
        if following is not None and following.meanings:
            return Mark(name, (*following.meanings, (MISSPELT, 0)), token)

    return Mark(token.text, ((UNKNOWN, 0),), token)


_SHORTEST_FORGIVEN = 5


def _spelt_like(word: str, lexicon: Lexicon) -> Iterator[str]:
    if len(word) < _SHORTEST_FORGIVEN:
        return

    for spelling in without_one_letter(word):
        yield from (name for name in lexicon.misspelt.get(spelling, ()) if name[0] == word[0])


@lru_cache(maxsize=256)
def _names(performers: tuple[str, ...], lexicon: Lexicon) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Index every form of a performer's name: whole, without title, any one of its words, with the title."""
    forms: dict[tuple[str, ...], tuple[int, ...]] = {}
    for index, performer in enumerate(performers):
        words = tuple(token.text for token in tokenize(performer) if token.kind == "word")
        bare = tuple(word for word in words if word not in lexicon.titles)
        title = words[: len(words) - len(bare)]
        shown = {words, bare, *((word,) for word in bare), *((*title, word) for word in bare)}
        declined = {each for form in shown for each in product(*(_declined(word, lexicon) for word in form))}
        for form in declined - {()}:
            forms[form] = (*forms.get(form, ()), index)

    return {form: indices for form, indices in forms.items() if len(indices) == 1}


def _declined(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """A name's *word* in every case: 'Zielinski', 'Zielinskiego', …; titles stay as they are."""
    if word in lexicon.titles:
        return (word,)

    endings = [ending for ending in lexicon.name_endings if word.endswith(ending) and len(word) > len(ending) + 1]
    if not endings:
        return (word,)

    ending = max(endings, key=len)
    stem = word[: len(word) - len(ending)]
    return tuple(dict.fromkeys((word, *(stem + other for other in lexicon.name_endings[ending]))))


def _named(
    tokens: Sequence[Token],
    index: int,
    names: dict[tuple[str, ...], tuple[int, ...]],
    lexicon: Lexicon,
    before: Sequence[Mark],
) -> Mark | None:
    longest = max(map(len, names), default=0)
    for length in range(min(longest * 2, len(tokens) - index), 0, -1):
        words = tuple(token.text for token in tokens[index : index + length] if token.kind == "word")
        possessive = bool(words) and words not in names and words[-1].endswith("s")
        form = (*words[:-1], words[-1][:-1]) if possessive else words
        if form not in names or tokens[index + length - 1].kind != "word" or tokens[index].kind != "word":
            continue

        if _is_common(form, lexicon) and not _looks_like_name(tokens[index], before):
            continue

        meanings: tuple[Meaning, ...] = (("performer", names[form][0]),)
        return Mark(" ".join(form), meanings, tokens[index], length)

    return None


def _is_common(words: tuple[str, ...], lexicon: Lexicon) -> bool:
    """Whether a name is also a word of the language (Will, May, Joy)."""
    return len(words) == 1 and fold(words[0]) in lexicon.phrases.next


def _looks_like_name(token: Token, before: Sequence[Mark]) -> bool:
    after_with = bool(before) and before[-1].has("with")
    starts_sentence = not before or before[-1].token.kind in ("mark", "newline")
    return token.capital and (after_with or not starts_sentence)
