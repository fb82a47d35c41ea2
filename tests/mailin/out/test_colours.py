"""One accent, any accent: what is written on it and around it can be read and seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailin.out.colours import colours_of

DARK_CARD = "#1b1f23"
ACCENTS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.1), worked out apart from the code."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[1:][at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@given(ACCENTS)
def test_words_on_any_accent_can_be_read(accent: str) -> None:
    """WCAG 2.1, 1.4.3."""
    assert contrast(colours_of(accent).on_accent, accent) >= 4.5


@given(ACCENTS)
def test_the_edge_of_a_choice_is_seen_at_night(accent: str) -> None:
    """WCAG 2.1, 1.4.11."""
    assert contrast(colours_of(accent).dark_edge, DARK_CARD) >= 3


def test_a_bright_accent_stays_as_it_is() -> None:
    assert colours_of("#ffee00").dark_edge == "#ffee00"
