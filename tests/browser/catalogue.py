"""Every page in every state a guest can meet it: a new one is a line in `PAGES`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from playwright.async_api import Page

from core import queries, selfservice
from core.bookings import Changed
from core.model import Dossier, Slot
from core.tokens import read_token
from core.turns import Cancel, Command, Move, Undo
from tests.browser.hands import Mouse
from tests.browser.tabs import address, address_of
from tests.browser.walks import CONFIRM_CANCEL, SEND, UNDO
from tests.story.salon import BUSINESS, Salon, booking
from tests.story.salon import MONDAY as NOW

FRIDAY = "2026-11-27T10:00:00+01:00"
YESTERDAY = "2026-11-22T15:00:00+01:00"
TOKYO: dict[str, Any] = {"name": "Jo", "email": "jo@guest.example", "locale": "en", "tz": "Asia/Tokyo"}
LONG = "Wolfeschlegelsteinhausenbergerdorff-Donaudampfschifffahrtsgesellschaft & Partners of the Old Town"
HTML = "<script>alert(1)</script><b title=\"'>x</b> &amp; <img src=x onerror=alert(2)>"


@dataclass(frozen=True)
class Visit:
    """A business of its own in the shared salon, named after the state, with one booking."""

    salon: Salon
    name: str

    async def booked(self, settings: dict[str, Any] | None = None, **changes: Any) -> None:
        """Book with these *changes* at a business with these *settings*."""
        one = booking(self.name, **{"guest": booking()["guest"], **changes})
        await self.salon.imports(one, notify=False, **{"slug": self.name, **(settings or {})})

    async def dossier(self) -> Dossier:
        """Return the booking with all that belongs to it."""
        store = self.salon.rebook.store
        random_part = read_token(self.salon.tokens[self.name], self.salon.config.app.secret_keys)
        assert random_part is not None
        booking_id = await store.read(partial(queries.find_by_token, token_random=random_part))
        assert booking_id is not None
        dossier = await store.read(partial(queries.load_dossier, booking_id=booking_id))
        assert dossier is not None
        return dossier

    async def presses(self, command: Command, *, minutes_ago: int = 0) -> None:
        """Let the guest do this on a page."""
        found = (await self.dossier()).booking
        now = NOW - timedelta(minutes=minutes_ago)
        press = partial(selfservice.press, booking_id=found.id, command=command, version=found.version, now=now)
        assert isinstance(await self.salon.rebook.store.write(press), Changed)

    async def moves(self, start: str = FRIDAY, *, minutes_ago: int = 0) -> None:
        """Let the guest move the booking to *start* (ISO)."""
        found = (await self.dossier()).booking
        at = datetime.fromisoformat(start).astimezone(NOW.tzinfo)
        slot = Slot(at, at + (found.end - found.start), found.performer_id)
        await self.presses(Move(slot), minutes_ago=minutes_ago)

    def page(self, name: str, **query: str) -> str:
        """Return the address of one of the booking's pages."""
        asked = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in query.items())
        return address_of(self.salon, name, self.name, self.name) + (asked and f"?{asked}")


Make = Callable[[Visit], Awaitable[str]]


def shown(
    page: str, settings: dict[str, Any] | None = None, *, query: dict[str, str] | None = None, **changes: Any
) -> Make:
    """Return what books with these *changes* and *settings* and returns the address of *page*."""

    async def make(visit: Visit) -> str:
        await visit.booked(settings, **changes)
        return visit.page(page, **(query or {}))

    return make


def after(page: str, *commands: Command | str, minutes_ago: int = 0, **query: str) -> Make:
    """Return what lets the guest do these things (a time is a move there) and returns the address of *page*."""

    async def make(visit: Visit) -> str:
        await visit.booked()
        for command in commands:
            if isinstance(command, str):
                await visit.moves(command, minutes_ago=minutes_ago)
            else:
                await visit.presses(command, minutes_ago=minutes_ago)

        return visit.page(page, **query)

    return make


def at(path: str) -> Make:
    """Return what returns the address of *path*."""

    async def make(visit: Visit) -> str:
        return address(visit.salon, path)

    return make


async def mailbox(visit: Visit) -> str:
    """Return the mailbox with mails to a guest and to the team."""
    await visit.salon.imports(booking("mia"), slug="post")
    return address(visit.salon, "/demo/mailbox")


async def mail(visit: Visit) -> str:
    """Return a mail to a guest."""
    await mailbox(visit)
    name = next(name for name, mail in visit.salon.everything().items() if "mia@" in str(mail["To"]))
    return address(visit.salon, f"/demo/mailbox/{name}")


