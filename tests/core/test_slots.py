"""Free starts: the grid, what must lie where, and why one start cannot be had."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.hours import open_spans
from core.model import Business, Hours, Performer, Service, Settings, Slot
from core.slots import Availability, Span

WARSAW = ZoneInfo("Europe/Warsaw")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")

ANA, BEN = 1, 2
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOON_BEFORE = datetime(2026, 11, 30, 12, tzinfo=WARSAW)  # a Monday
BUSINESS = Business(1, "nova", "Nova", WARSAW, "pl", "team@nova.example", None, None)
CUT = Service(1, "cut", "Haircut", 45, 0, 10, (ANA, BEN), None, online=False, group=False, seats=None)
NINE_TO_FIVE = Hours(weekly=(((9 * 60, 17 * 60),),) * 7)


def performer(number: int, hours: Hours = NINE_TO_FIVE) -> Performer:
    return Performer(number, f"p{number}", f"Performer {number}", None, hours)


def warsaw(day: int, clock: str, month: int = 12) -> datetime:
    return datetime(2026, month, day, int(clock[:2]), int(clock[3:]), tzinfo=WARSAW)


def span(day: int, opens: str, closes: str) -> Span:
    return int(warsaw(day, opens).timestamp()), int(warsaw(day, closes).timestamp())


def available(
    *busy: Span,
    now: datetime = NOON_BEFORE,
    service: Service = CUT,
    hours: Hours = NINE_TO_FIVE,
    others: Sequence[tuple[Performer, Sequence[Span]]] = (),
    **settings: int,
) -> Availability:
    business = replace(BUSINESS, settings=replace(Settings(), **settings))  # type: ignore[arg-type] # numbers only
    return Availability(now, business, service, ((performer(ANA, hours), busy), *others))


def clocks(slots: Sequence[Slot], zone: ZoneInfo = WARSAW) -> list[str]:
    return [slot.start.astimezone(zone).strftime("%d %H:%M") for slot in slots]


def day_of(availability: Availability, day: int) -> list[str]:
    return [clock[3:] for clock in clocks(availability.between(warsaw(day, "00:00"), warsaw(day + 1, "00:00")))]


def test_starts_are_on_the_grid_of_each_opening() -> None:
    """G11, V1: several spans a day, each with its own anchor; the visit ends by closing."""
    hours = Hours(weekly=(((9 * 60 + 10, 11 * 60), (14 * 60 + 5, 15 * 60)),) * 7)

    found = day_of(available(hours=hours, slot_step_minutes=20), 1)

    assert found == ["09:10", "09:30", "09:50", "10:10", "14:05"]


def test_the_anchor_survives_time_off_and_visits() -> None:
    """G11: neither shifts the grid."""
    off = (datetime(2026, 12, 1, 10, 10), datetime(2026, 12, 1, 15, 20))  # noqa: DTZ001 wall time on purpose
    hours = replace(NINE_TO_FIVE, time_off=(off,))

    found = day_of(available(span(1, "15:25", "15:40"), hours=hours), 1)

    assert found == ["09:00", "09:15", "15:45", "16:00", "16:15"]


def test_a_visit_may_run_across_openings_that_touch() -> None:
    """V1, G11: 12:00 after 12:00 is open, and 12:00 begins a new grid."""
    hours = Hours(weekly=(((11 * 60, 12 * 60), (12 * 60, 13 * 60)),) * 7)

    found = day_of(available(hours=hours, slot_step_minutes=25), 1)

    assert found == ["11:00", "11:25", "11:50", "12:00"]


def test_a_visit_may_run_over_midnight() -> None:
    """V1."""
    hours = Hours(weekly=(((0, 30), (23 * 60, 24 * 60)),) * 7)

    assert day_of(available(hours=hours), 1) == ["23:00", "23:15", "23:30", "23:45"]


def test_buffers_may_stick_out_of_opening_hours_but_not_into_visits() -> None:
    """V1, V2: a busy span has its own buffers in it already."""
    service = replace(CUT, buffer_before=15, buffer_after=10)

    found = day_of(available(span(1, "10:10", "15:45"), service=service), 1)

    assert found == ["09:00", "09:15", "16:00", "16:15"]


@pytest.mark.parametrize(
    ("now", "notice", "first"),
    [
        (warsaw(1, "09:00"), 0, "09:15"),  # a start must be ahead, not now
        (warsaw(1, "08:59") + timedelta(seconds=59, microseconds=1), 0, "09:00"),
        (warsaw(1, "09:00"), 60, "10:00"),
        (warsaw(1, "09:00") + timedelta(microseconds=1), 60, "10:15"),
    ],
)
def test_notice_is_kept_to_the_second(now: datetime, notice: int, first: str) -> None:
    """V1: minimum notice; a start is always in the future."""
    assert day_of(available(now=now, min_notice_minutes=notice), 1)[0] == first


def test_nothing_is_offered_beyond_the_horizon() -> None:
    """V1: the very end of the horizon is within it."""
    found = available(now=warsaw(1, "10:00"), horizon_days=2).between(warsaw(1, "00:00"), warsaw(30, "00:00"))

    assert clocks(found)[-1] == "03 10:00"


def test_notice_longer_than_the_horizon_leaves_nothing() -> None:
    found = available(min_notice_minutes=60 * 48, horizon_days=1)

    assert found.between(NOON_BEFORE, NOON_BEFORE + 9 * DAY) == ()
    assert found.soonest(5) == ()


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        (WARSAW, date(2026, 3, 29), ["01:00+0100", "01:30+0100", "03:00+0200", "03:30+0200"]),
        (
            WARSAW,
            date(2026, 10, 25),
            [
                "01:00+0200",
                "01:30+0200",
                "02:00+0200",
                "02:30+0200",
                "02:00+0100",
                "02:30+0100",
                "03:00+0100",
                "03:30+0100",
            ],
        ),
        (NEW_YORK, date(2026, 3, 8), ["01:00-0500", "01:30-0500", "03:00-0400", "03:30-0400"]),
        (
            NEW_YORK,
            date(2026, 11, 1),
            [
                "01:00-0400",
                "01:30-0400",
                "01:00-0500",
                "01:30-0500",
                "02:00-0500",
                "02:30-0500",
                "03:00-0500",
                "03:30-0500",
            ],
        ),
        (LORD_HOWE, date(2026, 10, 4), ["01:00+1030", "01:30+1030", "02:30+1100", "03:00+1100", "03:30+1100"]),
        (
            LORD_HOWE,
            date(2026, 4, 5),
            ["01:00+1100", "01:30+1100", "01:30+1030", "02:00+1030", "02:30+1030", "03:00+1030", "03:30+1030"],
        ),
    ],
)
def test_the_grid_runs_through_a_change_of_clocks(zone: ZoneInfo, day: date, expected: list[str]) -> None:
    """V1: open from 01:00 to 04:00; what the clock skips is not offered, what it repeats is offered twice."""
    business = replace(BUSINESS, zone=zone, settings=Settings(slot_step_minutes=30))
    service = replace(CUT, minutes=30, buffer_after=0)
    midnight = datetime.combine(day, time.min, zone)
    hours = Hours(weekly=(((60, 240),),) * 7)

    found = Availability(midnight - DAY, business, service, ((performer(ANA, hours), ()),)).between(
        midnight, midnight + DAY
    )

    assert [slot.start.astimezone(zone).strftime("%H:%M%z") for slot in found] == expected


def test_days_without_a_performer_or_hours_are_empty() -> None:
    assert Availability(NOON_BEFORE, BUSINESS, CUT, ()).between(NOON_BEFORE, NOON_BEFORE + DAY) == ()
    assert available(hours=Hours()).soonest(3) == ()
    assert open_spans(Hours(), WARSAW, NOON_BEFORE, NOON_BEFORE) == ()


@pytest.mark.parametrize(
    ("start", "guest", "staff"),
    [
        (warsaw(1, "10:07"), None, None),
        (warsaw(1, "16:15"), None, None),
        (warsaw(1, "16:16"), "closed", "closed"),
        (warsaw(1, "08:59"), "closed", "closed"),
        (warsaw(1, "12:05"), None, None),
        (warsaw(1, "12:06"), "busy", "busy"),
        (warsaw(1, "14:00"), None, None),
        (warsaw(1, "13:59"), "busy", "busy"),
        (warsaw(30, "12:00", 11), "past", "past"),
        (warsaw(30, "13:59", 11), "notice", None),
        (warsaw(30, "14:00", 11), None, None),
        (warsaw(4, "12:00"), None, None),
        (warsaw(4, "12:01"), "horizon", None),
        (warsaw(1, "23:00"), "closed", "closed"),
    ],
)
def test_any_minute_can_be_asked_for_and_the_reason_is_told(
    start: datetime, guest: str | None, staff: str | None
) -> None:
    """G11, F2: staff set any minute; notice and horizon do not bind them, opening hours and visits do."""
    availability = available(span(1, "13:00", "14:00"), min_notice_minutes=120, horizon_days=4)

    assert availability.why_not(start, ANA) == guest
    assert availability.why_not(start, ANA, bound=False) == staff
    assert availability.is_free(start, ANA, bound=False) == (staff is None)


def test_a_guest_has_only_what_is_on_the_grid() -> None:
    """G11."""
    availability = available(span(1, "13:00", "14:00"))

    assert availability.has(warsaw(1, "10:15"), ANA)
    assert not availability.has(warsaw(1, "10:07"), ANA)
    assert not availability.has(warsaw(1, "10:15") + timedelta(microseconds=1), ANA)
    assert not availability.has(warsaw(1, "13:15"), ANA)
    assert not availability.has(warsaw(1, "10:15"), BEN)
    assert availability.why_not(warsaw(1, "10:15"), BEN) == "closed"


def test_the_own_visit_blocks_no_small_move_where_it_is_left_out() -> None:
    """G9: whoever collects the busy spans leaves it out."""
    own = span(1, "10:00", "10:55")

    assert not available(own).has(warsaw(1, "10:15"), ANA)
    assert available().has(warsaw(1, "10:15"), ANA)


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_refused_like_any_other_time(year: int) -> None:
    """L1: a slip of the pen crashes nothing."""
    availability = available()

    for start in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)):
        assert availability.why_not(start, ANA, bound=False) == ("past" if year == 1 else "horizon")
        assert not availability.has(start, ANA)
        assert availability.between(start, start) == ()


def test_where_only_one_start_is_known_nothing_else_can_be_offered() -> None:
    """R2: busy spans around one start say nothing of any other, so no offer can be made of them by mistake."""
    ten = warsaw(1, "10:00")
    around = replace(available(), only=ten)
    offers: list[Callable[[], object]] = [
        lambda: around.soonest(1),
        lambda: around.between(ten, ten + DAY),
        lambda: around.nearest([], 1, keep=time(10)),
    ]

    assert around.has(ten, ANA)

    for offer in offers:
        with pytest.raises(ValueError, match="only one start"):
            offer()
