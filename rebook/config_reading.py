"""Gather the config's raw tables from file, environment and secret files; say in the operator's words what is wrong.

Knows the settings only through the model it is given, so that a new setting needs no line here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rebook.config_fields import FILE_SUFFIX, Key, Read, keys, sections, settings
from rebook.config_values import Folders

Table = dict[str, Any]

PREFIX = "REBOOK_"
LEVEL = "__"
DEFAULT_DATA_DIR = "data"


class BadConfig(Exception):
    """The config cannot be used. `problems` has one sentence for each mistake, naming its key, never a value."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Raw:
    """What was gathered: tables not yet checked, where each came from, and what went wrong so far."""

    tables: Table
    model: type[Any]
    folders: Folders
    variables: dict[Key, str] = field(default_factory=dict)
    """Settings that the environment gave, with the variable's name."""
    unread: set[Key] = field(default_factory=set)
    """Settings whose problem is already told."""
    problems: list[str] = field(default_factory=list)

    def name(self, key: Key, entry: str = "") -> str:
        """Return what the operator calls *key*, or an *entry* ("[0]") of it."""
        variable = self.variables.get(key)
        return f"{'.'.join(key)}{entry} ({variable})" if variable else ".".join(key) + entry


def read_raw(path: Path | None, environ: Mapping[str, str], model: type[Any]) -> Raw:
    """Gather the tables; raises BadConfig where the file itself cannot be read."""
    tables = _read_file(path) if path else {}
    base = path.absolute().parent if path else Path.cwd()
    raw = Raw(tables, model, Folders(base, base))
    for section in sections(model):
        table_at(tables, section)

    for variable, text in sorted(environ.items()):
        if variable.startswith(PREFIX) and LEVEL in variable and text:
            _override(raw, variable, text)

    data_dir = tables["app"].get("data_dir", DEFAULT_DATA_DIR) if isinstance(tables["app"], dict) else DEFAULT_DATA_DIR
    raw.folders = Folders(base, Folders(base, base).path(str(data_dir)))
    for key, setting in settings(model):
        if setting.secret:
            _read_secret_file(raw, key, setting)

    return raw


def table_at(tables: Table, section: Key) -> Table | None:
    """Return the table of *section*, made where missing; None where something else stands there."""
    table: Any = tables
    for name in section:
        if not isinstance(table, dict):
            return None

        table = table.setdefault(name, {})

    return table if isinstance(table, dict) else None


def guess(key: Key, raw: Raw, spell: Callable[[Key], str] = ".".join) -> str:
    """Return the known key closest to a mistyped one, ready to be put after the problem; nothing if none is close."""
    known = {spell(other): other for other in [*dict(keys(raw.model)), *sections(raw.model)]}
    close = get_close_matches(spell(key), known, n=1, cutoff=0.75)
    return f" (did you mean {close[0]}?)" if close else ""


def _variable(key: Key) -> str:
    return PREFIX + LEVEL.join(key).upper()


def _read_file(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadConfig([f"{path}: there is no such file (`rebook init {path}` writes one)"]) from None
    except UnicodeDecodeError:
        raise BadConfig([f"{path}: is not UTF-8 text"]) from None
    except OSError as problem:
        raise BadConfig([f"{path}: cannot be read ({problem.strerror})"]) from None
    except tomllib.TOMLDecodeError as problem:
        raise BadConfig([f"{path}: is not TOML: {problem}"]) from None


def _override(raw: Raw, variable: str, text: str) -> None:
    key = tuple(variable.removeprefix(PREFIX).lower().split(LEVEL))
    known = dict(keys(raw.model))
    table = table_at(raw.tables, key[:-1]) if key in known else None
    if table is None:
        raw.problems.append(f"{variable}: there is no such setting{guess(key, raw, _variable)}")
        return

    table[key[-1]] = text if _is_file_of_secret(key, known[key]) else _from_text(text, known[key])
    raw.variables[key] = variable
    # Whoever sets the one in the environment means it instead of the other in the file.
    other = key[-1].removesuffix(FILE_SUFFIX) if _is_file_of_secret(key, known[key]) else key[-1] + FILE_SUFFIX
    if (*key[:-1], other) not in raw.variables:
        table.pop(other, None)


def _from_text(text: str, setting: Read) -> Any:
    """Read a variable's text as the kind of value its setting takes; what does not fit is left for the check."""
    if setting.kind == "number":
        return int(text) if text.strip().isdecimal() else text

    if setting.kind != "list":
        return text

    if text.lstrip().startswith("["):
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(f"list = {text}")["list"]

    return [item.strip() for item in text.split(",")]


def _read_secret_file(raw: Raw, key: Key, setting: Read) -> None:
    table = table_at(raw.tables, key[:-1])
    file_key = (*key[:-1], key[-1] + FILE_SUFFIX)
    if table is None or file_key[-1] not in table:
        return

    path = table.pop(file_key[-1])
    try:
        secret = _secret(raw.folders, path, alone=key[-1] not in table)
    except ValueError as problem:
        raw.problems.append(f"{raw.name(file_key)}: {problem}")
        raw.unread.add(key)
        return

    table[key[-1]] = secret.splitlines() if setting.kind == "list" else secret


def _secret(folders: Folders, path: object, *, alone: bool) -> str:
    if not alone:
        raise ValueError("the same is given directly too: keep one of the two")

    if not isinstance(path, str):
        raise ValueError("must be text in quotes")  # noqa: TRY004 - gathered with the other mistakes

    try:
        secret = folders.path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ValueError(f"cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None

    if not secret:
        raise ValueError("is empty")

    return secret


def _is_file_of_secret(key: Key, setting: Read) -> bool:
    # No setting's own name ends so.
    return setting.secret and key[-1].endswith(FILE_SUFFIX)
