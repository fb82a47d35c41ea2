"""Free times looked up piece by piece, against the whole calculation of everything up to the horizon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.availability import performers_for_guest
from core.free_times import FreeTimes
from core.model import (
    Booking,
    Business,
    Dossier,
    Guest,
    Hours,
    Payment,
    Performer,
    Service,
    Settings,
    Slot,
    Status,
    WallSpan,
)
from core.occupancy import busy_spans
from core.slots import Availability
from core.store.migrate import migrate
from tests.core.diary import MINUTE, OUR_SESSION, OURS, Taken, diaries, seconds, written

DAY = timedelta(days=1)
WARSAW = ZoneInfo("Europe/Warsaw")
ZONES = tuple(
    map(ZoneInfo, ("Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Asia/Kathmandu"))
)
FIRST_DAYS = tuple(map(date.fromisoformat, ("2026-03-26", "2026-10-22", "2026-03-06", "2026-10-30", "2026-04-02")))
"""A few days before clocks change somewhere."""

NINE_TO_FIVE = (((540, 1020),),) * 5 + ((), ())

few_hours = st.lists(st.integers(0, 96).map(lambda quarter: quarter * 15), max_size=4, unique=True).map(
    lambda edges: tuple(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
weeks: st.SearchStrategy[tuple[tuple[WallSpan, ...], ...]] = st.just(NINE_TO_FIVE) | st.tuples(*[few_hours] * 7)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("free_times") / "rebook.db"
    migrate(path)
    return path


@dataclass(frozen=True, slots=True)
class Asked:
    """A booking, what is taken of its performers, and who looks at it on which clock."""

    dossier: Dossier
    diary: tuple[Taken, ...]
    now: datetime
    zone: ZoneInfo
    performer_id: int | None

    def whole(self) -> Availability:
        """Return what is free up to the horizon, calculated without a database."""
        calendars = [(one, seconds(self.diary, one.id)) for one in performers_for_guest(self.dossier)]
        return Availability(self.now, self.dossier.business, self.dossier.service, calendars)

    def shown(self) -> list[int]:
        ids = [one.id for one in performers_for_guest(self.dossier)]
        return [self.performer_id] if self.performer_id in ids else ids

    def slots(self) -> dict[date, tuple[Slot, ...]]:
        """Return what pages show of the whole, by day."""
        booking, shown = self.dossier.booking, self.shown()
        found = [slot for slot in self.whole().between(self.now, self.now + 60 * DAY) if slot.performer_id in shown]
        firsts = [next(slots) for _, slots in groupby(found, key=lambda slot: slot.start)]
        is_theirs = booking.performer_id in shown
        offered = [slot for slot in firsts if not (is_theirs and slot.start == booking.start)]
        days = groupby(offered, key=lambda slot: slot.start.astimezone(self.zone).date())
        return {day: tuple(slots) for day, slots in days}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Draw all that free times depend on, around a change of clocks."""
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(FIRST_DAYS))
    midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
    on_grid = st.integers(0, 96).map(lambda quarter: timedelta(minutes=quarter * 15))
    now = midnight + draw(
        on_grid | st.integers(0, 86_400_000).map(lambda thousandth: timedelta(milliseconds=thousandth))
    )
    ids = draw(st.permutations(range(1, draw(st.integers(1, 3)) + 1)))
    team = {one: Performer(one, f"p{one}", f"P{one}", None, draw(hours(day))) for one in ids}
    if draw(st.booleans()):
        shared = team[1].hours
        team = {one: Performer(one, f"p{one}", f"P{one}", None, shared) for one in ids}

    minutes = draw(st.sampled_from((15, 45, 60)) | st.sampled_from((1, 47, 300, 2000)))
    before, after = draw(st.tuples(*[st.sampled_from((0, 10, 60))] * 2))
    offered_by = tuple(ids[: draw(st.integers(0, len(ids)))])
    service = Service(1, "cut", "Cut", minutes, before, after, offered_by, None, online=False, group=False, seats=None)
    settings = Settings(
        slot_step_minutes=draw(st.sampled_from((15, 5, 20, 45, 90))),
        min_notice_minutes=draw(st.sampled_from((0, 30, 1440)) | st.integers(0, 4000)),
        horizon_days=draw(st.integers(1, 16)),
    )
    start = midnight + 15 * MINUTE * draw(st.integers(0, 10 * 96))
    booking = a_booking(start, start + MINUTE * minutes, ids[-1], performer_chosen=draw(st.booleans()))
    business = Business(1, "nova", "Nova", zone, "en", "team@nova.example", None, None, settings)
    return Asked(
        Dossier(booking, business, service, team),
        draw(diaries(ids, midnight - 12 * 60 * MINUTE)),
        now,
        draw(st.sampled_from(ZONES)),
        draw(st.none() | st.integers(1, 4)),
    )


