"""A guest walks from the manage link through the forms: moved, undone, cancelled, undone."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from core import queries
from tests.story.mails import text_of
from tests.story.salon import BUSINESS, Salon, booking
from tests.web.browser import Browser, Page, path_of

THURSDAY = "2026-11-26T15:00:00+01:00"
FRIDAY = "2026-11-27T10:00:00+01:00"


async def choose_friday(browser: Browser, token: str) -> Page:
    """From the manage link to the summary of Friday at ten, by links and forms alone."""
    manage = await browser.open(path_of("manage", token))
    soonest = await browser.open(next(link for link in manage.links if "/reschedule/" in link))
    calendar = await browser.open(next(link for link in soonest.links if "view=calendar" in link))
    day = await browser.open(next(link for link in calendar.links if "day=2026-11-27" in link))
    return await browser.choose(day, FRIDAY)


async def test_a_guest_moves_by_link_and_forms(salon: Salon, browser: Browser) -> None:
    """G8, G10, T6: soonest or a day, a time, a summary old to new, a confirmation; both sides are told."""
    await salon.imports(booking())
    await salon.mail_to("jo@guest.example")
    summary = await choose_friday(browser, salon.tokens["jo"])
    before = await salon.local_start()

    done = await browser.send(summary.form)
    await salon.works()

    assert before == "Thu 2026-11-26 15:00"
    assert summary.starts == [FRIDAY]
    assert "Old time Thursday 26 November 15:00–15:45" in summary.words
    assert await salon.local_start() == "Fri 2026-11-27 10:00"
    assert (done.status, done.path) == (200, path_of("manage", salon.tokens["jo"]))
    assert "Done! Your booking is now on Friday 27 November, 10:00." in done.words
    assert "10:00" in text_of(await salon.answer())
    assert len(await salon.mail_to("team@nova.example")) == 1


async def test_a_move_is_undone_by_the_button(salon: Salon, browser: Browser) -> None:
    """R4: for ten minutes the page offers to take it back; the booking is then as it was."""
    await salon.imports(booking())
    moved = await browser.send((await choose_friday(browser, salon.tokens["jo"])).form)

    undone = await browser.send(moved.form)

    assert "You can undo this until 10:10." in moved.words
    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert "All as before" in undone.words
    assert undone.forms("post") == []
    assert (await salon.booking()).shown_status == "Confirmed"


async def test_a_cancel_is_asked_first_and_can_be_undone(salon: Salon, browser: Browser) -> None:
    """R3, R4, S2: cancelling asks once and offers to move instead; a cancelled booking has a plain, kind page."""
    await salon.imports(booking(payment="paid"))
    token = salon.tokens["jo"]
    asked = await browser.open(path_of("cancel", token))

    cancelled = await browser.send(asked.form)
    restored = await browser.send(cancelled.form)

    assert "A payment does not come back by itself" in asked.words
    assert path_of("reschedule", token) in asked.links
    assert "Your booking on Thursday 26 November, 15:00 is cancelled." in cancelled.words
    assert "All as before" in restored.words
    assert (await salon.booking()).status == "confirmed"


async def test_the_undo_is_gone_after_ten_minutes(salon: Salon, browser: Browser) -> None:
    """R4: after that the page shows none, and a form kept open says kindly that it is too late."""
    await salon.imports(booking())
    cancelled = await browser.send((await browser.open(path_of("cancel", salon.tokens["jo"]))).form)
    salon.time.passes(minutes=10)

    later = await browser.open(path_of("manage", salon.tokens["jo"]))
    pressed = await browser.send(cancelled.form)

    assert later.forms("post") == []
    assert later.refusals == ["wrong_status"]
    assert "We would be glad to see you another time" in later.words
    assert (pressed.status, pressed.refusals) == (200, ["stale"])
    assert "too late" in pressed.words
    assert (await salon.booking()).status == "cancelled"


async def test_a_form_pressed_twice_acts_once(salon: Salon, browser: Browser) -> None:
    """R8: move, cancel and undo, each pressed twice: one change each, and both times the same page."""
    await salon.imports(booking())
    move = (await choose_friday(browser, salon.tokens["jo"])).form
    moved = [await browser.send(move) for _ in range(2)]
    undone = [await browser.send(moved[0].form) for _ in range(2)]
    cancel = (await browser.open(path_of("cancel", salon.tokens["jo"]))).form
    cancelled = [await browser.send(cancel) for _ in range(2)]

    history = await salon.rebook.store.read(lambda tx: queries.load_history(tx, 1))

    for first, second in (moved, undone, cancelled):
        assert first.text == second.text

    assert [row.what for row in history] == ["booked", "moved", "undone", "cancelled"]
    assert {row.channel for row in history[1:]} == {"web"}


async def test_an_old_link_shows_how_the_booking_stands_now(salon: Salon, browser: Browser) -> None:
    """T2, T3: the slug is decoration, the token survives upper case, and no link forks the booking."""
    await salon.imports(booking())
    token = salon.tokens["jo"]
    await browser.send((await choose_friday(browser, token)).form)
    salon.time.passes(minutes=11)

    pages = [
        await browser.open(f"/b/{slug}/manage/{form}")
        for slug in ("nova", "%3Cb%3E", "x")
        for form in (token, token.upper())
    ]

    assert {page.text for page in pages} == {pages[0].text}
    assert "Friday 27 November 10:00–10:45" in pages[0].words
    assert "Rescheduled" in pages[0].words
    assert {link.rpartition("/")[2] for link in pages[0].links if link.startswith("/")} == {token}


async def test_the_time_it_has_already_changes_nothing(salon: Salon, browser: Browser) -> None:
    """G9: picked by an address or by a form, it is answered kindly; its own booking does not block a small move."""
    await salon.imports(booking())
    path = path_of("reschedule", salon.tokens["jo"])
    near = (await browser.open(path, start="2026-11-26T15:15:00+01:00")).form

    shown = await browser.open(path, start=THURSDAY)
    pressed = await browser.send(near, start=THURSDAY)

    assert near.fields["start"] == "2026-11-26T15:15:00+01:00"
    assert "already, so nothing had to change" in shown.words
    assert THURSDAY not in shown.starts
    assert pressed.status == 200
    assert (await salon.booking()).version == 1


async def test_days_go_on_to_the_horizon(salon: Salon, browser: Browser) -> None:
    """V1, G8: by links alone one comes to the last day that can be booked, and back."""
    await salon.imports(booking())
    page = await browser.open(path_of("reschedule", salon.tokens["jo"]))
    seen = list(page.starts)

    while later := [link for link in page.links if "Later" in page.text and link_is_later(page, link)]:
        page = await browser.open(later[0])
        seen += page.starts

    assert datetime.fromisoformat(seen[0]).date().isoformat() == "2026-11-23"
    assert datetime.fromisoformat(seen[-1]).date().isoformat() > "2027-01-15"
    assert all(datetime.fromisoformat(start).utcoffset() is not None for start in seen)


def link_is_later(page: Page, link: str) -> bool:
    return any(node.attributes["href"] == link and "Later" in node.text() for node in page.tree.css("a"))


async def test_any_performer_can_be_had_where_none_was_chosen(salon: Salon, browser: Browser) -> None:
    """G8: the guest chooses among those who offer the service; who is another one is named."""
    await salon.imports(booking(performer_chosen=False), booking("sam", start=FRIDAY))
    path = path_of("reschedule", salon.tokens["jo"])
    any_one = await browser.open(path, day="2026-11-27")
    leo = next(link for link in any_one.links if "performer=" in link and "Leo" in link_text(any_one, link))

    summary = await browser.choose(any_one, FRIDAY)
    of_leo = await browser.open(leo)
    await browser.send(summary.form)

    assert "10:00 Leo" in any_one.words
    assert "Leo" in summary.words
    assert of_leo.starts != []
    assert (await salon.dossier()).performer.name == "Leo"


def link_text(page: Page, link: str) -> str:
    return next(node.text() for node in page.tree.css("a") if node.attributes["href"] == link)


async def test_a_chosen_performer_stays(salon: Salon, browser: Browser) -> None:
    """G8: asking for another one gets the reason and the same performer's times; staff get a card, once."""
    await salon.imports(booking())
    path = path_of("reschedule", salon.tokens["jo"])
    leo = (await salon.dossier()).service.performers[1]
    form = (await browser.open(path, start=FRIDAY)).form
    await salon.mail_to("team@nova.example")

    shown = await browser.open(path, start=FRIDAY, performer=str(leo))
    pressed = [await browser.send(form, performer=str(leo)) for _ in range(2)]
    await salon.works()

    for page in (shown, *pressed):
        assert (page.status, page.refusals) == (200, ["performer_chosen"])
        assert FRIDAY in page.starts
        assert "Anyone" not in page.words

    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert len(await salon.mail_to("team@nova.example")) == 1


