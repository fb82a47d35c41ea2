"""One word lets someone else speak or ends it; anything more is left to a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.understand.lexicon import BadLexicon, available_languages
from core.understand.read import lexicons_for
from core.understand.speaking import Speaking, load_speaking, speaking_of


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("ALLOW", "allow"),
        ("allow.", "allow"),
        ("  Allow them!\n", "allow"),
        ("Allow\n\nThanks,\nJo", "allow"),
        ("Allow\nKind regards\nJo", "allow"),
        ("DISALLOW", "withdraw"),
        ("Don't allow them", "withdraw"),
        ("stop", "withdraw"),
        ("", None),
        ("allow me to ask something", None),
        ("do not allow", None),
        ("allow?! who is that", None),
        ("Allow\nTuesday at 11:30", None),
        ("Allow\nPlease cancel my booking", None),
        ("Allow\nbut not to cancel", None),
        ("Thanks\nallow", None),
        ("allow " * 100, None),
        ("1", None),
        ("...", None),
    ],
)
def test_only_the_bare_word_counts(text: str, meaning: Speaking | None) -> None:
    """R7: this decides who may move a booking."""
    assert speaking_of(text, lexicons_for("en"), guest="Jo") == meaning


@pytest.mark.parametrize("language", available_languages())
def test_every_language_has_words_of_its_own_for_both(language: str) -> None:
    """L4: and none of them means both."""
    assert set(load_speaking(language).values()) == {"allow", "withdraw"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('allow = ["allow"]', "speaking.toml: withdraw: must be a list of phrases"),
        ('allow = []\nwithdraw = ["stop"]', "speaking.toml: allow: must be a list of phrases"),
        ('allow = ["..."]\nwithdraw = ["stop"]', "speaking.toml: allow: must be a list of phrases"),
        ('allow = ["allow"]\nwithdraw = ["stop"]\nperhaps = ["x"]', "speaking.toml: perhaps: unknown key"),
    ],
)
def test_wrong_words_are_named(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "speaking.toml").write_text(content)

    with pytest.raises(BadLexicon) as caught:
        load_speaking("xx", tmp_path)

    assert caught.value.problems == (problem,)


def test_a_language_without_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadLexicon, match=r"speaking\.toml: "):
        load_speaking("xx", tmp_path)
