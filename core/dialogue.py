"""What to do with a reading and what to say: one step of the conversation about a booking. Pure (DESIGN rule 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from core.model import Interval, Slot
from core.offers import (
    allowed_performers,
    any_time,
    confirm_cancel,
    confirm_move,
    is_free,
    nearest,
    offer,
    other_times,
    pick_one,
)
from core.refusal import Refusal
from core.replies import contact, led_by, passed_on, refusal_values, refused, said, undo_hint
from core.reply import Choice, Part, Reply
from core.turns import Cancel, Move, Question, Situation, Turn, Undo
from core.understand.reading import Reading


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
            return Turn(reply=said(_kept(situation)), closes_question=True)
        case "cancel":
            return _cancel(situation, reading)
        case "undo":
            return _undo(situation, reading)
        case "message":
            return Turn(reply=said(passed_on(situation.dossier)), passes_on=True)
        case "none":
            return _nothing(situation, reading)
        case _:
            assert_never(reading.intent)


# A wish for another time


def _wish(situation: Situation, reading: Reading) -> Turn:
    if situation.cannot_move is not None:
        return refused(situation, situation.cannot_move)

    wished, refusal_turn = _wished_performers(situation, reading)
    if refusal_turn is not None:
        return refusal_turn

    when = reading.when
    if when is None:
        return offer(situation, "offer", any_time(situation), wished)

    if len(when) == 1 and when[0].is_exact:
        return _exact(situation, reading, when[0].start, wished)

    found = nearest(situation, when, 1, wished)
    if not found or not _is_in(found[0], when):
        return offer(situation, "offer_unavailable", when, wished)

    return offer(situation, "offer_free" if reading.sure else "offer_unsure", when, wished)


def _exact(situation: Situation, reading: Reading, start: datetime, wished: Sequence[int]) -> Turn:
    booking = situation.dossier.booking
    if start == booking.start and booking.performer_id in wished:
        return Turn(reply=said(Part("already", {"start": start})))

    end = start + timedelta(minutes=situation.dossier.service.minutes)
    slots = (Slot(start, end, performer_id) for performer_id in wished)
    slot = next((slot for slot in slots if is_free(situation, slot)), None)
    if slot is None:
        return offer(situation, "offer_taken", (Interval(start, start),), wished, wished_start=start)

    # Another performer than the guest knows of is a different visit: it is asked, never assumed.
    surprises = slot.performer_id != booking.performer_id and reading.performer is None
    always = situation.dossier.business.settings.confirm_moves == "always"
    if reading.sure and not surprises and not always:
        return Turn(command=Move(slot), closes_question=True)

    return confirm_move(situation, slot)


def _wished_performers(situation: Situation, reading: Reading) -> tuple[tuple[int, ...], Turn | None]:
    allowed = allowed_performers(situation)
    if reading.performer is None:
        return allowed, None

    asked = next((one for one, _ in situation.availability.calendars if one.name == reading.performer), None)
    if asked is not None:
        return (asked.id,), None

    return allowed, _other_performer(situation, reading, allowed)


def _other_performer(situation: Situation, reading: Reading, allowed: Sequence[int]) -> Turn:
    """They chose their performer when booking: say so, offer that performer's times, and let staff see it (SPEC G8)."""
    turn = offer(situation, "offer_free", reading.when or any_time(situation), allowed)
    reason = Part("refused.performer_chosen", {"performer": situation.dossier.performer.name})
    return replace(led_by(turn, reason), performer_wish=reading.performer)


# Answers to a question


def _pick(situation: Situation, reading: Reading) -> Turn:
    question = situation.question
    if question is None or question.kind != "offer" or reading.pick is None:
        return _not_understood(situation)

    if not 1 <= reading.pick <= len(question.options):
        return _not_understood(situation)

    slot = question.options[reading.pick - 1]
    if not question.is_alive:
        return _dead(situation, question, slot)

    return _take(situation, reading, slot)


def _take(situation: Situation, reading: Reading, slot: Slot) -> Turn:
    if situation.cannot_move is not None:
        return refused(situation, situation.cannot_move)

    if not is_free(situation, slot):
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
        return _dead(situation, question, next(iter(question.options), None))

    match question.kind:
        case "confirm_cancel":
            return _cancel(situation, reading)
        case "confirm_move":
            return _take(situation, reading, question.options[0])
        case "offer" if len(question.options) == 1:
            return _take(situation, reading, question.options[0])
        case "offer":
            return pick_one(situation, question.options)
        case "moved":
            return Turn(reply=said(_kept(situation)), closes_question=True)
        case _:
            assert_never(question.kind)


def _no(situation: Situation) -> Turn:
    question = situation.question
    if question is not None and question.kind == "moved" and question.is_alive:
        # "No!" to "it is moved" is no assent: ask whether it should go back.
        return _back(situation, question.options[0])

    if question is None or question.kind != "offer" or situation.cannot_move is not None:
        return Turn(reply=said(_kept(situation)), closes_question=True)

    near = tuple(Interval(slot.start, slot.start) for slot in question.options) or any_time(situation)
    turn = offer(situation, "offer_rejected", near, but_for=question.options)
    return replace(turn, closes_question=True)


