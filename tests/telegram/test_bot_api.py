"""The Bot API server of the tests refuses what Telegram refuses, and shows people what the bot has done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiogram.types import (
    BufferedInputFile,
    MessageEntity,
)
from aiogram.utils.formatting import Bold, DateTime, Text
from aiohttp import ClientSession, FormData

from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.clients import keyboard, open_bot
from tests.telegram.person import Person
from tests.telegram.world import monday


def markup(**button: Any) -> str:
    """Return a keyboard of one button, as it goes over the wire."""
    return json.dumps({"inline_keyboard": [[button]]})


async def post(api: BotApi, method: str, *, token: str = TOKEN, **how: Any) -> tuple[int, dict[str, Any]]:
    """Call a method without a library."""
    async with ClientSession() as session, session.post(f"{api.url}/bot{token}/{method}", **how) as answer:
        return answer.status, await answer.json()


async def test_a_message_is_shown_with_its_buttons(bot: Bot, jo: Person) -> None:
    sent = await bot.send_message(jo.id, "Move it?", reply_markup=keyboard(["Yes", "No"], ["Later"]))

    assert await jo.sees("Move it?", "Later") == jo.screen()
    assert jo.screen().rows == [["Yes", "No"], ["Later"]]
    assert (sent.message_id, sent.text, sent.date) == (jo.screen().message_id, "Move it?", monday())
    assert jo.messages() == [("Jo", "/start"), ("Nova", "Move it?")]


@pytest.mark.parametrize("text", ["a", "a" * 4096, "😀" * 2048])
async def test_a_text_may_fill_4096_utf_16_units(bot: Bot, jo: Person, text: str) -> None:
    await bot.send_message(jo.id, text)

    assert jo.screen().text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "message text is empty"),
        (" \n", "message text is empty"),
        ("a" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
    ],
)
async def test_a_text_must_have_1_to_4096_utf_16_units(bot: Bot, jo: Person, text: str, reason: str) -> None:
    with pytest.raises(TelegramBadRequest, match=reason):
        await bot.send_message(jo.id, text)

    assert jo.screens() == []


async def test_entities_count_in_utf_16_units(bot: Bot, jo: Person) -> None:
    text = Text("😀 ", Bold("Thursday"), " ", DateTime("15:00", unix_time=1_795_788_000, date_time_format="wDt"))

    await bot.send_message(jo.id, **text.as_kwargs())

    screen = jo.screen()
    assert screen.entities == (
        {"type": "bold", "offset": 3, "length": 8},
        {"type": "date_time", "offset": 12, "length": 5, "unix_time": 1_795_788_000, "date_time_format": "wDt"},
    )
    assert [screen.words(entity) for entity in screen.entities] == ["Thursday", "15:00"]


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        ({"type": "shiny", "offset": 0, "length": 2}, "Unsupported type"),
        ({"type": "bold", "offset": 3, "length": 3}, "ends after the end of the text at UTF-16 offset 5"),
        ({"type": "bold", "offset": 0, "length": 0}, "within the text"),
        ({"type": "bold", "offset": -1, "length": 2}, "within the text"),
        ({"type": "bold", "offset": 1, "length": 2}, "in a middle of a UTF-16 symbol"),
        ({"type": "bold", "offset": 0, "length": 2, "url": "https://nova.example"}, "does not belong"),
        ({"type": "text_link", "offset": 0, "length": 2, "url": "javascript:1"}, "Wrong HTTP URL"),
        ({"type": "date_time", "offset": 0, "length": 2}, "invalid date_time"),
        ({"type": "date_time", "offset": 0, "length": 2, "unix_time": 1, "date_time_format": "rD"}, "invalid date"),
    ],
)
async def test_an_entity_must_lie_in_the_text_and_be_known(
    bot: Bot, jo: Person, entity: dict[str, Any], reason: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=reason):
        await bot.send_message(jo.id, "😀abc", entities=[MessageEntity(**entity)])


async def test_parse_modes_are_not_spoken_here(bot: Bot, jo: Person) -> None:
    with pytest.raises(TelegramBadRequest, match="parse_mode"):
        await bot.send_message(jo.id, "<b>Thursday</b>", parse_mode="HTML")


@pytest.mark.parametrize("data", ["x", "x" * 64, "ж" * 32])
async def test_callback_data_may_have_64_bytes(bot: Bot, jo: Person, data: str) -> None:
    await bot.send_message(jo.id, "Move it?", reply_markup=keyboard([data]))

    assert jo.presses(data).data == data


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (markup(text="Yes", callback_data="x" * 65), "BUTTON_DATA_INVALID"),
        (markup(text="Yes", callback_data="ж" * 33), "BUTTON_DATA_INVALID"),
        (markup(text="Yes", callback_data=""), "BUTTON_DATA_INVALID"),
        (markup(text="Yes"), "Text buttons are unallowed"),
        (markup(text=" ", callback_data="yes"), "Can't find field"),
        (markup(text="Yes", callback_data="yes", url="https://nova.example"), "exactly one"),
        (markup(text="Yes", callback_data="yes", colour="red"), "unknown fields"),
        (markup(text="Yes", url="nova.example"), "Wrong HTTP URL"),
        (markup(text="Yes", url="http://localhost/b"), "Wrong HTTP URL"),
        (markup(text="Yes", copy_text={"text": ""}), "BUTTON_COPY_TEXT_INVALID"),
        ('{"inline_keyboard": [{"text": "Yes", "callback_data": "yes"}]}', "Array of Arrays"),
        ('{"buttons": []}', "reply keyboard markup"),
        ('{"keyboard": [[{"text": ""}]]}', "non-empty"),
        ("[", "can't parse reply_markup JSON object"),
        (keyboard(["x"] * 9).model_dump_json(), "reply markup is too long"),
        (keyboard(*[["x"]] * 101).model_dump_json(), "reply markup is too long"),
    ],
)
async def test_a_keyboard_must_have_the_right_shape(api: BotApi, jo: Person, given: str, reason: str) -> None:
    body = {"chat_id": jo.id, "text": "Move it?", "reply_markup": given}

    status, answer = await post(api, "sendMessage", data=body)

    assert (status, answer["error_code"]) == (400, 400)
    assert reason in answer["description"]


@pytest.mark.parametrize("way", ["query", "form", "multipart", "json"])
async def test_a_call_is_read_however_it_is_sent(api: BotApi, jo: Person, way: str) -> None:
    rows = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    fields = {"chat_id": str(jo.id), "text": "Na, dann?", "reply_markup": json.dumps(rows)}
    multipart = FormData(fields)
    multipart.add_field("unused", b"\x00\xff", filename="unused.bin")
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": fields},
        "form": {"data": fields},
        "multipart": {"data": multipart},
        "json": {"json": {"chat_id": jo.id, "text": "Na, dann?", "reply_markup": rows}},
    }

    status, answer = await post(api, "sendMessage", **ways[way])

    assert (status, answer["ok"]) == (200, True)
    assert (jo.screen().text, jo.screen().rows) == ("Na, dann?", [["Yes"]])


async def test_a_wrong_token_and_an_unknown_method_are_refused(api: BotApi, bot: Bot) -> None:
    class Fly(TelegramMethod[bool]):
        __returning__ = bool
        __api_method__ = "fly"

    with pytest.raises(TelegramNotFound, match="method not found"):
        await bot(Fly())

    async with open_bot(api, "7000001:another-token") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()


async def test_the_bot_knows_itself(api: BotApi, bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.is_bot, me.username, me.can_read_all_group_messages) == (True, api.username, False)


async def test_a_file_is_kept_with_its_caption(bot: Bot, jo: Person) -> None:
    await bot.send_document(jo.id, BufferedInputFile(b"BEGIN:VCALENDAR", "visit.ics"), caption="Your visit")

    assert (jo.screen().text, jo.screen().file) == ("Your visit", b"BEGIN:VCALENDAR")
    with pytest.raises(TelegramBadRequest, match="caption is too long"):
        await bot.send_document(jo.id, BufferedInputFile(b"x", "visit.ics"), caption="a" * 1025)
