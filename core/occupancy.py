"""Who is taken when: the one table under the overlap law, with bookings, group sessions and holds (SPEC V2, V4, R4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, bindparam, delete, func, insert, or_, select, update

from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from core.model import Booking, Service
    from core.store.engine import Row, Tx

LONGEST = timedelta(days=7)
"""No occupancy is longer than this (the importer sees to it), so older starts cannot reach into now."""

_NONE = 0
"""The id of no row; null would be equal to the null of what belongs to no booking."""

_c = t.occupancy.c
_instant = _c.start.type
_earlier = t.occupancy.alias("earlier").c
_asked = func.json_each(bindparam("performer_ids")).table_valued("value").alias("asked")
# Occupancies of one performer never overlap, so of those that start by then only the last can reach into it: the same
# index step as in the overlap law itself.
_reaches_in = (
    select(func.max(_earlier.start))
    .where(_earlier.performer_id == _asked.c.value, _earlier.start <= bindparam("since", type_=_instant))
    .correlate(_asked)
    .scalar_subquery()
)
_spans = (
    select(func.json_group_array(func.json_array(_c.start, _c.end)))
    .where(
        _c.performer_id == _asked.c.value,
        _c.start >= func.coalesce(_reaches_in, bindparam("since", type_=_instant)),
        _c.start < bindparam("before", type_=_instant),
        _c.end > bindparam("since", type_=_instant),
        or_(_c.until.is_(None), _c.until > bindparam("now", type_=_instant)),
        or_(_c.kind != "hold", ~bindparam("past_holds", type_=Boolean)),
        # What a booking holds for itself: its visit, what an undo would give back, a session that nobody shares.
        _c.booking_id.is_distinct_from(bindparam("own_booking")),
        or_(_c.id.is_distinct_from(bindparam("own_occupancy")), _c.taken.is_distinct_from(1)),
    )
    .scalar_subquery()
)
# One statement for a whole team, and one row for each: a page asks for hundreds of spans, and a row for each of those
# costs as much as finding it.
_BUSY = prepare(select(_asked.c.value.label("performer_id"), _spans.label("spans")))
_BY_ID = prepare(select(t.occupancy).where(_c.id == bindparam("id")))
_SESSION = prepare(
    select(t.occupancy).where(
        _c.performer_id == bindparam("performer_id"),
        _c.kind == "group",
        _c.service_id == bindparam("service_id"),
        _c.visit_start == bindparam("visit_start", type_=_instant),
        # Says nothing new, but the index then finds the session without going through all of the performer's time.
        _c.start > bindparam("since", type_=_instant),
        _c.start <= bindparam("before", type_=_instant),
    )
)
_INSERT = prepare(insert(t.occupancy))
_SEAT = prepare(update(t.occupancy).where(_c.id == bindparam("of_id")).values(taken=_c.taken + bindparam("more")))
_DELETE = prepare(delete(t.occupancy).where(_c.id == bindparam("id")))
_CLEAR_EXPIRED = prepare(delete(t.occupancy).where(_c.until <= bindparam("now", type_=_instant)))
_CLEAR_OWN_HOLDS = prepare(delete(t.occupancy).where(_c.booking_id == bindparam("booking_id"), _c.kind == "hold"))
_CLEAR_HOLDS_IN = prepare(
    delete(t.occupancy).where(
        _c.performer_id == bindparam("performer_id"),
        _c.kind == "hold",
        _c.start < bindparam("before", type_=_instant),
        _c.end > bindparam("after", type_=_instant),
    )
)


@dataclass(frozen=True, slots=True)
class Span:
    """A performer's occupied time, buffers included; half-open, aware UTC."""

    performer_id: int
    start: datetime
    end: datetime


def occupied_span(service: Service, performer_id: int, start: datetime) -> Span:
    """Return what a visit of *service* at *start* occupies with the buffers as they are now (SPEC V2)."""
    return Span(
        performer_id,
        start - timedelta(minutes=service.buffer_before),
        start + timedelta(minutes=service.minutes + service.buffer_after),
    )


def busy_spans(
    tx: Tx,
    performer_id: int,
    *,
    since: datetime,
    before: datetime,
    now: datetime,
    but_for: Booking | None,
    past_holds: bool,
) -> Sequence[tuple[int, int]]:
    """Return the performer's occupied spans as sorted epoch seconds, less what *but_for* itself occupies (SPEC G9).

    They are those that reach into [*since*, *before*), whole; no other row is read. Without *but_for* all of them: what
    a new booking finds. *past_holds* looks through holds, as staff may (SPEC R4). A group session that *but_for* shares
    with others counts.
    """
    asked = busy_spans_of(
        tx, (performer_id,), since=since, before=before, now=now, but_for=but_for, past_holds=past_holds
    )
    return asked[performer_id]