@st.composite
def hours(draw: st.DrawFn, day: date) -> Hours:
    """Draw a week, and in the fortnight from *day* on some days that are different and a time off."""
    some_days = st.integers(0, 14).map(lambda number: day + DAY * number)
    exceptions = draw(st.dictionaries(some_days, few_hours, max_size=3))
    leaves = datetime.combine(draw(some_days), time.min) + MINUTE * draw(st.integers(0, 1439))
    off = ((leaves, leaves + MINUTE * draw(st.integers(1, 4000))),) if draw(st.booleans()) else ()
    return Hours(draw(weeks), exceptions, off)


def a_booking(start: datetime, end: datetime, performer_id: int, *, performer_chosen: bool) -> Booking:
    guest = Guest("Jo", "jo@guest.example", "en", WARSAW)
    return Booking(
        id=OURS,
        business_id=1,
        key="jo",
        ref="R",
        service_id=1,
        performer_id=performer_id,
        performer_chosen=performer_chosen,
        start=start,
        end=end,
        status=Status.CONFIRMED,
        payment=Payment.NONE,
        payment_url=None,
        guest=guest,
        token_random="x",
        version=1,
        sequence=0,
        moves=0,
        occupancy_id=OUR_SESSION,
    )


@given(question=asked(), data=st.data())
def test_what_is_looked_up_by_the_day_is_what_the_whole_horizon_says(
    file: Path, question: Asked, data: st.DataObject
) -> None:
    """G8, G9, G11, V1, R4, L4: each day, the next days, the days that have any, and whether there are more."""
    expected = question.slots()
    since = question.now.astimezone(question.zone).date() - 2 * DAY
    days = [since + DAY * number for number in range(23)]
    day, until = data.draw(st.sampled_from(days)), data.draw(st.sampled_from(days))
    count = data.draw(st.integers(1, 6))

    with written(file, question.diary, question.now) as tx:
        found = FreeTimes(tx, question.dossier, question.now, question.zone, question.performer_id)

        coming = [item for item in expected.items() if item[0] >= day][:count]
        answers: dict[str, tuple[Callable[[], object], object]] = {
            "on": (lambda: {one: slots for one in days if (slots := found.on(one))}, expected),
            "free_days": (lambda: found.free_days(day, until), {one for one in expected if day <= one <= until}),
            "next_days": (lambda: found.next_days(day, count), tuple((*one, 0) for one in coming)),
            "first": (
                lambda: found.next_days(day, count, most=2),
                tuple((one, slots[:2], max(0, len(slots) - 2)) for one, slots in coming),
            ),
            "has_before": (lambda: found.has_before(day), any(one < day for one in expected)),
            "has_after": (lambda: found.has_after(day), any(one > day for one in expected)),
        }
        # What was looked up stays known, so the order in which it is asked must not count.
        for what in data.draw(st.permutations(sorted(answers))):
            ask, answer = answers[what]
            assert (what, ask()) == (what, answer)

        assert found.first <= min(expected, default=found.first) <= max(expected, default=found.last) <= found.last


@given(question=asked(), data=st.data())
def test_one_start_is_judged_as_the_whole_horizon_judges_it(file: Path, question: Asked, data: st.DataObject) -> None:
    """G8, G9, G11: on the grid or off it, in the past, beyond the horizon, of somebody they cannot have."""
    whole = question.whole()
    seconds_away = st.integers(-2 * 86_400, 20 * 86_400)
    moments = seconds_away.map(lambda second: question.now + timedelta(seconds=second))
    free = st.sampled_from(
        [slot.start for slot in whole.between(question.now, question.now + 60 * DAY)] or [question.now]
    )
    theirs = st.just(question.dossier.booking.start)
    start, performer_id = data.draw(moments | free | theirs), data.draw(st.integers(1, 4))

    with written(file, question.diary, question.now) as tx:
        found = FreeTimes(tx, question.dossier, question.now, question.zone, question.performer_id)

        assert found.has(start, performer_id) is whole.has(start, performer_id)
        assert found.why_not(start, performer_id) == whole.why_not(start, performer_id)
        assert found.performer_at(start) == next((one for one in question.shown() if whole.has(start, one)), None)


