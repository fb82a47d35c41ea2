"""Column types that keep time and structure honest on every database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # made once: `json.dumps` makes one for each call

Processor = Callable[[Any], Any]


class Instant(TypeDecorator[datetime]):
    """An instant as whole epoch seconds; refuses naive values and gives aware UTC back (DESIGN rule 6)."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    # The processors are given whole: SQLAlchemy's own would wrap each value in two calls more, and a reschedule has
    # a dozen instants.

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002 SQLAlchemy's signature
        """Return what makes epoch seconds, rounded down."""
        return _optional(to_epoch)

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002 SQLAlchemy's signature
        """Return what makes aware UTC."""
        return _optional(from_epoch)


class Json(TypeDecorator[Any]):
    """A JSON value as text; keys keep their order so that the same value is the same text."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:  # noqa: ARG002 SQLAlchemy's signature
        """Return what makes compact JSON."""
        return _optional(_JSON.encode)

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:  # noqa: ARG002 SQLAlchemy's signature
        """Return what decodes it."""
        return _optional(json.loads)


def to_epoch(instant: datetime) -> int:
    """Return *instant* in whole epoch seconds, rounded down.

    Raises:
        ValueError: *instant* is naive, so it names no instant.
    """
    if instant.tzinfo is None:
        message = f"a naive time names no instant: {instant.isoformat()}"
        raise ValueError(message)

    since = instant - _EPOCH
    return since.days * _DAY + since.seconds


def from_epoch(seconds: int) -> datetime:
    """Return epoch *seconds* as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _optional(convert: Processor) -> Processor:
    return lambda value: None if value is None else convert(value)
