"""Show every kind of mail: `python -m docs.make_mails` writes what Rebook really sends to build/mails and looks at it.

Each mail lands there as text, as HTML and as pictures of a phone and a desk by day and by night (Debian's Chromium).
Complains of what scrolls sideways, is too small for a thumb, or is loaded from elsewhere.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from playwright.async_api import Browser, Request, async_playwright

from mailin.out.picture import Picture, read_picture
from tests.story.mails import text_of
from tests.story.salon import TEAM, Salon, booking, open_salon

MAILS = Path(__file__).resolve().parents[1] / "build" / "mails"
CHROMIUM = Path("/usr/bin/chromium")
WIDTHS = (390, 700)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
THUMB = 44
"""Pixels that anything to be pressed is high at least."""

GUEST, ANA, LEO = "jo@guest.example", "ana@nova.example", "leo@nova.example"
WISH = "Tuesday 1 December at 11:30"
PLAYED: dict[str, Any] = {"accent": "#7a3e9d"}

MEASURE = """() => ({
  wide: document.documentElement.scrollWidth,
  low: [...document.querySelectorAll("a.choice, a.action, a.link")]
    .map(one => [one.innerText, one.getBoundingClientRect().height]),
})"""

Scene = Callable[[Salon], AsyncIterator[tuple[str, EmailMessage]]]


async def moves(salon: Salon) -> AsyncIterator[tuple[str, EmailMessage]]:
    """Confirm, offer, move, undo; the team and the performer hear of it."""
    await salon.imports(booking(), **PLAYED)
    confirmation = await salon.answer()
    yield "confirmation", confirmation
    await salon.reply(confirmation, "Can we do Thursday afternoon instead?")
    offer = await salon.answer()
    yield "offer", offer
    await salon.reply(offer, "2")
    moved = await salon.answer()
    yield "moved", moved
    yield "team-moved", (await salon.mail_to(TEAM))[-1]
    yield "performer-moved", (await salon.mail_to(ANA))[-1]
    await salon.reply(moved, "undo")
    yield "undone", await salon.answer()
    await salon.reply(confirmation, "Saturday at three")
    yield "offer-unavailable", await salon.answer()
    await salon.reply(confirmation, "Is there parking nearby?")
    yield "passed-on", await salon.answer()
    yield "team-message", (await salon.mail_to(TEAM))[-1]
    await salon.reply(confirmation, "Hmm, qwertz")
    yield "not-understood", await salon.answer()


async def cancels(salon: Salon) -> AsyncIterator[tuple[str, EmailMessage]]:
    """Ask, cancel, and tell the others; the business has a logo."""
    await salon.imports(booking(payment="paid"), logo_url="https://nova.example/logo.png", **PLAYED)
    await salon.reply(await salon.answer(), "Please cancel my booking.")
    question = await salon.answer()
    yield "asked-cancel", question
    await salon.reply(question, "yes")
    yield "cancelled", await salon.answer()
    yield "team-cancelled", (await salon.mail_to(TEAM))[-1]
    yield "performer-cancelled", (await salon.mail_to(ANA))[-1]


async def the_team_acts(salon: Salon) -> AsyncIterator[tuple[str, EmailMessage]]:
    """Staff move a booking to someone else and cancel it; before that comes a reminder."""
    await salon.imports(booking(start="2026-11-24T15:00:00+01:00"), **PLAYED)
    salon.time.passes(hours=5)
    await salon.works()
    _, reminder = await salon.mail_to(GUEST)
    yield "reminder", reminder
    await salon.staff_moves("2026-12-01T11:30:00+01:00", performer="leo")
    yield "moved-by-team", (await salon.mail_to(GUEST))[-1]
    yield "performer-assigned", (await salon.mail_to(LEO))[-1]
    await salon.staff_cancels(reason="Leo is ill. We are very sorry!")
    yield "cancelled-by-team", (await salon.mail_to(GUEST))[-1]


async def taken(salon: Salon) -> AsyncIterator[tuple[str, EmailMessage]]:
    """Somebody else has the time that is wished for; the guest lives by another clock."""
    guest = {"name": "Jo", "email": GUEST, "locale": "en", "tz": "Europe/London"}
    other = booking("kim", start="2026-12-01T11:30:00+01:00")
    await salon.imports(booking(guest=guest), other, **PLAYED)
    await salon.reply(await salon.answer(), WISH)
    yield "taken-two-clocks", await salon.answer()


async def asks_first(salon: Salon) -> AsyncIterator[tuple[str, EmailMessage]]:
    """The owner wants every move confirmed, and someone else writes."""
    await salon.imports(booking(), confirm_moves="always", **PLAYED)
    confirmation = await salon.answer()
    await salon.reply(confirmation, WISH)
    yield "asked-move", await salon.answer()
    await salon.mail_to(TEAM)
    await salon.reply(confirmation, "Please cancel my booking.", sender="mallory@elsewhere.example")
    yield "stranger", await salon.answer()
    yield "team-stranger", (await salon.mail_to(TEAM))[-1]


async def refused(salon: Salon) -> AsyncIterator[tuple[str, EmailMessage]]:
    """It is too late to move, and the team gets a card."""
    await salon.imports(booking(), guest_reschedule=120, guest_cancel=0, **PLAYED)
    await salon.reply(await salon.answer(), WISH)
    yield "refused", await salon.answer()
    yield "team-blocked", (await salon.mail_to(TEAM))[-1]


async def unpaid(salon: Salon) -> AsyncIterator[tuple[str, EmailMessage]]:
    """The payment is not finished; every name is long."""
    pay = "https://pay.example/checkout/" + "c" * 120
    guest = {"name": "Maximiliane von Hohenstein-Waldburg", "email": GUEST, "locale": "en", "tz": "Europe/Warsaw"}
    name = "Studio Nova Friseurmeisterinnen-Gemeinschaft am Wasserturm"
    await salon.imports(booking(payment="pending", payment_url=pay, guest=guest), name=name, accent="#ffe14d")
    await salon.reply(await salon.answer(), WISH)
    yield "unpaid-long-names", await salon.answer()


SCENES: tuple[Scene, ...] = (moves, cancels, the_team_acts, taken, asks_first, refused, unpaid)


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with how one mail looks."""

    name: str
    what: str


