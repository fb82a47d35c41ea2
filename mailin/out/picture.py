"""A picture that stands in a mail: known by its first bytes, whatever it is called elsewhere. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

LARGEST = 64 * 1024
"""Bytes of a picture; it travels with every mail."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, and its MIME type such as "image/png"."""

    content_type: str
    data: bytes

    @property
    def name(self) -> str:
        """A name by its content: the same picture has the same one in every mail."""
        return hashlib.sha256(self.data).hexdigest()[:16]


def read_picture(data: bytes) -> Picture | None:
    """Return *data* as a picture if mail programs show it: PNG, JPEG, GIF or WebP of at most `LARGEST` bytes."""
    content_type = _content_type(data)
    return None if content_type is None or len(data) > LARGEST else Picture(content_type, data)


def _content_type(data: bytes) -> str | None:
    """Return the MIME type by the signature that each format begins with; SVG is none: it can hold scripts."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"

    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"

    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"

    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
