"""Tell what kind of mail a message is, so that machines are never answered and never act (SPEC R6). Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from email import message_from_bytes
from functools import cache
from importlib.resources import files
from typing import Literal

from mailin.html_quotes import html_lines
from mailin.message import Message
from mailin.quote_lines import is_forward_mark

Kind = Literal["reply", "forward", "auto_reply", "bounce", "calendar", "list", "own", "unreadable"]
"""What a message is; only a "reply" holds words that may act."""


def kind_of(message: Message, *, mail_from: str | None, own_domain: str, own_addresses: Collection[str] = ()) -> Kind:
    """Return what *message* is, asked in the order in which the answers rule each other out.

    *mail_from* is the envelope sender: "" or "<>" is the null return path of RFC 5321, None that there was no envelope
    (then Return-Path stands in). *own_addresses* are further addresses that we send from, lower-case.
    """
    null_path = _is_null(mail_from, message)
    if _is_bounce(message, null_path=null_path):
        return "bounce"

    if _is_own(message, mail_from or "", own_domain.lower(), own_addresses):
        return "own"

    if message.calendar is not None and message.calendar_method in _CALENDAR_ANSWERS:
        return "calendar"

    if _is_auto_reply(message) or null_path:
        return "auto_reply"

    if _is_list(message):
        return "list"

    if not message.readable:
        return "unreadable"

    return "forward" if _is_forward(message) else "reply"


def failed_recipients(message: Message) -> tuple[str, ...]:
    """Return the addresses that a bounce says could not be reached for good, lower-case, none if it names none.

    flufl.bounce knows some hundred dialects; the Final-Recipient of RFC 3464 stands in where it finds nothing.
    """
    found = {address.lower() for address in _heuristic_failures(message)}
    if not found:
        found = {address.lower() for address in _reported_failures(message.delivery_status or "")}
    return tuple(sorted(found))


def is_only_late(message: Message) -> bool:
    """Return whether a report says that mail is delayed and nothing has failed: it is still on its way (RFC 3464)."""
    return "action: delayed" in (message.delivery_status or "").lower() and not failed_recipients(message)


_CALENDAR_ANSWERS = ("REPLY", "COUNTER")
_MAX_SCANNED = 32 * 1024
_MAX_NESTED = 30
_MARK_WITHIN = 200
_MARK_LENGTH = 200
_DAEMONS = ("mailer-daemon", "mail-daemon", "maildaemon", "postmaster", "mailerdaemon")
_SILENT = (
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "autoresponder",
    "autoreply",
)
_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from", "x-vacation")
_LIST_HEADERS = ("list-id", "list-post", "list-help", "mailing-list", "x-mailing-list", "x-mailman-version")
_FINAL = re.compile(
    r"^(?:Final|Original)-Recipient:[ \t]{0,20}(?:rfc822;)?[ \t]{0,20}<?([^<>\s;]{3,254})>?",
    re.MULTILINE | re.IGNORECASE,
)
_ACTION = re.compile(r"^Action:[ \t]{0,20}failed", re.MULTILINE | re.IGNORECASE)
_PREFIX = re.compile(r"^\W{0,5}([^\s:：\[\]()]{1,14}) ?(?:\[\d{1,3}\]|\(\d{1,3}\))? ?[:：]")


@dataclass(frozen=True, slots=True)
class _MachineWords:
    auto_reply: tuple[str, ...]
    forward: frozenset[str]
    reply: frozenset[str]


@cache
def _words() -> _MachineWords:
    tables = tomllib.loads(files("mailin").joinpath("machine_words.toml").read_text("utf-8")).values()
    replies = {word.casefold() for table in tables for word in table["reply"]}
    return _MachineWords(
        auto_reply=tuple({word.casefold() for table in tables for word in table["auto_reply"]}),
        # "VS" answers in one language and forwards in another; taking it for an answer loses nobody's words.
        forward=frozenset({word.casefold() for table in tables for word in table["forward"]} - replies),
        reply=frozenset(replies),
    )


def _is_null(mail_from: str | None, message: Message) -> bool:
    if mail_from is not None:
        return mail_from.strip() in ("", "<>")

    return any(value.strip() == "<>" for value in message.header("return-path")[:1])


def _is_bounce(message: Message, *, null_path: bool) -> bool:
    if message.content_type == "multipart/report" and "disposition-notification" in _content_type(message):
        # A read receipt (RFC 8098) is a machine's answer, but nothing failed.
        return False

    if message.delivery_status is not None or "delivery-status" in _content_type(message):
        return True

    if any(value.strip() for value in message.header("x-failed-recipients")):
        return True

    local = (message.sender or "").partition("@")[0]
    suspicious = null_path or local in _DAEMONS
    if not suspicious or message.calendar is not None:
        return False

    # Vacation programs use the null return path too (RFC 3834), and they say so.
    answered = _submitted(message).startswith("auto-replied") or _has_auto_subject(message)
    return not answered or bool(_heuristic_failures(message))


def _content_type(message: Message) -> str:
    return " ".join(message.header("content-type")[:1]).lower()


def _heuristic_failures(message: Message) -> frozenset[str]:
    """Return what flufl.bounce finds in the beginning of the message; nothing if its nesting could stall the parser."""
    head = message.raw[:_MAX_SCANNED]
    if head.lower().count(b"boundary") > _MAX_NESTED or head.lower().count(b"message/") > _MAX_NESTED:
        return frozenset()

    # Imported here: it brings a hundred detectors, and most mail is no bounce.
    from flufl.bounce import scan_message  # noqa: PLC0415 -- as said above

    try:
        found = scan_message(message_from_bytes(head))
    except Exception:  # noqa: BLE001 -- detectors trip over broken reports in any way; the plain reader follows
        return frozenset()

    return frozenset(address.decode("utf-8", "replace") for address in found)


def _reported_failures(report: str) -> list[str]:
    return _FINAL.findall(report) if _ACTION.search(report) else []


def _is_own(message: Message, mail_from: str, own_domain: str, own_addresses: Collection[str]) -> bool:
    """Return whether our own mail came back: our address, Message-ID, mark, or an envelope sender of ours."""
    if not own_domain:
        return False

    sources = (message.sender or "", mail_from.strip("<> ").lower(), (message.message_id or "").lower())
    mine = any(source.endswith(f"@{own_domain}") for source in sources)
    marked = any(value.strip().lower() == own_domain for value in message.header("x-rebook"))
    return mine or marked or message.sender in own_addresses


def _submitted(message: Message) -> str:
    return " ".join(message.header("auto-submitted")[:1]).strip().lower()


def _has_auto_subject(message: Message) -> bool:
    return message.subject.casefold().startswith(_words().auto_reply)


def _precedence(message: Message) -> set[str]:
    values = (*message.header("precedence"), *message.header("x-precedence"))
    return {value.strip().lower() for value in values}


def _is_auto_reply(message: Message) -> bool:
    """Return whether a program wrote it. X-Auto-Response-Suppress proves nothing: Outlook sets it on people's mail."""
    if _submitted(message) not in ("", "no") or any(message.header(name) for name in _AUTO_HEADERS):
        return True

    if _precedence(message) & {"auto_reply", "junk"} or message.header("x-ms-exchange-inbox-rules-loop"):
        return True

    local = (message.sender or "").partition("@")[0]
    if local.startswith(_SILENT) or local in _DAEMONS or "disposition-notification" in _content_type(message):
        return True

    return _has_auto_subject(message)


def _is_list(message: Message) -> bool:
    return bool(_precedence(message) & {"list", "bulk"}) or any(message.header(name) for name in _LIST_HEADERS)


def _is_forward(message: Message) -> bool:
    """Return whether somebody passed another's mail on: by the subject's prefix, or the mark that opens the body."""
    prefix = _PREFIX.match(message.subject)
    named = prefix.group(1).casefold() if prefix else ""
    if named in _words().forward:
        return True

    if named in _words().reply:
        return False

    return any(is_forward_mark(line) for line in _first_lines(message) if not line.lstrip().startswith(">"))


def _first_lines(message: Message) -> list[str]:
    """Return the beginning of the body, where a mark would stand: one short line of its own."""
    if message.text and message.text.strip():
        lines = message.text[:_MAX_SCANNED].split("\n")
    else:
        lines = [line.words for line in html_lines((message.html or "")[:_MAX_SCANNED])]
    return [line for line in lines[:_MARK_WITHIN] if len(line) <= _MARK_LENGTH]
