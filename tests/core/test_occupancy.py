"""Who is taken when: what a hold keeps, when it lapses, what stands in the way of a visit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import occupancy
from core.bookings import cancel
from core.occupancy import Span, left_over, occupied_span
from core.store.engine import SeatsGone, SlotTaken
from tests.core.shop import Shop, at, open_shop, yoga
from tests.story.salon import MONDAY, booking

THURSDAY = at("2026-11-26 15:00")
TEN = at("2026-11-27 10:00")
MINUTE = timedelta(minutes=1)

spans = st.builds(
    lambda performer, start, length: Span(performer, MONDAY + MINUTE * start, MONDAY + MINUTE * (start + length)),
    st.integers(1, 2),
    st.integers(0, 120),
    st.integers(1, 90),
)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        yield Shop(store)
        await store.close()


@given(spans, spans)
def test_what_is_left_over_never_overlaps_the_new_span(old: Span, new: Span) -> None:
    """V2, R4: the overlap law would refuse the hold."""
    pieces = left_over(old, new)

    assert all(piece.start < piece.end for piece in pieces)
    assert not any(overlap(piece, new) for piece in pieces)
    assert not any(overlap(one, other) for one, other in pairwise(pieces))


@given(spans, spans)
def test_what_is_left_over_and_the_new_span_cover_the_old_one(old: Span, new: Span) -> None:
    """R4: every minute of the old slot stays with this guest; nothing else is held."""
    kept = {(piece.performer_id, minute) for piece in left_over(old, new) for minute in minutes_of(piece)}
    before = {(old.performer_id, minute) for minute in minutes_of(old)}
    taken = {(new.performer_id, minute) for minute in minutes_of(new)}

    assert kept == before - taken


@given(spans)
def test_a_cancel_leaves_the_whole_span(old: Span) -> None:
    """R4."""
    assert left_over(old, None) == (old,)


async def test_a_visit_occupies_its_buffers_too(shop: Shop) -> None:
    """V1, V2."""
    await shop.imports(booking())
    service = (await shop.dossier()).service

    span = occupied_span(service, 3, THURSDAY)

    assert span == Span(3, THURSDAY, THURSDAY + 60 * MINUTE)


async def test_a_hold_lapses_at_its_very_end(shop: Shop) -> None:
    """R4: it keeps others out until then, and not a second longer."""
    await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"))
    await shop.does(cancel)

    until = shop.now + timedelta(minutes=10)

    assert await busy(shop, now=until - timedelta(seconds=1)) == [(THURSDAY, THURSDAY + 60 * MINUTE)]
    assert await busy(shop, now=until) == []


async def test_a_hold_binds_neither_staff_nor_the_guest_it_is_for(shop: Shop) -> None:
    """R4, G9."""
    await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"))
    await shop.does(cancel)

    assert await busy(shop, now=shop.now, past_holds=True) == []
    assert await busy(shop, now=shop.now, but_for="jo") == []


async def test_a_booking_does_not_stand_in_its_own_way(shop: Shop) -> None:
    """G9."""
    await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"))

    assert await busy(shop, now=shop.now, but_for="jo") == []
    assert await busy(shop, now=shop.now) == [(THURSDAY, THURSDAY + 60 * MINUTE)]


async def test_a_span_that_only_touches_is_not_in_the_way(shop: Shop) -> None:
    """V2: spans are half-open."""
    await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"))

    assert not await taken(shop, THURSDAY - 60 * MINUTE, but_for="max")
    assert await taken(shop, THURSDAY - 59 * MINUTE, but_for="max")
    assert await taken(shop, THURSDAY + 59 * MINUTE, but_for="max")
    assert not await taken(shop, THURSDAY + 60 * MINUTE, but_for="max")


async def test_a_session_is_taken_once_its_seats_are(shop: Shop) -> None:
    """V4: with seats left it is in nobody's way."""
    others = [yoga(f"g{number}") for number in range(7)]
    jo = yoga("jo", start="2026-11-30T10:00:00+01:00")
    await shop.imports(*others, jo)
    assert not await taken(shop, TEN, but_for="jo")

    await shop.imports(*others, jo, yoga("g7"))

    assert await taken(shop, TEN, but_for="jo")


async def test_a_session_at_another_time_is_in_the_way(shop: Shop) -> None:
    """V4, V2: its seats are for its own start."""
    await shop.imports(yoga("g0"), yoga("g1"), yoga("jo", start="2026-11-30T10:00:00+01:00"))

    assert await taken(shop, TEN + 30 * MINUTE, but_for="jo")
    assert not await taken(shop, TEN + 60 * MINUTE, but_for="jo")


async def test_the_law_refuses_what_overlaps_and_the_last_seat_twice(shop: Shop) -> None:
    """V2, V4: proven by the database, whatever was checked before."""
    await shop.imports(booking(), *(yoga(f"g{number}") for number in range(8)))
    hair, group = await shop.dossier(), await shop.dossier("g0")
    span = occupied_span(hair.service, hair.booking.performer_id, THURSDAY + 45 * MINUTE)
    session = occupied_span(group.service, group.booking.performer_id, TEN)

    with pytest.raises(SlotTaken):
        await shop.store.write(
            partial(occupancy.take, service=hair.service, booking_id=99, span=span, visit_start=THURSDAY)
        )

    with pytest.raises(SeatsGone):
        await shop.store.write(
            partial(occupancy.take, service=group.service, booking_id=99, span=session, visit_start=TEN)
        )


async def busy(
    shop: Shop, *, now: datetime, but_for: str = "max", past_holds: bool = False
) -> list[tuple[datetime, datetime]]:
    """Return when Ana is taken on that Thursday, for whoever holds the booking *but_for*."""
    own = (await shop.dossier(but_for)).booking
    find = partial(occupancy.busy_spans, performer_id=await shop.performer("Ana"), but_for=own, past_holds=past_holds)
    found = await shop.store.read(
        partial(find, since=THURSDAY - 5 * MINUTE, before=THURSDAY + timedelta(hours=3), now=now)
    )
    return [
        (datetime.fromtimestamp(start, THURSDAY.tzinfo), datetime.fromtimestamp(end, THURSDAY.tzinfo))
        for start, end in found
    ]


async def taken(shop: Shop, start: datetime, *, but_for: str) -> bool:
    """Return whether something stands in the way of a visit of this booking at *start*."""
    dossier = await shop.dossier(but_for)
    span = occupied_span(dossier.service, dossier.booking.performer_id, start)
    if dossier.booking.key == "max":
        span = occupied_span(dossier.service, await shop.performer("Ana"), start)

    find = partial(occupancy.is_taken, service=dossier.service, span=span, visit_start=start)
    return await shop.store.read(partial(find, now=shop.now, but_for=dossier.booking))


def overlap(one: Span, other: Span) -> bool:
    return one.performer_id == other.performer_id and one.start < other.end and other.start < one.end


def minutes_of(span: Span) -> set[int]:
    first = (span.start - MONDAY) // MINUTE
    return set(range(first, first + (span.end - span.start) // MINUTE))
