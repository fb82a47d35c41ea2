"""How many durable reschedules a second the store commits, against raw sqlite3 doing the same in the same run.

Both sides serve 64 asyncio clients, and both run the same five statements in one writer thread, up to 64 transactions
in one commit. The raw side has its parameters ready as integers and text, no savepoints, and no rows with names.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from core.store.engine import SlotTaken, Tx, prepare
from core.store.migrate import migrate
from core.store.sqlite import BATCH, SqliteStore
from core.store.sqlite_connection import connect
from core.store.tables import booking, history, occupancy, outbox
from core.store.types import to_epoch

CLIENTS = 64
MOVES = 60  # of each client, in one round
ROUNDS = 5
PERFORMERS = 8
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TARGET = 0.35

IN_THE_WAY = prepare(
    select(occupancy.c.id)
    .where(
        occupancy.c.performer_id == bindparam("performer"),
        occupancy.c.start < bindparam("before"),
        occupancy.c.start >= bindparam("longest_before"),
        occupancy.c.end > bindparam("after"),
        occupancy.c.id != bindparam("own"),
    )
    .limit(1)
)
MOVE_BOOKING = prepare(
    update(booking)
    .where(booking.c.id == bindparam("which"), booking.c.version == bindparam("seen"))
    .values(version=booking.c.version + 1, moves=booking.c.moves + 1)
)
MOVE_OCCUPANCY = prepare(update(occupancy).where(occupancy.c.id == bindparam("which")))
ADD_HISTORY = prepare(insert(history))
ADD_OUTBOX = prepare(insert(outbox))

RAW_IN_THE_WAY = (
    'SELECT id FROM occupancy WHERE performer_id = ? AND start < ? AND start >= ? AND "end" > ? AND id != ? LIMIT 1'
)
RAW_MOVE_BOOKING = (
    'UPDATE booking SET start = ?, "end" = ?, version = version + 1, moves = moves + 1 WHERE id = ? AND version = ?'
)
RAW_MOVE_OCCUPANCY = 'UPDATE occupancy SET start = ?, "end" = ? WHERE id = ?'
RAW_ADD_HISTORY = (
    "INSERT INTO history (booking_id, at, actor, actor_name, channel, what, from_start, to_start)"
    " VALUES (?, ?, 'guest', 'Anna', 'mail', 'moved', ?, ?)"
)
RAW_ADD_OUTBOX = (
    'INSERT INTO outbox ("key", business_id, booking_id, version, channel, recipient, kind, payload, created, due,'
    " state, attempts) VALUES (?, 1, ?, ?, 'mail', 'guest', 'moved', ?, ?, ?, 'due', 0)"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way of committing costs: reschedules a second, and µs of processor time for each."""

    rate: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours against raw sqlite3, each the median of its rounds; *ratio* is the median of the rounds' ratios."""

    ours: Cost
    raw: Cost
    ratio: float


@dataclass(frozen=True, slots=True)
class Move:
    """The wish of one client: its booking (which has the same id as its occupancy) from one time to another."""

    which: int
    version: int
    before: datetime
    start: datetime


Mover = Callable[[Move], Awaitable[None]]


