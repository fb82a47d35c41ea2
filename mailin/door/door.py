"""What the mail listener hands over, and to whom: raw mail through a `Door`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RawMail:
    """One recipient of one delivered message: the peer's IP, the return path ("" if null), and the octets as sent."""

    peer: str
    mail_from: str
    rcpt: str
    raw: bytes


class Door(Protocol):
    """What stands behind the listener: who may get mail, and the store. Either call is cancelled if the peer goes."""

    async def can_receive(self, rcpt: str, peer: str) -> str | None:
        """Return None to accept, else the whole SMTP status line; an exception is a 451."""

    async def store(self, mails: Sequence[RawMail]) -> Sequence[str | None]:
        """Return after the commit, per recipient None for stored or a status line; an exception stores nothing: 451."""
