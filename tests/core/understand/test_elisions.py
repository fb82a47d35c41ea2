"""Little words that lose a letter before an apostrophe are words of their own, typed with or without it."""

import pytest

from core.understand.tokens import cut_elisions, tokenize

ELISIONS = frozenset({"l", "j", "qu", "dell"})
KNOWN = frozenset({"annule", "heure", "jeune"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("j'annule", ["j", "annule"]),
        ("J’annule", ["j", "annule"]),
        ("jannule", ["j", "annule"]),
        ("l'heure", ["l", "heure"]),
        ("dell'app", ["dell", "app"]),
        ("jeune", ["jeune"]),
        ("lheures", ["lheures"]),
        ("aujourd'hui", ["aujourdhui"]),
        ("martedi' alle", ["martedi", "alle"]),
    ],
)
def test_elided_words_are_cut_off(text: str, words: list[str]) -> None:
    """L4: a known word is left whole, an unknown one is only cut where its rest is known."""
    assert [token.text for token in cut_elisions(tokenize(text), ELISIONS, KNOWN)] == words


def test_a_language_without_elisions_keeps_its_words() -> None:
    """L4: English we'd is one word."""
    assert [token.text for token in cut_elisions(tokenize("we'd"), frozenset(), KNOWN)] == ["wed"]
