"""What pages show, in the guest's words: a booking, a reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.model import Status
from core.refusal import GUEST_CODES
from core.replies import refusal_values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.model import Dossier
    from core.phrases import Phrases
    from core.refusal import Refusal
    from core.selfservice import Standing

_CLOSED = {Status.CANCELLED: "page.cancelled", Status.COMPLETED: "page.ended"}
"""Kinder words than "no longer open", by status."""

_TELLING_TIMES = ("wrong_status", "begun", "window_closed")
"""Reasons whose words tell a time."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one guest is spoken to: their language, the clock of the visit, and the other clock beside it (SPEC L4)."""

    phrases: Phrases
    locale: str
    zone: ZoneInfo
    other_zone: ZoneInfo

    def say(self, key: str, /, **values: Any) -> str:
        """Return the words of *key*."""
        return self.phrases.say(key, self.locale, self.zone, **values)

    def spans(self, start: datetime, end: datetime) -> tuple[str, ...]:
        """Return a visit's day and times by the clock of the visit, and by the other one where they differ."""
        zones = (self.zone, self.other_zone) if self.differs(start) else (self.zone,)
        return tuple(self._span(zone, start, end) for zone in zones)

    def clock(self, instant: datetime) -> str:
        """Return the time of day by the clock of the visit."""
        return self.phrases.clock(instant, self.locale, self.zone)

    def other_clock(self, instant: datetime) -> str | None:
        """Return the time of day by the other clock, with its city (and its day, if another); None if they agree."""
        if not self.differs(instant):
            return None

        same_day = instant.astimezone(self.zone).date() == instant.astimezone(self.other_zone).date()
        told = self.phrases.clock if same_day else self.phrases.when
        return self.say(
            "zone.other", other=told(instant, self.locale, self.other_zone), city=self._city(self.other_zone)
        )

    def clock_beside(self, instant: datetime) -> str:
        """Return the time of day with the other clock beside it where they differ, for a sentence."""
        if not self.differs(instant):
            return self.clock(instant)

        other = self.phrases.clock(instant, self.locale, self.other_zone)
        return self.say("zone.beside", moment=self.clock(instant), other=other, city=self._city(self.other_zone))

    def zone_note(self, instant: datetime) -> str | None:
        """Say whose clock is meant, where they differ at *instant*."""
        return self.say("zone.note", city=self._city(self.zone)) if self.differs(instant) else None

    def differs(self, instant: datetime) -> bool:
        """Return whether the two clocks show different times at *instant*."""
        return instant.astimezone(self.zone).utcoffset() != instant.astimezone(self.other_zone).utcoffset()

    def _city(self, zone: ZoneInfo) -> str:
        return self.phrases.place_of(zone, self.locale)

    def _span(self, zone: ZoneInfo, start: datetime, end: datetime) -> str:
        return self.say(
            "when.span",
            start=self.phrases.when(start, self.locale, zone),
            end=self.phrases.clock(end, self.locale, zone),
            city=self._city(zone),
        )


@dataclass(frozen=True, slots=True)
class ShownRefusal:
    """A reason in place of choices: its code, its words and whose clock they mean, the next step."""

    code: str
    words: str
    zone_note: str | None
    next_step: str
    pay_url: str | None


def voice_of(phrases: Phrases, dossier: Dossier, now: datetime) -> Voice:
    """Return how the guest of *dossier* is spoken to at *now*.

    The clock of the visit is the venue's for a visit to a place, the guest's own for an online service.
    """
    guest, business = dossier.booking.guest, dossier.business
    zones = (guest.zone, business.zone) if dossier.service.online else (business.zone, guest.zone)
    return Voice(phrases.at(now), guest.locale, *zones)


def shown_booking(voice: Voice, standing: Standing) -> dict[str, Any]:
    """Return what every page of a booking shows: the words and the facts, and why something cannot be done."""
    dossier = standing.dossier
    cannot_move, cannot_cancel = standing.cannot_move, standing.cannot_cancel
    return {
        "say": voice.say,
        "title": dossier.business.name,
        "zone_note": voice.zone_note(dossier.booking.start),
        "facts": list(_facts(voice, dossier)),
        "booking": dossier.booking,
        "cannot_move": None if cannot_move is None else shown_refusal(voice, dossier, cannot_move),
        "cannot_cancel": (
            None
            if cannot_cancel is None
            else shown_refusal(
                voice, dossier, cannot_cancel, cancel_words(voice, standing), with_contact=cannot_move is None
            )
        ),
    }


def cancel_words(voice: Voice, standing: Standing) -> str | None:
    """Return other words for `cancel_off` where another time, which its own words offer, cannot be had either."""
    refusal = standing.cannot_cancel
    is_off = refusal is not None and refusal.code == "cancel_off"
    return voice.say("page.cancel_off") if is_off and standing.cannot_move is not None else None


def shown_refusal(
    voice: Voice, dossier: Dossier, refusal: Refusal, words: str | None = None, *, with_contact: bool = True
) -> ShownRefusal:
    """Return the reason in the guest's words, or in these *words*, with what they can do instead (SPEC G1-G7)."""
    pay_url = dossier.booking.payment_url if refusal.code == "payment_pending" else None
    if pay_url is not None and not pay_url.startswith("https://"):
        pay_url = None

    # What keeps a guest from one time only is one code on a page: other times stand below it.
    code = refusal.code if refusal.code in GUEST_CODES else "slot_taken"
    said = words or voice.say(_key_of(dossier, refusal), **refusal_values(dossier, refusal))
    zone_note = voice.zone_note(dossier.booking.start) if code in _TELLING_TIMES else None
    return ShownRefusal(
        code, said, zone_note, _contact(voice, dossier) if with_contact and not pay_url else "", pay_url
    )


def _key_of(dossier: Dossier, refusal: Refusal) -> str:
    if refusal.code == "wrong_status":
        return _CLOSED.get(dossier.booking.status, "refused.wrong_status")

    return f"refused.{refusal.code}"


def _contact(voice: Voice, dossier: Dossier) -> str:
    business = dossier.business
    if business.phone:
        return voice.say("contact_phone", business=business.name, email=business.email, phone=business.phone)

    return voice.say("contact", business=business.name, email=business.email)


def _facts(voice: Voice, dossier: Dossier) -> Iterator[tuple[str, tuple[str, ...]]]:
    booking, service = dossier.booking, dossier.service
    yield voice.say("label.when"), voice.spans(booking.start, booking.end)
    yield voice.say("label.service"), (service.name,)
    yield voice.say("label.performer"), (dossier.performer.name,)
    place = service.location or ("" if service.online else dossier.business.address or "")
    if place or service.online:
        yield voice.say("label.where"), (place or voice.say("where.online"),)

    yield voice.say("label.ref"), (booking.ref,)
    yield voice.say("label.status"), (voice.say(f"status.{booking.shown_status.lower()}"),)
