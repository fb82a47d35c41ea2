"""A message as every door hands it over, and the memory of what was heard: once each, not too much (SPEC R8, L3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, func, insert, select

from core.bookings import Act, Changed, write_history
from core.model import Channel, Dossier
from core.reply import Part, Reply
from core.store import tables as t
from core.store.engine import Tx, prepare
from core.tokens import mask_tokens
from core.understand.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.store.engine import Row

Sender = Literal["guest", "speaker", "stranger"]
"""Who wrote: the guest, someone whom the guest allowed to speak for the booking, anybody else (SPEC R7)."""

HEARD_AN_HOUR = 20
"""So many messages an hour about one booking are answered; then one kind word, and only the manage link helps (L3)."""

STRANGERS_A_DAY = 3
"""So often a day a guest is asked about what someone else wrote (R7a)."""

LONGEST_WORDS = 4_000
"""Characters of a message that are kept and passed on."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message about a booking, from any door.

    `delivery` is the same for a redelivery of the same message (SPEC R8). `arrived` and `written` are aware UTC: when
    it reached us, and when the guest says it was written (SPEC R9a). `answers` is the id of the message of ours that it
    replies to, if that is known. `message_id` is the guest's own, for threading. `sender_address` is shown to staff;
    `is_plausible` says that the message may well be from there: its sender was not found to be forged.
    """

    channel: Channel
    delivery: str
    booking_id: int
    text: str
    arrived: datetime
    sender: Sender = "guest"
    sender_address: str = ""
    is_plausible: bool = False
    written: datetime | None = None
    answers: int | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a message: what it was read as, what was changed, what was said. `repeated`: it was heard before."""

    reading: Reading | None
    changed: Changed | None = None
    reply: Reply | None = None
    repeated: bool = False


_h = t.heard.c
_FIND_HEARD = prepare(select(_h.id).where(_h.channel == bindparam("channel"), _h.delivery == bindparam("delivery")))
_COUNT_HEARD = prepare(
    select(func.count().label("messages"))
    .select_from(t.heard)
    .where(
        _h.booking_id == bindparam("booking_id"),
        _h.sender == bindparam("sender"),
        _h.at > bindparam("since", type_=_h.at.type),
    )
)
_WRITE_HEARD = prepare(insert(t.heard))
_HEARD_OF = prepare(
    select(t.heard)
    .where(_h.booking_id == bindparam("booking_id"))
    .order_by(_h.at.desc(), _h.id.desc())
    .limit(bindparam("most"))
)


def was_heard(tx: Tx, incoming: Incoming) -> bool:
    """Return whether this very message was heard before (SPEC R8)."""
    return tx.first(_FIND_HEARD, channel=incoming.channel, delivery=incoming.delivery) is not None


def is_too_much(tx: Tx, incoming: Incoming, now: datetime) -> bool:
    """Return whether so much was written about this booking lately that no more is acted on (SPEC L3, R7a)."""
    most, span = (
        (HEARD_AN_HOUR, timedelta(hours=1)) if incoming.sender != "stranger" else (STRANGERS_A_DAY, timedelta(days=1))
    )
    row = tx.first(_COUNT_HEARD, booking_id=incoming.booking_id, sender=incoming.sender, since=now - span)
    return row is not None and row.messages >= most


def heard_about(tx: Tx, booking_id: int, *, most: int) -> Sequence[Row]:
    """Return what was heard about a booking by any channel, the newest first."""
    return tx.all(_HEARD_OF, booking_id=booking_id, most=most)


def record(tx: Tx, dossier: Dossier, incoming: Incoming, intent: str, act: Act, *, limited: bool = False) -> int:
    """Remember a message, its words without tokens, and return the id of that memory (SPEC F7, R8)."""
    heard_id = tx.insert(
        _WRITE_HEARD,
        channel=incoming.channel,
        delivery=incoming.delivery,
        booking_id=dossier.booking.id,
        at=act.now,
        sender=incoming.sender,
        words=_masked(incoming.text),
        intent=intent,
    )
    what = "stranger_wrote" if incoming.sender == "stranger" else "wrote"
    data = {"intent": intent} | ({"limited": True} if limited else {})
    write_history(tx, dossier.booking.id, what, act, data=data)
    return heard_id


def words_of(incoming: Incoming) -> Part:
    """Return what was written, as the team reads it: without tokens, not too long (SPEC T5)."""
    return Part("team.words", {"words": _masked(incoming.text)})


def _masked(text: str) -> str:
    return mask_tokens(text)[:LONGEST_WORDS]
