"""The mail door of who has only a mailbox: takes what guests write to it out of an IMAP folder, and leaves the rest.

It is the owner's own mailbox. Mail that is not for Rebook is never marked, moved or read beyond its header, and nothing
is ever deleted. What is for Rebook is stored first, in one transaction with how far the folder was read (SPEC L2, R8),
and only then marked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from core import inbox, mailbox
from core.mailbox import Place
from core.store.engine import StoreUnavailable
from mailin.door.imap_wire import ImapFailed, ImapRefused, LoginRefused, connect
from mailin.door.unaddressed import Unaddressed, return_path
from mailin.reading.message import read_message
from mailin.sender.authenticity import MAILBOX_PEER

if TYPE_CHECKING:
    from core.store.engine import Tx
    from mailin.door.imap_lines import Listed
    from mailin.door.imap_wire import ImapConnection, ImapServer
    from mailin.reading.message import Message

log = logging.getLogger(__name__)

MARK = "$Rebook"
"""The keyword of messages that were taken, in any mail program that shows keywords."""

PAUSES = (0.0, 1.0, 5.0, 15.0, 60.0)
"""Seconds before the next attempt, after the first failure, the second, …; the last one goes on."""

LOGIN_PAUSE = 300.0
"""Seconds after a refused password: servers lock out who tries too often."""

IDLE_SECONDS = 9 * 60.0
"""How long one IDLE lasts: below the 29 minutes of RFC 2177, and the 10 after which some routers forget it."""

BATCH = 200
TRIES = 3
"""A message at which the connection broke this often is left, so that those after it are read."""

BEFORE_LOST = timedelta(days=1)
"""How much earlier than the last look mail is looked at again when the folder was numbered anew."""


@dataclass(slots=True)
class ImapDoor:
    """Watches one folder. `is_serving` while it is open; `move_to` is where taken messages go, None leaves them there.

    *largest* is the size of a message in octets beyond which it is left, flagged.
    """

    server: ImapServer
    unaddressed: Unaddressed
    largest: int
    move_to: str | None = None
    pauses: Sequence[float] = PAUSES
    login_pause: float = LOGIN_PAUSE
    idle_seconds: float = IDLE_SECONDS
    is_serving: bool = False
    _tried: tuple[int, int] = field(default=(0, 0), repr=False)

    async def run(self) -> None:
        """Read until cancelled, connecting again whenever the server goes away."""
        failures = 0
        while True:
            pause = self.pauses[min(failures, len(self.pauses) - 1)]
            try:
                await self._visit()
            except LoginRefused as refused:
                log.error("mail.imap.url: the server does not take user and password (%s)", refused)  # noqa: TRY400 no trace
                pause = self.login_pause
            except ImapFailed as failed:
                log.warning("IMAP: %s; trying again in %.0f s", failed, pause)
            except StoreUnavailable:
                log.warning("the database cannot serve: mail waits in the mailbox")
                self._tried = (0, 0)  # no fault of the message at which it happened
            except Exception:
                log.exception("IMAP: reading the mailbox broke")

            failures = 1 if self.is_serving else failures + 1
            self.is_serving = False
            await asyncio.sleep(pause)

    async def _visit(self) -> None:
        """Read what comes, for as long as one connection lasts."""
        connection = await connect(self.server)
        try:
            place = await self._begin(connection)
            while True:
                place = await self._read_new(connection, place)
                self.is_serving = True
                await connection.wait_for_news(self.idle_seconds)
        finally:
            await connection.close()

    async def _begin(self, connection: ImapConnection) -> Place:
        """Return from where to read on; at the first time, and only then, that is what arrives from now on."""
        store, now = self.unaddressed.store, self.unaddressed.clock()
        # Before the folder is opened: another process may get further meanwhile, and no number would be that high yet.
        place = await store.read(partial(mailbox.find_place, name=self.server.name))
        selected = await connection.select()
        if place is None:
            log.info("IMAP: reads what arrives from now on")
            place = Place(selected.validity, selected.next_uid - 1, now)
            await store.write(partial(mailbox.keep_place, name=self.server.name, place=place))
        elif place.validity != selected.validity or place.last_uid >= selected.next_uid:
            log.warning("IMAP: the folder was numbered anew: what came since the last look is looked at again")
            recent = await connection.list_from(1, most=1, since=place.looked - BEFORE_LOST)
            first = recent[0].uid if recent else selected.next_uid
            place = Place(selected.validity, first - 1, place.looked)
            await store.write(partial(mailbox.keep_place, name=self.server.name, place=place))
        elif place.unmarked_uid is not None:
            await self._mark(connection, place.unmarked_uid)

        return place

    async def _read_new(self, connection: ImapConnection, place: Place) -> Place:
        while batch := await connection.list_from(place.last_uid + 1, most=BATCH):
            for listed in batch:
                if MARK.lower() not in listed.flags and self._is_worth_trying(listed.uid):
                    place = await self._take(connection, listed, place)

                place = replace(place, last_uid=listed.uid)

            place = replace(place, unmarked_uid=None, looked=self.unaddressed.clock())
            await self.unaddressed.store.write(partial(mailbox.settle, name=self.server.name, place=place))

        return place

    def _is_worth_trying(self, uid: int) -> bool:
        """Count this attempt; say no where it was made often enough, and the connection broke each time."""
        before = self._tried[1] if self._tried[0] == uid else 0
        self._tried = (uid, before + 1)
        if before >= TRIES:
            log.error("IMAP: the message with UID %d cannot be read and is left", uid)

        return before < TRIES

    async def _take(self, connection: ImapConnection, listed: Listed, place: Place) -> Place:
        """Store a message if it is for us, then mark it; the header alone is read of any other."""
        try:
            header = await connection.header(listed.uid)
            if header is None:
                return place

            message = read_message(header)
            recipients = await self.unaddressed.recipients(message)
            if not recipients and not self.unaddressed.may_have_bounced(message):
                return place

            if listed.size > self.largest:
                await self._leave_large(connection, listed, is_ours=bool(recipients))
                return place

            raw = await connection.message(listed.uid, most=self.largest)
        except ImapRefused as refused:
            log.warning("IMAP: the message with UID %d is not given out: %s", listed.uid, refused)
            return place

        if raw is None:
            return place

        recipients = recipients or self.unaddressed.bounced(raw)
        return await self._keep(connection, listed.uid, raw, message, recipients, place) if recipients else place

    async def _keep(
        self,
        connection: ImapConnection,
        uid: int,
        raw: bytes,
        message: Message,
        recipients: Sequence[str],
        place: Place,
    ) -> Place:
        now = self.unaddressed.clock()
        reached = replace(place, last_uid=uid, unmarked_uid=uid, looked=now)
        mail_from = return_path(message)

        def job(tx: Tx) -> bool:
            # False where another process, or this one before it was killed, has stored it already.
            if not mailbox.advance(tx, self.server.name, reached):
                return False

            for rcpt in recipients:
                inbox.store_mail(tx, peer=MAILBOX_PEER, mail_from=mail_from, rcpt=rcpt, raw=raw, now=now)

            return True

        if await self.unaddressed.store.write(job):
            self.unaddressed.woken.set()

        await self._mark(connection, uid)
        return reached

    async def _mark(self, connection: ImapConnection, uid: int) -> None:
        """Show in the mailbox that a message was taken; a server that cannot is no reason to stop."""
        try:
            await connection.mark(uid, "\\Seen", MARK)
            if self.move_to is not None and connection.can_move:
                await connection.move(uid, self.move_to)
        except ImapRefused as refused:
            log.warning("IMAP: the message with UID %d was taken but cannot be marked: %s", uid, refused)

    async def _leave_large(self, connection: ImapConnection, listed: Listed, *, is_ours: bool) -> None:
        if is_ours:
            log.warning("IMAP: the message with UID %d has %d octets: left, flagged", listed.uid, listed.size)
            await connection.mark(listed.uid, "\\Flagged")
