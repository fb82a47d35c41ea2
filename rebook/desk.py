"""Where a command of the terminal works: config, database and business, opened for one command and closed again."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from core import queries
from core.bookings import Act
from core.model import OWNER, Business, Dossier
from core.store.engine import Store, Tx, prepare
from core.store.migrate import HEAD
from core.store.open import open_store
from core.tokens import read_ref
from rebook.config import Config, find_config, load_config
from rebook.failure import Failed

Result = TypeVar("Result")

_REVISION = prepare(text("SELECT version_num FROM alembic_version"))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with; *now* is the moment it began, aware UTC."""

    config: Config
    store: Store
    business: Business
    now: datetime

    @property
    def act(self) -> Act:
        """Who acts from a terminal: the owner."""
        return Act(OWNER, "terminal", self.now)

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        """See `Store.read`."""
        return await self.store.read(fn)

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        """See `Store.write`."""
        return await self.store.write(fn)


def wall_clock() -> datetime:
    """Return now, aware UTC."""
    return datetime.now(UTC)


def load(config_file: Path | None) -> Config:
    """Return the config of `-c`, `rebook.toml` or `$REBOOK_CONFIG`. Raises BadConfig."""
    return load_config(find_config(config_file, os.environ), os.environ)


def at_desk(config_file: Path | None, slug: str | None, work: Callable[[Desk], Awaitable[Result]]) -> Result:
    """Open the database, find the business, do *work* and close again.

    Raises:
        BadConfig, StoreError, Failed: it cannot be opened, or there is no such business.
    """
    config = load(config_file)
    gc.disable()  # what a command makes lives until it ends: looking for garbage in a long list finds none
    try:
        return asyncio.run(_at_desk(config, slug, work))
    finally:
        gc.enable()


def find_booking(tx: Tx, desk: Desk, words: str) -> Dossier:
    """Return the booking whose reference someone typed (SPEC T4). Raises Failed."""
    ref = read_ref(words)
    if ref is None:
        raise Failed(f"{words!r} is no reference of a booking; they look like K7Q-2MX (see `rebook bookings`)")

    booking_id = queries.find_by_ref(tx, ref, desk.business.id)
    dossier = None if booking_id is None else queries.load_dossier(tx, booking_id)
    if dossier is None:
        raise Failed(f"there is no booking {ref} in {desk.business.slug} (see `rebook bookings all`)")

    return dossier


async def _at_desk(config: Config, slug: str | None, work: Callable[[Desk], Awaitable[Result]]) -> Result:
    path = config.database.path
    if not path.exists():
        raise Failed(f"there is no database {path} yet: `rebook import FILE` makes it")

    store = open_store(config.database.url)
    try:
        business = await store.read(partial(_choose_business, slug=slug))
        return await work(Desk(config, store, business, wall_clock()))
    finally:
        await store.close()


def _choose_business(tx: Tx, slug: str | None) -> Business:
    revision = tx.first(_REVISION)
    if revision is None or revision.version_num != HEAD:
        raise Failed("the database is of another version of Rebook: run `rebook migrate`, or use the newer Rebook")

    businesses = queries.load_businesses(tx)
    slugs = ", ".join(one.slug for one in businesses)
    if not businesses:
        raise Failed("there is no business yet: `rebook import FILE` loads one")

    if slug is None and len(businesses) > 1:
        raise Failed(f"there are several businesses, say which with --business: {slugs}")

    for business in businesses:
        if slug in (None, business.slug):
            return business

    raise Failed(f"there is no business {slug!r}; there is {slugs}")
