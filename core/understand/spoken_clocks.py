"""The grammar's rules for clock times in words: noon, halves and quarters, minutes to and past an hour. Pure."""

from __future__ import annotations

from core.understand.scan import Scan
from core.understand.times import At

NOON = 12
HALF_HOUR = 30
QUARTER = 15
LAST_HOUR = 24
LAST_MINUTE = 59
MINUTES_TO = (5, 10, 20, 25)
FEWEST_SAID = 5
"""Nobody says 'three and two' for two past three."""


def noon(scan: Scan, index: int) -> tuple[At, int] | None:
    """Noon or midnight at *index*, and the index after it."""
    if scan.has(index, "noon"):
        return At(NOON, half_day="exact"), index + 1

    return (At(LAST_HOUR, half_day="exact"), index + 1) if scan.has(index, "midnight") else None


def spoken(scan: Scan, index: int) -> tuple[At, int] | None:
    """'half two', 'quarter past five', 'ten to four', 'dreiviertel drei', 'tien voor half drie'."""
    halved = _half_hour(scan, index)
    if halved is not None:
        return minutes_from(*halved[0]), halved[1]

    part_of = -QUARTER if scan.has(index, "three_quarters") else QUARTER - 60 if scan.has(index, "quarter") else None
    begun = _hour(scan, index + 1) if part_of is not None and scan.lexicon.half == "before" else None
    if part_of is not None and begun is not None:
        return minutes_from(begun[0], part_of), begun[1]

    minutes = QUARTER if scan.has(index, "quarter") else scan.number(index)
    if minutes is None or not 1 <= minutes < HALF_HOUR or scan.kind(index) in ("clock", "pointed"):
        return None

    after = scan.past(index + 1, "minute")
    begun_hour = _begun(scan, index, after)
    if begun_hour is not None:
        return minutes_from(begun_hour[0] - 1, minutes), begun_hour[1]

    past = scan.has(after, "past_hour")
    may_join = scan.has(after, "to", "and") and not scan.has(after, "at")
    back = scan.has(after, "to_hour") and (scan.has(index, "quarter") or minutes in MINUTES_TO or not may_join)
    beside_half = _half_hour(scan, after + 1) if past or back else None
    if beside_half is not None:
        (hour_said, half), end = beside_half
        return minutes_from(hour_said, half + (-minutes if back else minutes)), end

    hour = _hour(scan, after + 1) if past or back or scan.has(index, "quarter") else None
    digits = scan.kind(index) == "number" and after == index + 1 and not scan.has(index, "quarter")
    if hour is None or (back and digits and (may_join or minutes % FEWEST_SAID)):
        return None

    return minutes_from(hour[0], minutes if not back else -minutes), hour[1]


def _half_hour(scan: Scan, index: int) -> tuple[tuple[int, int], int] | None:
    """The hour and the minutes from it that 'half two', 'halb drei' mean, and the index after them."""
    hour = _hour(scan, scan.past(index + 1, "past_hour", "into_hour")) if scan.has(index, "half") else None
    if hour is None:
        return None

    return (hour[0], -HALF_HOUR if scan.lexicon.half == "before" else HALF_HOUR), hour[1]


def _begun(scan: Scan, index: int, after: int) -> tuple[int, int] | None:
    """The hour that minutes are part of: 'чверть на третю', 'десять хвилин на третю', 'десять минут третьего'."""
    if scan.has(after, "into_hour"):
        counted = scan.has(index, "quarter") or scan.has(after + 1, "hour_name")
        return _hour(scan, after + 1) if counted and not scan.has(index - 1, "by", "late") else None

    named = scan.has(after, "hour_name") and scan.has(after, "month_day")
    return _hour(scan, after) if named and after > index + 1 else None


def short_of(scan: Scan, index: int) -> tuple[At, int] | None:
    """'za kwadrans trzecia', 'без пяти пять': minutes before the hour that follows them."""
    minutes = QUARTER if scan.has(index + 1, "quarter") else scan.number(index + 1)
    if not scan.has(index, "short_of") or minutes is None or not 1 <= minutes < HALF_HOUR:
        return None

    hour = _hour(scan, scan.past(index + 2, "minute"))
    return None if hour is None else (minutes_from(hour[0], -minutes), hour[1])


def _hour(scan: Scan, index: int) -> tuple[int, int] | None:
    hour = scan.value(index, "hour_name") or scan.number(index)
    latest = NOON if scan.value(index, "hour_name") is None else LAST_HOUR
    return (hour, index + 1) if hour is not None and 1 <= hour <= latest else None


def minutes_from(hour: int, minutes: int) -> At:
    """The clock time so many minutes from an hour as it is spoken."""
    total = hour * 60 + minutes
    if hour > NOON:
        return At(total // 60, total % 60, "exact")

    shown = (total // 60 - 1) % NOON + 1
    return At(shown, total % 60)
