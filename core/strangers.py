"""Someone else writes about a booking: nothing changes, the guest on file is asked, the team sees it (SPEC R7, R7a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core import announce, questions, speakers
from core.bookings import Act
from core.dialogue import step
from core.incoming import Heard, Incoming, record, words_of
from core.listening import question_of, read, situation_of
from core.model import GUEST, Dossier
from core.outbox import queue
from core.reply import Part, Reply
from core.store.engine import Tx
from core.turns import Asked, Situation, Turn
from core.understand.proposals import Proposals
from core.understand.reading import Reading

_IN_GUESTS_NAME = {
    "stranger_move": "unproven_move",
    "stranger_cancel": "unproven_cancel",
    "stranger_other": "unproven_other",
    "stranger_yes": "unproven_yes",
}


def hear_stranger(tx: Tx, dossier: Dossier, incoming: Incoming, proposals: Proposals, now: datetime) -> Heard:
    """Someone else wrote: nothing changes, the guest on file is asked by a message of its own (R7, R7a)."""
    question = question_of(tx, dossier, incoming, now)
    reading = read(dossier, incoming, proposals, None if question is None else question.pending)
    by_itself = read(dossier, incoming, proposals, None)
    if by_itself.intent in ("reschedule", "cancel") and reading.intent != "pick":
        reading = by_itself

    situation = situation_of(tx, dossier, None, replace(reading, sure=False), now, last=None)
    act = Act(GUEST, incoming.channel, now)
    heard_id = record(tx, dossier, incoming, reading.intent, act)
    asked = _ask_guest(situation, reading)
    if _is_in_guests_name(dossier, incoming):
        asked = _unproven(asked)

    if asked.reply is not None:
        names = speakers.can_be_asked_about(dossier, incoming, now)
        message_id = _ask_of_stranger(
            tx, dossier, _naming(asked, incoming) if names else asked, f"stranger:{heard_id}", act
        )
        if names and message_id is not None:
            speakers.ask_about(tx, dossier, incoming.sender_address, message_id, now)

    parts = (who_wrote(dossier, incoming), words_of(incoming))
    announce.tell_team(tx, dossier, key=f"team-stranger:{heard_id}", kind="stranger", parts=parts, now=now)
    return Heard(reading)


def who_wrote(dossier: Dossier, incoming: Incoming) -> Part:
    """Say to the team who it was that may not act, or whose name was used."""
    key = "team.unproven" if _is_in_guests_name(dossier, incoming) else "team.stranger"
    return Part(key, {"sender": incoming.sender_address})


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


def _is_in_guests_name(dossier: Dossier, incoming: Incoming) -> bool:
    """Return whether the address is the guest's own: then it is the proof that is missing, not the right one."""
    return incoming.sender_address.strip().lower() == dossier.booking.guest.email.strip().lower()


def _unproven(asked: Turn) -> Turn:
    """Say of a message in the guest's own name what is otherwise said of one from another address."""
    if asked.reply is None:
        return asked

    parts = tuple(replace(part, key=_IN_GUESTS_NAME.get(part.key, part.key)) for part in asked.reply.parts)
    return replace(asked, reply=replace(asked.reply, parts=parts))


def _naming(asked: Turn, incoming: Incoming) -> Turn:
    """Say who wrote, and with which word the guest lets them speak for the booking."""
    reply = asked.reply or Reply(())
    return replace(
        asked, reply=replace(reply, parts=(*reply.parts, Part("speaker_ask", {"sender": incoming.sender_address})))
    )


def _ask_of_stranger(tx: Tx, dossier: Dossier, asked: Turn, key: str, act: Act) -> int | None:
    """Write to the guest on file, with a question of its own that no other answer can meet (R7a); return its id."""
    assert asked.reply is not None  # noqa: S101 the caller saw to it
    question_id = None
    if asked.asks is not None:
        kind, options = asked.asks.kind, asked.asks.options
        question_id = questions.ask(
            tx, dossier.booking, kind, options, channel=act.channel, now=act.now, of_stranger=True
        )

    return queue(
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
            return (Part("stranger_move", {"start": slot.start}),)
        case _ if turn.reply is not None:
            return (Part("stranger_other"), *turn.reply.parts)
        case _:
            return (Part("stranger_other"),)
