"""Add to calendar: the booking as a file that calendars merge with the mail's invitation."""

from __future__ import annotations

from functools import partial

import pytest
from icalendar import Calendar, Event

from core.bookings import Act
from core.forget import forget
from core.model import OWNER
from core.tokens import mask_tokens
from tests.story.mails import event_of
from tests.story.salon import Salon, booking
from tests.web.browser import Browser, Page, path_of


def read(page: Page) -> tuple[str, Event]:
    """Return the method and the event of the file."""
    calendar = Calendar.from_ical(page.text)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    return str(calendar["METHOD"]), event


async def test_the_file_is_the_event_of_the_mail(salon: Salon, browser: Browser) -> None:
    """M5, S3: same UID, SEQUENCE and organizer, so a calendar that has one updates it; it asks nobody."""
    await salon.imports(booking())
    _, mailed = event_of(await salon.answer())

    page = await browser.open(path_of("calendar", salon.tokens["jo"]))
    method, event = read(page)

    same = ("UID", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION", "ORGANIZER", "STATUS")
    assert method == "PUBLISH"
    assert [event[name].to_ical() if name[:2] == "DT" else event[name] for name in same] == [
        mailed[name].to_ical() if name[:2] == "DT" else mailed[name] for name in same
    ]
    assert "ATTENDEE" not in event
    assert event.subcomponents == []


async def test_the_file_is_saved_by_the_reference_and_kept_by_nobody(salon: Salon, browser: Browser) -> None:
    """T5: no token inside, and the headers of every page."""
    await salon.imports(booking())
    token = salon.tokens["jo"]

    page = await browser.open(path_of("calendar", token))

    assert page.status == 200
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert page.headers["Content-Disposition"] == f'attachment; filename="{(await salon.booking()).ref}.ics"'
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    unfolded = page.text.replace("\r\n ", "")
    assert mask_tokens(unfolded) == unfolded


@pytest.mark.parametrize("ending", ["", ".ics", "/", ".ics/"])
async def test_the_address_may_end_as_files_do(salon: Salon, browser: Browser, ending: str) -> None:
    """T3: some programs go by the name alone."""
    await salon.imports(booking())

    page = await browser.open(path_of("calendar", salon.tokens["jo"]) + ending)

    assert read(page)[0] == "PUBLISH"


async def test_the_file_is_of_today(salon: Salon, browser: Browser) -> None:
    """T3, S3, S2: a moved booking has a higher SEQUENCE and its new time, a cancelled one says so."""
    await salon.imports(booking())
    path = path_of("calendar", salon.tokens["jo"])
    _, before = read(await browser.open(path))

    await salon.staff_moves("2026-12-01T11:30:00+01:00")
    _, moved = read(await browser.open(path))
    await salon.staff_cancels()
    method, cancelled = read(await browser.open(path))

    assert [event["SEQUENCE"] for event in (before, moved, cancelled)] == [0, 1, 2]
    assert moved["DTSTART"].to_ical() == b"20261201T103000Z"
    assert {event["UID"] for event in (before, moved, cancelled)} == {before["UID"]}
    assert (method, cancelled["STATUS"]) == ("PUBLISH", "CANCELLED")


async def test_looking_changes_nothing_and_only_looking_is_possible(salon: Salon, browser: Browser) -> None:
    """T6: GET and HEAD."""
    await salon.imports(booking())
    path = path_of("calendar", salon.tokens["jo"])

    statuses = [(await browser.ask(method, path)).status for method in ("GET", "HEAD", "POST")]

    assert statuses == [200, 200, 405]
    assert await salon.history() == ["booked"]


async def test_tokens_that_are_not_ours_have_no_file(salon: Salon, browser: Browser) -> None:
    """T1, L5: forged, cut, of a guest who was forgotten: 404."""
    await salon.imports(booking())
    token = salon.tokens["jo"]
    forged = [token[:-1], f"{token}.ics.ics", f"{token}.pdf", ".ics", token[1:] + "a"]

    statuses = [(await browser.open(path_of("calendar", one))).status for one in forged]
    act = Act(OWNER, "terminal", salon.time())
    await salon.rebook.store.write(partial(forget, dossier=await salon.dossier(), act=act))
    forgotten = await browser.open(path_of("calendar", token))

    assert statuses == [404] * len(forged)
    assert forgotten.status == 404
