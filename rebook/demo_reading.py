"""How the demo's mailbox learns what Rebook makes of a reply: the real pipeline's reading, without acting on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from core import outbox, queries, questions, tokens
from core.bookings import find_last_change, is_undoable
from core.incoming import Incoming, heard_about
from core.listening import context_of, listen
from core.understand.explain import explain
from core.understand.read import lexicons_for, trace
from mailin.reader import read_mail
from mailin.reading.message import read_message
from web.demo.maildir import shown_time
from web.demo.talks import Heard, Understood

if TYPE_CHECKING:
    from core.model import Dossier
    from core.store.engine import Row, Store, Tx
    from core.understand.read import Trace
    from core.understand.reading import QuestionKind
    from mailin.reader import ReadMail
    from rebook.app import Running
    from rebook.config import Config


MOST_HEARD = 200
"""Messages about one booking that are shown."""


@dataclass(frozen=True, slots=True)
class DemoReader:
    """Reads replies as the worker will, against the booking as it stands at this moment; it changes nothing.

    `domain`, `own_addresses` and `keys` are the installation's, by which its mail and tokens are known.
    """

    store: Store
    clock: Callable[[], datetime]
    domain: str
    own_addresses: tuple[str, ...]
    keys: tuple[str, ...]

    async def explain(self, raw: bytes, *, sender: str, recipient: str) -> Understood:
        """Say in plain lines what the worker will understand of the mail *raw*.

        To be asked right before it is sent: should the booking change in between, the worker may read it otherwise.
        """
        answered = await self.store.read(partial(self._answered, message_ids=read_message(raw).in_reply_to))
        read = await asyncio.to_thread(
            read_mail,
            raw,
            mail_from=sender,
            rcpt_to=(recipient,),
            own_domain=self.domain,
            own_addresses=self.own_addresses,
            sent=lambda _: None if answered is None else answered.words,
        )
        dossier = await self.store.read(partial(self._dossier, token=read.token))
        if dossier is None:
            return Understood(("There is no booking at this address.",))

        delivery = f"{dossier.booking.id}:{read.digest}"
        if read.kind != "reply":
            return Understood((f"Not read as words: it is taken for {read.kind.replace('_', ' ')}.",), delivery)

        guest = dossier.booking.guest
        names = tuple(one.name for one in dossier.offered_by)
        lexicons = lexicons_for(guest.locale, dossier.business.locale)
        traced = trace(read.text, lexicons, names, guest=guest.name)
        now = self.clock()
        job = partial(_explained, dossier=dossier, read=read, answered=answered, traced=traced, now=now)
        return Understood(await self.store.read(job), delivery)

    async def heard(self, message_id: str, *, but_for: frozenset[str]) -> tuple[Heard, ...]:
        """Return what was heard about the booking of our mail with this *message_id*, without those deliveries."""
        rows = await self.store.read(partial(self._heard, message_id=message_id))
        return tuple(
            Heard(
                words=row.words,
                when=shown_time(row.at),
                put=int(row.at.timestamp()) * 10**9,
                channel=row.channel,
                intent=row.intent,
                is_guests=row.sender == "guest",
            )
            for row in rows
            if row.delivery not in but_for
        )

    async def asked(self, message_id: str) -> QuestionKind | None:
        """Return what our mail with this *message_id* asks while that is open, else `moved` while there is an undo."""
        return await self.store.read(partial(self._asked, message_id=message_id))

    def _heard(self, tx: Tx, message_id: str) -> Sequence[Row]:
        row = self._answered(tx, (message_id.strip(" <>"),))
        return () if row is None or row.booking_id is None else heard_about(tx, row.booking_id, most=MOST_HEARD)

    def _asked(self, tx: Tx, message_id: str) -> QuestionKind | None:
        row = self._answered(tx, (message_id.strip(" <>"),))
        dossier = None if row is None or row.booking_id is None else queries.load_dossier(tx, row.booking_id)
        if row is None or dossier is None:
            return None

        booking, now = dossier.booking, self.clock()
        question = row.question_id and questions.find_question(tx, booking, row.question_id, now)
        if question and question.is_alive:
            return question.kind

        last = find_last_change(tx, booking.id)
        return "moved" if last is not None and is_undoable(last, booking, now) else None

    def _answered(self, tx: Tx, message_ids: Sequence[str]) -> Row | None:
        named = [tokens.read_message_id(one, self.domain, self.keys) for one in message_ids]
        numbers = [int(one) for one in named if one is not None and one.isdecimal()]
        return outbox.find_sent(tx, numbers[0]) if numbers else None

    def _dossier(self, tx: Tx, token: str | None) -> Dossier | None:
        random_part = None if token is None else tokens.read_token(token, self.keys)
        booking_id = None if random_part is None else queries.find_by_token(tx, random_part)
        return None if booking_id is None else queries.load_dossier(tx, booking_id)


def new_reader(config: Config, rebook: Running) -> DemoReader:
    """Return the reader of an installation."""
    own_addresses = (config.mail.outgoing.from_address,)
    return DemoReader(rebook.store, rebook.clock, config.mail.incoming.domain, own_addresses, config.app.secret_keys)


def _explained(
    tx: Tx, dossier: Dossier, read: ReadMail, answered: Row | None, traced: Trace, now: datetime
) -> tuple[str, ...]:
    incoming = Incoming(
        channel="mail",
        delivery="",
        booking_id=dossier.booking.id,
        text=read.text,
        arrived=now,
        written=read.message.date,
        answers=None if answered is None else answered.id,
    )
    situation, reading = listen(tx, dossier, incoming, traced.proposals, now)
    question = situation.question
    lines = explain(traced, reading, context_of(dossier, now, None if question is None else question.pending))
    if situation.can_undo and situation.last_slot is not None:
        back = situation.last_slot.start.astimezone(situation.zone)
        return (*lines[:-1], f"The last change can be undone, back to {back:%a %d %b %H:%M}.", lines[-1])

    return lines
