"""Mail that came in: in order, to the end, tried five times, kept until it was read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from core import inbox
from core.inbox import TRIES
from core.store.engine import Row, Store, Tx
from core.store.tables import inbox as table
from tests.core.shop import open_shop
from tests.story.salon import MONDAY

DAY = timedelta(days=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    with open_shop(tmp_path) as store:
        yield store
        await store.close()


async def test_mail_is_kept_as_it_came(store: Store) -> None:
    """L2: every byte of it, and what the envelope said."""
    raw = bytes(range(256)) + b"\r\n.\r\n"
    number = await stored(store, raw)

    mail = (await unread(store))[0]

    assert (mail.id, mail.raw, mail.received) == (number, raw, MONDAY)
    assert (mail.peer, mail.mail_from, mail.rcpt) == ("127.0.0.1", "jo@guest.example", "reply+x@reply.example")
    assert (mail.state, mail.attempts) == ("new", 0)


async def test_mail_is_read_in_the_order_it_came(store: Store) -> None:
    """L1: page by page; one that waits for another try does not keep the later ones back."""
    ids = [await stored(store, b"%d" % number) for number in range(5)]

    first = await unread(store, most=2)
    rest = await unread(store, after=first[-1].id, most=9)

    assert [mail.id for mail in first] == ids[:2]
    assert [mail.id for mail in rest] == ids[2:]


async def test_mail_that_was_read_is_not_read_again(store: Store) -> None:
    """R8."""
    number = await stored(store)
    await store.write(partial(inbox.mark_read, mail_id=number, kind="reply", booking_id=7))

    mail = (await every(store))[0]

    assert await unread(store) == []
    assert (mail.state, mail.kind, mail.booking_id, mail.error) == ("done", "reply", 7, None)


async def test_mail_that_breaks_its_reader_five_times_is_set_aside(store: Store) -> None:
    """L1: it stalls nobody, and a person is told after the last try."""
    await stored(store, b"hostile")
    other = await stored(store, b"harmless")

    lasts = []
    for _ in range(TRIES):
        mail = (await unread(store))[0]
        lasts.append(await store.write(partial(inbox.mark_broken, mail=mail, error="x" * 9999)))

    assert lasts == [False, False, False, False, True]
    assert [mail.id for mail in await unread(store)] == [other]
    broken = (await every(store))[0]
    assert (broken.state, broken.attempts, len(broken.error)) == ("failed", 5, 500)


async def test_mail_that_broke_once_is_read_in_the_end(store: Store) -> None:
    """L1: no trace of the failure is left on it."""
    number = await stored(store)
    await store.write(partial(inbox.mark_broken, mail=(await unread(store))[0], error="a full disk"))
    await store.write(partial(inbox.mark_read, mail_id=number, kind="reply", booking_id=None))

    mail = (await every(store))[0]
    assert (mail.state, mail.error) == ("done", None)


async def test_old_mail_is_forgotten_but_never_what_was_not_read(store: Store) -> None:
    """L5, L1: what lies there unread for weeks is still somebody's message."""
    old, broken, unread_one = [await stored(store, now=MONDAY - DAY) for _ in range(3)]
    new = await stored(store, now=MONDAY)
    for number in (old, new):
        await store.write(partial(inbox.mark_read, mail_id=number, kind="reply", booking_id=None))

    await break_for_good(store, broken)

    assert await store.write(partial(inbox.forget_old_mail, before=MONDAY)) == 2
    assert [mail.id for mail in await every(store)] == [unread_one, new]


async def stored(store: Store, raw: bytes = b"hello", now: datetime = MONDAY) -> int:
    peer, mail_from, rcpt = "127.0.0.1", "jo@guest.example", "reply+x@reply.example"
    return await store.write(partial(inbox.store_mail, peer=peer, mail_from=mail_from, rcpt=rcpt, raw=raw, now=now))


async def unread(store: Store, *, after: int = 0, most: int = 9) -> list[Row]:
    return list(await store.read(partial(inbox.unread_mail, after=after, most=most)))


async def break_for_good(store: Store, number: int) -> None:
    for _ in range(TRIES):
        mail = next(mail for mail in await unread(store) if mail.id == number)
        await store.write(partial(inbox.mark_broken, mail=mail, error="broken"))


async def every(store: Store) -> list[Row]:
    def load(tx: Tx) -> list[Row]:
        return tx.all(select(table).order_by(table.c.id))

    return await store.read(load)
