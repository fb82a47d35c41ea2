"""Write a new config: the commented example with a secret of its own."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

PLACEHOLDER = "CHANGE-ME"
"""Stands in the example; too short to pass as a key, so that an example used as it is gets refused."""

SECRET_BYTES = 32


def render_config(secret: str) -> str:
    """Return the complete commented config with *secret* as its only key."""
    return example_path().read_text(encoding="utf-8").replace(PLACEHOLDER, secret)


def write_new_config(path: Path) -> None:
    """Write a config with a fresh secret, readable by its owner alone.

    Raises FileExistsError, and touches nothing, where there is a file already.
    """
    text = render_config(secrets.token_urlsafe(SECRET_BYTES))
    # Created with its permissions: a secret must not be readable even for a moment.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path cannot carry the permissions
        file.write(text)


def example_path() -> Path:
    """Return where the example is: beside the packages in a checkout, under `share` in an installed wheel."""
    checkout = Path(__file__).resolve().parent.parent / "config.example.toml"
    return checkout if checkout.exists() else Path(sys.prefix) / "share" / "rebook" / "config.example.toml"
