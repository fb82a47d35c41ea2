"""Text and its entities as the Bot API takes them: lengths in UTF-16 code units, nothing outside the text.

Pure. Refusals carry the words of the real server where they are known.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tests.telegram.asked import Asked, Thing, bad_request

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ENTITY_LIMIT = 100

_PLAIN = (
    *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline"),
    *("strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code"),
)

_MORE = {
    "pre": {"language"},
    "text_link": {"url"},
    "text_mention": {"user"},
    "custom_emoji": {"custom_emoji_id"},
    "date_time": {"unix_time", "date_time_format"},
}

_KINDS: dict[str, set[str]] = {**{kind: set() for kind in _PLAIN}, **_MORE}

_DATE_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_COMMAND = re.compile(r"/\w{1,32}(@\w+)?")
_ADDRESS = re.compile(r"(?:https?://|\bt\.me/)\S+")


def units(text: str) -> int:
    """Return how long Telegram finds *text*: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_text(asked: Asked, *, too_long: str = "message is too long") -> Thing:
    """Return the `text` and `entities` of a message to be sent.

    Raises:
        Refused: It is empty or too long, or an entity is not what it may be.
    """
    text = asked.text("text")
    if not text.strip():
        raise bad_request("message text is empty")

    if units(text) > TEXT_LIMIT:
        raise bad_request(too_long)

    entities = _read_entities(asked, "entities", text)
    return {"text": text} | ({"entities": entities} if entities else {})


def read_caption(asked: Asked) -> Thing:
    """Return the `caption` and `caption_entities` of a file to be sent; there may be none."""
    caption = asked.text("caption")
    if units(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")

    entities = _read_entities(asked, "caption_entities", caption)
    found = {"caption": caption, "caption_entities": entities}
    return {name: value for name, value in found.items() if value}


def entities_of(text: str) -> list[Thing]:
    """Return what Telegram itself finds in the words of a person: commands and addresses."""
    found = [("bot_command", match) for match in _COMMAND.finditer(text) if _starts_word(text, match.start())]
    found += [("url", match) for match in _ADDRESS.finditer(text)]
    return [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())} for kind, match in found
    ]


def refuse_address(url: object) -> None:
    """Raise `Refused` for an address that Telegram would not open: only http, https and tg, with a real host."""
    parts = urlsplit(url if isinstance(url, str) else "")
    if parts.scheme == "tg" or (parts.scheme in ("http", "https") and "." in (parts.hostname or "")):
        return

    raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _read_entities(asked: Asked, name: str, text: str) -> list[Thing]:
    if asked.text("parse_mode"):
        raise bad_request("unsupported parse_mode: this server knows entities alone")

    entities = asked.thing(name, empty=[])
    if not isinstance(entities, list):
        raise bad_request("can't parse entities: expected an Array")

    if len(entities) > ENTITY_LIMIT:
        raise bad_request("can't parse entities: there are too many")

    starts = _starts(text)
    for entity in entities:
        _refuse_entity(entity, starts)

    return [{key: value for key, value in entity.items() if value is not None} for entity in entities]


def _refuse_entity(entity: Any, starts: set[int]) -> None:
    if not isinstance(entity, dict) or entity.get("type") not in _KINDS:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")

    given = {key for key, value in entity.items() if value is not None}
    if unknown := given - {"type", "offset", "length"} - _KINDS[entity["type"]]:
        raise bad_request(f"can't parse MessageEntity: {', '.join(sorted(unknown))} does not belong there")

    _refuse_place(entity.get("offset"), entity.get("length"), starts)
    _refuse_details(entity)


def _refuse_place(offset: object, length: object, starts: set[int]) -> None:
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length < 1:
        raise bad_request("can't parse MessageEntity: offset and length must be numbers within the text")

    if offset + length > max(starts):
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {max(starts)}"
        )

    if offset not in starts or offset + length not in starts:
        raise bad_request(f"entity at UTF-16 offset {offset} begins or ends in a middle of a UTF-16 symbol")


def _refuse_details(entity: Thing) -> None:
    match entity:
        case {"type": "date_time"}:
            shape = entity.get("date_time_format") or ""
            if not isinstance(entity.get("unix_time"), int) or not _DATE_TIME_FORMAT.fullmatch(shape):
                raise bad_request("can't parse MessageEntity: invalid date_time specified")
        case {"type": "text_link"}:
            refuse_address(entity.get("url"))
        case {"type": "text_mention"} if not isinstance(entity.get("user"), dict):
            raise bad_request("can't parse MessageEntity: user is missing")
        case {"type": "custom_emoji"} if not str(entity.get("custom_emoji_id", "")).isdigit():
            raise bad_request("can't parse MessageEntity: invalid custom emoji identifier specified")


def _starts(text: str) -> set[int]:
    """Return the UTF-16 offsets at which a character starts, and the end."""
    found, offset = {0}, 0
    for char in text:
        offset += units(char)
        found.add(offset)

    return found


def _starts_word(text: str, index: int) -> bool:
    return index == 0 or text[index - 1].isspace()
