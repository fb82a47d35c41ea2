"""What is asked of the store: bookings with all that belongs to them, and lists. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Text, bindparam, select, type_coerce

from core.model import Booking, Business, Dossier, Guest, Payment, Performer, Role, Service, Staff, Status
from core.opening import read_hours
from core.settings import read_settings
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from datetime import datetime

    from core.model import Hours, Settings
    from core.store.engine import Row, Tx


_BOOKING = prepare(select(t.booking).where(t.booking.c.id == bindparam("id")))
_BY_TOKEN = prepare(select(t.booking.c.id).where(t.booking.c.token_random == bindparam("token_random")))
_BY_CALENDAR_KEY = prepare(select(t.booking.c.id).where(t.booking.c.calendar_key == bindparam("calendar_key")))
_BY_REF = prepare(select(t.booking.c.id, t.booking.c.business_id).where(t.booking.c.ref == bindparam("ref")))
_business_columns = [
    # As text, which is read once for all bookings of the business.
    type_coerce(column, Text).label(column.name) if column is t.business.c.settings else column
    for column in t.business.c
]
_BUSINESS = prepare(select(*_business_columns).where(t.business.c.id == bindparam("id")))
_BUSINESSES = prepare(select(*_business_columns).order_by(t.business.c.id))
_SERVICE = prepare(select(t.service).where(t.service.c.id == bindparam("id")))
_SERVICES = prepare(
    select(t.service).where(t.service.c.business_id == bindparam("business_id")).order_by(t.service.c.id)
)
_PERFORMERS = prepare(
    select(t.performer).where(t.performer.c.business_id == bindparam("business_id")).order_by(t.performer.c.id)
)
_STAFF = prepare(select(t.staff).where(t.staff.c.business_id == bindparam("business_id")).order_by(t.staff.c.id))
_HISTORY = prepare(select(t.history).where(t.history.c.booking_id == bindparam("booking_id")).order_by(t.history.c.id))
_MESSAGES = prepare(select(t.outbox).where(t.outbox.c.booking_id == bindparam("booking_id")).order_by(t.outbox.c.id))


def load_dossier(tx: Tx, booking_id: int) -> Dossier | None:
    """Return the booking with this id and all that belongs to it, or None."""
    row = tx.first(_BOOKING, id=booking_id)
    if row is None:
        return None

    booking = read_booking(row)
    return dossier_of(tx, booking, load_business(tx, booking.business_id))


def dossier_of(tx: Tx, booking: Booking, business: Business) -> Dossier:
    """Return *booking* with what belongs to it."""
    service = _read_service(_one(tx.first(_SERVICE, id=booking.service_id)))
    wanted = {*service.performers, booking.performer_id}
    rows = tx.all(_PERFORMERS, business_id=booking.business_id)
    found = {row.id: _read_performer(row) for row in rows if row.id in wanted}
    return Dossier(booking, business, service, found)


def find_by_token(tx: Tx, token_random: str) -> int | None:
    """Return the id of the booking whose manage token has this secret part; None for one revoked or never given."""
    row = tx.first(_BY_TOKEN, token_random=token_random)
    return None if row is None else int(row.id)


def find_by_calendar_key(tx: Tx, calendar_key: str) -> int | None:
    """Return the id of the booking whose invitations carry this key."""
    row = tx.first(_BY_CALENDAR_KEY, calendar_key=calendar_key)
    return None if row is None else int(row.id)


def find_by_ref(tx: Tx, ref: str, business_id: int) -> int | None:
    """Return the id of the business's booking with this reference (canonical form)."""
    row = tx.first(_BY_REF, ref=ref)
    return None if row is None or row.business_id != business_id else int(row.id)


def load_business(tx: Tx, business_id: int) -> Business:
    """Return the business with this id, its settings as they are at this moment (SPEC G7: live)."""
    return _read_business(_one(tx.first(_BUSINESS, id=business_id)))


def load_businesses(tx: Tx) -> tuple[Business, ...]:
    """Return every business of this installation."""
    return tuple(_read_business(row) for row in tx.all(_BUSINESSES))


def load_performers(tx: Tx, business_id: int) -> tuple[Performer, ...]:
    """Return the performers of a business in the order they were first imported."""
    return tuple(_read_performer(row) for row in tx.all(_PERFORMERS, business_id=business_id))


