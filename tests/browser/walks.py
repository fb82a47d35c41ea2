"""A guest's ways through the pages, whatever hand presses: each begins on the booking's page and ends there."""

from __future__ import annotations

from playwright.async_api import Page

from tests.browser.hands import Hand

ANY_TIME = "a[data-start], button[data-start], [data-start] a, [data-start] button"
CONFIRM_MOVE = "form[method=post][action*='/reschedule/'] button"
CONFIRM_CANCEL = "form[method=post][action*='/cancel/'] button"
UNDO = "form[method=post][action*='/manage/'] button"
SEND = "form[method=post][action*='/ask/'] button"
TO_ASK = "a[href*='/ask/']"
BACK_TO_BOOKING = "a[href*='/manage/']"
TO_RESCHEDULE = "a[href*='/reschedule/']"
TO_CANCEL = "a[href*='/cancel/']"
TO_CALENDAR = "a[href*='view=calendar']"
REASON = "[data-refusal]"


def time_of(start: str) -> str:
    """Return what finds the free time *start* (ISO) to press."""
    return f"a[data-start='{start}'], button[data-start='{start}'], [data-start='{start}'] :is(a, button)"


def link_to_day(day: str) -> str:
    """Return what finds the link to a day of the calendar."""
    return f"a[href*='day={day}']"


async def starts_on(tab: Page) -> list[str]:
    """Return every time that the page in *tab* offers or asks to confirm."""
    found: list[str] = await tab.locator("[data-start]").evaluate_all("all => all.map(one => one.dataset.start)")
    return found


async def codes_on(tab: Page) -> list[str]:
    """Return the codes of the reasons that the page in *tab* gives."""
    found: list[str] = await tab.locator(REASON).evaluate_all("all => all.map(one => one.dataset.refusal)")
    return found


async def words_on(tab: Page) -> str:
    """Return all that is read on the page, in one line."""
    return " ".join((await tab.locator("body").inner_text()).split())


async def moves_to_soonest(tab: Page, hand: Hand) -> str:
    """Take the first time that is offered; return its start (ISO)."""
    await hand.presses(tab, TO_RESCHEDULE)
    start = (await starts_on(tab))[0]
    await hand.presses(tab, time_of(start))
    assert start in await starts_on(tab)
    await hand.presses(tab, CONFIRM_MOVE)
    return start


async def moves_by_calendar(tab: Page, hand: Hand, start: str) -> None:
    """Take the time *start* (ISO) of its day in the calendar."""
    await hand.presses(tab, TO_RESCHEDULE)
    await hand.presses(tab, TO_CALENDAR)
    await hand.presses(tab, link_to_day(start[:10]))
    await hand.presses(tab, time_of(start))
    await hand.presses(tab, CONFIRM_MOVE)


async def cancels(tab: Page, hand: Hand) -> None:
    """Cancel, after the page asked whether to."""
    await hand.presses(tab, TO_CANCEL)
    await hand.presses(tab, CONFIRM_CANCEL)
