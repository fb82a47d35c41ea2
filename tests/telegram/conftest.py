"""Fixtures of the Telegram door: a Bot API server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.telegram.bot_api import BotApi, open_bot_api


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with open_bot_api() as api:
        yield api
