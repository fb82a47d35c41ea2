"""Chats between people and the bot, and what a person sees in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tests.telegram.asked import Thing


@dataclass(frozen=True, slots=True)
class Button:
    """A button as it stood under a message: `data` is what a press sends, `url` what it opens."""

    label: str
    data: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Screen:
    """A message of the bot as it stood when it was looked at."""

    message_id: int
    text: str
    keyboard: tuple[tuple[Button, ...], ...] = ()
    entities: tuple[Thing, ...] = field(default=(), compare=False)
    file: bytes | None = field(default=None, compare=False)

    @property
    def rows(self) -> list[list[str]]:
        """The labels of the buttons, row by row."""
        return [[button.label for button in row] for row in self.keyboard]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.rows for label in row]

    @property
    def links(self) -> list[str]:
        """Every address that can be opened: behind words first, then behind buttons."""
        behind_words = [entity["url"] for entity in self.entities if entity["type"] == "text_link"]
        return behind_words + [button.url for row in self.keyboard for button in row if button.url is not None]

    def button(self, label: str) -> Button:
        """Return the button of that label; a part of it will do where only one has it."""
        buttons = [button for row in self.keyboard for button in row]
        found = [button for button in buttons if button.label == label]
        found = found or [button for button in buttons if label in button.label]
        assert len(found) == 1, f"{len(found)} buttons are called {label!r}: {self.rows}"
        return found[0]

    def words(self, entity: Thing) -> str:
        """Return the words that an entity covers."""
        raw = self.text.encode("utf-16-le")
        return raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le")


@dataclass
class Message:
    """A message of anybody in a chat; `content` is the part of it that tells its kind: text, photo ..."""

    message_id: int
    sender: Thing
    chat: Thing
    date: int
    content: Thing
    markup: Thing | None = None
    reply_to: Message | None = None
    edited: int | None = None
    file: bytes | None = None

    @property
    def by_bot(self) -> bool:
        return bool(self.sender["is_bot"])

    @property
    def editable(self) -> bool:
        """Only the bot's own, and not where a keyboard stands instead of the letters."""
        return self.by_bot and (self.markup is None or "inline_keyboard" in self.markup)

    def as_json(self, *, nested: bool = False) -> Thing:
        """Return the Message object; the message that it answers is there, but never that one's own."""
        told = {"message_id": self.message_id, "from": self.sender, "chat": self.chat, "date": self.date}
        if self.edited is not None:
            told["edit_date"] = self.edited

        if self.reply_to is not None and not nested:
            told["reply_to_message"] = self.reply_to.as_json(nested=True)

        if self.markup is not None and "inline_keyboard" in self.markup:
            told["reply_markup"] = self.markup

        return told | self.content

    def screen(self) -> Screen:
        rows = (self.markup or {}).get("inline_keyboard", [])
        keyboard = tuple(
            tuple(Button(one["text"], one.get("callback_data"), one.get("url")) for one in row) for row in rows
        )
        entities = self.content.get("entities") or self.content.get("caption_entities") or ()
        text = self.content.get("text") or self.content.get("caption", "")
        return Screen(self.message_id, text, keyboard, tuple(entities), self.file)


@dataclass(frozen=True, slots=True)
class Toast:
    """The bot's answer to a press: nothing, a few words above the chat, or an alert to be closed."""

    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that the bot did in a chat."""

    kind: Literal["sent", "edited", "deleted", "answered", "acting"]
    screen: Screen | None = None
    toast: Toast | None = None
    by: int | None = None


@dataclass
class Chat:
    """A private chat, its id being the person's, or a group; `shut` says why the bot may not speak in it."""

    about: Thing
    shut: str = ""
    messages: dict[int, Message] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.about["id"])

    @property
    def private(self) -> bool:
        return bool(self.about["type"] == "private")


@dataclass
class Press:
    """A pressed button: its button spins until the bot answers, which it can do once and not too late."""

    id: str
    person: int
    chat: Chat
    message_id: int
    data: str
    state: Literal["spinning", "answered", "too old"] = "spinning"
    toast: Toast | None = None
