"""The Bot API server of the tests: everything that goes wrong between a bot and Telegram."""

from __future__ import annotations

import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from tests.telegram.bot_api import BotApi
from tests.telegram.clients import open_bot
from tests.telegram.person import Person


async def test_too_many_requests_say_when_to_come_again(api: BotApi, bot: Bot, jo: Person) -> None:
    api.faults.refuse("sendMessage", 429, retry_after=7, times=2)

    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.send_message(jo.id, "Hello")
        assert refused.value.retry_after == 7
    await bot.send_message(jo.id, "Hello")

    assert [call.status for call in api.calls_of("sendMessage")] == [429, 429, 200]
    assert jo.messages() == [("Jo", "/start"), ("Nova", "Hello")]


async def test_faults_can_be_ordered_for_one_chat_and_one_method(api: BotApi, bot: Bot, jo: Person) -> None:
    kim = api.person("Kim")
    kim.opens()
    api.faults.refuse("sendMessage", 403, chat=kim.id)
    api.faults.refuse("getMe")
    api.faults.refuse("deleteWebhook", 502)

    await bot.send_message(jo.id, "Hello")
    with pytest.raises(TelegramForbiddenError, match="blocked by the user"):
        await bot.send_message(kim.id, "Hello")
    with pytest.raises(TelegramServerError, match="Internal Server Error"):
        await bot.get_me()
    with pytest.raises(ClientDecodeError):
        await bot.delete_webhook()


async def test_an_answer_may_be_lost_on_the_way(api: BotApi, bot: Bot, jo: Person) -> None:
    api.faults.lose("sendMessage")
    api.faults.hang("getMe")

    with pytest.raises(TelegramNetworkError):
        await bot.send_message(jo.id, "Hello")
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await bot.get_me(request_timeout=0.05)  # type: ignore[arg-type] # any number of seconds will do

    assert jo.screen().text == "Hello"


async def test_telegram_may_be_down_and_come_back(api: BotApi, bot: Bot, jo: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await api.polled()
    await api.down()
    assert await poll == []
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()

    jo.says("hello")
    await api.up()
    assert len(await bot.get_updates()) == 1


async def test_two_bots_may_send_at_once(api: BotApi, bot: Bot, jo: Person) -> None:
    async with open_bot(api) as other:
        await asyncio.gather(*(one.send_message(jo.id, "Hello") for one in (bot, other) for _ in range(20)))

    assert len(jo.screens()) == len({screen.message_id for screen in jo.screens()}) == 40
