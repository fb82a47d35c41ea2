from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import insert, select

from core import queries
from core.owner import change_setting
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from core.store.tables import inbox
from core.store.types import from_epoch
from tests.crash.serving import ROOT, Postman, Rebook, coming_workday, full_book, load, write_post

ADD = insert(inbox).values(received=from_epoch(0), peer="", mail_from="", rcpt="", raw=b"", state="new", attempts=0)
COUNT_ELSEWHERE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    print(connection.execute("SELECT count(*) FROM inbox").fetchone()[0])
connection.close()
"""


async def test_another_process_that_comes_and_goes_leaves_the_log_of_this_one_alone(tmp_path: Path) -> None:
    """L2: a store that lost its locks would have its write-ahead log deleted under it, and all that is written next."""
    path = tmp_path / "rebook.db"
    migrate(path)
    store = SqliteStore.open(path)

    await store.write(lambda tx: tx.insert(ADD))
    first = count_elsewhere(path)
    await store.write(lambda tx: tx.insert(ADD))
    second = count_elsewhere(path)

    assert (first, second) == (1, 2)
    assert len(await store.read(lambda tx: tx.all(select(inbox.c.id)))) == 2
    await store.close()


async def test_what_another_process_imports_or_sets_holds_within_a_second(rebook: Rebook) -> None:
    """F0, CONTRACT "import": a confirmation leaves for the new booking, and the new setting refuses the next wish."""
    await load(rebook.config, full_book(1))
    await rebook.start()
    postman = Postman(rebook)

    tokens = await load(rebook.config, full_book(2), notify=True)
    await rebook.until("SELECT count(*) FROM outbox WHERE kind = 'confirmation' AND state = 'sent'", 1, seconds=2)
    store = SqliteStore.open(rebook.config.database.path)
    business = (await store.read(queries.load_businesses))[0]
    off = partial(change_setting, business=business, key="guest_reschedule", value=0, now=datetime.now(UTC))
    await store.write(off)
    await store.close()
    day = coming_workday(20)
    await postman.deliver(write_post("g1", tokens["g1"], f"Could we do {day.day} {day:%B} at 11:30 instead?"))
    await rebook.until_quiet()

    assert rebook.rows("SELECT count(*) FROM history WHERE what = 'moved'") == [(0,)]
    assert "self_service_off" in json.dumps(rebook.rows("SELECT payload FROM outbox WHERE kind = 'answer'"))


async def test_a_booking_moved_in_a_terminal_is_where_the_next_reply_finds_it(rebook: Rebook) -> None:
    """R9: the commands of the terminal are another process over the same book."""
    tokens = await load(rebook.config, full_book(1))
    await rebook.start()
    ((ref, before),) = rebook.rows("SELECT ref, start FROM booking")
    day = coming_workday(20)

    config = str(rebook.folder / "rebook.toml")
    moved = await run("reschedule", ref, f"{day}T14:00", "-c", config)
    await rebook.until("SELECT count(*) FROM outbox WHERE kind = 'moved' AND state = 'sent' AND recipient = 'guest'", 1)
    await Postman(rebook).deliver(
        write_post("g0", tokens["g0"], f"Could we do {day.day} {day:%B} at 11:30 instead?"),
    )
    await rebook.until_quiet()

    ((after,),) = rebook.rows("SELECT start FROM booking")
    changes = [what for (what,) in rebook.rows("SELECT what FROM history ORDER BY id") if what == "moved"]
    assert moved == 0
    assert changes == ["moved", "moved"]
    assert after != before


async def run(*arguments: str) -> int:
    """Run a command of `rebook` and return its exit code."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from rebook.cli import main; main()", *arguments, cwd=ROOT, stdout=quiet
    )
    return await process.wait()


def count_elsewhere(path: Path) -> int:
    """Return how many mails another process sees; it is the only one besides this."""
    found = subprocess.run([sys.executable, "-c", COUNT_ELSEWHERE, str(path)], capture_output=True, check=True)
    return int(found.stdout)
