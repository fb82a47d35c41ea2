"""A booking that is made: its row, token, place, history and messages in one transaction (SPEC F4, V1, M1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from core.announce import announce_booking, announce_new, plan_reminders
from core.availability import why_not_new
from core.bookings import write_history
from core.model import Booking, Dossier, Guest, Payment, Status
from core.occupancy import clear_holds, occupied_span, take
from core.policy import can_book
from core.refusal import Refusal
from core.store import tables as t
from core.store.engine import prepare
from core.tokens import RANDOM_BYTES, calendar_key, make_ref, make_token, read_token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.bookings import Act
    from core.model import Business, Performer, Service
    from core.store.engine import Tx

REF_TRIES = 8
RANDOM_EACH = RANDOM_BYTES + 4 * REF_TRIES
"""Random bytes that one new booking needs: its token's, and as many references as are tried."""

_b = t.booking.c
_HAS_REF = prepare(select(_b.id).where(_b.ref == bindparam("ref")))
_INSERT = prepare(insert(t.booking))
_SEATED = prepare(update(t.booking).where(_b.id == bindparam("of_id")).values(occupancy_id=bindparam("occupancy_id")))


@dataclass(frozen=True, slots=True)
class NewBooking:
    """What is to be booked; `start` is aware UTC. `key` is the import file's, None where it is made by hand."""

    service: Service
    performer_id: int
    start: datetime
    guest: Guest
    performer_chosen: bool = False
    key: str | None = None
    status: Status = Status.CONFIRMED
    payment: Payment = Payment.NONE
    payment_url: str | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking that was made, and its token. `guest_told` is False where mail is off (SPEC F5)."""

    dossier: Dossier
    token: str
    guest_told: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Whose book a booking is written in: the business and its performers by id; *keys* sign tokens."""

    business: Business
    performers: dict[int, Performer]
    keys: Sequence[str]


def book(tx: Tx, new: NewBooking, where: Where, act: Act, *, random: bytes) -> Booked | Refusal:
    """Make a booking for a guest who asked staff for it; tell the guest, the team and the performer (SPEC F4, M1).

    Staff are bound by what is open and free, not by notice, horizon and grid (SPEC F2). *random* holds `RANDOM_EACH`
    bytes.
    """
    refusal = can_book(act.actor, new.service, new.performer_id) or why_not_new(
        tx, where.business, new.service, where.performers[new.performer_id], new.start, act.now
    )
    if refusal is not None:
        return refusal

    made = write_booking(tx, new, where, act, random=random)
    told = announce_booking(tx, made.dossier, act.now)
    announce_new(tx, made.dossier, channel=act.channel, now=act.now)
    return replace(made, guest_told=told)


def write_booking(tx: Tx, new: NewBooking, where: Where, act: Act, *, random: bytes, past_holds: bool = True) -> Booked:
    """Write the booking with its token, place, first line of history and reminders; nobody is told.

    What another guest could still undo yields to it; *past_holds* False spares the look where nothing is held.

    Raises:
        SlotTaken: its place is not free.
    """
    token = make_token(random[:RANDOM_BYTES], where.keys)
    booking = _insert(tx, new, where, token, _free_ref(tx, random[RANDOM_BYTES:]))
    if booking.status is not Status.CANCELLED:
        booking = _seat(tx, booking, new.service, act.now, past_holds=past_holds)

    write_history(tx, booking.id, "booked", act, after=booking)
    dossier = Dossier(booking, where.business, new.service, where.performers)
    if booking.is_open and booking.start > act.now:
        plan_reminders(tx, dossier, act.now)

    return Booked(dossier, token)


def guest_values(guest: Guest) -> dict[str, str]:
    """Return the columns of the booking's row that hold its guest."""
    return {
        "guest_name": guest.name,
        "guest_email": guest.email,
        "guest_locale": guest.locale,
        "guest_zone": guest.zone.key,
    }


def _insert(tx: Tx, new: NewBooking, where: Where, token: str, ref: str) -> Booking:
    random_part = read_token(token, where.keys) or ""
    booking = Booking(
        id=0,
        business_id=where.business.id,
        key=new.key,
        ref=ref,
        service_id=new.service.id,
        performer_id=new.performer_id,
        performer_chosen=new.performer_chosen,
        start=new.start,
        end=new.start + timedelta(minutes=new.service.minutes),
        status=new.status,
        payment=new.payment,
        payment_url=new.payment_url,
        guest=new.guest,
        token_random=random_part,
        version=1,
        sequence=0,
        moves=0,
        calendar_key=calendar_key(random_part, where.keys),
    )
    booking_id = tx.insert(
        _INSERT,
        **{name: getattr(booking, name) for name in _KEPT_AS_THEY_ARE},
        status=booking.status.value,
        payment=booking.payment.value,
        **guest_values(booking.guest),
        calendar_key=booking.calendar_key,
    )
    return replace(booking, id=booking_id)


def _seat(tx: Tx, booking: Booking, service: Service, now: datetime, *, past_holds: bool) -> Booking:
    """Give the booking its place under the overlap law."""
    span = occupied_span(service, booking.performer_id, booking.start)
    if past_holds:
        clear_holds(tx, booking.id, span, now=now, past_holds=True)

    occupancy_id = take(tx, service, booking.id, span, booking.start)
    tx.run(_SEATED, of_id=booking.id, occupancy_id=occupancy_id)
    return replace(booking, occupancy_id=occupancy_id)


def _free_ref(tx: Tx, random: bytes) -> str:
    for start in range(0, len(random), 4):
        ref = make_ref(int.from_bytes(random[start : start + 4], "big"))
        if tx.first(_HAS_REF, ref=ref) is None:
            return ref

    raise LookupError(f"none of {REF_TRIES} random references is free")


_KEPT_AS_THEY_ARE = (
    *("business_id", "key", "ref", "service_id", "performer_id", "performer_chosen", "start", "end"),
    *("payment_url", "token_random", "version", "sequence", "moves"),
)
