"""The mail door alone, as `rebook serve --only mail` has it, or one that stores nothing. `bench.door` starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from core.store.sqlite import SqliteStore
from mailin.door.inbound import BookingDoor
from mailin.door.server import Limits, RawMail, start_listener
from rebook.app import own_addresses, wall_clock
from rebook.config import load_config
from rebook.logs import set_up_logs


class ForgetfulDoor(BookingDoor):
    """Asks about every recipient as the real one does, and forgets every mail."""

    async def store(self, mails: Sequence[RawMail]) -> Sequence[str | None]:
        """Say that all is stored."""
        return [None] * len(mails)


async def main(file: str, kind: str) -> None:
    """Listen until SIGTERM."""
    set_up_logs("text")
    config = load_config(Path(file), {})
    store = SqliteStore.open(config.database.path)
    of_kind = BookingDoor if kind == "storing" else ForgetfulDoor
    door = of_kind(store, own_addresses(config), config.app.secret_keys, wall_clock, asyncio.Event())
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    listener = await start_listener(
        door,
        host="127.0.0.1",
        port=0,
        protocol="smtp",
        limits=Limits(session_seconds=3600),
        exempt=(),
        hostname="bench.example",
        tls=None,
        clock=wall_clock,
    )
    os.write(1, f"ready {listener.port} 0\n".encode())
    await stop.wait()
    await listener.close(grace_seconds=1)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
