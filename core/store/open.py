"""Which store a database URL means."""

from __future__ import annotations

from pathlib import Path

from core.store.engine import Store
from core.store.sqlite import SqliteStore

_SQLITE = "sqlite:///"


def open_store(url: str) -> Store:
    """Return the store at *url*: `sqlite:///relative` or `sqlite:////absolute`.

    Missing directories and the file are made readable by their owner alone. The schema is `core.store.migrate`'s.

    Raises:
        ValueError: no store is meant by *url*.
        StoreUnavailable: the database cannot be opened.
    """
    return SqliteStore.open(database_path(url))


def database_path(url: str) -> Path:
    """Return the file that *url* names.

    Raises:
        ValueError: it names none.
    """
    name = url.removeprefix(_SQLITE)
    if not url.startswith(_SQLITE) or not name:
        raise ValueError(f"not a database this version can open (expected {_SQLITE}PATH): {url}")

    return Path(name)
