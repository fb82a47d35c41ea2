"""Writes bookings until it is killed; `test_kills` starts it.

For each line on standard input it forks a writer (what is imported stays imported). The writer says `pid N`, and
`done K` for each booking once its write is acknowledged. When it is dead, `dead N` follows.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from functools import partial

from sqlalchemy import insert

from core.store import tables
from core.store.engine import Store, Tx, prepare
from core.store.open import open_store
from tests.contract.rows import ADD_HISTORY, ADD_OUTBOX, NOON, occupy

ADD_BOOKING = prepare(
    insert(tables.booking).values(
        business_id=1,
        service_id=1,
        performer_id=1,
        performer_chosen=False,
        status="confirmed",
        payment="none",
        guest_name="Anna",
        guest_email="anna@example.com",
        guest_locale="pl",
        guest_zone="Europe/Warsaw",
        version=1,
        sequence=0,
        moves=0,
    )
)
CLIENTS = 8
ROUND = 1_000_000  # numbers of one writer
MINUTE = timedelta(minutes=1)


def main(url: str) -> None:
    """Fork a writer for each line, one after another."""
    for writer, _ in enumerate(sys.stdin, start=1):
        pid = os.fork()
        if pid == 0:
            say(f"pid {os.getpid()}")
            asyncio.run(write_for_ever(url, writer * ROUND))

        os.waitpid(pid, 0)
        say(f"dead {pid}")


async def write_for_ever(url: str, first: int) -> None:
    """Keep several clients writing at once."""
    store = open_store(url)
    await asyncio.gather(*(client(store, first + number) for number in range(CLIENTS)))


async def client(store: Store, number: int) -> None:
    """Write one booking after another, and say each that was acknowledged."""
    while True:
        await store.write(partial(book, number=number))
        say(f"done {number}")
        number += CLIENTS


def book(tx: Tx, number: int) -> None:
    """Write what belongs together: occupancy, booking, history and message."""
    start = NOON + number % ROUND * MINUTE + number // ROUND * timedelta(days=30)
    held = occupy(tx, 1, start, MINUTE)
    booking = tx.insert(ADD_BOOKING, ref=f"R{number}", start=start, end=start + MINUTE, occupancy_id=held)
    tx.insert(ADD_HISTORY, booking_id=booking, at=NOON, actor="staff", actor_name="", channel="cli", what="made")
    tx.insert(
        ADD_OUTBOX,
        key=f"made:{number}",
        business_id=1,
        booking_id=booking,
        version=1,
        channel="mail",
        recipient="guest",
        kind="made",
        payload={"number": number},
        created=NOON,
        due=NOON,
        state="due",
        attempts=0,
    )


def say(line: str) -> None:
    """Tell the test, in one system call, so that lines of two processes do not mix."""
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
