"""Hearing a guest: one message in, one transaction, one reply out. Every door calls `hear`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, func, insert, select

from core import announce, policy, questions
from core.availability import availability_of, weekly_hours
from core.bookings import Act, Changed, cancel, find_last_change, find_undo, reschedule, undo, write_history
from core.dialogue import Asked, Cancel, Move, Question, Situation, Turn, Undo, offer, reading_zone, refused, step
from core.model import GUEST, Interval, Slot
from core.outbox import queue
from core.queries import load_dossier
from core.refusal import Refusal
from core.reply import Choice, Part, Reply
from core.store import tables as t
from core.store.engine import SlotTaken, prepare
from core.tokens import mask_tokens
from core.understand.read import lexicons_for, propose, resolve
from core.understand.reading import Context, Pending

if TYPE_CHECKING:
    from datetime import datetime

    from core.model import Channel, Dossier
    from core.store.engine import Store, Tx
    from core.understand.proposals import Proposals
    from core.understand.reading import Reading

Sender = Literal["guest", "stranger"]

HEARD_AN_HOUR = 20
"""So many messages an hour about one booking are answered; then one kind word, and only the manage link helps (L3)."""

STRANGERS_A_DAY = 3
"""So often a day a guest is asked about what someone else wrote (R7a)."""

LONGEST_WORDS = 4_000
"""Characters of a message that are kept and passed on."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message about a booking, from any door.

    `delivery` is the same for a redelivery of the same message (SPEC R8). `arrived` and `written` are aware UTC: when
    it reached us, and when the guest says it was written (SPEC R9a). `answers` is the id of the message of ours that it
    replies to, if that is known. `message_id` is the guest's own, for threading. `sender_address` is shown to staff.
    """

    channel: Channel
    delivery: str
    booking_id: int
    text: str
    arrived: datetime
    sender: Sender = "guest"
    sender_address: str = ""
    written: datetime | None = None
    answers: int | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a message: what it was read as, what was changed, what was said. `repeated`: it was heard before."""

    reading: Reading | None
    changed: Changed | None = None
    reply: Reply | None = None
    repeated: bool = False


_h = t.heard.c
_FIND_HEARD = prepare(select(_h.id).where(_h.channel == bindparam("channel"), _h.delivery == bindparam("delivery")))
_COUNT_HEARD = prepare(
    select(func.count().label("messages"))
    .select_from(t.heard)
    .where(
        _h.booking_id == bindparam("booking_id"),
        _h.sender == bindparam("sender"),
        _h.at > bindparam("since", type_=_h.at.type),
    )
)
_WRITE_HEARD = prepare(insert(t.heard))
_ANSWERED = prepare(select(t.outbox.c.question_id, t.outbox.c.booking_id).where(t.outbox.c.id == bindparam("id")))


async def hear(store: Store, incoming: Incoming, now: datetime) -> Heard | None:
    """Understand one message and do what it says, once; None if there is no such booking any more.

    Reading the words comes before the transaction; inside it they are resolved against what is true then, the policy
    is checked, and booking, history, question and answer are written together (DESIGN rule 8).

    Raises:
        StoreUnavailable: nothing was kept; the message must be heard again.
    """
    dossier = await store.read(partial(load_dossier, booking_id=incoming.booking_id))
    if dossier is None:
        return None

    names = tuple(one.name for one in dossier.offered_by)
    proposals = propose(incoming.text, lexicons_for(dossier.booking.guest.locale), names)
    for _ in range(2):
        try:
            return await store.write(partial(_hear, incoming=incoming, proposals=proposals, now=now))
        except SlotTaken:
            continue  # someone was faster between the check and the law: what is true now decides

    return await store.write(partial(_hear, incoming=incoming, proposals=proposals, now=now))


def pass_on(tx: Tx, incoming: Incoming, now: datetime) -> None:
    """Bring a message before the team that must not act by itself: a forward, a calendar's answer, a bare picture."""
    dossier = load_dossier(tx, incoming.booking_id)
    if dossier is None or _was_heard(tx, incoming):
        return

    act = Act(GUEST, incoming.channel, now)
    heard_id = _record(tx, dossier, incoming, "message", act)
    said = (Part("team.message", {"guest": dossier.booking.guest.name}), _words(incoming))
    if incoming.sender == "stranger":
        said = (Part("team.stranger", {"sender": incoming.sender_address}), _words(incoming))

    announce.tell_team(tx, dossier, key=f"team-message:{heard_id}", kind="message", parts=said, now=now)


