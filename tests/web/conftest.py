"""Fixtures of the pages: the salon of the stories with its real server on loopback, and a guest with a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.story.salon import Salon, open_salon
from tests.web.browser import Browser, open_browser


@pytest.fixture
async def salon(tmp_path: Path) -> AsyncIterator[Salon]:
    async with open_salon(tmp_path) as salon:
        yield salon


@pytest.fixture
async def browser(salon: Salon) -> AsyncIterator[Browser]:
    assert salon.rebook.web_port is not None
    async with open_browser(salon.rebook.web_port) as browser:
        yield browser