@given(data=st.data())
def test_busy_spans_are_those_that_reach_into_what_is_asked(file: Path, data: st.DataObject) -> None:
    """V2, R4, G9: also the long one that began days before."""
    now = datetime(2026, 3, 26, 9, 30, tzinfo=UTC)
    diary = data.draw(diaries((1, 2), now))
    since = now + MINUTE * data.draw(st.integers(-100, 20_000))
    before = since + MINUTE * data.draw(st.integers(1, 3_000))
    ours = a_booking(now, now + MINUTE, 1, performer_chosen=False)

    with written(file, diary, now) as tx:
        found = busy_spans(tx, 1, since=since, before=before, now=now, but_for=ours, past_holds=False)

    reaching = [one for one in diary if one.start < before and one.end > since]
    assert [tuple(span) for span in found] == seconds(reaching, 1)


@pytest.mark.parametrize(("performer_id", "shown"), [(None, None), (2, 2), (3, None), (10**9, None)])
def test_the_performers_stay_whole_whoever_is_shown(file: Path, performer_id: int | None, shown: int | None) -> None:
    """G8: their own first; a performer they cannot have is as good as none."""
    dossier = nine_to_five(performer_chosen=False)

    with written(file, (), MONDAY) as tx:
        found = FreeTimes(tx, dossier, MONDAY, WARSAW, performer_id)

    assert ([one.id for one in found.performers], found.performer_id) == ([2, 1], shown)


def test_days_are_those_of_whoever_reads(file: Path) -> None:
    """L4: a day on Kiritimati is the rest of Monday and the first of Tuesday in Warsaw; noon is what they have."""
    dossier = nine_to_five(performer_chosen=True)

    with written(file, (), MONDAY) as tx:
        found = FreeTimes(tx, dossier, MONDAY, ZoneInfo("Pacific/Kiritimati"))
        tuesday = found.on(date(2026, 11, 24))

    assert [f"{slot.start.astimezone(WARSAW):%a %H}" for slot in tuesday] == [
        *("Mon 11", "Mon 13", "Mon 14", "Mon 15", "Mon 16"),
        *("Tue 09", "Tue 10"),
    ]


@pytest.mark.parametrize(("begins", "lost"), [("08:15", 0), ("17:15", -1)])
def test_what_is_taken_outside_the_hours_reaches_in_by_the_buffers(file: Path, begins: str, lost: int) -> None:
    """V1, V2: the first and the last visit of a day need an hour before opening and after closing."""
    dossier, tuesday = nine_to_five(performer_chosen=True, buffer=60), date(2026, 11, 24)
    start = datetime.combine(tuesday, time.fromisoformat(begins), WARSAW).astimezone(UTC)
    taken = Taken(2, start, start + 15 * MINUTE, "booking")

    with written(file, (), MONDAY) as tx:
        without = FreeTimes(tx, dossier, MONDAY, WARSAW).on(tuesday)

    with written(file, (taken,), MONDAY) as tx:
        found = FreeTimes(tx, dossier, MONDAY, WARSAW).on(tuesday)

    assert set(without) - set(found) == {without[lost]}


def test_days_beyond_the_calendar_have_nothing(file: Path) -> None:
    """G11: an address may name any day."""
    with written(file, (), MONDAY) as tx:
        found = FreeTimes(tx, nine_to_five(performer_chosen=True), MONDAY, WARSAW)

        assert (found.on(date.min), found.on(date.max), found.next_days(date.max, 3)) == ((), (), ())
        assert found.free_days(date.min, date.max) == found.free_days(found.first, found.last)
        assert (found.has_before(date.min), found.has_before(date.max)) == (False, True)
        assert (found.has_after(date.min), found.has_after(date.max)) == (True, False)


MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def nine_to_five(*, performer_chosen: bool, buffer: int = 0) -> Dossier:
    """Return a booking of today at noon, with two performers who have an hour for each visit."""
    team = {one: Performer(one, f"p{one}", f"P{one}", None, Hours(NINE_TO_FIVE)) for one in (1, 2)}
    service = Service(1, "cut", "Cut", 60, buffer, buffer, (1, 2), None, online=False, group=False, seats=None)
    settings = Settings(slot_step_minutes=60)
    business = Business(1, "nova", "Nova", WARSAW, "en", "team@nova.example", None, None, settings)
    start = MONDAY + timedelta(hours=2)
    booking = a_booking(start, start + timedelta(hours=1), 2, performer_chosen=performer_chosen)
    return Dossier(booking, business, service, team)
