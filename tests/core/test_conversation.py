"""Hearing a guest, where no mail is needed to see it: once each, not too much, as of when it was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from core import queries
from core.bookings import Act
from core.conversation import hear, hear_broken, pass_on
from core.incoming import HEARD_AN_HOUR, LONGEST_WORDS, STRANGERS_A_DAY, Heard, Incoming
from core.model import SYSTEM
from core.reply import Reply, from_json
from core.store.engine import Row
from core.tokens import make_token
from tests.core.shop import KEYS, Shop, at, open_shop
from tests.core.situations import said
from tests.story.salon import booking

MINUTE = timedelta(minutes=1)
LATE = datetime(2026, 11, 23, 22, 58, tzinfo=UTC)  # 23:58 in Warsaw
NUMBERS = count()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with open_shop(tmp_path) as store:
        shop = Shop(store)
        await shop.imports(booking(), booking("max", start="2026-11-30T11:00:00+01:00"), reminders_hours=[])
        yield shop
        await store.close()


async def test_the_same_message_twice_acts_once_and_answers_once(shop: Shop) -> None:
    """R8: known by its channel and delivery."""
    first = await hears(shop, "Friday at 11:30, please", delivery="<1@guest.example>")
    again = await hears(shop, "Friday at 11:30, please", delivery="<1@guest.example>")

    assert first.changed is not None
    assert again == Heard(None, repeated=True)
    assert (await shop.dossier()).booking.moves == 1
    assert [one for one in await shop.messages() if one[0] == "answer"] == [("answer", "guest")]


async def test_the_same_delivery_in_another_channel_is_another_message(shop: Shop) -> None:
    """R8: each channel counts its own."""
    await hears(shop, "What should I bring?", delivery="42", channel="telegram")
    other = await hears(shop, "What should I bring?", delivery="42", channel="slack")

    assert not other.repeated


async def test_a_booking_that_is_gone_is_heard_by_nobody(shop: Shop) -> None:
    assert await hear(shop.store, incoming("cancel", booking_id=99, shop=shop), shop.now) is None


async def test_an_answer_elsewhere_than_by_mail_goes_back_the_way_it_came(shop: Shop) -> None:
    """R9: one conversation; the door that heard it says the reply, no mail is written."""
    heard = await hears(shop, "Can I come on Friday?", channel="telegram")

    assert said(heard.reply)[:1] == ["offer_free"]
    assert await shop.messages() == []


async def test_who_writes_too_much_is_told_and_nothing_is_done(shop: Shop) -> None:
    """L3: twenty messages an hour; the words are kept, the team sees the first that was not acted on."""
    for _ in range(HEARD_AN_HOUR):
        await hears(shop, "thanks!")

    limited = [await hears(shop, "cancel") for _ in range(3)]

    assert [said(heard.reply) for heard in limited] == [["rate_limited"], [], []]
    assert [(kind, to) for kind, to in await shop.messages()] == [("answer", "guest"), ("message", "team")]
    assert (await shop.history())[-3:] == ["wrote"] * 3
    load = partial(queries.load_history, booking_id=await shop.id_of("jo"))
    assert (await shop.store.read(load))[-1].data == {"intent": "message", "limited": True}


async def test_an_hour_later_the_guest_is_heard_again(shop: Shop) -> None:
    """L3."""
    for _ in range(HEARD_AN_HOUR):
        await hears(shop, "thanks!")

    shop.now += 60 * MINUTE
    heard = await hears(shop, "Friday at 11:30, please")

    assert heard.changed is not None


async def test_one_guests_flood_is_not_anothers(shop: Shop) -> None:
    """L3, L1."""
    for _ in range(HEARD_AN_HOUR + 1):
        await hears(shop, "thanks!")

    assert (await hears(shop, "Tomorrow at 10:00, please", key="max")).changed is not None


async def test_strangers_make_the_guest_be_asked_three_times_a_day(shop: Shop) -> None:
    """R7a, L3: then their words are only kept; the guest's own limit is not touched by it."""
    for _ in range(STRANGERS_A_DAY + 2):
        await hears(shop, "Please cancel my booking", sender="stranger", sender_address="eve@elsewhere.example")

    messages = await shop.messages()
    assert messages.count(("stranger", "guest")) == STRANGERS_A_DAY
    assert messages.count(("stranger", "team")) == STRANGERS_A_DAY
    assert (await hears(shop, "Friday at 11:30, please")).changed is not None


