"""Bringing a database to the schema of this version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from core.store.engine import StoreError, StoreUnavailable
from core.store.sqlite_connection import connect

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest revision in `core/store/migrations/versions`."""

STEPS = Path(__file__).parent / "migrations"
PATIENCE = 30.0  # seconds: another process may be migrating a large database


class UnknownRevision(StoreError):
    """The database was made by a newer version of Rebook: this one must not touch it."""


def migrate(path: str | Path) -> None:
    """Bring the database at *path* to the schema of this version; make it when it is not there.

    Costs one query when there is nothing to do. Processes may do it at the same time: the second waits and finds the
    work done. All of it happens in one transaction.

    Raises:
        UnknownRevision: the database is of a newer version.
        StoreUnavailable: the database cannot be opened, or stays locked.
    """
    with closing(connect(Path(path), PATIENCE)) as connection:
        try:
            if _revision(connection) != HEAD:
                _upgrade(connection)

        except sqlite3.Error as error:
            raise StoreUnavailable(f"cannot migrate {path}: {error}") from error


def _revision(connection: sqlite3.Connection) -> str | None:
    """Return the revision of the database, or None when it has none yet."""
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None

        raise

    return None if row is None else str(row[0])


def _upgrade(connection: sqlite3.Connection) -> None:
    # Long to import, and hardly ever needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import StaticPool, create_engine  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    connection.execute("PRAGMA foreign_keys = OFF")  # changing a table copies it, which would break every reference
    try:
        with engine.begin() as bound:  # which rolls back when it first meets a connection, so it comes before BEGIN
            connection.execute("BEGIN IMMEDIATE")
            _refuse_newer(_revision(connection), config)  # read again: another process may have been quicker
            config.attributes["connection"] = bound
            command.upgrade(config, HEAD)
            _refuse_broken_references(connection)
    except DBAPIError as error:
        raise StoreUnavailable(f"cannot migrate: {error.orig}") from error


def _refuse_newer(found: str | None, config: Config) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415  as above
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        if found is not None:
            ScriptDirectory.from_config(config).get_revision(found)
    except CommandError as error:
        raise UnknownRevision(f"the database has revision {found}, the newest this version knows is {HEAD}") from error


def _refuse_broken_references(connection: sqlite3.Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise StoreError(f"the migration broke references, nothing was changed: {broken[:5]}")
