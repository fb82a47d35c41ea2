"""The updates that wait for the bot, and how it fetches them: long polling with offsets, one poller at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.telegram.asked import Asked, Refused, Thing, bad_request
from tests.telegram.pulse import PATIENCE, Pulse
from tests.telegram.webhook import Webhook

MOST_AT_ONCE = 100

UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that only come to a bot that names them in `allowed_updates`."""


class Updates:
    """Updates in the order they happened; each waits until it is confirmed."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.waiting: list[Thing] = []
        self.last: Thing | None = None
        self.copies = 1
        self.webhook: Webhook | None = None
        self.allowed: list[str] = []
        self._once_more: list[Thing] = []
        self._next_id = 1
        self._poller: object | None = None
        self._closed = False

    def put(self, kind: str, body: Any) -> Thing:
        """Tell the bot of something that happened; a kind it did not ask for never reaches it."""
        update = {"update_id": self._next_id, kind: body}
        self._next_id += 1
        if kind in self.allowed or (not self.allowed and kind not in UNASKED):
            self.last = update
            self._queue([update] * self.copies)

        return update

    def repeat(self) -> Thing:
        """Deliver the last update once more, confirmed or not: its confirmation was lost on the way."""
        assert self.last is not None
        if self.webhook is None:
            self._once_more.append(self.last)

        self._queue([self.last] if self.webhook is not None else [])
        return self.last

    def skip_to(self, update_id: int) -> None:
        """Number the updates to come from *update_id* on; after a silent week Telegram starts anywhere."""
        self._next_id = update_id

    async def settled(self, seconds: float = PATIENCE) -> None:
        """Wait until the bot has confirmed every update."""
        await self.pulse.until(
            lambda: not self.waiting and not self._once_more, lambda: f"not confirmed: {self.waiting}", seconds
        )

    @property
    def polled(self) -> bool:
        """A bot waits for what comes."""
        return self._poller is not None

    async def poll(self, asked: Asked) -> list[Thing]:
        """Answer `getUpdates`."""
        if self.webhook is not None:
            raise _conflict("can't use getUpdates method while webhook is active; use deleteWebhook first")

        limit = asked.number("limit", MOST_AT_ONCE)
        if not 1 <= limit <= MOST_AT_ONCE:
            raise bad_request("limit must be between 1 and 100")

        self.allow(asked.thing("allowed_updates"))
        self._confirm(asked.number("offset", 0))
        me = self._poller = object()
        self.pulse.beat()
        try:
            await self.pulse.within(asked.number("timeout", 0), lambda: self._ready(me))
            return self._take(me, limit)
        finally:
            if self._poller is me:
                self._poller = None

            self.pulse.beat()

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Keep what a bot says it wants to hear of; None leaves what it said before."""
        if kinds is not None:
            self.allowed = list(kinds)

    def drop(self) -> None:
        """Forget what waits: `drop_pending_updates`."""
        self.waiting.clear()
        self.pulse.beat()

    def hook(self, webhook: Webhook | None) -> None:
        """Deliver to *webhook* from now on, or leave the updates to be fetched."""
        if self.webhook is not None:
            self.webhook.stop()

        self.webhook = webhook
        self.pulse.beat()
        if webhook is not None:
            webhook.wake()

    def close(self) -> None:
        """Let go of everybody who waits."""
        self._closed = True
        self.pulse.beat()

    def reopen(self) -> None:
        self._closed = False

    def _queue(self, updates: list[Thing]) -> None:
        self.waiting += updates
        self.pulse.beat()
        if self.webhook is not None:
            self.webhook.wake()

    def _confirm(self, offset: int) -> None:
        """Forget all before *offset*; a negative one counts from the end."""
        if offset < 0:
            self.waiting[:] = self.waiting[offset:]
        elif offset > 0:
            self.waiting[:] = [update for update in self.waiting if update["update_id"] >= offset]

    def _ready(self, me: object) -> bool:
        there = self.waiting or self._once_more
        return bool(there) or self._closed or self._poller is not me or self.webhook is not None

    def _take(self, me: object, limit: int) -> list[Thing]:
        if self.webhook is not None:
            raise _conflict("terminated by setWebhook request")

        if self._poller is not me:
            raise _conflict("terminated by other getUpdates request; make sure that only one bot instance is running")

        once_more, self._once_more = self._once_more, []
        return (once_more + self.waiting)[:limit]


def _conflict(reason: str) -> Refused:
    return Refused(409, f"Conflict: {reason}")
