"""What a page costs to load, and what is left of it on paper."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Response

from tests.browser.catalogue import address_of_state
from tests.browser.tabs import Guest
from tests.browser.walks import words_on
from tests.story.salon import Salon

LARGEST_FIRST_VIEW = 30 * 1024
"""Bytes of HTML, style and script, uncompressed."""

ON_PAPER = {"manage": "15:00", "manage-moved": "10:00", "manage-off": "15:00", "summary": "10:00"}
"""States of pages that are printed, and a time that must be read there."""


@pytest.mark.parametrize("name", ["manage", "reschedule", "reschedule-calendar"])
async def test_the_first_view_is_light(shared_salon: Salon, guest: Guest, name: str) -> None:
    """Issue 3: at most 30 KB in all."""
    tab = await guest.tab()
    answers: list[Response] = []

    def hear(answer: Response) -> None:
        answers.append(answer)

    tab.on("response", hear)

    await tab.goto(await address_of_state(shared_salon, name), wait_until="networkidle")
    weights = {PurePosixPath(urlsplit(one.url).path).suffix: len(await one.body()) for one in answers if one.ok}

    assert sum(weights.values()) <= LARGEST_FIRST_VIEW, weights
    assert {"", ".css", ".js"} <= weights.keys()


@pytest.mark.parametrize("name", ON_PAPER)
async def test_on_paper_are_the_facts_and_nothing_to_press(shared_salon: Salon, shared_tab: Page, name: str) -> None:
    tab = shared_tab
    await tab.goto(await address_of_state(shared_salon, name))
    await tab.emulate_media(media="print")

    pressable = await tab.locator("button:visible, select:visible, input:visible, .button:visible").all()

    words = await words_on(tab)
    assert [fact for fact in ("November", ON_PAPER[name]) if fact not in words] == []
    assert [await one.inner_text() for one in pressable] == []
