"""One connection to SQLite: how it is opened, and a transaction on it in the words of the store."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from core.store.engine import (
    LawBroken,
    Prepared,
    Row,
    SeatsGone,
    SlotTaken,
    Statement,
    StoreError,
    StoreUnavailable,
)
from core.store.prepared import Form

PATIENCE = 5.0  # seconds to wait for another process's lock

_DIALECT = SQLiteDialect_pysqlite(paramstyle="qmark")
_BROKEN = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


def connect(path: Path, patience: float = PATIENCE, *, query_only: bool = False) -> sqlite3.Connection:
    """Return a connection to the database at *path* that starts no transaction by itself.

    Missing directories and the file are made, for their owner alone.

    Raises:
        StoreUnavailable: the file cannot be opened, or is no database.
    """
    try:
        _make_private(path.absolute().parent)
        _make_file(path)
        connection = sqlite3.connect(
            path, timeout=patience, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # group commit makes it as fast as NORMAL
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA query_only = {int(query_only)}")
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(f"cannot open {path}: {error}") from error

    return connection


class SqliteTx:
    """A `Tx` on one connection. Its one cursor resets a statement left half-read before the next one runs."""

    __slots__ = ("_cursor", "lost")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.lost: str | None = None
        """Why SQLite itself gave the transaction up, when it did: what ran on would be committed by itself."""

    def all(self, statement: Statement, /, **values: Any) -> list[Row]:
        """See `Tx.all`."""
        form = self._execute(statement, values)
        try:
            found = self._cursor.fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error

        return form.rows(self._columns, found)

    def first(self, statement: Statement, /, **values: Any) -> Row | None:
        """See `Tx.first`."""
        form = self._execute(statement, values)
        try:
            found = self._cursor.fetchone()
        except sqlite3.Error as error:
            raise self._failed(error) from error

        return None if found is None else form.rows(self._columns, [found])[0]

    def run(self, statement: Statement, /, **values: Any) -> int:
        """See `Tx.run`."""
        self._execute(statement, values)
        return self._cursor.rowcount

    def insert(self, statement: Statement, /, **values: Any) -> int:
        """See `Tx.insert`."""
        self._execute(statement, values)
        return int(self._cursor.lastrowid or 0) if self._cursor.rowcount else 0

    def _execute(self, statement: Statement, values: dict[str, Any]) -> Form:
        if self.lost is not None:
            raise StoreUnavailable(self.lost)

        if isinstance(statement, Prepared):
            form = statement.form(_DIALECT, values)
        else:
            form = Form(statement, _DIALECT, tuple(values))

        sql, parameters = form.render(values)
        try:
            self._cursor.execute(sql, parameters)
        except sqlite3.Error as error:
            raise self._failed(error) from error

        return form

    def _failed(self, error: sqlite3.Error) -> Exception:
        if not self._cursor.connection.in_transaction:
            self.lost = str(error)

        return translated(error)

    def _columns(self) -> tuple[str, ...]:
        return tuple(column[0] for column in self._cursor.description or ())


def translated(error: sqlite3.Error) -> Exception:
    """Return *error* in the words of the store, or itself when it is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, without the details
    if code == sqlite3.SQLITE_CONSTRAINT:
        return _law_broken(str(error))

    return StoreUnavailable(str(error)) if code in _BROKEN else error


def _law_broken(message: str) -> StoreError:
    if "slot_taken" in message:
        return SlotTaken(message)

    return SeatsGone(message) if "seats_left" in message else LawBroken(message)


def _make_file(path: Path) -> None:
    """Make the file at *path* if it is missing.

    One that is there is never opened: closing it would drop every lock that this process has on it (POSIX), and the
    next process to come and go would take itself for the last one and delete the log that this one writes to.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))


def _make_private(folder: Path) -> None:
    """Make *folder* and what is missing above it; the ones that exist keep their mode."""
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)  # another process may be as quick
