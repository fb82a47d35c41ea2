"""What a mail says, ready to be laid out: a notice put into the reader's words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from core.model import Payment, Slot, Status
from core.notices import Notice
from core.phrases import Phrases
from core.place import place_link, place_of
from core.plain_text import many_lines, one_line
from core.reply import Choice, Part, Value
from core.tokens import mask_tokens

URL_LIMIT = 2000
"""Characters of a payment link; Stripe's have several hundred, and a cut one leads nowhere."""

SUBJECT_NAME_LIMIT = 60
"""Characters of one name in a subject."""

_QUOTED = frozenset({"words"})
"""Values that are someone's own words: they keep their lines and are marked as quoted."""

_PHRASED = {"channel": "channel", "code": "team.reason"}
"""Values that are names of ours, and the phrases that word them."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a guest's booking is on the web. Only guests get them (SPEC T3, T5)."""

    base_url: str
    slug: str
    token: str

    def page(self, name: str, **query: str) -> str:
        """Return the URL of the page `manage`, `reschedule` or `cancel`; opening it changes nothing (SPEC T6)."""
        url = f"{self.base_url.rstrip('/')}/b/{quote(self.slug, safe='', errors='replace')}/{name}/{self.token}"
        return f"{url}?{urlencode(query)}" if query else url


@dataclass(frozen=True, slots=True)
class Link:
    """A label and where it leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Option:
    """One numbered choice; without a `url` it can only be answered in words."""

    number: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One thing said, and the URL in it that can be pressed, if any."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about the booking, and where its value leads if it is a place; no `label` where the one before goes on.

    A value `is_past` that only was so.
    """

    label: str
    value: str
    url: str = ""
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail in the reader's words, top to bottom. Empty strings and tuples are left out of the mail.

    `direction` is that of the language's script, "ltr" or "rtl"; `sender` is whose mail it is.
    """

    language: str
    direction: str
    sender: str
    subject: str
    paragraphs: tuple[Paragraph, ...]
    zone_note: str
    options: tuple[Option, ...]
    options_hint: str
    actions: tuple[Link, ...]
    title: str
    facts: tuple[Fact, ...]
    hint: str
    links: tuple[Link, ...]
    footer: tuple[str, ...]


def write_letter(notice: Notice, phrases: Phrases, links: Links | None) -> Letter:
    """Put *notice* into words; *links* is None for everyone who must not hold the guest's token (SPEC T5)."""
    return _Writer(notice, phrases.at(notice.written), links).letter()


