"""Rows that the stories of the store begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from core.store import tables
from core.store.engine import Row, Tx, prepare

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

ADD_OCCUPANCY = prepare(insert(tables.occupancy).values(kind="booking"))
ADD_HISTORY = prepare(insert(tables.history))
ADD_OUTBOX = prepare(insert(tables.outbox))
COUNT_HELD = prepare(select(func.count().label("rows")).select_from(tables.occupancy))
HELD = prepare(
    select(tables.occupancy.c.performer_id, tables.occupancy.c.start, tables.occupancy.c.end).order_by(
        tables.occupancy.c.performer_id, tables.occupancy.c.start
    )
)


def add_business(tx: Tx, slug: str = "salon", **values: Any) -> int:
    """Add a business and return its id."""
    standard = {"name": "Salon", "zone": "Europe/Warsaw", "locale": "pl", "email": "salon@example.com", "settings": {}}
    return tx.insert(insert(tables.business), slug=slug, **{**standard, **values})


def add_performers(tx: Tx, count: int = 1) -> list[int]:
    """Add a business with this many performers and return their ids."""
    owner = add_business(tx)
    names = [f"p{number}" for number in range(count)]
    return [tx.insert(insert(tables.performer), business_id=owner, key=name, name=name, hours="{}") for name in names]


def add_booking(tx: Tx, start: datetime = NOON) -> Row:
    """Add a business, a performer, a service and a booking with its occupancy; return the booking."""
    (performer,) = add_performers(tx)
    service = tx.insert(
        insert(tables.service),
        business_id=1,
        key="cut",
        name="Cut",
        minutes=60,
        buffer_before=0,
        buffer_after=0,
        performers=[performer],
        online=False,
        is_group=False,
    )
    held = occupy(tx, performer, start)
    booking = tx.insert(
        insert(tables.booking),
        business_id=1,
        ref="R1",
        service_id=service,
        performer_id=performer,
        performer_chosen=False,
        start=start,
        end=start + HOUR,
        status="confirmed",
        payment="none",
        guest_name="Anna",
        guest_email="anna@example.com",
        guest_locale="pl",
        guest_zone="Europe/Warsaw",
        occupancy_id=held,
        version=1,
        sequence=0,
        moves=0,
    )
    found = tx.first(select(tables.booking).where(tables.booking.c.id == booking))
    assert found is not None
    return found


def occupy(tx: Tx, performer: int, start: datetime, length: timedelta = HOUR, **values: Any) -> int:
    """Add an occupancy and return its id."""
    return tx.insert(ADD_OCCUPANCY, performer_id=performer, start=start, end=start + length, **values)


def add_history(tx: Tx, booking: int, what: str = "moved") -> int:
    """Add a line of history and return its id."""
    return tx.insert(
        ADD_HISTORY, booking_id=booking, at=NOON, actor="guest", actor_name="Anna", channel="mail", what=what
    )


def count_held(tx: Tx) -> int:
    """Return how many occupancies there are."""
    found = tx.first(COUNT_HELD)
    assert found is not None
    return int(found.rows)


def held(tx: Tx) -> list[tuple[int, datetime, datetime]]:
    """Return every occupancy as performer, start and end, in that order."""
    return [tuple(row) for row in tx.all(HELD)]
