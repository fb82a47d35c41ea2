"""What a guest writes on the page comes before the team once, with what they cannot do alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import asking, bookings, incoming, outbox, queries
from core.asking import ASKED_AN_HOUR, Outcome
from core.bookings import Act
from core.forget import forget
from core.incoming import HEARD_AN_HOUR, Incoming
from core.model import OWNER, Status
from core.notices import Notice
from core.store import tables as t
from core.store.engine import Tx, prepare
from core.tokens import token_for
from tests.core.shop import KEYS, Shop, open_shop
from tests.story.salon import booking

EVERY_WORD = prepare(select(t.heard))


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        yield Shop(store)
        await store.close()


async def asks(shop: Shop, words: str, *, after: str = "0", key: str = "jo") -> Outcome:
    booking_id = await shop.id_of(key)
    return await shop.store.write(partial(asking.ask, booking_id=booking_id, words=words, after=after, now=shop.now))


async def told(shop: Shop) -> list[Notice]:
    """Take what waits for the team, and return it."""
    claims = await shop.store.write(partial(outbox.claim, now=shop.now, token="worker", most=16))
    for claim in claims:
        await shop.store.write(partial(outbox.mark_sent, claim=claim, words="as it left", now=shop.now))

    return [claim.notice for claim in claims if claim.notice.audience == "team"]


def read(notice: Notice) -> tuple[Any, ...]:
    return notice.kind, *((part.key, dict(part.values)) for part in notice.reply.parts)


async def test_a_message_comes_before_the_team_and_stands_in_the_history(shop: Shop) -> None:
    """R5, F7: with the guest's words; the channel is the page."""
    await shop.imports(booking())

    outcome = await asks(shop, "Is there parking?")

    assert outcome == "passed_on"
    assert [read(notice) for notice in await told(shop)] == [
        ("message", ("team.message", {"guest": "Jo"}), ("team.words", {"words": "Is there parking?"}))
    ]
    assert await shop.history() == ["booked", "wrote"]
    rows = await shop.store.read(partial(queries.load_history, booking_id=1))
    assert (rows[-1].channel, rows[-1].data) == ("web", {"intent": "message"})


@pytest.mark.parametrize(
    ("given", "business", "code"),
    [
        ({}, {"guest_reschedule": 100}, "window_closed"),
        ({"payment": "expired"}, {}, "payment_expired"),
        ({"payment": "pending"}, {}, "payment_pending"),
        ({"service": "yoga", "performer": "leo"}, {}, "group_session"),
        ({}, {"guest_reschedule": 0}, "self_service_off"),
        ({}, {"guest_cancel": 0}, "cancel_off"),
        ({}, {"subscription": "blocked"}, "blocked"),
    ],
)
async def test_what_a_guest_is_refused_is_said_to_the_team(
    shop: Shop, given: dict[str, Any], business: dict[str, Any], code: str
) -> None:
    """F8, G2: the guest's message is the card, with the reason that kept them from doing it alone."""
    await shop.imports(booking(**given), **business)

    await asks(shop, "Could you move me to Friday?")

    [notice] = await told(shop)
    assert read(notice)[:2] == ("blocked", ("team.asked", {"guest": "Jo", "code": code}))


async def test_a_visit_that_has_begun_can_still_be_moved_by_the_team(shop: Shop) -> None:
    """F2, F8: "I am late, may I come tomorrow?" is a card."""
    await shop.imports(booking())
    shop.now = (await shop.dossier()).booking.start

    await asks(shop, "I am late, may I come tomorrow?")

    [notice] = await told(shop)
    assert read(notice)[:2] == ("blocked", ("team.asked", {"guest": "Jo", "code": "begun"}))


