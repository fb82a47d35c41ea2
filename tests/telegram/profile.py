"""The methods of the Bot API by which a bot describes itself: commands and descriptions, each per language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.telegram.asked import Asked, Thing, bad_request
from tests.telegram.formatted import units
from tests.telegram.world import World

MOST_COMMANDS = 100
DESCRIPTION_LIMIT = 256

LIMITS = {"name": 64, "description": 512, "short_description": 120}
"""The longest that a bot may say of itself."""

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_SCOPES = {
    "default": set[str](),
    "all_private_chats": set[str](),
    "all_group_chats": set[str](),
    "all_chat_administrators": set[str](),
    "chat": {"chat_id"},
    "chat_administrators": {"chat_id"},
    "chat_member": {"chat_id", "user_id"},
}


def set_my_commands(world: World, asked: Asked) -> bool:
    """Answer `setMyCommands`."""
    commands = asked.thing("commands", empty=[])
    if not isinstance(commands, list) or len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")

    world.commands[_audience(asked)] = [_read_command(command) for command in commands]
    return True


def get_my_commands(world: World, asked: Asked) -> list[Thing]:
    """Answer `getMyCommands`."""
    return world.commands.get(_audience(asked), [])


def delete_my_commands(world: World, asked: Asked) -> bool:
    """Answer `deleteMyCommands`."""
    world.commands.pop(_audience(asked), None)
    return True


def commands_shown(world: World, chat: Thing, language: str) -> list[str]:
    """Return the commands that a person of *language* is offered in *chat*: the narrowest list that there is."""
    own = {"type": "chat", "chat_id": chat["id"]}
    everywhere = {"type": "all_private_chats" if chat["type"] == "private" else "all_group_chats"}
    for scope in (own, everywhere, {"type": "default"}):
        for code in (language, ""):
            if commands := world.commands.get((_scope_key(scope), code)):
                return [command["command"] for command in commands]

    return []


def _read_command(command: Any) -> Thing:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: expected an Object")

    name, description = str(command.get("command", "")).removeprefix("/"), str(command.get("description", ""))
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")

    if not 1 <= units(description.strip()) <= DESCRIPTION_LIMIT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")

    return {"command": name, "description": description}


def _audience(asked: Asked) -> tuple[str, str]:
    scope = asked.thing("scope", empty={"type": "default"})
    if not isinstance(scope, dict) or scope.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")

    if scope.keys() != {"type"} | _SCOPES[scope["type"]]:
        raise bad_request("can't parse BotCommandScope: wrong fields")

    return _scope_key(scope), _language(asked)


def _scope_key(scope: Thing) -> str:
    return json.dumps(scope, sort_keys=True)


def _language(asked: Asked) -> str:
    language = asked.text("language_code")
    if language and not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")

    return language


def _set(part: str, world: World, asked: Asked) -> bool:
    text = asked.text(part)
    if units(text) > LIMITS[part]:
        raise bad_request(f"bot {part} is too long")

    world.profile[part, _language(asked)] = text
    return True


def _get(part: str, world: World, asked: Asked) -> Thing:
    language = _language(asked)
    return {part: world.profile.get((part, language)) or world.profile.get((part, ""), "")}


def _set_chat_menu_button(_world: World, asked: Asked) -> bool:
    button = asked.thing("menu_button", empty={"type": "default"})
    if not isinstance(button, dict) or button.get("type") not in ("commands", "web_app", "default"):
        raise bad_request("can't parse MenuButton: Unsupported type specified")

    return True


PROFILE_METHODS: dict[str, Callable[[World, Asked], Any]] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": partial(_set, "name"),
    "getMyName": partial(_get, "name"),
    "setMyDescription": partial(_set, "description"),
    "getMyDescription": partial(_get, "description"),
    "setMyShortDescription": partial(_set, "short_description"),
    "getMyShortDescription": partial(_get, "short_description"),
    "setChatMenuButton": _set_chat_menu_button,
}