def measure() -> Comparison:
    """Measure both ways by turns, so that a change in the machine's load meets both."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = [_round(Path(folder) / f"{number}") for number in range(ROUNDS)]

    ours, raw = zip(*rounds, strict=True)
    ratio = median(mine.rate / theirs.rate for mine, theirs in rounds)
    return Comparison(_middle(ours), _middle(raw), ratio)


def main() -> None:
    """Measure and print."""
    found = measure()
    print(f"reschedule commit, {CLIENTS} clients, FULL:")
    print(f"  ours {found.ours.rate:8.0f}/s  {found.ours.cpu:6.0f} µs CPU each")
    print(f"  raw  {found.raw.rate:8.0f}/s  {found.raw.cpu:6.0f} µs CPU each")
    print(f"  ours is {found.ratio:.0%} of raw (target {TARGET:.0%}, aim 50%)")


def _round(folder: Path) -> tuple[Cost, Cost]:
    return asyncio.run(_ours(folder / "ours.sqlite")), asyncio.run(_raw(folder / "raw.sqlite"))


def _middle(costs: tuple[Cost, ...]) -> Cost:
    return Cost(median(cost.rate for cost in costs), median(cost.cpu for cost in costs))


async def _ours(path: Path) -> Cost:
    _fill(path)
    store = SqliteStore.open(path)
    cost = await _cost(lambda move: store.write(partial(_reschedule, move=move)))
    await store.close()
    return cost


def _reschedule(tx: Tx, move: Move) -> None:
    which, start, end = move.which, move.start, move.start + HOUR
    performer = which % PERFORMERS + 1
    if tx.first(IN_THE_WAY, performer=performer, before=end, longest_before=start - 24 * HOUR, after=start, own=which):
        raise SlotTaken

    assert tx.run(MOVE_BOOKING, which=which, seen=move.version, start=start, end=end) == 1
    tx.run(MOVE_OCCUPANCY, which=which, start=start, end=end)
    tx.insert(
        ADD_HISTORY,
        booking_id=which,
        at=NOW,
        actor="guest",
        actor_name="Anna",
        channel="mail",
        what="moved",
        from_start=move.before,
        to_start=start,
    )
    tx.insert(
        ADD_OUTBOX,
        key=f"moved:{which}:{move.version}",
        business_id=1,
        booking_id=which,
        version=move.version + 1,
        channel="mail",
        recipient="guest",
        kind="moved",
        payload={"from": to_epoch(move.before), "to": to_epoch(start)},
        created=NOW,
        due=NOW,
        state="due",
        attempts=0,
    )


async def _raw(path: Path) -> Cost:
    _fill(path)
    queue: SimpleQueue[tuple[Move, asyncio.Future[None]] | None] = SimpleQueue()
    loop = asyncio.get_running_loop()

    async def move_raw(move: Move) -> None:
        waiter: asyncio.Future[None] = loop.create_future()
        queue.put((move, waiter))
        await waiter

    writer = threading.Thread(target=_raw_writer, args=(queue, loop, connect(path)))
    writer.start()
    cost = await _cost(move_raw)
    queue.put(None)
    writer.join()
    return cost


def _raw_writer(queue: SimpleQueue[Any], loop: asyncio.AbstractEventLoop, connection: sqlite3.Connection) -> None:
    while (job := queue.get()) is not None:
        batch = [job]
        while len(batch) < BATCH:
            try:
                batch.append(queue.get_nowait())
            except Empty:
                break

        connection.execute("BEGIN IMMEDIATE")
        for move, _ in batch:
            _raw_reschedule(connection, move)

        connection.execute("COMMIT")
        loop.call_soon_threadsafe(_wake, [waiter for _, waiter in batch])

    connection.close()


def _raw_reschedule(connection: sqlite3.Connection, move: Move) -> None:
    which, before, start = move.which, int(move.before.timestamp()), int(move.start.timestamp())
    end, now = start + 3600, 1_795_521_600
    if connection.execute(RAW_IN_THE_WAY, (which % PERFORMERS + 1, end, start - 86400, start, which)).fetchone():
        raise SlotTaken

    assert connection.execute(RAW_MOVE_BOOKING, (start, end, which, move.version)).rowcount == 1
    connection.execute(RAW_MOVE_OCCUPANCY, (start, end, which))
    connection.execute(RAW_ADD_HISTORY, (which, now, before, start))
    payload = f'{{"from":{before},"to":{start}}}'
    key = f"moved:{which}:{move.version}"
    connection.execute(RAW_ADD_OUTBOX, (key, which, move.version + 1, payload, now, now))


def _wake(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        waiter.set_result(None)


async def _cost(mover: Mover) -> Cost:
    """Return what *mover* costs once every client has moved its booking once before."""
    await asyncio.gather(*(_client(mover, which, 1, 2) for which in range(1, CLIENTS + 1)))
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_client(mover, which, 2, 2 + MOVES) for which in range(1, CLIENTS + 1)))
    taken, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Cost(CLIENTS * MOVES / taken, cpu / CLIENTS / MOVES * 1e6)


async def _client(mover: Mover, which: int, first: int, last: int) -> None:
    for version in range(first, last):
        await mover(Move(which, version, _time(which, version), _time(which, version + 1)))


def _time(which: int, version: int) -> datetime:
    """Return a time that no other client ever wishes for."""
    return NOW + (which + CLIENTS * version) * HOUR


def _fill(path: Path) -> None:
    """Make a database with one booking for each client; a booking has the id of its occupancy."""
    migrate(path)
    with closing(connect(path)) as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO business VALUES (1, 's', 'S', 'UTC', 'en', 'e', NULL, NULL, '{}')")
        for performer in range(1, PERFORMERS + 1):
            connection.execute("INSERT INTO performer VALUES (?, 1, ?, 'P', NULL, '{}')", (performer, str(performer)))

        connection.execute("INSERT INTO service VALUES (1, 1, 's', 'S', 60, 0, 0, '[1]', NULL, 0, 0, NULL)")
        for which in range(1, CLIENTS + 1):
            _fill_booking(connection, which)

        connection.execute("COMMIT")


def _fill_booking(connection: sqlite3.Connection, which: int) -> None:
    performer, start = which % PERFORMERS + 1, int(_time(which, 1).timestamp())
    connection.execute(
        'INSERT INTO occupancy (id, performer_id, start, "end", kind, booking_id) VALUES (?, ?, ?, ?, ?, ?)',
        (which, performer, start, start + 3600, "booking", which),
    )
    connection.execute(
        'INSERT INTO booking (id, business_id, ref, service_id, performer_id, performer_chosen, start, "end", status,'
        " payment, guest_name, guest_email, guest_locale, guest_zone, occupancy_id, version, sequence, moves)"
        " VALUES (?, 1, ?, 1, ?, 0, ?, ?, 'confirmed', 'none', 'Anna', 'anna@example.com', 'pl', 'UTC', ?, 1, 0, 0)",
        (which, f"R{which}", performer, start, start + 3600, which),
    )


if __name__ == "__main__":
    main()