def hear_broken(tx: Tx, booking_id: int, error_id: str, act: Act) -> None:
    """Tell the guest that their message broke something of ours, and the team that someone should look (L1)."""
    dossier = load_dossier(tx, booking_id)
    if dossier is None:
        return

    write_history(tx, booking_id, "not_understood", act, data={"error": error_id})
    reply = Reply((Part("broken", {"error_id": error_id}),))
    queue(tx, dossier, key=f"broken:{error_id}", kind="answer", recipient=announce.GUEST, reply=reply, now=act.now)
    said = (Part("team.message", {"guest": dossier.booking.guest.name}), Part("broken", {"error_id": error_id}))
    announce.tell_team(tx, dossier, key=f"team-broken:{error_id}", kind="message", parts=said, now=act.now)


def _was_heard(tx: Tx, incoming: Incoming) -> bool:
    return tx.first(_FIND_HEARD, channel=incoming.channel, delivery=incoming.delivery) is not None


def _hear(tx: Tx, incoming: Incoming, proposals: Proposals, now: datetime) -> Heard | None:
    if _was_heard(tx, incoming):
        return Heard(None, repeated=True)

    dossier = load_dossier(tx, incoming.booking_id)
    if dossier is None:
        return None

    if _is_too_much(tx, incoming, now):
        return _hear_no_more(tx, dossier, incoming, now)

    if incoming.sender == "stranger":
        return _hear_stranger(tx, dossier, incoming, proposals, now)

    question = _question(tx, dossier, incoming, now)
    situation = _situation(tx, dossier, question, now)
    reading = _read_undo(situation, incoming, proposals) or _read(dossier, incoming, proposals, _pending(question))
    turn = step(situation, reading)
    act = Act(GUEST, incoming.channel, now)
    heard_id = _record(tx, dossier, incoming, reading.intent, act)
    if question is not None and turn.closes_question:
        questions.close(tx, question.id, now)

    changed: Changed | None = None
    if turn.command is not None:
        outcome = _run(tx, dossier, turn.command, act)
        if isinstance(outcome, Refusal):
            turn = _after_refusal(situation, turn, outcome)
        else:
            changed, turn = outcome, _tell(outcome, turn)
            dossier = outcome.after

    return _finish(tx, dossier, incoming, turn, Heard(reading, changed), heard_id, now)


def _finish(
    tx: Tx, dossier: Dossier, incoming: Incoming, turn: Turn, heard: Heard, heard_id: int, now: datetime
) -> Heard:
    """Write the answer, the question it asks, and what a person must read."""
    reply = turn.reply
    if turn.passes_on and reply is not None and not any(part.key == "passed_on" for part in reply.parts):
        reply = replace(reply, parts=(*reply.parts, Part("passed_on", {"business": dossier.business.name})))
    elif turn.passes_on and reply is None:
        reply = Reply((Part("passed_on", {"business": dossier.business.name}),))

    _tell_team(tx, dossier, incoming, turn, heard_id, now)
    if reply is None:
        return heard

    question_id = None
    if turn.asks is not None:
        question_id = questions.ask(
            tx, dossier.booking, turn.asks.kind, turn.asks.options, channel=incoming.channel, now=now
        )

    if incoming.channel == "mail":
        queue(
            tx,
            dossier,
            key=f"answer:{heard_id}",
            kind="answer",
            recipient=announce.GUEST,
            reply=reply,
            now=now,
            question_id=question_id,
            answers=incoming.message_id,
        )

    return replace(heard, reply=reply)


def _run(tx: Tx, dossier: Dossier, command: Move | Cancel | Undo, act: Act) -> Changed | Refusal:
    match command:
        case Move(slot):
            return reschedule(tx, dossier, slot.start, slot.performer_id, act)
        case Cancel():
            return cancel(tx, dossier, act)
        case Undo():
            return undo(tx, dossier, act)


