"""Split a raw message into its MIME parts under hard caps, in time linear in its size. Pure.

The standard library's parser checks every line against every open boundary and recurses: a megabyte of short lines
under some hundred nested parts keeps it busy for minutes (SPEC L1). Here depth, parts and headers are capped first.
"""

from __future__ import annotations

import binascii
import codecs
import re
from dataclasses import dataclass
from email.message import Message as StandardMessage

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 10
MAX_PARTS = 100
MAX_HEADERS = 500
MAX_HEADER_CHARACTERS = 8_000
MAX_HEADER_BYTES = 128 * 1024
MAX_TEXT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part: its headers (lower-cased names, unfolded), its content type, and its body before decoding."""

    headers: tuple[tuple[str, str], ...]
    content_type: str
    parameters: dict[str, str]
    is_attachment: bool
    body: bytes

    @property
    def is_container(self) -> bool:
        """Whether other parts stand inside it."""
        return self.content_type.startswith("multipart/") and "boundary" in self.parameters

    def text(self) -> str:
        """Return the body as text, at most `MAX_TEXT_BYTES` of it; a charset that is unknown or wrong never raises."""
        encoding = _header(self.headers, "content-transfer-encoding").strip().lower()
        body = _decoded(self.body[: 2 * MAX_TEXT_BYTES], encoding)[:MAX_TEXT_BYTES]
        return _characters(body, self.parameters.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")


def read_parts(raw: bytes) -> tuple[list[Part], list[str]]:
    """Return the parts of *raw*, the whole message first, and the names of what was broken or cut. Never raises."""
    defects: list[str] = []
    if len(raw) > MAX_BYTES:
        defects.append("too large")
        raw = raw[:MAX_BYTES]
    # Some stores put a newline before the headers; without this all of them would be lost.
    raw = raw.lstrip(b"\r\n")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    root = _part(raw, defects)
    found = [root]
    _collect(root, 1, found, defects)
    return found, sorted(set(defects))


_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]{0,20}:[ \t]{0,20}")
_UNSAFE_CODECS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
"""Text codecs of Python that no mail uses and that take quadratic time or run escapes."""


def _collect(part: Part, depth: int, found: list[Part], defects: list[str]) -> None:
    if not part.is_container:
        return

    if depth > MAX_DEPTH:
        defects.append("too deep")
        return

    for piece in _pieces(part.body, part.parameters["boundary"].encode("utf-8", "replace")):
        if len(found) >= MAX_PARTS:
            defects.append("too many parts")
            return

        child = _part(piece, defects)
        found.append(child)
        _collect(child, depth + 1, found, defects)


def _pieces(body: bytes, boundary: bytes) -> list[bytes]:
    """Return what stands between the delimiter lines of *boundary*, the closing one missing or not (RFC 2046)."""
    delimiter = b"\n--" + boundary
    body = b"\n" + body
    pieces: list[bytes] = []
    start = -1
    position = body.find(delimiter)
    while position >= 0 and len(pieces) <= MAX_PARTS:
        line_end = body.find(b"\n", position + len(delimiter))
        line_end = len(body) if line_end < 0 else line_end
        tail = body[position + len(delimiter) : line_end].strip()
        if tail in (b"", b"--"):
            if start >= 0:
                pieces.append(body[start:position])
            start = line_end + 1
            if tail:
                return pieces

        position = body.find(delimiter, line_end)
    if 0 <= start < len(body):
        pieces.append(body[start:])
    return pieces


def _part(raw: bytes, defects: list[str]) -> Part:
    headers, body = _split(raw, defects)
    content_type, parameters = _typed(_header(headers, "content-type"))
    disposition, named = _typed(_header(headers, "content-disposition"))
    attached = disposition == "attachment" or (not content_type.startswith("text/") and bool(named.get("filename")))
    return Part(headers, content_type or "text/plain", parameters, attached, body)


def _split(raw: bytes, defects: list[str]) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Return the unfolded headers and the body; a line that is no header ends them, as the standard parser has it."""
    headers: list[tuple[str, bytes]] = []
    position = 0
    while position < len(raw):
        end = raw.find(b"\n", position)
        end = len(raw) if end < 0 else end
        line = raw[position:end].rstrip(b"\r")
        match = _HEADER.match(line)
        if not line:
            position = end + 1
            break
        if line[:1] in b" \t" and headers:
            name, value = headers[-1]
            headers[-1] = (name, value + line if len(value) < MAX_HEADER_CHARACTERS else value)
        elif match and len(headers) < MAX_HEADERS:
            headers.append((match.group(1).decode("ascii").lower(), line[match.end() :]))
        elif match:
            defects.append("too many headers")
        elif not (position == 0 and line.startswith(b"From ")):
            defects.append("header without a name")
            break
        position = end + 1
        if position > MAX_HEADER_BYTES:
            defects.append("too many headers")
            blank = raw.find(b"\n\n", position)
            position = len(raw) if blank < 0 else blank + 2
            break
    decoded = tuple((name, _header_text(value[:MAX_HEADER_CHARACTERS])) for name, value in headers)
    return decoded, raw[position:]


def _header_text(value: bytes) -> str:
    text = value.decode("utf-8", "replace") if not value.isascii() else value.decode("ascii")
    return text.replace("\x00", "").replace("\r", " ").strip()


def _header(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for header, value in headers if header == name), "")


def _typed(value: str) -> tuple[str, dict[str, str]]:
    """Return the lower-cased type of a Content-… header and its parameters; a broken one has no type."""
    if not value:
        return "", {}

    holder = StandardMessage()
    holder["Content-Type"] = value.replace("\n", " ")
    try:
        pairs = holder.get_params() or []
        names = {name.lower(): _plain(setting) for name, setting in pairs[1:]}
    except (ValueError, LookupError, TypeError):
        # RFC 2231 continuations with broken counters or an unknown charset.
        return value.split(";", 1)[0].strip().lower(), {}

    return pairs[0][0].strip().lower() if pairs else "", names


def _plain(setting: object) -> str:
    """Return a parameter's value: RFC 2231 ones come as (charset, language, value)."""
    return str(setting[2]) if isinstance(setting, tuple) else str(setting)


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)

    if encoding == "base64":
        letters = body.translate(None, b" \t\r\n=")
        try:
            return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
        except binascii.Error:
            # A lone last character cannot be decoded; what stands before it can.
            return _decoded_rest(letters)

    return body


def _decoded_rest(letters: bytes) -> bytes:
    alphabet = re.sub(rb"[^A-Za-z0-9+/]", b"", letters)
    whole = alphabet[: len(alphabet) - len(alphabet) % 4]
    return binascii.a2b_base64(whole)


def _characters(body: bytes, charset: str) -> str:
    """Decode *body*: the named charset if it exists and fits, else UTF-8, else whatever can be read."""
    try:
        name = codecs.lookup(charset.strip().strip("\"'") or "utf-8").name.replace("-", "_")
        if name in _UNSAFE_CODECS:
            return body.decode("utf-8", "replace")

        return body.decode(name)
    except (LookupError, ValueError):
        # Unknown, no text codec, or the bytes are not what the label says: judged below.
        name = ""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252" if _is_western(charset) else "utf-8", "replace")


def _is_western(charset: str) -> bool:
    return charset.strip().lower() in ("us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252")
