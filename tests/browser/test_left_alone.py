"""A page that is opened and left alone does nothing, and nothing about it goes wrong."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page

from core import queries
from tests.browser.catalogue import PAGES, address_of_state, every_page
from tests.browser.tabs import Guest
from tests.story.salon import MONDAY, Salon

AN_HOUR_MS = 60 * 60 * 1000
A_MOMENT_SECONDS = 0.05
"""In which the browser begins to send what a page told it to."""
FAMILIES = sorted({name.partition("-")[0] for name in PAGES})


async def changes(salon: Salon) -> int:
    """Return how many rows there are in the histories of all bookings."""
    store = salon.rebook.store
    numbers = range(1, len(salon.tokens) + 2)
    return len(await store.read(lambda tx: [row for one in numbers for row in queries.load_history(tx, one)]))


@pytest.mark.parametrize("family", FAMILIES)
async def test_an_hour_later_nothing_was_sent_and_nothing_changed(salon: Salon, guest: Guest, family: str) -> None:
    """T6: scanners follow links and run scripts; a page never submits itself. No error, no broken policy."""
    names = [name for name in PAGES if name.partition("-")[0] == family]
    urls = [url async for _, url in every_page(salon, names)]
    before = await changes(salon)
    tab = await guest.tab()
    await tab.clock.install(time=MONDAY)

    left = [await leaves_alone(tab, url) for url in urls]
    await tab.wait_for_load_state("networkidle")

    assert (left, guest.posts) == (urls, [])
    assert await changes(salon) == before


async def leaves_alone(tab: Page, url: str, spoilt_by: str = "0") -> str:
    """Open *url*, run what it is *spoilt_by*, let an hour pass; return where the tab is then."""
    await tab.goto(url)
    await tab.evaluate(spoilt_by)
    await tab.clock.fast_forward(AN_HOUR_MS)
    await asyncio.sleep(A_MOMENT_SECONDS)
    return tab.url


@pytest.mark.parametrize("name", ["manage", "reschedule", "mailbox", "not-found"])
async def test_no_page_asks_for_what_is_not_there(salon: Salon, guest: Guest, name: str) -> None:
    """A browser asks by itself for an icon, too, where a page names none."""
    await guest.opens(await address_of_state(salon, name), wait_until="networkidle")

    assert guest.missed == []


async def test_a_page_that_would_submit_itself_is_noticed(salon: Salon, guest: Guest) -> None:
    """What the first test looks for is seen if it is there."""
    url = await address_of_state(salon, "manage-moved")
    tab = await guest.tab()
    await tab.clock.install(time=MONDAY)

    await leaves_alone(tab, url, "setTimeout(() => document.forms[0].submit(), 60000)")
    await tab.wait_for_load_state("networkidle")

    assert [line.partition(" ")[0] for line in guest.posts] == ["POST"]
