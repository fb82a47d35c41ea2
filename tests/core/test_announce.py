"""Who is told of a change, in which words, and which reminders are written for the time to come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core import outbox, queries
from core.bookings import cancel, reschedule, resend, undo
from core.model import GUEST, OWNER, Actor, Channel
from core.notices import Notice
from core.owner import change_setting
from core.reply import Part, Reply, from_json
from core.store.engine import Tx
from core.store.tables import service
from tests.core.shop import Shop, at, open_shop
from tests.core.situations import speak
from tests.story.salon import booking

THURSDAY = at("2026-11-26 15:00")
FRIDAY = at("2026-11-27 11:30")
HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        yield Shop(store)
        await store.close()


@pytest.mark.parametrize(
    ("by", "channel", "guest"),
    [
        (GUEST, "mail", []),
        (GUEST, "web", [("moved", "guest", "moved")]),
        (GUEST, "telegram", [("moved", "guest", "moved")]),
        (OWNER, "terminal", [("moved", "guest", "moved_by_team")]),
    ],
)
async def test_a_move_is_told_to_all_sides(shop: Shop, by: Actor, channel: Channel, guest: list[Any]) -> None:
    """G10, M3: a guest who acted by mail hears it in the answer, and in no other mail."""
    await shop.imports(booking())
    ana = await shop.performer("Ana")

    await shop.does(reschedule, FRIDAY, ana, by=by, channel=channel)

    assert await told(shop) == [
        *guest,
        ("moved", "team", "team.moved_by_team" if by is OWNER else "team.moved"),
        ("moved", f"performer:{ana}", "performer.moved"),
    ]


@pytest.mark.parametrize(
    ("by", "channel", "guest"),
    [
        (GUEST, "mail", []),
        (GUEST, "web", [("cancelled", "guest", "cancelled")]),
        (OWNER, "terminal", [("cancelled", "guest", "cancelled_by_team")]),
    ],
)
async def test_a_cancel_is_told_to_all_sides(shop: Shop, by: Actor, channel: Channel, guest: list[Any]) -> None:
    """M3, F5."""
    await shop.imports(booking())

    await shop.does(cancel, by=by, channel=channel)

    assert await told(shop) == [
        *guest,
        ("cancelled", "team", "team.cancelled_by_team" if by is OWNER else "team.cancelled"),
        ("cancelled", f"performer:{await shop.performer('Ana')}", "performer.cancelled"),
    ]


async def test_an_undone_move_is_told_as_one(shop: Shop) -> None:
    """R4, G10: it retires what was not sent of the move (M4)."""
    await shop.imports(booking())
    ana = await shop.performer("Ana")
    await shop.does(reschedule, FRIDAY, ana)

    await shop.does(undo)

    assert await told(shop) == [
        ("moved", "guest", "undone"),
        ("moved", "team", "team.undone"),
        ("moved", f"performer:{ana}", "performer.moved"),
    ]


async def test_a_cancel_taken_back_is_told_as_one(shop: Shop) -> None:
    """R4, S2: nothing moved, so nobody reads of a move."""
    await shop.imports(booking())
    await shop.does(cancel)

    await shop.does(undo)

    assert await told(shop) == [
        ("moved", "guest", "uncancelled"),
        ("moved", "team", "team.uncancelled"),
        ("moved", f"performer:{await shop.performer('Ana')}", "performer.uncancelled"),
    ]


async def test_a_change_of_performer_is_told_to_both(shop: Shop) -> None:
    """M3: the new one of the new time, the previous one of the time they had."""
    await shop.imports(booking())

    await shop.staff_does(reschedule, FRIDAY, await shop.performer("Leo"))

    notices = {one.to_name: one for one in await leaving(shop)}
    assert words(notices["Leo"]) == ["A booking on Friday 27 November, 11:30 is now yours."]
    assert words(notices["Ana"]) == ["The booking on Thursday 26 November, 15:00 is no longer yours."]
    assert (notices["Leo"].booking.start, notices["Ana"].booking.start) == (FRIDAY, THURSDAY)


async def test_a_performer_who_left_the_service_still_hears_of_it(shop: Shop) -> None:
    """M3, M4: and an answer written before names them, not who came after."""
    await shop.imports(booking())
    leo, old = await shop.performer("Leo"), await shop.dossier()
    reply = Reply((Part("kept", {"start": THURSDAY}),))
    write = partial(outbox.queue, dossier=old, key="old", kind="answer", recipient="guest", reply=reply, now=shop.now)
    await shop.store.write(write)

    def ana_leaves(tx: Tx) -> None:
        tx.run(update(service).where(service.c.key == "cut").values(performers=[leo]))

    await shop.staff_does(reschedule, FRIDAY, leo)
    await shop.store.write(ana_leaves)

    found = await leaving(shop)
    assert [one.to_address for one in found if one.audience == "performer"] == ["leo@nova.example", "ana@nova.example"]
    assert next(one.performer.name for one in found if one.audience == "guest") == "Ana"


async def test_with_mail_off_only_the_guests_notices_are_left_out(shop: Shop) -> None:
    """M4, F5: and the verb says so."""
    await shop.imports(booking(), transactional_mail=False)
    ana = await shop.performer("Ana")

    outcome: Any = await shop.staff_does(reschedule, FRIDAY, ana)

    assert not outcome.guest_told
    assert await told(shop) == [
        ("moved", "team", "team.moved_by_team"),
        ("moved", f"performer:{ana}", "performer.moved"),
    ]


async def test_a_resent_confirmation_goes_out_with_mail_off(shop: Shop) -> None:
    """F6: someone asked for it by hand."""
    await shop.imports(booking(), transactional_mail=False)

    outcome: Any = await shop.staff_does(resend)

    assert outcome.guest_told
    assert await told(shop) == [("confirmation", "guest", "confirmed")]


async def test_the_reason_and_the_money_are_told_with_a_cancel(shop: Shop) -> None:
    """M3, R3, P1."""
    await shop.imports(booking(payment="paid"))

    await shop.staff_does(partial(cancel, reason="Ana is ill"))

    guest = next(one for one in await leaving(shop) if one.audience == "guest")
    assert words(guest) == [
        "We are sorry: your booking on Thursday 26 November, 15:00 had to be cancelled.",
        "Reason: Ana is ill",
        "A payment does not come back by itself. For money matters, please ask Studio Nova.",
    ]
    assert guest.reply.invites


async def test_reminders_are_written_for_the_time_to_come_only(shop: Shop) -> None:
    """M2: one that would be due this very second is not to come."""
    await shop.imports(booking(start="2026-11-24T09:00:00+01:00"), reminders_hours=[48, 24, 23, 2])

    assert await shop.reminders() == [at("2026-11-24 07:00")]


async def test_no_reminders_are_written_for_a_visit_that_is_not_meant_to_be(shop: Shop) -> None:
    """M2."""
    await shop.imports(booking(status="cancelled"), booking("max", start="2026-11-27T11:00:00+01:00"))
    await shop.staff_does(cancel, key="max")

    assert await shop.reminders() == []
    assert await shop.reminders("max") == []


async def test_reminders_follow_the_settings_at_once(shop: Shop) -> None:
    """M2, F0: however soon after one another they are changed; every offset once."""
    await shop.imports(booking())

    for hours in ([24, 2], [2], [24, 2]):
        await sets(shop, "reminders_hours", hours)

    assert await shop.reminders() == [THURSDAY - 24 * HOUR, THURSDAY - 2 * HOUR]


async def test_reminders_are_planned_with_mail_off_too(shop: Shop) -> None:
    """M4: whether they leave is what the owner says when they are due."""
    await shop.imports(booking(), transactional_mail=False)

    assert await shop.reminders() == [THURSDAY - 24 * HOUR]


async def sets(shop: Shop, key: str, value: Any) -> None:
    business = (await shop.dossier()).business
    await shop.store.write(partial(change_setting, business=business, key=key, value=value, now=shop.now))


async def told(shop: Shop) -> list[tuple[str, str, str]]:
    """Return (kind, recipient, first phrase) of what is about to leave, but for reminders; all of it has words."""
    rows = await shop.store.read(partial(queries.load_messages, booking_id=await shop.id_of("jo")))
    found = []
    for row in rows:
        parts = from_json(row.payload["reply"]).parts
        assert all(speak(part) for part in parts)
        if row.state == "due" and row.kind != "reminder":
            found.append((row.kind, row.recipient, parts[0].key))

    return found


async def leaving(shop: Shop) -> list[Notice]:
    claims = await shop.store.write(partial(outbox.claim, now=shop.now, token="worker", most=16))
    return [one.notice for one in claims]


def words(notice: Notice) -> list[str]:
    return [speak(part) for part in notice.reply.parts]
