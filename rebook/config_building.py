"""Check the gathered tables against the model and make the config of them, or say everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from rebook.config_fields import REQUIRED, Key, Read, parts
from rebook.config_reading import Raw, Table, guess, table_at

Section = TypeVar("Section")


def build(model: type[Section], raw: Raw, key: Key = ()) -> Section | None:
    """Return the section at *key*, checked; None, and its mistakes among the problems, where there are any."""
    table = table_at(raw.tables, key)
    if table is None:
        raw.problems.append(f"{raw.name(key)}: must be a table, in [brackets]")
        return None

    told = len(raw.problems)
    values: dict[str, Any] = {}
    for name, own_name, kind in parts(model):
        inner = (*key, name)
        values[own_name] = _value(table, inner, kind, raw) if isinstance(kind, Read) else build(kind, raw, inner)

    names = {name for name, _, _ in parts(model)}
    for name in sorted(table.keys() - names):
        raw.problems.append(f"{raw.name((*key, name))}: there is no such setting{guess((*key, name), raw)}")

    if len(raw.problems) > told or raw.unread:
        return None

    section = model(**values)
    raw.problems += [f"{raw.name(key)}: {words}".removeprefix(": ") for words in _contradictions(section)]
    return section


def _contradictions(section: object) -> Iterable[str]:
    say: Callable[[], Iterable[str]] = getattr(section, "contradictions", tuple)
    return say()


def _value(table: Table, key: Key, read: Read, raw: Raw) -> Any:
    if key in raw.unread:
        return None

    if key[-1] not in table and read.default is REQUIRED:
        raw.problems.append(f"{raw.name(key)}: is missing")
        return None

    value = table.get(key[-1], read.default)
    if value is None:
        return None

    if read.kind == "list":
        return _entries(value, key, read, raw)

    return _read_one(value, key, "", read, raw)


def _entries(value: Any, key: Key, read: Read, raw: Raw) -> tuple[Any, ...] | None:
    if not isinstance(value, list | tuple):
        raw.problems.append(f'{raw.name(key)}: must be a list: ["…", "…"]')
        return None

    if not value and read.default is REQUIRED:
        raw.problems.append(f"{raw.name(key)}: must have at least one entry")

    return tuple(_read_one(entry, key, f"[{index}]", read, raw) for index, entry in enumerate(value))


def _read_one(value: object, key: Key, entry: str, read: Read, raw: Raw) -> Any:
    try:
        return read.by(value, raw.folders)
    except ValueError as problem:
        raw.problems.append(f"{raw.name(key, entry)}: {problem}")
        return None
