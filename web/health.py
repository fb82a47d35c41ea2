"""Whether this process serves, for machines: `/healthz` and `/metrics` (CONTRACT "Web")."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select

from core.store import tables as t
from core.store.engine import StoreUnavailable, prepare

if TYPE_CHECKING:
    from core.store.engine import Store, Tx

PATIENCE_SECONDS = 2.0
"""How long the database may keep a machine waiting that asks whether Rebook serves; most give up after this."""

_OUTBOX = prepare(select(t.outbox.c.state, func.count().label("messages")).group_by(t.outbox.c.state))
_INBOX = prepare(select(t.inbox.c.state, func.count().label("mails")).group_by(t.inbox.c.state))
_BOOKINGS = prepare(select(t.booking.c.status, func.count().label("bookings")).group_by(t.booking.c.status))


def add_health(app: web.Application, store: Store, roles: Callable[[], Mapping[str, bool]]) -> None:
    """Add both addresses; *roles* says of every role of this process whether it serves now."""

    async def healthz(_: web.Request) -> web.Response:
        serving = dict(roles())
        serving["database"] = await _serves(store)
        healthy = all(serving.values())
        return web.json_response({"healthy": healthy, "serving": serving}, status=200 if healthy else 503)

    async def metrics(_: web.Request) -> web.Response:
        body = generate_latest(await store.read(_collect))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)


async def _serves(store: Store) -> bool:
    """Return whether mail could be stored now: reading goes on while another process holds the lock."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await store.check()
    except (StoreUnavailable, TimeoutError):
        return False

    return True


def _collect(tx: Tx) -> CollectorRegistry:
    """Count what lies in the database: numbers by state only, nothing of any guest (SPEC T5)."""
    registry = CollectorRegistry()
    outbox = Gauge("rebook_outbox_messages", "Messages by state.", ["state"], registry=registry)
    for row in tx.all(_OUTBOX):
        outbox.labels(row.state).set(row.messages)

    inbox = Gauge("rebook_inbox_mails", "Stored raw mails by state.", ["state"], registry=registry)
    for row in tx.all(_INBOX):
        inbox.labels(row.state).set(row.mails)

    bookings = Gauge("rebook_bookings", "Bookings by status.", ["status"], registry=registry)
    for row in tx.all(_BOOKINGS):
        bookings.labels(row.status).set(row.bookings)

    return registry
