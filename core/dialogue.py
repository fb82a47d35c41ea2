"""What to do with a reading and what to say: one step of the conversation about a booking. Pure (DESIGN rule 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from core.model import Interval, Payment, Slot
from core.reply import Choice, Part, Reply
from core.understand.reading import Pending

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.model import Dossier, Performer
    from core.refusal import Refusal
    from core.slots import Availability
    from core.understand.reading import QuestionKind, Reading

MOST_CHOICES = 5
"""At most this many numbered choices in one offer (SPEC R2)."""

OTHER_TIMES = 3
"""This many other times are named where someone is about to cancel (SPEC R3)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `options` are numbered from 1; for `moved` the one option is the slot the booking had before."""

    id: int
    kind: QuestionKind
    options: tuple[Slot, ...]
    is_alive: bool

    @property
    def pending(self) -> Pending:
        """The question as understanding needs it."""
        return Pending(self.kind, tuple(option.start for option in self.options))


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a step depends on. `question` is the one being answered, alive or not; `undo_to` what an undo restores.

    `last_slot` is where the booking was before the guest's last change, also when it is too late to undo it.
    """

    dossier: Dossier
    now: datetime
    availability: Availability
    cannot_move: Refusal | None
    cannot_cancel: Refusal | None
    question: Question | None = None
    can_undo: bool = False
    last_slot: Slot | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where the guest's clock words are read: at the venue, or at home for an online service (SPEC L4)."""
        return reading_zone(self.dossier)


@dataclass(frozen=True, slots=True)
class Move:
    """Move the booking to this slot."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the booking."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the guest's last change back."""


Command = Move | Cancel | Undo


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the reply asks; its options are numbered from 1."""

    kind: QuestionKind
    options: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of one message: a command to run (its outcome is told), or a reply; what is asked; who else hears.

    `reply` None without a command means that nothing needs to be said. `blocked` is the guest's wish that the rules
    refused: staff get a card (SPEC F8). `performer_wish` is a performer they asked for in vain (SPEC G8).
    """

    command: Command | None = None
    reply: Reply | None = None
    asks: Asked | None = None
    closes_question: bool = False
    passes_on: bool = False
    blocked: Refusal | None = None
    performer_wish: str | None = None


def step(situation: Situation, reading: Reading) -> Turn:
    """Answer *reading* in *situation*; mixed messages both act and reach the team (SPEC R5)."""
    turn = _answer(situation, reading)
    if reading.question and not turn.passes_on:
        turn = replace(turn, passes_on=True)

    return turn


def _answer(situation: Situation, reading: Reading) -> Turn:  # noqa: PLR0911 one branch for each intent
    match reading.intent:
        case "reschedule":
            return _wish(situation, reading)
        case "pick":
            return _pick(situation, reading)
        case "yes":
            return _yes(situation, reading)
        case "no":
            return _no(situation)
        case "keep":
            return Turn(reply=_said(Part("kept", {"start": situation.dossier.booking.start})), closes_question=True)
        case "cancel":
            return _cancel(situation, reading)
        case "undo":
            return _undo(situation, reading)
        case "message":
            return Turn(reply=_said(_passed_on(situation)), passes_on=True)
        case "none":
            return _nothing(situation, reading)
        case _:
            assert_never(reading.intent)


def reading_zone(dossier: Dossier) -> ZoneInfo:
    """Return the zone in which the guest's clock words are read (SPEC L4)."""
    return dossier.booking.guest.zone if dossier.service.online else dossier.business.zone


# A wish for another time


def _wish(situation: Situation, reading: Reading) -> Turn:
    if situation.cannot_move is not None:
        return refused(situation, situation.cannot_move)

    wished, refusal_turn = _wished_performers(situation, reading)
    if refusal_turn is not None:
        return refusal_turn

    when = reading.when
    if when is None:
        return offer(situation, "offer", _any_time(situation), wished)

    if len(when) == 1 and when[0].is_exact:
        return _exact(situation, reading, when[0].start, wished)

    nearest = _nearest(situation, when, 1, wished)
    if not nearest or not _is_in(nearest[0], when):
        return offer(situation, "offer_unavailable", when, wished)

    return offer(situation, "offer_free" if reading.sure else "offer_unsure", when, wished)


