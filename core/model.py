"""The nouns of Rebook: business, service, performer, staff, guest, booking. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

Channel = Literal["mail", "web", "telegram", "slack", "terminal"]
"""Where something was said or pressed."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Keys of opening hours, in the order of `date.weekday()`."""

WallSpan = tuple[int, int]
"""Opening hours inside one day: half-open, minutes after local midnight, at most 24 * 60."""

OFF: timedelta | None = None
"""A guest window that is off: no self-service at all (SPEC G7)."""

UNTIL_START = timedelta(0)
"""A guest window that is open right up to the start (SPEC G7)."""


class Status(StrEnum):
    """Lifecycle of a booking (SPEC S1). "Rescheduled" is not one of them: see `Booking.shown_status`."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


class Payment(StrEnum):
    """State of the online payment (SPEC P1)."""

    NONE = "none"
    PENDING = "pending"
    PAID = "paid"
    EXPIRED = "expired"


class Subscription(StrEnum):
    """The business's own subscription; `BLOCKED` stops guests' self-service (SPEC P2)."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    BLOCKED = "blocked"


class Role(StrEnum):
    """What a member of staff may act on: owners and managers on all, members on their own (SPEC F3)."""

    OWNER = "owner"
    MANAGER = "manager"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner changes live (SPEC F0): windows, reminders, muting, the slot grid.

    `guest_reschedule` and `guest_cancel` are guest windows: None is off, zero is right up to the start,
    anything else is how long before the start the guest is locked out (SPEC G7).
    """

    guest_reschedule: timedelta | None = UNTIL_START
    guest_cancel: timedelta | None = UNTIL_START
    confirm_moves: Literal["unsure", "always"] = "unsure"
    transactional_mail: bool = True
    reminders: tuple[timedelta, ...] = (timedelta(hours=24),)
    subscription: Subscription = Subscription.ACTIVE
    slot_step_minutes: int = 15
    min_notice_minutes: int = 0
    horizon_days: int = 60
    accent: str = "#0a7d6c"
    logo_url: str | None = None
    slack_channel: str | None = None


@dataclass(frozen=True, slots=True)
class Business:
    """One business on this installation. `zone` is the IANA zone in which its opening hours are wall time."""

    id: int
    slug: str
    name: str
    zone: ZoneInfo
    locale: str
    email: str
    phone: str | None
    address: str | None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a performer works, in wall time of the business's zone (SPEC V1).

    `weekly` is indexed by `date.weekday()`; `exceptions` replace a whole day; `time_off` are half-open wall times
    (naive on purpose: they belong to the zone, not to an instant).
    """

    weekly: tuple[tuple[WallSpan, ...], ...] = ((),) * 7
    exceptions: dict[date, tuple[WallSpan, ...]] = field(default_factory=dict)
    time_off: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Performer:
    """Someone who performs services."""

    id: int
    key: str
    name: str
    email: str | None
    hours: Hours


@dataclass(frozen=True, slots=True)
class Service:
    """What is booked. `performers` are the ids of those who offer it, in the business's order."""

    id: int
    key: str
    name: str
    minutes: int
    buffer_before: int
    buffer_after: int
    performers: tuple[int, ...]
    location: str | None
    online: bool
    group: bool
    seats: int | None


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of the team; `performer` is the id of the performer they are, if any (SPEC F3)."""

    id: int
    key: str
    name: str
    email: str | None
    role: Role
    performer: int | None
    slack: str | None
    telegram: int | None


@dataclass(frozen=True, slots=True)
class Guest:
    """Who comes. All empty after `rebook forget` (SPEC L5)."""

    name: str
    email: str
    locale: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking; moving keeps it (SPEC S3).

    `start` and `end` are aware UTC, half-open. `version` rises with every change, `sequence` only with what the
    guest's calendar must learn (SPEC M5), `moves` counts moves that were not undone (SPEC S1).
    `token_random` is the secret part of the manage token in base32 (SPEC T1); None once the guest is forgotten.
    `occupancy_id` is its place in the overlap law's table; None once it is cancelled. `calendar_key` stands in the
    address that its invitations come from, and stays when the token changes (SPEC T5, M5); None once forgotten.
    """

    id: int
    business_id: int
    key: str | None
    ref: str
    service_id: int
    performer_id: int
    performer_chosen: bool
    start: datetime
    end: datetime
    status: Status
    payment: Payment
    payment_url: str | None
    guest: Guest
    token_random: str | None
    version: int
    sequence: int
    moves: int
    occupancy_id: int | None = None
    calendar_key: str | None = None

    @property
    def shown_status(self) -> str:
        """The status as lists show it: a confirmed booking that was moved is "Rescheduled" (SPEC S1)."""
        if self.status is Status.CONFIRMED and self.moves > 0:
            return "Rescheduled"

        return {Status.NO_SHOW: "No-show"}.get(self.status, self.status.value.capitalize())

    @property
    def is_open(self) -> bool:
        """Whether the visit is still meant to happen."""
        return self.status in (Status.PENDING, Status.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A booking with its business, its service and everyone who performs that service, by id."""

    booking: Booking
    business: Business
    service: Service
    performers: dict[int, Performer]

    @property
    def performer(self) -> Performer:
        """Who performs the booking now, also when they no longer offer the service."""
        return self.performers[self.booking.performer_id]

    @property
    def offered_by(self) -> tuple[Performer, ...]:
        """Who offers the service."""
        return tuple(self.performers[one] for one in self.service.performers if one in self.performers)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the guest, a member of staff (bound by role and performer, SPEC F3), or Rebook itself."""

    kind: Literal["guest", "staff", "system"]
    name: str = ""
    role: Role | None = None
    performer_id: int | None = None


GUEST = Actor("guest")
SPEAKER = Actor("guest", name="someone allowed")
SYSTEM = Actor("system")
OWNER = Actor("staff", name="owner", role=Role.OWNER)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open span between two aware UTC instants; `start == end` is one exact instant."""

    start: datetime
    end: datetime

    @property
    def is_exact(self) -> bool:
        """Whether this is one exact start rather than a span of them."""
        return self.start == self.end


class Slot(NamedTuple):
    """A visit that can be offered: start and end (aware UTC) with one performer.

    A named tuple, for thousands are made at once and a frozen dataclass takes several times as long to make.
    """

    start: datetime
    end: datetime
    performer_id: int


class DaySlots(NamedTuple):
    """A day with its slots in order; `more` is how many there are beyond as many as were asked for."""

    day: date
    slots: tuple[Slot, ...]
    more: int = 0
