"""Mail as it came in: stored before it is acknowledged (SPEC L2), read later, kept for a while (SPEC L5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.store.engine import Row, Tx

TRIES = 5
"""A mail that broke its reader this often is set aside, and a person is told."""

_i = t.inbox.c
_INSERT = prepare(insert(t.inbox))
_NEW = prepare(
    select(t.inbox).where(_i.state == "new", _i.id > bindparam("after")).order_by(_i.id).limit(bindparam("most"))
)
_NEWEST = prepare(select(func.max(_i.id).label("id")))
_SENT_TO = prepare(select(t.inbox).where(_i.id > bindparam("after"), _i.rcpt == bindparam("rcpt")).limit(1))
_DONE = prepare(
    update(t.inbox)
    .where(_i.id == bindparam("of_id"))
    .values(state="done", kind=bindparam("kind"), booking_id=bindparam("booking_id"), error=None)
)
_BROKE = prepare(
    update(t.inbox)
    .where(_i.id == bindparam("of_id"))
    .values(state=bindparam("state"), attempts=bindparam("attempts"), error=bindparam("error"))
)
_FORGET_OLD = prepare(
    delete(t.inbox).where(_i.received < bindparam("before", type_=_i.received.type), _i.state != "new")
)


def store_mail(tx: Tx, *, peer: str, mail_from: str, rcpt: str, raw: bytes, now: datetime) -> int:
    """Keep one mail for one recipient, to be read by the worker; return its id."""
    return tx.insert(_INSERT, received=now, peer=peer, mail_from=mail_from, rcpt=rcpt, raw=raw, state="new", attempts=0)


def unread_mail(tx: Tx, *, after: int, most: int) -> Sequence[Row]:
    """Return up to *most* mails not read yet, in the order they came, beyond the id *after*."""
    return tx.all(_NEW, after=after, most=most)


def newest_mail(tx: Tx) -> int:
    """Return the id of the mail that came last, 0 if none has."""
    row = tx.first(_NEWEST)
    return 0 if row is None or row.id is None else int(row.id)


def mail_to(tx: Tx, rcpt: str, *, after: int) -> Row | None:
    """Return the first mail to *rcpt* beyond the id *after*."""
    return tx.first(_SENT_TO, after=after, rcpt=rcpt)


def mark_read(tx: Tx, mail_id: int, *, kind: str, booking_id: int | None) -> None:
    """Record that a mail was read to the end, and as what."""
    tx.run(_DONE, of_id=mail_id, kind=kind, booking_id=booking_id)


def mark_broken(tx: Tx, mail: Row, error: str) -> bool:
    """Record that reading a mail broke; return whether that was the last try."""
    attempts = mail.attempts + 1
    is_last = attempts >= TRIES
    tx.run(_BROKE, of_id=mail.id, state="failed" if is_last else "new", attempts=attempts, error=error[:500])
    return bool(is_last)


def forget_old_mail(tx: Tx, before: datetime) -> int:
    """Delete mail that came before *before* and was read; return how many (SPEC L5)."""
    return tx.run(_FORGET_OLD, before=before)
