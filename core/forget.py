"""Forgetting a guest: their personal data goes, the bare history stays (SPEC L5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, literal, or_, select, update

from core.bookings import write_history
from core.model import Guest
from core.queries import load_dossier
from core.reply import Reply, to_json
from core.speakers import forget_speakers
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from core.bookings import Act
    from core.model import Dossier
    from core.store.engine import Tx

_SAME_IN_EVERY_TOKEN = 25
"""Characters of the random part that begin its tokens too; the 26th already holds bits of the signature."""

_b, _h, _i, _o = t.booking.c, t.heard.c, t.inbox.c, t.outbox.c
_EMPTY_BOOKING = prepare(
    update(t.booking)
    .where(_b.id == bindparam("of_id"))
    .values(
        guest_name="",
        guest_email="",
        guest_locale=bindparam("locale"),
        guest_zone=bindparam("zone"),
        payment_url=None,
        token_random=None,
        calendar_key=None,
        version=_b.version + 1,
    )
)
_ERASE_HEARD = prepare(
    update(t.heard)
    .where(_h.booking_id == bindparam("of_booking"))
    # What a redelivery is known by is made of the guest's Message-ID.
    .values(words="", delivery=literal("forgotten:").concat(_h.id))
)
_DELETE_RAW = prepare(
    delete(t.inbox).where(
        or_(_i.booking_id == bindparam("booking_id"), func.lower(_i.rcpt).contains(bindparam("begins_token")))
    )
)
_DELETE_RAW_READ = prepare(delete(t.inbox).where(_i.booking_id == bindparam("booking_id")))
_MESSAGES = prepare(select(_o.id, _o.payload).where(_o.booking_id == bindparam("booking_id")))
_RETIRE = prepare(
    update(t.outbox).where(_o.booking_id == bindparam("of_booking"), _o.state == "due").values(state="retired")
)
_SCRUB = prepare(
    update(t.outbox)
    .where(_o.id == bindparam("of_id"))
    # Without its lease nobody can mark it as sent any more, and write the address again.
    .values(payload=bindparam("payload"), sent_to=None, words=None, error=None, lease_until=None, lease_token=None)
)
_FORGET_UNDO = prepare(delete(t.undo).where(t.undo.c.booking_id == bindparam("booking_id")))
_FREE_HOLDS = prepare(
    delete(t.occupancy).where(t.occupancy.c.booking_id == bindparam("booking_id"), t.occupancy.c.kind == "hold")
)


def forget(tx: Tx, dossier: Dossier, act: Act) -> Dossier:
    """Remove who the guest was and return what is left: the visit with its history, and its place in the calendar.

    Name and address, every word the guest wrote, the raw mail, what was said to them and about them, the manage token
    and the calendar key go; nothing more is sent. Forgetting twice does no harm and writes no second line of history.
    """
    booking, business = dossier.booking, dossier.business
    is_first = booking.guest != Guest("", "", business.locale, business.zone) or booking.token_random is not None
    _delete_raw(tx, booking.id, booking.token_random)
    tx.run(_ERASE_HEARD, of_booking=booking.id)
    _scrub_messages(tx, booking.id)
    forget_speakers(tx, booking.id)
    tx.run(_FORGET_UNDO, booking_id=booking.id)
    tx.run(_FREE_HOLDS, booking_id=booking.id)
    if is_first:
        tx.run(_EMPTY_BOOKING, of_id=booking.id, locale=business.locale, zone=business.zone.key)
        write_history(tx, booking.id, "forgotten", act)

    return load_dossier(tx, booking.id) or dossier


def _delete_raw(tx: Tx, booking_id: int, token_random: str | None) -> None:
    """Delete the mail that was heard for the booking, and what came to its address but was not read yet."""
    if token_random is None:
        tx.run(_DELETE_RAW_READ, booking_id=booking_id)
    else:
        tx.run(_DELETE_RAW, booking_id=booking_id, begins_token=token_random[:_SAME_IN_EVERY_TOKEN])


def _scrub_messages(tx: Tx, booking_id: int) -> None:
    tx.run(_RETIRE, of_booking=booking_id)
    for row in tx.all(_MESSAGES, booking_id=booking_id):
        payload = {**row.payload, "reply": to_json(Reply(())), "answers": None}
        tx.run(_SCRUB, of_id=row.id, payload=payload)
