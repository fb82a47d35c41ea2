"""Strings from guests and imports, made safe to stand in a mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailin.clean import address, colour, display_name, many_lines, one_line


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


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("jo@example.org", "jo@example.org"),
        (" <jo@example.org> ", "jo@example.org"),
        ("jo@żółw.example", "jo@xn--w-uga1v8h.example"),
        ("żó@example.org", ""),
        ("jo@example.org\r\nBcc: x@y.test", ""),
        ("jo", ""),
        ("a@b@c", ""),
        (f"jo@{'ż' * 70}.example", ""),
        (f"{'x' * 65}@example.org", ""),
    ],
)
def test_an_address_is_bare_ascii_or_nothing(text: str, bare: str) -> None:
    """L1: what is no address does not become a header."""
    assert address(text) == bare


def test_a_colour_is_a_colour() -> None:
    assert colour("#0A7d6c", "#000000") == "#0A7d6c"
    assert colour("#0a7d6c}", "#000000") == "#000000"
