"""What a config is made of: sections are dataclasses, settings are fields that say how they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, get_type_hints

from rebook.config_values import Reader

Key = tuple[str, ...]
"""A setting or a section as the file writes it: ("mail", "in", "listen")."""

FILE_SUFFIX = "_file"

REQUIRED: Any = object()
"""The default of a setting that has none."""


@dataclass(frozen=True, slots=True)
class Read:
    """How a setting is read: by what, its default as the file would write it, and whether it may be a `…_file`.

    `kind` says how the environment writes it: as it is, as a number, as a list with commas.
    """

    by: Reader
    default: Any = REQUIRED
    kind: Literal["text", "number", "list"] = "text"
    secret: bool = False


def settings(model: type[Any], above: Key = ()) -> Iterator[tuple[Key, Read]]:
    """Yield every setting of the model with its key as the file writes it."""
    for name, _, kind in parts(model):
        if isinstance(kind, Read):
            yield (*above, name), kind
        else:
            yield from settings(kind, (*above, name))


def sections(model: type[Any], above: Key = ()) -> Iterator[Key]:
    """Yield the key of every table of the model, outer ones first."""
    for name, _, kind in parts(model):
        if not isinstance(kind, Read):
            yield (*above, name)
            yield from sections(kind, (*above, name))


def parts(model: type[Any]) -> Iterator[tuple[str, str, Read | type[Any]]]:
    """Yield of each field its name in the file, its own name, and how it is read or the section it is."""
    hints = get_type_hints(model, include_extras=True)
    for part in fields(model):
        reads = [mark for mark in getattr(hints[part.name], "__metadata__", ()) if isinstance(mark, Read)]
        yield part.metadata.get("key", part.name), part.name, reads[0] if reads else hints[part.name]


def keys(model: type[Any]) -> Iterator[tuple[Key, Read]]:
    """Yield every key that may be written: the settings, and the `_file` forms of the secret ones."""
    for key, setting in settings(model):
        yield key, setting
        if setting.secret:
            yield (*key[:-1], key[-1] + FILE_SUFFIX), setting
