"""Lays out a mail's bytes: folded headers, encoded words, parts (RFC 5322, 2045-2047). Pure.

The standard library's generator re-parses and re-folds every header, a third of the time a mail took, and puts a long
Message-ID on a line of its own, where some programs lose it.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailin.out.picture import Picture

LINE = 76
"""Octets of a header line that are not exceeded where a space allows it."""

_WORD_OCTETS = 39
"""UTF-8 octets in one encoded word: 52 in base64, 64 with its frame, 73 after `Subject:`; a line with one has at most
76 (RFC 2047 2)."""

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Entity:
    """One part of a mail, or a whole body: what its headers say, and its encoded content with CRLF lines."""

    headers: tuple[tuple[str, str], ...]
    content: bytes


def text_part(subtype: str, text: str) -> Entity:
    """Return *text* (LF lines) as a readable part of UTF-8."""
    encoded = binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
    headers = (("Content-Type", f"text/{subtype}; charset=utf-8"), ("Content-Transfer-Encoding", "quoted-printable"))

    return Entity(headers, encoded)


def binary_part(content_type: str, data: bytes, file_name: str | None = None) -> Entity:
    """Return *data* byte for byte, as an attachment if it has a *file_name* (ASCII, without quotes)."""
    encoded = binascii.b2a_base64(data, newline=False)
    lines = (encoded[at : at + LINE] for at in range(0, len(encoded), LINE))
    headers = [("Content-Type", content_type), ("Content-Transfer-Encoding", "base64")]
    if file_name is not None:
        headers.append(("Content-Disposition", f'attachment; filename="{file_name}"'))

    return Entity(tuple(headers), b"\r\n".join(lines) + b"\r\n")


def inline_part(picture: Picture, content_id: str) -> Entity:
    """Return *picture* as a part that the HTML beside it shows as `cid:CONTENT_ID` (RFC 2392)."""
    plain = binary_part(picture.content_type, picture.data)
    shown = (("Content-ID", f"<{content_id}>"), ("Content-Disposition", "inline"))
    return Entity((*plain.headers, *shown), plain.content)


def multipart(subtype: str, parts: Iterable[Entity], *, secret: str) -> Entity:
    """Return *parts* as one. The boundary comes from *secret*, so that no part can be made to contain it."""
    boundary = f"={hashlib.sha256(f'{subtype} {secret}'.encode()).hexdigest()[:32]}"
    inner = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), assemble((), part)) for part in parts)
    headers = (("Content-Type", f'multipart/{subtype}; boundary="{boundary}"'),)

    return Entity(headers, inner + b"--%b--\r\n" % boundary.encode())


def assemble(headers: Headers, entity: Entity) -> bytes:
    """Return *headers*, then those of *entity*, then its content."""
    lines = (_folded(name, value) for name, value in (*headers, *entity.headers))
    return "".join(lines).encode("ascii") + b"\r\n" + entity.content


def worded(text: str) -> str:
    """Return *text* (one line) as a header says it: encoded where it is not ASCII or poses as encoded (RFC 2047)."""
    if text.isascii() and "=?" not in text:
        return text

    return " ".join(f"=?utf-8?b?{binascii.b2a_base64(piece, newline=False).decode()}?=" for piece in _pieces(text))


def _pieces(text: str) -> Iterator[bytes]:
    """Yield *text* in UTF-8 pieces that fit one encoded word, no character cut in two."""
    piece = b""
    for sign in text:
        octets = sign.encode()
        if len(piece) + len(octets) > _WORD_OCTETS:
            yield piece
            piece = b""

        piece += octets

    yield piece


def _folded(name: str, value: str) -> str:
    """Return one header, folded at spaces; the first word stays beside the name however long it is."""
    whole = f"{name}: {value}"
    if len(whole) <= LINE:
        return f"{whole}\r\n"

    lines = [f"{name}:"]
    for position, word in enumerate(value.split(" ")):
        if position and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append("")

        lines[-1] += f" {word}"

    return "\r\n".join(lines) + "\r\n"
