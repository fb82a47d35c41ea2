from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import insert, select

from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from core.store.tables import inbox
from core.store.types import from_epoch

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


def count_elsewhere(path: Path) -> int:
    """Return how many mails another process sees; it is the only one besides this."""
    found = subprocess.run([sys.executable, "-c", COUNT_ELSEWHERE, str(path)], capture_output=True, check=True)
    return int(found.stdout)
