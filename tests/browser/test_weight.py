"""What a page costs to load, and what is left of it on paper."""

from __future__ import annotations

import pytest
from playwright.async_api import Response

from tests.browser.catalogue import address_of_state
from tests.browser.tabs import Guest
from tests.browser.walks import words_on
from tests.story.salon import Salon

LARGEST_FIRST_VIEW = 30 * 1024
"""Bytes of HTML, style and script, uncompressed."""

ON_PAPER = ("manage", "manage-moved", "summary", "reschedule-unpaid")


@pytest.mark.parametrize("name", ["manage", "reschedule", "reschedule-calendar"])
async def test_the_first_view_is_light(shared_salon: Salon, guest: Guest, name: str) -> None:
    """Issue 3: at most 30 KB in all."""
    tab = await guest.tab()
    answers: list[Response] = []
    tab.on("response", answers.append)

    await tab.goto(await address_of_state(shared_salon, name), wait_until="networkidle")
    weights = {one.url.partition("/static/")[2] or "page": len(await one.body()) for one in answers if one.ok}

    assert sum(weights.values()) <= LARGEST_FIRST_VIEW, weights
    assert "page.css" in weights


@pytest.mark.parametrize("name", ON_PAPER)
async def test_on_paper_are_the_facts_and_nothing_to_press(shared_salon: Salon, guest: Guest, name: str) -> None:
    tab = await guest.opens(await address_of_state(shared_salon, name))
    await tab.emulate_media(media="print")

    words = await words_on(tab)
    buttons = tab.locator("button:visible, .button:visible, a[href*='/reschedule/']:visible, input:visible")

    assert ("Haircut" in words or "November" in words) and "15:00" in words
    assert await buttons.count() == 0