async def test_after_a_cancel_or_the_visit_it_is_a_plain_message(shop: Shop) -> None:
    """R5: there is nothing left that the team could allow."""
    await shop.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))
    await shop.does(bookings.cancel)
    shop.now = (await shop.dossier("sam")).booking.end
    await shop.staff_does(bookings.set_status, Status.COMPLETED, key="sam")
    await told(shop)

    assert await asks(shop, "Next time!") == "passed_on"
    assert await asks(shop, "I left my umbrella", key="sam") == "passed_on"

    assert [notice.kind for notice in await told(shop)] == ["message", "message"]


async def test_the_same_form_twice_is_one_message(shop: Shop) -> None:
    """R8: a double click, a reload, two tabs; other words, or the same ones written again later, are another."""
    await shop.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))

    outcomes = [await asks(shop, "Hello?"), await asks(shop, "Hello?")]
    more = [
        await asks(shop, "Anybody there?"),
        await asks(shop, "Hello?", after="2"),
        await asks(shop, "Hello?", key="sam"),
    ]

    assert outcomes + more == ["passed_on"] * 5
    assert await shop.history() == ["booked", "wrote", "wrote", "wrote"]
    assert await shop.history("sam") == ["booked", "wrote"]
    assert await shop.store.read(partial(asking.count_asked, booking_id=await shop.id_of("jo"))) == 3


async def test_so_many_an_hour_are_taken(shop: Shop) -> None:
    """L3: beyond that nothing is kept, so that the same words can be sent later; an old form sent again is no more."""
    await shop.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))
    for number in range(ASKED_AN_HOUR):
        assert await asks(shop, f"number {number}") == "passed_on"

    refused = await asks(shop, "one more")
    repeated = await asks(shop, "number 0")
    other = await asks(shop, "I am someone else", key="sam")
    shop.now += timedelta(hours=1)
    later = await asks(shop, "one more")

    assert (refused, repeated, other, later) == ("too_much", "passed_on", "passed_on", "passed_on")
    assert await shop.history() == ["booked", *["wrote"] * (ASKED_AN_HOUR + 1)]


async def test_messages_of_all_channels_count_together(shop: Shop) -> None:
    """L3: who wrote twenty mails this hour is not heard on the page either."""
    await shop.imports(booking())
    dossier = await shop.dossier()

    def by_mail(tx: Tx, number: int) -> None:
        message = Incoming("mail", f"<{number}@guest.example>", dossier.booking.id, "?", arrived=shop.now)
        incoming.record(tx, dossier, message, "other", Act(OWNER, "mail", shop.now))

    for number in range(HEARD_AN_HOUR):
        await shop.store.write(partial(by_mail, number=number))

    assert await asks(shop, "and here") == "too_much"


async def test_a_pasted_token_reaches_nobody(shop: Shop) -> None:
    """T5: neither in what the team reads nor in what is kept."""
    await shop.imports(booking())
    secret = (await shop.dossier()).booking.token_random
    assert secret is not None
    token = token_for(secret, KEYS)

    await asks(shop, f"My link https://book.nova.example/b/nova/manage/{token} does not work: reply+{token}@x.example")

    [notice] = await told(shop)
    [kept] = await shop.store.read(lambda tx: tx.all(EVERY_WORD))
    masked = "My link https://book.nova.example/b/nova/manage/… does not work: reply+…@x.example"
    assert read(notice)[2] == ("team.words", {"words": masked})
    assert kept.words == masked
    assert secret not in kept.delivery


async def test_a_forgotten_guest_is_nobody(shop: Shop) -> None:
    """L5: what comes between the page and the click is not kept."""
    await shop.imports(booking())
    booking_id = await shop.id_of("jo")
    dossier = await shop.dossier()
    await shop.store.write(partial(forget, dossier=dossier, act=Act(OWNER, "terminal", shop.now)))

    forgotten = await shop.store.write(
        partial(asking.ask, booking_id=booking_id, words="Hello?", after="0", now=shop.now)
    )
    unknown = await shop.store.write(partial(asking.ask, booking_id=99, words="Hello?", after="0", now=shop.now))

    assert (forgotten, unknown) == ("gone", "gone")
    assert await told(shop) == []
