"""What makes strings from guests and imports safe to stand in a mail's headers and style. Pure."""

from __future__ import annotations

import re

from core.plain_text import one_line

_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ADDRESS_TRICKS = str.maketrans(dict.fromkeys('<>,;:()[]"\\'))


def address(text: str) -> str:
    """Return *text* as one bare ASCII address fit for a header; empty if that cannot be."""
    bare = one_line(text, limit=320).translate(_ADDRESS_TRICKS)
    if _ADDRESS.fullmatch(bare) is None:
        return ""

    local, domain = bare.split("@")
    if not local.isascii():
        return ""

    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""


def colour(text: str, otherwise: str) -> str:
    """Return *text* if it is a plain `#rrggbb`, else *otherwise*: it is written into a style sheet."""
    return text if _COLOUR.fullmatch(text) else otherwise
