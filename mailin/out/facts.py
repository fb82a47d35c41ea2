"""The facts of a booking as a mail lists them, in the reader's words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.model import Payment, Status
from core.notices import Notice
from core.place import place_link, place_of
from core.plain_text import one_line
from mailin.out.wording import Wording


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about the booking; `url` is where its value leads, `label` is empty where the line before goes on.

    What `is_past` was so, and is not any more.
    """

    label: str
    value: str
    url: str = ""
    is_past: bool = False


def facts_of(wording: Wording) -> Iterator[Fact]:
    """Yield when, where, with whom, and how the booking stands; the time before, if this tells of a move (SPEC G10)."""
    notice, booking, say = wording.notice, wording.notice.booking, wording.say
    is_off = booking.status is Status.CANCELLED
    yield Fact(say("label.when"), wording.span(wording.zone), is_past=is_off)
    if wording.differs(booking.start):
        yield Fact("", wording.span(wording.other_zone), is_past=is_off)

    if old := _old_start(notice):
        yield Fact(say("label.before"), wording.phrases.when(old, notice.locale, wording.zone), is_past=True)

    place = place_of(notice.service, notice.business)
    if place or notice.service.online:
        url = place_link(place, online=notice.service.online) or ""
        yield Fact(say("label.where"), one_line(place) or say("where.online"), url)

    yield Fact(say("label.performer"), one_line(notice.performer.name))
    if notice.audience != "guest":
        yield Fact(say("label.guest"), _who(notice))

    yield Fact(say("label.ref"), booking.ref)
    yield Fact(say("label.status"), say(f"status.{booking.shown_status.lower()}"))
    if booking.payment is not Payment.NONE:
        yield Fact(say("label.payment"), say(f"payment.{booking.payment.value}"))


def _old_start(notice: Notice) -> datetime | None:
    """Return when the visit was before, if this tells that it moved (SPEC G10)."""
    for part in notice.reply.parts:
        old = part.values.get("old")
        if isinstance(old, datetime) and part.values.get("start") == notice.booking.start != old:
            return old

    return None


def _who(notice: Notice) -> str:
    guest = notice.booking.guest
    address = f" <{guest.email}>" if notice.audience == "team" and guest.email else ""
    return one_line(f"{guest.name}{address}")
