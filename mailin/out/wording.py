"""How one reader is spoken to in a mail: their language, the clocks that count, values made safe to say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from core.notices import Notice
from core.phrases import Phrases
from core.plain_text import many_lines, one_line
from core.reply import Value
from core.tokens import mask_tokens

URL_LIMIT = 2000
"""Characters of a payment link; Stripe's have several hundred, and a cut one leads nowhere."""

_QUOTED = frozenset({"words"})
"""Values that are someone's own words: they keep their lines and are marked as quoted."""

_PHRASED = {"channel": "channel", "code": "team.reason"}
"""Values that are names of ours, and the phrases that word them."""


class Wording:
    """Says things about one notice to its reader; what a token looks like is masked for whoever may not hold one."""

    def __init__(self, notice: Notice, phrases: Phrases, *, may_hold_token: bool) -> None:
        self.notice = notice
        self.phrases = phrases
        self.may_hold_token = may_hold_token
        self.zone, self.other_zone = _zones(notice)
        self.names = {name: self._clean_text(name, value) for name, value in _names(notice).items()}

    def say(self, key: str, values: Mapping[str, Value] | None = None) -> str:
        """Return the words of *key* told these *values*."""
        return self.tell(key, self.clean(values or {}))

    def tell(self, key: str, told: Mapping[str, Value]) -> str:
        """Return the words of *key* with values that are clean already."""
        return self.phrases.say(key, self.notice.locale, self.zone, **told)

    def clean(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return what a phrase is to be told, each value as its kind may be shown."""
        return {name: self._clean_text(name, one) if isinstance(one, str) else one for name, one in values.items()}

    def differs(self, instant: datetime) -> bool:
        """Return whether the two clocks show different times at *instant*."""
        return instant.astimezone(self.zone).utcoffset() != instant.astimezone(self.other_zone).utcoffset()

    def city(self, zone: ZoneInfo) -> str:
        """Return the city that stands for *zone*."""
        return self.phrases.place_of(zone, self.notice.locale)

    def beside(self, instant: datetime) -> str:
        """Return *instant* as a choice shows it: by the clock of the visit, the other clock beside it (SPEC L4)."""
        locale = self.notice.locale
        moment = self.phrases.when(instant, locale, self.zone, short=True)
        if not self.differs(instant):
            return moment

        same_day = instant.astimezone(self.zone).date() == instant.astimezone(self.other_zone).date()
        told = self.phrases.clock if same_day else self.phrases.when
        other = told(instant, locale, self.other_zone)
        return self.say("zone.beside", {"moment": moment, "other": other, "city": self.city(self.other_zone)})

    def span(self, zone: ZoneInfo) -> str:
        """Return when the visit begins and ends, by the clock of *zone*."""
        booking, locale = self.notice.booking, self.notice.locale
        values: dict[str, Value] = {
            "day": self.phrases.full_day(booking.start, locale, zone),
            "start": self.phrases.clock(booking.start, locale, zone),
            "end": self.phrases.clock(booking.end, locale, zone),
            "city": self.city(zone),
        }
        return self.say("when.span", values)

    def _clean_text(self, name: str, value: str) -> str:
        shown = value if self.may_hold_token else mask_tokens(value)
        if name in _PHRASED:
            return self.say(f"{_PHRASED[name]}.{value}")

        if name == "url":
            return one_line(shown, URL_LIMIT)

        if name in _QUOTED:
            return "\n".join(f"> {line}".rstrip() for line in many_lines(shown).split("\n"))

        return one_line(shown)


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
