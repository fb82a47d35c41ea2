from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, select, update

from core.store import tables
from core.store.engine import LawBroken, SeatsGone, SlotTaken, Store, Tx, prepare
from tests.contract.rows import HOUR, NOON, add_booking, add_history, add_performers, count_held, held, occupy

MOVE = prepare(update(tables.occupancy).where(tables.occupancy.c.id == bindparam("which")))
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("shift", "length"),
    [
        (0 * MINUTE, HOUR),  # the same
        (-59 * MINUTE, HOUR),  # reaches into its first minute
        (59 * MINUTE, HOUR),  # begins in its last minute
        (20 * MINUTE, 20 * MINUTE),  # inside
        (-HOUR, 3 * HOUR),  # around
    ],
)
async def test_an_occupancy_that_reaches_into_another_is_refused(
    store: Store, shift: timedelta, length: timedelta
) -> None:
    """V2: one performer is never held twice at a time."""
    (performer,) = await store.write(add_performers)
    await store.write(lambda tx: occupy(tx, performer, NOON))

    with pytest.raises(SlotTaken):
        await store.write(lambda tx: occupy(tx, performer, NOON + shift, length))

    assert await store.read(held) == [(performer, NOON, NOON + HOUR)]


async def test_spans_may_touch_and_another_performer_is_another_diary(store: Store) -> None:
    """V2: spans are half-open."""
    first, second = await store.write(lambda tx: add_performers(tx, 2))

    await store.write(lambda tx: [occupy(tx, first, NOON + shift) for shift in (0 * HOUR, HOUR, -HOUR)])
    await store.write(lambda tx: occupy(tx, second, NOON))

    assert await store.read(count_held) == 4


async def test_a_hold_counts_like_a_booking(store: Store) -> None:
    """V2, R4: the old time of a moved booking stays held for its undo."""
    (performer,) = await store.write(add_performers)
    await store.write(lambda tx: tx.run(MOVE, which=occupy(tx, performer, NOON), kind="hold", until=NOON))

    with pytest.raises(SlotTaken):
        await store.write(lambda tx: occupy(tx, performer, NOON))


async def test_moving_an_occupancy_keeps_the_law_too(store: Store) -> None:
    """V2: also when times or performer of an occupancy change."""
    first, second = await store.write(lambda tx: add_performers(tx, 2))
    early, _, elsewhere = await store.write(
        lambda tx: [occupy(tx, first, NOON), occupy(tx, first, NOON + 2 * HOUR), occupy(tx, second, NOON)]
    )
    before = await store.read(held)

    with pytest.raises(SlotTaken):
        await store.write(lambda tx: tx.run(MOVE, which=early, end=NOON + 3 * HOUR))

    with pytest.raises(SlotTaken):
        await store.write(lambda tx: tx.run(MOVE, which=elsewhere, performer_id=first))

    assert await store.read(held) == before
    assert await store.write(lambda tx: tx.run(MOVE, which=early, start=NOON + HOUR / 2, end=NOON + 2 * HOUR)) == 1
    assert await store.write(lambda tx: tx.run(MOVE, which=early, start=NOON + HOUR, end=NOON + 2 * HOUR)) == 1


async def test_an_occupancy_without_length_is_refused(store: Store) -> None:
    (performer,) = await store.write(add_performers)

    with pytest.raises(LawBroken):
        await store.write(lambda tx: occupy(tx, performer, NOON, 0 * HOUR))


Span = tuple[int, int, int]  # performer, start, length
SPANS = st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(1, 6))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(st.tuples(st.none() | st.integers(0, 5), SPANS), max_size=15))
def test_the_law_says_what_a_comparison_with_every_span_says(
    opener: Callable[[], Store], wishes: list[tuple[int | None, Span]]
) -> None:
    """V2: the trigger looks at one neighbour only; that is enough after any history of inserts and moves."""
    asyncio.run(_compare(opener(), wishes))


async def _compare(store: Store, wishes: list[tuple[int | None, Span]]) -> None:
    """Make each wish (which of the kept occupancies to move, or None for a new one; where to) and judge the answer."""
    performers = await store.write(_two_free_performers)
    kept: dict[int, Span] = {}
    for which, span in wishes:
        own = None if which is None or which >= len(kept) else list(kept)[which]
        try:
            key = await store.write(partial(_place, performers=performers, own=own, span=span))
        except SlotTaken:
            assert any(_overlap(span, other) for key, other in kept.items() if key != own)
        else:
            assert not any(_overlap(span, other) for key, other in kept.items() if key != own)
            kept[key] = span

    await store.close()


def _two_free_performers(tx: Tx) -> list[int]:
    tx.run(delete(tables.occupancy))
    found = [row.id for row in tx.all(select(tables.performer.c.id))]
    return found or add_performers(tx, 2)


def _place(tx: Tx, performers: list[int], own: int | None, span: Span) -> int:
    performer, start, length = performers[span[0]], NOON + span[1] * HOUR, span[2] * HOUR
    if own is None:
        return occupy(tx, performer, start, length)

    tx.run(MOVE, which=own, performer_id=performer, start=start, end=start + length)
    return own


def _overlap(one: Span, other: Span) -> bool:
    return one[0] == other[0] and one[1] < other[1] + other[2] and other[1] < one[1] + one[2]


async def test_history_is_only_ever_added_to(store: Store) -> None:
    """F7: nobody rewrites what happened, not even a mistake in Rebook."""
    booking = await store.write(add_booking)
    await store.write(lambda tx: add_history(tx, booking.id))

    with pytest.raises(LawBroken, match="append-only"):
        await store.write(lambda tx: tx.run(update(tables.history), what="nothing"))

    with pytest.raises(LawBroken, match="append-only"):
        await store.write(lambda tx: tx.run(delete(tables.history)))

    with pytest.raises(LawBroken):
        await store.write(lambda tx: tx.run(delete(tables.booking)))


async def test_a_group_session_never_has_more_guests_than_seats(store: Store) -> None:
    """V4: the last seat goes to one of those who ask at once."""
    (performer,) = await store.write(add_performers)
    session = await store.write(lambda tx: occupy(tx, performer, NOON, seats=3, taken=0))
    take = prepare(update(tables.occupancy).values(taken=tables.occupancy.c.taken + 1))

    answers = await asyncio.gather(*(store.write(lambda tx: tx.run(take)) for _ in range(8)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [int] * 3 + [SeatsGone] * 5
    assert session == 1
