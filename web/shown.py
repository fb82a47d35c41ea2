"""What pages show, in the guest's words: a booking, a reason, where else to go on. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from core import policy
from core.model import Status
from core.place import place_link, place_of
from core.refusal import GUEST_CODES
from core.replies import refusal_values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from core.model import Business, Dossier
    from core.phrases import Phrases, Weekday
    from core.refusal import Refusal
    from core.selfservice import Standing

_CLOSED = {Status.CANCELLED: "page.cancelled", Status.COMPLETED: "page.ended"}
"""Kinder words than "no longer open", by status."""

_TELLING_TIMES = ("wrong_status", "begun", "window_closed")
"""Reasons whose words tell a time."""


class MailAddresses(Protocol):
    """The addresses of ours that a page shows or that stand in a calendar; `domain` is the installation's own."""

    @property
    def domain(self) -> str:
        """Return the domain that makes an event the same one everywhere."""

    def reply(self, token: str) -> str:
        """Return where answers about the booking with this manage *token* go."""

    def calendar(self, key: str) -> str:
        """Return who stands as ORGANIZER in the calendar data of the booking with this *key* (SPEC T5)."""


@dataclass(frozen=True, slots=True)
class ShownSpan:
    """A visit by one clock: the day in whole words, from when to when, and whose clock it is."""

    day: str
    clocks: str
    zone: str


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

    def spans(self, start: datetime, end: datetime) -> tuple[ShownSpan, ...]:
        """Return a visit's day and times by the clock of the visit, and by the other one where they differ."""
        zones = (self.zone, self.other_zone) if self.differs(start) else (self.zone,)
        return tuple(self._span(zone, start, end) for zone in zones)

    def day(self, instant: datetime) -> str:
        """Return the day in whole words, by the clock of the visit."""
        return self.phrases.full_day(instant, self.locale, self.zone)

    def short_day(self, instant: datetime) -> str:
        """Return the day as lists of days have it, by the clock of the visit."""
        return self.phrases.day(instant, self.locale, self.zone)

    def month(self, day: date) -> str:
        """Return the month of *day*, as the title of a calendar."""
        return self.phrases.month(day, self.locale)

    def weekdays(self) -> tuple[Weekday, ...]:
        """Return the days of the week, beginning with the first of the guest's."""
        return self.phrases.weekdays(self.locale)

    def leaf(self, instant: datetime) -> tuple[str, str, str]:
        """Return weekday, day and month as a tear-off calendar has them, by the clock of the visit."""
        return self.phrases.leaf(instant, self.locale, self.zone)

    def clock(self, instant: datetime) -> str:
        """Return the time of day by the clock of the visit."""
        return self.phrases.clock(instant, self.locale, self.zone)

    def other_clock(self, instant: datetime) -> str | None:
        """Return the time of day by the other clock, with its city (and its day, if another); None if they agree."""
        if not self.differs(instant):
            return None

        same_day = instant.astimezone(self.zone).date() == instant.astimezone(self.other_zone).date()
        told = self.phrases.clock if same_day else partial(self.phrases.when, short=True)
        return self.say(
            "zone.other", other=told(instant, self.locale, self.other_zone), city=self._city(self.other_zone)
        )

    def clock_beside(self, instant: datetime) -> str:
        """Return the time of day with the other clock beside it where they differ, for a sentence."""
        return self._beside(instant, self.clock(instant))

    def when_beside(self, instant: datetime) -> str:
        """Return day and time with the other clock beside it where they differ, for a sentence."""
        return self._beside(instant, self.phrases.when(instant, self.locale, self.zone))

    def zone_note(self, instant: datetime) -> str | None:
        """Say whose clock is meant, where they differ at *instant*."""
        return self.say("zone.note", city=self._city(self.zone)) if self.differs(instant) else None

    def differs(self, instant: datetime) -> bool:
        """Return whether the two clocks show different times at *instant*."""
        if self.zone is self.other_zone:  # for most guests: a page asks this of every time
            return False

        return instant.astimezone(self.zone).utcoffset() != instant.astimezone(self.other_zone).utcoffset()

    def _beside(self, instant: datetime, moment: str) -> str:
        if not self.differs(instant):
            return moment

        other = self.phrases.clock(instant, self.locale, self.other_zone)
        return self.say("zone.beside", moment=moment, other=other, city=self._city(self.other_zone))

    def _city(self, zone: ZoneInfo) -> str:
        return self.phrases.place_of(zone, self.locale)

    def _span(self, zone: ZoneInfo, start: datetime, end: datetime) -> ShownSpan:
        begins, ends = (self.phrases.clock(one, self.locale, zone) for one in (start, end))
        return ShownSpan(
            day=self.phrases.full_day(start, self.locale, zone),
            clocks=self.say("page.clocks", start=begins, end=ends),
            zone=self.say("page.zone", city=self._city(zone)),
        )