def _tell(changed: Changed, turn: Turn) -> Turn:
    """Say what was done and how to take it back (SPEC R2, R4, G10)."""
    before, dossier = changed.before, changed.after
    booking = dossier.booking
    hint = Part("undo_hint", {"minutes": 10})
    values = {"start": booking.start, "old": before.start}
    asks: Asked | None = None
    choices: tuple[Choice, ...] = (Choice("undo"),)
    match changed.what:
        case "moved" if booking.performer_id != before.performer_id:
            parts = [Part("moved_performer", {**values, "performer": dossier.performer.name}), hint]
            asks = Asked("moved", (Slot(before.start, before.end, before.performer_id),))
        case "moved":
            parts = [Part("moved", values), hint]
            asks = Asked("moved", (Slot(before.start, before.end, before.performer_id),))
        case "cancelled":
            parts = [Part("cancelled", {"start": before.start})]
            if before.payment == "paid":
                parts.append(Part("no_refund", {"business": dossier.business.name}))

            parts.append(hint)
        case _:
            what = "uncancelled" if not before.is_open else "undone"
            parts, choices = [Part(what, values)], ()

    return replace(turn, reply=Reply(tuple(parts), choices, invites=True), asks=asks)


def _after_refusal(situation: Situation, turn: Turn, refusal: Refusal) -> Turn:
    """What policy or the law refused at the last moment: say so, and offer what is free (SPEC R2)."""
    if refusal.code == "slot_taken" and isinstance(turn.command, Move):
        wished = turn.command.slot.start
        return offer(situation, "offer_taken", (Interval(wished, wished),), wished_start=wished)

    if refusal.code == "slot_taken" and situation.last_slot is not None:
        return undo_taken(situation, situation.last_slot)

    return refused(situation, refusal)


def _question(tx: Tx, dossier: Dossier, incoming: Incoming, now: datetime) -> Question | None:
    """Find what this message answers: the question of the message it replies to, else the latest here (SPEC R9)."""
    if incoming.answers is None:
        return questions.latest_question(tx, dossier.booking, incoming.channel, now)

    row = tx.first(_ANSWERED, id=incoming.answers)
    if row is None or row.question_id is None or row.booking_id != dossier.booking.id:
        return None

    return questions.find_question(tx, dossier.booking, row.question_id, now)


def _pending(question: Question | None) -> Pending | None:
    return None if question is None else question.pending


def _read_undo(situation: Situation, incoming: Incoming, proposals: Proposals) -> Reading | None:
    """Read "undo" as of the change that can be taken back now, whichever message it replies to (SPEC R4).

    None where it says something else, or answers a question of its own.
    """
    question, last = situation.question, situation.last_slot
    if last is None or not situation.can_undo:
        return None

    if question is not None and (question.is_alive or question.kind == "moved"):
        return None

    reading = _read(situation.dossier, incoming, proposals, Pending("moved", (last.start,)))
    return reading if reading.intent == "undo" else None


def _read(dossier: Dossier, incoming: Incoming, proposals: Proposals, pending: Pending | None) -> Reading:
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


def _situation(tx: Tx, dossier: Dossier, question: Question | None, now: datetime) -> Situation:
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


# Those who may not act, and those who write too much


def _hear_stranger(tx: Tx, dossier: Dossier, incoming: Incoming, proposals: Proposals, now: datetime) -> Heard:
    """Someone else wrote: nothing changes, the guest on file is asked by a message of its own (R7, R7a)."""
    reading = _read(dossier, incoming, proposals, None)
    if reading.intent not in ("reschedule", "cancel"):
        reading = _read(dossier, incoming, proposals, _pending(_question(tx, dossier, incoming, now)))

    situation = _situation(tx, dossier, None, now)
    act = Act(GUEST, incoming.channel, now)
    heard_id = _record(tx, dossier, incoming, reading.intent, act)
    asked = _ask_guest(situation, reading)
    if asked.reply is not None:
        _ask_of_stranger(tx, dossier, asked, f"stranger:{heard_id}", act)

    parts = (Part("team.stranger", {"sender": incoming.sender_address}), _words(incoming))
    announce.tell_team(tx, dossier, key=f"team-stranger:{heard_id}", kind="stranger", parts=parts, now=now)
    return Heard(reading)


def _ask_guest(situation: Situation, reading: Reading) -> Turn:
    """Ask the guest on file whether it was they who wrote that (R7); what is for the team alone asks nothing."""
    match reading.intent:
        case "reschedule" | "cancel":
            turn = step(situation, replace(reading, sure=False))
            parts = _of_stranger(turn, situation.dossier.booking.start)
            return Turn(reply=replace(turn.reply or Reply(()), parts=parts), asks=turn.asks)
        case "yes":
            return Turn(reply=Reply((Part("stranger_yes"),)))
        case "pick" | "undo":
            return Turn(reply=Reply((Part("stranger_other"),)))
        case _:
            return Turn()


