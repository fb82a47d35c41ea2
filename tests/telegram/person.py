"""A person in a chat with the bot: says things, presses buttons, and sees what the bot shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.telegram.asked import Thing
from tests.telegram.chats import Chat, Deed, Message, Press, Screen, Toast
from tests.telegram.formatted import TEXT_LIMIT, entities_of, units
from tests.telegram.profile import commands_shown
from tests.telegram.pulse import PATIENCE
from tests.telegram.world import USERNAME, World

FIRST_PERSON = 5_000_001
FIRST_GROUP = -4_000_001

BLOCKED = "bot was blocked by the user"
UNMET = "bot can't initiate conversation with a user"
REMOVED = "bot was kicked from the group chat"

MEDIA: dict[str, Any] = {
    "photo": [{"file_id": "photo", "file_unique_id": "p", "width": 90, "height": 90}],
    "voice": {"file_id": "voice", "file_unique_id": "v", "duration": 3},
    "sticker": {
        "file_id": "sticker",
        "file_unique_id": "s",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    },
    "location": {"latitude": 52.23, "longitude": 21.01},
    "contact": {"phone_number": "+48225550123", "first_name": "Jo"},
}

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class Person:
    """A person in one chat: their own with the bot, or a group."""

    world: World
    user: Thing
    chat: Chat
    read: int = field(default=0, init=False)
    """How many of the bot's deeds in this chat are past; what a person does makes all before it past."""

    @property
    def id(self) -> int:
        return int(self.user["id"])

    def inside(self, group: Chat) -> Person:
        """Return the same person as they speak in *group*."""
        return Person(self.world, self.user, group)

    def says(self, text: str, *, to: Screen | None = None) -> Thing:
        """Send *text*, as a reply to one of the bot's messages if told; return the update."""
        assert text.strip()
        assert units(text) <= TEXT_LIMIT, "a client cuts longer texts into several messages"
        return self._tells(self._text(text), to)

    def opens(self, link: str = "") -> Thing:
        """Press START: of the chat alone, or of a link `https://t.me/BOT?start=PAYLOAD`, or of a payload."""
        payload = _payload(link) if "t.me/" in link else link
        assert not payload or _PAYLOAD.fullmatch(payload), f"Telegram opens no such payload: {payload!r}"
        if self.chat.shut == BLOCKED:
            self.unblocks()

        return self.says(f"/start {payload}".strip())

    def sends(self, kind: str, caption: str = "", *, to: Screen | None = None) -> Thing:
        """Send something that is no text: one of `MEDIA`."""
        return self._tells({kind: MEDIA[kind]} | ({"caption": caption} if caption else {}), to)

    def edits(self, update: Thing, text: str) -> Thing:
        """Change what was said in *update*."""
        self._act()
        message = self.chat.messages[update["message"]["message_id"]]
        message.content, message.edited = self._text(text), self.world.date
        return self.world.updates.put("edited_message", message.as_json())

    def does(self, kind: str, body: Any) -> Thing:
        """Send an update of any kind, known or not."""
        self._act()
        return self.world.updates.put(kind, body)

    def presses(self, label: str, *, on: Screen | None = None) -> Press:
        """Press the button *label*: of the newest message that has it now, or of *on* as it stood then."""
        screen = on or self._screen_with(label)
        data = screen.button(label).data
        assert data is not None, f"{label!r} sends nothing"
        return self.forges(data, on=screen)

    def forges(self, data: str, *, on: Screen | None = None) -> Press:
        """Send *data* as a press on a message, whatever its buttons say; a deleted message comes without its text."""
        self._act()
        screen = on or self.screen()
        press = self.world.press(self.id, self.chat, screen.message_id, data)
        message = self.chat.messages.get(screen.message_id)
        gone = {"chat": self.chat.about, "message_id": screen.message_id, "date": 0}
        told = {"id": press.id, "from": self.user, "chat_instance": str(self.chat.id), "data": data}
        self.world.updates.put("callback_query", told | {"message": message.as_json() if message else gone})
        return press

    def deletes(self, screen: Screen) -> None:
        """Delete one of the bot's messages; the bot is not told."""
        del self.chat.messages[screen.message_id]

    def blocks(self) -> None:
        """Block the bot, which is told."""
        self._membership("kicked", BLOCKED)

    def unblocks(self) -> None:
        """Let the bot speak again."""
        self._membership("member", "")

    def screen(self) -> Screen:
        """Return the newest message of the bot as it stands now."""
        screens = self.screens()
        assert screens, "the bot has said nothing"
        return screens[-1]

    def screens(self) -> list[Screen]:
        """Return every message of the bot that is there, as it stands now, oldest first."""
        return [message.screen() for message in self.chat.messages.values() if message.by_bot]

    def messages(self) -> list[tuple[str, str]]:
        """Return the whole chat: who said what."""
        return [(one.sender["first_name"], one.screen().text) for one in self.chat.messages.values()]

    def menu(self) -> list[str]:
        """Return the commands that are offered here in the person's language."""
        return commands_shown(self.world, self.chat.about, self.user.get("language_code", ""))

    @property
    def unread(self) -> list[Screen]:
        """What the bot has sent or edited since the person last did or saw something."""
        return [deed.screen for deed in self.chat.deeds[self.read :] if _shows(deed) and deed.screen is not None]

    async def sees(self, *words: str, seconds: float = PATIENCE) -> Screen:
        """Wait until the bot sends or edits a message that has all *words*, labels included; return it as shown."""
        await self.world.pulse.until(lambda: self._find(words) is not None, lambda: self._missing(words), seconds)
        found = self._find(words)
        assert found is not None
        self.read = found[0] + 1
        return found[1]

    async def told(self, press: Press, seconds: float = PATIENCE) -> Toast:
        """Wait until the bot answers *press*, and return the words that are shown above the chat."""
        await self.world.pulse.until(lambda: press.toast, lambda: f"the button spins still: {press.data}", seconds)
        assert press.toast is not None
        return press.toast

    def _tells(self, content: Thing, to: Screen | None) -> Thing:
        self._act()
        answered = self.chat.messages.get(to.message_id) if to is not None else None
        message = self.world.post(self.chat, self.user, content, answered)
        told = message.as_json()
        if self._reaches_bot(message):
            return self.world.updates.put("message", told)

        return {"message": told}

    def _reaches_bot(self, message: Message) -> bool:
        if self.chat.private or self.world.reads_all_of_groups:
            return True

        answers_bot = message.reply_to is not None and message.reply_to.by_bot
        return answers_bot or str(message.content.get("text", "")).startswith("/")

    def _act(self) -> None:
        """Meet the bot if it is the first time, and look at nothing that was shown before."""
        if self.chat.shut == UNMET:
            self.chat.shut = ""

        assert not self.chat.shut, "nobody writes to a bot they have blocked"
        self.read = len(self.chat.deeds)

    def _text(self, text: str) -> Thing:
        entities = entities_of(text)
        return {"text": text} | ({"entities": entities} if entities else {})

    def _screen_with(self, label: str) -> Screen:
        having = [screen for screen in self.screens() if any(label in one for one in screen.labels)]
        assert having, f"no button {label!r} on {[screen.rows for screen in self.screens()]}"
        return having[-1]

    def _membership(self, status: str, shut: str) -> None:
        old = "member" if status == "kicked" else "kicked"
        self.chat.shut = shut
        put_membership(self.world, self.user, self.chat, old, status)

    def _find(self, words: tuple[str, ...]) -> tuple[int, Screen] | None:
        for index, deed in enumerate(self.chat.deeds[self.read :], self.read):
            if deed.screen is not None and _shows(deed):
                shown = "\n".join([deed.screen.text, *deed.screen.labels])
                if all(word in shown for word in words):
                    return index, deed.screen

        return None

    def _missing(self, words: tuple[str, ...]) -> str:
        return f"{words} not among {[(screen.text, screen.rows) for screen in self.unread]}"


