"""What goes wrong with a guest's message is said to them by mail once a day for each kind of trouble, and no oftener.

Only here are such mails written: whatever makes a thousand of them, in one booking or many, fills nobody's mailbox.
What is merely not understood is no trouble: a person reads it, and the guest hears so each time (SPEC R5).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, func, select

from core.announce import GUEST
from core.outbox import queue
from core.reply import Reply
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from core.model import Dossier
    from core.reply import Part
    from core.store.engine import Tx

Trouble = Literal["broken", "rate_limited", "encrypted", "winmail"]
"""Something of ours failed; too many messages; words that are locked away from us in one way or another."""

ONCE_IN = timedelta(days=1)

_TOLD = prepare(
    select(t.outbox.c.id)
    .join(t.booking, t.booking.c.id == t.outbox.c.booking_id)
    .where(
        # A range, so that the index of the keys is used.
        t.outbox.c.key >= bindparam("first_key"),
        t.outbox.c.key < bindparam("end_key"),
        t.outbox.c.created > bindparam("since", type_=t.outbox.c.created.type),
        func.lower(t.booking.c.guest_email) == func.lower(bindparam("address")),
    )
    .limit(1)
)


def tell_trouble(
    tx: Tx, dossier: Dossier, trouble: Trouble, said: Part, now: datetime, *, answers: str | None = None
) -> bool:
    """Say *said* to the guest on file, unless they heard of such *trouble* within the day; return whether it is said.

    *answers* is the id of the guest's message. Never quotes it: it may be someone else's (SPEC R7).
    """
    booking = dossier.booking
    prefix = f"trouble:{trouble}:"
    within = {"first_key": prefix, "end_key": f"{prefix[:-1]};", "since": now - ONCE_IN}
    if tx.first(_TOLD, **within, address=booking.guest.email) is not None:
        return False

    key = f"{prefix}{booking.id}:{int(now.timestamp())}"
    reply = Reply((said,))
    return (
        queue(tx, dossier, key=key, kind="answer", recipient=GUEST, reply=reply, now=now, answers=answers) is not None
    )
