"""The accent of a business on its pages: one checked colour in one small style, allowed by its hash. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from core.model import Settings

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_DARKEST_BACKGROUND_FOR_BLACK = 0.179  # where black and white have the same contrast (WCAG 2.1 relative luminance)


@dataclass(frozen=True, slots=True)
class Style:
    """What stands in the page's `<style>`, and the source that lets a Content-Security-Policy allow just that."""

    rules: str
    source: str


@lru_cache(maxsize=256)
def accent_style(accent: str) -> Style:
    """Return the style of *accent*; anything but a plain `#rrggbb` counts as the colour that settings begin with."""
    colour = accent if _COLOUR.fullmatch(accent) else Settings().accent
    rules = f":root{{--accent:{colour};--on-accent:{readable_on(colour)}}}"
    return Style(rules, f"'sha256-{b64encode(sha256(rules.encode()).digest()).decode()}'")


def readable_on(colour: str) -> str:
    """Return black or white, whichever is easier to read on *colour* (`#rrggbb`, WCAG 2.1)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 sRGB's own
        for channel in channels
    ]
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if luminance > _DARKEST_BACKGROUND_FOR_BLACK else "#ffffff"
