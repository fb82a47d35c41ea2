"""Tell mail whose words are locked away: encrypted, or packed as only one program reads it; and unwrap what is signed.

Pure. Nothing here opens an envelope: the guest is told kindly how to answer instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from mailin.reading.parts import Part

Sealed = Literal["encrypted", "winmail"]
"""Why a mail has words that cannot be read: S/MIME or PGP (RFC 8551, 3156, 9580), or Outlook's winmail.dat (TNEF)."""


def sealed_as(parts: Sequence[Part], text: str | None) -> Sealed | None:
    """Return what keeps the words of a message from us, None where there are words, or nothing to read at all.

    *text* is what of its plain text can be read. What is only signed can be read, and is.
    """
    if text is not None and _ARMOURED.match(text):
        return "encrypted"

    if parts[0].content_type == "multipart/encrypted" or any(part.content_type in _ENVELOPES for part in parts):
        return "encrypted" if not _has_words(parts, text) else None

    if any(part.content_type in _TNEF or _name(part) == "winmail.dat" for part in parts):
        return "winmail" if not _has_words(parts, text) else None

    return None


def clear_signed(text: str) -> str:
    """Return the words of *text* without the frame of a clear signature, if it has one (RFC 9580, 7)."""
    start = text.find(_SIGNED)
    if start < 0:
        return text

    head_end = text.find("\n\n", start)
    if head_end < 0:
        return text

    end = text.find(_SIGNATURE, head_end)
    words = text[head_end + 2 : len(text) if end < 0 else end]
    # Lines that begin with a dash are escaped with another.
    return text[:start] + re.sub(r"^- ", "", words, flags=re.MULTILINE)


_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"
_ARMOURED = re.compile(r"\s{0,20}-----BEGIN PGP MESSAGE-----")
_ENVELOPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


def _has_words(parts: Sequence[Part], text: str | None) -> bool:
    if text is not None and text.strip():
        return True

    return any(part.content_type == "text/html" and not part.is_attachment and part.body.strip() for part in parts)


def _name(part: Part) -> str:
    """Return the name that the sender gave *part*, lower-case."""
    return part.parameters.get("name", "").strip().lower()
