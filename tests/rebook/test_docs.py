"""What README promises is what there is: every command, every setting, every reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from core.refusal import REFUSAL_CODES
from core.settings import setting_keys
from rebook.cli import build_app

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", REFUSAL_CODES)
def test_every_refusal_has_a_line(code: str) -> None:
    """DESIGN rule 3."""
    assert f"`{code}`" in README


@pytest.mark.parametrize("key", setting_keys())
def test_every_setting_of_a_business_has_a_line(key: str) -> None:
    """F0."""
    assert f"| `{key}` |" in README


def test_every_command_is_listed() -> None:
    """CONTRACT: what users find in --help they find in the README."""
    names = list(typer.main.get_group(build_app()).commands)

    assert [name for name in names if f"`{name} " not in README and f"`{name}`" not in README] == []
