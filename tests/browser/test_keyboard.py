"""The keyboard on a page: it comes by everything that can be pressed, is seen where it is, and gets out again."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser.catalogue import address_of_state
from tests.browser.hands import focus_of
from tests.browser.tabs import Guest
from tests.story.salon import Salon

EVERYTHING = "a[href], button, select, summary, textarea, input:not([type=hidden])"
_SHOWN = "all => all.filter(one => one.getClientRects().length).map(one => one.outerHTML.slice(0, 300))"
FAMILIES = (
    "manage",
    "manage-moved",
    "manage-unpaid",
    "reschedule",
    "reschedule-anyone",
    "reschedule-calendar-day",
    "summary",
    "cancel",
    "ask",
    "mailbox",
    "mail",
)


@pytest.mark.parametrize("name", FAMILIES)
async def test_tab_comes_by_everything_in_order_and_is_always_seen(
    shared_salon: Salon, shared_tab: Page, name: str
) -> None:
    """From the top of the page to its end, each thing once, in the order it is read, then out of the page."""
    tab = shared_tab
    await tab.goto(await address_of_state(shared_salon, name))
    everything = await tab.locator(EVERYTHING).evaluate_all(_SHOWN)

    reached: list[str] = []
    unseen: list[str] = []
    for _ in everything:
        await tab.keyboard.press("Tab")
        focus = await focus_of(tab)
        assert focus is not None, f"out of the page after {reached}"
        reached.append(focus.name)
        unseen += [] if focus.is_visible else [focus.name]

    assert reached == everything
    assert unseen == []
    await tab.keyboard.press("Tab")
    last = await focus_of(tab)
    assert last is None or last.name == everything[0]


async def test_space_presses_a_button(salon: Salon, guest: Guest) -> None:
    """As everywhere in a browser: Space does what Enter does."""
    tab = await guest.opens(await address_of_state(salon, "manage-moved"))
    undo = tab.locator("form[method=post] button").first
    await undo.focus()

    async with tab.expect_navigation():
        await tab.keyboard.press("Space")

    assert await tab.locator("form[method=post]").count() == 0
