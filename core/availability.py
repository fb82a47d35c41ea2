"""What is free for one booking, from the store's busy spans: for guests on the grid, for staff at any minute."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.occupancy import busy_spans, find_session, occupied_span
from core.refusal import Refusal
from core.slots import Availability

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from core.model import Booking, Business, Dossier, Performer, Service
    from core.store.engine import Row, Tx


def availability_of(tx: Tx, dossier: Dossier, now: datetime) -> Availability:
    """Return what this booking's guest can be offered: their performer first, then whom else they may have (SPEC G8).

    What the booking itself occupies or holds does not block it (SPEC G9).
    """
    return _whole(tx, dossier.business, dossier.service, performers_for_guest(dossier), now, but_for=dossier.booking)


def availability_for(
    tx: Tx, business: Business, service: Service, performers: Iterable[Performer], now: datetime
) -> Availability:
    """Return what a new booking of *service* with one of *performers* can be given (SPEC F4)."""
    return _whole(tx, business, service, performers, now, but_for=None)


def is_free(tx: Tx, dossier: Dossier, start: datetime, performer_id: int, now: datetime) -> bool:
    """Return whether the guest may have this very start: on the grid, open, free, within notice and horizon."""
    return availability_around(tx, dossier, start, performer_id, now, past_holds=False).has(start, performer_id)


def why_not(tx: Tx, dossier: Dossier, start: datetime, performer_id: int, now: datetime) -> Refusal | None:
    """Return what keeps staff from moving the booking to *start*, on the grid or not (SPEC F2, G11), or None.

    A group session that runs then with seats left is joined, not in the way (SPEC V4).
    """
    if dossier.service.group:
        session = find_session(tx, dossier.service, performer_id, start)
        if session is not None and session.id != dossier.booking.occupancy_id:
            return Refusal("busy") if _is_full(session) else None

    nearby = availability_around(tx, dossier, start, performer_id, now, past_holds=True)
    blocker = nearby.why_not(start, performer_id, bound=False)
    return None if blocker is None else Refusal(blocker)


def why_not_new(
    tx: Tx, business: Business, service: Service, performer: Performer, start: datetime, now: datetime
) -> Refusal | None:
    """Return what keeps staff from making a booking at *start*, on the grid or not (SPEC F2, F4), or None."""
    if service.group:
        session = find_session(tx, service, performer.id, start)
        if session is not None:
            return Refusal("busy") if _is_full(session) else None

    busy = _busy_around(tx, service, performer.id, start, now, None, past_holds=True)
    nearby = Availability(now, business, service, ((performer, busy),), only=start)
    blocker = nearby.why_not(start, performer.id, bound=False)
    return None if blocker is None else Refusal(blocker)


def availability_around(
    tx: Tx, dossier: Dossier, start: datetime, performer_id: int, now: datetime, *, past_holds: bool
) -> Availability:
    """Return the availability of one performer with what is busy around *start*: all that this one start depends on.

    Of any other start it knows nothing.
    """
    performer = dossier.performers[performer_id]
    busy = _busy_around(tx, dossier.service, performer_id, start, now, dossier.booking, past_holds=past_holds)
    return Availability(now, dossier.business, dossier.service, ((performer, busy),), only=start)


def performers_for_guest(dossier: Dossier) -> tuple[Performer, ...]:
    """Return whom the guest may have: their own performer first; nobody else if they chose that one (SPEC G8)."""
    own = dossier.performer
    if dossier.booking.performer_chosen:
        return (own,)

    return (own, *(one for one in dossier.offered_by if one.id != own.id))


def _busy_around(
    tx: Tx,
    service: Service,
    performer_id: int,
    start: datetime,
    now: datetime,
    but_for: Booking | None,
    *,
    past_holds: bool,
) -> Sequence[tuple[int, int]]:
    span = occupied_span(service, performer_id, start)
    return busy_spans(
        tx, performer_id, since=span.start, before=span.end, now=now, but_for=but_for, past_holds=past_holds
    )


def _is_full(session: Row) -> bool:
    return session.seats is not None and bool(session.taken >= session.seats)


def _whole(
    tx: Tx,
    business: Business,
    service: Service,
    performers: Iterable[Performer],
    now: datetime,
    *,
    but_for: Booking | None,
) -> Availability:
    """Return the availability of *performers* from now to the horizon, with all that a visit at either end touches."""
    since = now - timedelta(minutes=service.buffer_before)
    until = now + timedelta(days=business.settings.horizon_days, minutes=service.minutes + service.buffer_after)
    calendars = tuple(
        (one, busy_spans(tx, one.id, since=since, before=until, now=now, but_for=but_for, past_holds=False))
        for one in performers
    )
    return Availability(now, business, service, calendars)
