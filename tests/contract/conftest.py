"""The stores that have to keep the contract."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.store.engine import Store
from core.store.migrate import migrate
from core.store.open import open_store

Opener = Callable[[], Store]


def sqlite(folder: Path, empty: Path) -> Opener:
    """Return what opens one SQLite database."""
    shutil.copy(empty, folder / "rebook.sqlite")
    return lambda: open_store(f"sqlite:///{folder}/rebook.sqlite")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and no rows."""
    path = tmp_path_factory.mktemp("empty") / "rebook.sqlite"
    migrate(path)
    return path


@pytest.fixture(params=[sqlite])  # a second store joins here
def opener(request: pytest.FixtureRequest, tmp_path: Path, empty: Path) -> Opener:
    """Open one and the same fresh database, as often as asked."""
    opened: Opener = request.param(tmp_path, empty)
    return opened


@pytest.fixture
async def store(opener: Opener) -> AsyncIterator[Store]:
    opened = opener()
    yield opened
    await opened.close()


@pytest.fixture
async def other(opener: Opener) -> AsyncIterator[Store]:
    """The same database as another process sees it."""
    opened = opener()
    yield opened
    await opened.close()