async def test_both_clocks_are_shown_where_they_differ(salon: Salon, browser: Browser) -> None:
    """L4: a visit by the venue's clock, an online one by the guest's, the other clock beside it."""
    await salon.imports(
        booking(guest={"name": "Jo", "email": "jo@guest.example", "locale": "en", "tz": "Europe/London"})
    )

    manage = await browser.open(path_of("manage", salon.tokens["jo"]))
    times = await browser.open(path_of("reschedule", salon.tokens["jo"]), day="2026-11-27")
    moved = await browser.send((await browser.choose(times, FRIDAY)).form)

    assert "15:00–15:45 Warsaw time" in manage.words
    assert "14:00–14:45 London time" in manage.words
    assert "10:00 09:00 London" in times.words
    assert "Times are Warsaw time." in times.words
    assert "on Friday 27 November, 10:00. Times are Warsaw time." in moved.words
    assert "until 10:10 (09:10 London time)" in moved.words


async def test_an_online_visit_is_told_by_the_guests_clock(
    salon: Salon, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L4: the guest's own clock first, the business's beside it."""
    call = {"key": "call", "name": "Call", "minutes": 30, "performers": ["leo"], "online": True}
    monkeypatch.setitem(BUSINESS, "services", [*BUSINESS["services"], call])
    guest = {"name": "Jo", "email": "jo@guest.example", "locale": "en", "tz": "Asia/Tokyo"}
    await salon.imports(booking(service="call", performer="leo", guest=guest))

    manage = await browser.open(path_of("manage", salon.tokens["jo"]))
    times = await browser.open(path_of("reschedule", salon.tokens["jo"]), day="2026-11-28")

    assert "Thursday 26 November 23:00–23:30 Tokyo time 15:00–15:30 Warsaw time" in manage.words
    assert "Saturday 28 November" in times.words
    assert "Morning 00:00 Fri 27 Nov, 16:00 Warsaw" in times.words
    assert times.starts[0] == "2026-11-27T16:00:00+01:00"


async def test_of_ten_presses_at_once_one_acts(salon: Salon, browser: Browser) -> None:
    """R8: two tabs, ten clicks: one move, and every answer shows it."""
    await salon.imports(booking())
    form = (await choose_friday(browser, salon.tokens["jo"])).form

    pages = await asyncio.gather(*(browser.send(form) for _ in range(10)))

    assert {page.text for page in pages} == {pages[0].text}
    assert (await salon.booking()).version == 2


async def test_of_many_guests_one_gets_the_slot(salon: Salon, browser: Browser) -> None:
    """V2: all press for one start at once; the others are told, and offered what is left."""
    days = [f"2026-12-{day:02}T{clock}:00:00+01:00" for day in range(1, 5) for clock in ("10", "12", "14")]
    await salon.imports(*(booking(f"g{number}", start=start) for number, start in enumerate(days)))
    paths = [path_of("reschedule", salon.tokens[f"g{number}"]) for number in range(len(days))]
    forms = [(await browser.open(path, start=FRIDAY)).form for path in paths]

    pages = await asyncio.gather(*(browser.send(form) for form in forms))

    assert sorted(page.refusals for page in pages) == [[], *[["slot_taken"]] * (len(days) - 1)]
    assert all(FRIDAY not in page.starts for page in pages)
    assert [await salon.local_start(f"g{number}") for number in range(len(days))].count("Fri 2026-11-27 10:00") == 1
