"""How fast stored mails are read: what waits in the inbox is heard, moved, committed; nothing is sent. One process.

The rate is by processor time, for the aim is what one core does, whatever else runs.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from bench import world
from bench.result import Result, cpu_seconds, one_core
from bench.serving import NullSender
from core import inbox
from core.store import tables as t
from core.store.engine import Tx, prepare
from core.store.sqlite import SqliteStore
from core.understand.lexicon import available_languages, load_lexicon
from core.understand.read import lexicons_for, propose
from mailin.pipeline import Pipeline
from mailin.reader import read_mail
from rebook.app import Running, new_pipeline, wall_clock
from rebook.config import load_config

_MOVED = prepare(select(func.count().label("moved")).select_from(t.booking).where(t.booking.c.moves > 0))

MAILS = 200
ROUNDS = 7
WARM = 200
TARGET, AIM = 400, 1_000


def measure() -> list[Result]:
    """Measure reading a backlog of wishes, each of another guest."""
    with tempfile.TemporaryDirectory() as folder, one_core():
        config = world.write_config(Path(folder))
        trips = asyncio.run(world.fill(config))
        return asyncio.run(_measure(config, trips))


async def _measure(file: Path, trips: list[world.Trip]) -> list[Result]:
    config = load_config(file, {})
    for language in available_languages():
        load_lexicon(language)

    store = SqliteStore.open(config.database.path)
    pipeline = new_pipeline(config, Running(store, wall_clock), NullSender())
    try:
        await store.write(partial(_fill, trips=trips[:WARM]))
        while await pipeline.read_waiting():
            pass

        rounds = [
            await _round(store, pipeline, trips[first : first + MAILS])
            for first in range(WARM, WARM + ROUNDS * MAILS, MAILS)
        ]
        moved = await store.read(_count_moved)
    finally:
        await store.close()

    assert moved == WARM + ROUNDS * MAILS, moved
    # What else runs on the machine only ever adds, by taking caches and turns away.
    spent, seconds = (min(figures) / MAILS for figures in zip(*rounds, strict=True))
    pure = _pure_seconds(trips[0])
    return [
        Result(
            "backlog read by one core",
            f"{1 / spent:.0f}/s",
            f"{1 / seconds:.0f}/s by the clock",
            f">= {TARGET}/s",
            1 / spent >= TARGET,
        ),
        Result(
            "  processor time each",
            f"{spent * 1000:.2f} ms",
            f"{pure * 1000:.2f} ms of it read and understood",
            f"aim {1000 / AIM:.1f} ms",
        ),
    ]


async def _round(store: SqliteStore, pipeline: Pipeline, trips: list[world.Trip]) -> tuple[float, float]:
    """Read a backlog to its end; return the processor seconds and those of the clock."""
    await store.write(partial(_fill, trips=trips))
    gc.collect()
    began, cpu = time.monotonic(), time.process_time()
    while await pipeline.read_waiting():
        pass

    return time.process_time() - cpu, time.monotonic() - began


def _pure_seconds(trip: world.Trip) -> float:
    """Return what the pure part of a mail costs: reading it and understanding its words, as in the pipeline."""
    raw, to, lexicons = trip.mail(), f"reply+{trip.token}@{world.DOMAIN}", lexicons_for("en")

    def work() -> None:
        read = read_mail(raw, mail_from=trip.guest, rcpt_to=(to,), own_domain=world.DOMAIN)
        propose(read.text, lexicons, ())

    return cpu_seconds(work, times=20)


def _fill(tx: Tx, trips: list[world.Trip]) -> None:
    now = wall_clock()
    for trip in trips:
        to = f"reply+{trip.token}@{world.DOMAIN}"
        inbox.store_mail(tx, peer="127.0.0.1", mail_from=trip.guest, rcpt=to, raw=trip.mail(), now=now)


def _count_moved(tx: Tx) -> int:
    row = tx.first(_MOVED)
    return 0 if row is None else int(row.moved)
