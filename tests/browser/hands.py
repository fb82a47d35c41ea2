"""How a guest presses what is on a page: by mouse, or by keyboard alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import Locator, Page

MOST_TABS = 150
"""Presses of Tab after which something must have been reached."""

_FOCUS = """() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body || focused === document.documentElement) return null;
    const style = getComputedStyle(focused), box = focused.getBoundingClientRect();
    const hasOutline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const isInView = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth;
    return {
        name: focused.outerHTML.slice(0, 300),
        tag: focused.tagName,
        visible: hasOutline && isInView && style.visibility === "visible",
    };
}"""


class Hand(Protocol):
    """Presses things. `with_scripts` is whether the guest's browser runs JavaScript."""

    @property
    def with_scripts(self) -> bool: ...

    async def presses(self, tab: Page, selector: str) -> None:
        """Press the first thing that *selector* finds on the page in *tab*, and wait for the page that follows."""

    async def types(self, tab: Page, selector: str, words: str) -> None:
        """Type *words* into the field that *selector* finds."""


@dataclass(frozen=True)
class Focus:
    """What the keyboard would act on: its tag, the beginning of its HTML, and whether a guest sees where they are."""

    tag: str
    name: str
    is_visible: bool


@dataclass(frozen=True)
class Mouse:
    """Clicks."""

    with_scripts: bool = True

    async def presses(self, tab: Page, selector: str) -> None:
        async with tab.expect_navigation():
            await tab.locator(selector).first.click()

    async def types(self, tab: Page, selector: str, words: str) -> None:
        await tab.locator(selector).click()
        await tab.keyboard.type(words)

    def __str__(self) -> str:
        return "mouse" if self.with_scripts else "without scripts"


@dataclass(frozen=True)
class Keyboard:
    """Tab until it is there, then Enter: focus is seen at every step."""

    with_scripts: bool = True

    async def presses(self, tab: Page, selector: str) -> None:
        wanted = tab.locator(selector).first
        await wanted.wait_for(state="attached")
        await self.goes_to(tab, wanted)
        async with tab.expect_navigation():
            await tab.keyboard.press("Enter")

    async def types(self, tab: Page, selector: str, words: str) -> None:
        await self.goes_to(tab, tab.locator(selector).first)
        await tab.keyboard.type(words)

    async def goes_to(self, tab: Page, wanted: Locator) -> None:
        """Press Tab until *wanted* has the focus."""
        for _ in range(MOST_TABS):
            await tab.keyboard.press("Tab")
            focus = await focus_of(tab)
            assert focus is None or focus.is_visible, f"the focus is not seen: {focus.name}"
            if focus is not None and await wanted.evaluate("wanted => wanted === document.activeElement"):
                return

        raise AssertionError(f"{MOST_TABS} tabs do not reach {wanted}")

    def __str__(self) -> str:
        return "keyboard"


HANDS: tuple[Hand, ...] = (Mouse(), Keyboard(), Mouse(with_scripts=False))


async def focus_of(tab: Page) -> Focus | None:
    """Return what has the focus; None while it is on nothing of the page."""
    found = await tab.evaluate(_FOCUS)
    return None if found is None else Focus(found["tag"], found["name"], found["visible"])
