"""People of the Bot API server: what they do arrives as Telegram would tell it."""

from __future__ import annotations

import pytest
from aiogram import Bot
from aiogram.types import InaccessibleMessage, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from tests.telegram.bot_api import BotApi
from tests.telegram.clients import keyboard
from tests.telegram.person import MEDIA, Person


async def newest(bot: Bot) -> Update:
    return (await bot.get_updates(-1))[0]


async def test_a_link_opens_the_chat_with_its_payload(api: BotApi, bot: Bot) -> None:
    jo = api.person("Jo", language="pl")

    jo.opens(f"https://t.me/{api.username}?start=b_2-Xy")

    message = (await newest(bot)).message
    assert message is not None
    assert message.from_user is not None
    assert (message.text, message.chat.id, message.from_user.language_code) == ("/start b_2-Xy", jo.id, "pl")
    assert message.entities is not None
    assert [(one.type, one.offset, one.length) for one in message.entities] == [("bot_command", 0, 6)]


@pytest.mark.parametrize("link", ["a" * 65, "with space", "ä", "https://t.me/another_bot?start=x"])
async def test_telegram_opens_no_other_link(jo: Person, link: str) -> None:
    with pytest.raises(AssertionError):
        jo.opens(link)


async def test_an_address_among_words_is_marked(bot: Bot, jo: Person) -> None:
    jo.says("😀 https://nova.example/b/1 please")

    message = (await newest(bot)).message
    assert message is not None
    assert message.entities is not None
    assert message.entities[0].extract_from(message.text or "") == "https://nova.example/b/1"


async def test_a_reply_brings_the_message_it_answers(bot: Bot, jo: Person) -> None:
    await bot.send_message(jo.id, "Move it?")

    jo.says("thu after 4?", to=jo.screen())

    message = (await newest(bot)).message
    assert message is not None
    assert message.reply_to_message is not None
    assert message.reply_to_message.text == "Move it?"


async def test_a_press_brings_the_message_as_it_stands_now(bot: Bot, jo: Person) -> None:
    """A press on a keyboard that has changed meanwhile sends the old data."""
    sent = await bot.send_message(jo.id, "Move it?", reply_markup=keyboard(["Yes", "No"]))
    before = jo.screen()
    await bot.edit_message_text("Moved", chat_id=jo.id, message_id=sent.message_id, reply_markup=keyboard(["Undo"]))

    jo.presses("Yes", on=before)
    query = (await newest(bot)).callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert (query.data, query.message.text, query.from_user.id) == ("Yes", "Moved", jo.id)

    with pytest.raises(AssertionError, match="no button 'Yes'"):
        jo.presses("Yes")
    assert jo.presses("Un").data == "Undo"


async def test_a_press_on_a_deleted_message_comes_without_it(bot: Bot, jo: Person) -> None:
    await bot.send_message(jo.id, "Move it?", reply_markup=keyboard(["Yes"]))
    before = jo.screen()
    jo.deletes(before)

    jo.presses("Yes", on=before)

    query = (await newest(bot)).callback_query
    assert query is not None
    assert isinstance(query.message, InaccessibleMessage)


async def test_a_button_that_opens_an_address_is_not_pressed(bot: Bot, jo: Person) -> None:
    link = InlineKeyboardButton(text="Manage", url="https://nova.example/b/1")
    await bot.send_message(jo.id, "Your visit", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[link]]))

    assert jo.screen().links == ["https://nova.example/b/1"]
    with pytest.raises(AssertionError, match="sends nothing"):
        jo.presses("Manage")


@pytest.mark.parametrize("kind", MEDIA)
async def test_media_come_instead_of_text(bot: Bot, jo: Person, kind: str) -> None:
    jo.sends(kind)

    message = (await newest(bot)).message
    assert message is not None
    assert (message.content_type, message.text) == (kind, None)


async def test_what_was_said_can_be_edited(bot: Bot, jo: Person) -> None:
    said = jo.says("thu at 3")

    jo.edits(said, "thu at 4")

    update = await newest(bot)
    assert update.edited_message is not None
    assert (update.edited_message.text, update.edited_message.message_id) == ("thu at 4", said["message"]["message_id"])


async def test_an_update_may_be_of_an_unknown_kind(bot: Bot, jo: Person) -> None:
    jo.does("hologram", {"from": jo.user})

    assert (await newest(bot)).model_extra == {"hologram": {"from": jo.user}}


async def test_blocking_is_told(bot: Bot, jo: Person) -> None:
    jo.blocks()
    update = await newest(bot)
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"

    with pytest.raises(AssertionError, match="blocked"):
        jo.says("hello")
    jo.unblocks()
    jo.says("hello")


async def test_in_a_group_only_commands_and_replies_reach_the_bot(api: BotApi, bot: Bot, jo: Person) -> None:
    there = jo.inside(api.group("Family"))
    await bot.send_message(there.chat.id, "I only talk in private")
    api.updates.drop()

    there.says("nice weather")
    there.says("/bookings")
    there.says("why?", to=there.screen())

    messages = [update.message for update in await bot.get_updates()]
    assert [message.text for message in messages if message] == ["/bookings", "why?"]
    assert [message.chat.type for message in messages if message] == ["group", "group"]
    assert jo.screens() == []


async def test_waiting_looks_only_at_what_came_after(bot: Bot, jo: Person) -> None:
    await bot.send_message(jo.id, "Done", reply_markup=keyboard(["Undo"]))
    jo.says("again")

    with pytest.raises(AssertionError, match="not among"):
        await jo.sees("Done", seconds=0)
    await bot.send_message(jo.id, "Done again", reply_markup=keyboard(["Undo"]))
    assert (await jo.sees("Done", "Undo")).text == "Done again"
    assert jo.unread == []


async def test_a_button_spins_until_it_is_answered(bot: Bot, jo: Person) -> None:
    await bot.send_message(jo.id, "Move it?", reply_markup=keyboard(["Yes"]))
    press = jo.presses("Yes")

    with pytest.raises(AssertionError, match="spins still"):
        await jo.told(press, seconds=0)
    await bot.answer_callback_query(press.id)
    assert (await jo.told(press)).text == ""
