"""What an IMAP server and its client say, line by line (RFC 3501): read and written. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Response:
    """One response: its line with the literals left out of it, and these."""

    line: bytes
    literals: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """One message of a folder: `size` in octets as the server counts them, `flags` in lower case."""

    uid: int
    size: int
    flags: frozenset[str] = field(compare=False)
    arrived: datetime | None = field(compare=False)


def literal_size(line: bytes) -> int | None:
    """Return how many octets of a literal follow *line*, None if it is complete."""
    found = _LITERAL.search(line)
    return int(found[1]) if found else None


def read_selected(line: bytes) -> tuple[str, int] | None:
    """Return the number of a folder that *line* states: UIDVALIDITY or UIDNEXT."""
    found = _SELECTED.match(line)
    return (found[1].decode().upper(), int(found[2])) if found else None


def tells_of_mail(line: bytes) -> bool:
    """Return whether *line* says how many messages there are: sent by itself, it means that one came."""
    return _EXISTS.match(line) is not None


def is_body_of(line: bytes, uid: int) -> bool:
    """Return whether *line* brings the octets of the message *uid* that were asked for."""
    found = _UID.search(line)
    return bool(_FETCHED.match(line) and found and int(found[1]) == uid and b"BODY[" in line.upper())


def read_listed(line: bytes) -> Listed | None:
    """Return the message that *line* lists, None if it lists none."""
    uid, size, flags, arrived = (one.search(line) for one in (_UID, _SIZE, _FLAGS, _ARRIVED))
    if not _FETCHED.match(line) or uid is None or size is None:
        return None

    named = flags[1].decode("ascii", "replace").lower().split() if flags else []
    return Listed(int(uid[1]), int(size[1]), frozenset(named), _instant(arrived[1]) if arrived else None)


def shown(line: bytes) -> str:
    """Return what a server said, fit for a log."""
    return "".join(char if char.isprintable() else "?" for char in line.decode("utf-8", "replace"))[:200]


def quoted(text: str) -> str:
    """Return *text* as a quoted string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def folder_name(name: str) -> str:
    """Return a folder's name as the wire has it: quoted, in modified UTF-7 (RFC 3501, 5.1.3)."""
    pieces = re.split(r"([^ -~]+)", name)
    pieces[::2] = [piece.replace("&", "&-") for piece in pieces[::2]]
    pieces[1::2] = [f"&{_base64_of(piece)}-" for piece in pieces[1::2]]
    return quoted("".join(pieces))


_LITERAL = re.compile(rb"\{([0-9]{1,20})\}\Z")
_EXISTS = re.compile(rb"\* [0-9]+ EXISTS")
_FETCHED = re.compile(rb"\* [0-9]+ FETCH \(", re.IGNORECASE)
_SELECTED = re.compile(rb"\* OK \[(UIDVALIDITY|UIDNEXT) ([0-9]{1,10})\]", re.IGNORECASE)
_UID = re.compile(rb"[( ]UID ([0-9]{1,10})\b", re.IGNORECASE)
_SIZE = re.compile(rb"[( ]RFC822\.SIZE ([0-9]{1,18})\b", re.IGNORECASE)
_FLAGS = re.compile(rb"[( ]FLAGS \(([^()]*)\)", re.IGNORECASE)
_ARRIVED = re.compile(rb"[( ]INTERNALDATE \"([^\"]{1,40})\"", re.IGNORECASE)


def _instant(text: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(text.decode("ascii", "replace").strip()).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _base64_of(text: str) -> str:
    return b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
