"""What is offered for a wish: which slots, in which order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Business, Hours, Interval, Performer, Service, Settings, Slot
from core.slots import Availability, Span

WARSAW = ZoneInfo("Europe/Warsaw")
CAIRO = ZoneInfo("Africa/Cairo")

ANA, BEN = 1, 2
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOON_BEFORE = datetime(2026, 11, 30, 12, tzinfo=WARSAW)  # a Monday
BUSINESS = Business(1, "nova", "Nova", WARSAW, "pl", "team@nova.example", None, None, Settings(horizon_days=10))
CUT = Service(1, "cut", "Haircut", 45, 0, 10, (ANA, BEN), None, online=False, group=False, seats=None)
NINE_TO_FIVE = Hours(weekly=(((9 * 60, 17 * 60),),) * 7)


def warsaw(day: int, clock: str) -> datetime:
    return datetime(2026, 12, day, int(clock[:2]), int(clock[3:]), tzinfo=WARSAW)


def span(day: int, opens: str, closes: str) -> Span:
    return int(warsaw(day, opens).timestamp()), int(warsaw(day, closes).timestamp())


def available(*busy: Span, of_ben: Sequence[Span] | None = None) -> Availability:
    ana, ben = (Performer(number, f"p{number}", "", None, NINE_TO_FIVE) for number in (ANA, BEN))
    return Availability(NOON_BEFORE, BUSINESS, CUT, ((ana, busy), *([] if of_ben is None else [(ben, of_ben)])))


def clocks(slots: Sequence[Slot], zone: ZoneInfo = WARSAW) -> list[str]:
    return [slot.start.astimezone(zone).strftime("%d %H:%M") for slot in slots]


def whole_day(day: int) -> Interval:
    return Interval(warsaw(day, "00:00").astimezone(UTC), warsaw(day + 1, "00:00").astimezone(UTC))


def part(day: int, opens: str, closes: str) -> Interval:
    return Interval(warsaw(day, opens).astimezone(UTC), warsaw(day, closes).astimezone(UTC))


def test_slots_come_by_time_and_then_by_performer() -> None:
    availability = available(span(1, "09:00", "16:00"), of_ben=[span(1, "09:00", "16:15")])

    found = availability.between(warsaw(1, "00:00"), warsaw(2, "00:00"))

    assert [(*clocks([slot]), slot.performer_id) for slot in found] == [
        ("01 16:00", ANA),
        ("01 16:15", ANA),
        ("01 16:15", BEN),
    ]


def test_the_end_of_the_asked_span_is_outside_it() -> None:
    found = available().between(warsaw(1, "10:00"), warsaw(1, "10:30"))

    assert clocks(found) == ["01 10:00", "01 10:15"]


def test_the_soonest_are_of_different_times_unless_performers_matter() -> None:
    """G8: Soonest."""
    availability = available(of_ben=())

    once, each = availability.soonest(3), availability.soonest(3, per_performer=True)

    assert [(*clocks([slot]), slot.performer_id) for slot in once] == [
        ("30 12:15", ANA),
        ("30 12:30", ANA),
        ("30 12:45", ANA),
    ]
    assert [(*clocks([slot]), slot.performer_id) for slot in each] == [
        ("30 12:15", ANA),
        ("30 12:15", BEN),
        ("30 12:30", ANA),
    ]


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        # A day: the clock time of the booking first, then what is near it.
        ([whole_day(3)], ["03 15:00", "03 14:45", "03 15:15"]),
        # Several days: the same clock time on each.
        ([whole_day(3), whole_day(5)], ["03 15:00", "05 15:00", "03 14:45"]),
        ([Interval(NOON_BEFORE, warsaw(4, "00:00"))], ["30 15:00", "01 15:00", "03 15:00"]),
        # A day that is full: the same clock time on the days around it.
        ([whole_day(2)], ["01 15:00", "03 15:00", "01 14:45"]),
        # An exact start: itself, then what is near.
        ([part(1, "11:30", "11:30")], ["01 11:30", "01 11:15", "01 11:45"]),
        ([part(1, "11:37", "11:37")], ["01 11:30", "01 11:45", "01 11:15"]),
        ([part(2, "09:00", "09:00")], ["01 16:15", "01 16:00", "01 15:45"]),
        # Part of a day: from its beginning.
        ([part(3, "13:00", "17:00")], ["03 13:00", "03 13:15", "03 13:30"]),
        ([part(3, "13:00", "17:00"), part(4, "09:00", "11:00")], ["03 13:00", "04 09:00", "03 13:15"]),
        # "Around three": its middle.
        ([part(3, "14:30", "15:30")], ["03 15:00", "03 14:45", "03 15:15"]),
        # Inside comes before outside, however near.
        ([part(3, "16:10", "17:00")], ["03 16:15", "03 16:00", "03 15:45"]),
        ([], ["30 12:15", "30 12:30", "30 12:45"]),
    ],
)
def test_what_is_nearest_to_the_wish_is_offered_first(wished: list[Interval], expected: list[str]) -> None:
    """R2, G11: at most so many, nearest first; the second of December is full."""
    availability = available(span(2, "08:00", "18:00"))

    assert clocks(availability.nearest(wished, 3, keep=time(15))) == expected


def test_a_day_that_begins_at_one_is_a_day() -> None:
    """R2: where the clocks skip midnight, a named day is still no part of a day."""
    day = datetime(2026, 4, 24, 1, tzinfo=CAIRO)
    business = replace(BUSINESS, zone=CAIRO)
    calendars = ((Performer(ANA, "ana", "", None, NINE_TO_FIVE), ()),)

    found = Availability(day - DAY, business, CUT, calendars).nearest(
        [Interval(day, datetime(2026, 4, 25, tzinfo=CAIRO))], 2, keep=time(15)
    )

    assert clocks(found, CAIRO) == ["24 15:00", "24 14:45"]


def test_days_are_days_of_the_zone_of_the_clock_time() -> None:
    """L4: an online visit of a guest who lives elsewhere."""
    tokyo = ZoneInfo("Asia/Tokyo")
    day = datetime(2026, 12, 3, tzinfo=tokyo)

    found = available().nearest([Interval(day, day + DAY)], 2, keep=time(18, tzinfo=tokyo))

    assert clocks(found, tokyo) == ["03 18:00", "03 17:45"]


def test_the_slot_the_guest_has_is_not_offered() -> None:
    """G9: the booking's own start is neither in nor out of a wish."""
    availability = available(of_ben=())
    own = Slot(warsaw(3, "15:00"), warsaw(3, "15:45"), ANA)

    other_times = availability.nearest([whole_day(3)], 2, keep=time(15), but=own)
    with_anyone = availability.nearest([whole_day(3)], 2, keep=time(15), but=own, per_performer=True)

    assert clocks(other_times) == ["03 14:45", "03 15:15"]
    assert [(*clocks([slot]), slot.performer_id) for slot in with_anyone] == [("03 15:00", BEN), ("03 14:45", ANA)]


@given(
    count=st.integers(0, 8),
    wished=st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from((0, 30, 60, 240, 1440, 10_000))), max_size=3),
    per_performer=st.booleans(),
)
def test_what_is_offered_can_be_had_and_is_never_too_much(
    count: int,
    wished: list[tuple[int, int]],
    per_performer: bool,  # noqa: FBT001 drawn by name
) -> None:
    """R2: inside a wish before outside all of them."""
    wishes = [
        Interval(NOON_BEFORE + MINUTE * start, NOON_BEFORE + MINUTE * (start + length)) for start, length in wished
    ]
    availability = available(span(2, "08:00", "18:00"), of_ben=())

    found = availability.nearest(wishes, count, keep=time(15), per_performer=per_performer)

    assert len(found) == count
    assert all(availability.has(slot.start, slot.performer_id) for slot in found)
    assert len({(slot.start, slot.performer_id if per_performer else 0) for slot in found}) == count
    inside = [
        any(wish.start <= slot.start < max(wish.end, wish.start + MINUTE / 60) for wish in wishes) for slot in found
    ]
    assert not wishes or inside == sorted(inside, reverse=True)
