"""What the owner changes for all bookings at once: settings, live (SPEC F0), and the reminders they plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select, update

from core.announce import plan_reminders
from core.model import Status
from core.queries import dossier_of, read_booking
from core.settings import read_settings, write_settings
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from datetime import datetime

    from core.model import Business
    from core.store.engine import Tx

_b, _o = t.booking.c, t.occupancy.c
_SAVE_SETTINGS = prepare(
    update(t.business).where(t.business.c.id == bindparam("of_id")).values(settings=bindparam("settings"))
)
_UPCOMING = prepare(
    select(t.booking)
    .where(
        _b.business_id == bindparam("business_id"),
        _b.start > bindparam("now", type_=_b.start.type),
        _b.status.in_([Status.PENDING.value, Status.CONFIRMED.value]),
    )
    .order_by(_b.start)
)
_RESIZE = prepare(
    update(t.occupancy)
    .where(
        _o.service_id == bindparam("of_service"),
        _o.kind == "group",
        or_(bindparam("unlimited"), _o.taken <= bindparam("at_least")),
    )
    .values(seats=bindparam("seats"))
)


def change_setting(tx: Tx, business: Business, key: str, value: Any, now: datetime) -> Business:
    """Give one setting a new value, in the words of the import file; it counts from this moment, for old bookings too.

    The reminders of bookings to come are planned anew when their offsets change (SPEC M2).

    Raises:
        BadSetting: there is no such setting, or it cannot have this value; nothing was changed.
    """
    changed = replace(business, settings=read_settings({key: value}, business.settings))
    tx.run(_SAVE_SETTINGS, of_id=business.id, settings=write_settings(changed.settings))
    if changed.settings.reminders != business.settings.reminders:
        replan_reminders(tx, changed, now)

    return changed


def replan_reminders(tx: Tx, business: Business, now: datetime) -> None:
    """Write the reminders of every booking to come as *business*'s settings now want them."""
    for row in tx.all(_UPCOMING, business_id=business.id, now=now):
        plan_reminders(tx, dossier_of(tx, read_booking(row), business), now)


def resize_sessions(tx: Tx, service_id: int, seats: int | None) -> None:
    """Give the service's group sessions *seats* (None: no limit), but never fewer than are taken (SPEC V4)."""
    tx.run(_RESIZE, of_service=service_id, seats=seats, unlimited=seats is None, at_least=seats or 0)
