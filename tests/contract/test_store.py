from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from core.store import tables
from core.store.engine import LawBroken, Store, StoreUnavailable, Tx, prepare
from tests.contract.rows import HOUR, NOON, add_booking, add_business, add_performers, count_held, held, occupy

FIND = prepare(select(tables.business).where(tables.business.c.id == bindparam("which")))
SLUGS = prepare(
    select(tables.business.c.slug)
    .where(tables.business.c.slug.in_(bindparam("wanted", expanding=True)), tables.business.c.name == bindparam("name"))
    .order_by(tables.business.c.slug)
)
RENAME = prepare(update(tables.business))


async def test_what_a_job_writes_a_later_read_finds_in_whole_rows(store: Store) -> None:
    made = await store.write(lambda tx: add_business(tx, settings={"ż": [1, None, {"b": 2, "a": "—"}]}))

    found = await store.read(lambda tx: tx.first(FIND, which=made))

    assert found is not None
    assert found._asdict() == {
        "id": made,
        "slug": "salon",
        "name": "Salon",
        "zone": "Europe/Warsaw",
        "locale": "pl",
        "email": "salon@example.com",
        "phone": None,
        "address": None,
        "settings": {"ż": [1, None, {"b": 2, "a": "—"}]},
    }
    assert list(found.settings["ż"][2]) == ["b", "a"]
    assert await store.read(lambda tx: tx.first(FIND, which=made + 1)) is None


async def test_statements_made_on_the_spot_run_like_prepared_ones(store: Store) -> None:
    await store.write(lambda tx: [add_business(tx, slug) for slug in "abc"])

    shop = tables.business
    counted = await store.read(lambda tx: tx.first(select(func.count()).where(shop.c.slug.in_(["a", "c", "x"]))))
    renamed = await store.write(lambda tx: tx.run(update(shop).where(shop.c.slug > "a"), name="Other"))
    names = await store.read(lambda tx: tx.all(select(shop.c.slug, shop.c.name).order_by(shop.c.slug).limit(2)))

    assert counted == (1 + 1,)
    assert renamed == 2
    assert names == [("a", "Salon"), ("b", "Other")]


async def test_a_list_is_a_value_like_any_other(store: Store) -> None:
    await store.write(lambda tx: [add_business(tx, slug) for slug in "abc"])

    def wanted(*slugs: str) -> Callable[[Tx], list[str]]:
        return lambda tx: [row.slug for row in tx.all(SLUGS, wanted=slugs, name="Salon")]

    assert await store.read(wanted("c", "a", "x")) == ["a", "c"]
    assert await store.read(wanted("b")) == ["b"]
    assert await store.read(wanted()) == []


async def test_a_change_tells_how_many_rows_it_touched_and_an_insert_its_id(store: Store) -> None:
    keep_first = insert_or(tables.business).on_conflict_do_nothing()
    values = {"name": "", "zone": "UTC", "locale": "en", "email": "", "settings": {}}

    ids = await store.write(lambda tx: [tx.insert(keep_first, slug=slug, **values) for slug in ("a", "b", "a")])
    touched = await store.write(lambda tx: tx.run(RENAME, name="Other"))
    none = await store.write(lambda tx: tx.run(delete(tables.business).where(tables.business.c.slug == "x")))

    assert ids == [1, 2, 0]
    assert (touched, none) == (2, 0)


@pytest.mark.parametrize("values", [{}, {"which": 1, "whihc": 2}, {"whihc": 2}])
async def test_a_misnamed_value_is_refused(store: Store, values: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="values"):
        await store.read(lambda tx: tx.first(FIND, **values))


async def test_a_naive_time_is_refused_and_nothing_of_its_job_stays(store: Store) -> None:
    def job(tx: Tx) -> None:
        (performer,) = add_performers(tx)
        occupy(tx, performer, NOON.replace(tzinfo=None))

    with pytest.raises(ValueError, match="naive"):
        await store.write(job)

    assert await store.read(lambda tx: tx.all(select(tables.performer.c.id))) == []


async def test_an_instant_comes_back_as_aware_utc_in_whole_seconds(store: Store) -> None:
    local = datetime(2026, 10, 25, 2, 30, 15, 900_000, tzinfo=timezone(timedelta(hours=2)))

    await store.write(lambda tx: occupy(tx, add_performers(tx)[0], local, until=None))

    found = await store.read(lambda tx: tx.first(select(tables.occupancy.c.start, tables.occupancy.c.until)))
    assert found is not None
    assert tuple(found) == (datetime(2026, 10, 25, 0, 30, 15, tzinfo=UTC), None)
    assert found.start.tzinfo is UTC


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.read(add_business)

    assert await store.read(lambda tx: tx.all(select(tables.business))) == []


async def test_a_read_sees_one_state_of_everything_from_beginning_to_end(store: Store, other: Store) -> None:
    (performer,) = await store.write(add_performers)
    loop = asyncio.get_running_loop()

    def count_around_a_write(tx: Tx) -> tuple[int, int]:
        before = count_held(tx)
        asyncio.run_coroutine_threadsafe(other.write(lambda tx: occupy(tx, performer, NOON)), loop).result(10)
        return before, count_held(tx)

    assert await store.read(count_around_a_write) == (0, 0)
    assert await store.read(count_held) == 1


