"""A guest in a real browser moves, cancels, undoes and chooses: by mouse, by keyboard alone, without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.browser.hands import Hand
from tests.browser.tabs import Guest, address_of
from tests.browser.walks import (
    ANY_TIME,
    BACK_TO_BOOKING,
    CONFIRM_MOVE,
    SEND,
    TO_ASK,
    TO_CANCEL,
    TO_RESCHEDULE,
    UNDO,
    cancels,
    codes_on,
    moves_by_calendar,
    moves_to_soonest,
    starts_on,
    time_of,
    words_on,
)
from tests.story.mails import text_of
from tests.story.salon import TEAM, Salon, booking

FRIDAY = "2026-11-27T10:00:00+01:00"


async def test_a_guest_takes_the_soonest_time_and_takes_it_back(salon: Salon, guest: Guest, hand: Hand) -> None:
    """G8, G10, R4: soonest, a summary, a confirmation; the booking's page then offers to undo."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"), with_scripts=hand.with_scripts)

    start = await moves_to_soonest(tab, hand)
    moved = await salon.booking()
    await hand.presses(tab, UNDO)

    assert moved.start == datetime.fromisoformat(start).astimezone(UTC)
    assert await salon.history() == ["booked", "moved", "undone"]
    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert tab.url == address_of(salon, "manage")


async def test_a_guest_takes_a_day_of_the_calendar(salon: Salon, guest: Guest, hand: Hand) -> None:
    """G8: a month, a day of it, a time of that day."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"), with_scripts=hand.with_scripts)

    await moves_by_calendar(tab, hand, FRIDAY)

    assert await salon.local_start() == "Fri 2026-11-27 10:00"
    assert await salon.history() == ["booked", "moved"]
    assert "Friday 27 November" in await words_on(tab)


async def test_a_guest_cancels_and_takes_it_back(salon: Salon, guest: Guest, hand: Hand) -> None:
    """R3, R4, S2: asked once; the page of the cancelled booking offers to undo."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"), with_scripts=hand.with_scripts)

    await cancels(tab, hand)
    cancelled = await salon.booking()
    await hand.presses(tab, UNDO)

    assert cancelled.status == "cancelled"
    assert await salon.history() == ["booked", "cancelled", "undone"]
    assert (await salon.booking()).status == "confirmed"


async def test_a_guest_who_would_cancel_moves_instead(salon: Salon, guest: Guest, hand: Hand) -> None:
    """R3: the page that asks before it cancels offers other times."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"), with_scripts=hand.with_scripts)

    await hand.presses(tab, TO_CANCEL)
    await hand.presses(tab, f"main {TO_RESCHEDULE}")
    await hand.presses(tab, ANY_TIME)
    await hand.presses(tab, CONFIRM_MOVE)

    assert await salon.history() == ["booked", "moved"]


async def test_a_guest_chooses_a_performer(salon: Salon, guest: Guest, hand: Hand) -> None:
    """G8: where none was chosen, those who offer the service can be; the times are then theirs."""
    await salon.imports(booking(performer_chosen=False))
    leo = (await salon.dossier()).service.performers[1]
    tab = await guest.opens(address_of(salon, "manage"), with_scripts=hand.with_scripts)

    await hand.presses(tab, TO_RESCHEDULE)
    await hand.presses(tab, f"a[href*='performer={leo}']:not([data-start])")
    await hand.presses(tab, ANY_TIME)
    assert "Leo" in await words_on(tab)
    await hand.presses(tab, CONFIRM_MOVE)

    assert (await salon.dossier()).performer.name == "Leo"


async def test_a_guest_thinks_better_of_it(salon: Salon, guest: Guest, hand: Hand) -> None:
    """T6: from the summary back to the times, and back to the booking: nothing has changed."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"), with_scripts=hand.with_scripts)

    await hand.presses(tab, TO_RESCHEDULE)
    first = (await starts_on(tab))[0]
    await hand.presses(tab, time_of(first))
    await hand.presses(tab, f"main {TO_RESCHEDULE}")
    again = await starts_on(tab)
    await hand.presses(tab, BACK_TO_BOOKING)

    assert first in again
    assert tab.url == address_of(salon, "manage")
    assert (await codes_on(tab), await salon.history()) == ([], ["booked"])


async def test_a_guest_writes_to_the_business(salon: Salon, guest: Guest, hand: Hand) -> None:
    """R5: what the page cannot do a person may; nothing changes, and the guest is told that it was passed on."""
    await salon.imports(booking())
    await salon.mail_to(TEAM)
    tab = await guest.opens(address_of(salon, "manage"), with_scripts=hand.with_scripts)

    await hand.presses(tab, TO_ASK)
    await hand.types(tab, "textarea", "Is there parking nearby?")
    await hand.presses(tab, SEND)
    await salon.works()

    assert await tab.locator("form[method=post]").count() == 0
    (card,) = await salon.mail_to(TEAM)
    assert "Is there parking nearby?" in text_of(card)
    assert (await salon.booking()).version == 1


async def test_a_guest_takes_the_visit_to_their_calendar(salon: Salon, guest: Guest) -> None:
    """The link on the booking's page is a file for any calendar."""
    await salon.imports(booking())
    tab = await guest.opens(address_of(salon, "manage"))

    async with tab.expect_download() as download:
        await tab.locator("a[href*='/calendar/']").click()

    file = await (await download.value).path()
    assert b"BEGIN:VEVENT" in file.read_bytes()
