"""How far a mailbox that others keep for us was read: kept beside what was read of it (SPEC R8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from core.store.engine import Tx

_m = t.mailbox.c
_FIND = prepare(select(t.mailbox).where(_m.name == bindparam("of_name")))
_INSERT = prepare(insert(t.mailbox))
_UPDATE = prepare(
    update(t.mailbox)
    .where(_m.name == bindparam("of_name"))
    .values(
        validity=bindparam("validity"),
        last_uid=bindparam("last_uid"),
        unmarked_uid=bindparam("unmarked_uid"),
        looked=bindparam("looked"),
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a folder was read, in IMAP's terms (RFC 3501, 2.3.1.1).

    `last_uid` is the last message that was looked at under this `validity`, at `looked`. `unmarked_uid` is the one that
    was stored as ours last: a crash may have kept it from being marked so in the folder.
    """

    validity: int
    last_uid: int
    looked: datetime
    unmarked_uid: int | None = None


def find_place(tx: Tx, name: str) -> Place | None:
    """Return how far the folder *name* was read; None where it never was."""
    row = tx.first(_FIND, of_name=name)
    return None if row is None else Place(row.validity, row.last_uid, row.looked, row.unmarked_uid)


def keep_place(tx: Tx, name: str, place: Place) -> None:
    """Record how far the folder *name* was read."""
    values = {
        "validity": place.validity,
        "last_uid": place.last_uid,
        "unmarked_uid": place.unmarked_uid,
        "looked": place.looked,
    }
    if not tx.run(_UPDATE, of_name=name, **values):
        tx.insert(_INSERT, name=name, **values)


def settle(tx: Tx, name: str, place: Place) -> None:
    """Record *place* unless another process has got further."""
    reached = find_place(tx, name)
    if reached is not None and reached.validity == place.validity and reached.last_uid <= place.last_uid:
        keep_place(tx, name, place)


def advance(tx: Tx, name: str, place: Place) -> bool:
    """Record that *place* was reached, unless another process was there first; return whether it was not."""
    reached = find_place(tx, name)
    if reached is None or reached.validity != place.validity or reached.last_uid >= place.last_uid:
        return False

    keep_place(tx, name, place)
    return True
