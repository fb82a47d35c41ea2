"""How far a mailbox was read is kept once, and never taken back by who is behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from core.mailbox import Place, advance, find_place, keep_place, settle
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore

NAME = "shop@imap.example.com:993/INBOX"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TENTH = Place(validity=7, last_uid=10, looked=NOW, unmarked_uid=10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    path = tmp_path / "rebook.sqlite"
    migrate(path)
    store = SqliteStore.open(path)
    await store.write(partial(keep_place, name=NAME, place=TENTH))
    yield store
    await store.close()


async def found(store: SqliteStore) -> Place | None:
    return await store.read(partial(find_place, name=NAME))


async def test_a_place_is_found_again(store: SqliteStore) -> None:
    assert await found(store) == TENTH
    assert await store.read(partial(find_place, name="another")) is None


async def test_a_message_is_reached_once(store: SqliteStore) -> None:
    """R8: who comes second with the same message, or an earlier one, or by other numbers, is told no."""
    eleventh = replace(TENTH, last_uid=11, unmarked_uid=11)

    reached = [
        await store.write(partial(advance, name=NAME, place=place))
        for place in (TENTH, replace(eleventh, validity=8), eleventh, eleventh, replace(TENTH, last_uid=3))
    ]

    assert reached == [False, False, True, False, False]
    assert await found(store) == eleventh


async def test_a_place_is_settled_unless_another_got_further(store: SqliteStore) -> None:
    later = NOW + timedelta(minutes=1)
    behind, same, other = (
        replace(TENTH, last_uid=9),
        replace(TENTH, unmarked_uid=None, looked=later),
        Place(8, 99, later),
    )

    await store.write(partial(settle, name=NAME, place=behind))
    assert await found(store) == TENTH

    await store.write(partial(settle, name=NAME, place=same))
    await store.write(partial(settle, name=NAME, place=other))
    assert await found(store) == same
