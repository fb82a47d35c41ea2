"""One pipe for every log line, ours and the libraries', to stderr: no token and no whole e-mail address gets through.

Modules log with the standard library: `logging.getLogger(__name__)`, values in `extra=`. So does this pipe:
structlog did the same work for 0.4 s and 22 MiB at every start.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

TOKEN = "[token]"  # noqa: S105 - what stands in its place
"""Stands where a token stood."""

SHORTEST_TOKEN = 42
"""Characters of a token, and so of any text that holds one (SPEC T1)."""

LONGEST = 20_000
"""Characters of one value; what is longer is cut."""

QUIET = ("aiohttp.access", "alembic", "asyncio", "mail.log", "sqlalchemy")
"""Libraries that tell every step; only their warnings are wanted."""

Event = dict[str, Any]

# A manage token is 42 characters of base32 (SPEC T1). Longer runs count too: %2B and the like leave letters before it.
_TOKEN = re.compile(r"[A-Za-z2-7]{42,}")
# Line ends inside it, as mail leaves them, do not hide it (SPEC T2). Looked for second, else it takes neighbours along.
_WRAPPED_TOKEN = re.compile(r"(?:[A-Za-z2-7](?:=?\r?\n[> ]{0,8})?){41,}[A-Za-z2-7]")
_KEYED_ADDRESS = re.compile(r"\b(reply|cal)(\+|%2B)[A-Za-z0-9_.=~-]++", re.IGNORECASE)
_LOCAL = r"[^\s@<>()\[\],;:\"'\\/=]"
# Possessive and anchored at the start of a run: linear in the text, whatever a stranger made of it (SPEC L1).
_ADDRESS = re.compile(rf"(?<!{_LOCAL})({_LOCAL}){_LOCAL}*+@([\w.-]++)")
# What every record has; the rest came by `extra=`. Formatters of others leave the last two behind.
_OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "taskName", "message", "asctime"}


def set_up_logs(style: Literal["text", "json"]) -> None:
    """Send every log line, warning and uncaught exception of this process to stderr as *style*.

    May be called again, with another style.
    """
    handler = _Handler(sys.stderr)
    handler.setFormatter(_Json() if style == "json" else _Text())
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Handler)] + [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

    logging.captureWarnings(capture=True)
    _catch_the_uncaught()


def redact_text(text: str) -> str:
    """Return *text* with tokens as `[token]` and e-mail addresses as `j…@example.org` (SPEC T5)."""
    if len(text) < SHORTEST_TOKEN and "@" not in text and "+" not in text and "%2" not in text:
        return text

    cut = "…" if len(text) > LONGEST else ""
    text = text[: LONGEST + 200]  # a token that begins before the cut is seen whole
    text = _KEYED_ADDRESS.sub(rf"\1+{TOKEN}", text)
    text = _WRAPPED_TOKEN.sub(TOKEN, _TOKEN.sub(TOKEN, text))
    return _ADDRESS.sub(r"\1…@\2", text)[:LONGEST] + cut


class _Handler(logging.StreamHandler[TextIO]):
    """Ours; never shows the arguments of a line that cannot be written, as logging itself would."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        kind = sys.exc_info()[0]
        with suppress(OSError, ValueError):  # stderr itself is gone: nowhere is left to say so
            sys.stderr.write(f"a log line of {record.name} could not be written: {kind.__name__ if kind else '?'}\n")


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_event(record), ensure_ascii=False)


class _Text(logging.Formatter):
    """`TIME LEVEL LOGGER: EVENT key=value …`, then the traceback; a stranger's line ends forge no line."""

    def format(self, record: logging.LogRecord) -> str:
        event = _event(record)
        when, level, source, what = (event.pop(key) for key in ("timestamp", "level", "logger", "event"))
        trouble = event.pop("exception", "")
        values = "".join(f" {_plain(key)}={_plain(value, quoted=True)}" for key, value in event.items())
        return f"{when} {level:8} {source}: {_plain(what)}{values}" + (f"\n{trouble}" if trouble else "")


def _event(record: logging.LogRecord) -> Event:
    """Return all that a line says, redacted."""
    event: Event = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": record.getMessage(),
    }
    event |= {key: value for key, value in vars(record).items() if key not in _OF_EVERY_RECORD and key not in event}
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()

    return {redact_text(key): _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value

    if isinstance(value, Mapping):
        return {redact_text(str(key)): _redacted(inner) for key, inner in value.items()}

    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(inner) for inner in value]

    return redact_text(str(value))


def _plain(value: object, *, quoted: bool = False) -> str:
    text = str(value)
    if text.isprintable() and not (quoted and (" " in text or not text)):
        return text

    return repr(text)


def _catch_the_uncaught() -> None:
    """Log what would else be printed past the pipe."""
    sys.excepthook = _last_words
    threading.excepthook = lambda args: _last_words(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _last_words(args.exc_type, args.exc_value, args.exc_traceback)


def _last_words(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("rebook").critical("uncaught", exc_info=(kind, error or kind(), trace))
