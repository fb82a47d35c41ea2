"""What stands behind the mail listener: whose address it is, and the store that takes the mail before it says 250."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from core import inbox, queries, tokens
from mailin.address import Addresses, BounceOf, CalendarOf, PlainReply, Postmaster, ReplyTo
from mailin.message import read_message

if TYPE_CHECKING:
    from core.store.engine import Store, Tx
    from mailin.door import RawMail

NOT_OURS = "550 5.1.1 No such address here: please reply to the message you got"
"""Said for a token that is not ours, revoked or cut (CONTRACT "Mail")."""


@dataclass(frozen=True, slots=True)
class BookingDoor:
    """Takes mail for bookings. `woken` is set when something new lies in the inbox."""

    store_: Store
    addresses: Addresses
    keys: tuple[str, ...]
    clock: Callable[[], datetime]
    woken: asyncio.Event

    @property
    def domain(self) -> str:
        """The domain that stands in our Message-IDs."""
        return self.addresses.domain

    async def can_receive(self, rcpt: str, peer: str) -> str | None:  # noqa: ARG002 the peer's limits are the listener's
        """Return None for an address of ours, else the refusal."""
        match self.addresses.read(rcpt):
            case ReplyTo(token):
                return None if await self._has_token(token) else NOT_OURS
            case CalendarOf(key):
                found = await self.store_.read(partial(queries.find_by_calendar_key, calendar_key=key))
                return None if found is not None else NOT_OURS
            case BounceOf(key):
                return None if read_bounce_key(key, self.domain, self.keys) is not None else NOT_OURS
            case PlainReply() | Postmaster():
                return None
            case _:
                return NOT_OURS

    async def store(self, mails: Sequence[RawMail]) -> Sequence[str | None]:
        """Keep the mails in one transaction; only then may they be acknowledged (SPEC L2)."""
        answers = [self._refusal(mail) for mail in mails]
        taken = [mail for mail, answer in zip(mails, answers, strict=True) if answer is None]
        if taken:
            await self.store_.write(partial(_store, mails=taken, now=self.clock()))
            self.woken.set()

        return answers

    async def _has_token(self, token: str) -> bool:
        random_part = tokens.read_token(token, self.keys)
        if random_part is None:
            return False

        found = await self.store_.read(partial(queries.find_by_token, token_random=random_part))
        return found is not None

    def _refusal(self, mail: RawMail) -> str | None:
        """Refuse what came to the bare reply address and names no message of ours: nobody could tell whose it is."""
        if not isinstance(self.addresses.read(mail.rcpt), PlainReply):
            return None

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
