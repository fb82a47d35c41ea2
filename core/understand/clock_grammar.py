"""The grammar's rules for clock times: points, rough times, open and closed ranges, parts of the day. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from core.understand.marks import UNKNOWN
from core.understand.scan import Read, Scan
from core.understand.shift_grammar import ends_there
from core.understand.spoken_clocks import (
    FEWEST_SAID,
    HALF_HOUR,
    LAST_HOUR,
    LAST_MINUTE,
    NOON,
    QUARTER,
    minutes_from,
    noon,
    short_of,
    spoken,
)
from core.understand.times import After, Around, At, Before, Beside, Between, Clock, Part, SameTime

HUNDRED = 100
MONTHS = 12
TWO_DIGITS = 2
HALF_DAYS = {"am": Part(0, 12 * 60), "pm": Part(12 * 60, 17 * 60)}

_BEFORE_BARE = (
    "at", "around", "after", "before", "between", "from", "to", "or", "and", "ask", "weekday", "offset", "part",
    "instead_of", "correction", "ordinal_suffix", "month_name", "not", "works", "same_day", "slashed", "date", "but",
)  # fmt: skip
_BEFORE_WEAK = ("at", "around", "after", "before", "between", "from", "to", "instead_of")
"""What makes even 'one' a clock time."""

_BEFORE_HOURS = ("at", "around", "after", "before", "between", "from", "weekday", "offset", "part")
"""What makes '9 hours' a clock time in languages that say so."""

_AFTER_BARE = (
    "ask", "works", "filler", "or", "and", "to", "on", "at", "oclock", "am", "pm", "part", "weekday", "offset",
    "instead_of", "around_suffix", "after_suffix", "before_suffix", "correction", "thanks", "this", "next",
    "in", "same_day", "yes", "with", "performer", "but", "refuse", "earlier", "later", "not", "except",
)  # fmt: skip
_NEVER_AFTER_BARE = (
    "minute", "hour", "day", "week", "month", "fortnight", "visit", "ordinal_suffix", "one", UNKNOWN, "junk",
    "number", "slashed",
)  # fmt: skip


_TIMES = ("half", "quarter", "three_quarters", "at", "around", "weekday", "offset", "on", "after", "before", "between")


def read_clock(scan: Scan, index: int) -> Read | None:
    """Read the clock time or part of the day that begins at *index*."""
    if scan.has(index, "same_time"):
        return (SameTime(),), index + 1

    part = _part(scan, index)
    if part is not None:
        return (part,), index + 1

    found = _range(scan, index) or _one_sided(scan, index)
    if found is not None:
        return (found[0],), found[1]

    if scan.has(index, "sooner"):
        return (Beside(-1, sooner=True),), index + 1

    # 'avant', 'prima' are 'earlier' only where nothing follows that they could be before
    led = scan.has(index, "after", "before") and not ends_there(scan, index + 1)
    named = scan.has(index, "ordinal") and scan.has(index - 1, "my")
    # 'eher um elf', 'eerder vrijdag': a word that may as well say 'rather'
    rather = scan.has(index, "filler") and (scan.has(index + 1, *_TIMES) or scan.kind(index + 1) == "clock")
    if scan.has(index, "earlier", "later") and not (scan.has(index + 1, "number") or led or named or rather):
        return (Beside(-1 if scan.has(index, "earlier") else 1),), index + 1

    return None


def _part(scan: Scan, index: int) -> Part | None:
    """A part of the day; a word that also names a day ('morgen') is one only after a day."""
    value = scan.value(index, "part")
    named_too = scan.has(index, "offset") and not scan.has(index - 1, "weekday", "offset")
    if value is not None:
        return None if named_too else Part(*divmod(value, 10_000))

    # "Friday pm"
    half = next((part for label, part in HALF_DAYS.items() if scan.has(index, label)), None)
    return half if scan.has(index - 1, "weekday", "offset", "ordinal_suffix", "month_name") else None


def _range(scan: Scan, index: int) -> tuple[Clock, int] | None:
    opened = scan.has(index, "between", "from", "around")
    start = scan.past(index, "between", "from", "at", "around") if opened else index
    between = scan.has(index, "between")
    start = start if opened else scan.past(index, "at")
    allowed = opened or start > index or _may_be_bare(scan, index)
    first = _point(scan, start, bare_allowed=True, between=between)
    if first is None:
        return None

    plainly = opened or not (scan.has(first[1], "and") or (scan.has(first[1], "at") and first[0].bare))
    joined = scan.has(first[1], "to") and plainly
    second = _point(scan, scan.past(first[1] + 1, "at"), bare_allowed=True) if joined else None
    if second is None or not (allowed or second[0].half_day in ("am", "pm") or not first[0].bare):
        return None

    return Between(first[0], second[0], from_to=not between, aimed=scan.has(first[1], "aim")), second[1]


def _one_sided(scan: Scan, index: int) -> tuple[Clock, int] | None:
    """'after 3', '3 at the latest', 'around 3', '3ish', '3'."""
    cue = next((name for name in ("after", "before", "around", "from") if scan.has(index, name)), None)
    if cue is not None and (cue != "from" or scan.opens(index)):
        point = _point(scan, scan.past(index + 1, "at", "around"), bare_allowed=True)
        if point is not None:
            cue = "around" if cue in ("after", "before") and scan.has(index, "around") else cue
            return _cued(scan, cue, point[0]), _past_suffix(scan, point[1])

    start = scan.past(index, "at")
    point = _point(scan, start, bare_allowed=start > index or _may_be_bare(scan, index))
    if point is None:
        return None

    at, end = point
    for suffix, kind in (("after_suffix", After), ("before_suffix", Before), ("around_suffix", Around)):
        if scan.has(end, suffix):
            return kind(at), end + 1

    for cues_after, kind in ((("after", "later"), After), (("before", "earlier"), Before)):
        if scan.has(end, "or") and scan.has(end + 1, *cues_after) and _point(scan, end + 2, bare_allowed=True) is None:
            return kind(at), end + 2

    return at, end


def _cued(scan: Scan, cue: str, at: At) -> Clock:
    if cue == "around":
        return Around(at)

    return Before(at) if cue == "before" and not scan.has(0, "from_now") else After(at)


def _past_suffix(scan: Scan, end: int) -> int:
    return end + 1 if scan.has(end, "after_suffix", "before_suffix", "around_suffix") else end


def _may_be_bare(scan: Scan, index: int) -> bool:
    """Whether a lone number at *index* is a clock time by what stands around it."""
    asked = scan.has(index - 1, "filler") and scan.has(index + 1, "works", "ask")
    if not (index == 0 or asked or scan.has(index - 1, *_BEFORE_BARE)):
        return False

    after = index + 1
    if after >= len(scan.marks):
        return True

    return scan.has(after, *_AFTER_BARE) and not scan.has(after, *_NEVER_AFTER_BARE)


def _point(scan: Scan, index: int, *, bare_allowed: bool, between: bool = False) -> tuple[At, int] | None:
    named = noon(scan, index) or short_of(scan, index) or spoken(scan, index) or _named(scan, index)
    named = named or _shown(scan, index, bare_allowed=bare_allowed)
    return None if named is None else _with_half_day(scan, *_with_minutes(scan, *named, between=between))


def _with_minutes(scan: Scan, at: At, end: int, *, between: bool) -> tuple[At, int]:
    """Read minutes said after the hour: 'tres y media', 'trois heures et quart', 'tre meno dieci'.

    *between*: what follows an 'and' may be the other end of a range ('entre 3 y 5').
    """
    joint = end + 1 if scan.has(end, "oclock") else end
    clockwise = scan.lexicon.hour_word == "clock" or not scan.has(end, "hour")
    hour_ends = joint > end or scan.has(end - 1, "noon")
    if hour_ends and clockwise and _are_minutes(scan, joint) and not at.minute:
        return _moved(at, scan.number(joint) or 0), scan.past(joint + 1, "minute")

    if at.minute or not scan.has(joint, "hour_and", "hour_less", "and_a_half"):
        return at, end

    minutes, after = _minutes_said(scan, joint)
    spoken_of = scan.has(joint + 1, "half", "quarter") or scan.has(joint, "and_a_half")
    if minutes is None or (between and not spoken_of):
        return at, end

    return _moved(at, -minutes if scan.has(joint, "hour_less") else minutes), after


def _are_minutes(scan: Scan, index: int) -> bool:
    """Whether the number after an hour's word is its minutes: 'quinze heures trente', '15 h 30'."""
    minutes = scan.number(index) or 0
    others = ("oclock", "am", "pm", "month_name", "hour", "day", "week", "plain", UNKNOWN, "number", "visit", "one")
    return FEWEST_SAID <= minutes <= LAST_MINUTE and not minutes % FEWEST_SAID and not scan.has(index + 1, *others)


