"""The keyboard on a page: it comes by everything that can be pressed, is seen where it is, and gets out again."""

from __future__ import annotations

import pytest

from tests.browser.catalogue import address_of_state
from tests.browser.hands import MOST_TABS, focus_of
from tests.browser.tabs import Guest
from tests.story.salon import Salon

EVERYTHING = "a[href], button, select, summary, textarea, input:not([type=hidden])"
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", FAMILIES)
async def test_tab_comes_by_everything_in_order_and_is_always_seen(
    shared_salon: Salon, guest: Guest, name: str, scheme: str
) -> None:
    """From the top of the page to its end, each thing once, then out of the page; and back."""
    tab = await guest.opens(await address_of_state(shared_salon, name), scheme="dark" if scheme == "dark" else "light")
    count = await tab.locator(EVERYTHING).evaluate_all("all => all.filter(one => one.getClientRects().length).length")

    seen, unseen = [], []
    for _ in range(MOST_TABS):
        await tab.keyboard.press("Tab")
        focus = await focus_of(tab)
        if focus is None:
            break

        seen.append(focus.name)
        unseen += [] if focus.is_visible else [focus.name]

    assert unseen == []
    assert len(seen) == count
    await tab.keyboard.press("Shift+Tab")
    assert await focus_of(tab) is not None or not seen


async def test_space_presses_a_button(salon: Salon, guest: Guest) -> None:
    """As everywhere in a browser: Space does what Enter does."""
    tab = await guest.opens(await address_of_state(salon, "manage-moved"))
    undo = tab.locator("form[method=post] button").first
    await undo.focus()

    async with tab.expect_navigation():
        await tab.keyboard.press("Space")

    assert await tab.locator("form[method=post]").count() == 0
