"""Fixtures of the tests in a real browser: one Chromium, the salon with its server on loopback, a guest's tab.

All of them live on one event loop: the driver of the browser is bound to it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from rebook.app import Running, running
from rebook.demo_reading import new_reader
from tests.browser.hands import HANDS, Hand
from tests.browser.looks import AXE
from tests.browser.tabs import FLAGS, Guest
from tests.story.salon import BUSINESS, Clock, Salon, new_config
from web.demo.mailbox import Mailbox, add_mailbox

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parents[1] / "build" / "screenshots"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def executable() -> str:
    """Where Chromium is."""
    return shutil.which("chromium") or missing("Chromium is missing: apt-get install chromium")


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        missing("axe-core is missing: npm ci --prefix tests/browser")

    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the pictures of every page go: build/screenshots, or what REBOOK_SCREENSHOTS names."""
    folder = Path(os.environ.get("REBOOK_SCREENSHOTS", SCREENSHOTS))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(executable: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def salon(tmp_path: Path) -> AsyncIterator[Salon]:
    async with open_salon(tmp_path) as salon:
        yield salon


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_salon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Salon]:
    """One salon for all tests of a module that only look."""
    async with open_salon(tmp_path_factory.mktemp("salon")) as salon:
        yield salon


@pytest_asyncio.fixture(loop_scope="session")
async def guest(chromium: Browser) -> AsyncIterator[Guest]:
    """A guest with a browser, who sees to it that no page complains."""
    async with Guest(chromium) as guest:
        yield guest
        assert guest.complaints == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_tab(chromium: Browser) -> AsyncIterator[Page]:
    """One tab for all tests of a module that only look: a new one takes longer than most looks."""
    async with Guest(chromium) as guest:
        yield await guest.tab()


@pytest.fixture(params=HANDS, ids=str)
def hand(request: pytest.FixtureRequest) -> Hand:
    """How a guest presses things: by mouse, by keyboard, by mouse without JavaScript."""
    hand: Hand = request.param
    return hand


def missing(how_to_fix: str) -> NoReturn:
    """Skip with the one line that fixes it; where everything must be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(how_to_fix)

    pytest.skip(how_to_fix)


@asynccontextmanager
async def open_salon(folder: Path) -> AsyncIterator[Salon]:
    """Open the salon of the stories with the demo's mailbox on its site; its workers are in the test's hands."""
    config, clock = new_config(folder), Clock()
    team = frozenset(one["email"] for one in [BUSINESS["business"], *BUSINESS["performers"]])

    def pages(app: web.Application, rebook: Running) -> None:
        assert rebook.listener is not None
        mailbox = Mailbox(
            folder=folder / "mail",
            typed=folder / "mail-typed",
            smtp_port=rebook.listener.port,
            clock=clock,
            team=team,
            base_url=config.app.base_url,
            reader=new_reader(config, rebook),
        )
        add_mailbox(app, mailbox)

    async with running(config, only=("mail", "web"), extra_pages=pages, clock=clock) as rebook:
        yield Salon(folder, config, rebook, clock)
