"""The Bot API server of the tests: what becomes of a message, a press and a profile once they are there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Message,
    ReplyParameters,
)

from tests.telegram.bot_api import BotApi
from tests.telegram.chats import Screen, Toast
from tests.telegram.clients import keyboard
from tests.telegram.person import Person, remove_bot
from tests.telegram.world import monday


async def test_an_edit_changes_the_message_in_place(bot: Bot, jo: Person) -> None:
    sent = await bot.send_message(jo.id, "Move it?", reply_markup=keyboard(["Yes"]))

    await bot.edit_message_reply_markup(chat_id=jo.id, message_id=sent.message_id, reply_markup=keyboard(["No"]))
    assert jo.screen().rows == [["No"]]
    edited = await bot.edit_message_text("Moved", chat_id=jo.id, message_id=sent.message_id)

    assert isinstance(edited, Message)
    assert jo.screens() == [Screen(sent.message_id, "Moved")]
    assert [screen.text for screen in jo.unread] == ["Move it?", "Move it?", "Moved"]


async def test_an_edit_is_refused_where_nothing_changes_or_nothing_is_there(bot: Bot, jo: Person) -> None:
    sent = await bot.send_message(jo.id, "Move it?", reply_markup=keyboard(["Yes"]))
    theirs = jo.says("Yes")["message"]["message_id"]

    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text(
            "Move it?", chat_id=jo.id, message_id=sent.message_id, reply_markup=keyboard(["Yes"])
        )
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.edit_message_text("a" * 4097, chat_id=jo.id, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("No", chat_id=jo.id, message_id=theirs)

    jo.deletes(jo.screen())
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("Moved", chat_id=jo.id, message_id=sent.message_id)


async def test_a_message_can_be_deleted_for_48_hours(api: BotApi, bot: Bot, jo: Person) -> None:
    first, second = await bot.send_message(jo.id, "One"), await bot.send_message(jo.id, "Two")

    assert await bot.delete_message(jo.id, first.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(jo.id, first.message_id)

    api.world.now = lambda: monday() + timedelta(hours=49)
    with pytest.raises(TelegramBadRequest, match="can't be deleted"):
        await bot.delete_message(jo.id, second.message_id)


async def test_a_reply_answers_a_message_that_is_there(bot: Bot, jo: Person) -> None:
    said = jo.says("Thursday?")["message"]["message_id"]

    sent = await bot.send_message(jo.id, "Free", reply_parameters=ReplyParameters(message_id=said))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "Thursday?"

    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(jo.id, "Free", reply_parameters=ReplyParameters(message_id=999))
    further = await bot.send_message(jo.id, "At 3", reply_parameters=ReplyParameters(message_id=sent.message_id))
    assert further.reply_to_message is not None
    assert further.reply_to_message.reply_to_message is None
    kind = ReplyParameters(message_id=999, allow_sending_without_reply=True)
    assert (await bot.send_message(jo.id, "Free", reply_parameters=kind)).reply_to_message is None


async def test_a_press_is_answered_once_and_not_too_late(api: BotApi, bot: Bot, jo: Person) -> None:
    await bot.send_message(jo.id, "Move it?", reply_markup=keyboard(["Yes", "No"]))
    press, late = jo.presses("Yes"), jo.presses("No")

    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(press.id, "a" * 201)
    assert await bot.answer_callback_query(press.id, "Taken", show_alert=True)
    assert await jo.told(press) == Toast("Taken", alert=True)

    api.world.age_presses()
    for over in (press.id, late.id, "nonsense"):
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_callback_query(over)


async def test_only_open_chats_can_be_written_to(api: BotApi, bot: Bot, jo: Person) -> None:
    stranger, group = api.person("Kim"), api.group()
    jo.blocks()
    remove_bot(api.world, stranger, group)

    for chat, reason in [
        (jo.id, "bot was blocked by the user"),
        (stranger.id, "can't initiate conversation"),
        (group.id, "bot was kicked"),
    ]:
        with pytest.raises(TelegramForbiddenError, match=reason):
            await bot.send_message(chat, "Hello")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(1, "Hello")

    jo.opens("cancel_2")
    assert (await bot.send_message(jo.id, "Welcome back")).text == "Welcome back"


async def test_only_known_actions_are_shown(bot: Bot, jo: Person) -> None:
    assert await bot.send_chat_action(jo.id, "typing")
    with pytest.raises(TelegramBadRequest, match="wrong parameter action"):
        await bot.send_chat_action(jo.id, "dancing")


async def test_the_narrowest_list_of_commands_is_shown(api: BotApi, bot: Bot, jo: Person) -> None:
    kim, group = api.person("Kim", language="de"), api.group()
    kim.opens()
    await bot.set_my_commands([BotCommand(command="start", description="Start")])
    await bot.set_my_commands([BotCommand(command="help", description="Help")], BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(
        [BotCommand(command="hilfe", description="Hilfe")], BotCommandScopeAllPrivateChats(), "de"
    )
    await bot.set_my_commands([BotCommand(command="today", description="Today")], BotCommandScopeChat(chat_id=jo.id))

    assert (jo.menu(), kim.menu(), kim.inside(group).menu()) == (["today"], ["hilfe"], ["start"])
    assert await bot.get_my_commands(language_code="pl") == []


@pytest.mark.parametrize(
    ("commands", "language", "reason"),
    [
        ([("Start", "Start")], "", "BOT_COMMAND_INVALID"),
        ([("a" * 33, "Start")], "", "BOT_COMMAND_INVALID"),
        ([("start", "")], "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([("start", "a" * 257)], "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([("start", "Start")] * 101, "", "BOT_COMMANDS_TOO_MUCH"),
        ([("start", "Start")], "pt-BR", "invalid language code"),
    ],
)
async def test_commands_have_names_and_descriptions(
    bot: Bot, commands: list[tuple[str, str]], language: str, reason: str
) -> None:
    given = [BotCommand(command=name, description=description) for name, description in commands]

    with pytest.raises(TelegramBadRequest, match=reason):
        await bot.set_my_commands(given, language_code=language)


async def test_a_bot_describes_itself_within_limits(bot: Bot) -> None:
    assert await bot.set_my_description("Moves visits")
    assert await bot.set_my_description("Verschiebt Termine", "de")
    assert await bot.set_my_short_description("Visits")
    assert await bot.set_my_name("Studio Nova")

    assert (await bot.get_my_description(language_code="de")).description == "Verschiebt Termine"
    assert (await bot.get_my_description(language_code="pl")).description == "Moves visits"
    assert (await bot.get_me()).first_name == "Studio Nova"
    for refused in (
        bot.set_my_description("a" * 513),
        bot.set_my_short_description("a" * 121),
        bot.set_my_name("a" * 65),
    ):
        with pytest.raises(TelegramAPIError, match="too long"):
            await refused
