"""A small business as an import file, and a database to load it into."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from core import queries
from core.bookings import Act
from core.import_file import read_import
from core.importer import ImportedBooking, apply_import
from core.model import OWNER, Business, Dossier
from core.new_booking import RANDOM_EACH
from core.store.engine import Tx
from core.store.migrate import migrate
from core.store.sqlite_connection import SqliteTx, connect

Result = TypeVar("Result")

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEYS = ("a key that signs every token of these tests",)
ACT = Act(OWNER, "terminal", NOW)
THURSDAY_AT_3 = "2026-11-26T15:00:00+01:00"

_WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
_FILE: dict[str, Any] = {
    "business": {
        "slug": "nova",
        "name": "Studio Nova",
        "tz": "Europe/Warsaw",
        "locale": "en",
        "email": "team@nova.example",
        "guest_cancel": 24,
        "reminders_hours": [24, 2],
    },
    "performers": [
        {"key": "ana", "name": "Ana", "email": "ana@nova.example", "hours": _WEEK, "exceptions": {"2026-12-24": []}},
        {"key": "leo", "name": "Leo", "hours": _WEEK},
    ],
    "staff": [{"key": "olga", "name": "Olga", "email": "olga@nova.example", "role": "owner", "slack": "U123"}],
    "services": [
        {"key": "cut", "name": "Haircut", "minutes": 45, "buffer_after": 15, "performers": ["ana", "leo"]},
        {"key": "yoga", "name": "Yoga", "minutes": 60, "performers": ["ana"], "group": True, "seats": 2},
    ],
    "bookings": [],
}


def booking(key: str, start: str = THURSDAY_AT_3, **more: Any) -> dict[str, Any]:
    """Return a booking of the file."""
    guest = {"name": f"Guest {key}", "email": f"{key}@guest.example", "locale": "en", "tz": "Europe/London"}
    return {"key": key, "service": "cut", "performer": "ana", "start": start, "guest": guest, **more}


def nova(*bookings: dict[str, Any], **business: Any) -> dict[str, Any]:
    """Return the business as an import file with these bookings."""
    file = copy.deepcopy(_FILE)
    file["business"].update(business)
    file["bookings"] = list(bookings)
    return file


@lru_cache(maxsize=1)  # making one takes a second
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        migrate(path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        return path.read_bytes()


class Shop:
    """The business in a real database, one transaction at a time."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rebook.db"
        self.path.write_bytes(_empty_database())

    def do(self, *args: Any, **named: Any) -> Any:
        """Run the first of *args* in a transaction that is kept unless it raises."""
        fn, *rest = args
        with closing(connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = fn(SqliteTx(connection.cursor()), *rest, **named)
            except BaseException:
                connection.execute("ROLLBACK")
                raise

            connection.execute("COMMIT")
            return result

    def load(
        self, file: dict[str, Any], *, now: datetime = NOW, notify: bool = False, seed: int = 0
    ) -> Sequence[ImportedBooking]:
        """Import *file*; the randomness is made of *seed* and the position."""
        read = read_import(file)
        randoms = [
            bytes([seed, index // 256, index % 256]) * (RANDOM_EACH // 3 + 1) for index in range(len(read.bookings))
        ]
        return self.do(  # type: ignore[no-any-return] # do() gives what the function gives
            apply_import, read, randoms=[one[:RANDOM_EACH] for one in randoms], now=now, notify=notify, keys=KEYS
        )

    @property
    def business(self) -> Business:
        return self.do(queries.load_businesses)[0]  # type: ignore[no-any-return] # as above

    def dossier(self, ref: str) -> Dossier:
        def look(tx: Tx) -> Dossier:
            business = queries.load_businesses(tx)[0]
            found = queries.load_dossier(tx, queries.find_by_ref(tx, ref, business.id) or 0)
            assert found is not None
            return found

        return self.do(look)  # type: ignore[no-any-return] # as above

    def history(self, ref: str) -> list[str]:
        return [row.what for row in self.do(queries.load_history, self.dossier(ref).booking.id)]

    def messages(self, ref: str) -> list[tuple[str, str, str]]:
        rows = self.do(queries.load_messages, self.dossier(ref).booking.id)
        return [(row.kind, row.recipient, row.state) for row in rows]
