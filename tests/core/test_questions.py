"""Questions to a guest: alive until the booking changes, for seven days, until they are answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core import questions
from core.bookings import mark_paid, reschedule
from core.model import Booking, Slot
from core.questions import LIFETIME
from core.turns import Question
from core.understand.reading import Pending
from tests.core.shop import Shop, at, open_shop
from tests.story.salon import booking

FRIDAY = at("2026-11-27 11:30")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        shop = Shop(store)
        await shop.imports(booking(), booking("max", start="2026-11-27T16:00:00+01:00"))
        yield shop
        await store.close()


async def test_a_question_is_found_as_it_was_asked(shop: Shop) -> None:
    """R2, R9: its options in their order, whole slots."""
    options = await some_slots(shop)
    number = await asked(shop)

    found = await the_question(shop, number)

    assert found == Question(number, "offer", options, is_alive=True)
    assert found.pending == Pending("offer", (options[0].start, options[1].start))


async def test_a_question_lives_for_seven_days(shop: Shop) -> None:
    """R9."""
    number = await asked(shop)

    shop.now += timedelta(days=7) - SECOND
    alive = await the_question(shop, number)
    shop.now += SECOND
    dead = await the_question(shop, number)

    assert timedelta(days=7) == LIFETIME
    assert alive is not None
    assert dead is not None
    assert (alive.is_alive, dead.is_alive) == (True, False)


@pytest.mark.parametrize("how", ["moved", "paid", "closed"])
async def test_a_question_dies_when_the_booking_changes_or_it_is_answered(shop: Shop, how: str) -> None:
    """R9: it is found all the same, so that its answer can be asked again."""
    number = await asked(shop)

    if how == "moved":
        await shop.staff_does(reschedule, FRIDAY, await shop.performer("Ana"))
    elif how == "paid":
        await shop.staff_does(mark_paid)
    else:
        await shop.store.write(partial(questions.close, question_id=number, now=shop.now))

    found = await the_question(shop, number)
    assert found is not None
    assert not found.is_alive
    assert len(found.options) == 2


async def test_another_bookings_question_is_not_found(shop: Shop) -> None:
    """R9: two bookings never mix."""
    number = await asked(shop)

    assert await the_question(shop, number, key="max") is None
    assert await the_latest(shop, key="max") is None


async def test_the_latest_question_is_the_one_of_this_channel(shop: Shop) -> None:
    """R9: an answer without a link belongs to the latest question in that channel."""
    first = await asked(shop)
    second = await asked(shop)
    await asked(shop, channel="telegram")

    latest = await the_latest(shop)

    assert latest is not None
    assert latest.id == second > first
    assert await the_latest(shop, channel="slack") is None


async def test_a_dead_question_is_still_the_latest(shop: Shop) -> None:
    """R9: an answer to it is not taken for one to an older question that lives."""
    await asked(shop)
    second = await asked(shop)
    await shop.store.write(partial(questions.close, question_id=second, now=shop.now))

    latest = await the_latest(shop)

    assert latest is not None
    assert (latest.id, latest.is_alive) == (second, False)


async def test_what_a_stranger_caused_is_never_the_latest(shop: Shop) -> None:
    """R7a: but an answer to that very message finds it."""
    own = await asked(shop)
    of_stranger = await asked(shop, of_stranger=True)

    latest = await the_latest(shop)

    assert latest is not None
    assert latest.id == own
    assert await the_question(shop, of_stranger) is not None


async def some_slots(shop: Shop) -> tuple[Slot, Slot]:
    ana, leo = await shop.performer("Ana"), await shop.performer("Leo")
    length = timedelta(minutes=45)
    return Slot(FRIDAY, FRIDAY + length, ana), Slot(FRIDAY - length, FRIDAY, leo)


async def asked(shop: Shop, *, channel: Any = "mail", of_stranger: bool = False) -> int:
    """Ask Jo which of two times it should be, and return the question's id."""
    ask = partial(questions.ask, booking=await of(shop, "jo"), kind="offer", options=await some_slots(shop))
    return await shop.store.write(partial(ask, channel=channel, now=shop.now, of_stranger=of_stranger))


async def the_question(shop: Shop, number: int, *, key: str = "jo") -> Question | None:
    find = partial(questions.find_question, booking=await of(shop, key), question_id=number, now=shop.now)
    return await shop.store.read(find)


async def the_latest(shop: Shop, *, channel: Any = "mail", key: str = "jo") -> Question | None:
    find = partial(questions.latest_question, booking=await of(shop, key), channel=channel, now=shop.now)
    return await shop.store.read(find)


async def of(shop: Shop, key: str) -> Booking:
    return (await shop.dossier(key)).booking
