"""What went wrong is said once a day for each kind of trouble and each address, however much goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.reply import Part
from core.troubles import Trouble, tell_trouble
from tests.core.shop import Shop, open_shop
from tests.story.salon import booking

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def same_guest(key: str, email: str) -> dict[str, Any]:
    guest = {"name": "Jo", "email": email, "locale": "en", "tz": "Europe/Warsaw"}
    return booking(key, guest=guest, start="2026-11-27T11:00:00+01:00")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Jo has two bookings, the second under the same address in other letters; Kim has one."""
    with open_shop(tmp_path) as store:
        shop = Shop(store)
        kim = booking("kim", start="2026-11-30T11:00:00+01:00")
        await shop.imports(booking(), same_guest("jo again", "JO@guest.example"), kim, reminders_hours=[])
        yield shop
        await store.close()


async def told(shop: Shop, trouble: Trouble = "broken", key: str = "jo") -> bool:
    said = Part("broken", {"error_id": "E-1"})
    tell = partial(tell_trouble, dossier=await shop.dossier(key), trouble=trouble, said=said, now=shop.now)
    return await shop.store.write(tell)


async def test_a_trouble_is_told_once_a_day(shop: Shop) -> None:
    """The day runs from the mail, not from midnight."""
    tried = []
    for wait in (timedelta(0), SECOND, DAY - 2 * SECOND, SECOND, SECOND):
        shop.now += wait
        tried.append(await told(shop))

    assert tried == [True, False, False, True, False]


async def test_each_kind_of_trouble_is_told(shop: Shop) -> None:
    kinds: tuple[Trouble, ...] = ("broken", "rate_limited", "encrypted", "winmail")

    assert [await told(shop, kind) for kind in (*kinds, *kinds)] == [True] * 4 + [False] * 4


async def test_it_is_told_once_to_an_address_whatever_the_booking(shop: Shop) -> None:
    """A guest with many bookings has one mailbox; another guest has their own."""
    assert [await told(shop, key=key) for key in ("jo", "jo again", "kim")] == [True, False, True]
