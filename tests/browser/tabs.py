"""A guest with a browser: opens tabs of any size, and hears what the pages complain of."""

from __future__ import annotations

from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.story.salon import MONDAY, Salon

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""As root, without a network, and with nothing of Chromium's own going on beside us."""

PATIENCE_MS = 10_000
PHONE = (390, 844)
SMALLEST_PHONE = (320, 640)
DESK = (1280, 900)

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("dark", "light")


class Guest:
    """Opens tabs, each with an empty profile, and keeps what the pages in them did.

    `complaints` are errors of scripts, broken policies and failed requests, `missed` paths that pages asked for
    in vain, `posts` all that was sent and not only asked for.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.complaints: list[str] = []
        self.missed: list[str] = []
        self.posts: list[str] = []
        self._profiles: list[BrowserContext] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for profile in self._profiles:
            await profile.close()

    async def opens(
        self, url: str, *, with_scripts: bool = True, wait_until: Literal["load", "networkidle"] = "load"
    ) -> Page:
        """Return a new tab that shows *url*."""
        tab = await self.tab(with_scripts=with_scripts)
        await tab.goto(url, wait_until=wait_until)
        return tab

    async def tab(self, *, with_scripts: bool = True) -> Page:
        """Return a new empty tab the size of a phone; its clock shows what the salon's does."""
        width, height = PHONE
        profile = await self.browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=with_scripts,
            locale="en-GB",
            timezone_id="Europe/Warsaw",
        )
        self._profiles.append(profile)
        profile.set_default_timeout(PATIENCE_MS)
        profile.on("page", self._listen)
        await profile.clock.set_fixed_time(MONDAY)
        return await profile.new_page()

    def _listen(self, tab: Page) -> None:
        def hear(message: ConsoleMessage) -> None:
            source = message.location["url"]
            if "the server responded with" in message.text:
                if source != tab.url:  # else it is the page itself, and was asked for
                    self.missed.append(urlsplit(source).path)
            elif message.type in {"error", "warning"}:
                self.complaints.append(f"{message.type}: {message.text}")

        def fail(request: Request) -> None:
            if request.failure != "net::ERR_ABORTED":  # that is a download, or a tab that was closed
                self.complaints.append(f"failed: {request.url} {request.failure}")

        def ask(request: Request) -> None:
            if request.method != "GET":
                self.posts.append(f"{request.method} {request.url}")

        tab.on("console", hear)
        tab.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        tab.on("requestfailed", fail)
        tab.on("request", ask)


def address(salon: Salon, path: str) -> str:
    """Return where *path* is on the salon's own server."""
    return f"http://127.0.0.1:{salon.rebook.web_port}{path}"


def address_of(salon: Salon, page: str, key: str = "jo", slug: str = "nova") -> str:
    """Return where one of a booking's pages is."""
    return address(salon, f"/b/{slug}/{page}/{salon.tokens[key]}")