def _exact(situation: Situation, reading: Reading, start: datetime, wished: Sequence[int]) -> Turn:
    booking = situation.dossier.booking
    if start == booking.start and booking.performer_id in wished:
        return Turn(reply=_said(Part("already", {"start": start})))

    end = start + timedelta(minutes=situation.dossier.service.minutes)
    slots = (Slot(start, end, performer_id) for performer_id in wished)
    slot = next((slot for slot in slots if _is_free(situation, slot)), None)
    if slot is None:
        return offer(situation, "offer_taken", (Interval(start, start),), wished, wished_start=start)

    # Another performer than the guest knows of is a different visit: it is asked, never assumed.
    surprises = slot.performer_id != booking.performer_id and reading.performer is None
    always = situation.dossier.business.settings.confirm_moves == "always"
    if reading.sure and not surprises and not always:
        return Turn(command=Move(slot), closes_question=True)

    return confirm_move(situation, slot)


def confirm_move(situation: Situation, slot: Slot) -> Turn:
    """Ask whether the booking should move to *slot*."""
    booking = situation.dossier.booking
    part = Part("confirm_move", {"start": slot.start, "old": booking.start})
    if slot.performer_id != booking.performer_id:
        name = situation.dossier.performers[slot.performer_id].name
        part = Part("confirm_move_performer", {**part.values, "performer": name})

    choices = (Choice("yes", slot), Choice("no"))
    return Turn(reply=Reply((part,), choices), asks=Asked("confirm_move", (slot,)))


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
    wished = performers if performers is not None else _allowed(situation)
    found = _nearest(situation, near, MOST_CHOICES + len(but_for), wished)
    slots = tuple(slot for slot in found if slot not in but_for)[:MOST_CHOICES]
    if not slots:
        return Turn(reply=_said(Part("offer_none_left", {"days": _days(situation)}), contact(situation)))

    values = {} if wished_start is None else {"wished": wished_start}
    choices = tuple(Choice(str(n), slot, _other_name(situation, slot)) for n, slot in enumerate(slots, start=1))
    return Turn(reply=Reply((Part(lead, values),), choices), asks=Asked("offer", slots))


def _wished_performers(situation: Situation, reading: Reading) -> tuple[tuple[int, ...], Turn | None]:
    allowed = _allowed(situation)
    if reading.performer is None:
        return allowed, None

    asked = next((one for one in situation.dossier.offered_by if one.name == reading.performer), None)
    if asked is not None and asked.id in allowed:
        return (asked.id,), None

    return allowed, _other_performer(situation, reading, allowed)


def _other_performer(situation: Situation, reading: Reading, allowed: Sequence[int]) -> Turn:
    """They chose their performer when booking: say so, offer that performer's times, and let staff see it (SPEC G8)."""
    turn = offer(situation, "offer_free", reading.when or _any_time(situation), allowed)
    said = turn.reply or Reply(())
    reason = Part("refused.performer_chosen", {"performer": situation.dossier.performer.name})
    return replace(turn, reply=replace(said, parts=(reason, *said.parts)), performer_wish=reading.performer)


# Answers to a question


def _pick(situation: Situation, reading: Reading) -> Turn:
    question = situation.question
    if question is None or question.kind != "offer" or reading.pick is None:
        return _not_understood(situation)

    slot = question.options[reading.pick - 1]
    if not question.is_alive:
        return _dead(situation, slot)

    return _take(situation, reading, slot)


def _take(situation: Situation, reading: Reading, slot: Slot) -> Turn:
    if situation.cannot_move is not None:
        return refused(situation, situation.cannot_move)

    if not _is_free(situation, slot):
        near = (Interval(slot.start, slot.start),)
        return offer(situation, "offer_taken", near, wished_start=slot.start)

    if not reading.sure:
        return confirm_move(situation, slot)

    return Turn(command=Move(slot), closes_question=True)