async def test_a_glance_sees_what_was_written_and_gives_back_what_its_function_raises(store: Store) -> None:
    (performer,) = await store.write(add_performers)
    before = await store.glance(count_held)

    await store.write(lambda tx: occupy(tx, performer, NOON))

    assert (before, await store.glance(count_held)) == (0, 1)
    with pytest.raises(ZeroDivisionError):
        await store.glance(lambda tx: count_held(tx) // 0)

    assert await store.glance(count_held) == 1


async def test_a_glance_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.glance(add_business)

    assert await store.glance(lambda tx: tx.all(select(tables.business))) == []


async def test_a_job_that_raises_undoes_only_itself_among_those_committed_with_it(store: Store) -> None:
    (performer,) = await store.write(add_performers)

    def job(number: int) -> Callable[[Tx], int]:
        def run(tx: Tx) -> int:
            occupy(tx, performer, NOON + number * HOUR)
            if number % 3 == 1:
                raise ZeroDivisionError(number)

            return number

        return run

    answers = await asyncio.gather(*(store.write(job(number)) for number in range(12)), return_exceptions=True)

    assert [repr(answer) for answer in answers] == [
        f"ZeroDivisionError({number})" if number % 3 == 1 else repr(number) for number in range(12)
    ]
    kept = [(performer, NOON + number * HOUR, NOON + (number + 1) * HOUR) for number in range(12) if number % 3 != 1]
    assert await store.read(held) == kept


async def test_an_exception_that_no_future_can_carry_still_reaches_its_caller(store: Store) -> None:
    nothing: list[int] = []

    with pytest.raises(RuntimeError, match="StopIteration"):
        await store.write(lambda _: next(iter(nothing)))


async def test_a_mistake_in_a_statement_is_not_mistaken_for_trouble_with_the_database(store: Store) -> None:
    def wrong(tx: Tx) -> int:
        return tx.insert(insert(tables.metadata.tables["business"]), slug="a", name=object(), zone="", locale="")

    with pytest.raises(Exception, match=r"(?i)bind|adapt|type|not supported") as caught:
        await store.write(wrong)

    assert not isinstance(caught.value, StoreUnavailable)


async def test_a_cancelled_waiter_neither_undoes_its_job_nor_holds_up_the_next(store: Store) -> None:
    (performer,) = await store.write(add_performers)
    started, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        started.set()
        assert go_on.wait(10)
        occupy(tx, performer, NOON)

    running = asyncio.create_task(store.write(slow))
    queued = asyncio.create_task(store.write(lambda tx: occupy(tx, performer, NOON + HOUR)))
    patient = asyncio.create_task(store.write(lambda tx: occupy(tx, performer, NOON + 2 * HOUR)))
    await asyncio.to_thread(started.wait, 10)
    running.cancel()
    queued.cancel()
    go_on.set()
    answers = await asyncio.wait_for(asyncio.gather(running, queued, patient, return_exceptions=True), 10)

    assert [type(answer) for answer in answers] == [asyncio.CancelledError, asyncio.CancelledError, int]
    assert await store.read(count_held) == 3


async def test_closing_first_does_what_was_asked_and_then_refuses(opener: Callable[[], Store]) -> None:
    store = opener()
    (performer,) = await store.write(add_performers)
    jobs = [partial(occupy, performer=performer, start=NOON + number * HOUR) for number in range(99)]
    asked = [asyncio.create_task(store.write(job)) for job in jobs]
    await asyncio.sleep(0)

    await store.close()

    assert len(set(await asyncio.gather(*asked))) == 99
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.write(count_held)

    with pytest.raises(StoreUnavailable, match="closed"):
        await store.read(count_held)

    with pytest.raises(StoreUnavailable, match="closed"):
        await store.glance(count_held)

    await store.close()
    reopened = opener()
    assert await reopened.read(count_held) == 99
    await reopened.close()


async def test_what_another_process_commits_is_noticed_and_seen(store: Store, other: Store) -> None:
    before = await store.version()
    unchanged = await store.version()

    await other.write(add_business)

    assert unchanged == before
    assert await store.version() != before
    assert await store.read(lambda tx: tx.all(select(tables.business.c.slug))) == [("salon",)]


async def test_one_store_serves_several_event_loops(store: Store) -> None:
    (performer,) = await store.write(add_performers)

    def in_another_loop(number: int) -> int:
        async def main() -> int:
            await store.write(lambda tx: occupy(tx, performer, NOON + number * HOUR))
            return await store.read(count_held)

        return asyncio.run(main())

    await asyncio.gather(*(asyncio.to_thread(in_another_loop, number) for number in range(4)))

    assert await store.read(count_held) == 4


async def test_a_row_that_refers_to_nothing_is_refused(store: Store) -> None:
    with pytest.raises(LawBroken):
        await store.write(lambda tx: occupy(tx, 77, NOON))


async def test_a_key_used_twice_is_refused(store: Store) -> None:
    await store.write(add_business)

    with pytest.raises(LawBroken, match="slug"):
        await store.write(add_business)


async def test_a_booking_is_read_back_as_it_was_written(store: Store) -> None:
    written = await store.write(add_booking)

    booking = tables.booking
    read = await store.read(lambda tx: tx.first(select(booking).where(booking.c.ref == "R1")))

    assert read == written
    assert (written.start, written.end, written.performer_chosen) == (NOON, NOON + HOUR, False)
