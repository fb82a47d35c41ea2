"""Free starts against an oracle that looks at every minute, with aware datetimes and no cleverness."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.hours import Opening
from core.model import Business, Hours, Performer, Service, Settings, WallSpan
from core.slots import Availability, free_starts, why_not

WARSAW = ZoneInfo("Europe/Warsaw")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")

ANA = 1
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
BUSINESS = Business(1, "nova", "Nova", WARSAW, "pl", "team@nova.example", None, None)
CUT = Service(1, "cut", "Haircut", 45, 0, 10, (ANA,), None, online=False, group=False, seats=None)

CHANGES = (
    (WARSAW, date(2026, 3, 29)),
    (WARSAW, date(2026, 10, 25)),
    (NEW_YORK, date(2026, 3, 8)),
    (NEW_YORK, date(2026, 11, 1)),
    (LORD_HOWE, date(2026, 4, 5)),
    (LORD_HOWE, date(2026, 10, 4)),
)


@cache
def minutes_around(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Every minute of three days and what the clock shows then."""
    first = datetime.combine(day - DAY, time.min, UTC) - timedelta(hours=14)
    moments = [first + MINUTE * number for number in range(4 * 24 * 60)]
    return tuple((moment, moment.astimezone(zone).replace(tzinfo=None)) for moment in moments)


def oracle(
    zone: ZoneInfo,
    day: date,
    spans: Sequence[WallSpan],
    off: tuple[int, int],
    busy: Sequence[tuple[datetime, datetime]],
    service: Service,
    step: int,
) -> list[datetime]:
    """Free starts of three days, minute by minute."""
    clock = minutes_around(zone, day)
    midnight = datetime.combine(day, time.min)

    def reached(wall: datetime) -> datetime:
        return next(moment for moment, shown in clock if shown >= wall)

    openings = [
        (reached(midnight + DAY * number + MINUTE * opens), reached(midnight + DAY * number + MINUTE * closes))
        for number in (-1, 0, 1)
        for opens, closes in spans
    ]
    away = reached(midnight + MINUTE * off[0]), reached(midnight + MINUTE * off[1])
    open_minutes = {
        moment
        for moment, _ in clock
        if any(opens <= moment < closes for opens, closes in openings) and not away[0] <= moment < away[1]
    }
    found = []
    for opens, closes in openings:
        start = opens
        while start < closes:
            visit = {start + MINUTE * number for number in range(service.minutes)}
            occupied = start - MINUTE * service.buffer_before, start + MINUTE * (service.minutes + service.buffer_after)
            if visit <= open_minutes and not any(b < occupied[1] and occupied[0] < e for b, e in busy):
                found.append(start)

            start += MINUTE * step

    return sorted(found)


@st.composite
def openings_of_a_day(draw: st.DrawFn) -> tuple[WallSpan, ...]:
    """Spans in order that may touch; often just where clocks change."""
    edges = draw(
        st.lists(st.integers(0, 48).map(lambda half: half * 30) | st.integers(0, 300), max_size=6, unique=True)
    )
    edges.sort()
    touching = draw(st.booleans())
    pairs = pairwise(edges) if touching else zip(edges[::2], edges[1::2], strict=False)
    return tuple(pairs)


@given(
    change=st.sampled_from(CHANGES),
    spans=openings_of_a_day(),
    off=st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda pair: (min(pair), max(pair))),
    busy=st.lists(st.tuples(st.integers(-1440, 2880), st.integers(1, 200)), max_size=12),
    minutes=st.integers(1, 180),
    buffers=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    step=st.sampled_from((5, 10, 15, 20, 25, 45, 60, 90)),
)
def test_the_sweep_agrees_with_the_oracle(
    change: tuple[ZoneInfo, date],
    spans: tuple[WallSpan, ...],
    off: tuple[int, int],
    busy: list[tuple[int, int]],
    minutes: int,
    buffers: tuple[int, int],
    step: int,
) -> None:
    """V1, V2, G11: hours, time off, buffers, busy spans (also overlapping) and the grid, over a change of clocks."""
    zone, day = change
    service = replace(CUT, minutes=minutes, buffer_before=buffers[0], buffer_after=buffers[1])
    midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
    visits = sorted((midnight + MINUTE * begins, midnight + MINUTE * (begins + lasts)) for begins, lasts in busy)
    walls = datetime.combine(day, time.min)
    off_walls = (walls + MINUTE * off[0], walls + MINUTE * off[1])
    three_days = [day - DAY, day, day + DAY]
    hours = Hours(exceptions=dict.fromkeys(three_days, spans), time_off=(off_walls,))
    settings = Settings(slot_step_minutes=step)
    calendars = (
        (Performer(ANA, "ana", "Ana", None, hours), [(int(b.timestamp()), int(e.timestamp())) for b, e in visits]),
    )
    availability = Availability(midnight - 3 * DAY, replace(BUSINESS, zone=zone, settings=settings), service, calendars)

    found = availability.between(midnight - 2 * DAY, midnight + 4 * DAY)

    expected = oracle(zone, day, spans, off, visits, service, step)
    assert [slot.start for slot in found] == expected
    assert all(slot.end - slot.start == MINUTE * minutes for slot in found)
    assert all(availability.has(start, ANA) and availability.is_free(start, ANA) for start in expected)


@given(
    edges=st.lists(st.integers(0, 300), unique=True, max_size=12),
    busy=st.lists(st.tuples(st.integers(-20, 320), st.integers(1, 40)), max_size=12),
    visit=st.tuples(st.integers(1, 40), st.integers(0, 20), st.integers(0, 20)),
    now=st.integers(-10, 310),
    notice=st.integers(0, 50),
    horizon=st.integers(0, 400),
)
def test_one_start_is_judged_as_the_sweep_judges_all(
    edges: list[int],
    busy: list[tuple[int, int]],
    visit: tuple[int, int, int],
    now: int,
    notice: int,
    horizon: int,
) -> None:
    """G11, F2: on a grid of one second nothing is off the grid."""
    edges.sort()
    opens = [Opening(start, end, start) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    spans = sorted((begins, begins + lasts) for begins, lasts in busy)
    length = {"duration": visit[0], "buffer_before": visit[1], "buffer_after": visit[2]}
    bounds = {"earliest": now + max(notice, 1), "latest": now + horizon}

    starts = free_starts(opens, spans, step=1, **length, **bounds)

    judged = {start: why_not(start, opens, spans, now=now, **length, **bounds) for start in range(-20, 320)}
    assert starts == [start for start, reason in judged.items() if reason is None]
    for start, reason in judged.items():
        unbound = why_not(start, opens, spans, now=now, **length)
        assert (unbound == reason) or (reason in ("notice", "horizon") and start > now)
