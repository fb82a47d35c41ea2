"""What the other tests look for is found where it is: a page is spoilt by hand."""

from __future__ import annotations

import pytest

from tests.browser.catalogue import address_of_state
from tests.browser.hands import focus_of
from tests.browser.looks import found_by_axe, too_small, too_wide
from tests.browser.tabs import Guest
from tests.story.salon import Salon


async def test_what_is_too_wide_and_too_small_is_named(salon: Salon, guest: Guest) -> None:
    tab = await guest.opens(await address_of_state(salon, "manage"))

    await tab.locator("h1").evaluate("one => { one.style.display = 'block'; one.style.width = '400px' }")
    await tab.locator(".actions a").first.evaluate(
        "one => { one.style.padding = 0; one.style.minHeight = 0; one.style.height = '30px' }"
    )

    wide, small = await too_wide(tab), await too_small(tab)
    assert any(line.startswith("<h1") for line in wide)
    assert [line.rpartition(" is ")[2] for line in small] == ["30 high"]


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.querySelector('main dd').style.color = '#999'", "color-contrast"),
        ("document.querySelector('.actions a').textContent = ''", "link-name"),
    ],
)
async def test_axe_finds_what_is_spoilt(salon: Salon, guest: Guest, axe: str, spoil: str, rule: str) -> None:
    tab = await guest.opens(await address_of_state(salon, "manage"))

    await tab.evaluate(spoil)

    assert {line.partition(":")[0] for line in await found_by_axe(tab, axe)} == {rule}


async def test_a_focus_that_is_not_seen_is_noticed(salon: Salon, guest: Guest) -> None:
    tab = await guest.opens(await address_of_state(salon, "manage"))
    await tab.keyboard.press("Tab")
    shown = await focus_of(tab)

    await tab.evaluate("document.activeElement.style.outline = 'none'")
    hidden = await focus_of(tab)

    assert shown is not None
    assert hidden is not None
    assert (shown.is_visible, hidden.is_visible) == (True, False)
