"""The store on SQLite: one writer thread with group commit, and a few readers.

Each transaction is one hop to a thread. DESIGN once named an aiosqlite pool for reading: it hops for every statement,
which measured 30 to 48 times the processor time of the statements themselves.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import text
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
    Tx,
    prepare,
)
from core.store.jobs import Job, Jobs, settle
from core.store.prepared import Form

Result = TypeVar("Result")

BATCH = 64  # jobs per commit: with more, the last of a batch waits longer than the disk takes
READERS = 3
PATIENCE = 5.0

_DIALECT = SQLiteDialect_pysqlite(paramstyle="qmark")
_DATA_VERSION = prepare(text("PRAGMA data_version"))
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


class SqliteStore:
    """A `Store` in one file on a local disk, which other processes may use at the same time."""

    def __init__(self, path: Path, patience: float) -> None:
        self._writes, self._reads, self._watches = Jobs(), Jobs(), Jobs()
        self._threads = [_thread(_write_all, self._writes, connect(path, patience), "store-writer")]
        for number in range(READERS):
            reader = connect(path, patience, query_only=True)
            self._threads.append(_thread(_read_all, self._reads, reader, f"store-reader-{number}"))

        watcher = connect(path, patience, query_only=True)
        self._threads.append(_thread(_read_all, self._watches, watcher, "store-watcher"))

    @classmethod
    def open(cls, path: str | Path, *, patience: float = PATIENCE) -> Self:
        """Open the database at *path*, made readable by its owner alone when it is not there.

        *patience* is how many seconds to wait for another process's lock.

        Raises:
            StoreUnavailable: the file cannot be opened, or is no database.
        """
        return cls(Path(path), patience)

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        """See `Store.read`."""
        return await self._reads.do(fn)

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        """See `Store.write`."""
        return await self._writes.do(fn)

    async def version(self) -> int:
        """See `Store.version`; asked of one connection, because each counts on its own."""
        row = await self._watches.do(lambda tx: tx.first(_DATA_VERSION))
        return 0 if row is None else int(row.data_version)

    async def close(self) -> None:
        """See `Store.close`."""
        self._writes.close(1)
        self._reads.close(READERS)
        self._watches.close(1)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)


def connect(path: Path, patience: float = PATIENCE, *, query_only: bool = False) -> sqlite3.Connection:
    """Return a connection to the database at *path* that starts no transaction by itself.

    Missing directories and the file are made, for their owner alone.

    Raises:
        StoreUnavailable: the file cannot be opened, or is no database.
    """
    try:
        _make_private(path.absolute().parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
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

        return _translated(error)

    def _columns(self) -> tuple[str, ...]:
        return tuple(column[0] for column in self._cursor.description or ())


def _make_private(folder: Path) -> None:
    """Make *folder* and what is missing above it; the ones that exist keep their mode."""
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)  # another process may be as quick


def _thread(
    work: Callable[[Jobs, sqlite3.Connection], None], jobs: Jobs, connection: sqlite3.Connection, name: str
) -> threading.Thread:
    # A daemon: a process that forgot to close the store still ends, and what it was promised is on disk.
    thread = threading.Thread(target=work, args=(jobs, connection), name=name, daemon=True)
    thread.start()
    return thread


def _read_all(jobs: Jobs, connection: sqlite3.Connection) -> None:
    """Run each job in a transaction of its own, so that all its statements see the same database."""
    cursor = connection.cursor()
    tx = SqliteTx(cursor)
    for batch in jobs.batches(1):
        for job in batch:
            _read(job, tx, cursor)

        settle(batch)

    connection.close()


def _read(job: Job, tx: Tx, cursor: sqlite3.Cursor) -> None:
    try:
        cursor.execute("BEGIN")
        try:
            job.value = job.fn(tx)
        finally:
            if cursor.connection.in_transaction:
                cursor.execute("ROLLBACK")

    except BaseException as error:  # noqa: BLE001 it is the caller's: the thread only carries it
        job.error = _translated(error) if isinstance(error, sqlite3.Error) else error


def _write_all(jobs: Jobs, connection: sqlite3.Connection) -> None:
    """Run the jobs in batches, one commit for each."""
    cursor = connection.cursor()
    for batch in jobs.batches(BATCH):
        _write_batch(batch, cursor)
        settle(batch)

    connection.close()


def _write_batch(batch: list[Job], cursor: sqlite3.Cursor) -> None:
    """Run *batch* in one transaction; when that fails, so does every job of it."""
    try:
        cursor.execute("BEGIN IMMEDIATE")
        tx = SqliteTx(cursor)
        for job in batch:
            _write(job, tx, cursor)

        cursor.execute("COMMIT")
    except (sqlite3.Error, StoreUnavailable) as error:
        _give_up(batch, error, cursor)


def _write(job: Job, tx: SqliteTx, cursor: sqlite3.Cursor) -> None:
    """Run *job* so that its failure undoes only what it did.

    Raises:
        StoreUnavailable: the whole transaction is gone: a full disk does that in the middle of a statement.
        sqlite3.Error: the savepoint failed, and the transaction with it.
    """
    cursor.execute("SAVEPOINT job")
    try:
        job.value = job.fn(tx)
    except BaseException as error:  # noqa: BLE001 it is the caller's: the thread only carries it
        job.error = error

    if tx.lost is not None:
        raise StoreUnavailable(tx.lost)

    if job.error is not None:
        cursor.execute("ROLLBACK TO job")

    cursor.execute("RELEASE job")


def _give_up(batch: list[Job], error: Exception, cursor: sqlite3.Cursor) -> None:
    notes = []
    try:
        if cursor.connection.in_transaction:
            cursor.execute("ROLLBACK")
    except sqlite3.Error as second:
        notes.append(f"and the rollback failed: {second}")

    for job in batch:
        # Even a job that failed by itself judged by changes that are now undone.
        job.value, job.error = None, StoreUnavailable(" ".join([str(error), *notes]))
        job.error.__cause__ = error


def _translated(error: sqlite3.Error) -> Exception:
    """Return *error* in the words of the store, or itself when it is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, without the details
    if code == sqlite3.SQLITE_CONSTRAINT:
        return _law_broken(str(error))

    return StoreUnavailable(str(error)) if code in _BROKEN else error


def _law_broken(message: str) -> StoreError:
    if "slot_taken" in message:
        return SlotTaken(message)

    return SeatsGone(message) if "seats_left" in message else LawBroken(message)
