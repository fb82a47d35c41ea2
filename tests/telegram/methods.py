"""The methods of the Bot API that deal with messages, each as the real server answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.telegram.asked import Asked, Thing, bad_request
from tests.telegram.chats import Chat, Deed, Message, Toast
from tests.telegram.formatted import read_caption, read_text, units
from tests.telegram.keyboards import read_markup
from tests.telegram.profile import PROFILE_METHODS
from tests.telegram.world import World

ANSWER_LIMIT = 200
DELETABLE_SECONDS = 48 * 3600

ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"),
    *("choose_sticker", "find_location", "record_video_note", "upload_video_note"),
}

Method = Callable[[World, Asked], Any]


def send_message(world: World, asked: Asked) -> Thing:
    """Answer `sendMessage`."""
    return _send(world, asked, read_text(asked), None)


def send_document(world: World, asked: Asked) -> Thing:
    """Answer `sendDocument`: a file that comes with the call, as `attach://name` or under its own name."""
    name = asked.text("document").removeprefix("attach://") or "document"
    if name not in asked.files:
        raise bad_request("there is no document in the request")

    content = asked.files[name]
    about = {"file_id": f"file-{name}", "file_unique_id": f"unique-{name}", "file_size": len(content)}
    document = about | {"file_name": asked.text(f"{name}/filename")}
    return _send(world, asked, {"document": document} | read_caption(asked), content)


def edit_message_text(world: World, asked: Asked) -> Thing:
    """Answer `editMessageText`; a keyboard that is not given again is taken away."""
    chat = _chat(world, asked)
    content, markup = read_text(asked, too_long="MESSAGE_TOO_LONG"), read_markup(asked)
    message = _to_edit(chat, asked)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")

    return _edit(world, chat, message, content, markup)


def edit_message_reply_markup(world: World, asked: Asked) -> Thing:
    """Answer `editMessageReplyMarkup`."""
    chat = _chat(world, asked)
    markup = read_markup(asked)
    message = _to_edit(chat, asked)
    return _edit(world, chat, message, message.content, markup)


def delete_message(world: World, asked: Asked) -> bool:
    """Answer `deleteMessage`: possible for 48 hours."""
    chat = _chat(world, asked)
    message = chat.messages.get(asked.number("message_id", 0))
    if message is None:
        raise bad_request("message to delete not found")

    mine = message.by_bot or chat.private
    if not mine or world.date - message.date > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")

    del chat.messages[message.message_id]
    world.done(chat, Deed("deleted", message.screen()))
    return True


def answer_callback_query(world: World, asked: Asked) -> bool:
    """Answer `answerCallbackQuery`: once, and in time."""
    press = world.presses.get(asked.text("callback_query_id"))
    if press is None or press.state != "spinning":
        raise bad_request("query is too old and response timeout expired or query ID is invalid")

    if units(asked.text("text")) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")

    if asked.text("url"):
        raise bad_request("URL_INVALID")

    press.state, press.toast = "answered", Toast(asked.text("text"), asked.flag("show_alert"))
    world.done(press.chat, Deed("answered", toast=press.toast, by=press.person))
    return True


def send_chat_action(world: World, asked: Asked) -> bool:
    """Answer `sendChatAction`."""
    if asked.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")

    world.done(_chat(world, asked), Deed("acting"))
    return True


def get_me(world: World, _asked: Asked) -> Thing:
    """Answer `getMe`."""
    more = {"can_join_groups": True, "can_read_all_group_messages": world.reads_all_of_groups}
    return world.bot | more | {"supports_inline_queries": False, "has_main_web_app": False}


def _send(world: World, asked: Asked, content: Thing, file: bytes | None) -> Thing:
    chat = _chat(world, asked)
    markup, answered = read_markup(asked), _answered(chat, asked)
    message = world.post(chat, world.bot, content, answered)
    message.markup, message.file = markup, file
    world.done(chat, Deed("sent", message.screen()))
    return message.as_json()


def _edit(world: World, chat: Chat, message: Message, content: Thing, markup: Thing | None) -> Thing:
    if (message.content, message.markup) == (content, markup):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as"
            " a current content and reply markup of the message"
        )

    message.content, message.markup, message.edited = content, markup, world.date
    world.done(chat, Deed("edited", message.screen()))
    return message.as_json()


def _chat(world: World, asked: Asked) -> Chat:
    if not asked.text("chat_id"):
        raise bad_request("chat_id is empty")

    return world.open_chat(asked.number("chat_id"))


def _to_edit(chat: Chat, asked: Asked) -> Message:
    if not asked.text("message_id"):
        raise bad_request("message identifier is not specified")

    message = chat.messages.get(asked.number("message_id"))
    if message is None:
        raise bad_request("message to edit not found")

    if not message.editable:
        raise bad_request("message can't be edited")

    return message


def _answered(chat: Chat, asked: Asked) -> Message | None:
    """Return the message that the new one answers."""
    given = asked.thing("reply_parameters", empty={})
    number = given.get("message_id") or asked.number("reply_to_message_id", 0)
    if not number or number in chat.messages:
        return chat.messages.get(number)

    if given.get("allow_sending_without_reply") or asked.flag("allow_sending_without_reply"):
        return None

    raise bad_request("message to be replied not found")


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "sendDocument": send_document,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback_query,
    "sendChatAction": send_chat_action,
    **PROFILE_METHODS,
}
