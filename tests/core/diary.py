"""Performers whose time is taken at random, in a real database, and what their guest is told who looks at all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from sqlalchemy import insert

from core.store import tables as t
from core.store.engine import Tx
from core.store.sqlite_connection import SqliteTx, connect

MINUTE = timedelta(minutes=1)
OURS, OUR_SESSION = 1, 10_000
"""The guest's booking, and the occupancy of the session it is in."""

KINDS = ("booking", "ours", "hold", "lapsed hold", "our hold", "group", "our session", "our shared session")


@dataclass(frozen=True, slots=True)
class Taken:
    """Time taken of one performer, and what for: one of `KINDS`."""

    performer_id: int
    start: datetime
    end: datetime
    kind: str

    def blocks(self) -> bool:
        """Return whether the guest cannot have it (SPEC G9, R4, V4)."""
        return self.kind not in ("ours", "lapsed hold", "our hold", "our session")


@st.composite
def diaries(draw: st.DrawFn, performers: Sequence[int], since: datetime) -> tuple[Taken, ...]:
    """Draw what is taken of each performer from *since* on, without overlap; lengths up to a week."""
    quarters = st.integers(1, 12).map(lambda number: number * 15)
    minutes = quarters | st.integers(1, 100) | st.sampled_from((15, 600, 7 * 24 * 60))
    kinds = st.just("booking") | st.sampled_from(KINDS)
    gaps = st.just(0) | quarters | st.integers(0, 900)
    found: list[Taken] = []
    for performer_id in performers:
        at = since
        # Over and over, so that there is no day without a chance of something.
        pattern = draw(st.lists(st.tuples(gaps, minutes, kinds), min_size=3, max_size=8))
        for gap, length, kind in pattern * draw(st.sampled_from((3, 6, 12, 0))):
            start = at + MINUTE * gap
            at = start + MINUTE * length
            # One occupancy is the session of the guest.
            is_second = "session" in kind and any("session" in one.kind for one in found)
            found.append(Taken(performer_id, start, at, "group" if is_second else kind))

    return tuple(found)


@contextmanager
def written(file: Path, diary: Sequence[Taken], now: datetime) -> Iterator[Tx]:
    """Open a transaction on the database in *file*, which holds *diary* then; nothing of it is kept."""
    with closing(connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")  # of the performers only their ids matter
        connection.execute("BEGIN")
        tx = SqliteTx(connection.cursor())
        for number, one in enumerate(diary):
            tx.insert(
                insert(t.occupancy),
                id=OUR_SESSION if "session" in one.kind else number + 1,
                performer_id=one.performer_id,
                start=one.start,
                end=one.end,
                kind="hold" if "hold" in one.kind else "group" if one.kind in KINDS[5:] else "booking",
                booking_id={"ours": OURS, "our hold": OURS, "booking": 2, "hold": 2, "lapsed hold": 2}.get(one.kind),
                taken={"our session": 1, "our shared session": 2, "group": 1}.get(one.kind),
                until=_until(one.kind, now),
            )

        yield tx
        connection.execute("ROLLBACK")


def seconds(diary: Sequence[Taken], performer_id: int) -> list[tuple[int, int]]:
    """Return what blocks the guest of this performer's time, in epoch seconds."""
    return [
        (int(one.start.timestamp()), int(one.end.timestamp()))
        for one in diary
        if one.performer_id == performer_id and one.blocks()
    ]


def _until(kind: str, now: datetime) -> datetime | None:
    if "hold" not in kind:
        return None

    return now if kind == "lapsed hold" else now + timedelta(minutes=10)
