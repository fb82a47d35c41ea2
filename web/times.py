"""What is free for a booking, as far as one page shows it: looked up in one transaction. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core import policy, selfservice
from core.free_times import FreeTimes
from core.model import DaySlots, Slot
from core.refusal import Refusal
from core.turns import reading_zone
from web.offers import TIMES_A_DAY, Month, Times

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.selfservice import Standing
    from core.store.engine import Tx
    from web.wish import Wish

SOONEST_DAYS = 4
"""Days with free times in one view of *Soonest*; later ones are a link away."""

SUGGESTIONS = 3
"""Times that are offered to someone who came to cancel."""

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """How the booking stands, and what came of a wish.

    `chosen` is the time that is asked for, to be confirmed if `refusal` is None. `times` are what else can be chosen;
    None where nothing can be, or need not be.
    """

    standing: Standing
    times: Times | None = None
    chosen: Slot | None = None
    refusal: Refusal | None = None

    @property
    def is_present(self) -> bool:
        """Whether the time asked for is the one that the booking has (SPEC G9)."""
        booking = self.standing.dossier.booking
        chosen = self.chosen
        return chosen is not None and (chosen.start, chosen.performer_id) == (booking.start, booking.performer_id)


def see_times(tx: Tx, booking_id: int, now: datetime, wish: Wish, refused: Refusal | None = None) -> Seen | None:
    """Return the standing, with what *wish* comes to now; None if there is no such booking.

    *refused* is what the verbs have just said to the wish: then there is nothing to confirm.
    """
    standing = selfservice.standing(tx, booking_id, now)
    if standing is None:
        return None

    if standing.cannot_move is not None:
        return Seen(standing)

    free = FreeTimes(tx, standing.dossier, now, reading_zone(standing.dossier), wish.performer_id)
    chosen = _slot_of(wish, standing, free)
    refusal = refused or (None if chosen is None else _refusal_of(standing, free, chosen))
    seen = Seen(standing, chosen=chosen, refusal=refusal)
    if chosen is not None and refusal is None and not seen.is_present:
        return seen

    return Seen(standing, _times(free, wish, standing), chosen, refusal)


def see_suggestions(tx: Tx, booking_id: int, now: datetime) -> tuple[Standing, tuple[Slot, ...]] | None:
    """Return the standing, with a time on each of the next free days for someone who came to cancel.

    None of them if they cannot move. Each is the one nearest to the time of day that they have.
    """
    standing = selfservice.standing(tx, booking_id, now)
    if standing is None:
        return None

    if standing.cannot_move is not None:
        return standing, ()

    zone = reading_zone(standing.dossier)
    free = FreeTimes(tx, standing.dossier, now, zone)
    usual = _minute(standing.dossier.booking.start, zone)
    return standing, tuple(
        min(slots, key=lambda slot: abs(_minute(slot.start, zone) - usual))
        for _, slots, _ in free.next_days(free.first, SUGGESTIONS)
    )


def _minute(instant: datetime, zone: ZoneInfo) -> int:
    """Return the minute of the day that the clock of *zone* shows."""
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute


def _slot_of(wish: Wish, standing: Standing, free: FreeTimes) -> Slot | None:
    """Return the slot that is wished, None if no time is.

    Who performs it, where that is not said: who could, their own performer first.
    """
    if wish.start is None:
        return None

    dossier = standing.dossier
    performer_id = wish.performer_id or free.performer_at(wish.start) or dossier.booking.performer_id
    return Slot(wish.start, wish.start + timedelta(minutes=dossier.service.minutes), performer_id)


def _refusal_of(standing: Standing, free: FreeTimes, slot: Slot) -> Refusal | None:
    """Return why the time asked for cannot be confirmed; None if it can, or if it is the one they have."""
    dossier = standing.dossier
    booking = dossier.booking
    if (slot.start, slot.performer_id) == (booking.start, booking.performer_id) or free.has(
        slot.start, slot.performer_id
    ):
        return None

    refusal = policy.can_choose_performer(booking, dossier.service, slot.performer_id)
    if refusal is not None:
        return refusal

    blocker = free.why_not(slot.start, slot.performer_id)
    # Free, but off the grid (SPEC G11), is as if somebody had it: what can be had stands below.
    return Refusal("slot_taken" if blocker in (None, "busy") else blocker)


def _times(free: FreeTimes, wish: Wish, standing: Standing) -> Times:
    day = wish.day or (None if wish.start is None else wish.start.astimezone(reading_zone(standing.dossier)).date())
    if wish.view == "soonest" and day is None:
        days = free.next_days(max(wish.since or free.first, free.first), SOONEST_DAYS, most=TIMES_A_DAY)
        later = days[-1].day + _A_DAY if days and free.has_after(days[-1].day) else None
        return Times(free.performers, free.performer_id, days, later)

    month = _month(free, day or wish.month or _first_free(free))
    chosen = _nearest(month.free, day or month.first)
    days = (DaySlots(chosen, free.on(chosen)),) if chosen is not None else ()
    return Times(free.performers, free.performer_id, days, month=month)


def _first_free(free: FreeTimes) -> date:
    return next(iter(free.next_free_days(free.first, 1)), free.first)


def _nearest(days: frozenset[date], day: date) -> date | None:
    """Return *day* if it is one of *days*, else the next of them, else the last before it."""
    return min((one for one in days if one >= day), default=max(days, default=None))


def _month(free: FreeTimes, day: date) -> Month:
    """Return the month of *day*, or the nearest one in which something could be free."""
    first = min(max(day, free.first), free.last).replace(day=1)
    last = _next_month(first) - _A_DAY
    return Month(
        first,
        free.free_days(max(first, free.first), min(last, free.last)),
        has_earlier=first > free.first,
        has_later=last < free.last,
    )


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
