"""The look of a business on its pages: its accent and its logo, and what a page's policy must allow for them. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from core.model import Settings

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?")
"""What may stand in a policy: no sign that could end a source or a directive."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_DARKEST_BACKGROUND_FOR_BLACK = 0.179  # where black and white have the same contrast (WCAG 2.1 relative luminance)


@dataclass(frozen=True, slots=True)
class Style:
    """What stands in the page's `<style>`, and the source that lets a Content-Security-Policy allow just that."""

    rules: str
    source: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a business's pages look. `logo_origin` is where its logo may be loaded from; None without a logo."""

    style: Style
    logo_url: str | None
    logo_origin: str | None


def look_of(settings: Settings) -> Look:
    """Return the look that *settings* ask for; a logo whose address is not plain https is left out."""
    origin = _origin_of(settings.logo_url or "")
    return Look(accent_style(settings.accent), settings.logo_url if origin else None, origin)


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


def _origin_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None

    origin = f"{parts.scheme}://{parts.netloc.lower()}"
    return origin if _ORIGIN.fullmatch(origin) else None
