"""Opening hours as instants, above all where the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hours import Opening, first_moment, open_spans
from core.model import Hours

WARSAW = ZoneInfo("Europe/Warsaw")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour of summer time
CAIRO = ZoneInfo("Africa/Cairo")  # its spring day has no midnight

NINE_TO_FIVE = Hours(weekly=(((9 * 60, 17 * 60),),) * 7)


def around(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime(day.year, day.month, day.day, tzinfo=zone), datetime(day.year, day.month, day.day, 23, tzinfo=zone)


def on_clock(openings: tuple[Opening, ...], zone: ZoneInfo) -> list[tuple[str, str]]:
    return [
        (
            datetime.fromtimestamp(opening.start, zone).strftime("%d %H:%M%z"),
            datetime.fromtimestamp(opening.end, zone).strftime("%d %H:%M%z"),
        )
        for opening in openings
    ]


def opened(day: date, zone: ZoneInfo, *spans: tuple[str, str]) -> list[tuple[str, str]]:
    minutes = tuple((_minutes(opens), _minutes(closes)) for opens, closes in spans)
    return on_clock(open_spans(Hours(weekly=(minutes,) * 7), zone, *around(day, zone)), zone)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def test_several_spans_a_day_come_in_order_with_their_anchors() -> None:
    """V1: several spans a day."""
    hours = Hours(weekly=((), ((14 * 60, 18 * 60), (9 * 60, 12 * 60)), (), (), (), (), ()))
    tuesday = date(2026, 12, 1)

    openings = open_spans(hours, WARSAW, *around(tuesday, WARSAW))

    assert on_clock(openings, WARSAW) == [("01 09:00+0100", "01 12:00+0100"), ("01 14:00+0100", "01 18:00+0100")]
    assert [opening.anchor for opening in openings] == [opening.start for opening in openings]


def test_an_exception_replaces_the_day() -> None:
    """V1: exceptions."""
    hours = Hours(weekly=NINE_TO_FIVE.weekly, exceptions={date(2026, 12, 24): (), date(2026, 12, 25): ((600, 660),)})

    openings = open_spans(hours, WARSAW, datetime(2026, 12, 23, tzinfo=WARSAW), datetime(2026, 12, 26, tzinfo=WARSAW))

    assert on_clock(openings, WARSAW) == [("23 09:00+0100", "23 17:00+0100"), ("25 10:00+0100", "25 11:00+0100")]


def test_time_off_cuts_an_opening_and_leaves_its_anchor() -> None:
    """V1, G11: time off; the grid stays anchored at the opening."""
    hours = Hours(
        weekly=NINE_TO_FIVE.weekly,
        time_off=((datetime(2026, 12, 1, 10, 10), datetime(2026, 12, 1, 11, 20)),),  # noqa: DTZ001 wall time on purpose
    )
    nine = first_moment(datetime(2026, 12, 1, 9), WARSAW)  # noqa: DTZ001 wall time on purpose

    openings = open_spans(hours, WARSAW, *around(date(2026, 12, 1), WARSAW))

    assert openings == (
        Opening(nine, nine + 70 * 60, nine),
        Opening(nine + 140 * 60, nine + 8 * 3600, nine),
    )


def test_time_off_of_days_closes_them() -> None:
    """V1: time off over midnights."""
    off = (datetime(2026, 12, 28), datetime(2026, 12, 31, 12))  # noqa: DTZ001 wall time on purpose
    hours = Hours(weekly=NINE_TO_FIVE.weekly, time_off=(off,))

    openings = open_spans(hours, WARSAW, datetime(2026, 12, 28, tzinfo=WARSAW), datetime(2027, 1, 1, tzinfo=WARSAW))

    assert on_clock(openings, WARSAW) == [("31 12:00+0100", "31 17:00+0100")]


def test_spans_that_overlap_are_one_and_spans_that_touch_are_two() -> None:
    assert opened(date(2026, 12, 1), WARSAW, ("09:00", "12:00"), ("11:00", "13:00"), ("13:00", "15:00")) == [
        ("01 09:00+0100", "01 13:00+0100"),
        ("01 13:00+0100", "01 15:00+0100"),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (WARSAW, date(2026, 3, 29), 23),
        (WARSAW, date(2026, 10, 25), 25),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
        (LORD_HOWE, date(2026, 10, 4), 23.5),
        (LORD_HOWE, date(2026, 4, 5), 24.5),
        (CAIRO, date(2026, 4, 24), 23),
    ],
)
def test_a_day_of_clock_change_is_as_long_as_it_is(zone: ZoneInfo, day: date, hours: float) -> None:
    """V1: DST-correct in the business's zone."""
    openings = open_spans(Hours(weekly=(((0, 24 * 60),),) * 7), zone, *around(day, zone))

    ours = [opening for opening in openings if datetime.fromtimestamp(opening.start, zone).date() == day]
    assert [opening.end - opening.start for opening in ours] == [hours * 3600]