def _minutes_said(scan: Scan, joint: int) -> tuple[int | None, int]:
    """How many minutes are said after *joint*, and the index after them."""
    if scan.has(joint, "and_a_half"):
        return HALF_HOUR, joint + 1

    if scan.has(joint + 1, "half", "quarter"):
        return HALF_HOUR if scan.has(joint + 1, "half") else QUARTER, joint + 2

    minutes = scan.number(joint + 1)
    digits = scan.kind(joint + 1) == "number"
    if minutes is None or not FEWEST_SAID <= minutes <= LAST_MINUTE or (digits and minutes % FEWEST_SAID):
        return None, joint

    return minutes, scan.past(joint + 2, "minute")


def _moved(at: At, minutes: int) -> At:
    if at.half_day is None:
        return minutes_from(at.hour, minutes)

    total = at.hour * 60 + minutes
    return replace(at, hour=total // 60 % LAST_HOUR, minute=total % 60, bare=False)


def _named(scan: Scan, index: int) -> tuple[At, int] | None:
    """An hour named by an ordinal: 'o piątej', 'trzecia trzydzieści'; where it may count offers, only after a cue."""
    hour = scan.value(index, "hour_name")
    if hour is None:
        return None

    half_day: Literal["exact"] | None = "exact" if hour > NOON else None
    minutes = scan.value(index + 1, "number") or 0
    if FEWEST_SAID <= minutes <= LAST_MINUTE:
        return At(hour, minutes, half_day), scan.past(index + 2, "minute")

    if scan.has(index + 1, *_NEVER_AFTER_BARE, "option") and not scan.has(index + 1, "oclock", "am", "pm"):
        return None

    cued = scan.has(index - 1, *_BEFORE_HOURS, "to", "or", "and", "instead_of")
    said = cued or scan.has(index + 1, "oclock", "am", "pm", "part")
    if not said and (scan.has(index, "ordinal") or scan.has(index + 1, "plain")):
        return None

    return At(hour, 0, half_day), index + 1


def _shown(scan: Scan, index: int, *, bare_allowed: bool) -> tuple[At, int] | None:
    """'16:30', '4.30', '1630', '4 30', 'four thirty', '4'."""
    kind = scan.kind(index)
    clocklike = kind == "pointed" and scan.has_two_minutes(index) and not scan.is_pointed_date(index)
    if kind == "clock" or clocklike or _is_closing(scan, index):
        hour, minute = scan.numbers(index)[:2]
        return _valid(hour, minute, scan, index, index + 1)

    dashed = _dashed(scan, index)
    if dashed is not None:
        return dashed

    number = 1 if _is_one_o_clock(scan, index) else scan.number(index)
    if number is None:
        return None

    if kind == "number" and number >= HUNDRED:
        hour, minute = divmod(number, HUNDRED)
        looks_like_year = 2020 <= number <= 2060 and not scan.has(index - 1, "at")  # noqa: PLR2004 - years of bookings
        cued = scan.has(index - 1, "at", "after", "before", "around", "from", "between", "to", "weekday", "offset")
        dated = _follows_date(scan, index)
        known = cued or dated or scan.has(index + 1, "am", "pm", "oclock", "on", "weekday", "offset")
        return (
            _valid(hour, minute, scan, index, index + 1)
            if known and not looks_like_year and (dated or minute % 5 == 0)
            else None
        )

    minute_said = scan.value(index + 1, "number")
    if kind == "word" and minute_said is not None and minute_said >= 10 and number <= LAST_HOUR:  # noqa: PLR2004 - 'four thirty'
        return At(number, minute_said, "exact" if number > NOON else None), index + 2

    told = scan.has(index + 1, "am", "pm") or (scan.has(index + 1, "oclock") and not _is_span(scan, index))
    told = told or (scan.has(index + 1, "hour_and", "hour_less") and scan.has(index + 2, "half", "quarter"))
    told = told or scan.has(index + 1, "and_a_half")
    if not (told or bare_allowed or scan.has(index + 1, "around_suffix")) or _is_position(scan, index + 1):
        return None

    # a verb that closes its clause: 'Freitag um 9 einschieben'
    verb = scan.has(index - 1, "at") and scan.is_small_word(index + 1)
    if not told and (
        (scan.has(index + 1, *_NEVER_AFTER_BARE) and not verb)
        or (scan.has(index, "weak") and not scan.has(index - 1, *_BEFORE_WEAK))
    ):
        return None

    return _valid(number, 0, scan, index, index + 1)


def _is_position(scan: Scan, index: int) -> bool:
    """Whether a number ends in an ordinal's ending that no hour has, or counts what is offered."""
    counting = not scan.has(index, "oclock") or scan.has(index + 1, "option")
    return scan.has(index, "ordinal_suffix") and counting


def _is_apart(scan: Scan, index: int) -> bool:
    """Whether '15 30' can only be a clock time: 'at' before it, or nothing else in its clause."""
    return scan.has(index - 1, "at") or (index == 0 and len(scan.marks) == TWO_DIGITS)


def _dashed(scan: Scan, index: int) -> tuple[At, int] | None:
    """'15-30', 'at 15 30': hour and minutes that can be no range of hours; but not '15-30 minutes'."""
    dashed = (
        scan.kind(index + 2) == "number" and scan.marks[index + 1].text == "-" and scan.marks[index + 2].token.glued
    )
    minutes = index + 2 if dashed else index + 1
    hour, minute = scan.numbers(index), scan.numbers(minutes)
    if scan.kind(index) != "number" or scan.kind(minutes) != "number" or not (dashed or _is_apart(scan, index)):
        return None

    written = len(scan.marks[minutes].token.text) == TWO_DIGITS and minute[0] % FEWEST_SAID == 0
    if not written or hour[0] > LAST_HOUR or minute[0] > LAST_MINUTE or 0 < minute[0] <= LAST_HOUR:
        return None

    if scan.has(minutes + 1, "minute", "day", "week", "month_name", "plain", UNKNOWN) or (
        scan.kind(minutes + 1) == "mark" and scan.marks[minutes + 1].length == 1
    ):
        return None

    return _valid(hour[0], minute[0], scan, index, minutes + 1)


def _is_one_o_clock(scan: Scan, index: int) -> bool:
    """Whether an article before the hour's word is its number: 'um ein Uhr', 'om een uur'."""
    hourly = scan.has(index + 1, "oclock") and not scan.has(index + 2, "later", "earlier")
    cued = scan.has(index - 1, *_BEFORE_HOURS, "to") or not scan.has(index + 1, "hour")
    return scan.has(index, "a") and hourly and cued


def _follows_date(scan: Scan, index: int) -> bool:
    """Whether a date in full stands before: four digits after it are a clock time, unless they are a year."""
    before = index - 1
    if scan.kind(before) in ("date", "slashed") or scan.has(before, "month_name"):
        return True

    day = before - 1 if scan.has(before, "ordinal_suffix") else before
    return scan.kind(day) == "number" and scan.has(day - 1, "month_name")


def _is_closing(scan: Scan, index: int) -> bool:
    """Whether 'at 9.10.' is a clock time that ends its sentence."""
    two = scan.kind(index) == "date" and len(scan.numbers(index)) == 2  # noqa: PLR2004 - no year
    return (
        two
        and len(scan.marks[index].text.split(".")[1]) == 2  # noqa: PLR2004 - as minutes are written
        and scan.has(index - 1, "at")
        and not scan.has(index - 1, "on", "day_number")
    )


def _is_span(scan: Scan, index: int) -> bool:
    """Whether '24 hours' or '2 h' is a length, not a clock time as in 'à 9 heures', '10h?'."""
    # 'the next 3 hours', but 'lundi prochain 9 h'
    of_span = scan.has(index - 1, "next") and not scan.has(index - 2, "weekday", "week")
    if scan.lexicon.hour_word == "clock" and not (of_span or scan.has(index - 1, "in")):
        return False

    cued = scan.has(index - 1, *_BEFORE_HOURS) or (index == 0 and scan.has(1, "hour") and scan.marks[1].token.glued)
    padded = scan.marks[index].token.padded
    return scan.has(index + 1, "hour") and not (cued or padded) and (scan.number(index) or 0) <= NOON


def _valid(hour: int, minute: int, scan: Scan, index: int, end: int) -> tuple[At, int] | None:
    if hour > LAST_HOUR or minute > LAST_MINUTE or (hour == LAST_HOUR and minute):
        return None

    exact = hour > NOON or hour == 0 or (scan.marks[index].token.padded and scan.kind(index) != "number")
    bare = scan.kind(index) == "number" and hour < HUNDRED and minute == 0
    hourly = scan.has(index - 1, "at") and not scan.has(index - 1, "on")
    dated = (
        scan.kind(index) == "pointed"
        and 1 <= minute <= MONTHS
        and not hourly
        and not scan.has(end, "am", "pm", "oclock")
    )
    as_written = scan.kind(index) in ("clock", "pointed") and scan.lexicon.shown_clock == "24"
    return At(hour, minute, "exact" if exact else None, bare=bare, maybe_date=dated, as_written=as_written), end


def _with_half_day(scan: Scan, at: At, end: int) -> tuple[At, int]:
    """Read what follows a point: o'clock, am or pm, 'in the morning'."""
    if scan.has(end, "oclock") and not scan.has(end, "am", "pm"):
        at, end = replace(at, bare=False), end + 1

    if scan.has(end, "am", "pm"):
        return replace(at, half_day=_half(at, afternoon=scan.has(end, "pm")), bare=False), end + 1

    following = scan.past(end, "in", "on", "at", "this")
    part = _part(scan, following)
    if part is not None and following > end and part.last - part.first > 3 * 60 and at.half_day is None:
        return replace(at, half_day="pm" if part.first >= NOON * 60 else "am", bare=False), following + 1

    return at, end


def _half(at: At, *, afternoon: bool) -> Literal["am", "pm", "exact"]:
    if at.half_day == "exact" and at.hour > NOON:
        return "exact"

    return "pm" if afternoon else "am"
