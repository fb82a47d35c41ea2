"""Sentences that many replies share: reasons with their next step, whom to ask, what was passed on. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.model import Dossier
from core.policy import UNDO_TIME
from core.refusal import Refusal
from core.reply import Part, Reply, Value
from core.turns import Situation, Turn

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def refused(situation: Situation, refusal: Refusal) -> Turn:
    """Say the one clear reason and the next step; staff get a card (SPEC G1-G7, F8)."""
    booking = situation.dossier.booking
    next_step = contact(situation.dossier)
    if refusal.code == "payment_pending" and booking.payment_url:
        next_step = Part("pay_link", {"url": booking.payment_url})

    reason = Part(f"refused.{refusal.code}", refusal_values(situation.dossier, refusal))
    return Turn(reply=said(reason, next_step), blocked=refusal)


def refusal_values(dossier: Dossier, refusal: Refusal) -> dict[str, Value]:
    """Return what the phrase of *refusal* is told."""
    values: dict[str, Value] = {
        "start": dossier.booking.start,
        "business": dossier.business.name,
        "performer": dossier.performer.name,
    }
    if refusal.locks_at is not None:
        values["locked"] = refusal.locks_at
        values["hours"] = (dossier.booking.start - refusal.locks_at) // HOUR

    return values


def contact(dossier: Dossier) -> Part:
    """Say how to reach the business."""
    business = dossier.business
    if business.phone:
        return Part("contact_phone", {"business": business.name, "email": business.email, "phone": business.phone})

    return Part("contact", {"business": business.name, "email": business.email})


def passed_on(dossier: Dossier) -> Part:
    """Say that a person at the business will read it (SPEC R5)."""
    return Part("passed_on", {"business": dossier.business.name})


def undo_hint() -> Part:
    """Say how to take the last change back, and how long that is possible (SPEC R4)."""
    return Part("undo_hint", {"minutes": UNDO_TIME // MINUTE})


def said(*parts: Part) -> Reply:
    """Return a reply that only says something."""
    return Reply(parts)


def led_by(turn: Turn, *parts: Part, instead: bool = False) -> Turn:
    """Return *turn* with *parts* said before what it says, or *instead* of its first sentence."""
    reply = turn.reply or Reply(())
    rest = reply.parts[1:] if instead else reply.parts
    return replace(turn, reply=replace(reply, parts=(*parts, *rest)))
