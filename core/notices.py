"""What is told to whom: the kinds of notice, and one notice with all that is needed to put it into words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.model import Booking, Business, Performer, Service
    from core.reply import Reply

Kind = Literal[
    "answer",  # to words of the guest; never muted, never retired
    "confirmation",
    "reminder",
    "moved",
    "cancelled",
    "message",  # a guest's words that a person must read
    "blocked",  # a guest's wish that the rules refused
    "stranger",  # someone else wrote to the booking's address
    "undelivered",  # a guest could not be told
]

NOTICES: frozenset[Kind] = frozenset({"confirmation", "reminder", "moved", "cancelled"})
"""Kinds that `transactional_mail` mutes for guests; a newer one retires the unsent older ones (SPEC M4)."""

Audience = Literal["guest", "team", "performer"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message about to leave, complete: the sender needs no database to put it into words.

    `booking` is as it was when the notice was written (start, performer, status, sequence). `locale` and `zone` are
    the reader's. `earlier` are the ids of notices sent to this reader about this booking before, oldest first;
    `thread` are message ids of others, the last of them what this answers.
    """

    id: int
    kind: Kind
    audience: Audience
    to_name: str
    to_address: str
    locale: str
    zone: ZoneInfo
    business: Business
    service: Service
    performer: Performer
    booking: Booking
    reply: Reply
    written: datetime
    thread: tuple[str, ...] = ()
    earlier: tuple[int, ...] = ()
