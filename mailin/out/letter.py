"""What a mail says, ready to be laid out: a notice put into the reader's words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from core.model import Slot
from core.notices import Notice
from core.phrases import Phrases
from core.plain_text import one_line
from core.reply import Choice, Part, Value
from mailin.out.facts import Fact, facts_of
from mailin.out.wording import Wording

SUBJECT_NAME_LIMIT = 60
"""Characters of one name in a subject."""


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
    """Writes one letter."""

    def __init__(self, notice: Notice, phrases: Phrases, links: Links | None) -> None:
        self.notice = notice
        self.phrases = phrases
        self.links = links
        self.wording = Wording(notice, phrases, may_hold_token=links is not None)

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
            options_hint=self.wording.say("choice.how") if options else "",
            actions=tuple(self._actions()),
            title=self._title() if shows_booking else "",
            facts=tuple(facts_of(self.wording)) if shows_booking else (),
            hint=self._hint(),
            links=tuple(self._links()),
            footer=tuple(self._footer()),
        )

    def _paragraph(self, part: Part) -> Paragraph:
        url = str(part.values.get("url", ""))
        # A message may have waited for days: since it was written, its words may have come to tell more names.
        told = {**self.wording.names, **self.wording.clean(part.values)}
        return Paragraph(self.wording.tell(part.key, told), url if url.startswith("https://") else "")

    def _subject(self) -> str:
        notice = self.notice
        # A long name is cut by itself, so that what follows it is still read.
        names = {name: one_line(value, SUBJECT_NAME_LIMIT) for name, value in self.wording.names.items()}
        told: dict[str, Value] = {**names, "start": notice.booking.start}
        return one_line(self.wording.tell(f"subject.{notice.audience}.{notice.kind}", told))

    def _title(self) -> str:
        return self.wording.tell(
            "booking.title" if self.notice.audience == "guest" else "booking.title.team", self.wording.names
        )

    def _zone_note(self) -> str:
        """Say whose clock the sentences and choices use, where that is not obvious (SPEC L4)."""
        told = [value for part in self.notice.reply.parts for value in part.values.values()]
        if not self.wording.differs(self.notice.booking.start) or not any(
            isinstance(value, datetime | tuple) for value in told
        ):
            return ""

        return self.wording.say("zone.note", {"city": self.wording.city(self.wording.zone)})

    def _options(self) -> Iterator[Option]:
        for choice in self.notice.reply.choices:
            if choice.slot is not None and choice.id.isdigit():
                yield Option(choice.id, self._option_label(choice, choice.slot), self._slot_url(choice.slot))

    def _option_label(self, choice: Choice, slot: Slot) -> str:
        moment = self.wording.beside(slot.start)
        if choice.performer is None:
            return moment

        return self.wording.say("choice.slot_with", {"moment": moment, "performer": choice.performer})

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
            yield Link(self.wording.say("link.yes_move"), self._slot_url(yes.slot))
        elif self.notice.business.settings.guest_cancel is not None:
            yield Link(self.wording.say("link.yes_cancel"), self.links.page("cancel"))

    def _hint(self) -> str:
        if self.notice.audience == "team":
            return self.wording.say("reply_hint.team")

        has_numbers = any(choice.id.isdigit() for choice in self.notice.reply.choices)
        is_refused = any(part.key.startswith("refused.") for part in self.notice.reply.parts)
        if self.links is None or has_numbers or is_refused:
            return ""

        return self.wording.say("reply_hint" if self.notice.booking.is_open else "reply_hint.done")

    def _links(self) -> Iterator[Link]:
        """Yield Reschedule always, Cancel unless guests may not (SPEC M1); nothing for a booking that is over."""
        if self.links is None or not self.notice.booking.is_open:
            return

        yield Link(self.wording.say("link.reschedule"), self.links.page("reschedule"))
        if self.notice.business.settings.guest_cancel is not None:
            yield Link(self.wording.say("link.cancel"), self.links.page("cancel"))

        yield Link(self.wording.say("link.manage"), self.links.page("manage"))

    def _footer(self) -> Iterator[str]:
        business = self.notice.business
        yield one_line(business.name)
        if self.notice.audience == "guest":
            yield from (one_line(line) for line in (business.address, business.phone, business.email) if line)
            yield self.wording.tell("footer.guest", self.wording.names)
        else:
            yield self.wording.tell("footer.team", self.wording.names)
