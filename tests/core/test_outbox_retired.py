"""Messages that must not leave any more: something newer is true, or nobody is there to read them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from core import outbox, queries
from core.bookings import Act, cancel, reschedule
from core.forget import forget
from core.model import OWNER
from core.notices import Kind
from core.owner import change_setting
from core.reply import Part, Reply
from core.store.engine import Tx
from tests.core.outgoing import all_sent, claimed, failed, queued, sent
from tests.core.shop import Shop, at, open_shop
from tests.story.salon import booking

FRIDAY = at("2026-11-27 11:30")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        shop = Shop(store)
        await shop.imports(booking(), reminders_hours=[])
        yield shop
        await store.close()


async def test_a_newer_notice_retires_the_older_ones_of_that_reader(shop: Shop) -> None:
    """M4: but never an answer to what a guest wrote, a reminder, or what somebody else is told."""
    kinds: tuple[Kind, ...] = ("answer", "confirmation", "reminder", "moved", "cancelled", "message", "blocked")
    for kind in kinds:
        due = FRIDAY if kind == "reminder" else None
        await queued(shop, f"old {kind}", kind=kind, due=due)

    await queued(shop, "of the team", kind="moved", recipient="team")
    await queued(shop, "new", kind="moved")

    assert await shop.messages(state="retired") == [
        ("confirmation", "guest"),
        ("moved", "guest"),
        ("cancelled", "guest"),
    ]


async def test_a_notice_that_is_being_sent_is_not_retired(shop: Shop) -> None:
    """M4: it may have left already."""
    await queued(shop, "old", kind="moved")
    claim = (await claimed(shop))[0]

    await queued(shop, "new", kind="moved")

    assert await shop.messages(state="retired") == []
    assert await sent(shop, claim)


async def test_a_moved_bookings_old_reminder_is_never_sent(shop: Shop) -> None:
    """M2: neither a cancelled one's; checked once more when it is about to leave."""
    await shop.imports(booking(), booking("max", start="2026-11-27T11:00:00+01:00"))
    for key in ("jo", "max"):
        await queued(shop, f"stale {key}", key_of=key, kind="reminder", due=shop.now + SECOND)

    await shop.staff_does(reschedule, at("2026-12-01 09:00"), await shop.performer("Ana"))
    await shop.staff_does(cancel, key="max")
    shop.now += SECOND
    kinds = [one.notice.kind for one in await claimed(shop)]

    assert "reminder" not in kinds
    assert ("reminder", "guest") in await shop.messages(state="retired")
    assert ("reminder", "guest") in await shop.messages("max", state="retired")


async def test_a_reminder_of_another_version_is_retired_when_it_is_about_to_leave(shop: Shop) -> None:
    """M2: whatever way the booking changed."""
    old = await shop.dossier()
    await shop.staff_does(reschedule, FRIDAY, await shop.performer("Ana"))
    write = partial(outbox.queue, dossier=old, key="old", kind="reminder", recipient="guest", now=shop.now)
    await shop.store.write(partial(write, reply=Reply((Part("kept"),)), due=shop.now))

    assert "reminder" not in await all_sent(shop)
    assert ("reminder", "guest") in await shop.messages(state="retired")


async def test_reminders_are_muted_by_what_the_owner_says_when_they_are_due(shop: Shop) -> None:
    """M4, F0."""
    await queued(shop, "reminder", kind="reminder", due=shop.now + SECOND)
    await queued(shop, "answer")
    business = (await shop.dossier()).business
    await shop.store.write(
        partial(change_setting, business=business, key="transactional_mail", value=False, now=shop.now)
    )
    shop.now += SECOND

    assert await all_sent(shop) == ["answer"]
    assert await shop.messages(state="retired") == [("reminder", "guest")]


async def test_a_reminder_that_was_retired_while_it_was_being_sent_is_not_tried_again(shop: Shop) -> None:
    """M2."""
    await queued(shop, "reminder", kind="reminder", due=shop.now)
    claim = (await claimed(shop))[0]
    await shop.store.write(partial(outbox.retire_reminders, booking_id=await shop.id_of("jo")))

    await failed(shop, claim)

    assert await shop.messages(state="retired") == [("reminder", "guest")]


async def test_a_forgotten_guest_hears_nothing_more(shop: Shop) -> None:
    """L5: also what a worker was about to send cannot write the address down again."""
    await queued(shop, "a")
    await queued(shop, "b", kind="reminder", due=FRIDAY)
    claim = (await claimed(shop))[0]
    await shop.store.write(partial(_forget, booking_id=await shop.id_of("jo"), now=shop.now))

    assert not await sent(shop, claim)
    assert await shop.messages(state="retired") == [("answer", "guest"), ("reminder", "guest")]
    assert await claimed(shop) == []


def _forget(tx: Tx, booking_id: int, now: datetime) -> None:
    dossier = queries.load_dossier(tx, booking_id)
    assert dossier is not None
    forget(tx, dossier, Act(OWNER, "terminal", now))
