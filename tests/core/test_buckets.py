"""Token buckets: what anybody gets, and what they keep in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.buckets import AT_ONCE, Buckets, Rate

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
THREE_AT_ONCE = Rate(3, SECOND)


def test_some_at_once_then_one_by_one() -> None:
    """L3: a bucket refills, and never beyond its size."""
    buckets = Buckets(THREE_AT_ONCE)
    at_once = [buckets.take("jo", NOW) for _ in range(5)]
    later = [buckets.take("jo", NOW + 1.5 * SECOND) for _ in range(2)]
    much_later = [buckets.take("jo", NOW + timedelta(days=9)) for _ in range(4)]

    assert at_once == [AT_ONCE, AT_ONCE, AT_ONCE, SECOND, SECOND]
    assert later == [AT_ONCE, 0.5 * SECOND]
    assert much_later == [AT_ONCE, AT_ONCE, AT_ONCE, SECOND]


def test_looking_takes_nothing() -> None:
    buckets = Buckets(THREE_AT_ONCE)

    assert [buckets.wait("jo", NOW) for _ in range(9)] == [AT_ONCE] * 9
    assert len(buckets) == 0


def test_newcomers_to_a_full_table_share_one_bucket() -> None:
    """L3: who is not counted alone is counted together: it fails closed, and memory stays what it is."""
    buckets = Buckets(THREE_AT_ONCE, most=10)
    known = [buckets.take(number, NOW) for number in range(10)]

    strangers = [buckets.take(f"stranger {number}", NOW) for number in range(1000)]

    assert known == [AT_ONCE] * 10
    assert strangers.count(AT_ONCE) == 3
    assert len(buckets) == 11
    assert [buckets.take(0, NOW) for _ in range(3)] == [AT_ONCE, AT_ONCE, SECOND]


def test_what_is_full_again_is_forgotten_the_oldest_first() -> None:
    """L3: a table fills up with those who are busy now, not with those who were."""
    buckets = Buckets(THREE_AT_ONCE, most=2)
    buckets.take("old", NOW)
    buckets.take("newer", NOW + 0.5 * SECOND)

    came = buckets.take("new", NOW + SECOND)

    assert came == AT_ONCE
    assert len(buckets) == 2
    assert [buckets.take("newer", NOW + SECOND) for _ in range(3)] == [AT_ONCE, AT_ONCE, 0.5 * SECOND]


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    buckets = Buckets(THREE_AT_ONCE)
    for _ in range(3):
        buckets.take("jo", NOW)

    before = [buckets.take("jo", NOW - timedelta(days=1)) for _ in range(4)]

    assert before == [AT_ONCE, AT_ONCE, AT_ONCE, SECOND]
    assert buckets.take("jo", NOW - timedelta(days=1) + SECOND) == AT_ONCE
    assert len(buckets) == 1


def test_a_table_of_a_future_that_is_not_keeps_nobody_out() -> None:
    """L3: what was counted before the clock was set back makes room."""
    buckets = Buckets(THREE_AT_ONCE, most=2)
    for client in ("jo", "kim"):
        buckets.take(client, NOW)

    newcomers = [buckets.take(client, NOW - timedelta(days=1)) for client in ("ana", "leo")]

    assert newcomers == [AT_ONCE] * 2
    assert len(buckets) == 2


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3000)), max_size=200),
    st.integers(1, 5),
    st.integers(1, 8),
)
def test_whatever_comes_nobody_gets_more_than_the_rate(comers: list[tuple[int, int]], burst: int, most: int) -> None:
    """L3: in any span, the burst and what was refilled in it; and never more buckets than were allowed."""
    buckets = Buckets(Rate(burst, SECOND), most)
    now = NOW
    taken: dict[int, list[datetime]] = {}
    for client, milliseconds in comers:
        now += timedelta(milliseconds=milliseconds)
        if buckets.take(client, now) == AT_ONCE:
            taken.setdefault(client, []).append(now)

        assert len(buckets) <= most + 1

    for times in taken.values():
        for first, start in enumerate(times):
            for last in range(first, len(times)):
                # Twice the burst: a client may have had turns of the bucket that all newcomers share, and then its own.
                assert last - first + 1 <= 2 * burst + (times[last] - start) / SECOND