def new_person(world: World, name: str, language: str | None) -> Person:
    """Return somebody with a private chat that is not open yet."""
    number = FIRST_PERSON + sum(chat.private for chat in world.chats.values())
    user: Thing = {"id": number, "is_bot": False, "first_name": name, "username": f"{name.lower()}_{number}"}
    about = {"id": number, "type": "private", "first_name": name, "username": user["username"]}
    chat = world.chats[number] = Chat(about, shut=UNMET)
    return Person(world, user | ({"language_code": language} if language else {}), chat)


def new_group(world: World, title: str) -> Chat:
    """Return a group that the bot is a member of; it is told that it was added."""
    number = FIRST_GROUP - sum(not chat.private for chat in world.chats.values())
    chat = world.chats[number] = Chat({"id": number, "type": "group", "title": title})
    adder = new_person(world, "Olga", "en").user
    put_membership(world, adder, chat, "left", "member")
    return chat


def put_membership(world: World, by: Thing, chat: Chat, old: str, new: str) -> None:
    """Tell the bot that it was added, removed, blocked or unblocked."""

    def member(status: str) -> Thing:
        more = {"until_date": 0} if status == "kicked" else {}
        return {"user": world.bot, "status": status} | more

    told = {"chat": chat.about, "from": by, "date": world.date}
    world.updates.put("my_chat_member", told | {"old_chat_member": member(old), "new_chat_member": member(new)})


def remove_bot(world: World, by: Person, group: Chat) -> None:
    """Remove the bot from a group."""
    group.shut = REMOVED
    put_membership(world, by.user, group, "member", "left")


def _payload(link: str) -> str:
    parts = urlsplit(link)
    assert parts.path == f"/{USERNAME}", f"the link opens another chat: {link}"
    return parse_qs(parts.query).get("start", [""])[0]


def _shows(deed: Deed) -> bool:
    return deed.kind in ("sent", "edited")
