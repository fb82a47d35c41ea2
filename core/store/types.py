"""Column types that keep time and structure honest on every database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An instant as whole epoch seconds; refuses naive values and gives aware UTC back (DESIGN rule 6)."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 SQLAlchemy's signature
        """Return epoch seconds, rounded down."""
        return None if value is None else to_epoch(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 SQLAlchemy's signature
        """Return aware UTC."""
        return None if value is None else from_epoch(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text; keys keep their order so that the same value is the same text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy's signature
        """Return compact JSON."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 SQLAlchemy's signature
        """Return the decoded value."""
        return None if value is None else json.loads(value)


def to_epoch(instant: datetime) -> int:
    """Return *instant* in whole epoch seconds, rounded down.

    Raises:
        ValueError: *instant* is naive, so it names no instant.
    """
    if instant.tzinfo is None:
        message = f"a naive time names no instant: {instant.isoformat()}"
        raise ValueError(message)

    return int(instant.timestamp() // 1)


def from_epoch(seconds: int) -> datetime:
    """Return epoch *seconds* as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)
