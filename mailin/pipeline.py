"""The worker that reads stored mail: what it is, for which booking, by whom, what is new; then it is heard."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from core import announce, bookings, inbox, outbox, queries, tokens
from core.bookings import Act
from core.conversation import Also, hear, hear_broken, pass_on
from core.incoming import Incoming
from core.model import SYSTEM
from core.sealed import tell_sealed
from core.store.engine import StoreUnavailable
from mailin.address import Addresses, BounceOf, CalendarOf, PlainReply, Postmaster, ProbeOf, ReplyTo
from mailin.aside import aside
from mailin.door.inbound import read_bounce_key
from mailin.machines.bounce import failed_recipients, has_failed, reported_key
from mailin.machines.machine import kind_of
from mailin.machines.machine_words import seems_automatic
from mailin.out.outbound import wait_for
from mailin.quotes.new_text import new_text
from mailin.reader import digest_of
from mailin.reading.message import read_message
from mailin.sender.authenticity import finding_of_gate, is_gate, judge, single_sender

if TYPE_CHECKING:
    from core.model import Dossier
    from core.store.engine import Row, Store, Tx
    from mailin.address import Recipient
    from mailin.out.send import MailSender
    from mailin.reading.message import Message
    from mailin.sender.authenticity import Finding
    from mailin.sender.sender_check import SenderCheck

log = logging.getLogger(__name__)

BATCH = 64
AT_ONCE = 32
"""Bookings whose mail is read at a time, and so about how many changes of a backlog share a commit.

