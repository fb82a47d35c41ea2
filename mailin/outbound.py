"""The worker that puts notices into words and hands them over: claim, compose, send, mark (SPEC M4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from core import outbox
from core.bookings import Act, tell_undelivered
from core.model import SYSTEM
from core.store.engine import StoreUnavailable
from core.tokens import sign_message_id
from mailin.compose import Mail, compose
from mailin.send import SendFailed

if TYPE_CHECKING:
    from core.outbox import Claim
    from core.store.engine import Store, Tx
    from mailin.compose import Sender
    from mailin.send import MailSender

log = logging.getLogger(__name__)

Mark = Callable[["Tx"], bool]
"""Records what became of one message."""

BATCH = 16
"""Messages claimed at a time: few enough that the last is sent long before its lease ends."""

LOOK_AGAIN_SECONDS = 1.0
"""Another process's messages are seen this soon (CONTRACT "import")."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """Sends what the outbox holds for mail. `woken` is set whenever this process wrote something to send."""

    store: Store
    look: Sender
    sender: MailSender
    clock: Callable[[], datetime]
    woken: asyncio.Event

    async def run(self) -> None:
        """Send until cancelled. What an earlier worker had claimed when it died goes first."""
        while not await self._reclaim():
            await wait_for(self.woken, LOOK_AGAIN_SECONDS)
            self.woken.clear()

        while True:
            self.woken.clear()
            await self.send_due()
            await wait_for(self.woken, LOOK_AGAIN_SECONDS)

    async def send_due(self) -> int:
        """Send everything that is due now and return how many messages were tried."""
        tried = 0
        while count := await self._send_some():
            tried += count

        return tried

    async def _reclaim(self) -> bool:
        try:
            await self.store.write(outbox.free_leases)
        except StoreUnavailable:
            log.warning("the database cannot serve: messages wait")
            return False

        return True

    async def _send_some(self) -> int:
        token = uuid4().hex
        try:
            claims = await self.store.write(partial(outbox.claim, now=self.clock(), token=token, most=BATCH))
        except StoreUnavailable:
            log.warning("the database cannot serve: messages wait")
            return 0

        mails = await asyncio.to_thread(self._compose, claims)
        waiting = {asyncio.create_task(self._send(claim, mails[claim.id])) for claim in claims}
        try:
            while waiting:
                # What is done by the time one is done is marked at once: a slow server delays nobody else's mark.
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                await self._mark([task.result() for task in done])
        finally:
            for task in waiting:
                task.cancel()

        return len(claims)

    def _compose(self, claims: Sequence[Claim]) -> dict[int, Mail | None]:
        """Put the messages into words; None for one that cannot be, which must not stop the others."""
        mails: dict[int, Mail | None] = {}
        for claim in claims:
            try:
                mails[claim.id] = compose(claim.notice, self.look)
            except Exception:
                log.exception("message %d cannot be put into words", claim.id)
                mails[claim.id] = None

        return mails

    async def _send(self, claim: Claim, mail: Mail | None) -> Mark:
        """Hand one mail over and return what is to be recorded of it: the one catch of this door."""
        if mail is None:
            return self._failed(claim, permanent=False, reason="internal error")

        try:
            envelope = bounce_address(claim.id, self.look)
            await self.sender.send(mail.raw, sender=envelope, to=claim.notice.to_address)
        except SendFailed as failed:
            return self._failed(claim, permanent=failed.permanent, reason=failed.reason)
        except Exception:
            log.exception("message %d could not be sent", claim.id)
            return self._failed(claim, permanent=False, reason="internal error")

        return partial(outbox.mark_sent, claim=claim, words=mail.words, now=self.clock())

    def _failed(self, claim: Claim, *, permanent: bool, reason: str) -> Mark:
        log.warning("message %d was not taken: %s", claim.id, reason)
        act = Act(SYSTEM, "mail", self.clock())
        return partial(_mark_failed, claim=claim, permanent=permanent, reason=reason, act=act)

    async def _mark(self, marks: Sequence[Mark]) -> None:
        def job(tx: Tx) -> None:
            for mark in marks:
                mark(tx)

        try:
            await self.store.write(job)
        except StoreUnavailable:
            # The lease ends by itself and the message is sent once more, with the same Message-ID.
            log.warning("the database cannot serve: a message may be sent twice")


def bounce_address(outbox_id: int, look: Sender) -> str:
    """Return the return path of one message: a bounce to it names the message by itself (VERP)."""
    name, _, _ = sign_message_id(outbox_id, look.domain, look.keys).strip("<>").partition("@")
    return look.addresses.return_path(name)


def _mark_failed(tx: Tx, *, claim: Claim, permanent: bool, reason: str, act: Act) -> bool:
    is_last = outbox.mark_failed(tx, claim, permanent=permanent, reason=reason, now=act.now)
    if is_last and claim.notice.audience == "guest":
        tell_undelivered(tx, claim.notice.booking.id, claim.id, claim.notice.to_address, act)

    return is_last


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Return when *event* is set or *seconds* have passed."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