async def taken(visit: Visit) -> str:
    """Return the summary of a time that another guest has."""
    busy = booking("sam", start=FRIDAY)
    await visit.salon.imports(booking(visit.name), busy, notify=False, slug=visit.name)
    return visit.page("reschedule", start=FRIDAY)


async def other_performer(visit: Visit) -> str:
    """Return the times of someone else than the performer whom the guest chose."""
    await visit.booked()
    leo = (await visit.dossier()).service.performers[1]
    return visit.page("reschedule", start=FRIDAY, performer=str(leo))


async def summary_of_other(visit: Visit) -> str:
    """Return the summary of a move to another performer."""
    await visit.booked(performer_chosen=False)
    leo = (await visit.dossier()).service.performers[1]
    return visit.page("reschedule", start=FRIDAY, performer=str(leo))


def everywhere(words: str, page: str, **query: str) -> Make:
    """Return what puts *words* into every name and text of the business and the guest."""

    async def make(visit: Visit) -> str:
        people = [{**one, "name": f"{one['name']} {words}"} for one in BUSINESS["performers"]]
        offered = [{**one, "name": f"{one['name']} {words}", "location": words} for one in BUSINESS["services"]]
        guest = {**booking()["guest"], "name": words}
        with patch.dict(BUSINESS, performers=people, services=offered):
            await visit.booked(
                {"name": words, "address": words, "phone": words[:30]}, guest=guest, performer_chosen=False
            )

        return visit.page(page, **query)

    return make


OFF: dict[str, Any] = {"guest_reschedule": 0, "guest_cancel": 0}
UNPAID: dict[str, Any] = {"payment": "pending", "payment_url": "https://pay.example/x"}
YOGA: dict[str, Any] = {"service": "yoga", "performer": "leo"}
BEGUN: dict[str, Any] = {"start": "2026-11-23T09:30:00+01:00"}

PAGES: dict[str, Make] = {
    "mailbox-empty": at("/demo/mailbox"),
    "mailbox": mailbox,
    "mailbox-sent": at("/demo/mailbox?sent=1"),
    "mail": mail,
    "not-found": at("/b/nova/manage/nobody"),
    "manage": shown("manage"),
    "manage-pending": shown("manage", status="pending"),
    "manage-paid": shown("manage", payment="paid"),
    "manage-moved": after("manage", FRIDAY),
    "manage-moved-earlier": after("manage", FRIDAY, minutes_ago=20),
    "manage-undone": after("manage", FRIDAY, Undo()),
    "manage-cancelled": after("manage", Cancel()),
    "manage-cancelled-earlier": after("manage", Cancel(), minutes_ago=20),
    "manage-begun": shown("manage", **BEGUN),
    "manage-completed": shown("manage", start=YESTERDAY, status="completed"),
    "manage-no-show": shown("manage", start=YESTERDAY, status="no_show"),
    "manage-window-closed": shown("manage", {"guest_reschedule": 96, "guest_cancel": 96}),
    "manage-blocked": shown("manage", {"subscription": "blocked"}),
    "manage-group": shown("manage", **YOGA),
    "manage-off": shown("manage", OFF),
    "manage-cancel-off": shown("manage", {"guest_cancel": 0}),
    "manage-unpaid": shown("manage", **UNPAID),
    "manage-payment-expired": shown("manage", payment="expired"),
    "manage-tokyo": shown("manage", guest=TOKYO),
    "manage-online-tokyo": shown("manage", service="talk", guest=TOKYO),
    "manage-light-accent": shown("manage", {"accent": "#ffe600"}),
    "manage-dark-accent": shown("manage", {"accent": "#101010"}),
    "manage-long": everywhere(LONG, "manage"),
    "manage-html": everywhere(HTML, "manage"),
    "reschedule": shown("reschedule"),
    "reschedule-anyone": shown("reschedule", performer_chosen=False),
    "reschedule-day": shown("reschedule", query={"day": FRIDAY[:10]}),
    "reschedule-calendar": shown("reschedule", query={"view": "calendar"}),
    "reschedule-calendar-day": shown("reschedule", query={"view": "calendar", "day": FRIDAY[:10]}),
    "reschedule-no-times": shown("reschedule", {"min_notice_minutes": 60 * 24 * 30, "horizon_days": 7}),
    "reschedule-calendar-no-times": shown(
        "reschedule", {"min_notice_minutes": 60 * 24 * 30, "horizon_days": 7}, query={"view": "calendar"}
    ),
    "reschedule-taken": taken,
    "reschedule-already": shown("reschedule", query={"start": "2026-11-26T15:00:00+01:00"}),
    "reschedule-other-performer": other_performer,
    "reschedule-tokyo": shown("reschedule", guest=TOKYO),
    "reschedule-online-tokyo": shown("reschedule", service="talk", guest=TOKYO),
    "reschedule-light-accent": shown("reschedule", {"accent": "#ffe600"}),
    "reschedule-dark-accent": shown("reschedule", {"accent": "#101010"}, query={"view": "calendar"}),
    "reschedule-long": everywhere(LONG, "reschedule"),
    "reschedule-html": everywhere(HTML, "reschedule", view="calendar"),
    "reschedule-cancelled": after("reschedule", Cancel(), minutes_ago=20),
    "reschedule-begun": shown("reschedule", **BEGUN),
    "reschedule-window-closed": shown("reschedule", {"guest_reschedule": 96}),
    "reschedule-blocked": shown("reschedule", {"subscription": "blocked"}),
    "reschedule-group": shown("reschedule", **YOGA),
    "reschedule-off": shown("reschedule", OFF),
    "reschedule-unpaid": shown("reschedule", **UNPAID),
    "reschedule-payment-expired": shown("reschedule", payment="expired"),
    "summary": shown("reschedule", query={"start": FRIDAY}),
    "summary-other-performer": summary_of_other,
    "summary-tokyo": shown("reschedule", guest=TOKYO, query={"start": FRIDAY}),
    "summary-long": everywhere(LONG, "reschedule", start=FRIDAY),
    "cancel": shown("cancel"),
    "cancel-paid": shown("cancel", payment="paid"),
    "cancel-long": everywhere(LONG, "cancel"),
    "cancel-off": shown("cancel", {"guest_cancel": 0}),
    "cancel-window-closed": shown("cancel", {"guest_cancel": 96}),
    "cancel-blocked": shown("cancel", {"subscription": "blocked"}),
    "cancel-begun": shown("cancel", **BEGUN),
    "cancel-cancelled": after("cancel", Cancel(), minutes_ago=20),
    "ask": shown("ask"),
    "ask-long": everywhere(LONG, "ask"),
}