def _yes(situation: Situation, reading: Reading) -> Turn:
    question = situation.question
    if question is None:
        return _not_understood(situation)

    if not question.is_alive:
        return _dead(situation, question.options[0] if question.options else None)

    match question.kind:
        case "confirm_cancel":
            return _cancel(situation, reading)
        case "confirm_move":
            return _take(situation, reading, question.options[0])
        case "offer" if len(question.options) == 1:
            return _take(situation, reading, question.options[0])
        case "offer":
            again = tuple(
                Choice(str(n), slot, _other_name(situation, slot)) for n, slot in enumerate(question.options, start=1)
            )
            return Turn(reply=Reply((Part("pick_one"),), again), asks=Asked("offer", question.options))
        case "moved":
            return Turn(reply=_said(Part("kept", {"start": situation.dossier.booking.start})), closes_question=True)
        case _:
            assert_never(question.kind)


def _no(situation: Situation) -> Turn:
    question = situation.question
    kept = Part("kept", {"start": situation.dossier.booking.start})
    if question is not None and question.kind == "moved" and question.is_alive and situation.cannot_move is None:
        # "No!" to "it is moved" is no assent: ask whether it should go back.
        return confirm_move(situation, question.options[0])

    if question is None or question.kind != "offer" or situation.cannot_move is not None:
        return Turn(reply=_said(kept), closes_question=True)

    near = tuple(Interval(slot.start, slot.start) for slot in question.options) or _any_time(situation)
    turn = offer(situation, "offer_rejected", near, but_for=question.options)
    return replace(turn, closes_question=True)


def _dead(situation: Situation, slot: Slot | None) -> Turn:
    """An answer to a question that died is asked again, never done (SPEC R9)."""
    booking = situation.dossier.booking
    since = Part("changed_since", {"start": booking.start})
    if situation.cannot_move is not None or not booking.is_open:
        return Turn(reply=_said(since))

    if slot is not None and slot.start != booking.start and _is_free(situation, slot):
        turn = confirm_move(situation, slot)
    else:
        near = _any_time(situation) if slot is None else (Interval(slot.start, slot.start),)
        turn = offer(situation, "offer_again", near)

    said = turn.reply or Reply(())
    return replace(turn, reply=replace(said, parts=(since, *said.parts)))


# Cancelling and undoing


def _cancel(situation: Situation, reading: Reading) -> Turn:
    if situation.cannot_cancel is not None:
        return _cannot_cancel(situation, situation.cannot_cancel)

    question = situation.question
    if question is not None and question.kind == "confirm_cancel" and question.is_alive and reading.sure:
        return Turn(command=Cancel(), closes_question=True)

    return confirm_cancel(situation)


def confirm_cancel(situation: Situation) -> Turn:
    """Ask once before cancelling; say whether money comes back, and name other times (SPEC R3)."""
    dossier = situation.dossier
    parts = [Part("confirm_cancel", {"start": dossier.booking.start})]
    if dossier.booking.payment is Payment.PAID:
        parts.append(Part("no_refund", {"business": dossier.business.name}))

    parts.extend(_other_times(situation))
    return Turn(reply=Reply(tuple(parts), (Choice("yes"), Choice("no"))), asks=Asked("confirm_cancel"))


def _cannot_cancel(situation: Situation, refusal: Refusal) -> Turn:
    turn = refused(situation, refusal)
    said = turn.reply or Reply(())
    return replace(turn, reply=replace(said, parts=(*said.parts, *_other_times(situation))))


def _other_times(situation: Situation) -> tuple[Part, ...]:
    if situation.cannot_move is not None:
        return ()

    booking = situation.dossier.booking
    near = (Interval(booking.start, booking.start),)
    found = _nearest(situation, near, OTHER_TIMES, (booking.performer_id,))
    times = tuple(sorted(slot.start for slot in found))
    return (Part("other_times", {"times": times}),) if times else ()


