"""Every language's mail and pages, looked at as every other page is: nothing overflows where words are longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page

from docs.make_mails import html_of
from tests.browser.looks import too_wide
from tests.browser.tabs import PHONE, SMALLEST_PHONE, Guest, address_of
from tests.browser.test_every_page import wrong_with
from tests.story.languages import TALKS, booked_in, spoken
from tests.story.salon import Salon

VIEWS = {"manage": "", "reschedule": "", "month": "?view=calendar", "cancel": ""}


@pytest.mark.parametrize("language", spoken())
async def test_pages_fit_in_every_language(
    salon: Salon, guest: Guest, axe: str, screenshots: Path, language: str
) -> None:
    """L4."""
    await salon.imports(booked_in(language), notify=False)
    wrong = []
    for name, query in VIEWS.items():
        page = "reschedule" if name == "month" else name
        tab = await guest.opens(address_of(salon, page) + query)
        assert await tab.get_attribute("html", "lang") == language
        wrong += await wrong_with(tab, axe, f"{screenshots}/language-{language}-{name}")

    assert wrong == []


@pytest.mark.parametrize("language", spoken())
async def test_mails_fit_in_every_language(salon: Salon, guest: Guest, screenshots: Path, language: str) -> None:
    """L4, M1: the confirmation, an offer of times, and the question before a cancel."""
    talk = TALKS[language]
    await salon.imports(booked_in(language))
    mails = {"confirmation": await salon.answer()}
    for name, words in {"offer": talk.wish, "moved": talk.pick, "asked": talk.cancel}.items():
        await salon.reply(list(mails.values())[-1], words)
        mails[name] = await salon.answer()

    wrong = []
    for name, mail in mails.items():
        tab = await guest.tab()
        await tab.set_content(html_of(mail))
        assert await tab.get_attribute("html", "lang") == language
        wrong += [f"{name}: {one}" for one in await overflowing(tab, f"{screenshots}/language-{language}-mail-{name}")]

    assert wrong == []


async def overflowing(tab: Page, picture: str) -> list[str]:
    """Return what is too wide for a phone, and take a picture on the usual one."""
    found = []
    for width, height in (SMALLEST_PHONE, PHONE):
        await tab.set_viewport_size({"width": width, "height": height})
        found += [f"{width} px: {one}" for one in await too_wide(tab)]

    await tab.screenshot(path=f"{picture}.png", full_page=True)
    return found