def busy_spans_of(
    tx: Tx,
    performer_ids: Iterable[int],
    *,
    since: datetime,
    before: datetime,
    now: datetime,
    but_for: Booking | None,
    past_holds: bool,
) -> dict[int, list[tuple[int, int]]]:
    """Return `busy_spans` of each of these performers."""
    rows = tx.all(
        _BUSY,
        performer_ids=json.dumps([*performer_ids]),
        since=since,
        before=before,
        now=now,
        past_holds=past_holds,
        own_booking=_NONE if but_for is None else but_for.id,
        own_occupancy=_NONE if but_for is None else but_for.occupancy_id,
    )
    # Found by an index in this order mostly, but an aggregate promises none.
    return {row.performer_id: sorted([(begins, ends) for begins, ends in json.loads(row.spans)]) for row in rows}


def find_session(tx: Tx, service: Service, performer_id: int, start: datetime) -> Row | None:
    """Return the group session of *service* with this performer from *start*, if there is one (SPEC V4)."""
    return tx.first(
        _SESSION,
        performer_id=performer_id,
        service_id=service.id,
        visit_start=start,
        since=start - LONGEST,
        before=start,
    )


def is_taken(tx: Tx, service: Service, span: Span, visit_start: datetime, *, now: datetime, but_for: Booking) -> bool:
    """Return whether something else than *but_for* stands in the way of *span*; a session with seats left does not."""
    if service.group:
        session = find_session(tx, service, span.performer_id, visit_start)
        if session is not None and session.id != but_for.occupancy_id:
            return session.seats is not None and session.taken >= session.seats

    busy = busy_spans(
        tx, span.performer_id, since=span.start, before=span.end, now=now, but_for=but_for, past_holds=False
    )
    return bool(busy)


def find_occupancy(tx: Tx, occupancy_id: int | None) -> Row | None:
    """Return the row with this id, if there is one."""
    return None if occupancy_id is None else tx.first(_BY_ID, id=occupancy_id)


def take(tx: Tx, service: Service, booking_id: int, span: Span, visit_start: datetime) -> int:
    """Occupy *span* for a booking and return the occupancy's id; a group session that runs then is joined.

    Raises:
        SlotTaken: something else occupies part of it.
        SeatsGone: the session is full.
    """
    if not service.group:
        return tx.insert(
            _INSERT,
            performer_id=span.performer_id,
            start=span.start,
            end=span.end,
            kind="booking",
            booking_id=booking_id,
        )

    session = find_session(tx, service, span.performer_id, visit_start)
    if session is not None:
        tx.run(_SEAT, of_id=session.id, more=1)
        return int(session.id)

    return tx.insert(
        _INSERT,
        performer_id=span.performer_id,
        start=span.start,
        end=span.end,
        kind="group",
        service_id=service.id,
        visit_start=visit_start,
        seats=service.seats,
        taken=1,
    )


def release(tx: Tx, occupancy: Row) -> bool:
    """Give up a booking's place in *occupancy*; return whether the span is free now (others may still sit in it)."""
    if occupancy.kind == "group" and occupancy.taken > 1:
        tx.run(_SEAT, of_id=occupancy.id, more=-1)
        return False

    tx.run(_DELETE, id=occupancy.id)
    return True


def hold(tx: Tx, booking_id: int, spans: Iterable[Span], until: datetime) -> None:
    """Keep *spans* from other guests until *until*, for an undo of this booking (SPEC R4)."""
    for span in spans:
        tx.insert(
            _INSERT,
            performer_id=span.performer_id,
            start=span.start,
            end=span.end,
            kind="hold",
            booking_id=booking_id,
            until=until,
        )


def clear_holds(tx: Tx, booking_id: int, span: Span | None, *, now: datetime, past_holds: bool) -> None:
    """Delete holds that lapsed, this booking's own, and (for staff, *past_holds*) whichever reach into *span*."""
    tx.run(_CLEAR_EXPIRED, now=now)
    tx.run(_CLEAR_OWN_HOLDS, booking_id=booking_id)
    if past_holds and span is not None:
        tx.run(_CLEAR_HOLDS_IN, performer_id=span.performer_id, before=span.end, after=span.start)


def left_over(old: Span, new: Span | None) -> tuple[Span, ...]:
    """Return the parts of *old* that *new* does not cover: what a hold must keep, for the two must not overlap."""
    if new is None or new.performer_id != old.performer_id or new.end <= old.start or new.start >= old.end:
        return (old,)

    before = Span(old.performer_id, old.start, new.start)
    after = Span(old.performer_id, new.end, old.end)
    return tuple(part for part in (before, after) if part.start < part.end)
