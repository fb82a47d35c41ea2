"""What a language's words.toml must hold, checked completely: every problem is named, none is guessed around. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

CUES: Final[Mapping[str, str]] = {
    "at": "stands before a clock time",
    "on": "stands before a day",
    "around": "makes a clock time rough, before it",
    "around_suffix": "the same, after it",
    "after": "from a clock time on, before it",
    "after_suffix": "the same, after it",
    "before": "until a clock time, before it",
    "before_suffix": "the same, after it",
    "between": "opens a range",
    "from": "opens a range, or names where a move starts",
    "to": "joins a range, or names where a move ends",
    "aim": "between two times: where a move ends, never a range (с четверга на пятницу)",
    "and": "joins equals",
    "or": "joins alternatives",
    "half": "half an hour, by the language's half-hour rule",
    "quarter": "a quarter of an hour",
    "three_quarters": "three quarters of the hour that has begun: dreiviertel drei is 14:45",
    "into_hour": "after a half, a quarter or minutes, before the hour that they are part of: чверть на третю is 14:15",
    "short_of": "before minutes that the hour named after them lacks: za kwadrans trzecia is 14:45",
    "past_hour": "minutes after the hour",
    "to_hour": "minutes before the hour",
    "hour_and": "stands between an hour and the minutes past it, where a language says the hour first",
    "hour_less": "stands between an hour and the minutes to it, where a language says the hour first",
    "oclock": "stands after an hour",
    "am": "before noon, after a clock time",
    "pm": "after noon, after a clock time",
    "noon": "twelve at noon",
    "midnight": "the end of the day",
    "week_of": "before a date: the whole week in which it lies",
    "day_number": "makes a bare number after it a day of the month",
    "ordinal_suffix": "glued to a number, makes it an ordinal",
    "previous": "before a weekday: the one that is over",
    "this": "this week's or month's",
    "coming": "before a weekday the first to come, before a week or month the next",
    "next": "the next week's or month's",
    "after_next": "after a unit or weekday: the one after the next",
    "week_later": "after or before a weekday: a week later than it",
    "calendar_week": "before a number: that week of the year",
    "in": "stands before a span counted from today",
    "by": "stands before how far a visit is shifted",
    "minute": "a minute",
    "hour": "an hour",
    "quarter_hour": "fifteen minutes, in one word",
    "day": "a day",
    "week": "a week",
    "fortnight": "two weeks",
    "month": "a month",
    "and_a_half": "half a unit more, after the unit",
    "one_and_a_half": "one and a half, before a unit",
    "a": "one, before a unit",
    "later": "later, after a span or alone",
    "earlier": "earlier, after a span or alone",
    "sooner": "earlier, any day from now",
    "push_later": "moves the visit later",
    "bring_earlier": "moves the visit earlier",
    "push_either": "moves the visit, leaving open whether earlier or later",
    "from_now": "after a span: counted from today",
    "same_time": "the booking's clock time",
    "same_day": "the booking's day",
    "next_day": "the day after the booking's",
    "previous_day": "the day before the booking's",
    "same_week": "the booking's week",
    "next_week_booking": "the week after the booking's",
    "any_day": "any day at all",
    "workdays": "Monday to Friday",
    "any_time": "any clock time",
    "weekend": "Saturday and Sunday",
    "tonight": "this evening",
    "day_and_part": "a day from today that names a part of it, too ('domattina'): listed with both as well",
    "month_start": "the first third of a month",
    "month_middle": "the second third of a month",
    "month_end": "the last third of a month",
    "not": "excludes what follows",
    "except": "excludes what follows from a span",
    "instead_of": "names what is given up",
    "correction": "takes back what was just said",
    "ask": "opens a wish politely",
    "want": "opens a wish, where nothing else is said",
    "occupied": "makes a time that of something else",
    "works": "says that a time suits",
    "refuse": "says that a time or the visit is not possible",
    "move": "asks for another time",
    "cancel": "asks that the visit be dropped",
    "drop": "says that the visit will not happen or is not needed, less plainly",
    "keep": "asks that the visit stay as it is",
    "undo": "asks that the last change be taken back",
    "yes": "agrees",
    "no": "disagrees",
    "none_of": "rejects every offered time",
    "hedge": "makes what follows a mere possibility",
    "condition": "makes what follows depend on something",
    "past_wish": "a wish that is over, unless nothing comes after it",
    "policy": "asks about rules for changing, changes nothing",
    "late": "says that the guest will be late",
    "other_person": "says that someone else comes",
    "away": "an automatic notice of absence",
    "thanks": "thanks",
    "greeting": "opens a letter",
    "sign_off": "closes a letter",
    "see_you": "looks forward to the visit",
    "farewell": "alone before a day: until we meet then",
    "task": "asks a person to do something else",
    "query": "opens a question to a person",
    "topic": "something that a person at the business must read",
    "untrusted": "speaks to software or of others' bookings: never acted on unasked",
    "later_thought": "the guest will say more later",
    "my": "whose visit",
    "visit": "the booked visit",
    "own": "stands before a time that the booking already has",
    "with": "stands before a performer's name",
    "performer_can": "stands after a performer who is wished",
    "option": "stands before the number of an offered time",
    "one": "stands after the position or day of an offered time",
    "last_one": "the last offered time",
    "earlier_one": "the earliest offered time",
    "later_one": "the latest offered time",
    "break": "opens a new clause",
    "but": "opens a clause that outweighs the one before",
    "reason": "opens an explanation",
}
"""Every cue a language must spell out, and what it says. An empty list is allowed where a language has no such word."""

OPTIONAL_CUES: Final = ("day_and_part", "aim", "into_hour", "short_of", "one_and_a_half", "same_week")
"""Cues that a language without such words leaves out."""

WEEKDAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECTIONS: Final = (
    "language",
    "numbers",
    "ordinals",
    "weekdays",
    "months",
    "day_parts",
    "relative_days",
    "groups",
    "cues",
    "words",
)
OPTIONAL_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "hours": tuple(map(str, range(1, 25))),
    "month_days": tuple(map(str, range(1, 32))),
}
"""Sections that a language may leave out, with their keys: hours that are named by ordinals ('o piątej'), and forms of
ordinals that only name a day of the month ('piątego')."""

WORD_LISTS: Final[Mapping[str, str]] = {
    "filler": "changes nothing wherever it stands",
    "plain": "known words of other matters: no reason to doubt, but beside an act they are",
    "weak": "names of times that are mostly other words: times only beside other times",
    "titles": "stand before names",
    "other_date_order": "words by which a guest gives away that they write dates the other way round",
}
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "date_order": ("day_first", "month_first"),
    "pointed": ("clock", "date"),
    "half": ("after", "before"),
    "number_after_weekday": ("clock", "date"),
}
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {"hour_word": ("span", "clock"), "shown_clock": ("24", "12")}
"""Settings that may be left out: the first value then holds. `hour_word` is what '3 h', '3 heures' alone is;
`shown_clock` how far times in digits count: 6:30 is early where they count to 24, unless only the evening is open.

