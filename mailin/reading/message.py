"""Read a raw message into a `Message`: bounded, tolerant, never raising. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime

from mailin.reading.flowed import unflowed
from mailin.reading.parts import MAX_BYTES, Part, read_parts
from mailin.reading.sealed import Sealed, clear_signed, sealed_as

Headers = tuple[tuple[str, str], ...]
"""Header lines in the order of the message: lower-cased name, unfolded value."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a raw message says. Nothing here is trusted: a sender can write any header.

    `sender` is the lower-cased address of From, None where there is none or more than one (SPEC R7).
    `text`, `html` and `calendar` are the first part of their kind that is no attachment; `date` is aware UTC.
    `defects` name what was broken or cut, for the log; they carry nothing of the content. What can hold a token is left
    out of the representation (SPEC T5).
    """

    sender: str | None = None
    sender_name: str = ""
    reply_to: str | None = None
    to: tuple[str, ...] = field(default=(), repr=False)
    cc: tuple[str, ...] = field(default=(), repr=False)
    subject: str = ""
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    text: str | None = field(default=None, repr=False)
    html: str | None = field(default=None, repr=False)
    calendar: str | None = field(default=None, repr=False)
    calendar_method: str | None = None
    delivery_status: str | None = field(default=None, repr=False)
    content_type: str = "text/plain"
    attachments: int = 0
    sealed: Sealed | None = None
    headers: Headers = field(default=(), repr=False)
    defects: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> tuple[str, ...]:
        """Return every value of the header *name*, topmost first, in any case of letters."""
        wanted = name.lower()
        return tuple(value for header, value in self.headers if header == wanted)

    @property
    def readable(self) -> bool:
        """Whether there are words or a calendar answer in it at all (a bare attachment or an envelope has none)."""
        if self.sealed is not None:
            return False

        return bool(self.headers) and not (self.text is None and self.html is None and self.calendar is None)


def read_message(raw: bytes) -> Message:
    """Read *raw* (RFC 5322, as received). Never raises; what is broken or cut becomes a defect (SPEC L1)."""
    parts, defects = read_parts(raw)
    root = parts[0]
    troubles = list(defects)
    senders = _addresses(root.headers, "from", troubles)
    sender = senders[0] if len(senders) == 1 else ("", None)
    replies = _addresses(root.headers, "reply-to", troubles)
    leaves = [part for part in parts if not part.is_container]
    text = _typed_text(_first(leaves, "text/plain"))
    calendar = _first(leaves, "text/calendar") or _first(leaves, "application/ics")
    return Message(
        sender=sender[1],
        sender_name=sender[0],
        reply_to=replies[0][1] if len(replies) == 1 else None,
        to=tuple(address for _, address in _addresses(root.headers, "to", troubles)),
        cc=tuple(address for _, address in _addresses(root.headers, "cc", troubles)),
        subject=_words(_value(root.headers, "subject"), troubles),
        message_id=next(iter(_ids(_value(root.headers, "message-id"))), None),
        in_reply_to=_ids(_value(root.headers, "in-reply-to")),
        references=_ids(_value(root.headers, "references")),
        date=_instant(_value(root.headers, "date"), troubles),
        text=text,
        html=_text(_first(leaves, "text/html")),
        calendar=_text(calendar),
        calendar_method=_method(calendar),
        delivery_status=_text(_first(leaves, "message/delivery-status", attached=True)),
        content_type=root.content_type,
        attachments=sum(part.is_attachment for part in leaves),
        sealed=sealed_as(parts, text),
        headers=root.headers,
        defects=tuple(troubles),
        raw=raw[:MAX_BYTES],
    )


_ID = re.compile(r"<([^<>\s]{1,500})>")
_MAX_IDS = 100
_ATOMS = r"[A-Za-z0-9_+=-]+(?:\.[A-Za-z0-9_+=-]+)*"
_ADDRESS = rf"{_ATOMS}@{_ATOMS}"
_PLAIN_MAILBOX = re.compile(
    rf" ?(?:(?P<bare>{_ADDRESS})|(?:(?P<shown>[A-Za-z]+(?: [A-Za-z]+)*) )?<(?P<address>{_ADDRESS})>)"
)
"""What most addresses look like; all others are left to the standard parser, which takes its time."""
_METHOD = re.compile(r"^METHOD:([A-Za-z]{1,20})", re.MULTILINE)


def _first(leaves: list[Part], content_type: str, *, attached: bool = False) -> Part | None:
    wanted = [part for part in leaves if part.content_type == content_type and (attached or not part.is_attachment)]
    if content_type == "application/ics":
        wanted = [part for part in leaves if part.content_type == content_type]

    # Some clients put an empty part before the one that carries the words.
    return next((part for part in wanted if part.body.strip()), wanted[0] if wanted else None)


def _text(part: Part | None) -> str | None:
    return None if part is None else part.text()


def _typed_text(part: Part | None) -> str | None:
    if part is None:
        return None

    text = clear_signed(part.text())
    if part.parameters.get("format", "").lower() != "flowed":
        return text

    return unflowed(text, deletes_space=part.parameters.get("delsp", "").lower() == "yes")


def _method(part: Part | None) -> str | None:
    """Return the iTIP method that the calendar body itself names, else the one of its MIME parameter (RFC 6047)."""
    if part is None:
        return None

    found = _METHOD.search(part.text())
    method = found.group(1) if found else part.parameters.get("method", "")
    return method.upper() or None


def _value(headers: Headers, name: str) -> str:
    return next((value for header, value in headers if header == name), "")


def _words(value: str, troubles: list[str]) -> str:
    """Return *value* with its encoded words decoded (RFC 2047), on one line."""
    if value.isascii() and "=?" not in value:
        return " ".join(value.split())

    try:
        decoded = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        # An unknown charset or a broken encoded word: the raw characters say more than nothing.
        troubles.append("encoded word")
        decoded = value
    clean = decoded.encode("utf-8", "replace").decode("utf-8")
    return " ".join(clean.split())


def _addresses(headers: Headers, name: str, troubles: list[str]) -> list[tuple[str, str]]:
    """Return (display name, lower-cased address) of every mailbox in the headers called *name*."""
    values = [value for header, value in headers if header == name]
    if not values:
        return []

    plain = _PLAIN_MAILBOX.fullmatch(values[0]) if len(values) == 1 else None
    if plain is not None:
        return [(plain["shown"] or "", (plain["bare"] or plain["address"]).lower())]

    try:
        pairs = getaddresses(values)
    except (RecursionError, ValueError, IndexError, AttributeError):
        # The standard parser recurses into nested comments and trips over some broken groups.
        troubles.append(f"{name} header")
        return []

    return [(_words(shown, troubles), address.strip().lower()) for shown, address in pairs if "@" in address]


def _ids(value: str) -> tuple[str, ...]:
    """Return the message ids in *value* without brackets; commas between them (Exchange) do not matter."""
    found = _ID.findall(value)
    if not found and value.strip() and "<" not in value:
        found = value.replace(",", " ").split()

    return tuple(found[:_MAX_IDS])


def _instant(value: str, troubles: list[str]) -> datetime | None:
    if not value:
        return None

    try:
        written = parsedate_to_datetime(value)
        # RFC 5322: "-0000" is UTC with nothing said about the local zone; Python gives it no zone.
        return written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        troubles.append("date header")
        return None
