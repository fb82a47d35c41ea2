from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from core.store.engine import StoreError, StoreUnavailable
from core.store.migrate import HEAD, STEPS, UnknownRevision, migrate
from core.store.tables import metadata

ROOT = Path(__file__).parents[3]
SECOND_STEP = """
from alembic import op
from sqlalchemy import Column, Text

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("business", Column("motto", Text))
    with op.batch_alter_table("business") as business:
        business.alter_column("phone", new_column_name="telephone")
"""


def test_the_steps_lead_to_the_schema_that_the_code_uses(tmp_path: Path) -> None:
    """When this fails after a change of `core/store/tables.py`: add a revision and set `HEAD`.

    Before the first release, `versions/v0001_first_schema.py` may be changed instead.
    """
    migrate(tmp_path / "migrated.sqlite")
    engine = create_engine(f"sqlite:///{tmp_path}/made.sqlite")
    metadata.create_all(engine)
    engine.dispose()

    assert schema(tmp_path / "migrated.sqlite") == schema(tmp_path / "made.sqlite")


def test_the_revision_that_is_looked_for_is_the_newest_one() -> None:
    config = Config()
    config.set_main_option("script_location", str(STEPS))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_later_step_changes_a_table_that_has_rows_and_is_referred_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "rebook.sqlite", tmp_path / "steps"
    migrate(path)
    change(
        path,
        "INSERT INTO business VALUES (1, 's', 'S', 'UTC', 'en', 'e', '112', NULL, '{}');"
        "INSERT INTO performer VALUES (1, 1, 'p', 'P', NULL, '{}')",
    )
    shutil.copytree(STEPS, steps)
    (steps / "versions" / "v0002_motto.py").write_text(SECOND_STEP)
    monkeypatch.setattr("core.store.migrate.STEPS", steps)
    monkeypatch.setattr("core.store.migrate.HEAD", "0002")

    migrate(path)
    migrate(path)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT slug, telephone, motto FROM business").fetchall() == [("s", "112", None)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    monkeypatch.undo()
    with pytest.raises(UnknownRevision, match="0002"):
        migrate(path)


def test_a_database_that_is_up_to_date_costs_no_import(tmp_path: Path) -> None:
    path = tmp_path / "rebook.sqlite"
    migrate(path)
    program = (
        "import sys; from core.store.migrate import migrate; migrate(sys.argv[1]);"
        "print([name for name in sys.modules if name.startswith('alembic')])"
    )

    assert run(program, path) == "[]\n"


def test_migrating_says_nothing(tmp_path: Path) -> None:
    """Its caller decides what is logged."""
    program = "import logging, sys, core.store.migrate as m; m.migrate(sys.argv[1]); print(logging.root.handlers)"

    assert run(program, tmp_path / "new.sqlite") == "[]\n"


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rebook.sqlite"
    migrate(path)
    change(path, "UPDATE alembic_version SET version_num = '9999'; DROP TABLE heard")
    before = schema(path)

    with pytest.raises(UnknownRevision, match="9999"):
        migrate(path)

    assert schema(path) == before


def test_a_step_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    path = tmp_path / "rebook.sqlite"
    change(path, "CREATE TABLE undo (a); CREATE TABLE kept (b)")
    before = schema(path)

    with pytest.raises(StoreUnavailable, match="undo"):
        migrate(path)

    assert schema(path) == before


def test_a_step_that_breaks_references_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "rebook.sqlite"
    change(path, "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p); INSERT INTO c VALUES (7)")

    with pytest.raises(StoreError, match="references"):
        migrate(path)

    assert set(schema(path)) == {"p", "c"}


def test_processes_that_migrate_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "rebook.sqlite"
    program = "import sys; from core.store.migrate import migrate; migrate(sys.argv[1]); print('done')"
    command = [sys.executable, "-W", "error", "-c", program, str(path)]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [process.communicate(timeout=60)[0] for process in processes]

    assert answers == ["done\n"] * 3
    assert "booking" in schema(path)


def run(program: str, path: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", program, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


def change(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def schema(path: Path) -> dict[str, str]:
    """Return what makes each table, index and trigger, but for alembic's own table."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in made if name != "alembic_version"}