`elisions` may stand beside them: little words that lose a letter before an apostrophe (l', d', dell').
"""

SHORTEST_STEM = 3
"""Letters; a shorter one would begin too many other words."""

_STEMS = re.compile(r"(?:^|[\s/])([^\s/?*]+)\*(?=[\s/?]|$)")
_GROUP = re.compile(r"\{([^}]*)\}")
_CLOCK = re.compile(r"([01]\d|2[0-4]):[0-5]\d")


def problems_of(data: Mapping[str, object]) -> Iterator[str]:
    """Name everything that is wrong with a language's data, each with its path."""
    yield from (
        f"{name}: unknown section"
        for name in data
        if name not in (*SECTIONS, *OPTIONAL_SECTIONS, "spellings", "name_endings", "latin_letters")
    )
    for name in SECTIONS:
        if not isinstance(data.get(name), dict):
            yield f"{name}: the section is missing"

    yield from _settings(_table(data, "language"))
    yield from _spellings(data.get("spellings", {}))
    yield from _latin_letters(_table(data, "latin_letters"))
    yield from _values(data, "numbers", tuple(map(str, range(1, 60))), required=tuple(map(str, range(1, 13))))
    yield from _values(data, "ordinals", tuple(map(str, range(1, 32))), required=tuple(map(str, range(1, 6))))
    yield from _values(data, "weekdays", WEEKDAY_NAMES, required=WEEKDAY_NAMES)
    yield from _values(data, "months", tuple(map(str, range(1, 13))), required=tuple(map(str, range(1, 13))))
    yield from _values(data, "relative_days", tuple(map(str, range(-2, 15))), required=("0", "1"))
    for section, keys in OPTIONAL_SECTIONS.items():
        yield from _values(data, section, keys, required=())

    yield from _name_endings(_table(data, "name_endings"))
    required = tuple(cue for cue in CUES if cue not in OPTIONAL_CUES)
    yield from _values(data, "cues", tuple(CUES), required=required, may_be_empty=True)
    yield from _values(data, "words", tuple(WORD_LISTS), required=tuple(WORD_LISTS), may_be_empty=True)
    yield from _day_parts(_table(data, "day_parts"))
    yield from _groups(data)


def _name_endings(table: Mapping[str, object]) -> Iterator[str]:
    """How names decline: an ending ('' any other), and what stands in its place ('a' = ["y", "ę"])."""
    for ending, others in table.items():
        if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            yield f"name_endings.{ending}: must be a list of endings"


def _table(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = data.get(name)
    return table if isinstance(table, dict) else {}


def _settings(table: Mapping[str, object]) -> Iterator[str]:
    for name, allowed in CHOICES.items():
        if table.get(name) not in allowed:
            yield f"language.{name}: must be one of {', '.join(allowed)}"

    for name, allowed in OPTIONS.items():
        if table.get(name, allowed[0]) not in allowed:
            yield f"language.{name}: must be one of {', '.join(allowed)}"

    yield from _phrases("language.elisions", table.get("elisions", []), may_be_empty=True)
    known = (*CHOICES, *OPTIONS, "elisions")
    yield from (f"language.{name}: unknown key" for name in table if name not in known)


def _latin_letters(table: Mapping[str, object]) -> Iterator[str]:
    """What guests without the language's own letters type: Latin ones, and all that each may stand for."""
    for typed, letters in table.items():
        if not typed.isascii() or not isinstance(letters, list) or not all(isinstance(each, str) for each in letters):
            yield f"latin_letters.{typed}: must lead from Latin letters to a list of the language's own"


def _spellings(table: object) -> Iterator[str]:
    """What is typed for a letter that a keyboard lacks: one letter to a few."""
    if not isinstance(table, dict) or not all(len(letter) == 1 and isinstance(table[letter], str) for letter in table):
        yield "spellings: must lead from single letters to what is typed for them"


def _values(
    data: Mapping[str, object],
    section: str,
    allowed: tuple[str, ...],
    *,
    required: tuple[str, ...],
    may_be_empty: bool = False,
) -> Iterator[str]:
    table = _table(data, section)
    yield from (f"{section}.{key}: unknown key" for key in table if key not in allowed)
    yield from (f"{section}.{key}: missing" for key in required if table and key not in table)
    for key, phrases in table.items():
        yield from _phrases(f"{section}.{key}", phrases, may_be_empty=may_be_empty)


def _phrases(path: str, phrases: object, *, may_be_empty: bool = False) -> Iterator[str]:
    if not isinstance(phrases, list) or not set(map(type, phrases)) <= {str}:
        yield f"{path}: must be a list of words or phrases"
        return

    if not phrases and not may_be_empty:
        yield f"{path}: must not be empty"

    more_than_words = [phrase for phrase in phrases if not phrase.replace(" ", "").isalpha()]
    yield from (f"{path}: {problem}" for phrase in more_than_words for problem in _wrong_with(phrase))
    if len(set(phrases)) < len(phrases):
        yield from (f"{path}: {phrase!r} stands twice" for phrase in sorted(set(phrases)) if phrases.count(phrase) > 1)


def _wrong_with(phrase: str) -> Iterator[str]:
    """Name what is wrong with a phrase that is more than one plain word."""
    words = phrase.split()
    if not words:
        yield "an empty phrase"
    elif all(word.endswith("?") or word == "..." for word in words):
        yield f"{phrase!r} may match nothing at all"
    elif words.count("~") > 1 or "~" in _edges(phrase):
        yield f"{phrase!r} must have one ~ between its halves"
    elif "..." in (words[0], words[-1]):
        yield f"{phrase!r} has its gap at an end"
    elif "*" in phrase and any(0 < len(stem) < SHORTEST_STEM for stem in _STEMS.findall(phrase)):
        yield f"{phrase!r} has a stem of less than {SHORTEST_STEM} letters"


def _edges(phrase: str) -> tuple[str, ...]:
    """The first and the last word of a phrase of several."""
    words = phrase.split()
    return (words[0], words[-1]) if len(words) > 1 else ()


def _day_parts(table: Mapping[str, object]) -> Iterator[str]:
    for name, part in table.items():
        path = f"day_parts.{name}"
        if not isinstance(part, dict) or set(part) != {"from", "to", "words"}:
            yield f"{path}: must have exactly from, to and words"
            continue

        ends = [part["from"], part["to"]]
        if not all(isinstance(end, str) and _CLOCK.fullmatch(end) for end in ends) or ends[0] >= ends[1]:
            yield f"{path}: from and to must be clock times like 09:00, in order"

        yield from _phrases(f"{path}.words", part["words"])


def _groups(data: Mapping[str, object]) -> Iterator[str]:
    groups = _table(data, "groups")
    for name, phrases in groups.items():
        yield from _phrases(f"groups.{name}", phrases)

    for section in ("cues", "words", "relative_days"):
        for key, phrases in _table(data, section).items():
            texts = map(str, phrases if isinstance(phrases, list) else ())
            for phrase in [text for text in texts if "{" in text]:
                for name in _GROUP.findall(phrase):
                    if name not in groups:
                        yield f"{section}.{key}: {phrase!r} names no group of [groups]: {name}"