def _undo(situation: Situation, reading: Reading) -> Turn:
    question, last = situation.question, situation.last_slot
    is_of_older_change = question is not None and question.kind == "moved" and not question.is_alive
    if situation.can_undo and reading.sure and not is_of_older_change:
        return Turn(command=Undo(), closes_question=True)

    if situation.can_undo and not is_of_older_change:
        return Turn(reply=Reply((Part("undo_hint", {"minutes": 10}),), (Choice("undo"),)))

    old = question.options[0] if is_of_older_change and question is not None and question.options else last
    if old is None:
        return _not_understood(situation)

    if situation.cannot_move is not None:
        return refused(situation, situation.cannot_move)

    if old.start == situation.dossier.booking.start:
        return Turn(reply=_said(Part("already", {"start": old.start})))

    if not _is_free(situation, old):
        turn = offer(situation, "undo_taken", (Interval(old.start, old.start),))
        said = turn.reply or Reply(())
        first = Part("undo_taken", {"old": old.start})
        return replace(turn, reply=replace(said, parts=(first, *said.parts[1:])))

    turn = confirm_move(situation, old)
    said = turn.reply or Reply(())
    return replace(turn, reply=replace(said, parts=(Part("undo_late", {"old": old.start}), *said.parts)))


# Refusals and the rest


def refused(situation: Situation, refusal: Refusal) -> Turn:
    """Say the one clear reason and the next step; staff get a card (SPEC G1-G7, F8)."""
    booking = situation.dossier.booking
    next_step = contact(situation)
    if refusal.code == "payment_pending" and booking.payment_url:
        next_step = Part("pay_link", {"url": booking.payment_url})

    reason = Part(f"refused.{refusal.code}", refusal_values(situation.dossier, refusal))
    return Turn(reply=_said(reason, next_step), blocked=refusal)


def refusal_values(dossier: Dossier, refusal: Refusal) -> dict[str, str | int | datetime | tuple[datetime, ...]]:
    """Return what the phrase of *refusal* is told."""
    values: dict[str, str | int | datetime | tuple[datetime, ...]] = {
        "start": dossier.booking.start,
        "business": dossier.business.name,
        "performer": dossier.performer.name,
    }
    if refusal.locks_at is not None:
        values["locked"] = refusal.locks_at
        values["hours"] = round((dossier.booking.start - refusal.locks_at).total_seconds() / 3600)

    return values


def contact(situation: Situation) -> Part:
    """Say how to reach the business."""
    business = situation.dossier.business
    if business.phone:
        return Part("contact_phone", {"business": business.name, "email": business.email, "phone": business.phone})

    return Part("contact", {"business": business.name, "email": business.email})


def _nothing(situation: Situation, reading: Reading) -> Turn:
    """Thanks need no answer; what is not understood goes to a person, so that no message is lost (SPEC R5)."""
    return Turn() if reading.sure else _not_understood(situation)


def _not_understood(situation: Situation) -> Turn:
    return Turn(reply=_said(Part("not_understood"), _passed_on(situation)), passes_on=True)


def _passed_on(situation: Situation) -> Part:
    return Part("passed_on", {"business": situation.dossier.business.name})


def _said(*parts: Part) -> Reply:
    return Reply(parts)


def _allowed(situation: Situation) -> tuple[int, ...]:
    """Return the performers this guest may be offered, their own first (SPEC G8)."""
    return tuple(performer.id for performer, _ in situation.availability.calendars)


def _nearest(
    situation: Situation, wished: Sequence[Interval], count: int, performers: Sequence[int]
) -> tuple[Slot, ...]:
    booking, availability = situation.dossier.booking, situation.availability
    if len(performers) < len(availability.calendars):
        chosen = tuple(one for one in availability.calendars if one[0].id in performers)
        availability = replace(availability, calendars=chosen)

    own = Slot(booking.start, booking.end, booking.performer_id)
    keep = booking.start.astimezone(situation.zone).timetz()
    return availability.nearest(wished, count, keep=keep, but=own)


def _any_time(situation: Situation) -> tuple[Interval, ...]:
    booking = situation.dossier.booking
    return (Interval(booking.start, booking.start),)


def _is_free(situation: Situation, slot: Slot) -> bool:
    return situation.availability.has(slot.start, slot.performer_id)


def _is_in(slot: Slot, when: Sequence[Interval]) -> bool:
    return any(one.start <= slot.start < one.end or slot.start == one.start for one in when)


def _other_name(situation: Situation, slot: Slot) -> str | None:
    if slot.performer_id == situation.dossier.booking.performer_id:
        return None

    performer: Performer = situation.dossier.performers[slot.performer_id]
    return performer.name


def _days(situation: Situation) -> int:
    return situation.dossier.business.settings.horizon_days
