"""A new booking in one line, as staff type it: `haircut ana thu 15:00 Jo Smith jo@example.org` (SPEC F4). Pure.

The service comes first, by its key or name, and whoever performs it after that; then the time in words, then the
guest's name; their address stands anywhere. What could be meant in two ways is refused, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from core.desk.when import NotExact, read_iso, read_when
from core.hours import weekly_hours
from core.model import Performer, Service
from core.understand.grammar import Found, Item
from core.understand.marks import mark
from core.understand.read import trace
from core.understand.reading import Context
from core.understand.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from core.model import Business
    from core.understand.lexicon import Lexicon

Keyed = TypeVar("Keyed", Performer, Service)

LONGEST_LINE = 500
LONGEST_NAME = 100
MOST_TIME_WORDS = 12
SHORTEST = 3

_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]{0,500})[\"“”„«»]")
_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\[\]]{1,64}@[^\s@<>\"(),;:\\\[\]]{1,253}")
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff@<>]")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a line asks for. `performer` None: whoever is free then. `email` is empty where none was given."""

    service: Service
    performer: Performer | None
    start: datetime
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Misread:
    """Why a line is no booking, and what may be said instead.

    `no_service`: `data["services"]` names them. `no_time`: where one exact time should be, `data["words"]` are not;
    `when` says more. `bad_name`: `data["words"]` cannot be the guest's name, or are two of them.
    """

    why: Literal["no_service", "no_time", "no_name", "bad_name", "two_addresses", "too_long"]
    data: Mapping[str, str] = field(default_factory=dict)
    when: NotExact | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """What a line is read against: the business with what it offers, and the languages its staff may write."""

    business: Business
    services: Sequence[Service]
    performers: Mapping[int, Performer]
    lexicons: Sequence[Lexicon]


def read_booking_line(line: str, shop: Shop, now: datetime, *, guest: str = "") -> Wish | Misread:
    """Return the booking that *line* asks for; *guest* is their name where it is not in the line."""
    if len(line) > LONGEST_LINE:
        return Misread("too_long", {"most": str(LONGEST_LINE)})

    line, addresses = _cut_out(_ADDRESS, line)
    line, quoted = _cut_out(_QUOTED, line)
    if len(addresses) > 1:
        return Misread("two_addresses")

    words = line.split()
    service, words = _leading(words, shop.services)
    if service is None:
        return Misread("no_service", {"services": ", ".join(one.name for one in shop.services)})

    offered = [shop.performers[one] for one in service.performers if one in shop.performers]
    performer, words = _leading(words, offered)
    start, rest = _time_and_rest(words, shop.lexicons, _context(shop.business, service, offered, now))
    if isinstance(start, Misread):
        return start

    name = _name(tuple(filter(None, (guest, *quoted))), rest, shop.lexicons)
    if isinstance(name, Misread):
        return name

    return Wish(service, performer, start, name, next(iter(addresses), ""))


def _cut_out(pattern: re.Pattern[str], line: str) -> tuple[str, tuple[str, ...]]:
    """Return *line* without what *pattern* finds, and that."""
    found = tuple(match[match.lastindex or 0].strip() for match in pattern.finditer(line))
    return pattern.sub(" ", line), found


def _leading(words: list[str], known: Sequence[Keyed]) -> tuple[Keyed | None, list[str]]:
    """Return whose key or name *words* begin with, the longest match first, and the words after it.

    The beginning of one name alone is enough ("hair" where nothing else begins so), of at least `SHORTEST` letters.
    """
    folded = [word.casefold() for word in words]
    for length in range(len(folded), 0, -1):
        said = " ".join(folded[:length])
        same = [one for one in known if said in (one.key.casefold(), " ".join(one.name.casefold().split()))]
        if len(same) == 1:
            return same[0], words[length:]

    first = folded[0] if folded else ""
    begun = [one for one in known if one.name.casefold().startswith(first)] if len(first) >= SHORTEST else []
    return (begun[0], words[1:]) if len(begun) == 1 else (None, words)


def _time_and_rest(
    words: Sequence[str], lexicons: Sequence[Lexicon], context: Context
) -> tuple[datetime | Misread, Sequence[str]]:
    """Return the one exact time that *words* begin with, and the words after it.

    Every word that can belong to the time does: a name that is a time as well ("May Lee") makes it none, or another
    one than was meant to be seen, and is asked for in quotes.
    """
    beginnings = [" ".join(words[:length]) for length in range(min(len(words), MOST_TIME_WORDS), 0, -1)]
    is_iso = (one for one in beginnings if read_iso(one, context.zone) is not None)
    said = next(is_iso, None) or next((one for one in beginnings if _is_all_time(one, lexicons)), "")
    read = read_when(said, lexicons, context)
    if isinstance(read, NotExact):
        return Misread("no_time", {"words": said or " ".join(words)}, read), ()

    return read.start, words[len(said.split()) :]


def _is_all_time(said: str, lexicons: Sequence[Lexicon]) -> bool:
    """Whether nothing but a time is said, and its last word belongs to it."""
    items = [item for _, found in trace(said, lexicons, ()).clauses for item in found]
    return bool(items) and isinstance(items[-1], Found) and all(_is_time(item) for item in items)


def _is_time(item: Item) -> bool:
    return isinstance(item, Found) or item.has("filler", "on", "at")


def _name(said: Sequence[str], rest: Sequence[str], lexicons: Sequence[Lexicon]) -> str | Misread:
    """Return the guest's name: what was *said* to be it, else what is left of the line; not both."""
    names = [" ".join(one.split()) for one in (*said, " ".join(rest)) if one.strip()]
    if not names:
        return Misread("no_name")

    name = names[0]
    is_odd = len(names) > 1 or (not said and _may_be_more_than_a_name(rest, lexicons))
    if is_odd or len(name) > LONGEST_NAME or _NOT_IN_A_NAME.search(name):
        return Misread("bad_name", {"words": ", ".join(names)[:LONGEST_NAME]})

    return name


def _may_be_more_than_a_name(words: Sequence[str], lexicons: Sequence[Lexicon]) -> bool:
    """Whether a digit stands in them, as of a time, or a small word before them: "for Jo"."""
    if any(letter.isdigit() for word in words for letter in word):
        return True

    first = words[0]
    return first.islower() and any(mark(tokenize(first), one, ())[0].has("filler") for one in lexicons)


def _context(business: Business, service: Service, offered: Sequence[Performer], now: datetime) -> Context:
    """Nothing is booked yet: a clock time alone is today's, a shift is from now."""
    return Context(
        now=now,
        zone=business.zone,
        start=now.replace(second=0, microsecond=0),
        minutes=service.minutes,
        performer=None,
        performers=(),
        hours=weekly_hours(offered),
    )
