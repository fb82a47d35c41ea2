"""The store on SQLite: one writer thread with group commit, and a few readers.

Each transaction is one hop to a thread, but for a glance, which costs less than the hop. DESIGN once named an aiosqlite
pool for reading: it hops for every statement, which measured 30 to 48 times the processor time of the statements
themselves.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import text

from core.store.engine import StoreUnavailable, Tx, prepare
from core.store.jobs import Job, Jobs, settle
from core.store.sqlite_connection import PATIENCE, SqliteTx, connect, translated

Result = TypeVar("Result")

BATCH = 64  # jobs per commit: with more, the last of a batch waits longer than the disk takes
READERS = 3

_DATA_VERSION = prepare(text("PRAGMA data_version"))
# Rewrites the first page, also with the number it has, so that a full disk shows; no statement of ours reads it.
_TOUCH = prepare(text("PRAGMA user_version = 1"))


class SqliteStore:
    """A `Store` in one file on a local disk, which other processes may use at the same time."""

    def __init__(self, path: Path, patience: float) -> None:
        writer = connect(path, patience)
        readers = [connect(path, patience, query_only=True) for _ in range(READERS)]
        watcher = connect(path, patience, query_only=True)
        self._glances = _Glances(connect(path, patience, query_only=True))
        self._writes, self._reads, self._watches = Jobs(), Jobs(), Jobs()
        self._threads = [
            _thread(_write_all, self._writes, writer, "store-writer"),
            *(_thread(_read_all, self._reads, reader, "store-reader") for reader in readers),
            _thread(_read_all, self._watches, watcher, "store-watcher"),
        ]

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

    async def glance(self, fn: Callable[[Tx], Result]) -> Result:
        """See `Store.glance`; whoever must wait for another process's lock does so in a reader's thread."""
        try:
            return self._glances.take(fn)
        except StoreUnavailable:
            return await self._reads.do(fn)

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        """See `Store.write`."""
        return await self._writes.do(fn)

    async def version(self) -> int:
        """See `Store.version`; asked of one connection, because each counts on its own."""
        row = await self._watches.do(lambda tx: tx.first(_DATA_VERSION))
        return 0 if row is None else int(row.data_version)

    async def check(self) -> None:
        """See `Store.check`."""
        await self._writes.do(lambda tx: tx.run(_TOUCH))

    async def close(self) -> None:
        """See `Store.close`."""
        self._writes.close(1)
        self._reads.close(READERS)
        self._watches.close(1)
        self._glances.close()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)


class _Glances:
    """A connection to read with in the thread of whoever asks, one at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA busy_timeout = 0")  # an event loop does not wait
        self._cursor = connection.cursor()
        self._taking = threading.Lock()  # there may be several event loops
        self._closed = False

    def take(self, fn: Callable[[Tx], Result]) -> Result:
        """Return what *fn* makes of the database; StoreUnavailable if that cannot be had at once."""
        with self._taking:
            if self._closed:
                raise StoreUnavailable("the store is closed")

            try:
                return _look(fn, SqliteTx(self._cursor), self._cursor)
            except sqlite3.Error as error:
                raise translated(error) from error

    def close(self) -> None:
        with self._taking:
            self._closed = True
            self._cursor.connection.close()


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
        job.value = _look(job.fn, tx, cursor)
    except BaseException as error:  # noqa: BLE001 it is the caller's: the thread only carries it
        job.error = translated(error) if isinstance(error, sqlite3.Error) else error


def _look(fn: Callable[[Tx], Result], tx: Tx, cursor: sqlite3.Cursor) -> Result:
    """Run *fn* in a transaction that is given up whatever comes of it."""
    cursor.execute("BEGIN")
    try:
        return fn(tx)
    finally:
        if cursor.connection.in_transaction:
            cursor.execute("ROLLBACK")


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
