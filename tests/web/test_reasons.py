"""Every reason why a guest cannot move or cancel: shown in place of times, by its code, with the next step."""

from __future__ import annotations

from typing import Any

import pytest

from core.bookings import Act, set_status
from core.model import OWNER, Status
from tests.story.salon import Salon, booking
from tests.web.browser import Browser, path_of

OFF: dict[str, Any] = {"guest_reschedule": 0, "guest_cancel": 0}
NO_MOVE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("blocked", {}, {"subscription": "blocked"}),
    ("group_session", {"service": "yoga", "performer": "leo"}, {}),
    ("self_service_off", {}, OFF),
    ("window_closed", {}, {"guest_reschedule": 96}),
    ("payment_pending", {"payment": "pending", "payment_url": "https://pay.example/x"}, {}),
    ("payment_expired", {"payment": "expired"}, {}),
]


@pytest.mark.parametrize(("code", "changes", "settings"), NO_MOVE)
async def test_a_reason_stands_in_place_of_times(
    salon: Salon, browser: Browser, code: str, changes: dict[str, Any], settings: dict[str, Any]
) -> None:
    """G2-G5, G7: the reason, no times, and how to go on: the business's contact, or the link to pay."""
    await salon.imports(booking(**changes), **settings)
    path = path_of("reschedule", salon.tokens["jo"])

    page = await browser.open(path)
    tried = await browser.open(path, start="2026-11-27T10:00:00+01:00")
    manage = await browser.open(path_of("manage", salon.tokens["jo"]))

    for one in (page, tried):
        assert (one.status, one.refusals, one.starts, one.forms("post")) == (200, [code], [], [])

    assert code in manage.refusals
    assert path not in manage.links
    assert ("https://pay.example/x" in page.links) == (code == "payment_pending")
    assert ("team@nova.example" in page.words) == (code != "payment_pending")


async def test_a_window_is_told_with_its_hours(salon: Salon, browser: Browser) -> None:
    """G3, G7: until when it could have been moved."""
    await salon.imports(booking(), guest_reschedule=96, guest_cancel=48)

    page = await browser.open(path_of("manage", salon.tokens["jo"]))

    assert "until 96 hours before" in page.words
    assert path_of("cancel", salon.tokens["jo"]) in page.links


async def test_cancelling_off_offers_another_time(salon: Salon, browser: Browser) -> None:
    """G7, M1: the reason, the contact, and the way to choose another time."""
    await salon.imports(booking(), guest_cancel=0)

    page = await browser.open(path_of("cancel", salon.tokens["jo"]))

    assert (page.status, page.refusals, page.forms("post")) == (200, ["cancel_off"], [])
    assert path_of("reschedule", salon.tokens["jo"]) in page.links


async def test_no_other_time_is_promised_where_none_can_be_had(salon: Salon, browser: Browser) -> None:
    """G7: with both off, the cancel page does not speak of another time, and the contact stands once."""
    await salon.imports(booking(), **OFF)

    cancel = await browser.open(path_of("cancel", salon.tokens["jo"]))
    manage = await browser.open(path_of("manage", salon.tokens["jo"]))

    assert cancel.refusals == ["cancel_off"]
    assert "another time" not in cancel.words
    assert manage.refusals == ["self_service_off", "cancel_off"]
    assert manage.words.count("team@nova.example") == 1


async def test_a_visit_that_has_begun_has_a_plain_page(salon: Salon, browser: Browser) -> None:
    """G6, T1: the link still shows the booking after the start, and says why nothing can be changed."""
    await salon.imports(booking())
    salon.time.passes(days=3, hours=5)

    for page in ("manage", "reschedule", "cancel"):
        shown = await browser.open(path_of(page, salon.tokens["jo"]))

        assert (shown.status, shown.refusals, shown.forms("post")) == (200, ["begun"], [])
        assert "Haircut" in shown.words


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.NO_SHOW])
async def test_a_visit_that_is_over_has_a_plain_page(salon: Salon, browser: Browser, status: Status) -> None:
    """G1, T1: completed and no-show."""
    await salon.imports(booking())
    salon.time.passes(days=4)
    dossier = await salon.dossier()
    act = Act(OWNER, "terminal", salon.time())
    await salon.rebook.store.write(lambda tx: set_status(tx, dossier, status, act))

    page = await browser.open(path_of("manage", salon.tokens["jo"]))

    assert (page.status, page.refusals, page.forms("post")) == (200, ["wrong_status"], [])


@pytest.mark.parametrize(("page", "code"), [("reschedule", "self_service_off"), ("cancel", "cancel_off")])
async def test_a_setting_changed_between_page_and_click_counts(
    salon: Salon, browser: Browser, page: str, code: str
) -> None:
    """G7: evaluated live: what the page showed a moment ago is refused now, and nothing changes."""
    await salon.imports(booking())
    path = path_of(page, salon.tokens["jo"])
    shown = await browser.open(path, start="2026-11-27T10:00:00+01:00")
    await salon.sets("guest_reschedule" if page == "reschedule" else "guest_cancel", 0)

    pressed = await browser.send(shown.form)

    assert (pressed.status, pressed.refusals, pressed.starts) == (200, [code], [])
    assert (await salon.booking()).version == 1


async def test_a_slot_taken_between_page_and_click_offers_others(salon: Salon, browser: Browser) -> None:
    """V2, G9: the other guest has it; this one is told so and sees that day's other times."""
    await salon.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))
    wish = "2026-11-27T10:00:00+01:00"
    first, second = [
        (await browser.open(path_of("reschedule", salon.tokens[key]), start=wish)).form for key in ("jo", "sam")
    ]

    won = await browser.send(first)
    lost = await browser.send(second)

    assert won.refusals == []
    assert (lost.status, lost.refusals) == (200, ["slot_taken"])
    assert wish not in lost.starts
    assert any(start.startswith("2026-11-27") for start in lost.starts)
    assert await salon.local_start("sam") == "Thu 2026-11-26 11:00"


async def test_a_booking_changed_between_page_and_click_is_shown_anew(salon: Salon, browser: Browser) -> None:
    """R8, R9: a summary of how it was moves nothing; the page shows how it is, with times to choose from."""
    await salon.imports(booking())
    path = path_of("reschedule", salon.tokens["jo"])
    old, new = [(await browser.open(path, start=f"2026-11-27T{clock}:00:00+01:00")).form for clock in ("10", "12")]
    await browser.send(new)

    pressed = await browser.send(old)

    assert (pressed.status, pressed.refusals) == (200, ["stale"])
    assert pressed.starts != []
    assert await salon.local_start() == "Fri 2026-11-27 12:00"


async def test_the_old_slot_is_held_for_the_undo(salon: Salon, browser: Browser) -> None:
    """R4: for ten minutes no other guest can take the old time, then they can."""
    await salon.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))
    summary = await browser.open(path_of("reschedule", salon.tokens["jo"]), start="2026-11-27T10:00:00+01:00")
    await browser.send(summary.form)
    of_sam = path_of("reschedule", salon.tokens["sam"])

    held = await browser.open(of_sam, start="2026-11-26T15:00:00+01:00")
    salon.time.passes(minutes=10)
    free = await browser.open(of_sam, start="2026-11-26T15:00:00+01:00")

    assert held.refusals == ["slot_taken"]
    assert free.refusals == []
