"""Who may speak for a booking besides its guest: only whom the guest allowed, for that booking, until it starts (R7).

Allowing takes the guest's own answer to the very message that named the address; that message went to the guest alone.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from core import announce
from core.bookings import Act, write_history
from core.incoming import Heard, Incoming, record
from core.model import GUEST
from core.outbox import queue
from core.reply import Part, Reply
from core.store import tables as t
from core.store.engine import prepare

if TYPE_CHECKING:
    from core.model import Dossier
    from core.store.engine import Row, Tx
    from core.understand.speaking import Speaking

LIFETIME = timedelta(days=7)
"""So long the guest can answer the message that asked (as any question, SPEC R9)."""

_s = t.speaker.c
_INSERT = prepare(insert(t.speaker))
_OF_MESSAGE = prepare(
    select(t.speaker).where(_s.booking_id == bindparam("booking_id"), _s.outbox_id == bindparam("outbox_id"))
)
_ALLOWED = prepare(
    select(t.speaker).where(
        _s.booking_id == bindparam("booking_id"),
        _s.guest_email == bindparam("guest_email"),
        _s.allowed.is_not(None),
        _s.ended.is_(None),
    )
)
_ALLOW = prepare(update(t.speaker).where(_s.id == bindparam("of_id")).values(allowed=bindparam("at")))
_END = prepare(
    update(t.speaker).where(_s.booking_id == bindparam("of_booking"), _s.ended.is_(None)).values(ended=bindparam("at"))
)
_FORGET = prepare(delete(t.speaker).where(_s.booking_id == bindparam("of_booking")))


def can_be_asked_about(dossier: Dossier, incoming: Incoming, now: datetime) -> bool:
    """Return whether the guest may be asked to let this sender speak: a plain address, from which the mail may be."""
    return incoming.is_plausible and dossier.booking.start > now and bool(_ADDRESS.fullmatch(incoming.sender_address))


def ask_about(tx: Tx, dossier: Dossier, address: str, outbox_id: int, now: datetime) -> None:
    """Remember that message *outbox_id* asked the guest whether *address* may speak for the booking as it is now."""
    tx.insert(
        _INSERT,
        booking_id=dossier.booking.id,
        version=dossier.booking.version,
        guest_email=dossier.booking.guest.email,
        address=address.lower(),
        outbox_id=outbox_id,
        expires=now + LIFETIME,
    )


def as_speaker(tx: Tx, dossier: Dossier, incoming: Incoming, now: datetime) -> Incoming:
    """Return *incoming* as that of a speaker if the guest on file allowed its sender, and its mail did not fail."""
    if incoming.sender != "stranger" or not incoming.is_plausible or dossier.booking.start <= now:
        return incoming

    allowed = {row.address for row in _allowed(tx, dossier)}
    return replace(incoming, sender="speaker") if incoming.sender_address.lower() in allowed else incoming


def hear_about_speakers(
    tx: Tx, dossier: Dossier, incoming: Incoming, speaking: Speaking, now: datetime
) -> Heard | None:
    """Do what the guest says about who else may speak; None where there is nothing that it could mean.

    Only for a message of the guest's own: whom they allowed can allow nobody.
    """
    if speaking == "withdraw":
        return _withdraw(tx, dossier, incoming, now) if _allowed(tx, dossier) else None

    if incoming.answers is None:
        return None

    asked = tx.first(_OF_MESSAGE, booking_id=dossier.booking.id, outbox_id=incoming.answers)
    return None if asked is None else _allow(tx, dossier, incoming, asked, now)


def end_speakers(tx: Tx, booking_id: int, now: datetime) -> None:
    """Let nobody but the guest speak for the booking any more; who was only asked about cannot be allowed either."""
    tx.run(_END, of_booking=booking_id, at=now)


def forget_speakers(tx: Tx, booking_id: int) -> None:
    """Delete everyone who was asked about or allowed (SPEC L5)."""
    tx.run(_FORGET, of_booking=booking_id)


_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,10}[a-z0-9-]{2,63}")
"""An address as it can be shown in a message to the guest: nothing in it reads as words or a link of a stranger's."""


def _allowed(tx: Tx, dossier: Dossier) -> list[Row]:
    """Return whom the guest who is on file now has allowed."""
    return tx.all(_ALLOWED, booking_id=dossier.booking.id, guest_email=dossier.booking.guest.email)


def _allow(tx: Tx, dossier: Dossier, incoming: Incoming, asked: Row, now: datetime) -> Heard:
    booking = dossier.booking
    act = Act(GUEST, incoming.channel, now)
    heard_id = record(tx, dossier, incoming, "allow", act)
    if asked.ended is not None or (asked.allowed is None and not _is_alive(asked, dossier, now)):
        return _answer(tx, dossier, incoming, heard_id, Part("speaker_gone"), now)

    if asked.allowed is None:
        tx.run(_ALLOW, of_id=asked.id, at=now)
        write_history(tx, booking.id, "speaker_allowed", act)
        _tell_team(tx, dossier, "team.speaker_allowed", f"team-speaker:{heard_id}", now, sender=asked.address)

    return _answer(tx, dossier, incoming, heard_id, Part("speaker_allowed", {"sender": asked.address}), now)


def _is_alive(asked: Row, dossier: Dossier, now: datetime) -> bool:
    booking = dossier.booking
    is_same = (asked.version, asked.guest_email) == (booking.version, booking.guest.email)
    return is_same and now < min(asked.expires, booking.start)


def _withdraw(tx: Tx, dossier: Dossier, incoming: Incoming, now: datetime) -> Heard:
    act = Act(GUEST, incoming.channel, now)
    heard_id = record(tx, dossier, incoming, "withdraw", act)
    end_speakers(tx, dossier.booking.id, now)
    write_history(tx, dossier.booking.id, "speaker_ended", act)
    _tell_team(tx, dossier, "team.speaker_ended", f"team-speaker:{heard_id}", now)
    return _answer(tx, dossier, incoming, heard_id, Part("speaker_ended"), now)


def _answer(tx: Tx, dossier: Dossier, incoming: Incoming, heard_id: int, part: Part, now: datetime) -> Heard:
    reply = Reply((part,))
    queue(
        tx,
        dossier,
        key=f"answer:{heard_id}",
        kind="answer",
        recipient=announce.GUEST,
        reply=reply,
        now=now,
        answers=incoming.message_id,
    )
    return Heard(None, reply=reply)


def _tell_team(tx: Tx, dossier: Dossier, part: str, key: str, now: datetime, **values: str) -> None:
    said = Part(part, {"guest": dossier.booking.guest.name, **values})
    announce.tell_team(tx, dossier, key=key, kind="message", parts=(said,), now=now)