@pytest.mark.parametrize(
    ("zone", "day", "span", "expected"),
    [
        # Warsaw skips 02:00-03:00 on 29 March and has it twice on 25 October.
        (WARSAW, date(2026, 3, 29), ("02:30", "05:00"), [("29 03:00+0200", "29 05:00+0200")]),
        (WARSAW, date(2026, 3, 29), ("00:00", "02:30"), [("29 00:00+0100", "29 03:00+0200")]),
        (WARSAW, date(2026, 3, 29), ("02:00", "03:00"), []),
        (WARSAW, date(2026, 3, 29), ("02:15", "02:45"), []),
        (WARSAW, date(2026, 10, 25), ("02:30", "05:00"), [("25 02:30+0200", "25 05:00+0100")]),
        (WARSAW, date(2026, 10, 25), ("00:00", "02:30"), [("25 00:00+0200", "25 02:30+0200")]),
        (WARSAW, date(2026, 10, 25), ("09:00", "17:00"), [("25 09:00+0100", "25 17:00+0100")]),
        (NEW_YORK, date(2026, 3, 8), ("02:30", "04:00"), [("08 03:00-0400", "08 04:00-0400")]),
        (NEW_YORK, date(2026, 11, 1), ("01:30", "03:00"), [("01 01:30-0400", "01 03:00-0500")]),
        # Lord Howe skips 02:00-02:30 on 4 October and has 01:30-02:00 twice on 5 April.
        (LORD_HOWE, date(2026, 10, 4), ("02:15", "03:00"), [("04 02:30+1100", "04 03:00+1100")]),
        (LORD_HOWE, date(2026, 4, 5), ("01:45", "03:00"), [("05 01:45+1100", "05 03:00+1030")]),
        (CAIRO, date(2026, 4, 24), ("00:30", "02:00"), [("24 01:00+0300", "24 02:00+0300")]),
    ],
)
def test_an_edge_is_the_first_moment_the_clock_shows_it_or_later(
    zone: ZoneInfo, day: date, span: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    """V1: spring gap and autumn fold at the edges of an opening."""
    assert opened(day, zone, span) == expected


@given(
    zone=st.sampled_from((WARSAW, NEW_YORK, LORD_HOWE, CAIRO)),
    wall=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2028, 1, 1)),  # noqa: DTZ001 wall time on purpose
)
def test_a_moment_shows_its_wall_time_unless_the_clock_skips_it(zone: ZoneInfo, wall: datetime) -> None:
    """V1: never before the wall time, and a second earlier it was not reached yet."""
    wall = wall.replace(microsecond=0)

    second = first_moment(wall, zone)

    shown = datetime.fromtimestamp(second, zone)
    before = datetime.fromtimestamp(second - 1, zone)
    assert shown.replace(tzinfo=None) >= wall
    assert before.replace(tzinfo=None) < wall
    assert shown.replace(tzinfo=None) == wall or shown.utcoffset() != before.utcoffset()


@given(
    zone=st.sampled_from((WARSAW, NEW_YORK, LORD_HOWE, CAIRO)),
    spans=st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda span: span[0] < span[1])),
    start=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 1)),  # noqa: DTZ001 made aware below
    days=st.integers(0, 20),
)
def test_openings_come_in_order_and_never_overlap(
    zone: ZoneInfo, spans: list[tuple[int, int]], start: datetime, days: int
) -> None:
    since = start.replace(tzinfo=UTC)
    hours = Hours(weekly=(tuple(spans), (), tuple(spans), tuple(spans), (), tuple(spans), tuple(spans)))

    openings = open_spans(hours, zone, since, since + timedelta(days=days))

    edges = [edge for opening in openings for edge in opening[:2]]
    assert edges == sorted(edges)
    assert all(opening.start < opening.end for opening in openings)
