"""Reading a words.toml fast: its long lists of words are cut out before the rest is parsed. Pure.

`tomllib` takes its time for every string of a list, and a language is some thousand of them: ten languages would take
as long to parse as a guest waits for a page.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

_BLANK = r"(?:\s|\#[^\n]*\n)*"
_STRING = r'"[^"\\\n]*"'
_LISTS = re.compile(rf"(?<== )\[{_BLANK}(?:{_STRING}{_BLANK}(?:,{_BLANK}|(?=\])))*\]")
"""Lists of nothing but plain strings; whatever else stands there is left to the parser, mistakes included."""

_MARK = r"\u0001"
"""What a list's place begins with, as TOML writes it: no word does."""

_PLAIN_ELEMENTS = re.compile(r'"([^"]*)"')
_ELEMENTS = re.compile(r'"([^"\\\n]*)"|\#[^\n]*')


def read_words(text: str) -> dict[str, Any]:
    """Read *text* as `tomllib.loads` does. Raises TOMLDecodeError as it does."""
    lists: list[list[str]] = []

    def cut(found: re.Match[str]) -> str:
        lists.append(_elements(found[0]))
        # as many lines as before: a mistake further down is told with its line
        return f'"{_MARK}{len(lists) - 1}"' + "\n" * found[0].count("\n")

    data = tomllib.loads(_LISTS.sub(cut, text))
    return {name: _with_lists(value, lists) for name, value in data.items()}


def _elements(written: str) -> list[str]:
    """The strings of a list."""
    if "#" not in written:
        return _PLAIN_ELEMENTS.findall(written)

    return [element[1] for element in _ELEMENTS.finditer(written) if element[1] is not None]


def _with_lists(value: Any, lists: list[list[str]]) -> Any:
    if isinstance(value, dict):
        return {name: _with_lists(inner, lists) for name, inner in value.items()}

    marked = isinstance(value, str) and value.startswith("\1")
    return lists[int(value[1:])] if marked else value
