"""A Bot API server on loopback, for the tests: it speaks HTTP as Telegram does and is as strict as it is documented.

    async with open_bot_api() as api:
        jo = api.person("Jo")
        jo.says("thu after 4?")          # the bot under test fetches it from api.url, or is called at its webhook
        await jo.sees("Thursday")

Nothing here reads a clock: dates come from `now`, and waiting ends when something happens. Only a webhook that failed
is given a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.telegram.asked import Asked, Refused, Thing, read_asked
from tests.telegram.chats import Chat
from tests.telegram.faults import Fault, Faults, refusal
from tests.telegram.methods import METHODS
from tests.telegram.person import Person, new_group, new_person
from tests.telegram.pulse import PATIENCE
from tests.telegram.updates import Updates
from tests.telegram.webhook import Webhook, refuse_webhook
from tests.telegram.world import BOT_ID, USERNAME, World, monday

TOKEN = f"{BOT_ID}:A-made-up-token-of-thirty-five-chars"

_DELIVERY = ("getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo")
_NAMES = {name.lower(): name for name in (*METHODS, *_DELIVERY)}


@dataclass(frozen=True, slots=True)
class Call:
    """What a bot asked for and what it was told: `status` 0 where it was told nothing."""

    method: str
    fields: Thing
    status: int
    answer: Thing


@dataclass
class BotApi:
    """The server: `world` is what it keeps, `faults` what shall go wrong, `calls` everything that was asked."""

    world: World
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)
    port: int = 0
    _runner: web.AppRunner | None = None
    _down: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """What a bot takes for `https://api.telegram.org`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def username(self) -> str:
        return USERNAME

    @property
    def updates(self) -> Updates:
        return self.world.updates

    def person(self, name: str = "Jo", *, language: str | None = "en") -> Person:
        """Return somebody who has not met the bot yet; whatever they do first opens the chat."""
        return new_person(self.world, name, language)

    def group(self, title: str = "Nova team") -> Chat:
        """Return a group that the bot was added to; `person.inside(group)` speaks in it."""
        return new_group(self.world, title)

    def calls_of(self, *methods: str) -> list[Call]:
        """Return the calls of these methods, oldest first."""
        return [call for call in self.calls if call.method in methods]

    async def called(self, method: str, times: int = 1, *, seconds: float = PATIENCE) -> list[Call]:
        """Wait until *method* was called that often, and return its calls."""
        await self.world.pulse.until(
            lambda: len(self.calls_of(method)) >= times, lambda: f"only {self.calls_of(method)}", seconds
        )
        return self.calls_of(method)

    async def settled(self, seconds: float = PATIENCE) -> None:
        """Wait until the bot has confirmed every update."""
        await self.updates.settled(seconds)

    async def polled(self) -> None:
        """Wait until a bot waits in `getUpdates` for something to happen."""
        await self.world.pulse.until(lambda: self.updates.polled, lambda: "nobody polls")

    async def up(self) -> None:
        """Listen: on any free port first, on the same one ever after."""
        self._down.clear()
        self.updates.reopen()
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token:[^/]+}/{method}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Be gone; chats, updates and orders are kept."""
        self._down.set()
        self.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def perform(self, method: str, asked: Asked) -> tuple[int, Thing]:
        """Do what is asked for, and return the status and the answer."""
        name = _NAMES.get(method.lower(), method)
        try:
            status, answer = 200, {"ok": True, "result": await self._perform(name, asked)}
        except Refused as refused:
            status, answer = refused.status, refusal(refused.status, refused.description, refused.retry_after)

        self._record(Call(name, dict(asked.fields), status, answer))
        return status, answer

    async def _perform(self, name: str, asked: Asked) -> Any:
        match name:
            case "getUpdates":
                return await self.updates.poll(asked)
            case "setWebhook":
                return self._set_webhook(asked)
            case "deleteWebhook":
                return self._delete_webhook(asked)
            case "getWebhookInfo":
                return self._webhook_info()
            case _ if name in METHODS:
                return METHODS[name](self.world, asked)
            case _:
                raise Refused(404, "Not Found: method not found")

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return _respond(401, refusal(401, "Unauthorized"))

        method = request.match_info["method"]
        try:
            asked = await read_asked(request)
        except Refused as refused:
            return _respond(refused.status, refusal(refused.status, refused.description))

        fault = self.faults.take(_NAMES.get(method.lower(), method), asked.text("chat_id"))
        if fault is not None:
            return await self._fail(request, method, asked, fault)

        return _respond(*await self.perform(method, asked))

    async def _fail(self, request: web.Request, method: str, asked: Asked, fault: Fault) -> web.StreamResponse:
        if fault.done:
            await self.perform(method, asked)
        else:
            self._record(Call(method, dict(asked.fields), fault.status, {}))

        if fault.kind == "hangs":
            await self._down.wait()

        if fault.kind != "refused" and request.transport is not None:
            request.transport.close()

        if fault.speaks_json:
            return _respond(fault.status or 500, fault.as_json())

        return web.Response(status=fault.status, text="<html>Bad Gateway</html>", content_type="text/html")

    def _set_webhook(self, asked: Asked) -> bool:
        if not asked.text("url"):
            return self._delete_webhook(asked)

        refuse_webhook(asked)
        self.updates.allow(asked.thing("allowed_updates"))
        if asked.flag("drop_pending_updates"):
            self.updates.drop()

        secret, most = asked.text("secret_token"), asked.number("max_connections", 40)
        self.updates.hook(
            Webhook(self.updates.waiting, self.world.pulse, asked.text("url"), secret, most, self.perform)
        )
        return True

    def _delete_webhook(self, asked: Asked) -> bool:
        if asked.flag("drop_pending_updates"):
            self.updates.drop()

        self.updates.hook(None)
        return True

    def _webhook_info(self) -> Thing:
        webhook = self.updates.webhook
        told = {"url": "", "has_custom_certificate": False} if webhook is None else webhook.as_json()
        return told | {"pending_update_count": len(self.updates.waiting), "allowed_updates": self.updates.allowed}

    def _record(self, call: Call) -> None:
        self.calls.append(call)
        self.world.pulse.beat()


@asynccontextmanager
async def open_bot_api(now: Callable[[], datetime] = monday) -> AsyncIterator[BotApi]:
    """Run a Bot API server on a free port of loopback; the bot's token is `TOKEN`."""
    api = BotApi(World(now))
    await api.up()
    try:
        yield api
    finally:
        webhook = api.updates.webhook
        api.updates.hook(None)
        await api.down()
        if webhook is not None:
            await webhook.ended()


def _respond(status: int, answer: Thing) -> web.Response:
    return web.json_response(answer, status=status)