REASONS: dict[str, str] = {
    "reschedule-cancelled": "wrong_status",
    "reschedule-begun": "begun",
    "reschedule-blocked": "blocked",
    "reschedule-group": "group_session",
    "reschedule-off": "self_service_off",
    "reschedule-window-closed": "window_closed",
    "reschedule-unpaid": "payment_pending",
    "reschedule-payment-expired": "payment_expired",
    "cancel-off": "cancel_off",
    "cancel-window-closed": "window_closed",
    "cancel-blocked": "blocked",
    "cancel-begun": "begun",
    "cancel-cancelled": "wrong_status",
}
"""Which of them give a reason in place of times or a button, and its code."""


async def form_refused(visit: Visit, tab: Page) -> None:
    """Send a form that is not ours."""
    await tab.goto(await shown("cancel")(visit))
    await tab.locator("input[name=form]").evaluate("field => { field.value = 'forged' }")
    await Mouse().presses(tab, CONFIRM_CANCEL)


async def undo_too_late(visit: Visit, tab: Page) -> None:
    """Press Undo on a page that was left open."""
    await tab.goto(await after("manage", Cancel())(visit))
    visit.salon.time.passes(minutes=15)
    await Mouse().presses(tab, UNDO)


async def asked(visit: Visit, tab: Page) -> None:
    """Write to the business."""
    await tab.goto(await shown("ask")(visit))
    await tab.locator("textarea").fill("Is there parking nearby?")
    await Mouse().presses(tab, SEND)


async def replied(visit: Visit, tab: Page) -> None:
    """Reply to a mail in the mailbox; its answer comes while the page waits."""
    await tab.goto(await mail(visit))
    await tab.locator("textarea").fill("Tuesday 1 December at 11:30")
    pressed = asyncio.create_task(Mouse().presses(tab, "form[method=post]:has(textarea) button"))
    while not pressed.done():
        await asyncio.sleep(0.1)
        await visit.salon.works()

    await pressed


AFTER_A_FORM: dict[str, Callable[[Visit, Page], Awaitable[None]]] = {
    "form-refused": form_refused,
    "undo-too-late": undo_too_late,
    "asked": asked,
    "mail-replied": replied,
}
"""Pages that no address leads to."""


async def every_page(salon: Salon, names: Iterable[str] = tuple(PAGES)) -> AsyncIterator[tuple[str, str]]:
    """Yield the name and the address of every page in every state, or of these, each made in *salon*."""
    for name in names:
        yield name, await address_of_state(salon, name)


async def address_of_state(salon: Salon, name: str) -> str:
    """Return where the state *name* is shown, after it was made in *salon*: to be asked once a salon."""
    return await PAGES[name](Visit(salon, name))
