"""Hearing a guest: one message in, one transaction, one reply out. Every door calls `hear`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from core import announce, questions
from core.availability import availability_of
from core.bookings import Act, Changed, cancel, reschedule, undo, write_history
from core.dialogue import step, undo_taken
from core.incoming import Heard, Incoming, is_too_much, record, was_heard, words_of
from core.listening import listen
from core.model import GUEST, SPEAKER, Dossier, Interval, Slot
from core.offers import offer
from core.outbox import queue
from core.queries import load_dossier
from core.refusal import Refusal
from core.replies import passed_on, refused, undo_hint
from core.reply import Choice, Part, Reply
from core.speakers import as_speaker, hear_about_speakers
from core.store.engine import SlotTaken, Store, Tx
from core.strangers import hear_stranger, who_wrote
from core.troubles import tell_trouble
from core.turns import Asked, Cancel, Command, Move, Situation, Turn, Undo
from core.understand.proposals import Proposals
from core.understand.read import lexicons_for, propose
from core.understand.speaking import Speaking, speaking_of

Also = Callable[[Tx], object]
"""What a door records in the same transaction: that this message was read."""


async def hear(
    store: Store, incoming: Incoming, now: datetime, *, known: Dossier | None = None, also: Also | None = None
) -> Heard | None:
    """Understand one message and do what it says, once; None if there is no such booking any more.

    Reading the words comes before the transaction; inside it they are resolved against what is true then, the policy
    is checked, and booking, history, question and answer are written together (DESIGN rule 8). *known* is the booking
    as the door has just read it; *also* is what the door itself writes with all that, whatever comes of the message.

    Raises:
        StoreUnavailable: nothing was kept; the message must be heard again.
    """
    dossier = known or await store.read(partial(load_dossier, booking_id=incoming.booking_id))
    if dossier is None:
        return None

    names = tuple(one.name for one in dossier.offered_by)
    guest = dossier.booking.guest
    lexicons = lexicons_for(guest.locale, dossier.business.locale)
    proposals = propose(incoming.text, lexicons, names, guest=guest.name)
    speaking = speaking_of(incoming.text, lexicons, guest=guest.name)
    job = partial(_hear_and, incoming=incoming, proposals=proposals, speaking=speaking, now=now, also=also)
    for _ in range(2):
        try:
            return await store.write(job)
        except SlotTaken:
            continue  # someone was faster between the check and the law: what is true now decides

    return await store.write(job)


def pass_on(tx: Tx, incoming: Incoming, now: datetime) -> None:
    """Bring a message before the team that must not act by itself: a forward, a calendar's answer, a bare picture.

    Beyond the limits it is only kept (SPEC L3).
    """
    dossier = load_dossier(tx, incoming.booking_id)
    if dossier is None or was_heard(tx, incoming):
        return

    act = Act(GUEST, incoming.channel, now)
    limited = is_too_much(tx, incoming, now)
    heard_id = record(tx, dossier, incoming, "message", act, limited=limited)
    if limited:
        return

    said = (Part("team.message", {"guest": dossier.booking.guest.name}), words_of(incoming))
    if incoming.sender == "stranger":
        said = (who_wrote(dossier, incoming), words_of(incoming))

    announce.tell_team(tx, dossier, key=f"team-message:{heard_id}", kind="message", parts=said, now=now)


def hear_broken(tx: Tx, booking_id: int, error_id: str, act: Act) -> None:
    """Tell the guest that their message broke something of ours, and the team that someone should look (L1)."""
    dossier = load_dossier(tx, booking_id)
    if dossier is None:
        return

    write_history(tx, booking_id, "not_understood", act, data={"error": error_id})
    broken = Part("broken", {"error_id": error_id})
    tell_trouble(tx, dossier, "broken", broken, act.now)
    said = (Part("team.message", {"guest": dossier.booking.guest.name}), broken)
    announce.tell_team(tx, dossier, key=f"team-broken:{error_id}", kind="message", parts=said, now=act.now)


def _hear_and(
    tx: Tx, *, incoming: Incoming, proposals: Proposals, speaking: Speaking | None, now: datetime, also: Also | None
) -> Heard | None:
    if also is not None:
        also(tx)

    return _hear(tx, incoming, proposals, speaking, now)


def _hear(tx: Tx, incoming: Incoming, proposals: Proposals, speaking: Speaking | None, now: datetime) -> Heard | None:
    if was_heard(tx, incoming):
        return Heard(None, repeated=True)

    dossier = load_dossier(tx, incoming.booking_id)
    if dossier is None:
        return None

    incoming = as_speaker(tx, dossier, incoming, now)
    if is_too_much(tx, incoming, now):
        return _hear_no_more(tx, dossier, incoming, now)

    if incoming.sender == "stranger":
        return hear_stranger(tx, dossier, incoming, proposals, now)

    if incoming.sender == "guest" and speaking is not None:
        heard = hear_about_speakers(tx, dossier, incoming, speaking, now)
        if heard is not None:
            return heard

    return _hear_and_act(tx, dossier, incoming, proposals, now)


def _hear_and_act(tx: Tx, dossier: Dossier, incoming: Incoming, proposals: Proposals, now: datetime) -> Heard:
    """Do what a message says that may act: the guest's own, or that of someone they allowed (R7)."""
    situation, reading = listen(tx, dossier, incoming, proposals, now)
    question, turn = situation.question, step(situation, reading)
    act = Act(SPEAKER if incoming.sender == "speaker" else GUEST, incoming.channel, now)
    heard_id = record(tx, dossier, incoming, reading.intent, act)
    if question is not None and turn.closes_question:
        questions.close(tx, question.id, now)

    changed: Changed | None = None
    if turn.command is not None:
        outcome = _run(tx, dossier, turn.command, act)
        if isinstance(outcome, Refusal):
            whole = replace(situation, availability=availability_of(tx, dossier, now))
            turn = _after_refusal(whole, turn, outcome)
        else:
            changed, turn = outcome, _tell(outcome, turn)
            dossier = outcome.after

    return _finish(tx, dossier, incoming, turn, Heard(reading, changed), heard_id, now)


