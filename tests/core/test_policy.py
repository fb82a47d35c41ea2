"""Who may do what to a booking, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import (
    GUEST,
    OFF,
    OWNER,
    SYSTEM,
    UNTIL_START,
    Actor,
    Booking,
    Business,
    Guest,
    Payment,
    Role,
    Service,
    Settings,
    Status,
    Subscription,
)
from core.policy import (
    can_act,
    can_cancel,
    can_choose_performer,
    can_mark_paid,
    can_reschedule,
    can_set_status,
    cancel_until,
    reschedule_until,
)
from core.refusal import GUEST_CODES, REFUSAL_CODES, Refusal

WARSAW = ZoneInfo("Europe/Warsaw")
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ANA, BEN, CLEO = 1, 2, 3

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
BUSINESS = Business(1, "nova", "Nova", WARSAW, "pl", "team@nova.example", None, None)
CUT = Service(1, "cut", "Haircut", 45, 0, 10, (ANA, BEN), None, online=False, group=False, seats=None)
BOOKING = Booking(
    id=7,
    business_id=1,
    key=None,
    ref="K7Q-2MX",
    service_id=1,
    performer_id=ANA,
    performer_chosen=False,
    start=START,
    end=START + timedelta(minutes=45),
    status=Status.CONFIRMED,
    payment=Payment.NONE,
    payment_url=None,
    guest=Guest("Jo", "jo@example.org", "en", WARSAW),
    token_random=None,
    version=1,
    sequence=0,
    moves=0,
)
MANAGER = Actor("staff", "Max", Role.MANAGER)
ANA_HERSELF = Actor("staff", "Ana", Role.MEMBER, ANA)
BEN_HIMSELF = Actor("staff", "Ben", Role.MEMBER, BEN)


def business(**settings: object) -> Business:
    return replace(BUSINESS, settings=replace(Settings(), **settings))  # type: ignore[arg-type] # any setting


def at(hours_before: float) -> datetime:
    return START - timedelta(hours=hours_before)


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED])
def test_a_guest_moves_an_open_booking(status: Status) -> None:
    """G1."""
    assert can_reschedule(replace(BOOKING, status=status), BUSINESS, CUT, GUEST, at(1)) is None


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW])
@pytest.mark.parametrize("actor", [GUEST, OWNER, SYSTEM])
def test_nobody_moves_or_cancels_what_is_over(status: Status, actor: Actor) -> None:
    """G1, S2: a cancelled booking cannot come back by a move."""
    booking = replace(BOOKING, status=status)

    refusal = Refusal("wrong_status", data={"status": status.value})

    assert can_reschedule(booking, BUSINESS, CUT, actor, at(1)) == refusal
    assert can_cancel(booking, BUSINESS, CUT, actor, at(1)) == refusal


def test_a_guest_pays_before_moving() -> None:
    """G2, P1: pending carries the link to finish it."""
    pending = replace(BOOKING, payment=Payment.PENDING, payment_url="https://pay.example/1")

    assert can_reschedule(pending, BUSINESS, CUT, GUEST, at(1)) == Refusal(
        "payment_pending", data={"url": "https://pay.example/1"}
    )
    assert can_reschedule(replace(BOOKING, payment=Payment.EXPIRED), BUSINESS, CUT, GUEST, at(1)) == Refusal(
        "payment_expired"
    )
    assert can_reschedule(replace(BOOKING, payment=Payment.PAID), BUSINESS, CUT, GUEST, at(1)) is None


@pytest.mark.parametrize(
    ("left", "refusal"),
    [
        (24 * HOUR + SECOND, None),
        (24 * HOUR, Refusal("window_closed", locks_at=START - 24 * HOUR, data={"minutes": 1440})),
        (SECOND, Refusal("window_closed", locks_at=START - 24 * HOUR, data={"minutes": 1440})),
    ],
)
def test_more_time_must_be_left_than_the_window(left: timedelta, refusal: Refusal | None) -> None:
    """G3, G7: exactly the window is too late."""
    day_before = business(guest_reschedule=24 * HOUR, guest_cancel=24 * HOUR)

    assert can_reschedule(BOOKING, day_before, CUT, GUEST, START - left) == refusal
    assert can_cancel(BOOKING, day_before, CUT, GUEST, START - left) == refusal


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 3, 29, 12, tzinfo=WARSAW),  # 24 hours before, the clock showed 11:00
        datetime(2026, 10, 25, 12, tzinfo=WARSAW),  # 24 hours before, it showed 13:00
    ],
)
def test_the_window_is_elapsed_time_also_over_a_change_of_clocks(start: datetime) -> None:
    """G7: elapsed hours; aware instants of one zone must not be subtracted as wall time."""
    booking = replace(BOOKING, start=start)
    locks = start.astimezone(UTC) - 24 * HOUR

    verdicts = [
        can_reschedule(booking, business(guest_reschedule=24 * HOUR), CUT, GUEST, moment.astimezone(WARSAW))
        for moment in (locks - SECOND, locks)
    ]

    assert [verdict and verdict.locks_at for verdict in verdicts] == [None, locks]


def test_until_start_is_open_to_the_last_second_and_off_is_never() -> None:
    """G6, G7: zero is right up to the start, None is off."""
    until_start = business(guest_reschedule=UNTIL_START, guest_cancel=UNTIL_START)
    off = business(guest_reschedule=OFF, guest_cancel=OFF)

    assert can_reschedule(BOOKING, until_start, CUT, GUEST, START - SECOND) is None
    assert can_cancel(BOOKING, until_start, CUT, GUEST, START - SECOND) is None
    assert can_reschedule(BOOKING, until_start, CUT, GUEST, START) == Refusal("begun", locks_at=START)
    assert can_cancel(BOOKING, until_start, CUT, GUEST, START) == Refusal("begun", locks_at=START)
    assert can_reschedule(BOOKING, off, CUT, GUEST, at(1000)) == Refusal("self_service_off")
    assert can_cancel(BOOKING, off, CUT, GUEST, at(1000)) == Refusal("cancel_off")


def test_a_blocked_business_stops_guests_but_not_staff() -> None:
    """G4, P2."""
    blocked = business(subscription=Subscription.BLOCKED)

    assert can_reschedule(BOOKING, blocked, CUT, GUEST, at(1)) == Refusal("blocked")
    assert can_cancel(BOOKING, blocked, CUT, GUEST, at(1)) == Refusal("blocked")
    assert can_reschedule(BOOKING, blocked, CUT, OWNER, at(1)) is None
    assert can_reschedule(BOOKING, business(subscription=Subscription.PAST_DUE), CUT, GUEST, at(1)) is None


def test_a_guest_cancels_but_does_not_move_a_group_session_or_an_unpaid_visit() -> None:
    """G5, G7: cancelling needs neither G2 nor G5."""
    group = replace(CUT, group=True, seats=8)
    unpaid = replace(BOOKING, payment=Payment.PENDING)

    assert can_reschedule(BOOKING, BUSINESS, group, GUEST, at(1)) == Refusal("group_session")
    assert can_cancel(unpaid, BUSINESS, group, GUEST, at(1)) is None


@given(
    closed=st.booleans(),
    begun=st.booleans(),
    blocked=st.booleans(),
    group=st.booleans(),
    window=st.sampled_from(("open", "off", "closed")),
    payment=st.sampled_from(Payment),
)
def test_of_several_reasons_the_first_is_told(
    closed: bool,  # noqa: FBT001 drawn by name
    begun: bool,  # noqa: FBT001 drawn by name
    blocked: bool,  # noqa: FBT001 drawn by name
    group: bool,  # noqa: FBT001 drawn by name
    window: str,
    payment: Payment,
) -> None:
    """G1-G7: the order is status, begun, subscription, group, window, payment; a cancel skips group and payment."""
    lengths = {"open": HOUR, "off": OFF, "closed": 48 * HOUR}
    house = business(
        subscription=Subscription.BLOCKED if blocked else Subscription.ACTIVE,
        guest_reschedule=lengths[window],
        guest_cancel=lengths[window],
    )
    booking = replace(BOOKING, status=Status.CANCELLED if closed else Status.CONFIRMED, payment=payment)
    service = replace(CUT, group=group)
    now = START + HOUR if begun else at(24)

    move = can_reschedule(booking, house, service, GUEST, now)
    cancel = can_cancel(booking, house, service, GUEST, now)

    before = [("wrong_status", closed), ("begun", begun), ("blocked", blocked)]
    unpaid = payment in (Payment.PENDING, Payment.EXPIRED)
    assert (move and move.code) == _first(
        *before,
        ("group_session", group),
        ("self_service_off", window == "off"),
        ("window_closed", window == "closed"),
        (f"payment_{payment.value}", unpaid),
    )
    assert (cancel and cancel.code) == _first(
        *before, ("cancel_off", window == "off"), ("window_closed", window == "closed")
    )


def _first(*reasons: tuple[str, bool]) -> str | None:
    return next((code for code, holds in reasons if holds), None)


@given(
    window=st.sampled_from((OFF, UNTIL_START, HOUR, 36 * HOUR)),
    minutes=st.integers(-3000, 3000),
    payment=st.sampled_from(Payment),
    status=st.sampled_from(Status),
    group=st.booleans(),
)
def test_what_locks_when_agrees_with_what_is_refused(
    window: timedelta | None,
    minutes: int,
    payment: Payment,
    status: Status,
    group: bool,  # noqa: FBT001 drawn by name
) -> None:
    """G7: allowed exactly while the moment it locks is ahead."""
    house = business(guest_reschedule=window, guest_cancel=window)
    booking, service = replace(BOOKING, payment=payment, status=status), replace(CUT, group=group)
    now = START - timedelta(minutes=minutes)

    move_locks = reschedule_until(booking, house, service)
    cancel_locks = cancel_until(booking, house, service)

    move, cancel = (may(booking, house, service, GUEST, now) is None for may in (can_reschedule, can_cancel))
    assert move == (move_locks is not None and now < move_locks)
    assert cancel == (cancel_locks is not None and now < cancel_locks)


def test_a_performer_is_chosen_only_by_who_chose_none_before() -> None:
    """G8."""
    picked = replace(BOOKING, performer_chosen=True)

    assert can_choose_performer(BOOKING, CUT, BEN) is None
    assert can_choose_performer(picked, CUT, ANA) is None
    assert can_choose_performer(picked, CUT, BEN) == Refusal("performer_chosen")
    assert can_choose_performer(BOOKING, CUT, CLEO) == Refusal("wrong_performer")


@pytest.mark.parametrize("window", [OFF, 48 * HOUR])
@pytest.mark.parametrize("hours_before", [1, -1])
def test_neither_window_nor_start_binds_staff(window: timedelta | None, hours_before: float) -> None:
    """F2."""
    house = business(guest_reschedule=window, guest_cancel=window)

    assert can_reschedule(BOOKING, house, CUT, OWNER, at(hours_before)) is None
    assert can_cancel(BOOKING, house, CUT, OWNER, at(hours_before)) is None


@pytest.mark.parametrize("payment", [Payment.PENDING, Payment.EXPIRED])
def test_staff_close_the_payment_before_they_move(payment: Payment) -> None:
    """F2: an unpaid online payment blocks a move, not a cancel."""
    booking = replace(BOOKING, payment=payment)

    refusal = can_reschedule(booking, BUSINESS, CUT, OWNER, at(1))

    assert refusal == Refusal("payment_pending" if payment is Payment.PENDING else "payment_expired")
    assert can_cancel(booking, BUSINESS, CUT, OWNER, at(1)) is None


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [
        (OWNER, None),
        (MANAGER, None),
        (ANA_HERSELF, None),
        (BEN_HIMSELF, Refusal("not_yours")),
        (Actor("staff", "Nobody's performer", Role.MEMBER), Refusal("not_yours")),
        (Actor("staff", "Without a role"), Refusal("not_yours")),
        (GUEST, None),
        (SYSTEM, None),
    ],
)
def test_members_act_on_what_they_perform(actor: Actor, refusal: Refusal | None) -> None:
    """F3."""
    assert can_act(actor, BOOKING) == refusal
    assert can_reschedule(BOOKING, BUSINESS, CUT, actor, at(1)) == refusal
    assert can_cancel(BOOKING, BUSINESS, CUT, actor, at(1)) == refusal


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("hours_before", [1, 0, -1])
def test_a_status_follows_the_lifecycle(before: Status, after: Status, hours_before: float) -> None:
    """S1: pending to confirmed; pending or confirmed to completed or no-show once begun; nothing else."""
    refusal = can_set_status(replace(BOOKING, status=before), after, at(hours_before))

    is_open = before in (Status.PENDING, Status.CONFIRMED)
    ends = is_open and after in (Status.COMPLETED, Status.NO_SHOW)
    if (before, after) == (Status.PENDING, Status.CONFIRMED) or (ends and hours_before <= 0):
        assert refusal is None
    elif ends:
        assert refusal == Refusal("not_begun", data={"start": START})
    else:
        assert refusal == Refusal("wrong_status", data={"status": before.value})


@pytest.mark.parametrize("payment", Payment)
def test_paid_is_marked_once(payment: Payment) -> None:
    """P1."""
    refusal = can_mark_paid(replace(BOOKING, payment=payment))

    assert refusal == (Refusal("already_paid") if payment is Payment.PAID else None)


def test_the_codes_of_guests_are_those_of_the_page() -> None:
    assert GUEST_CODES == (
        "wrong_status",
        "begun",
        "blocked",
        "group_session",
        "self_service_off",
        "window_closed",
        "payment_pending",
        "payment_expired",
        "performer_chosen",
        "cancel_off",
        "slot_taken",
        "stale",
    )
    assert len(set(REFUSAL_CODES)) == len(REFUSAL_CODES)
