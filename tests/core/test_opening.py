"""Opening hours as the import file writes them: read whole, refused with the path of the mistake."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import WEEKDAYS, Hours, WallSpan
from core.opening import BadHours, read_hours

minutes = st.lists(st.integers(0, 24 * 60), unique=True, max_size=8).map(sorted)
days = minutes.map(lambda found: tuple(zip(found[::2], found[1::2], strict=False)))
wall_times = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 wall times, on purpose
    lambda time: time.replace(second=0, microsecond=0)
)
lengths = st.integers(1, 9999).map(lambda number: timedelta(minutes=number))
absences = st.builds(lambda start, length: (start, start + length), wall_times, lengths)
hours = st.builds(
    Hours,
    weekly=st.tuples(*[days] * 7),
    exceptions=st.dictionaries(st.dates(date(2020, 1, 1), date(2100, 1, 1)), days, max_size=3),
    time_off=st.lists(absences, max_size=3).map(tuple),
)


@given(hours)
def test_what_is_written_is_read(expected: Hours) -> None:
    """V1: several spans a day, exceptions, time off; midnight at the end of a day is 24:00."""
    assert read_hours(written(expected)) == expected


@given(days, st.randoms())
def test_the_order_in_which_spans_are_written_does_not_matter(expected: tuple[WallSpan, ...], chance: Any) -> None:
    """V1."""
    spans = written_spans(expected)
    chance.shuffle(spans)

    assert read_hours({"hours": {"wed": spans}}).weekly[2] == expected


@given(st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)), min_size=1, max_size=3))
def test_spans_are_taken_only_if_they_can_be(spans: list[tuple[int, int]]) -> None:
    """V1: each ends after it starts, no two overlap; what touches may stay apart."""
    can_be = all(start < end for start, end in spans)
    can_be = can_be and all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))

    assert is_taken({"hours": {"mon": written_spans(spans)}}) is can_be


@pytest.mark.parametrize("words", [{}, {"hours": None, "exceptions": None, "time_off": None}, {"hours": {}}])
def test_nothing_written_is_always_closed(words: dict[str, Any]) -> None:
    assert read_hours(words) == Hours()


def test_spans_may_touch() -> None:
    """V1: a change of shift is no overlap."""
    touching = [["12:00", "17:00"], ["09:00", "12:00"]]

    assert read_hours({"hours": {"mon": touching}}).weekly[0] == ((540, 720), (720, 1020))


def test_a_day_off_is_an_exception_without_spans() -> None:
    """V1."""
    assert read_hours({"exceptions": {"2026-12-24": []}}).exceptions == {date(2026, 12, 24): ()}


NINE_TO_FIVE = [["09:00", "17:00"]]


@pytest.mark.parametrize(
    ("words", "path", "reason"),
    [
        ({"hours": {"monday": NINE_TO_FIVE}}, "hours.monday", "days are mon, tue, wed, thu, fri, sat, sun"),
        ({"hours": {"Mon": NINE_TO_FIVE}}, "hours.Mon", "days are"),
        ({"hours": {"mon": None}}, "hours.mon", "must be a list of spans"),
        ({"hours": {"mon": "09:00-17:00"}}, "hours.mon", "must be a list of spans"),
        ({"hours": {"mon": ["09:00", "17:00"]}}, "hours.mon[0]", "must be two clock times"),
        ({"hours": {"mon": [["09:00"]]}}, "hours.mon[0]", "must be two clock times"),
        ({"hours": {"mon": [*NINE_TO_FIVE, ["9:00", "17:00"]]}}, "hours.mon[1]", "'9:00' is no clock time"),
        ({"hours": {"mon": [["09:00", 17]]}}, "hours.mon[0]", "17 is no clock time"),
        ({"hours": {"mon": [["09:00", "24:01"]]}}, "hours.mon[0]", "'24:01' is no clock time"),
        ({"hours": {"mon": [["09:00", "17:60"]]}}, "hours.mon[0]", "'17:60' is no clock time"),
        ({"hours": {"mon": [["09:00", "17:00\n"]]}}, "hours.mon[0]", "is no clock time"),
        ({"hours": {"mon": [["17:00", "09:00"]]}}, "hours.mon[0]", "must end after it starts"),
        ({"hours": {"mon": [["22:00", "00:00"]]}}, "hours.mon[0]", "must end after it starts, on the same day (24:00"),
        ({"hours": {"mon": [["09:00", "09:00"]]}}, "hours.mon[0]", "must end after it starts"),
        ({"hours": {"mon": [["12:00", "18:00"], *NINE_TO_FIVE]}}, "hours.mon", "spans of one day must not overlap"),
        ({"exceptions": {"24.12.2026": []}}, "exceptions.24.12.2026", "must be a date such as 2026-12-24"),
        ({"exceptions": {"2026-02-29": []}}, "exceptions.2026-02-29", "must be a date"),
        ({"exceptions": {"20261224": []}}, "exceptions.20261224", "must be a date"),
        ({"exceptions": {"2026-W52-4": []}}, "exceptions.2026-W52-4", "must be a date"),
        ({"exceptions": {"2026-12-24": None}}, "exceptions.2026-12-24", "must be a list of spans"),
        ({"exceptions": {"2026-12-24": [["x", "y"]]}}, "exceptions.2026-12-24[0]", "'x' is no clock time"),
        ({"time_off": ["2026-12-28T00:00"]}, "time_off[0]", "must be two wall times"),
        ({"time_off": [["2026-12-28T00:00", "2026-12-28T00:00"]]}, "time_off[0]", "must end after it starts"),
        ({"time_off": [["2026-12-28", "2026-12-29"]]}, "time_off[0]", "'2026-12-28' is no wall time"),
        ({"time_off": [["2026-12-28T00:00Z", "x"]]}, "time_off[0]", "(without an offset)"),
        ({"time_off": [["2026-12-28T25:00", "x"]]}, "time_off[0]", "is no time of the calendar"),
        ({"time_off": [["2026-12-28T00:00", None]]}, "time_off[0]", "None is no wall time"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_their_path(words: dict[str, Any], path: str, reason: str) -> None:
    """CONTRACT "import": a mistake names its path."""
    with pytest.raises(BadHours) as caught:
        read_hours(words)

    assert caught.value.path == path
    assert reason in caught.value.reason
    assert str(caught.value) == f"{path}: {caught.value.reason}"


def written(hours: Hours) -> dict[str, Any]:
    """Return *hours* as an import file writes them."""
    return {
        "hours": {day: written_spans(spans) for day, spans in zip(WEEKDAYS, hours.weekly, strict=True)},
        "exceptions": {day.isoformat(): written_spans(spans) for day, spans in hours.exceptions.items()},
        "time_off": [[f"{start:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}"] for start, end in hours.time_off],
    }


def written_spans(spans: Any) -> list[list[str]]:
    return [[clock(start), clock(end)] for start, end in spans]


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def is_taken(words: dict[str, Any]) -> bool:
    try:
        read_hours(words)
    except BadHours:
        return False

    return True
