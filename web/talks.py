"""Conversations in the demo's mailbox: our mails to one guest about one booking, with what was typed in between."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from web.maildir import ShownMail

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_TYPED = 400
"""Replies that are shown, the newest ones."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A reply that was typed on the page.

    `understood` is how Rebook read it in the situation right before it was sent: it cannot be found out later, when
    the booking has moved. `answers` is the name of the mail that it was typed under.
    """

    talk: str
    answers: str
    words: str
    when: str
    understood: tuple[str, ...] = ()


Entry = ShownMail | Typed


@dataclass(frozen=True, slots=True)
class Talk:
    """All mail to one person about one booking, and their replies, from first to last."""

    entries: tuple[Entry, ...]

    @property
    def mails(self) -> tuple[ShownMail, ...]:
        """The mails alone, of which there is at least one."""
        return tuple(entry for entry in self.entries if isinstance(entry, ShownMail))

    @property
    def last(self) -> ShownMail:
        """The newest mail."""
        return self.mails[-1]

    @property
    def is_waiting(self) -> bool:
        """Whether the last word is the guest's."""
        return isinstance(self.entries[-1], Typed)


def keep_typed(folder: Path, typed: Typed) -> Path:
    """Keep a reply in a file of its own, in a folder that only the owner of the demo can read; return that file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{secrets.token_hex(8)}.json"
    being_written = file.with_suffix(".part")
    being_written.write_text(json.dumps(asdict(typed)), encoding="utf-8")
    return being_written.rename(file)


def talks_of(mails: Iterable[ShownMail], typed_folder: Path) -> list[Talk]:
    """Put *mails* and what was typed under them together, the conversation with the newest entry first."""
    entries: dict[str, list[tuple[int, Entry]]] = defaultdict(list)
    for mail in mails:
        entries[mail.talk].append((mail.put, mail))

    # Files of one file system have one clock: a reply is kept before it is sent, its answer comes after it.
    for put, typed in _read_typed(typed_folder):
        if typed.talk in entries:
            entries[typed.talk].append((put, typed))

    ordered = [sorted(found, key=lambda each: each[0]) for found in entries.values()]
    ordered.sort(key=lambda found: found[-1][0], reverse=True)
    return [Talk(tuple(entry for _, entry in found)) for found in ordered]


def _read_typed(folder: Path) -> list[tuple[int, Typed]]:
    """Read what was typed, the newest first; what could not be sent is taken away, perhaps at this moment."""
    found: list[tuple[int, Typed]] = []
    for file in folder.glob("*.json"):
        try:
            put, data = file.stat().st_mtime_ns, json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue

        typed = Typed(data["talk"], data["answers"], data["words"], data["when"], tuple(data["understood"]))
        found.append((put, typed))

    return sorted(found, key=lambda each: each[0], reverse=True)[:MOST_TYPED]
