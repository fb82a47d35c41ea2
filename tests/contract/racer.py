"""One process of a race for slots; `test_races` starts several.

Reads the database URL, `law` or `check`, a performer, and how many connections, racers and slots there are. Says
`ready`, waits for a line, and then says as JSON how its racers fared: {"won": …, "lost": …}.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime

from sqlalchemy import bindparam, func, select

from core.store.engine import SlotTaken, Store, Tx, prepare
from core.store.open import open_store
from core.store.tables import occupancy
from tests.contract.rows import HOUR, NOON, occupy

IN_THE_WAY = prepare(
    select(func.count().label("rows")).where(
        occupancy.c.performer_id == bindparam("performer"),
        occupancy.c.start < bindparam("before"),
        occupancy.c.end > bindparam("after"),
    )
)


async def main(url: str, mode: str, performer: int, connections: int, racers: int, slots: int) -> None:
    """Race and report."""
    stores = [open_store(url) for _ in range(connections)]
    race = under_the_law if mode == "law" else check_then_write
    print("ready", flush=True)  # noqa: T201  the starter listens
    await asyncio.to_thread(sys.stdin.readline)
    won = 0
    for slot in range(slots):
        start = NOON + slot * HOUR
        won += sum(await asyncio.gather(*(race(stores[n % connections], performer, start) for n in range(racers))))

    print(json.dumps({"won": won, "lost": racers * slots - won}), flush=True)  # noqa: T201  the starter listens
    for store in stores:
        await store.close()


async def under_the_law(store: Store, performer: int, start: datetime) -> bool:
    """Take the slot without looking: the database says who was first."""
    try:
        await store.write(lambda tx: occupy(tx, performer, start))
    except SlotTaken:
        return False

    return True


async def check_then_write(store: Store, performer: int, start: datetime) -> bool:
    """Look first and write later, as if nobody else were there."""

    def in_the_way(tx: Tx) -> bool:
        found = tx.first(IN_THE_WAY, performer=performer, before=start + HOUR, after=start)
        return found is not None and found.rows > 0

    if await store.read(in_the_way):
        return False

    await store.write(lambda tx: occupy(tx, performer, start))
    return True


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
