"""One pipe for every log line, ours and the libraries', to stderr: no token and no whole e-mail address gets through.

Modules log with the standard library (`logging.getLogger(__name__)`, values in `extra=`); the pipe is structlog's.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

TOKEN = "[token]"  # noqa: S105 - what stands in its place
"""Stands where a token stood."""

LONGEST = 20_000
"""Characters of one value; what is longer is cut."""

QUIET = ("aiohttp.access", "alembic", "asyncio", "mail.log", "sqlalchemy")
"""Libraries that tell every step; only their warnings are wanted."""

# A manage token is 42 characters of base32 (SPEC T1). Longer runs count too: %2B and the like leave letters before it.
_TOKEN = re.compile(r"[A-Za-z2-7]{42,}")
# Line ends inside it, as mail leaves them, do not hide it (SPEC T2). Looked for second, else it takes neighbours along.
_WRAPPED_TOKEN = re.compile(r"(?:[A-Za-z2-7](?:=?\r?\n[> ]{0,8})?){41,}[A-Za-z2-7]")
_KEYED_ADDRESS = re.compile(r"\b(reply|cal)(\+|%2B)[A-Za-z0-9_.=~-]++", re.IGNORECASE)
_LOCAL = r"[^\s@<>()\[\],;:\"'\\/=]"
# Possessive and anchored at the start of a run: linear in the text, whatever a stranger made of it (SPEC L1).
_ADDRESS = re.compile(rf"(?<!{_LOCAL})({_LOCAL}){_LOCAL}*+@([\w.-]++)")


def set_up_logs(style: Literal["text", "json"]) -> None:
    """Send every log line, warning and uncaught exception of this process to stderr as *style*.

    May be called again, with another style.
    """
    handler = _Handler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _tidy,
                redact,
                _as_json if style == "json" else _as_text,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Handler)] + [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

    logging.captureWarnings(capture=True)
    _catch_the_uncaught()
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def redact(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG001 - structlog's signature
    """Take tokens and whole addresses out of every key and value, nested ones and tracebacks included (SPEC T5)."""
    return {redact_text(key): _redact_value(value) for key, value in event.items()}


def redact_text(text: str) -> str:
    """Return *text* with tokens as `[token]` and e-mail addresses as `j…@example.org`."""
    cut = "…" if len(text) > LONGEST else ""
    text = text[: LONGEST + 200]  # a token that begins before the cut is seen whole
    text = _KEYED_ADDRESS.sub(rf"\1+{TOKEN}", text)
    text = _WRAPPED_TOKEN.sub(TOKEN, _TOKEN.sub(TOKEN, text))
    return _ADDRESS.sub(r"\1…@\2", text)[:LONGEST] + cut


_SHARED: list[Processor] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _Handler(logging.StreamHandler[Any]):
    """Ours; never shows the arguments of a line that cannot be written, as logging itself would."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        kind = sys.exc_info()[0]
        sys.stderr.write(f"a log line of {record.name} could not be written: {kind.__name__ if kind else '?'}\n")


def _redact_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value

    if isinstance(value, str):
        return redact_text(value)

    if isinstance(value, Mapping):
        return {redact_text(str(key)): _redact_value(inner) for key, inner in value.items()}

    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value(inner) for inner in value]

    return redact_text(str(value))


def _tidy(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG001 - structlog's signature
    """Turn an exception into text, causes and notes included; drop what other handlers' formatters left behind."""
    for leftover in ("message", "asctime"):
        event.pop(leftover, None)

    trouble = event.pop("exc_info", None)
    error = trouble[1] if isinstance(trouble, tuple) else sys.exc_info()[1] if trouble is True else trouble
    if isinstance(error, BaseException):
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()

    return event


def _as_json(logger: WrappedLogger, name: str, event: EventDict) -> str:  # noqa: ARG001 - structlog's signature
    return json.dumps(event, ensure_ascii=False, default=str)


def _as_text(logger: WrappedLogger, name: str, event: EventDict) -> str:  # noqa: ARG001 - structlog's signature
    """Return `TIME LEVEL LOGGER: EVENT key=value …`, then the traceback: a stranger's line ends forge no line."""
    when, level, source = (event.pop(key, "") for key in ("timestamp", "level", "logger"))
    what = _plain(event.pop("event", ""))
    trouble = event.pop("exception", "")
    values = "".join(f" {key}={_plain(value, quoted=True)}" for key, value in event.items())
    return f"{when} {level:8} {source}: {what}{values}" + (f"\n{trouble}" if trouble else "")


def _plain(value: object, *, quoted: bool = False) -> str:
    text = str(value)
    if text.isprintable() and not (quoted and (" " in text or not text)):
        return text

    return repr(text)


def _catch_the_uncaught() -> None:
    """Log what would else be printed past the pipe."""
    log = logging.getLogger("rebook")
    sys.excepthook = lambda kind, error, trace: _last_words(log, kind, error, trace)
    threading.excepthook = lambda args: _last_words(log, args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _last_words(log, args.exc_type, args.exc_value, args.exc_traceback)


def _last_words(log: logging.Logger, kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        log.critical("uncaught", exc_info=(kind, error or kind(), trace))
