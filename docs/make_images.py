"""Make the pictures of the README anew: `make pictures`. A new guest with a browser walks through a fresh demo.

Every run shows the same scenes; only dates, references and clock times differ. Needs Debian's Chromium and pngquant,
and takes the fonts that are there.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from playwright.async_api import Browser, Error, Page, async_playwright

IMAGES = Path(__file__).resolve().parent / "images"
TOOLS = ("chromium", "pngquant")
REBOOK = Path(sys.executable).with_name("rebook")

PHONE = (390, 844)
DESK = (1280, 970)
DOTS = {PHONE: 2.0, DESK: 1.5}
"""Dots of the picture to a pixel of the page."""

FLAGS = ("--disable-gpu", "--disable-lcd-text", "--font-render-hinting=none")
"""Letters in shades of grey and unhinted, as on a phone: they bear being scaled."""

Scheme: TypeAlias = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

CLICKER = "Kai Brandt"
"""Who has not chosen a performer: all of them can be picked."""

WRITER = "Jo Miller"
WISH = "Could we do {day} at half past four?"

PATIENCE_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.2

_GREETING = re.compile(r"(?P<mailbox>http://\S+/demo/mailbox).*Can we do (?P<day>\w+) afternoon", re.DOTALL)


class CannotMake(Exception):
    """The pictures cannot be made; the message is the one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that runs: the address of its mailbox, and the weekday that its greeting proposes to move to."""

    mailbox: str
    day: str


@dataclass(frozen=True, slots=True)
class Album:
    """The pictures of this run (PNG) by the names of their files."""

    pictures: dict[str, bytes] = field(default_factory=dict)

    async def take(self, tab: Page, scene: str) -> None:
        """Take what the tab shows, in both themes, with nothing pointed at."""
        await tab.mouse.move(0, 0)
        for scheme in SCHEMES:
            await tab.emulate_media(color_scheme=scheme)
            self.pictures[f"{scene}-{scheme}.png"] = await tab.screenshot(animations="disabled")

    def save(self, folder: Path) -> None:
        """Put the pictures in the place of those in *folder*, and say what each weighs."""
        small = {name: _with_fewer_colours(picture) for name, picture in self.pictures.items()}
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()

        for name, picture in sorted(small.items()):
            (folder / name).write_bytes(picture)
            print(f"{len(picture) / 1024:5.0f} KiB  {name}")


def main() -> int:
    """Make all pictures, or none; return the exit status."""
    try:
        _require_tools()
        asyncio.run(_walk()).save(IMAGES)
    except CannotMake as reason:
        print(reason, file=sys.stderr)
        return 1

    return 0


def _require_tools() -> None:
    for tool in TOOLS:
        if shutil.which(tool) is None:
            raise CannotMake(f"{tool} is missing: apt-get install {tool}")


async def _walk() -> Album:
    """Take every picture in a demo that is begun and ended here."""
    album = Album()
    async with _demo() as demo, async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            await _move_by_clicking(browser, demo, album)
            await _move_by_writing(browser, demo, album)
            await browser.close()
        except Error as error:
            raise CannotMake(f"The walk through the demo ended early: {error.message.splitlines()[0]}") from None

    return album


async def _move_by_clicking(browser: Browser, demo: Demo, album: Album) -> None:
    """On a phone: from the mail by its link to a free time, and to the page with Undo."""
    tab = await _open(browser, PHONE)
    await _open_mail(tab, demo, CLICKER)
    await tab.locator("pre a[href*='/manage/']").click()
    await tab.locator("a[href*='/reschedule/']").click()
    await album.take(tab, "soonest")
    await tab.locator("nav.tabs a[href*='view=calendar']").click()
    # This month may have no more than a day left.
    await tab.locator(".turn a").last.click()
    await tab.locator("td a").nth(2).click()
    await tab.locator("nav.tabs").evaluate("tabs => scrollTo(0, tabs.offsetTop - 16)")
    await album.take(tab, "calendar")
    await tab.locator("[data-start]").nth(4).click()
    await tab.locator("form[method=post] button").click()
    await tab.locator(".note form[method=post] button").wait_for()
    await album.take(tab, "moved")


async def _move_by_writing(browser: Browser, demo: Demo, album: Album) -> None:
    """At a desk: reply in words, and read the answer beside what was understood."""
    tab = await _open(browser, DESK)
    await _open_mail(tab, demo, WRITER)
    await tab.locator("textarea").fill(WISH.format(day=demo.day))
    await tab.locator("form.reply button").click()
    await tab.locator(".guest:has(.understood) + .sent").wait_for()
    await tab.evaluate("scrollTo(0, 0)")
    await album.take(tab, "conversation")


async def _open(browser: Browser, size: tuple[int, int]) -> Page:
    width, height = size
    profile = await browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=DOTS[size],
        locale="en-GB",
        timezone_id="Europe/Warsaw",
    )
    profile.set_default_timeout(PATIENCE_SECONDS * 1000)
    return await profile.new_page()


async def _open_mail(tab: Page, demo: Demo, guest: str) -> None:
    """Open the guest's mail in the mailbox, as soon as it has been sent."""
    mail = tab.locator(".mails a", has_text=guest)
    for _ in range(int(PATIENCE_SECONDS / LOOK_EVERY_SECONDS)):
        await tab.goto(demo.mailbox)
        if await mail.count():
            await mail.click()
            return

        await asyncio.sleep(LOOK_EVERY_SECONDS)

    raise CannotMake(f"The demo sent no mail to {guest} within {PATIENCE_SECONDS:.0f} seconds")


@asynccontextmanager
async def _demo() -> AsyncIterator[Demo]:
    """Run a fresh demo in a folder of its own until the pictures are taken."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        ports = ("--web-port", str(_free_port()), "--mail-port", str(_free_port()))
        with said.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(REBOOK, "demo", "--folder", Path(folder) / "data", *ports), stdout=file, stderr=file
            )

        try:
            yield await _greeting(process, said)
        finally:
            if process.returncode is None:
                process.terminate()

            await process.wait()


async def _greeting(process: Process, said: Path) -> Demo:
    """Wait until the demo says where its mailbox is."""
    for _ in range(int(PATIENCE_SECONDS / LOOK_EVERY_SECONDS)):
        words = await asyncio.to_thread(said.read_text, encoding="utf-8")
        if found := _GREETING.search(words):
            return Demo(found["mailbox"], found["day"])

        if process.returncode is not None:
            last = (words.strip().splitlines() or ["it said nothing"])[-1]
            raise CannotMake(f"The demo did not start: {last}")

        await asyncio.sleep(LOOK_EVERY_SECONDS)

    raise CannotMake(f"The demo did not start within {PATIENCE_SECONDS:.0f} seconds")


def _with_fewer_colours(picture: bytes) -> bytes:
    """Return the PNG with 256 colours, which is a third of its weight and looks the same."""
    done = subprocess.run(
        ["pngquant", "--strip", "--speed=1", "--quality=0-98", "-"], input=picture, capture_output=True, check=False
    )
    if done.returncode:
        raise CannotMake(f"pngquant failed: {done.stderr.decode(errors='replace').strip()}")

    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
