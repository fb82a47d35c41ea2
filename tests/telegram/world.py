"""What Telegram keeps for one bot: its chats and messages, its profile, the pressed buttons, the updates that wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.telegram.asked import Thing, bad_request, forbidden
from tests.telegram.chats import Chat, Deed, Message, Press
from tests.telegram.pulse import Pulse
from tests.telegram.updates import Updates

BOT_ID = 7_000_001
USERNAME = "nova_rebook_bot"


def monday() -> datetime:
    """Return the moment at which the stories play."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """One bot and the people who talk with it."""

    now: Callable[[], datetime] = monday
    pulse: Pulse = field(default_factory=Pulse)
    chats: dict[int, Chat] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Thing]] = field(default_factory=dict)
    profile: dict[tuple[str, str], str] = field(default_factory=dict)
    reads_all_of_groups: bool = False
    """Off, as BotFather leaves it: in a group only commands and replies to the bot reach it."""

    def __post_init__(self) -> None:
        self.updates = Updates(self.pulse)
        self._message_id = 0
        self._press_id = 0

    @property
    def bot(self) -> Thing:
        """The bot as it stands in the messages it sends."""
        name = self.profile.get(("name", "")) or "Nova"
        return {"id": BOT_ID, "is_bot": True, "first_name": name, "username": USERNAME}

    @property
    def date(self) -> int:
        return int(self.now().timestamp())

    def open_chat(self, chat_id: int) -> Chat:
        """Return the chat that the bot speaks in.

        Raises:
            Refused: It knows no such chat, or may not speak there.
        """
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad_request("chat not found")

        if chat.shut:
            raise forbidden(chat.shut)

        return chat

    def post(self, chat: Chat, sender: Thing, content: Thing, reply_to: Message | None = None) -> Message:
        """Put a message into a chat."""
        self._message_id += 1
        message = Message(self._message_id, sender, chat.about, self.date, content, reply_to=reply_to)
        chat.messages[message.message_id] = message
        return message

    def done(self, chat: Chat, deed: Deed) -> None:
        """Keep what the bot did, for those who wait for it."""
        chat.deeds.append(deed)
        self.pulse.beat()

    def press(self, person: int, chat: Chat, message_id: int, data: str) -> Press:
        self._press_id += 1
        press = Press(f"{BOT_ID}{self._press_id:06d}", person, chat, message_id, data)
        self.presses[press.id] = press
        return press

    def age_presses(self) -> None:
        """Let every press that spins become too old to be answered."""
        for press in self.presses.values():
            if press.state == "spinning":
                press.state = "too old"
