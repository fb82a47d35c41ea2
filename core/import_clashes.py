"""Which of the bookings about to be imported cannot stand beside each other or beside those already there. Reads only.

The overlap law of the database would refuse them too, but one at a time and without saying which.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from core.import_fields import show
from core.occupancy import LONGEST, Span
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from core.store.engine import Row, Tx

_o, _b = t.occupancy.c, t.booking.c
_instant = _o.start.type
_STANDING = prepare(
    select(_o.id, _o.start, _o.end, _o.service_id, _o.visit_start, _o.seats, _o.taken, _b.ref)
    .select_from(t.occupancy.join(t.booking, _b.occupancy_id == _o.id))
    .where(
        _o.performer_id == bindparam("performer_id"),
        _o.kind != "hold",
        _o.start > bindparam("since", type_=_instant),
        _o.start < bindparam("before", type_=_instant),
    )
    .order_by(_o.start, _b.id)
)

Session = tuple[int, datetime]
"""A group session of one performer: service and start of the visit (SPEC V4)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A booking of the file that needs a place: `index` and `key` as in the file. `session` for group services."""

    index: int
    key: str
    span: Span
    session: Session | None
    seats: int | None


@dataclass(frozen=True, slots=True)
class _Place:
    start: datetime
    end: datetime
    session: Session | None
    label: str
    index: int | None  # in the file; None for what is in the database


def find_clashes(tx: Tx, arrivals: Iterable[Arrival]) -> list[str]:
    """Return one sentence for each arrival that has no place, its path in the file first; holds are not in the way."""
    by_performer: dict[int, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        by_performer[arrival.span.performer_id].append(arrival)

    found: list[tuple[int, str]] = []
    for performer_id, theirs in by_performer.items():
        standing = _load_standing(tx, performer_id, theirs)
        found.extend(_overlaps(standing, theirs))
        found.extend(_overfull(standing, theirs))

    return [f"bookings[{index}].start: {message}" for index, message in sorted(found)]


def _load_standing(tx: Tx, performer_id: int, arrivals: Sequence[Arrival]) -> list[Row]:
    since = min(one.span.start for one in arrivals) - LONGEST
    before = max(one.span.end for one in arrivals)
    rows = tx.all(_STANDING, performer_id=performer_id, since=since, before=before)
    return list({row.id: row for row in reversed(rows)}.values())  # of a session its first booking


def _overlaps(standing: Iterable[Row], arrivals: Iterable[Arrival]) -> Iterator[tuple[int, str]]:
    """Yield the later in the file of every two that overlap, in one pass over all by start."""
    places = [_Place(row.start, row.end, _session_of(row), f"the booking {row.ref}", None) for row in standing]
    places += [
        _Place(one.span.start, one.span.end, one.session, f"bookings[{one.index}] ({show(one.key)})", one.index)
        for one in arrivals
    ]
    longest: _Place | None = None
    for place in sorted(places, key=lambda one: one.start):
        is_clash = longest is not None and place.start < longest.end
        if longest is not None and is_clash and (place.session is None or place.session != longest.session):
            ours, other = (place, longest) if _rank(place) > _rank(longest) else (longest, place)
            if ours.index is not None:
                yield ours.index, f"overlaps {other.label}, buffers included"

        if longest is None or place.end > longest.end:
            longest = place


def _overfull(standing: Iterable[Row], arrivals: Iterable[Arrival]) -> Iterator[tuple[int, str]]:
    taken = Counter({session: row.taken for row in standing if (session := _session_of(row)) is not None})
    for arrival in arrivals:
        if arrival.session is None:
            continue

        taken[arrival.session] += 1
        if arrival.seats is not None and taken[arrival.session] > arrival.seats:
            yield arrival.index, f"the session has {arrival.seats} seats, and all of them are taken"


def _session_of(row: Row) -> Session | None:
    return None if row.visit_start is None else (row.service_id, row.visit_start)


def _rank(place: _Place) -> int:
    return -1 if place.index is None else place.index
