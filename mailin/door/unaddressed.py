"""Whose is a mail that came without an envelope, from a mailbox? What its header says is checked as an envelope is.

A sender can write any header; what opens a booking is the token in an address, or a signed Message-ID of ours, and
these nobody else can make.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from core import outbox, tokens
from mailin.address import BounceOf, CalendarOf, ProbeOf, ReplyTo
from mailin.door.inbound import BookingDoor
from mailin.machines.bounce import reported_key
from mailin.machines.machine import kind_of
from mailin.reader import named_recipients
from mailin.sender.authenticity import MAILBOX_PEER

if TYPE_CHECKING:
    from core.store.engine import Store, Tx
    from mailin.reading.message import Message

MOST_RECIPIENTS = 20
"""Addresses of ours in one message that are looked up; with more of them somebody is trying."""

_NO_RETURN_PATH = "unknown@invalid"
_MOST_IDS = 20


@dataclass(frozen=True, slots=True)
class Unaddressed:
    """Finds the recipients of mail in a mailbox. `own_addresses` are those that we send from, lower-case."""

    door: BookingDoor
    own_addresses: tuple[str, ...]

    @property
    def store(self) -> Store:
        """Where bookings and mail are."""
        return self.door.store_

    @property
    def clock(self) -> Callable[[], datetime]:
        """What time it is."""
        return self.door.clock

    @property
    def woken(self) -> asyncio.Event:
        """Set when something new lies in the inbox."""
        return self.door.woken

    async def recipients(self, message: Message) -> tuple[str, ...]:
        """Return the addresses of ours that a message went to, by its header; none if it is not for us.

        Without any, a direct answer to what we wrote to a guest is ours all the same (SPEC R9): the address got lost.
        What answers a notice to the team is the owner's own affair, and so is our own mail, but for a probe.
        """
        named = dict.fromkeys(address.strip(" <>").lower() for address in named_recipients(message))
        is_own = self._kind(message) == "own"
        wanted = ProbeOf if is_own else ReplyTo | CalendarOf | BounceOf | ProbeOf
        ours = [one for one in named if isinstance(self.door.addresses.read(one), wanted)]
        found = [one for one in ours[:MOST_RECIPIENTS] if await self.door.can_receive(one, MAILBOX_PEER) is None]
        if found or is_own:
            return tuple(found)

        answers = await self.store.read(partial(self._answers_guest_mail, message=message))
        return (self.door.addresses.answered(),) if answers else ()

    def may_have_bounced(self, message: Message) -> bool:
        """Return whether a message may report that ours did not arrive: its body has to be looked at."""
        return self._kind(message) == "bounce"

    def bounced(self, raw: bytes) -> tuple[str, ...]:
        """Return the address that names the message of ours that *raw* reports on, by its Message-ID in the report."""
        key = reported_key(raw, self.door.domain, self.door.keys)
        return () if key is None else (self.door.addresses.bounced(key),)

    def _kind(self, message: Message) -> str:
        return kind_of(message, mail_from=None, own_domain=self.door.domain, own_addresses=self.own_addresses)

    def _answers_guest_mail(self, tx: Tx, message: Message) -> bool:
        # The last of References is the message that was answered (RFC 5322, 3.6.4).
        direct = message.in_reply_to or message.references[-1:]
        named = [tokens.read_message_id(one, self.door.domain, self.door.keys) for one in direct[:_MOST_IDS]]
        rows = [outbox.find_sent(tx, int(one)) for one in named if one is not None and one.isdecimal()]
        return any(row is not None and row.recipient == "guest" for row in rows)


def return_path(message: Message) -> str:
    """Return the envelope sender as the mailbox's server noted it on top, "" for the null path of a bounce."""
    noted: Sequence[str] = message.header("return-path")[:1]
    if noted and noted[0].strip() == "<>":
        return ""

    shown = noted[0].strip(" <>\t") if noted else message.sender
    return (shown or _NO_RETURN_PATH)[:254]
