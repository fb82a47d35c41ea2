"""The colours of one business's mails, made of its one accent so that words stay readable by day and night. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_DARKEST_BACKGROUND_FOR_BLACK = 0.179
"""Where black and white have the same contrast (WCAG 2.1 relative luminance)."""

_SEEN_ON_DARK = 0.145
"""Luminance from which an edge stands out by 3 to 1 from the card of the dark theme (WCAG 2.1, 1.4.11)."""

_STEPS = 10


@dataclass(frozen=True, slots=True)
class Colours:
    """`accent` as the business chose it, what is written on it, and its edge on a dark card, all as `#rrggbb`."""

    accent: str
    on_accent: str
    dark_edge: str


@lru_cache(maxsize=256)
def colours_of(accent: str) -> Colours:
    """Return the colours that go with *accent* (`#rrggbb`)."""
    on_accent = "#000000" if _luminance(accent) > _DARKEST_BACKGROUND_FOR_BLACK else "#ffffff"
    lighter = (_mixed_with_white(accent, step / _STEPS) for step in range(_STEPS + 1))
    dark_edge = next(shade for shade in lighter if _luminance(shade) >= _SEEN_ON_DARK)
    return Colours(accent, on_accent, dark_edge)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _mixed_with_white(colour: str, share: float) -> str:
    return "#" + "".join(f"{round(channel + (255 - channel) * share):02x}" for channel in _channels(colour))


def _luminance(colour: str) -> float:
    """Return the relative luminance of *colour* (WCAG 2.1), 0 to 1."""
    red, green, blue = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own
        for channel in (one / 255 for one in _channels(colour))
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
