"""Many bookings at once with their history and messages, in a handful of queries. Reads only."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from core.model import Dossier
from core.queries import list_bookings, load_performers, load_services
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from core.model import Business
    from core.queries import Filter
    from core.store.engine import Row, Tx

_h, _o, _b = t.history.c, t.outbox.c, t.booking.c
_HISTORIES = prepare(
    select(_h.booking_id, _h.at, _h.actor, _h.actor_name, _h.channel, _h.what, _h.from_start, _h.to_start)
    .select_from(t.history.join(t.booking))
    .where(_b.business_id == bindparam("business_id"))
    .order_by(_h.id)
)
_MESSAGES = prepare(
    select(_o.booking_id, _o.sent, _o.due, _o.kind, _o.recipient, _o.sent_to, _o.channel, _o.state)
    .where(_o.business_id == bindparam("business_id"))
    .order_by(_o.id)
)


def load_listing(tx: Tx, business: Business, chosen: Filter, now: datetime) -> list[Dossier]:
    """Return the bookings that *chosen* asks for with what belongs to them, in the order of `list_bookings`."""
    services = {one.id: one for one in load_services(tx, business.id)}
    performers = {one.id: one for one in load_performers(tx, business.id)}
    return [
        Dossier(booking, business, services[booking.service_id], performers)
        for booking in list_bookings(tx, business.id, chosen, now)
    ]


def load_histories(tx: Tx, business: Business) -> Mapping[int, Sequence[Row]]:
    """Return the history of every booking of *business* by the booking's id, oldest line first."""
    return _by_booking(tx.all(_HISTORIES, business_id=business.id))


def load_all_messages(tx: Tx, business: Business) -> Mapping[int, Sequence[Row]]:
    """Return the messages of every booking of *business* by the booking's id, oldest first."""
    return _by_booking(tx.all(_MESSAGES, business_id=business.id))


def _by_booking(rows: Iterable[Row]) -> Mapping[int, Sequence[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.booking_id].append(row)

    return found