def _back(situation: Situation, old: Slot) -> Turn:
    """Ask whether the move should be taken back; where the rules let only an undo do that, say how (SPEC R4)."""
    if situation.cannot_move is None:
        return confirm_move(situation, old)

    if situation.can_undo:
        return _undo_hint()

    return refused(situation, situation.cannot_move)


def _dead(situation: Situation, question: Question, slot: Slot | None = None) -> Turn:
    """An answer to a question that died is asked again, never done (SPEC R9). *slot* is the option that they meant."""
    booking = situation.dossier.booking
    if not booking.is_open:
        return Turn(reply=said(_kept(situation)))

    meant = slot or next(iter(question.options), None)
    if meant is not None and (meant.start, meant.performer_id) == (booking.start, booking.performer_id):
        return Turn(reply=said(Part("already", {"start": booking.start})))

    return led_by(_ask_again(situation, question, meant), Part("changed_since", {"start": booking.start}))


def _ask_again(situation: Situation, question: Question, meant: Slot | None) -> Turn:
    if question.kind == "confirm_cancel":
        return _cannot_cancel(situation) or confirm_cancel(situation)

    if situation.cannot_move is not None:
        return refused(situation, situation.cannot_move)

    if question.kind == "moved":
        return Turn()

    if meant is not None and is_free(situation, meant):
        return confirm_move(situation, meant)

    near = any_time(situation) if meant is None else (Interval(meant.start, meant.start),)
    return offer(situation, "offer_again", near)


# Cancelling and undoing


def _cancel(situation: Situation, reading: Reading) -> Turn:
    refusal_turn = _cannot_cancel(situation)
    if refusal_turn is not None:
        return refusal_turn

    question = situation.question
    if question is not None and question.kind == "confirm_cancel" and question.is_alive and reading.sure:
        return Turn(command=Cancel(), closes_question=True)

    return confirm_cancel(situation)


def _cannot_cancel(situation: Situation) -> Turn | None:
    if situation.cannot_cancel is None:
        return None

    refusal = situation.cannot_cancel
    turn = refused(situation, refusal)
    if refusal.code == "window_closed":
        # Another time may still be had, so it must not be said that nothing can be changed.
        turn = led_by(turn, Part("cancel_closed", refusal_values(situation.dossier, refusal)), instead=True)

    told = turn.reply or Reply(())
    return replace(turn, reply=replace(told, parts=(*told.parts, *other_times(situation))))


def _undo(situation: Situation, reading: Reading) -> Turn:
    question, last = situation.question, situation.last_slot
    # Saying "yes" or "keep it" to a move answers its question; the move itself can be undone all the same.
    is_of_older_change = (
        question is not None and question.kind == "moved" and not question.is_alive and question.options != (last,)
    )
    if situation.can_undo and reading.sure and not is_of_older_change:
        return Turn(command=Undo(), closes_question=True)

    if situation.can_undo and not is_of_older_change:
        return _undo_hint()

    old = question.options[0] if is_of_older_change and question is not None and question.options else last
    if old is None:
        return _not_understood(situation)

    if situation.cannot_move is not None:
        return refused(situation, situation.cannot_move)

    booking = situation.dossier.booking
    if (old.start, old.performer_id) == (booking.start, booking.performer_id):
        return Turn(reply=said(Part("already", {"start": old.start})))

    if not is_free(situation, old):
        return undo_taken(situation, old)

    return led_by(confirm_move(situation, old), Part("undo_late", {"old": old.start}))


def _undo_hint() -> Turn:
    return Turn(reply=Reply((undo_hint(),), (Choice("undo"),)))


def undo_taken(situation: Situation, old: Slot) -> Turn:
    """Say that the old time is gone, and offer what is free near it, if the guest may move at all (SPEC R4, F8)."""
    if situation.cannot_move is not None:
        gone = said(Part("undo_gone", {"old": old.start}), contact(situation.dossier))
        return Turn(reply=gone, blocked=Refusal("slot_taken"))

    turn = offer(situation, "offer", (Interval(old.start, old.start),))
    return turn if turn.asks is None else led_by(turn, Part("undo_taken", {"old": old.start}), instead=True)


# The rest


def _nothing(situation: Situation, reading: Reading) -> Turn:
    """Thanks need no answer; what is not understood goes to a person, so that no message is lost (SPEC R5)."""
    return Turn() if reading.sure else _not_understood(situation)


def _not_understood(situation: Situation) -> Turn:
    return Turn(reply=said(Part("not_understood"), passed_on(situation.dossier)), passes_on=True)


def _kept(situation: Situation) -> Part:
    booking = situation.dossier.booking
    return Part("kept" if booking.is_open else "refused.wrong_status", {"start": booking.start})


def _is_in(slot: Slot, when: Sequence[Interval]) -> bool:
    return any(one.start <= slot.start < one.end or slot.start == one.start for one in when)
