"""What a guest was asked and can still answer: offers and confirmations, bound to the booking's version (SPEC R9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from core.model import Slot
from core.store import tables as t
from core.store.engine import prepare
from core.store.types import from_epoch, to_epoch
from core.turns import Question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.model import Booking, Channel
    from core.store.engine import Row, Tx
    from core.understand.reading import QuestionKind

LIFETIME = timedelta(days=7)
"""A question dies after this long, or when the booking changes (SPEC R9)."""


_q = t.question.c
_INSERT = prepare(insert(t.question))
_BY_ID = prepare(select(t.question).where(_q.id == bindparam("id"), _q.booking_id == bindparam("booking_id")))
_LATEST = prepare(
    select(t.question)
    .where(
        _q.booking_id == bindparam("booking_id"), _q.channel == bindparam("channel"), _q.of_stranger == bindparam("no")
    )
    .order_by(_q.id.desc())
    .limit(1)
)
_CLOSE = prepare(update(t.question).where(_q.id == bindparam("of_id")).values(closed=bindparam("closed")))


def ask(
    tx: Tx,
    booking: Booking,
    kind: QuestionKind,
    options: Sequence[Slot],
    *,
    channel: Channel,
    now: datetime,
    of_stranger: bool = False,
) -> int:
    """Write a question about the booking as it is now and return its id."""
    return tx.insert(
        _INSERT,
        booking_id=booking.id,
        version=booking.version,
        kind=kind,
        options=[[to_epoch(slot.start), to_epoch(slot.end), slot.performer_id] for slot in options],
        channel=channel,
        asked=now,
        expires=now + LIFETIME,
        of_stranger=of_stranger,
    )


def find_question(tx: Tx, booking: Booking, question_id: int, now: datetime) -> Question | None:
    """Return this question if it is one about this booking."""
    row = tx.first(_BY_ID, id=question_id, booking_id=booking.id)
    return None if row is None else _read(row, booking, now)


def latest_question(tx: Tx, booking: Booking, channel: Channel, now: datetime) -> Question | None:
    """Return the question last asked in this channel; never one that a stranger's message caused (SPEC R7a)."""
    row = tx.first(_LATEST, booking_id=booking.id, channel=channel, no=False)
    return None if row is None else _read(row, booking, now)


def close(tx: Tx, question_id: int, now: datetime) -> None:
    """Close a question that was answered: another answer to it is asked again, never done."""
    tx.run(_CLOSE, of_id=question_id, closed=now)


def _read(row: Row, booking: Booking, now: datetime) -> Question:
    options = tuple(Slot(from_epoch(start), from_epoch(end), performer_id) for start, end, performer_id in row.options)
    is_alive = row.closed is None and row.version == booking.version and row.expires > now
    return Question(row.id, row.kind, options, is_alive)
