"""Messages about to leave: one worker each, in order, tried again, as they were when they were written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from core import outbox
from core.bookings import Act, mark_bounced, reschedule
from core.model import SYSTEM
from core.outbox import LEASE, RETRIES
from tests.core.outgoing import claimed, failed, queued, row, sent, to_and_words
from tests.core.shop import Shop, at, open_shop
from tests.story.salon import booking

THURSDAY = at("2026-11-26 15:00")
FRIDAY = at("2026-11-27 11:30")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        shop = Shop(store)
        await shop.imports(booking(), reminders_hours=[])
        yield shop
        await store.close()


async def test_a_key_is_written_once(shop: Shop) -> None:
    """R8: the same message twice is one message."""
    assert await queued(shop, "a") is not None
    assert await queued(shop, "a") is None
    assert await shop.messages() == [("answer", "guest")]


async def test_two_workers_never_have_the_same_message(shop: Shop) -> None:
    """M4."""
    await queued(shop, "a", recipient="guest")
    await queued(shop, "b", recipient="team")

    first = await claimed(shop, "one", most=1)
    second = await claimed(shop, "two")
    third = await claimed(shop, "three")

    assert [len(first), len(second), len(third)] == [1, 1, 0]
    assert first[0].id != second[0].id


async def test_messages_to_one_reader_leave_in_order(shop: Shop) -> None:
    """M4: one at a time, whatever else goes to others."""
    await queued(shop, "a")
    await queued(shop, "b")
    await queued(shop, "c", recipient="team")

    first = await claimed(shop)
    await sent(shop, first[0])
    second = await claimed(shop)

    assert [to_and_words(one) for one in first] == [("guest", "a"), ("team", "c")]
    assert [to_and_words(one) for one in second] == [("guest", "b")]


async def test_a_message_that_waits_for_its_next_try_holds_back_the_later_ones(shop: Shop) -> None:
    """M4: in order also then."""
    await queued(shop, "a")
    await queued(shop, "b")
    await failed(shop, (await claimed(shop))[0])

    in_between = await claimed(shop)
    shop.now += RETRIES[0]
    again = await claimed(shop)

    assert in_between == []
    assert [to_and_words(one) for one in again] == [("guest", "a")]


async def test_a_reminder_days_ahead_holds_nothing_back(shop: Shop) -> None:
    """M2, M4."""
    await queued(shop, "later", kind="reminder", due=FRIDAY)
    await queued(shop, "now")

    assert [to_and_words(one) for one in await claimed(shop)] == [("guest", "now")]


async def test_nothing_leaves_before_it_is_due(shop: Shop) -> None:
    """M2."""
    await queued(shop, "later", kind="reminder", due=shop.now + SECOND)

    assert await claimed(shop) == []
    shop.now += SECOND
    assert len(await claimed(shop)) == 1


async def test_a_lease_that_ended_lets_another_worker_have_it(shop: Shop) -> None:
    """M4: sent at least once, whatever happens to a worker; the late one can mark nothing any more."""
    await queued(shop, "a")
    late = (await claimed(shop, "late"))[0]
    shop.now += LEASE - SECOND
    assert await claimed(shop, "other") == []

    shop.now += SECOND
    other = (await claimed(shop, "other"))[0]

    assert other.id == late.id
    assert not await sent(shop, late)
    assert not await failed(shop, late, permanent=True)
    assert (await row(shop)).attempts == 0
    assert await sent(shop, other)
    assert (await row(shop)).state == "sent"


async def test_leases_of_a_worker_that_died_are_given_back_at_the_start(shop: Shop) -> None:
    """M4."""
    await queued(shop, "a")
    await claimed(shop, "dead")

    assert await shop.store.write(outbox.free_leases) == 1
    assert len(await claimed(shop, "new")) == 1


async def test_a_failed_message_is_tried_for_more_than_two_days_then_it_has_failed(shop: Shop) -> None:
    """M4: every wait of the table, then staff see it."""
    await queued(shop, "a")
    begun, lasts, waits = shop.now, [], []
    for _ in range(len(RETRIES) + 1):
        claim = (await claimed(shop))[0]
        lasts.append(await failed(shop, claim))
        waits.append((await row(shop)).due - shop.now)
        shop.now = max(shop.now, (await row(shop)).due)

    assert lasts == [False] * len(RETRIES) + [True]
    assert waits == [*RETRIES, timedelta(0)]
    assert shop.now - begun > timedelta(days=2)
    assert (await row(shop)).state == "failed"
    assert await claimed(shop) == []


async def test_what_can_never_arrive_is_not_tried_again(shop: Shop) -> None:
    """M4."""
    await queued(shop, "a")

    assert await failed(shop, (await claimed(shop))[0], permanent=True)
    assert ((await row(shop)).state, (await row(shop)).error) == ("failed", "no such mailbox")


async def test_what_was_sent_is_kept_as_it_left(shop: Shop) -> None:
    """F7: to which address, in which words, when."""
    await queued(shop, "a")
    await sent(shop, (await claimed(shop))[0])

    left = await row(shop)
    assert (left.state, left.sent, left.sent_to, left.words) == ("sent", shop.now, "jo@guest.example", "as it left")


async def test_an_older_message_tells_of_the_booking_as_it_was(shop: Shop) -> None:
    """M4, M5: a later change does not alter what a message written before it tells."""
    await queued(shop, "before", kind="answer")
    await shop.staff_does(reschedule, FRIDAY, await shop.performer("Leo"))

    notice = next(one.notice for one in await claimed(shop) if one.notice.audience == "guest")

    assert (notice.booking.start, notice.booking.version, notice.booking.sequence) == (THURSDAY, 1, 0)
    assert (notice.performer.name, notice.booking.shown_status) == ("Ana", "Confirmed")


async def test_a_notice_names_the_messages_before_it(shop: Shop) -> None:
    """M5: a thread of its own for each reader."""
    ids = []
    for number in range(5):
        await queued(shop, f"{number}")
        claim = (await claimed(shop))[0]
        ids.append(claim.id)
        await sent(shop, claim)

    assert claim.notice.earlier == tuple(ids[1:4])


async def test_a_message_that_came_back_is_told_to_the_team_once(shop: Shop) -> None:
    """M4, F5."""
    await queued(shop, "a")
    claim = (await claimed(shop))[0]
    await sent(shop, claim)
    bounced = partial(mark_bounced, outbox_id=claim.id, act=Act(SYSTEM, "mail", shop.now))

    assert await shop.store.write(bounced) == await shop.id_of("jo")
    assert await shop.store.write(bounced) is None
    assert await shop.messages(state="failed") == [("answer", "guest")]
    assert await shop.messages() == [("undelivered", "team")]