class _Writer:
    """Writes one letter; holds what every sentence needs: the reader's language and the clock the times are told in."""

    def __init__(self, notice: Notice, phrases: Phrases, links: Links | None) -> None:
        self.notice = notice
        self.phrases = phrases
        self.links = links
        self.zone, self.other_zone = _zones(notice)
        self.names = {name: self._clean_text(name, value) for name, value in _names(notice).items()}

    def letter(self) -> Letter:
        notice = self.notice
        shows_booking = notice.reply.shows_booking
        options = tuple(self._options())

        return Letter(
            language=self.phrases.language(notice.locale),
            direction=self.phrases.direction(notice.locale),
            sender=one_line(notice.business.name),
            subject=self._subject(),
            paragraphs=tuple(self._paragraph(part) for part in notice.reply.parts),
            zone_note=self._zone_note(),
            options=options,
            options_hint=self._say("choice.how") if options else "",
            actions=tuple(self._actions()),
            title=self._title() if shows_booking else "",
            facts=tuple(self._facts()) if shows_booking else (),
            hint=self._hint(),
            links=tuple(self._links()),
            footer=tuple(self._footer()),
        )

    def _say(self, key: str, values: Mapping[str, Value] | None = None) -> str:
        told = {name: self._clean(name, value) for name, value in values.items()} if values else {}
        return self._tell(key, told)

    def _tell(self, key: str, told: Mapping[str, Value]) -> str:
        """Return the words of *key* with values that are clean already."""
        return self.phrases.say(key, self.notice.locale, self.zone, **told)

    def _paragraph(self, part: Part) -> Paragraph:
        url = str(part.values.get("url", ""))
        # A message may have waited for days: since it was written, its words may have come to tell more names.
        told = {**self.names, **{name: self._clean(name, value) for name, value in part.values.items()}}
        return Paragraph(self._tell(part.key, told), url if url.startswith("https://") else "")

    def _clean(self, name: str, value: Value) -> Value:
        return self._clean_text(name, value) if isinstance(value, str) else value

    def _clean_text(self, name: str, value: str) -> str:
        shown = value if self.links else mask_tokens(value)
        if name in _PHRASED:
            return self._say(f"{_PHRASED[name]}.{value}")

        if name == "url":
            return one_line(shown, URL_LIMIT)

        if name in _QUOTED:
            return "\n".join(f"> {line}".rstrip() for line in many_lines(shown).split("\n"))

        return one_line(shown)

    def _subject(self) -> str:
        notice = self.notice
        # A long name is cut by itself, so that what follows it is still read.
        names = {name: one_line(value, SUBJECT_NAME_LIMIT) for name, value in self.names.items()}
        told: dict[str, Value] = {**names, "start": notice.booking.start}
        return one_line(self._tell(f"subject.{notice.audience}.{notice.kind}", told))

    def _title(self) -> str:
        return self._tell("booking.title" if self.notice.audience == "guest" else "booking.title.team", self.names)

    def _zone_note(self) -> str:
        """Say whose clock the sentences and choices use, where that is not obvious (SPEC L4)."""
        told = [value for part in self.notice.reply.parts for value in part.values.values()]
        if not self._differs(self.notice.booking.start) or not any(
            isinstance(value, datetime | tuple) for value in told
        ):
            return ""

        return self._say("zone.note", {"city": self._city(self.zone)})

    def _options(self) -> Iterator[Option]:
        for choice in self.notice.reply.choices:
            if choice.slot is not None and choice.id.isdigit():
                yield Option(choice.id, self._option_label(choice, choice.slot), self._slot_url(choice.slot))

    def _option_label(self, choice: Choice, slot: Slot) -> str:
        moment = self._beside(slot.start)
        if choice.performer is None:
            return moment

        return self._say("choice.slot_with", {"moment": moment, "performer": choice.performer})

    def _slot_url(self, slot: Slot) -> str:
        """Return the page that shows *slot* ready to be confirmed; empty for whoever must not open it."""
        if self.links is None:
            return ""

        query = {"start": slot.start.astimezone(self.notice.business.zone).isoformat()}
        if slot.performer_id != self.notice.booking.performer_id:
            query["performer"] = str(slot.performer_id)

        return self.links.page("reschedule", **query)

    def _actions(self) -> Iterator[Link]:
        """Yield the button for "yes": it opens the page where that can be confirmed (SPEC T6)."""
        yes = next((choice for choice in self.notice.reply.choices if choice.id == "yes"), None)
        if self.links is None or yes is None:
            return

        if yes.slot is not None:
            yield Link(self._say("link.yes_move"), self._slot_url(yes.slot))
        elif self.notice.business.settings.guest_cancel is not None:
            yield Link(self._say("link.yes_cancel"), self.links.page("cancel"))

    def _facts(self) -> Iterator[Fact]:
        notice, booking = self.notice, self.notice.booking
        is_off = booking.status is Status.CANCELLED
        yield Fact(self._say("label.when"), self._span(self.zone), is_past=is_off)
        if self._differs(booking.start):
            yield Fact("", self._span(self.other_zone), is_past=is_off)

        if old := self._old_start():
            yield Fact(self._say("label.before"), self.phrases.when(old, notice.locale, self.zone), is_past=True)

        place = one_line(place_of(notice.service, notice.business))
        if place or notice.service.online:
            url = place_link(place, online=notice.service.online) or ""
            yield Fact(self._say("label.where"), place or self._say("where.online"), url)

        yield Fact(self._say("label.performer"), one_line(notice.performer.name))
        if notice.audience != "guest":
            yield Fact(self._say("label.guest"), self._who())

        yield Fact(self._say("label.ref"), booking.ref)
        yield Fact(self._say("label.status"), self._say(f"status.{booking.shown_status.lower()}"))
        if booking.payment is not Payment.NONE:
            yield Fact(self._say("label.payment"), self._say(f"payment.{booking.payment.value}"))

    def _old_start(self) -> datetime | None:
        """Return when the visit was before, if this tells that it moved (SPEC G10)."""
        for part in self.notice.reply.parts:
            old = part.values.get("old")
            if isinstance(old, datetime) and part.values.get("start") == self.notice.booking.start != old:
                return old

        return None

    def _who(self) -> str:
        guest = self.notice.booking.guest
        address = f" <{guest.email}>" if self.notice.audience == "team" and guest.email else ""
        return one_line(f"{guest.name}{address}")

    def _hint(self) -> str:
        if self.notice.audience == "team":
            return self._say("reply_hint.team")

        has_numbers = any(choice.id.isdigit() for choice in self.notice.reply.choices)
        is_refused = any(part.key.startswith("refused.") for part in self.notice.reply.parts)
        if self.links is None or has_numbers or is_refused:
            return ""

        return self._say("reply_hint" if self.notice.booking.is_open else "reply_hint.done")

    def _links(self) -> Iterator[Link]:
        """Yield Reschedule always, Cancel unless guests may not (SPEC M1); nothing for a booking that is over."""
        if self.links is None or not self.notice.booking.is_open:
            return

        yield Link(self._say("link.reschedule"), self.links.page("reschedule"))
        if self.notice.business.settings.guest_cancel is not None:
            yield Link(self._say("link.cancel"), self.links.page("cancel"))

        yield Link(self._say("link.manage"), self.links.page("manage"))

    def _footer(self) -> Iterator[str]:
        business = self.notice.business
        yield one_line(business.name)
        if self.notice.audience == "guest":
            yield from (one_line(line) for line in (business.address, business.phone, business.email) if line)
            yield self._tell("footer.guest", self.names)
        else:
            yield self._tell("footer.team", self.names)

    def _differs(self, instant: datetime) -> bool:
        return instant.astimezone(self.zone).utcoffset() != instant.astimezone(self.other_zone).utcoffset()

    def _city(self, zone: ZoneInfo) -> str:
        return self.phrases.place_of(zone, self.notice.locale)

    def _beside(self, instant: datetime) -> str:
        """Return *instant* as a choice shows it: by the clock of the visit, the other clock beside it (SPEC L4)."""
        locale = self.notice.locale
        moment = self.phrases.when(instant, locale, self.zone, short=True)
        if not self._differs(instant):
            return moment

        same_day = instant.astimezone(self.zone).date() == instant.astimezone(self.other_zone).date()
        told = self.phrases.clock if same_day else self.phrases.when
        other = told(instant, locale, self.other_zone)
        return self._say("zone.beside", {"moment": moment, "other": other, "city": self._city(self.other_zone)})

    def _span(self, zone: ZoneInfo) -> str:
        booking, locale = self.notice.booking, self.notice.locale
        values: dict[str, Value] = {
            "start": self.phrases.when(booking.start, locale, zone),
            "end": self.phrases.clock(booking.end, locale, zone),
            "city": self._city(zone),
        }
        return self._say("when.span", values)


def _names(notice: Notice) -> dict[str, str]:
    return {
        "service": notice.service.name,
        "business": notice.business.name,
        "ref": notice.booking.ref,
        "guest": notice.booking.guest.name,
        "performer": notice.performer.name,
    }


def _zones(notice: Notice) -> tuple[ZoneInfo, ZoneInfo]:
    """Return the clock that times are told in, and the other one shown beside it (SPEC L4).

    A guest reads, and is read, in the venue's zone for a visit to a place and in their own for an online service.
    """
    guest, business = notice.booking.guest.zone, notice.business.zone
    if notice.audience != "guest":
        return notice.zone, guest

    return (notice.zone, business) if notice.service.online else (business, notice.zone)
