"""A terminal in a folder of its own, at a moment of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Terminal = Callable[..., "Said"]


@dataclass(frozen=True)
class Said:
    """What a command left with and said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def load(terminal: Terminal, file: dict[str, Any], *words: str) -> list[dict[str, Any]]:
    said = terminal("import", "-", *words, stdin=json.dumps(file).encode())
    assert (said.code, said.err) == (0, "")
    return [json.loads(line) for line in said.out.splitlines()]
