"""A domain that puts mail off rests, the longer the more often; one mailbox's trouble is its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mailin.out.resting import MOST_KNOWN, Resting

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def put_off(resting: Resting, times: int, now: datetime = NOW) -> None:
    for number in range(times):
        resting.deferred(f"jo{number}@Slow.example", now)


def test_two_mailboxes_that_are_put_off_hold_up_nobody() -> None:
    """Greylisting is between one sender and one mailbox."""
    resting = Resting()
    put_off(resting, 2)

    assert resting.until("kim@slow.example", NOW) is None


def test_a_domain_that_puts_off_three_in_a_row_rests() -> None:
    resting = Resting()
    put_off(resting, 3)

    assert resting.until("kim@slow.example", NOW) == NOW + MINUTE
    assert resting.until("kim@other.example", NOW) is None
    assert resting.until("kim@slow.example", NOW + MINUTE) is None


def test_what_is_taken_in_between_ends_the_row() -> None:
    resting = Resting()
    put_off(resting, 2)
    resting.taken("jo@slow.example")
    put_off(resting, 2)

    assert resting.until("kim@slow.example", NOW) is None


def test_each_try_after_a_rest_makes_the_next_longer() -> None:
    resting, now, rests = Resting(), NOW, []
    put_off(resting, 2)
    for _ in range(7):
        put_off(resting, 1, now)
        end = resting.until("kim@slow.example", now)
        assert end is not None
        rests.append((end - now) // MINUTE)
        now = end

    assert rests == [1, 2, 4, 8, 16, 16, 16]


def test_what_was_under_way_when_the_rest_began_does_not_lengthen_it() -> None:
    resting = Resting()
    put_off(resting, 9)

    assert resting.until("kim@slow.example", NOW) == NOW + MINUTE


def test_strangers_cannot_fill_the_memory() -> None:
    """L1."""
    resting = Resting()
    for number in range(MOST_KNOWN + 50):
        for _ in range(3):
            resting.deferred(f"jo@domain{number}.example", NOW)

    assert resting.until("jo@domain0.example", NOW) is None
    assert resting.until(f"jo@domain{MOST_KNOWN + 49}.example", NOW) is not None