async def test_a_message_that_must_not_act_reaches_the_team_once(shop: Shop) -> None:
    """R5, R8: a forward, say; without tokens (T5), not too long."""
    token = make_token(bytes(16), KEYS)
    message = incoming(f"Look: reply+{token}@x.example " + "a" * 9999, booking_id=await shop.id_of("jo"), shop=shop)

    for _ in range(2):
        await shop.store.write(partial(pass_on, incoming=message, now=shop.now))

    (row,) = await rows(shop)
    reply = from_json(row.payload["reply"])
    words = str(reply.parts[1].values["words"])
    assert (row.kind, row.recipient, said(reply)) == ("message", "team", ["team.message", "team.words"])
    assert token not in words
    assert len(words) <= LONGEST_WORDS
    assert await shop.history() == ["booked", "wrote"]


@pytest.mark.parametrize(("sender", "most"), [("guest", HEARD_AN_HOUR), ("stranger", STRANGERS_A_DAY)])
async def test_a_flood_of_what_must_not_act_does_not_flood_the_team(shop: Shop, sender: str, most: int) -> None:
    """L3, L1: beyond the limits it is only kept."""
    booking_id = await shop.id_of("jo")
    for _ in range(most + 2):
        message = incoming("A picture", booking_id=booking_id, shop=shop, sender=sender)
        await shop.store.write(partial(pass_on, incoming=message, now=shop.now))

    assert len(await rows(shop)) == most
    assert len(await shop.history()) == 1 + most + 2


async def test_what_a_stranger_forwards_is_told_as_theirs(shop: Shop) -> None:
    """R7."""
    message = incoming("Hello", booking_id=await shop.id_of("jo"), shop=shop, sender="stranger")
    await shop.store.write(partial(pass_on, incoming=message, now=shop.now))

    assert said(await only_reply(shop)) == ["team.stranger", "team.words"]
    assert await shop.history() == ["booked", "stranger_wrote"]


async def test_what_broke_something_of_ours_is_told_to_guest_and_team(shop: Shop) -> None:
    """L1: with the same code to ask for; a second worker that fails at it says nothing more."""
    act = Act(SYSTEM, "mail", shop.now)
    for _ in range(2):
        await shop.store.write(partial(hear_broken, booking_id=await shop.id_of("jo"), error_id="E-1", act=act))

    replies = [(row.recipient, from_json(row.payload["reply"])) for row in await rows(shop)]
    assert [(recipient, said(reply)) for recipient, reply in replies] == [
        ("guest", ["broken"]),
        ("team", ["team.message", "broken"]),
    ]
    assert {reply.parts[-1].values["error_id"] for _, reply in replies} == {"E-1"}


async def test_a_broken_message_about_no_booking_is_told_to_nobody(shop: Shop) -> None:
    await shop.store.write(partial(hear_broken, booking_id=99, error_id="E-1", act=Act(SYSTEM, "mail", shop.now)))

    assert await rows(shop) == []


async def test_tomorrow_written_before_midnight_and_read_after_it_is_asked(shop: Shop) -> None:
    """R9a: both days are offered, none is taken."""
    shop.now = LATE + 4 * MINUTE

    heard = await hears(shop, "Can we do tomorrow at 11:30?", written=LATE)

    assert heard.changed is None
    assert heard.reply is not None
    starts = {choice.slot.start for choice in heard.reply.choices if choice.slot is not None}
    assert {at("2026-11-24 11:30"), at("2026-11-25 11:30")} <= starts


@pytest.mark.parametrize(
    ("words", "ago", "why"),
    [
        ("Friday at 11:30, please", timedelta(hours=11), "a weekday means the same on both days"),
        ("Tomorrow at 11:30, please", timedelta(hours=9), "it was written on the day it arrived"),
        ("Tomorrow at 11:30, please", timedelta(days=-1), "a clock that is ahead of ours tells nothing"),
        ("Tomorrow at 11:30, please", timedelta(days=91), "a clock that is a season off tells nothing"),
    ],
)
async def test_otherwise_words_are_read_as_of_their_arrival(shop: Shop, words: str, ago: timedelta, why: str) -> None:
    """R9a."""
    heard = await hears(shop, words, written=shop.now - ago)

    assert heard.changed is not None, why


async def hears(shop: Shop, text: str, *, key: str = "jo", **given: Any) -> Heard:
    """Let the guest of *key* write *text* and return what came of it."""
    message = incoming(text, booking_id=await shop.id_of(key), shop=shop, **given)
    heard = await hear(shop.store, message, shop.now)
    assert heard is not None
    return heard


def incoming(text: str, *, booking_id: int, shop: Shop, **given: Any) -> Incoming:
    """Return a message that arrives now by mail, a new one each time."""
    message: dict[str, Any] = {"channel": "mail", "delivery": f"{next(NUMBERS)}", "arrived": shop.now} | given
    return Incoming(booking_id=booking_id, text=text, **message)


async def rows(shop: Shop) -> list[Row]:
    return await shop.store.read(partial(queries.load_messages, booking_id=await shop.id_of("jo")))


async def only_reply(shop: Shop) -> Reply:
    (row,) = await rows(shop)
    return from_json(row.payload["reply"])
