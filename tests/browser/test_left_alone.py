"""A page that is opened and left alone does nothing, and nothing about it goes wrong."""

from __future__ import annotations

import pytest

from core import queries
from tests.browser.catalogue import PAGES, address_of_state
from tests.browser.tabs import Guest
from tests.story.salon import MONDAY, Salon

AN_HOUR_MS = 60 * 60 * 1000


async def changes(salon: Salon) -> int:
    """Return how many rows there are in the histories of all bookings."""
    store = salon.rebook.store
    numbers = range(1, len(salon.tokens) + 1)
    return sum(len(await store.read(lambda tx, number=number: queries.load_history(tx, number))) for number in numbers)


@pytest.mark.parametrize("name", PAGES)
async def test_an_hour_later_nothing_was_sent_and_nothing_changed(
    shared_salon: Salon, guest: Guest, name: str
) -> None:
    """T6: scanners follow links and run scripts; a page never submits itself. No error, no broken policy."""
    url = await address_of_state(shared_salon, name)
    before = await changes(shared_salon)
    tab = await guest.tab()
    await tab.clock.install(time=MONDAY)

    await tab.goto(url, wait_until="networkidle")
    await tab.clock.fast_forward(AN_HOUR_MS)
    await tab.wait_for_load_state("networkidle")

    assert (tab.url, guest.posts, guest.missed) == (url, [], [])
    assert await changes(shared_salon) == before
