"""The smallest config there is, and ways to load it with something added."""

from __future__ import annotations

from pathlib import Path

import pytest

from rebook.config import BadConfig, Config, load_config

KEY = "a key of thirty-two characters ok"
OLDER = "an older key of thirty-two characters"

SMALLEST = f"""
[app]
base_url = "https://book.example.com"
secret_keys = ["{KEY}"]
[mail.in]
domain = "reply.example.com"
[mail.out]
from_address = "bookings@example.com"
"""

SMALLEST_ENVIRONMENT = {
    "REBOOK_APP__BASE_URL": "https://book.example.com",
    "REBOOK_APP__SECRET_KEYS": KEY,
    "REBOOK_MAIL__IN__DOMAIN": "reply.example.com",
    "REBOOK_MAIL__OUT__FROM_ADDRESS": "bookings@example.com",
}


def load(folder: Path, text: str, **environ: str) -> Config:
    file = folder / "rebook.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, environ)


def problems_of(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(BadConfig) as bad:
        load(folder, text, **environ)

    assert str(bad.value) == "\n".join(bad.value.problems)
    return list(bad.value.problems)


def smallest_and(section: str, *lines: str) -> str:
    """Return the smallest config with *lines* in *section*."""
    heading = f"[{section}]\n"
    added = heading + "\n".join(lines) + "\n"
    return SMALLEST.replace(heading, added) if heading in SMALLEST else SMALLEST + added
