from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from core import bookings as verbs
from core import queries
from core.forget import forget
from core.inbox import store_mail
from core.manage_link import manage_url, reissue_token, token_of
from core.model import GUEST, Guest
from core.outbox import claim, mark_sent
from core.store import tables as t
from core.store.engine import Tx
from core.tokens import read_token
from tests.core.nova import ACT, KEYS, NOW, Shop, booking, nova


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def hear_from_the_guest(shop: Shop, ref: str) -> None:
    """Put into the database what a guest leaves there: words, raw mail read and unread, messages sent and due."""
    dossier = shop.dossier(ref)
    token = token_of(dossier.booking, KEYS)

    def write(tx: Tx) -> None:
        values = {"channel": "mail", "delivery": "<1@guest.example>", "sender": "guest", "intent": "message"}
        tx.insert(insert(t.heard), booking_id=dossier.booking.id, at=NOW, words="I am SECRETLY ill", **values)
        for raw in (b"read SECRET", b"unread SECRET"):
            address = f"REPLY+{token}@reply.example.com"
            store_mail(tx, peer="", mail_from="b1@guest.example", rcpt=address, raw=raw, now=NOW)

        store_mail(tx, peer="", mail_from="x@y", rcpt="reply+another@reply.example.com", raw=b"another's", now=NOW)
        (first, *_) = claim(tx, now=NOW, token="worker", most=1)
        mark_sent(tx, first, now=NOW, words="Dear Guest b1, SECRET")

    shop.do(write)
    shop.do(verbs.cancel, dossier, verbs.Act(GUEST, "web", NOW))


def dump(shop: Shop) -> str:
    """Return every row of the database as text."""
    with closing(sqlite3.connect(shop.path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [list(connection.execute(f"SELECT * FROM {name}")) for name in names]  # noqa: S608 names of our own tables
        return json.dumps(rows, default=lambda value: value.decode())


def test_nothing_of_the_guest_is_left_in_any_table(shop: Shop) -> None:
    """L5: name, address, words, mail, token and calendar key go; the bare history and the other mail stay."""
    (imported,) = shop.load(nova(booking("b1")), notify=True)
    hear_from_the_guest(shop, imported.ref)
    before = shop.dossier(imported.ref).booking
    assert "SECRET" in dump(shop)

    after = shop.do(forget, shop.dossier(imported.ref), ACT)

    left = dump(shop)
    for personal in ("Guest b1", "b1@guest.example", "SECRET", "<1@guest.example>", before.token_random or "?"):
        assert personal not in left
    assert "another's" in left
    assert shop.history(imported.ref) == ["booked", "cancelled", "forgotten"]
    assert after.booking.guest == Guest("", "", "en", shop.business.zone)
    assert (after.booking.start, after.booking.status) == (before.start, before.status)
    assert {state for _, _, state in shop.messages(imported.ref)} == {"sent", "retired"}


def test_nothing_more_leaves_for_a_guest_who_is_forgotten(shop: Shop) -> None:
    """L5: neither what was due, nor what a worker was just sending, brings the address back."""
    (imported,) = shop.load(nova(booking("b1")), notify=True)
    claims = shop.do(claim, now=NOW, token="worker", most=5)
    shop.do(forget, shop.dossier(imported.ref), ACT)

    assert [shop.do(mark_sent, one, now=NOW, words="Dear Guest b1") for one in claims] == [False]
    assert shop.do(claim, now=NOW.replace(month=12), token="worker", most=5) == []
    assert "b1@guest.example" not in dump(shop)


def test_the_old_link_of_a_forgotten_guest_opens_nothing(shop: Shop) -> None:
    """T1, L5: the token is gone, not only hidden."""
    (imported,) = shop.load(nova(booking("b1")))
    random_part = read_token(imported.token or "", KEYS)
    shop.do(forget, shop.dossier(imported.ref), ACT)

    assert shop.do(queries.find_by_token, random_part) is None
    assert token_of(shop.dossier(imported.ref).booking, KEYS) is None


def test_forgetting_twice_says_it_once(shop: Shop) -> None:
    (imported,) = shop.load(nova(booking("b1")))
    first = shop.do(forget, shop.dossier(imported.ref), ACT)
    second = shop.do(forget, shop.dossier(imported.ref), ACT)

    assert second == first
    assert shop.history(imported.ref) == ["booked", "forgotten"]


def test_a_reissued_token_leaves_the_old_one_nothing(shop: Shop) -> None:
    """T1: staff revoke a link; the booking has a new one, the calendar's address stays."""
    (imported,) = shop.load(nova(booking("b1")))
    old = shop.dossier(imported.ref).booking
    calendar_key = shop.do(_calendar_key, old.id)
    token = shop.do(reissue_token, old, ACT, random=b"sixteen new ones", keys=KEYS)

    assert token != imported.token
    assert shop.do(queries.find_by_token, old.token_random) is None
    assert shop.do(queries.find_by_token, read_token(token, KEYS)) == old.id
    assert shop.do(_calendar_key, old.id) == calendar_key
    assert shop.history(imported.ref) == ["booked", "token_reissued"]
    assert manage_url("https://book.example/", "nova", token) == f"https://book.example/b/nova/manage/{token}"


def _calendar_key(tx: Tx, booking_id: int) -> Any:
    row = tx.first(select(t.booking.c.calendar_key).where(t.booking.c.id == booking_id))
    return None if row is None else row.calendar_key
