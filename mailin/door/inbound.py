"""What stands behind the mail listener: whose address it is, and the store that takes the mail before it says 250."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from core import inbox, queries, tokens
from core.buckets import AT_ONCE, Buckets
from mailin.address import Addresses, BounceOf, CalendarOf, PlainReply, Postmaster, ProbeOf, ReplyTo
from mailin.door.answers import TOO_OFTEN
from mailin.probe import is_awaited
from mailin.reading.message import read_message

if TYPE_CHECKING:
    from core.store.engine import Store, Tx
    from mailin.address import Recipient
    from mailin.door.door import RawMail

NOT_OURS = "550 5.1.1 No such address here: please reply to the message you got"
"""Said for a token that is not ours, revoked or cut (CONTRACT "Mail")."""

COUNTED = (ReplyTo, CalendarOf, BounceOf, ProbeOf)


@dataclass(frozen=True, slots=True)
class BookingDoor:
    """Takes mail for bookings. `woken` is set when something new lies in the inbox.

    `counted`: how much is stored for one address, which is one booking's; None: whatever comes (SPEC L3).
    """

    store_: Store
    addresses: Addresses
    keys: tuple[str, ...]
    clock: Callable[[], datetime]
    woken: asyncio.Event
    counted: Buckets | None = None

    @property
    def domain(self) -> str:
        """The domain that stands in our Message-IDs."""
        return self.addresses.domain

    async def can_receive(self, rcpt: str, peer: str) -> str | None:  # noqa: ARG002 the peer's limits are the listener's
        """Return None for an address of ours, else the refusal."""
        recipient = self.addresses.read(rcpt)
        refusal = await self._is_ours(recipient)
        return refusal or self._too_often(recipient)

    async def _is_ours(self, recipient: Recipient) -> str | None:
        match recipient:
            case ReplyTo(token):
                return None if await self._has_token(token) else NOT_OURS
            case CalendarOf(key):
                found = await self.store_.read(partial(queries.find_by_calendar_key, calendar_key=key))
                return None if found is not None else NOT_OURS
            case BounceOf(key):
                return None if read_bounce_key(key, self.domain, self.keys) is not None else NOT_OURS
            case ProbeOf(key):
                return None if is_awaited(key, self.domain, self.keys, self.clock()) else NOT_OURS
            case PlainReply() | Postmaster():
                return None
            case _:
                return NOT_OURS

    async def store(self, mails: Sequence[RawMail]) -> Sequence[str | None]:
        """Keep the mails in one transaction; only then may they be acknowledged (SPEC L2)."""
        answers = [self._refusal(mail) for mail in mails]
        taken = [mail for mail, answer in zip(mails, answers, strict=True) if answer is None]
        if taken:
            now = self.clock()
            await self.store_.write(partial(_store, mails=taken, now=now))
            self.woken.set()
            self._count(taken, now)

        return answers

    def _too_often(self, recipient: Recipient) -> str | None:
        """Return the refusal of one more mail for a booking that gets too many; mail for nobody's is not counted."""
        if self.counted is None or not isinstance(recipient, COUNTED):
            return None

        return None if self.counted.wait(recipient, self.clock()) == AT_ONCE else TOO_OFTEN

    def _count(self, mails: Sequence[RawMail], now: datetime) -> None:
        for recipient in (self.addresses.read(mail.rcpt) for mail in mails):
            if self.counted is not None and isinstance(recipient, COUNTED):
                self.counted.take(recipient, now)

    async def _has_token(self, token: str) -> bool:
        random_part = tokens.read_token(token, self.keys)
        if random_part is None:
            return False

        found = await self.store_.read(partial(queries.find_by_token, token_random=random_part))
        return found is not None

    def _refusal(self, mail: RawMail) -> str | None:
        """Refuse what there is too much of, or came to the bare reply address and names no message of ours.

        Of that nobody could tell whose it is.
        """
        recipient = self.addresses.read(mail.rcpt)
        if not isinstance(recipient, PlainReply):
            return self._too_often(recipient)

        message = read_message(mail.raw)
        named = (*message.in_reply_to, *message.references)
        ours = any(tokens.read_message_id(one, self.domain, self.keys) is not None for one in named)
        return None if ours else NOT_OURS


def read_bounce_key(key: str, domain: str, keys: Sequence[str]) -> int | None:
    """Return the id of the message whose return path was `bounce+KEY@`, if the key is signed by us."""
    number = tokens.read_message_id(f"{key}@{domain}", domain, keys)
    return int(number) if number is not None and number.isdecimal() else None


def _store(tx: Tx, mails: Sequence[RawMail], now: datetime) -> None:
    for mail in mails:
        inbox.store_mail(tx, peer=mail.peer, mail_from=mail.mail_from, rcpt=mail.rcpt, raw=mail.raw, now=now)
