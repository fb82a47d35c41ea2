from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from core.store.engine import Store, StoreUnavailable, Tx, prepare
from core.store.migrate import migrate
from core.store.open import open_store
from core.store.sqlite import BATCH, SqliteStore
from core.store.tables import business, inbox
from core.store.types import from_epoch

ADD = prepare(insert(inbox).values(received=from_epoch(0), peer="", mail_from="", rcpt="", state="new", attempts=0))
IDS = prepare(select(inbox.c.id))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    migrate(tmp_path / "rebook.sqlite")
    return tmp_path / "rebook.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    opened = SqliteStore.open(path, patience=0.05)
    yield opened
    await opened.close()


@pytest.fixture
def outsider(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process with the same file open."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        yield connection


class Gate:
    """A job that keeps the writer busy until it is opened."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, _: Tx) -> None:
        self.entered.set()
        assert self.opened.wait(10)


async def test_jobs_that_wait_together_are_committed_together(store: Store, outsider: sqlite3.Connection) -> None:
    gate, seen_outside = Gate(), []

    def job(tx: Tx) -> None:
        add(tx)
        seen_outside.append(count(outsider))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(store.write(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        for _ in range(BATCH + 2):
            tasks.create_task(store.write(job))

        await asyncio.sleep(0)
        gate.opened.set()

    assert seen_outside == [0] * BATCH + [BATCH] * 2
    assert count(outsider) == BATCH + 2


async def test_a_locked_database_refuses_the_whole_batch_and_recovers(
    store: Store, outsider: sqlite3.Connection
) -> None:
    outsider.execute("BEGIN IMMEDIATE")
    refused = await asyncio.gather(*(store.write(add) for _ in range(5)), return_exceptions=True)
    read_meanwhile = await store.read(lambda tx: tx.all(IDS))
    outsider.execute("ROLLBACK")
    first = await store.write(add)

    assert [type(answer) for answer in refused] == [StoreUnavailable] * 5
    assert "locked" in str(refused[0])
    assert len({id(answer) for answer in refused}) == 5
    assert read_meanwhile == []
    assert first == 1


async def test_a_full_disk_loses_nothing_that_was_acknowledged(store: Store, outsider: sqlite3.Connection) -> None:
    pages = await store.write(lambda tx: tx.first(text("PRAGMA page_count")))
    assert pages is not None
    await store.write(lambda tx: tx.all(text(f"PRAGMA max_page_count = {pages.page_count + 30}")))

    answers = await asyncio.gather(*(store.write(partial(add, size=3_000)) for _ in range(200)), return_exceptions=True)

    kept = [answer for answer in answers if isinstance(answer, int)]
    refused = [answer for answer in answers if not isinstance(answer, int)]
    assert kept or refused
    assert {type(answer) for answer in refused} == {StoreUnavailable}
    assert "full" in str(refused[0])
    assert sorted(id_ for (id_,) in outsider.execute("SELECT id FROM inbox")) == sorted(kept)

    await store.write(lambda tx: tx.all(text("PRAGMA max_page_count = 1000000")))
    assert await store.write(partial(add, size=3_000)) == len(kept) + 1
    assert outsider.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_disk_that_fills_up_leaves_the_earlier_batches_and_nothing_of_this_one(store: Store) -> None:
    """SQLite itself gives up the whole transaction, so whoever shares it has to hear that, too."""
    await store.write(lambda tx: tx.all(text("PRAGMA max_page_count = 200")))
    first = await store.write(add)
    gate = Gate()
    gated = asyncio.create_task(store.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    together = [asyncio.create_task(store.write(partial(add, size=size))) for size in (10, 5_000_000, 10)]
    await asyncio.sleep(0)
    gate.opened.set()
    await gated
    answers = await asyncio.gather(*together, return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    assert {row.id for row in await store.read(lambda tx: tx.all(IDS))} == {first}


async def test_a_job_that_goes_on_after_the_disk_was_full_changes_nothing(store: Store) -> None:
    await store.write(lambda tx: tx.all(text("PRAGMA max_page_count = 200")))
    told = []

    def stubborn(tx: Tx) -> int:
        for size in (5_000_000, 1):
            try:
                return add(tx, size)
            except StoreUnavailable as error:
                told.append(str(error))

        return 0

    with pytest.raises(StoreUnavailable, match="full"):
        await store.write(stubborn)

    assert told == ["database or disk is full"] * 2
    assert await store.read(lambda tx: tx.all(IDS)) == []


async def test_a_commit_that_fails_fails_every_job_of_its_batch_and_the_writer_lives_on(store: Store) -> None:
    def orphan(tx: Tx) -> None:
        tx.all(text("PRAGMA defer_foreign_keys = ON"))  # judged at the commit, as a failing disk would be
        tx.run(text("INSERT INTO question VALUES (1, 99, 1, 'offer', '[]', 'mail', 0, 0, NULL, 0)"))

    gate = Gate()
    gated = asyncio.create_task(store.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    together = [asyncio.create_task(store.write(job)) for job in (add, orphan, add)]
    await asyncio.sleep(0)
    gate.opened.set()
    await gated
    answers = await asyncio.gather(*together, return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    assert await store.write(add) == 1


async def test_what_is_acknowledged_survives_power_loss_as_far_as_sqlite_can_promise(store: Store) -> None:
    def settings(tx: Tx) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [row[0] for name in names for row in tx.all(text(f"PRAGMA {name}"))]

    assert await store.write(settings) == ["wal", 2, 1, 50]


async def test_the_database_and_its_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "rebook.sqlite"

    store = open_store(f"sqlite:///{path}")
    await store.write(lambda tx: tx.run(text("CREATE TABLE t (x)")))

    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in sorted(tmp_path.rglob("*"))} == {
        "new": 0o700,
        "deeper": 0o700,
        "rebook.sqlite": 0o600,
        "rebook.sqlite-shm": 0o600,
        "rebook.sqlite-wal": 0o600,
    }
    await store.close()


@pytest.mark.parametrize("url", ["", "rebook.sqlite", "sqlite:///", "postgresql://localhost/rebook"])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///PATH"):
        open_store(url)


def test_a_file_that_is_no_database_or_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to be taken for one" * 100)

    for name in ("text", "text/below", "."):
        with pytest.raises(StoreUnavailable, match="cannot open"):
            open_store(f"sqlite:///{tmp_path}/{name}")


async def test_a_waiter_whose_loop_is_gone_does_not_stop_the_writer(store: Store) -> None:
    gate = Gate()

    def leave_while_it_waits() -> None:
        async def main() -> None:
            waiting = asyncio.create_task(store.write(gate))
            await asyncio.to_thread(gate.entered.wait, 10)
            waiting.cancel()

        asyncio.run(main())

    await asyncio.to_thread(leave_while_it_waits)
    gate.opened.set()

    assert await store.write(lambda tx: tx.all(select(business.c.id))) == []


def add(tx: Tx, size: int = 1) -> int:
    return tx.insert(ADD, raw=bytes(size))


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM inbox").fetchone()[0])
