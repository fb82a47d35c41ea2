from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from core.store.open import open_store
from tests.contract.rows import add_performers

PROCESSES, CONNECTIONS, RACERS, SLOTS = 2, 8, 200, 3
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def book(tmp_path: Path, empty: Path) -> Path:
    """A database with one performer."""
    path = Path(shutil.copy(empty, tmp_path / "race.sqlite"))
    store = open_store(f"sqlite:///{path}")
    await store.write(add_performers)
    await store.close()
    return path


def test_of_two_hundred_who_want_one_slot_at_once_one_gets_it(book: Path) -> None:
    """V2: whoever asks, through whichever process, one performer is held once."""
    told = race(book, "law")

    assert winners_per_slot(book) == [1] * SLOTS
    assert told == {"won": SLOTS, "lost": SLOTS * (RACERS - 1)}


def test_the_race_shows_a_double_booking_when_the_law_is_not_there(book: Path) -> None:
    """The control: looking first and writing later is no protection, and this race can tell."""
    with closing(sqlite3.connect(book)) as connection:
        connection.execute("DROP TRIGGER occupancy_law_insert")
        connection.commit()

    told = race(book, "check")

    assert max(winners_per_slot(book)) > 1
    assert told["won"] > SLOTS


def race(book: Path, mode: str) -> dict[str, int]:
    """Run the race in several processes at once and return what their racers were told, added up."""
    arguments = [f"sqlite:///{book}", mode, "1", str(CONNECTIONS), str(RACERS // PROCESSES), str(SLOTS)]
    command = [sys.executable, "-m", "tests.contract.racer", *arguments]
    with ExitStack() as running:
        racers = [
            running.enter_context(
                subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            for _ in range(PROCESSES)
        ]
        ready = [racer.stdout.readline() for racer in racers if racer.stdout]
        assert ready == ["ready\n"] * PROCESSES
        for racer in racers:
            assert racer.stdin
            racer.stdin.write("go\n")
            racer.stdin.flush()

        told = [json.loads(racer.stdout.read()) for racer in racers if racer.stdout]

    assert [racer.returncode for racer in racers] == [0] * PROCESSES
    return {key: sum(each[key] for each in told) for key in ("won", "lost")}


def winners_per_slot(book: Path) -> list[int]:
    """Return how many hold each slot that anybody holds, in order of time."""
    with closing(sqlite3.connect(book)) as connection:
        return [
            count for (count,) in connection.execute("SELECT count(*) FROM occupancy GROUP BY start ORDER BY start")
        ]
