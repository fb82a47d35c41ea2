"""The Bot API server of the tests: how updates reach the bot, fetched or brought."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
)
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from tests.telegram.bot_api import BotApi
from tests.telegram.person import Person
from tests.telegram.webhook import SECRET_HEADER


@dataclass
class Listener:
    """A webhook that keeps what it is sent and answers as it is told: with these statuses first, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[int, str]] = field(default_factory=list)
    secrets: set[str | None] = field(default_factory=set)
    reply: dict[str, Any] = field(default_factory=dict)

    async def hear(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.heard.append((update["update_id"], update["message"]["text"]))
        self.secrets.add(request.headers.get(SECRET_HEADER))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response(self.reply, status=status)


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve an app on loopback and yield its address."""
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/telegram"
    finally:
        await runner.cleanup()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/telegram", listener.hear)
    async with serving(app) as listener.url:
        yield listener


async def texts(bot: Bot, offset: int | None = None, **more: Any) -> list[tuple[int, str | None]]:
    """Poll once, and return number and text of each update."""
    updates = await bot.get_updates(offset, **more)
    return [(update.update_id, update.message.text if update.message else None) for update in updates]


async def test_updates_come_again_until_the_offset_confirms_them(api: BotApi, bot: Bot, jo: Person) -> None:
    first, second, third = (jo.says(text)["update_id"] for text in ("one", "two", "three"))

    assert await texts(bot, limit=2) == [(first, "one"), (second, "two")]
    assert await texts(bot) == [(first, "one"), (second, "two"), (third, "three")]
    assert await texts(bot, second) == [(second, "two"), (third, "three")]
    assert await texts(bot, -1) == [(third, "three")]
    assert await texts(bot, third + 1) == []
    await api.settled()


async def test_a_poll_waits_until_something_happens(api: BotApi, bot: Bot, jo: Person) -> None:
    waiting = asyncio.create_task(texts(bot, timeout=30))
    await api.polled()

    update = jo.says("hello")

    assert await waiting == [(update["update_id"], "hello")]


async def test_of_two_pollers_the_newer_stays(api: BotApi, bot: Bot, jo: Person) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await api.polled()
    newer = asyncio.create_task(bot.get_updates(timeout=30))

    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
        await older
    jo.says("hello")

    assert len(await newer) == 1


async def test_polling_and_a_webhook_exclude_each_other(api: BotApi, bot: Bot, listener: Listener) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await api.polled()

    await bot.set_webhook(listener.url)

    with pytest.raises(TelegramConflictError, match="terminated by setWebhook"):
        await poll
    with pytest.raises(TelegramConflictError, match="while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == []


async def test_only_kinds_that_were_asked_for_are_kept(bot: Bot, jo: Person) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    jo.says("unheard")

    await bot.get_updates(allowed_updates=[])
    jo.says("heard")
    jo.does("message_reaction", {})

    assert [text for _, text in await texts(bot)] == ["heard"]


async def test_a_poller_that_is_gone_takes_nothing_with_it(api: BotApi, bot: Bot, jo: Person) -> None:
    gone = asyncio.create_task(bot.get_updates(timeout=30))
    await api.polled()
    gone.cancel()
    await api.world.pulse.until(lambda: not api.updates.polled, lambda: "it polls still")

    api.updates.skip_to(900)
    jo.says("hello")

    assert await texts(bot) == [(900, "hello")]


async def test_an_update_may_come_twice(api: BotApi, bot: Bot, jo: Person) -> None:
    api.updates.copies = 2
    update = jo.says("hello")["update_id"]
    assert await texts(bot) == [(update, "hello")] * 2

    assert await texts(bot, update + 1) == []
    api.updates.repeat()
    assert await texts(bot, update + 1) == [(update, "hello")]
    assert await texts(bot, update + 1) == []


async def test_a_webhook_is_called_with_its_secret_and_in_order(api: BotApi, bot: Bot, listener: Listener) -> None:
    jo, kim = api.person("Jo"), api.person("Kim")
    jo.says("before")
    await bot.set_webhook(listener.url, secret_token="s3cret", max_connections=2)
    for text in ("one", "two", "three"):
        jo.says(text)
        kim.says(text)
    await api.settled()

    numbers = [number for number, _ in listener.heard]
    assert listener.secrets == {"s3cret"}
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6, 7]
    assert [number for number in numbers if number in (1, 2, 4, 6)] == [1, 2, 4, 6]


async def test_nothing_is_left_behind_when_one_speaks_again_at_once(
    api: BotApi, bot: Bot, jo: Person, listener: Listener
) -> None:
    await bot.set_webhook(listener.url)

    for number in range(20):
        jo.says(str(number))
        await api.settled()

    assert [text for _, text in listener.heard] == [str(number) for number in range(20)]


async def test_a_webhook_hears_every_copy(api: BotApi, bot: Bot, jo: Person, listener: Listener) -> None:
    await bot.set_webhook(listener.url)
    api.updates.copies = 2
    update = jo.says("hello")["update_id"]
    await api.settled()
    api.updates.repeat()
    await api.settled()

    assert listener.heard == [(update, "hello")] * 3


async def test_a_webhook_is_called_again_until_it_says_yes(
    api: BotApi, bot: Bot, jo: Person, listener: Listener
) -> None:
    listener.statuses = [500, 401]
    await bot.set_webhook(listener.url)
    update = jo.says("hello")["update_id"]
    await api.settled()

    info = await bot.get_webhook_info()
    assert listener.heard == [(update, "hello")] * 3
    assert api.updates.webhook is not None
    assert [delivery.status for delivery in api.updates.webhook.deliveries] == [500, 401, 200]
    assert (info.url, info.pending_update_count, info.last_error_message) == (
        listener.url,
        0,
        "Wrong response from the webhook: 401",
    )


async def test_what_a_webhook_did_not_take_can_be_fetched(bot: Bot, jo: Person) -> None:
    await bot.set_webhook("http://127.0.0.1:1/telegram")
    update = jo.says("hello")["update_id"]
    assert (await bot.get_webhook_info()).pending_update_count == 1

    await bot.delete_webhook()
    assert await texts(bot) == [(update, "hello")]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await texts(bot) == []


async def test_a_webhook_may_answer_with_a_call(bot: Bot, jo: Person, listener: Listener) -> None:
    listener.reply = {"method": "sendMessage", "chat_id": jo.id, "text": "Hello!"}
    await bot.set_webhook(listener.url)
    jo.says("hello")

    assert (await jo.sees()).text == "Hello!"


async def test_aiogram_answers_through_its_own_webhook(api: BotApi, bot: Bot, jo: Person) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message) -> Any:
        await bot.send_message(message.chat.id, f"heard {message.text}")
        return message.answer("said in the answer")

    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="s3cret").register(app, "/telegram")
    async with serving(app) as url:
        await bot.set_webhook(url, secret_token="s3cret")
        jo.says("hello")
        await jo.sees("heard hello")
        await jo.sees("said in the answer")
        await api.settled()


@pytest.mark.parametrize(
    ("webhook", "reason"),
    [
        ({"url": "ftp://nova.example"}, "HTTPS URL must be provided"),
        ({"url": "https://nova.example", "secret_token": "with spaces"}, "unallowed characters"),
        ({"url": "https://nova.example", "secret_token": "a" * 257}, "unallowed characters"),
        ({"url": "https://nova.example", "max_connections": 101}, "max_connections"),
    ],
)
async def test_a_webhook_must_be_possible(bot: Bot, webhook: dict[str, Any], reason: str) -> None:
    with pytest.raises(TelegramBadRequest, match=reason):
        await bot.set_webhook(**webhook)