def load_services(tx: Tx, business_id: int) -> tuple[Service, ...]:
    """Return the services of a business in the order they were first imported."""
    return tuple(_read_service(row) for row in tx.all(_SERVICES, business_id=business_id))


def load_staff(tx: Tx, business_id: int) -> tuple[Staff, ...]:
    """Return the team of a business."""
    return tuple(
        Staff(row.id, row.key, row.name, row.email, Role(row.role), row.performer_id, row.slack, row.telegram)
        for row in tx.all(_STAFF, business_id=business_id)
    )


def load_history(tx: Tx, booking_id: int) -> list[Row]:
    """Return everything that happened to a booking, oldest first (SPEC F7)."""
    return tx.all(_HISTORY, booking_id=booking_id)


def load_messages(tx: Tx, booking_id: int) -> list[Row]:
    """Return every message written for a booking, oldest first, with whether it left (SPEC F7)."""
    return tx.all(_MESSAGES, booking_id=booking_id)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which bookings a list shows: `upcoming` are open and have not ended, `past` have ended and were not cancelled."""

    which: str = "upcoming"  # upcoming | past | cancelled | all
    performer_id: int | None = None
    text: str = ""


def list_bookings(tx: Tx, business_id: int, chosen: Filter, now: datetime) -> list[Booking]:
    """Return the bookings of a business that *chosen* asks for: upcoming ones soonest first, others latest first."""
    b = t.booking.c
    query = select(t.booking).where(b.business_id == business_id)
    match chosen.which:
        case "upcoming":
            query = query.where(b.status.in_([Status.PENDING.value, Status.CONFIRMED.value]), b.end > now)
        case "past":
            query = query.where(b.status != Status.CANCELLED.value, b.end <= now)
        case "cancelled":
            query = query.where(b.status == Status.CANCELLED.value)

    if chosen.performer_id is not None:
        query = query.where(b.performer_id == chosen.performer_id)

    if chosen.text:
        columns = (b.ref, b.guest_name, b.guest_email)
        likeness = [column.icontains(chosen.text, autoescape=True) for column in columns]
        query = query.where(likeness[0] | likeness[1] | likeness[2])

    query = query.order_by(b.start) if chosen.which == "upcoming" else query.order_by(b.start.desc())
    return [read_booking(row) for row in tx.all(query)]


def read_booking(row: Row) -> Booking:
    """Return the booking that a row of its table holds."""
    return Booking(
        id=row.id,
        business_id=row.business_id,
        key=row.key,
        ref=row.ref,
        service_id=row.service_id,
        performer_id=row.performer_id,
        performer_chosen=row.performer_chosen,
        start=row.start,
        end=row.end,
        status=Status(row.status),
        payment=Payment(row.payment),
        payment_url=row.payment_url,
        guest=Guest(row.guest_name, row.guest_email, row.guest_locale, ZoneInfo(row.guest_zone)),
        token_random=row.token_random,
        version=row.version,
        sequence=row.sequence,
        moves=row.moves,
        occupancy_id=row.occupancy_id,
        calendar_key=row.calendar_key,
    )


def _read_business(row: Row) -> Business:
    return Business(
        id=row.id,
        slug=row.slug,
        name=row.name,
        zone=ZoneInfo(row.zone),
        locale=row.locale,
        email=row.email,
        phone=row.phone,
        address=row.address,
        settings=_read_settings(row.settings),
    )


@lru_cache(maxsize=4096)  # by all that the row holds: twenty are read with every booking
def _read_performer(row: Row) -> Performer:
    return Performer(row.id, row.key, row.name, row.email, _read_hours(row.hours))


def _read_service(row: Row) -> Service:
    return Service(
        id=row.id,
        key=row.key,
        name=row.name,
        minutes=row.minutes,
        buffer_before=row.buffer_before,
        buffer_after=row.buffer_after,
        performers=tuple(row.performers),
        location=row.location,
        online=row.online,
        group=row.is_group,
        seats=row.seats,
    )


@lru_cache(maxsize=512)
def _read_settings(text: str) -> Settings:
    return read_settings(json.loads(text))


@lru_cache(maxsize=512)
def _read_hours(text: str) -> Hours:
    return read_hours(json.loads(text))


def _one(row: Row | None) -> Row:
    if row is None:
        message = "a row that another row names is gone"
        raise LookupError(message)

    return row
