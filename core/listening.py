"""What a message meets: the question it answers, what its words mean now, how the booking stands (SPEC R9, R9a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from core import policy, questions
from core.availability import availability_around, availability_of
from core.bookings import find_last_change, is_undoable
from core.hours import weekly_hours
from core.incoming import Incoming
from core.model import GUEST, Dossier, Slot
from core.slots import Availability
from core.store import tables as t
from core.store.engine import Row, Tx, prepare
from core.turns import Question, Situation, reading_zone
from core.understand.proposals import Proposals
from core.understand.read import resolve
from core.understand.reading import Context, Pending, Reading

OLDEST = timedelta(days=90)
"""A mail that was written longer ago, as it says, has a wrong clock; any other was late, or is replayed (R9a)."""

_ANSWERED = prepare(select(t.outbox.c.question_id, t.outbox.c.booking_id).where(t.outbox.c.id == bindparam("id")))


def question_of(tx: Tx, dossier: Dossier, incoming: Incoming, now: datetime) -> Question | None:
    """Find what this message answers: the question of the message it replies to, else the latest here (SPEC R9)."""
    if incoming.answers is None:
        return questions.latest_question(tx, dossier.booking, incoming.channel, now)

    row = tx.first(_ANSWERED, id=incoming.answers)
    if row is None or row.question_id is None or row.booking_id != dossier.booking.id:
        return None

    return questions.find_question(tx, dossier.booking, row.question_id, now)


def listen(
    tx: Tx, dossier: Dossier, incoming: Incoming, proposals: Proposals, now: datetime
) -> tuple[Situation, Reading]:
    """Return what a guest's message means and how the booking stands: all that answering it takes."""
    question = question_of(tx, dossier, incoming, now)
    last = find_last_change(tx, dossier.booking.id)
    undoable = last if last is not None and is_undoable(last, dossier.booking, now) else None
    reading = _read_undo(dossier, question, undoable, incoming, proposals)
    if reading is None:
        reading = read(dossier, incoming, proposals, None if question is None else question.pending)

    return situation_of(tx, dossier, question, reading, now, last=last), reading


def situation_of(
    tx: Tx, dossier: Dossier, question: Question | None, reading: Reading, now: datetime, *, last: Row | None
) -> Situation:
    """Return how the booking stands now, and what its guest may do. *last* is their last change, if there was one."""
    booking, business, service = dossier.booking, dossier.business, dossier.service
    return Situation(
        dossier=dossier,
        now=now,
        availability=_availability(tx, dossier, question, reading, now),
        cannot_move=policy.can_reschedule(booking, business, service, GUEST, now),
        cannot_cancel=policy.can_cancel(booking, business, service, GUEST, now),
        question=question,
        can_undo=last is not None and is_undoable(last, booking, now),
        last_slot=None if last is None else Slot(last.start, last.end, last.performer_id),
    )


def _availability(tx: Tx, dossier: Dossier, question: Question | None, reading: Reading, now: datetime) -> Availability:
    """Return what is free; where one slot is meant and it is free, all the others need no look."""
    meant = _slot_meant(dossier, question, reading)
    if meant is not None and meant.performer_id in dossier.performers:
        around = availability_around(tx, dossier, meant.start, meant.performer_id, now, past_holds=False)
        if around.has(meant.start, meant.performer_id):
            return around

    return availability_of(tx, dossier, now)


def _slot_meant(dossier: Dossier, question: Question | None, reading: Reading) -> Slot | None:
    """Return the one slot that a message is about: a time with their own performer, or what they accept of an offer."""
    options = question.options if question is not None and question.is_alive else ()
    match reading.intent:
        case "reschedule" if reading.performer in (None, dossier.performer.name) and reading.when is not None:
            exact = len(reading.when) == 1 and reading.when[0].is_exact
            length = timedelta(minutes=dossier.service.minutes)
            start = reading.when[0].start if exact else None
            return None if start is None else Slot(start, start + length, dossier.performer.id)
        case "pick" if reading.pick is not None and 1 <= reading.pick <= len(options):
            return options[reading.pick - 1]
        case "yes" if len(options) == 1 and question is not None and question.kind in ("offer", "confirm_move"):
            return options[0]
        case _:
            return None


def _read_undo(
    dossier: Dossier, question: Question | None, undoable: Row | None, incoming: Incoming, proposals: Proposals
) -> Reading | None:
    """Read "undo" as of the change that can be taken back now, whichever message it replies to (SPEC R4).

    None where it says something else, or answers a question of its own.
    """
    if undoable is None or (question is not None and (question.is_alive or question.kind == "moved")):
        return None

    reading = read(dossier, incoming, proposals, Pending("moved", (undoable.start,)))
    return reading if reading.intent == "undo" else None


def read(dossier: Dossier, incoming: Incoming, proposals: Proposals, pending: Pending | None) -> Reading:
    """Resolve what the words propose against what is true of the booking now."""
    return _as_written(context_of(dossier, incoming.arrived, pending), incoming, proposals)


def context_of(dossier: Dossier, arrived: datetime, pending: Pending | None) -> Context:
    """Return what words that *arrived* then are read against."""
    return Context(
        now=arrived,
        zone=reading_zone(dossier),
        start=dossier.booking.start,
        minutes=dossier.service.minutes,
        performer=dossier.performer.name,
        performers=tuple(one.name for one in dossier.offered_by),
        hours=weekly_hours(dossier.offered_by or (dossier.performer,)),
        pending=pending,
    )


def _as_written(context: Context, incoming: Incoming, proposals: Proposals) -> Reading:
    """Read the words as of when they were written: if that day and the day of arrival differ in meaning, ask (R9a)."""
    reading = resolve(proposals, context)
    written = incoming.written
    if written is None or not timedelta() < context.now - written < OLDEST:
        return reading

    if written.astimezone(context.zone).date() == context.now.astimezone(context.zone).date():
        return reading

    then = resolve(proposals, replace(context, now=written))
    if (then.intent, then.when, then.pick) == (reading.intent, reading.when, reading.pick):
        return reading

    both = tuple(sorted({*(reading.when or ()), *(then.when or ())}))
    return replace(reading, when=both or None, sure=False)
