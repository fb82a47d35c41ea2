"""Keyboards under a message as the Bot API takes them. Pure; refusals carry the real server's words where known."""

from __future__ import annotations

from typing import Any

from tests.telegram.asked import Asked, Thing, bad_request
from tests.telegram.formatted import refuse_address, units

DATA_BYTES = 64
BUTTONS_A_ROW = 8
BUTTONS = 100
COPY_LIMIT = 256

_LOOKS = {"text", "style", "icon_custom_emoji_id"}
_STYLES = {None, "danger", "success", "primary"}
_ACTIONS = {
    *("callback_data", "url", "web_app", "login_url", "copy_text", "callback_game", "pay", "disabled"),
    *("switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat"),
}

_OTHER_MARKUPS = ({"keyboard"}, {"remove_keyboard"}, {"force_reply"})


def read_markup(asked: Asked) -> Thing | None:
    """Return the `reply_markup` of a message, None where there is none.

    Raises:
        Refused: A keyboard of the wrong shape, or a button that Telegram does not take.
    """
    markup = asked.thing("reply_markup")
    if markup is None:
        return None

    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")

    if "inline_keyboard" in markup:
        rows = _read_rows(markup["inline_keyboard"])
        return {"inline_keyboard": rows} if rows else None

    if not any(names <= markup.keys() for names in _OTHER_MARKUPS):
        raise bad_request("can't parse reply keyboard markup JSON object")

    _refuse_keyboard(markup.get("keyboard", []))
    return markup


def _read_rows(rows: Any) -> list[list[Thing]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup should be an Array of Arrays')

    if any(len(row) > BUTTONS_A_ROW for row in rows) or sum(map(len, rows)) > BUTTONS:
        raise bad_request("reply markup is too long")

    return [[_read_button(button) for button in row] for row in rows if row]


def _read_button(button: Any) -> Thing:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")

    given: Thing = {key: value for key, value in button.items() if value is not None}
    if not isinstance(given.get("text"), str) or not given["text"].strip():
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")

    if given.get("style") not in _STYLES or given.keys() - _LOOKS - _ACTIONS:
        raise bad_request("can't parse inline keyboard button: unknown fields or style")

    match sorted(given.keys() & _ACTIONS):
        case []:
            raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        case [action]:
            _refuse_action(action, given[action])
        case _:
            raise bad_request("can't parse inline keyboard button: exactly one of the optional fields must be used")

    return given


def _refuse_action(action: str, value: Any) -> None:
    match action:
        case "callback_data" if not isinstance(value, str) or not 1 <= len(value.encode()) <= DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        case "url":
            refuse_address(value)
        case "copy_text" if not isinstance(value, dict) or not 1 <= units(value.get("text", "")) <= COPY_LIMIT:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        case _:
            return


def _refuse_keyboard(rows: Any) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays')

    for button in (button for row in rows for button in row):
        text = button.get("text") if isinstance(button, dict) else button
        if not isinstance(text, str) or not text.strip():
            raise bad_request("can't parse keyboard button: button text must be a non-empty String")
