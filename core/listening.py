"""What a message meets: the question it answers, what its words mean now, how the booking stands (SPEC R9, R9a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from core import policy, questions
from core.availability import availability_of, weekly_hours
from core.bookings import find_last_change, find_undo
from core.incoming import Incoming
from core.model import GUEST, Dossier, Slot
from core.store import tables as t
from core.store.engine import Tx, prepare
from core.turns import Question, Situation, reading_zone
from core.understand.proposals import Proposals
from core.understand.read import resolve
from core.understand.reading import Context, Pending, Reading

_ANSWERED = prepare(select(t.outbox.c.question_id, t.outbox.c.booking_id).where(t.outbox.c.id == bindparam("id")))


def question_of(tx: Tx, dossier: Dossier, incoming: Incoming, now: datetime) -> Question | None:
    """Find what this message answers: the question of the message it replies to, else the latest here (SPEC R9)."""
    if incoming.answers is None:
        return questions.latest_question(tx, dossier.booking, incoming.channel, now)

    row = tx.first(_ANSWERED, id=incoming.answers)
    if row is None or row.question_id is None or row.booking_id != dossier.booking.id:
        return None

    return questions.find_question(tx, dossier.booking, row.question_id, now)


def situation_of(tx: Tx, dossier: Dossier, question: Question | None, now: datetime) -> Situation:
    """Return how the booking stands now, and what its guest may do."""
    booking, business, service = dossier.booking, dossier.business, dossier.service
    last = find_last_change(tx, booking.id)
    return Situation(
        dossier=dossier,
        now=now,
        availability=availability_of(tx, dossier, now),
        cannot_move=policy.can_reschedule(booking, business, service, GUEST, now),
        cannot_cancel=policy.can_cancel(booking, business, service, GUEST, now),
        question=question,
        can_undo=find_undo(tx, dossier, now) is not None,
        last_slot=None if last is None else Slot(last.start, last.end, last.performer_id),
    )


def read_undo(situation: Situation, incoming: Incoming, proposals: Proposals) -> Reading | None:
    """Read "undo" as of the change that can be taken back now, whichever message it replies to (SPEC R4).

    None where it says something else, or answers a question of its own.
    """
    question, last = situation.question, situation.last_slot
    if last is None or not situation.can_undo:
        return None

    if question is not None and (question.is_alive or question.kind == "moved"):
        return None

    reading = read(situation.dossier, incoming, proposals, Pending("moved", (last.start,)))
    return reading if reading.intent == "undo" else None


def read(dossier: Dossier, incoming: Incoming, proposals: Proposals, pending: Pending | None) -> Reading:
    """Resolve what the words propose against what is true of the booking now."""
    context = Context(
        now=incoming.arrived,
        zone=reading_zone(dossier),
        start=dossier.booking.start,
        minutes=dossier.service.minutes,
        performer=dossier.performer.name,
        performers=tuple(one.name for one in dossier.offered_by),
        hours=weekly_hours(dossier.offered_by or (dossier.performer,)),
        pending=pending,
    )
    return _as_written(context, incoming, proposals)


def _as_written(context: Context, incoming: Incoming, proposals: Proposals) -> Reading:
    """Read the words as of when they were written: if that day and the day of arrival differ in meaning, ask (R9a)."""
    reading = resolve(proposals, context)
    written = incoming.written
    if written is None or not timedelta() < context.now - written < timedelta(days=7):
        return reading

    if written.astimezone(context.zone).date() == context.now.astimezone(context.zone).date():
        return reading

    then = resolve(proposals, replace(context, now=written))
    if (then.intent, then.when, then.pick) == (reading.intent, reading.when, reading.pick):
        return reading

    both = tuple(sorted({*(reading.when or ()), *(then.when or ())}))
    return replace(reading, when=both or None, sure=False)
