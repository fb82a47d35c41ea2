"""What guests of ten languages write and read: the conversation of each, and their booking."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.phrases import load_phrases
from tests.story.salon import booking


@dataclass(frozen=True, slots=True)
class Talk:
    """What a guest says on the way from a wish to an undo."""

    name: str
    wish: str
    pick: str
    cancel: str
    yes: str
    undo: str


TALKS = {
    language: Talk(**said)
    for language, said in tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8")).items()
}
"""By language."""


def booked_in(language: str, key: str = "jo", **changes: Any) -> dict[str, Any]:
    """Return Thursday's booking of a guest who speaks *language*."""
    name = TALKS[language].name
    guest = {"name": name, "email": f"{key}@guest.example", "locale": language, "tz": "Europe/Warsaw"}
    return booking(key, guest=guest, **changes)


def spoken() -> tuple[str, ...]:
    """Return every language that guests are answered in."""
    return tuple(sorted(load_phrases().languages))
