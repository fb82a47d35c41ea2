"""What the tests of the outbox do with it: queue, claim, send, fail."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from core import outbox, queries
from core.notices import Kind
from core.outbox import Claim
from core.reply import Part, Reply
from core.store.engine import Row
from tests.core.shop import Shop


async def queued(
    shop: Shop,
    words: str,
    *,
    kind: Kind = "answer",
    recipient: str = "guest",
    due: datetime | None = None,
    key_of: str = "jo",
) -> int | None:
    """Queue a message under the key *words* that says just that."""
    reply = Reply((Part("reason", {"reason": words}),))
    given: dict[str, Any] = {"key": words, "kind": kind, "recipient": recipient, "reply": reply, "due": due}
    return await shop.store.write(partial(outbox.queue, dossier=await shop.dossier(key_of), now=shop.now, **given))


async def claimed(shop: Shop, worker: str = "worker", *, most: int = 16) -> list[Claim]:
    return await shop.store.write(partial(outbox.claim, now=shop.now, token=worker, most=most))


async def all_sent(shop: Shop) -> list[str]:
    """Send until nothing is due, and return the kinds of what left."""
    kinds: list[str] = []
    while any(state == "due" and due <= shop.now for state, due in await waiting(shop)):
        for claim in await claimed(shop):
            await sent(shop, claim)
            kinds.append(claim.notice.kind)

    return kinds


async def waiting(shop: Shop) -> list[tuple[str, datetime]]:
    rows = await shop.store.read(partial(queries.load_messages, booking_id=await shop.id_of("jo")))
    return [(one.state, one.due) for one in rows]


async def sent(shop: Shop, claim: Claim) -> bool:
    return await shop.store.write(partial(outbox.mark_sent, claim=claim, words="as it left", now=shop.now))


async def failed(shop: Shop, claim: Claim, *, permanent: bool = False) -> bool:
    fails = partial(outbox.mark_failed, claim=claim, permanent=permanent, reason="no such mailbox", now=shop.now)
    return await shop.store.write(fails)


async def row(shop: Shop) -> Row:
    """Return the first message of the booking."""
    return (await shop.store.read(partial(queries.load_messages, booking_id=await shop.id_of("jo"))))[0]


def to_and_words(claim: Claim) -> tuple[str, Any]:
    return claim.notice.audience, claim.notice.reply.parts[0].values["reason"]
