"""Every page in every state: what axe-core finds, what overflows, what a thumb cannot hit, and a picture of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page

from core.phrases import load_phrases
from tests.browser.catalogue import AFTER_A_FORM, PAGES, REASONS, Visit, address_of_state
from tests.browser.looks import found_by_axe, too_small, too_wide
from tests.browser.tabs import DESK, PHONE, SCHEMES, SMALLEST_PHONE, Guest
from tests.browser.walks import codes_on, starts_on, words_on
from tests.story.salon import Salon

BROKEN = load_phrases().languages["en"].phrases["page.broken"][0].partition("{")[0]
"""What only a page that failed says; nobody is shown it on purpose."""


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_can_be_read_and_pressed_by_everyone(
    shared_salon: Salon, shared_tab: Page, axe: str, screenshots: Path, name: str
) -> None:
    """One visit: narrow and wide, light and dark; nothing is cut off, too small to hit or hard to read."""
    await shared_tab.goto(await address_of_state(shared_salon, name))

    wrong = await wrong_with(shared_tab, axe, f"{screenshots}/{name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", AFTER_A_FORM)
async def test_what_only_a_form_leads_to_can_be_read_by_everyone(
    salon: Salon, guest: Guest, axe: str, screenshots: Path, name: str
) -> None:
    tab = await guest.tab()
    await AFTER_A_FORM[name](Visit(salon, name), tab)

    wrong = await wrong_with(tab, axe, f"{screenshots}/{name}")
    assert not wrong, "\n".join(wrong)


async def wrong_with(tab: Page, axe: str, picture: str) -> list[str]:
    """Return all that is wrong with how the page looks, and take pictures of it."""
    found = ["the page is broken"] if BROKEN in await tab.inner_text("body") else []
    for width, height in (SMALLEST_PHONE, DESK, PHONE):
        await tab.set_viewport_size({"width": width, "height": height})
        found += [f"{width} px: {one}" for one in await too_wide(tab)]
        if (width, height) != SMALLEST_PHONE:
            found += [f"{width} px: {one}" for one in await too_small(tab)]
            await takes_pictures(tab, f"{picture}-{width}")

    found += await found_by_axe(tab, axe)
    await tab.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in await found_by_axe(tab, axe, colours_only=True)]
    await tab.emulate_media(color_scheme="light")
    return found


async def takes_pictures(tab: Page, path: str) -> None:
    """Take a picture of the whole page in each colour scheme; leave it in the light one."""
    for scheme in SCHEMES:
        await tab.emulate_media(color_scheme=scheme)
        await tab.screenshot(path=f"{path}-{scheme}.png", full_page=True)


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
    assert await tab.locator("main script, img, b[title]").count() == 0
    assert guest.complaints == []