def _ask_of_stranger(tx: Tx, dossier: Dossier, asked: Turn, key: str, act: Act) -> None:
    """Write to the guest on file, with a question of its own that no other answer can meet (R7a)."""
    assert asked.reply is not None  # noqa: S101 the caller saw to it
    question_id = None
    if asked.asks is not None:
        kind, options = asked.asks.kind, asked.asks.options
        question_id = questions.ask(
            tx, dossier.booking, kind, options, channel=act.channel, now=act.now, of_stranger=True
        )

    queue(
        tx,
        dossier,
        key=key,
        kind="stranger",
        recipient=announce.GUEST,
        reply=asked.reply,
        now=act.now,
        question_id=question_id,
    )


def _of_stranger(turn: Turn, start: datetime) -> tuple[Part, ...]:
    """Say to the guest on file that someone else wrote, and what they seem to want."""
    match turn.asks:
        case Asked("confirm_cancel"):
            return (Part("stranger_cancel", {"start": start}),)
        case Asked("confirm_move", (slot,)):
            return (Part("stranger_move", {"start": slot.start, "old": start}),)
        case _ if turn.reply is not None:
            return (Part("stranger_other"), *turn.reply.parts)
        case _:
            return (Part("stranger_other"),)


def _is_too_much(tx: Tx, incoming: Incoming, now: datetime) -> bool:
    most, span = (
        (HEARD_AN_HOUR, timedelta(hours=1)) if incoming.sender == "guest" else (STRANGERS_A_DAY, timedelta(days=1))
    )
    row = tx.first(_COUNT_HEARD, booking_id=incoming.booking_id, sender=incoming.sender, since=now - span)
    return row is not None and row.messages >= most


def _hear_no_more(tx: Tx, dossier: Dossier, incoming: Incoming, now: datetime) -> Heard:
    """Keep the words (`rebook show` has them), act on nothing; say so once an hour, to guest and team (L3)."""
    act = Act(GUEST, incoming.channel, now)
    _record(tx, dossier, incoming, "message", act, limited=True)
    hour = int(now.timestamp()) // 3600
    booking_id = dossier.booking.id
    if incoming.sender == "stranger":
        return Heard(None)

    reply = Reply((Part("rate_limited"),))
    key = f"rate-limited:{booking_id}:{hour}"
    queue(tx, dossier, key=key, kind="answer", recipient=announce.GUEST, reply=reply, now=now)
    parts = (Part("team.message", {"guest": dossier.booking.guest.name}), _words(incoming))
    announce.tell_team(tx, dossier, key=f"team-limited:{booking_id}:{hour}", kind="message", parts=parts, now=now)
    return Heard(None, reply=reply)


def _record(tx: Tx, dossier: Dossier, incoming: Incoming, intent: str, act: Act, *, limited: bool = False) -> int:
    heard_id = tx.insert(
        _WRITE_HEARD,
        channel=incoming.channel,
        delivery=incoming.delivery,
        booking_id=dossier.booking.id,
        at=act.now,
        sender=incoming.sender,
        words=_masked(incoming.text),
        intent=intent,
    )
    what = "wrote" if incoming.sender == "guest" else "stranger_wrote"
    data = {"intent": intent} | ({"limited": True} if limited else {})
    write_history(tx, dossier.booking.id, what, act, data=data)
    return heard_id


def _tell_team(tx: Tx, dossier: Dossier, incoming: Incoming, turn: Turn, heard_id: int, now: datetime) -> None:
    guest = dossier.booking.guest.name
    words = _words(incoming)
    if turn.blocked is not None:
        parts = (Part("team.blocked", {"guest": guest, "code": turn.blocked.code}), words)
        announce.tell_team(tx, dossier, key=f"team-blocked:{heard_id}", kind="blocked", parts=parts, now=now)
    elif turn.performer_wish is not None:
        parts = (Part("team.performer_wish", {"guest": guest, "performer": turn.performer_wish}), words)
        announce.tell_team(tx, dossier, key=f"team-wish:{heard_id}", kind="blocked", parts=parts, now=now)
    elif turn.passes_on:
        parts = (Part("team.message", {"guest": guest}), words)
        announce.tell_team(tx, dossier, key=f"team-message:{heard_id}", kind="message", parts=parts, now=now)


def _words(incoming: Incoming) -> Part:
    return Part("team.words", {"words": _masked(incoming.text)})


def _masked(text: str) -> str:
    return mask_tokens(text)[:LONGEST_WORDS]