def _with_passed_on(turn: Turn, part: Part) -> Reply:
    """Say that a person will read it too: after what was done, but before what is asked, which stands last (R5)."""
    reply = turn.reply or Reply(())
    if part in reply.parts:
        return reply

    asks = turn.asks is not None and turn.asks.kind != "moved"
    return replace(reply, parts=(part, *reply.parts) if asks else (*reply.parts, part))


def _finish(
    tx: Tx, dossier: Dossier, incoming: Incoming, turn: Turn, heard: Heard, heard_id: int, now: datetime
) -> Heard:
    """Write the answer, the question it asks, and what a person must read."""
    reply = _with_passed_on(turn, passed_on(dossier)) if turn.passes_on else turn.reply
    _tell_team(tx, dossier, incoming, turn, heard_id, now)
    if reply is None:
        return heard

    if incoming.sender == "speaker":
        # The guest alone is answered, and reads first whose words these were.
        named = Part("speaker_wrote", {"sender": incoming.sender_address})
        reply = replace(reply, parts=(named, *reply.parts))

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
            answers=incoming.message_id if incoming.sender == "guest" else None,
        )

    return replace(heard, reply=reply)


def _run(tx: Tx, dossier: Dossier, command: Command, act: Act) -> Changed | Refusal:
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
    hint = undo_hint()
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


def _hear_no_more(tx: Tx, dossier: Dossier, incoming: Incoming, now: datetime) -> Heard:
    """Keep the words (`rebook show` has them) and act on nothing; the guest hears so, the team once an hour (L3)."""
    act = Act(GUEST, incoming.channel, now)
    record(tx, dossier, incoming, "message", act, limited=True)
    hour = int(now.timestamp()) // 3600
    booking_id = dossier.booking.id
    if incoming.sender == "stranger":
        return Heard(None)

    limited = Part("rate_limited")
    is_told = tell_trouble(tx, dossier, "rate_limited", limited, now)
    parts = (Part("team.message", {"guest": dossier.booking.guest.name}), words_of(incoming))
    announce.tell_team(tx, dossier, key=f"team-limited:{booking_id}:{hour}", kind="message", parts=parts, now=now)
    return Heard(None, reply=Reply((limited,)) if is_told else None)


def _tell_team(tx: Tx, dossier: Dossier, incoming: Incoming, turn: Turn, heard_id: int, now: datetime) -> None:
    guest = dossier.booking.guest.name if incoming.sender == "guest" else incoming.sender_address
    words = words_of(incoming)
    if turn.blocked is not None:
        parts = (Part("team.blocked", {"guest": guest, "code": turn.blocked.code}), words)
        announce.tell_team(tx, dossier, key=f"team-blocked:{heard_id}", kind="blocked", parts=parts, now=now)
    elif turn.performer_wish is not None:
        parts = (Part("team.performer_wish", {"guest": guest, "performer": turn.performer_wish}), words)
        announce.tell_team(tx, dossier, key=f"team-wish:{heard_id}", kind="blocked", parts=parts, now=now)
    elif turn.passes_on:
        parts = (Part("team.message", {"guest": guest}), words)
        announce.tell_team(tx, dossier, key=f"team-message:{heard_id}", kind="message", parts=parts, now=now)
