"""Fixtures of the Telegram door: a Bot API server on loopback, a bot that talks with it, and somebody who met it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from tests.telegram.bot_api import BotApi, open_bot_api
from tests.telegram.clients import open_bot
from tests.telegram.person import Person


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with open_bot_api() as api:
        yield api


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    async with open_bot(api) as bot:
        yield bot


@pytest.fixture
def jo(api: BotApi) -> Person:
    """Somebody whose first update is taken away already."""
    jo = api.person("Jo")
    jo.opens()
    api.updates.drop()
    return jo
