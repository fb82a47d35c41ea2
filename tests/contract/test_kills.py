from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from core.store.open import open_store
from tests.contract.rows import add_booking

KILLS = 60
LONGEST = 0.12  # seconds that a writer lives, from the fork
ROOT = Path(__file__).parents[2]
COUNTS = """
    SELECT (SELECT count(*) FROM booking), (SELECT count(*) FROM occupancy),
           (SELECT count(*) FROM history), (SELECT count(*) FROM outbox),
           (SELECT count(*) FROM booking b
            JOIN occupancy o ON o.id = b.occupancy_id AND o.start = b.start
            JOIN history h ON h.booking_id = b.id
            JOIN outbox m ON m.booking_id = b.id AND m.key = 'made:' || substr(b.ref, 2))
"""


@pytest.fixture
async def book(tmp_path: Path, empty: Path) -> Path:
    """A database with one performer and one service."""
    path = Path(shutil.copy(empty, tmp_path / "kill.sqlite"))
    store = open_store(f"sqlite:///{path}")
    await store.write(add_booking)
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DELETE FROM booking; DELETE FROM occupancy")

    return path


def test_no_acknowledged_write_is_lost_to_a_kill_and_none_is_half_there(book: Path) -> None:
    """F7, M3: a change, its history and its message are on disk together before anyone hears of it."""
    dice = random.Random(2026)
    acknowledged: set[str] = set()
    command = [sys.executable, "-m", "tests.contract.killed_writer", f"sqlite:///{book}"]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writers:
        assert writers.stdin
        assert writers.stdout
        for _ in range(KILLS):
            writers.stdin.write("go\n")
            writers.stdin.flush()
            acknowledged |= set(killed(writers.stdout, dice.uniform(0.005, LONGEST)))
            assert missing(book, acknowledged) == set()

        writers.stdin.close()

    assert writers.returncode == 0
    assert len(acknowledged) > KILLS


def killed(said: IO[str], after: float) -> Iterator[str]:
    """Kill the writer that *said* its pid, *after* that many seconds; yield what it had acknowledged."""
    pid = int(said.readline().removeprefix("pid "))
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    while (line := said.readline().strip()) != f"dead {pid}":
        yield line.removeprefix("done ")


def missing(book: Path, acknowledged: set[str]) -> set[str]:
    """Return the *acknowledged* numbers that are not there; everything that is there must be there whole."""
    with closing(sqlite3.connect(book)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert len(set(connection.execute(COUNTS).fetchone())) == 1
        return acknowledged - {ref.removeprefix("R") for (ref,) in connection.execute("SELECT ref FROM booking")}
