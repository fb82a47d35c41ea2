"""Questions that a reply can ask: an offer of free times, a move to confirm, a cancel to confirm. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.model import Interval, Payment, Slot
from core.replies import contact, said
from core.reply import Choice, Part, Reply
from core.turns import Asked, Situation, Turn

MOST_CHOICES = 5
"""At most this many numbered choices in one offer (SPEC R2)."""

OTHER_TIMES = 3
"""This many other times are named where someone is about to cancel (SPEC R3)."""


def offer(
    situation: Situation,
    lead: str,
    near: Sequence[Interval],
    performers: Sequence[int] | None = None,
    *,
    wished_start: datetime | None = None,
    but_for: Sequence[Slot] = (),
) -> Turn:
    """Offer up to five free times nearest to *near*, led by the phrase *lead* (SPEC R2, G8)."""
    wished = performers if performers is not None else allowed_performers(situation)
    found = nearest(situation, near, MOST_CHOICES + len(but_for), wished)
    slots = tuple(slot for slot in found if slot not in but_for)[:MOST_CHOICES]
    if not slots:
        days = situation.dossier.business.settings.horizon_days
        return Turn(reply=said(Part("offer_none_left", {"days": days}), contact(situation.dossier)))

    values = {} if wished_start is None else {"wished": wished_start}
    return Turn(reply=Reply((Part(lead, values),), _numbered(situation, slots)), asks=Asked("offer", slots))


def pick_one(situation: Situation, options: tuple[Slot, ...]) -> Turn:
    """Ask again which of *options* it should be."""
    return Turn(reply=Reply((Part("pick_one"),), _numbered(situation, options)), asks=Asked("offer", options))


def confirm_move(situation: Situation, slot: Slot) -> Turn:
    """Ask whether the booking should move to *slot*."""
    booking = situation.dossier.booking
    part = Part("confirm_move", {"start": slot.start, "old": booking.start})
    if slot.performer_id != booking.performer_id:
        name = situation.dossier.performers[slot.performer_id].name
        part = Part("confirm_move_performer", {**part.values, "performer": name})

    choices = (Choice("yes", slot), Choice("no"))
    return Turn(reply=Reply((part,), choices), asks=Asked("confirm_move", (slot,)))


def confirm_cancel(situation: Situation) -> Turn:
    """Ask once before cancelling; say whether money comes back, and name other times (SPEC R3)."""
    dossier = situation.dossier
    parts = [Part("confirm_cancel", {"start": dossier.booking.start})]
    if dossier.booking.payment is Payment.PAID:
        parts.append(Part("no_refund", {"business": dossier.business.name}))

    parts.extend(other_times(situation))
    return Turn(reply=Reply(tuple(parts), (Choice("yes"), Choice("no"))), asks=Asked("confirm_cancel"))


def other_times(situation: Situation) -> tuple[Part, ...]:
    """Name a few other times, where moving is possible (SPEC R3)."""
    if situation.cannot_move is not None:
        return ()

    booking = situation.dossier.booking
    near = (Interval(booking.start, booking.start),)
    found = nearest(situation, near, OTHER_TIMES, (booking.performer_id,))
    times = tuple(sorted(slot.start for slot in found))
    return (Part("other_times", {"times": times}),) if times else ()


def allowed_performers(situation: Situation) -> tuple[int, ...]:
    """Return the performers this guest may be offered, their own first (SPEC G8)."""
    return tuple(performer.id for performer, _ in situation.availability.calendars)


def nearest(
    situation: Situation, wished: Sequence[Interval], count: int, performers: Sequence[int]
) -> tuple[Slot, ...]:
    """Return at most *count* free slots with these performers, nearest to *wished* first; never the one they have."""
    booking, availability = situation.dossier.booking, situation.availability
    if len(performers) < len(availability.calendars):
        chosen = tuple(one for one in availability.calendars if one[0].id in performers)
        availability = replace(availability, calendars=chosen)

    own = Slot(booking.start, booking.end, booking.performer_id)
    keep = booking.start.astimezone(situation.zone).timetz()
    return availability.nearest(wished, count, keep=keep, but=own)


def any_time(situation: Situation) -> tuple[Interval, ...]:
    """Return the wish of someone who named no time: what is near the booking."""
    booking = situation.dossier.booking
    return (Interval(booking.start, booking.start),)


def is_free(situation: Situation, slot: Slot) -> bool:
    """Return whether the guest may have this slot."""
    return situation.availability.has(slot.start, slot.performer_id)


def _numbered(situation: Situation, slots: Sequence[Slot]) -> tuple[Choice, ...]:
    return tuple(Choice(str(number), slot, _other_name(situation, slot)) for number, slot in enumerate(slots, start=1))


def _other_name(situation: Situation, slot: Slot) -> str | None:
    if slot.performer_id == situation.dossier.booking.performer_id:
        return None

    return situation.dossier.performers[slot.performer_id].name
