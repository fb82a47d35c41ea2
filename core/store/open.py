"""Which store a database URL means."""

from __future__ import annotations

from pathlib import Path

from core.store.engine import Store, StoreUnavailable
from core.store.sqlite import SqliteStore

_SQLITE = "sqlite:///"


def open_store(url: str) -> Store:
    """Return the store at *url*: `sqlite:///relative` or `sqlite:////absolute`.

    Missing directories and the file are made readable by their owner alone. The schema is `core.store.migrate`'s.

    Raises:
        ValueError: no store is meant by *url*.
        StoreUnavailable: the database cannot be opened.
    """
    path = database_path(url)
    try:
        _make_private(path.parent)
    except OSError as error:
        raise StoreUnavailable(f"cannot make {path.parent}: {error}") from error

    return SqliteStore.open(path)


def database_path(url: str) -> Path:
    """Return the file that *url* names.

    Raises:
        ValueError: it names none.
    """
    name = url.removeprefix(_SQLITE)
    if not url.startswith(_SQLITE) or not name:
        raise ValueError(f"not a database this version can open (expected {_SQLITE}PATH): {url}")

    return Path(name)


def _make_private(folder: Path) -> None:
    """Make *folder* and what is missing above it; the ones that exist keep their mode."""
    if folder.exists():
        return

    _make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)  # another process may be as quick
