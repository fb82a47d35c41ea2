"""Fixtures of the tests that kill, lock and starve a real process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.serving import Rebook, a_rebook


@pytest.fixture
async def rebook(tmp_path: Path) -> AsyncIterator[Rebook]:
    """A Rebook that is not started yet."""
    async with a_rebook(tmp_path) as rebook:
        yield rebook
