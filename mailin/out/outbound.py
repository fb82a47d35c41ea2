"""The worker that puts notices into words and hands them over: claim, compose, sign, send, mark (SPEC M4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from core import outbox
from core.bookings import Act, tell_undelivered
from core.model import SYSTEM
from core.store.engine import StoreUnavailable
from core.tokens import sign_message_id
from mailin.out.compose import Mail, compose
from mailin.out.resting import Resting
from mailin.out.send import LANES, SendFailed

if TYPE_CHECKING:
    from core.outbox import Claim
    from core.store.engine import Store, Tx
    from mailin.out.compose import Sender
    from mailin.out.logo import Logos
    from mailin.out.picture import Picture
    from mailin.out.send import MailSender
    from mailin.out.signing import Signer

log = logging.getLogger(__name__)

Mark = Callable[["Tx"], bool]
"""Records what became of one message."""

BATCH = 16
"""Messages under way at a time: few enough that the last is sent long before its lease ends."""

ROOM = BATCH // 2
"""As many fewer let more be claimed: slow ones hold up nobody, and what is quick is claimed by the handful."""

LOOK_AGAIN_SECONDS = 1.0
"""Another process's messages are seen this soon (CONTRACT "import")."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """Sends what the outbox holds for mail. `woken` is set whenever this process wrote something to send.

    With a `signer` all of it is signed; with `logos` guests' mails carry that of their business.
    """

    store: Store
    look: Sender
    sender: MailSender
    clock: Callable[[], datetime]
    woken: asyncio.Event
    signer: Signer | None = None
    logos: Logos | None = None
    resting: Resting = field(default_factory=Resting)
    lanes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LANES))

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
        tried, looks = 0, True
        sending: set[asyncio.Task[Mark]] = set()
        try:
            while True:
                room = BATCH - len(sending)
                if looks and room >= ROOM:
                    self.woken.clear()
                    started = await self._start(room)
                    tried += len(started)
                    sending |= started
                    if not sending:
                        return tried

                    looks = len(started) == room

                # What is done by the time one is done is marked at once: a slow server delays nobody else's mark.
                done, sending = await asyncio.wait(
                    sending, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                await self._mark([task.result() for task in done])
                looks = looks or not sending or not done or self.woken.is_set()
        finally:
            await _give_up(sending)

    async def _reclaim(self) -> bool:
        try:
            await self.store.write(outbox.free_leases)
        except StoreUnavailable:
            log.warning("the database cannot serve: messages wait")
            return False

        return True

    async def _start(self, most: int) -> set[asyncio.Task[Mark]]:
        """Claim up to *most* messages, put them into words, and begin to send them."""
        token = uuid4().hex
        try:
            claims = await self.store.write(partial(outbox.claim, now=self.clock(), token=token, most=most))
        except StoreUnavailable:
            log.warning("the database cannot serve: messages wait")
            return set()

        logos = await self._find_logos(claims)
        mails = await asyncio.to_thread(self._compose, claims, logos)
        return {asyncio.create_task(self._send(claim, mails[claim.id])) for claim in claims}

    async def _find_logos(self, claims: Sequence[Claim]) -> Mapping[str, Picture]:
        urls = {url for claim in claims if (url := _logo_url(claim))}
        return await self.logos.find(urls) if urls and self.logos is not None else {}

    def _compose(self, claims: Sequence[Claim], logos: Mapping[str, Picture]) -> dict[int, Mail | None]:
        """Put the messages into words and sign them; None for one that cannot be, which must not stop the others."""
        mails: dict[int, Mail | None] = {}
        for claim in claims:
            try:
                mail = compose(claim.notice, self.look, logos.get(_logo_url(claim) or ""))
                mails[claim.id] = replace(mail, raw=self.signer.sign(mail.raw)) if self.signer else mail
            except Exception:
                log.exception("message %d cannot be put into words", claim.id)
                mails[claim.id] = None

        return mails

    async def _send(self, claim: Claim, mail: Mail | None) -> Mark:
        """Hand one mail over and return what is to be recorded of it: the one catch of this door."""
        if mail is None:
            return self._failed(claim, permanent=False, reason="internal error")

        to = claim.notice.to_address
        async with self.lanes:
            if until := self.resting.until(to, self.clock()):
                return partial(outbox.put_back, claim=claim, until=until, reason="waits: this domain defers our mail")

            try:
                await self.sender.send(mail.raw, sender=bounce_address(claim.id, self.look), to=to)
            except SendFailed as failed:
                if failed.by_recipient and not failed.permanent:
                    self.resting.deferred(to, self.clock())

                return self._failed(claim, permanent=failed.permanent, reason=failed.reason)
            except Exception:
                log.exception("message %d could not be sent", claim.id)
                return self._failed(claim, permanent=False, reason="internal error")

        self.resting.taken(to)
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


async def _give_up(sending: Collection[asyncio.Task[Mark]]) -> None:
    """Cancel what is being sent and let it hang up, before the sender and the store are closed under it."""
    for task in sending:
        task.cancel()

    if sending:
        await asyncio.wait(sending, timeout=LOOK_AGAIN_SECONDS)


def _logo_url(claim: Claim) -> str | None:
    """Return where the logo of this mail is: guests see it, the team knows whose mail it is."""
    notice = claim.notice
    return notice.business.settings.logo_url if notice.audience == "guest" else None


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
