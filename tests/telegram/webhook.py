"""Delivery to the bot's webhook: in order within a chat, side by side between chats, again until it says 2xx."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.telegram.asked import Asked, Thing, bad_request, read_reply
from tests.telegram.pulse import Pulse

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_CONNECTIONS = 100

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: the update, the headers it came with, and the status, or the words of what went wrong."""

    update: Thing
    headers: dict[str, str]
    status: int | str


@dataclass
class Webhook:
    """An address that updates are posted to. Real delays between attempts double up to minutes; here they are short."""

    waiting: list[Thing]
    pulse: Pulse
    url: str
    secret: str
    max_connections: int
    perform: Callable[[str, Asked], Awaitable[object]]
    resend_after: float = 0.02
    patience: float = 10.0
    deliveries: list[Delivery] = field(default_factory=list)
    last_error: str = ""
    stopped: bool = False
    lanes: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.max_connections)

    def wake(self) -> None:
        """Look after every lane in which something waits."""
        for lane in {lane_of(update) for update in self.waiting} - self.lanes.keys():
            self.lanes[lane] = asyncio.create_task(self._run(lane))

    def stop(self) -> None:
        """Deliver no more; what is not confirmed waits on."""
        self.stopped = True
        for task in self.lanes.values():
            task.cancel()

    async def ended(self) -> None:
        """Wait until nothing is on its way any more; raise what went wrong."""
        tasks = list(self.lanes.values())
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    def as_json(self) -> Thing:
        """Return the WebhookInfo but for what the updates know."""
        return {"url": self.url, "has_custom_certificate": False, "max_connections": self.max_connections} | (
            {"last_error_message": self.last_error, "last_error_date": 1} if self.last_error else {}
        )

    async def _run(self, lane: int) -> None:
        try:
            async with ClientSession() as session:
                while update := next((one for one in self.waiting if lane_of(one) == lane), None):
                    await self._deliver(session, update)
        finally:
            del self.lanes[lane]
            if not self.stopped:
                self.wake()  # something may have come while the session closed

    async def _deliver(self, session: ClientSession, update: Thing) -> None:
        """Post *update* once, and confirm it or wait a moment."""
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        async with self._free:
            status = await self._post(session, update, headers)

        self.deliveries.append(Delivery(update, headers, status))
        if isinstance(status, int) and 200 <= status < 300:
            self._confirm(update)
            return

        self.last_error = f"Wrong response from the webhook: {status}"
        self.pulse.beat()
        await asyncio.sleep(self.resend_after)

    def _confirm(self, update: Thing) -> None:
        """Take one copy of *update* away, if it was not dropped meanwhile."""
        if update in self.waiting:
            self.waiting.remove(update)

        self.pulse.beat()

    async def _post(self, session: ClientSession, update: Thing, headers: dict[str, str]) -> int | str:
        timeout = ClientTimeout(total=self.patience)
        try:
            async with session.post(self.url, json=update, headers=headers, timeout=timeout) as response:
                status, reply = response.status, await read_reply(response)
        except (ClientError, TimeoutError) as error:
            return f"{type(error).__name__}: {error}"

        if method := reply.text("method"):
            await self.perform(method, reply)

        return status


def refuse_webhook(asked: Asked) -> None:
    """Raise `Refused` where `setWebhook` asks for what cannot be; plain http is taken, as a local server does."""
    if not asked.text("url").startswith(("https://", "http://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")

    if not _SECRET.fullmatch(asked.text("secret_token")):
        raise bad_request("secret token contains unallowed characters or is too long")

    if not 1 <= asked.number("max_connections", 40) <= MOST_CONNECTIONS:
        raise bad_request("max_connections must be between 1 and 100")


def lane_of(update: Thing) -> int:
    """Return the chat or person an update comes from: one lane is delivered in order, lanes side by side."""
    for body in (body for kind, body in update.items() if kind != "update_id" and isinstance(body, dict)):
        source = body.get("chat") or body.get("from") or {}
        return int(source.get("id", 0))

    return 0
