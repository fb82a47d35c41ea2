"""Every page in every state: what axe-core finds, what overflows, what a thumb cannot hit, and a picture of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser.catalogue import PAGES, REASONS, address_of_state
from tests.browser.looks import found_by_axe, too_small, too_wide
from tests.browser.tabs import DESK, PHONE, SMALLEST_PHONE, Guest
from tests.browser.walks import codes_on, starts_on, words_on
from tests.story.salon import Salon


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_can_be_read_and_pressed_by_everyone(
    shared_salon: Salon, guest: Guest, axe: str, screenshots: Path, name: str
) -> None:
    """One visit: narrow and wide, light and dark."""
    tab = await guest.opens(await address_of_state(shared_salon, name))

    found: list[str] = []
    for size in (PHONE, DESK, SMALLEST_PHONE):
        await tab.set_viewport_size({"width": size[0], "height": size[1]})
        found += [f"{size[0]} px: {one}" for one in await too_wide(tab)]
        if size is SMALLEST_PHONE:
            continue

        found += [f"{size[0]} px: {one}" for one in await too_small(tab)]
        found += await seen_in_both_schemes(tab, axe, screenshots / f"{name}-{size[0]}")

    assert found == []


async def seen_in_both_schemes(tab: Page, axe: str, picture: Path) -> list[str]:
    """Take pictures of the page in light and dark; return what axe-core finds in them."""
    found: list[str] = []
    for scheme in ("dark", "light"):
        await tab.emulate_media(color_scheme=scheme)
        await tab.screenshot(path=f"{picture}-{scheme}.png", full_page=True)
        found += [f"{scheme}, {one}" for one in await found_by_axe(tab, axe)]

    return found


@pytest.mark.parametrize("name", REASONS)
async def test_a_reason_stands_in_place_of_choices(salon: Salon, guest: Guest, name: str) -> None:
    """G1-G7: each gate and cancel's own says why not, in words that are seen; no times, no button that acts."""
    tab = await guest.opens(await address_of_state(salon, name))

    reason = tab.locator(f"[data-refusal={REASONS[name]}]")

    assert (await codes_on(tab), await starts_on(tab)) == ([REASONS[name]], [])
    assert len((await reason.inner_text()).split()) > 5
    assert await tab.locator("form[method=post]").count() == 0


async def test_names_with_html_in_them_are_words(salon: Salon, guest: Guest) -> None:
    """L1: what the business and the guest are called is read, not run."""
    tab = await guest.opens(await address_of_state(salon, "manage-html"))

    assert "<script>alert(1)</script>" in await words_on(tab)
    assert await tab.locator("main script, main img, b").count() == 0
    assert guest.complaints == []
