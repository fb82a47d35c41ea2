"""Strings from guests and imports, made safe to be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plain_text import display_name, many_lines, one_line


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Jo", "Jo"),
        ("  Jo \t Łęcka ", "Jo Łęcka"),
        ("a\r\nb\nc\x0bd\x85e\u2028f", "a b c d e f"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("a\ud800b", "a b"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("x" * 201, "x" * 199 + "…"),
    ],
)
def test_a_value_becomes_one_printable_line(text: str, clean: str) -> None:
    """L1: line ends, controls and turns of direction are gone, letters of every script stay."""
    assert one_line(text) == clean


def test_a_guests_words_keep_their_lines() -> None:
    """R5: the team reads what was written, at most a page of it."""
    assert many_lines("\r\nHi,\r\n\r\n\r\n\r\nis there  parking? \rJo\x00\n") == "Hi,\n\nis there  parking?\nJo"
    assert len(many_lines("line\n" * 5000)) <= 4000


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Studio Nova", "Studio Nova"),
        ('Nova: "the" <salon> @ home, Inc.; (new)', "Nova the salon home Inc. new"),
        ("a@b.test", "a b.test"),
        ("x\r\nBcc: y", "x Bcc y"),
        ("", ""),
    ],
)
def test_a_display_name_has_none_of_the_signs_that_mislead(name: str, shown: str) -> None:
    assert display_name(name) == shown


@given(st.text(st.characters()))
def test_any_display_name_is_short_and_harmless(name: str) -> None:
    shown = display_name(name)

    assert len(shown) <= 75
    assert not set(shown) & set('@:,;"<>()[]\\\r\n\0')
    assert display_name(shown) == shown