@dataclass(frozen=True, slots=True)
class ShownBooking:
    """A booking in the guest's words. `spans` are day and times by each clock that counts, the visit's first."""

    service: str
    performer: str
    spans: tuple[ShownSpan, ...]
    start: str
    leaf: tuple[str, str, str]
    place: str
    place_link: str | None
    ref: str
    status: str
    status_words: str
    is_open: bool
    payment: str | None


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the business; `phone_link` is None where no phone could dial it."""

    email: str
    phone: str | None
    phone_link: str | None


@dataclass(frozen=True, slots=True)
class ShownRefusal:
    """A reason in place of choices: its code, its words and whose clock they mean, and what to do instead."""

    code: str
    words: str
    zone_note: str | None
    pay_url: str | None
    with_contact: bool


def voice_of(phrases: Phrases, dossier: Dossier, now: datetime, locale: str | None = None) -> Voice:
    """Return how the guest of *dossier* is spoken to at *now*, in *locale* if it is not to be the booking's.

    The clock of the visit is the venue's for a visit to a place, the guest's own for an online service.
    """
    guest, business = dossier.booking.guest, dossier.business
    zones = (guest.zone, business.zone) if dossier.service.online else (business.zone, guest.zone)
    return Voice(phrases.at(now), locale or guest.locale, *zones)


def shown_page(voice: Voice, standing: Standing) -> dict[str, Any]:
    """Return what every page of a booking shows: the words and the facts, and why something cannot be done."""
    dossier = standing.dossier
    cannot_move, cannot_cancel = standing.cannot_move, standing.cannot_cancel
    return {
        "say": voice.say,
        "title": dossier.business.name,
        "zone_note": voice.zone_note(dossier.booking.start),
        "booking": shown_booking(voice, dossier),
        "contact": contact_of(dossier.business),
        "until": tuple(_until(voice, standing)),
        "cannot_move": None if cannot_move is None else shown_refusal(voice, dossier, cannot_move),
        "cannot_cancel": (
            None
            if cannot_cancel is None
            else shown_refusal(
                voice, dossier, cannot_cancel, cancel_words(voice, standing), with_contact=cannot_move is None
            )
        ),
    }


def shown_booking(voice: Voice, dossier: Dossier) -> ShownBooking:
    """Return the booking of *dossier* as pages show it."""
    booking, service = dossier.booking, dossier.service
    place = place_of(service, dossier.business)
    status = booking.shown_status.lower()
    return ShownBooking(
        service=service.name,
        performer=dossier.performer.name,
        spans=voice.spans(booking.start, booking.end),
        start=booking.start.astimezone(dossier.business.zone).isoformat(),
        leaf=voice.leaf(booking.start),
        place=place or (voice.say("where.online") if service.online else ""),
        place_link=place_link(place, online=service.online),
        ref=booking.ref,
        status=status,
        status_words=voice.say(f"status.{status}"),
        is_open=booking.is_open,
        payment=None if booking.payment == "none" else voice.say(f"payment.{booking.payment.value}"),
    )


def contact_of(business: Business) -> Contact:
    """Return how to reach *business*."""
    number = re.sub(r"[^+0-9]", "", business.phone or "")
    return Contact(business.email, business.phone, f"tel:{number}" if number else None)


def ways_on(
    voice: Voice, dossier: Dossier, token: str, *, mail: MailAddresses | None, telegram_bot: str | None
) -> tuple[tuple[str, str], ...]:
    """Return where else the guest can go on with this booking, as label and address (SPEC T3)."""
    ways = []
    if mail is not None:
        subject = urlencode({"subject": f"{dossier.service.name} ({dossier.booking.ref})"}, quote_via=quote)
        ways.append((voice.say("page.by_mail"), f"mailto:{mail.reply(token)}?{subject}"))

    if telegram_bot is not None:
        ways.append(("Telegram", f"https://t.me/{quote(telegram_bot, safe='')}?start={token}"))

    return tuple(ways)


def cancel_words(voice: Voice, standing: Standing) -> str | None:
    """Return other words where a reason's own say too much of cancelling.

    That nothing can be changed any more, where something can; or that another time can be had, where it cannot.
    """
    refusal = standing.cannot_cancel
    if refusal is not None and refusal.code == "window_closed" and refusal != standing.cannot_move:
        return voice.say("cancel_closed", **refusal_values(standing.dossier, refusal))

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
    return ShownRefusal(code, said, zone_note, pay_url, with_contact and not pay_url)


def _key_of(dossier: Dossier, refusal: Refusal) -> str:
    if refusal.code == "wrong_status":
        return _CLOSED.get(dossier.booking.status, "refused.wrong_status")

    return f"refused.{refusal.code}"


def _until(voice: Voice, standing: Standing) -> Iterator[str]:
    """Yield until when the booking can be moved and cancelled: what it costs to wait (SPEC G7)."""
    dossier = standing.dossier
    booking = dossier.booking
    of_booking = (booking, dossier.business, dossier.service)
    move = policy.reschedule_until(*of_booking) if standing.cannot_move is None else None
    cancel = policy.cancel_until(*of_booking) if standing.cannot_cancel is None else None
    both = "both" if move == cancel else None
    for what, until in ((both or "move", move), (both or "cancel", None if both else cancel)):
        if until is not None:
            key = f"page.until_{what}{'_start' if until == booking.start else ''}"
            yield voice.say(key, until=voice.when_beside(until))
