"""What is free for one booking: for its guest on the grid, for staff at any minute."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import availability
from core.bookings import reschedule
from core.hours import weekly_hours
from core.model import Hours, Performer, WallSpan
from core.refusal import Refusal
from core.slots import Availability
from tests.core.shop import Shop, at, open_shop, yoga
from tests.story.salon import booking

THURSDAY = at("2026-11-26 15:00")
FRIDAY = at("2026-11-27 11:30")
MAX = booking("max", start="2026-11-30T11:00:00+01:00")

days = st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 600)), max_size=4).map(
    lambda found: tuple((start, min(start + length, 1440)) for start, length in found)
)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        yield Shop(store)
        await store.close()


@given(st.lists(st.tuples(*[days] * 7), max_size=3))
def test_the_week_is_open_whenever_anyone_is(weeks: Sequence[tuple[tuple[WallSpan, ...], ...]]) -> None:
    """V1, R1: how "at 3" is told from 3 at night; sorted, with a gap between any two spans."""
    team = tuple(Performer(n, f"p{n}", "", None, Hours(weekly=week)) for n, week in enumerate(weeks))

    united = weekly_hours(team)

    for day in range(7):
        anyone = {minute for week in weeks for start, end in week[day] for minute in range(start, end)}
        ends = [minute for span in united[day] for minute in span]
        assert {minute for start, end in united[day] for minute in range(start, end)} == anyone
        assert ends == sorted(set(ends))


async def test_a_guest_who_chose_is_offered_their_performer_only(shop: Shop) -> None:
    """G8."""
    await shop.imports(booking())

    assert await offered_names(shop) == ["Ana"]


async def test_a_guest_who_did_not_choose_is_offered_everyone_their_own_first(shop: Shop) -> None:
    """G8."""
    await shop.imports(booking(performer="leo", performer_chosen=False))

    assert await offered_names(shop) == ["Leo", "Ana"]


async def test_what_the_booking_has_and_holds_does_not_block_it(shop: Shop) -> None:
    """G9, R4: before and after a small move."""
    await shop.imports(booking())
    ana = await shop.performer("Ana")
    later = THURSDAY + timedelta(minutes=15)

    assert (await offers(shop)).has(later, ana)
    await shop.does(reschedule, later, ana)

    assert (await offers(shop)).has(THURSDAY, ana)


async def test_a_hold_blocks_other_guests_until_it_lapses_and_staff_never(shop: Shop) -> None:
    """R4: the guest's and the staff's view of the same hour."""
    await shop.imports(booking(), MAX)
    ana = await shop.performer("Ana")
    await shop.does(reschedule, FRIDAY, ana)

    during = await guest_may(shop, THURSDAY, ana), await staff_may_not(shop, THURSDAY, ana)
    shop.now += timedelta(minutes=10)
    after = await guest_may(shop, THURSDAY, ana), await staff_may_not(shop, THURSDAY, ana)

    assert during == (False, None)
    assert after == (True, None)


@pytest.mark.parametrize(
    ("when", "guest", "staff"),
    [
        ("2026-11-24 15:15", True, None),
        ("2026-11-24 15:07", False, None),  # off the grid
        ("2026-11-23 10:15", False, None),  # within the notice
        ("2026-12-20 15:00", False, "closed"),  # a Sunday
        ("2026-12-21 15:00", False, None),  # beyond the horizon
        ("2026-11-23 09:30", False, "past"),
        ("2026-11-26 15:30", False, "busy"),
        ("2026-11-27 17:30", False, "closed"),  # would end after closing
    ],
)
async def test_notice_horizon_and_grid_bind_guests_not_staff(
    *, shop: Shop, when: str, guest: bool, staff: str | None
) -> None:
    """G11, F2, V1."""
    await shop.imports(booking(), MAX, min_notice_minutes=120, horizon_days=14)
    ana = await shop.performer("Ana")

    refusal = await staff_may_not(shop, at(when), ana)

    assert await guest_may(shop, at(when), ana) is guest
    assert (None if refusal is None else refusal.code) == staff


async def test_a_session_with_seats_left_is_free_for_staff_to_join(shop: Shop) -> None:
    """V4: at its own start, also off the grid; a full one is busy; their own session is where they are."""
    others = [yoga(f"g{number}", start="2026-11-30T10:05:00+01:00") for number in range(7)]
    jo = yoga("jo")
    await shop.imports(jo, *others)
    leo, monday = await shop.performer("Leo"), at("2026-11-30 10:05")

    with_a_seat = await staff_may_not(shop, monday, leo, key="jo")
    beside_it = await staff_may_not(shop, monday + timedelta(minutes=25), leo, key="jo")
    await shop.imports(jo, *others, yoga("g7", start="2026-11-30T10:05:00+01:00"))
    full = await staff_may_not(shop, monday, leo, key="jo")

    assert with_a_seat is None
    assert beside_it == Refusal("busy")
    assert full == Refusal("busy")


async def test_the_only_guest_of_a_session_can_be_moved_within_its_span(shop: Shop) -> None:
    """V4, G9: nobody else sits in it."""
    await shop.imports(yoga("jo"))
    leo, half_past = await shop.performer("Leo"), at("2026-11-27 10:30")

    alone = await staff_may_not(shop, half_past, leo, key="jo")
    await shop.imports(yoga("jo"), yoga("max"))
    together = await staff_may_not(shop, half_past, leo, key="jo")

    assert alone is None
    assert together == Refusal("busy")


async def offers(shop: Shop, key: str = "jo") -> Availability:
    find = partial(availability.availability_of, dossier=await shop.dossier(key), now=shop.now)
    return await shop.store.read(find)


async def offered_names(shop: Shop) -> list[str]:
    return [performer.name for performer, _ in (await offers(shop)).calendars]


async def guest_may(shop: Shop, start: datetime, performer: int, key: str = "max") -> bool:
    """Return whether this guest may have that start: the same by the verb's check and by what is offered."""
    find = partial(availability.is_free, dossier=await shop.dossier(key), start=start, performer_id=performer)
    is_free = await shop.store.read(partial(find, now=shop.now))
    assert (await offers(shop, key)).has(start, performer) is is_free
    return is_free


async def staff_may_not(shop: Shop, start: datetime, performer: int, key: str = "max") -> Refusal | None:
    find = partial(availability.why_not, dossier=await shop.dossier(key), start=start, performer_id=performer)
    return await shop.store.read(partial(find, now=shop.now))
