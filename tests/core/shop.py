"""A small business on a real SQLite file, for what the verbs do: no mail, no pages, the clock in the test's hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from core import queries
from core.bookings import Act, Changed
from core.import_file import read_import
from core.importer import apply_import
from core.model import GUEST, OWNER, Actor, Dossier
from core.new_booking import RANDOM_EACH
from core.refusal import Refusal
from core.store.engine import Row, Tx
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from tests.story.salon import BUSINESS, MONDAY, booking

Result = TypeVar("Result")

KEYS = ("a secret of the shop, 32 characters and more",)


@dataclass
class Shop:
    """Studio Nova without doors. `does` runs one verb for a booking's dossier in one transaction."""

    store: SqliteStore
    now: datetime = MONDAY

    async def imports(self, *bookings: dict[str, Any], notify: bool = False, **business: Any) -> None:
        """Load these bookings into the business, its settings changed by *business*."""
        data = deepcopy(BUSINESS)
        data["business"].update(business)
        data["bookings"] = list(bookings)
        file = read_import(data)
        randoms = [(f"{number:03}" * RANDOM_EACH).encode()[:RANDOM_EACH] for number, _ in enumerate(file.bookings)]
        await self.store.write(
            partial(apply_import, file=file, randoms=randoms, now=self.now, notify=notify, keys=KEYS)
        )

    async def does(
        self,
        verb: Callable[..., Changed | Refusal],
        *given: Any,
        key: str = "jo",
        by: Actor = GUEST,
        channel: Any = "web",
    ) -> Changed | Refusal:
        """Run `verb(tx, dossier, *given, act)` and return its outcome."""
        booking_id = await self.id_of(key)
        act = Act(by, channel, self.now)

        def job(tx: Tx) -> Changed | Refusal:
            dossier = queries.load_dossier(tx, booking_id)
            assert dossier is not None
            return verb(tx, dossier, *given, act)

        return await self.store.write(job)

    async def staff_does(
        self, verb: Callable[..., Changed | Refusal], *given: Any, key: str = "jo"
    ) -> Changed | Refusal:
        """Run a verb as the owner at the terminal."""
        return await self.does(verb, *given, key=key, by=OWNER, channel="terminal")

    async def id_of(self, key: str) -> int:
        """Return a booking's id by its key."""
        found = await self.store.read(
            partial(queries.list_bookings, business_id=1, chosen=queries.Filter("all"), now=self.now)
        )
        return next(one.id for one in found if one.key == key)

    async def dossier(self, key: str = "jo") -> Dossier:
        """Return a booking with all that belongs to it."""
        booking_id = await self.id_of(key)
        dossier = await self.store.read(partial(queries.load_dossier, booking_id=booking_id))
        assert dossier is not None
        return dossier

    async def performer(self, name: str) -> int:
        """Return a performer's id by name."""
        everyone = await self.store.read(partial(queries.load_performers, business_id=1))
        return next(one.id for one in everyone if one.name == name)

    async def messages(self, key: str = "jo", *, state: str = "due") -> list[tuple[str, str]]:
        """Return (kind, recipient) of a booking's messages in this state, in the order they were written."""
        return [(row.kind, row.recipient) for row in await self._rows(key) if row.state == state]

    async def reminders(self, key: str = "jo") -> list[datetime]:
        """Return when the booking's living reminders are due."""
        return [row.due for row in await self._rows(key) if row.kind == "reminder" and row.state == "due"]

    async def history(self, key: str = "jo") -> list[str]:
        """Return what happened to a booking."""
        booking_id = await self.id_of(key)
        rows = await self.store.read(partial(queries.load_history, booking_id=booking_id))
        return [row.what for row in rows]

    async def _rows(self, key: str) -> list[Row]:
        booking_id = await self.id_of(key)
        return await self.store.read(partial(queries.load_messages, booking_id=booking_id))


def at(text: str) -> datetime:
    """Return a wall time in Warsaw of late November (UTC+1) as an instant: `at("2026-11-26 15:00")`."""
    return datetime.fromisoformat(f"{text}+01:00").astimezone(UTC)


def yoga(key: str, **changes: Any) -> dict[str, Any]:
    """Return a booking of the group session on Friday at ten."""
    return booking(key, **{"service": "yoga", "performer": "leo", "start": "2026-11-27T10:00:00+01:00", **changes})


@contextmanager
def open_shop(folder: Path) -> Iterator[SqliteStore]:
    """Open the shop's database in *folder*."""
    migrate(folder / "shop.db")
    yield SqliteStore.open(folder / "shop.db")