The mails of one booking keep their order.
"""

LOOK_AGAIN_SECONDS = 1.0
REST_SECONDS = 2.0
"""How long the worker waits when the database cannot serve."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word about a sender counts (SPEC R7): gates of ours by the names they sign with, else our own check."""

    authserv: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    check: SenderCheck | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """What is known of a mail before its words are read: its booking, and the message of ours that it answers.

    `quotable` is what it may quote: the words of that message, or where it names none, of our last to the guest (R6).
    """

    dossier: Dossier | None
    answered: Row | None
    quotable: str | None

    @property
    def booking_id(self) -> int | None:
        """The booking's id, if it is known."""
        return None if self.dossier is None else self.dossier.booking.id


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Reads the inbox. `arrived` is set when mail came in, `woken` is set here when there is something to send."""

    store: Store
    addresses: Addresses
    own_addresses: tuple[str, ...]
    keys: tuple[str, ...]
    trust: Trust
    postmaster: str
    sender: MailSender
    clock: Callable[[], datetime]
    arrived: asyncio.Event
    woken: asyncio.Event

    @property
    def domain(self) -> str:
        """The domain that stands in our Message-IDs."""
        return self.addresses.domain

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            self.arrived.clear()
            try:
                count = await self.read_waiting()
            except StoreUnavailable:
                log.warning("the database cannot serve: mail waits in the inbox")
                await asyncio.sleep(REST_SECONDS)
                continue

            if not count:
                await wait_for(self.arrived, LOOK_AGAIN_SECONDS)

    async def read_waiting(self) -> int:
        """Read what waits now, in the order it came for each recipient; return how many mails were tried."""
        waiting = await self.store.read(partial(inbox.unread_mail, after=0, most=BATCH))
        by_recipient: dict[str, list[Row]] = defaultdict(list)
        for mail in waiting:
            by_recipient[mail.rcpt].append(mail)

        seats = asyncio.Semaphore(AT_ONCE)
        reading = (self._read_in_order(mails, seats) for mails in by_recipient.values())
        for failure in await asyncio.gather(*reading, return_exceptions=True):
            # Only now: whoever looks again at once must not meet these mails while others of them are still read.
            if failure is not None:
                raise failure

        return len(waiting)

    async def _read_in_order(self, mails: Sequence[Row], seats: asyncio.Semaphore) -> None:
        async with seats:
            for mail in mails:
                await self._read_guarded(mail)

    async def _read_guarded(self, mail: Row) -> None:
        """The one catch of this door: a mail that breaks its reader stops nobody else's (SPEC L1)."""
        try:
            await self._read(mail)
        except StoreUnavailable:
            raise
        except Exception:
            error_id = uuid4().hex[:8]
            log.exception("mail %d could not be read (error %s)", mail.id, error_id)
            await self._broke(mail, error_id)

    async def _read(self, mail: Row) -> None:
        message = await aside(len(mail.raw), read_message, mail.raw)
        recipient = self.addresses.read(mail.rcpt)
        if isinstance(recipient, Postmaster):
            await self.sender.send(_with_crlf(mail.raw), sender="", to=self.postmaster)
            await self.store.write(_read_as(mail, "postmaster", None))
            return

        if isinstance(recipient, ProbeOf):
            await self.store.write(_read_as(mail, "probe", None))
            return

        kind = kind_of(message, mail_from=mail.mail_from, own_domain=self.domain, own_addresses=self.own_addresses)
        addressed = await self.store.read(partial(self._address, recipient=recipient, message=message))
        done = _read_as(mail, kind, addressed.booking_id)
        if addressed.dossier is None:
            await self.store.write(done)
        elif kind == "bounce":
            await self._bounced(mail, recipient, message, addressed.dossier, done)
        elif kind == "calendar":
            # Never read as words: an invitation's answer is for a person until it is understood by itself.
            await self._pass_on(mail, message, addressed, message.calendar or "", done)
        elif kind == "reply" and isinstance(recipient, ReplyTo | PlainReply):
            await self._hear(mail, message, addressed, done)
        elif kind in ("reply", "forward", "unreadable"):
            await self._pass_on(mail, message, addressed, await aside(len(mail.raw), new_text, message, None), done)
        else:
            await self.store.write(done)

    async def _hear(self, mail: Row, message: Message, addressed: Addressed, done: Also) -> None:
        text = await aside(len(mail.raw), new_text, message, addressed.quotable)
        if seems_automatic(text):
            # A person may write like that, too: another one reads it, and nothing comes of it by itself (SPEC R6).
            await self._pass_on(mail, message, addressed, text, _read_as(mail, "auto_reply", addressed.booking_id))
            return

        incoming = await self._incoming(mail, message, addressed, text)
        await hear(self.store, incoming, self.clock(), known=addressed.dossier, also=done)
        self.woken.set()

    async def _pass_on(self, mail: Row, message: Message, addressed: Addressed, text: str, done: Also) -> None:
        incoming = await self._incoming(mail, message, addressed, text or message.subject)
        now = self.clock()

        def job(tx: Tx) -> None:
            if message.sealed is not None:
                tell_sealed(tx, incoming, message.sealed, now)

            pass_on(tx, incoming, now)
            done(tx)

        await self.store.write(job)
        self.woken.set()

    async def _incoming(self, mail: Row, message: Message, addressed: Addressed, text: str) -> Incoming:
        assert addressed.dossier is not None  # noqa: S101 callers saw to it
        booking = addressed.dossier.booking
        finding = await self._finding(mail, message, booking.guest.email)
        authentic = judge(message, guest=booking.guest.email, finding=finding)
        return Incoming(
            channel="mail",
            delivery=_delivery(mail, message, text, booking.id),
            booking_id=booking.id,
            text=text,
            arrived=mail.received,
            sender="guest" if authentic in ("verified", "known") else "stranger",
            sender_address=message.sender or mail.mail_from,
            is_plausible=finding not in ("fail", "unsure") and single_sender(message) is not None,
            written=message.date,
            answers=None if addressed.answered is None else addressed.answered.id,
            message_id=f"<{message.message_id}>" if message.message_id else None,
        )

    async def _finding(self, mail: Row, message: Message, guest: str) -> Finding | None:
        """Return what our gate says of a mail; where it says nothing, what our own check does."""
        trust = self.trust
        stated = finding_of_gate(message, peer=mail.peer, trust_authserv=trust.authserv, trusted_peers=trust.peers)
        from_gate = is_gate(mail.peer, trust.peers)
        if stated is not None or trust.check is None or not trust.check.is_due(mail.peer, from_gate=from_gate):
            return stated

        sender = single_sender(message)
        check = trust.check.check if sender == guest.strip().lower() else trust.check.check_stranger
        return await check(mail.raw, sender=sender, received=mail.received)

    def _address(self, tx: Tx, recipient: Recipient, message: Message) -> Addressed:
        """Find the booking by the address, and the message of ours that is answered by its signed id (SPEC R9)."""
        named = [
            tokens.read_message_id(one, self.domain, self.keys)
            for one in (*message.in_reply_to, *reversed(message.references))
        ]
        ids = [int(one) for one in named if one is not None and one.isdecimal()]
        answered = next((row for row in (outbox.find_sent(tx, one) for one in ids[:5]) if row is not None), None)
        booking_id: int | None = None
        match recipient:
            case ReplyTo(token):
                random_part = tokens.read_token(token, self.keys)
                booking_id = None if random_part is None else queries.find_by_token(tx, random_part)
            case CalendarOf(key):
                booking_id = queries.find_by_calendar_key(tx, key)
            case PlainReply():
                roots = [int(one[1:]) for one in named if one is not None and one.startswith("b")]
                booking_id = answered.booking_id if answered is not None else next(iter(roots), None)
            case BounceOf(key):
                bounced = read_bounce_key(key, self.domain, self.keys)
                row = None if bounced is None else outbox.find_sent(tx, bounced)
                booking_id = None if row is None else row.booking_id
            case _:
                booking_id = None

        # A message of another booking stays what is answered: it asked nothing about this one.
        dossier = None if booking_id is None else queries.load_dossier(tx, booking_id)
        quotable = None if answered is None else answered.words
        if answered is None and booking_id is not None:
            quotable = outbox.words_sent(tx, booking_id, announce.GUEST)

        return Addressed(dossier, answered, quotable)

    async def _bounced(self, mail: Row, recipient: Recipient, message: Message, dossier: Dossier, done: Also) -> None:
        """A message came back: it did not reach whom it was for, and staff see that (SPEC M4).

        Which one it was is told by the return path, or by our signed Message-ID in a report that went to another
        address of the same booking and says whom it could not reach; any other may be anyone's invention.
        """
        by_path = recipient.key if isinstance(recipient, BounceOf) else None
        failed = has_failed(message) if by_path else bool(failed_recipients(message))
        key = by_path or reported_key(mail.raw, self.domain, self.keys)
        outbox_id = None if key is None else read_bounce_key(key, self.domain, self.keys)
        if outbox_id is None or not failed:
            await self.store.write(done)
            return

        act = Act(SYSTEM, "mail", self.clock())

        def job(tx: Tx) -> None:
            row = outbox.find_sent(tx, outbox_id)
            if row is not None and row.booking_id == dossier.booking.id:
                bookings.mark_bounced(tx, outbox_id, act)

            done(tx)

        await self.store.write(job)
        self.woken.set()

    async def _broke(self, mail: Row, error_id: str) -> None:
        is_last = await self.store.write(partial(inbox.mark_broken, mail=mail, error=error_id))
        if not is_last:
            return

        recipient = self.addresses.read(mail.rcpt)
        addressed = await self.store.read(partial(self._address, recipient=recipient, message=read_message(b"")))
        if addressed.dossier is not None:
            act = Act(SYSTEM, "mail", self.clock())
            broken = partial(hear_broken, booking_id=addressed.dossier.booking.id, error_id=error_id, act=act)
            await self.store.write(broken)
            self.woken.set()


def _read_as(mail: Row, kind: str, booking_id: int | None) -> Also:
    """Return what records that *mail* was read to the end."""
    return partial(inbox.mark_read, mail_id=mail.id, kind=kind, booking_id=booking_id)


def _delivery(mail: Row, message: Message, text: str, booking_id: int) -> str:
    """Return what a redelivery of this mail shares with it (SPEC R8); one without name and date is its own."""
    if message.message_id is None and message.date is None:
        return f"{booking_id}:mail:{mail.id}"

    return f"{booking_id}:{digest_of(message, text)}"


def _with_crlf(raw: bytes) -> bytes:
    return b"\r\n".join(raw.replace(b"\r\n", b"\n").split(b"\n"))
