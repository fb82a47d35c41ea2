"""Conversations in the demo's mailbox: our mails to one guest about one booking, with what was typed in between."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from web.demo.maildir import ShownMail

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_TYPED = 400
"""Replies that are shown, the newest ones."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How a reply reads at one moment, in plain lines; `delivery` is by what it is known once it was heard."""

    lines: tuple[str, ...]
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A reply that was typed on the page.

    `understood` is how Rebook read it in the situation right before it was sent: it cannot be found out later, when
    the booking has moved. `put` is when it was kept (nanoseconds of the file system).
    """

    talk: str
    words: str
    when: str
    understood: tuple[str, ...]
    delivery: str
    put: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What the guest, or whoever wrote in their name, said elsewhere: by another mail program, on a page.

    `intent` is what it was read as when it was heard, and all that was kept of that reading.
    """

    words: str
    when: str
    put: int
    channel: str
    intent: str
    is_guests: bool


Entry = ShownMail | Typed | Heard


@dataclass(frozen=True, slots=True)
class Talk:
    """All mail to one person about one booking, and their replies, from first to last."""

    entries: tuple[Entry, ...]

    @property
    def mails(self) -> tuple[ShownMail, ...]:
        """The mails alone, of which there is at least one."""
        return tuple(entry for entry in self.entries if isinstance(entry, ShownMail))

    @property
    def deliveries(self) -> frozenset[str]:
        """By what the replies typed on the page are known once they were heard."""
        return frozenset(entry.delivery for entry in self.entries if isinstance(entry, Typed))

    @property
    def last(self) -> ShownMail:
        """The newest mail."""
        return self.mails[-1]

    @property
    def is_waiting(self) -> bool:
        """Whether the last word is the guest's."""
        return isinstance(self.entries[-1], Typed)

    def with_heard(self, heard: Iterable[Heard]) -> Talk:
        """Return the conversation with what was said elsewhere, too."""
        return Talk(tuple(sorted((*self.entries, *heard), key=lambda entry: entry.put)))


def keep_typed(folder: Path, typed: Typed) -> Path:
    """Keep a reply in a file of its own, in a folder that only the owner of the demo can read; return that file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{secrets.token_hex(8)}.json"
    being_written = file.with_suffix(".part")
    being_written.write_text(json.dumps(asdict(typed)), encoding="utf-8")
    return being_written.rename(file)


def talks_of(mails: Iterable[ShownMail], typed_folder: Path) -> list[Talk]:
    """Put *mails* and what was typed under them together, the conversation with the newest entry first."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    for mail in mails:
        entries[mail.talk].append(mail)

    # Files of one file system have one clock: a reply is kept before it is sent, its answer comes after it.
    for typed in _read_typed(typed_folder):
        if typed.talk in entries:
            entries[typed.talk].append(typed)

    talks = [Talk(tuple(sorted(found, key=lambda entry: entry.put))) for found in entries.values()]
    return sorted(talks, key=lambda talk: talk.entries[-1].put, reverse=True)


def _read_typed(folder: Path) -> list[Typed]:
    """Read what was typed, the newest first; what could not be sent is taken away, perhaps at this moment."""
    found: list[Typed] = []
    for file in folder.glob("*.json"):
        try:
            put, data = file.stat().st_mtime_ns, json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue

        found.append(Typed(**{**data, "understood": tuple(data["understood"]), "put": put}))

    return sorted(found, key=lambda typed: typed.put, reverse=True)[:MOST_TYPED]
