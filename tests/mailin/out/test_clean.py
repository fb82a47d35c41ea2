"""Strings from guests and imports, made safe to stand in a mail."""

from __future__ import annotations

import pytest

from mailin.out.clean import address, colour


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