async def gather(logo: Picture) -> dict[str, EmailMessage]:
    """Play every scene and return the mails by name; *logo* is what every business's address leads to."""
    mails: dict[str, EmailMessage] = {}

    async def fetch(_url: str) -> Picture:
        return logo

    for scene in SCENES:
        with tempfile.TemporaryDirectory() as folder, patch("rebook.app.fetch_logo", fetch):
            async with open_salon(Path(folder)) as salon:
                mails.update({name: mail async for name, mail in scene(salon)})

    return mails


def html_of(mail: EmailMessage) -> str:
    """Return the HTML of *mail*, its pictures inside it as a mail program would show them."""
    html = next(part for part in mail.walk() if part.get_content_type() == "text/html").get_content()
    for part in mail.walk():
        if content_id := part["Content-ID"]:
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            shown = f"data:{part.get_content_type()};base64,{base64.b64encode(data).decode()}"
            html = html.replace(f"cid:{content_id.strip('<>')}", shown)

    return str(html)


async def look(browser: Browser, name: str, html: str) -> AsyncIterator[Found]:
    """Take the pictures of one mail and yield what is wrong with it."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            loaded: list[str] = []

            def hear(request: Request, loaded: list[str] = loaded) -> None:
                loaded.append(request.url)

            tab = await browser.new_page(viewport={"width": width, "height": 400}, color_scheme=scheme)
            tab.on("request", hear)
            await tab.set_content(html)
            measured = await tab.evaluate(MEASURE)
            await tab.screenshot(path=MAILS / f"{name}-{width}-{scheme}.png", full_page=True)
            await tab.close()
            for what in _complaints(measured, loaded, width):
                yield Found(name, what)


def _complaints(measured: dict[str, Any], loaded: list[str], width: int) -> Iterator[str]:
    if measured["wide"] > width:
        yield f"is {measured['wide']} px wide on {width}"

    for words, height in measured["low"]:
        if height < THUMB:
            yield f"{words!r} is {height:.0f} px high on {width}"

    for url in loaded:
        if not url.startswith("data:"):
            yield f"loads {url}"


async def draw_logo(browser: Browser) -> Picture:
    """Return a dark logo on nothing, the kind that gets lost at night."""
    tab = await browser.new_page(viewport={"width": 180, "height": 60})
    await tab.set_content('<body style="margin:0;font:italic 700 44px/60px Georgia,serif;color:#33203f">\u2726 nova')
    picture = read_picture(await tab.screenshot(omit_background=True))
    await tab.close()
    assert picture is not None
    return picture


async def make() -> int:
    """Write everything; return the exit status."""
    shutil.rmtree(MAILS, ignore_errors=True)
    MAILS.mkdir(parents=True)
    problems: list[Found] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        mails = await gather(await draw_logo(browser))
        for name, mail in mails.items():
            html = html_of(mail)
            (MAILS / f"{name}.txt").write_text(f"Subject: {mail['Subject']}\n\n{text_of(mail)}", encoding="utf-8")
            (MAILS / f"{name}.html").write_text(html, encoding="utf-8")
            problems.extend([found async for found in look(browser, name, html)])

        await browser.close()

    for found in problems:
        print(f"{found.name}: {found.what}", file=sys.stderr)

    print(f"{len(mails)} mails in {MAILS.relative_to(Path.cwd())}, {len(problems)} complaints")
    return 1 if problems else 0


def main() -> int:
    """Make all mails and pictures."""
    if not CHROMIUM.exists():
        print("Chromium is missing: apt-get install chromium", file=sys.stderr)
        return 1

    return asyncio.run(make())


if __name__ == "__main__":
    sys.exit(main())
