"""Pages that are older than the booking: the back button, a second tab, another guest who was faster."""

from __future__ import annotations

from playwright.async_api import Page

from tests.browser.hands import Mouse
from tests.browser.tabs import Guest, address_of
from tests.browser.walks import (
    CONFIRM_CANCEL,
    CONFIRM_MOVE,
    UNDO,
    cancels,
    codes_on,
    moves_to_soonest,
    starts_on,
    time_of,
    words_on,
)
from tests.story.salon import Salon, booking

FRIDAY = "2026-11-27T10:00:00+01:00"
MOUSE = Mouse()


async def summary(salon: Salon, guest: Guest, key: str = "jo", start: str = FRIDAY) -> Page:
    """Open the summary of a move to *start* in a new tab."""
    times = await guest.opens(f"{address_of(salon, 'reschedule', key)}?day={start[:10]}")
    await MOUSE.presses(times, time_of(start))
    return times


async def test_back_after_a_move_shows_that_nothing_is_left_to_do(salon: Salon, guest: Guest) -> None:
    """R8, G9, T3: the browser keeps no page, so the summary that is one step back says that it is so already."""
    await salon.imports(booking())
    tab = await summary(salon, guest)
    await MOUSE.presses(tab, CONFIRM_MOVE)

    await tab.go_back()

    assert await tab.locator(CONFIRM_MOVE).count() == 0
    assert FRIDAY not in await starts_on(tab)
    assert "already" in await words_on(tab)
    assert await salon.history() == ["booked", "moved"]


async def test_confirmed_in_two_tabs_it_moves_once(salon: Salon, guest: Guest) -> None:
    """R8: both tabs then show the same page."""
    await salon.imports(booking())
    tabs = [await summary(salon, guest) for _ in range(2)]

    for tab in tabs:
        await MOUSE.presses(tab, CONFIRM_MOVE)

    assert await words_on(tabs[0]) == await words_on(tabs[1])
    assert await salon.history() == ["booked", "moved"]


async def test_back_after_a_cancel_shows_no_way_to_cancel_again(salon: Salon, guest: Guest) -> None:
    """S2, T3: pages are not kept by the browser, so what is one step back is how it stands now."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"))
    await cancels(tab, MOUSE)

    await tab.go_back()

    assert await codes_on(tab) == ["wrong_status"]
    assert await tab.locator(CONFIRM_CANCEL).count() == 0


async def test_the_summary_in_an_older_tab_offers_times_anew(salon: Salon, guest: Guest) -> None:
    """R8, R9: moved in one tab; the other one says that it is stale, and from there one moves on."""
    await salon.imports(booking())
    older = await summary(salon, guest)
    newer = await guest.opens(address_of(salon, "manage"))
    await moves_to_soonest(newer, MOUSE)

    await MOUSE.presses(older, CONFIRM_MOVE)
    codes, starts = await codes_on(older), await starts_on(older)
    unmoved = await salon.history()
    await MOUSE.presses(older, time_of(FRIDAY))
    await MOUSE.presses(older, CONFIRM_MOVE)

    assert (codes, FRIDAY in starts) == (["stale"], True)
    assert unmoved == ["booked", "moved"]
    assert await salon.local_start() == "Fri 2026-11-27 10:00"


async def test_another_guest_was_faster(salon: Salon, guest: Guest) -> None:
    """V2: the slot is gone between page and click; the one who was late takes another time of that day."""
    await salon.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))
    first, second = await summary(salon, guest, "jo"), await summary(salon, guest, "sam")
    await MOUSE.presses(first, CONFIRM_MOVE)

    await MOUSE.presses(second, CONFIRM_MOVE)
    codes, starts = await codes_on(second), await starts_on(second)
    await MOUSE.presses(second, time_of("2026-11-27T11:00:00+01:00"))
    await MOUSE.presses(second, CONFIRM_MOVE)

    assert (codes, FRIDAY in starts) == (["slot_taken"], False)
    assert await salon.local_start("jo") == "Fri 2026-11-27 10:00"
    assert await salon.local_start("sam") == "Fri 2026-11-27 11:00"


async def test_the_undo_of_an_older_tab_is_too_late(salon: Salon, guest: Guest) -> None:
    """R4: the page was left open for a quarter of an hour."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"))
    await cancels(tab, MOUSE)
    salon.time.passes(minutes=15)

    await MOUSE.presses(tab, UNDO)

    assert await codes_on(tab) == ["stale"]
    assert await salon.history() == ["booked", "cancelled"]
