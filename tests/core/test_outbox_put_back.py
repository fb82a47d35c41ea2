"""Messages that wait although nothing is wrong with them: their recipient's server takes none at the moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from core import outbox
from core.outbox import Claim
from tests.core.outgoing import claimed, queued, sent
from tests.core.shop import Shop, open_shop
from tests.story.salon import booking

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        shop = Shop(store)
        await shop.imports(booking(), reminders_hours=[])
        yield shop
        await store.close()


async def put_back(shop: Shop, claim: Claim) -> bool:
    waits = partial(outbox.put_back, claim=claim, until=shop.now + MINUTE, reason="waits")
    return await shop.store.write(waits)


def words(claims: list[Claim]) -> list[str]:
    return [str(part.values["reason"]) for claim in claims for part in claim.notice.reply.parts]


async def test_what_is_put_back_waits_and_counts_as_not_tried(shop: Shop) -> None:
    """M4: the days of trying begin when it is really tried."""
    await queued(shop, "first")
    (claim,) = await claimed(shop)

    assert await put_back(shop, claim)

    assert await claimed(shop) == []
    shop.now += MINUTE
    assert [(one.id, one.attempts) for one in await claimed(shop)] == [(claim.id, 0)]


async def test_what_comes_later_does_not_overtake_it(shop: Shop) -> None:
    """M4: messages of one booking to one recipient leave in order."""
    await queued(shop, "first")
    await put_back(shop, (await claimed(shop))[0])

    await queued(shop, "second")

    assert await claimed(shop) == []
    shop.now += MINUTE
    (first,) = await claimed(shop)
    await sent(shop, first)
    assert words([first, *await claimed(shop)]) == ["first", "second"]


async def test_whoever_lost_the_lease_puts_nothing_back(shop: Shop) -> None:
    """M4: whoever has the message now knows best."""
    await queued(shop, "first")
    (claim,) = await claimed(shop)
    shop.now += outbox.LEASE + MINUTE
    (again,) = await claimed(shop, "another worker")

    assert not await put_back(shop, claim)
    assert await sent(shop, again)
