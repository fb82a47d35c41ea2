"""An expected "no" as a value: why something may not be done, in codes that every channel words for itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

GuestCode = Literal[
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
]
"""What a guest may be told; the page carries it as `data-refusal`."""

StaffCode = Literal[
    "not_yours",  # another performer's booking, for a member (SPEC F3)
    "wrong_performer",  # does not offer the service
    "not_begun",  # cannot be completed, nor a no-show, before it began
    "already_paid",
]
"""What only staff run into, besides the guest's codes and the blockers of a time."""

Blocker = Literal["past", "notice", "horizon", "closed", "busy"]
"""Why one start cannot be had, in the order in which it is looked for."""

RefusalCode = GuestCode | StaffCode | Blocker

GUEST_CODES: tuple[GuestCode, ...] = get_args(GuestCode)
REFUSAL_CODES: tuple[RefusalCode, ...] = (*GUEST_CODES, *get_args(StaffCode), *get_args(Blocker))
"""Every code there is: each has a phrase in every language and a line in the docs."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. `locks_at` is the moment (aware UTC) since when it is so, where time alone did it.

    `data` is what the words may need: `status`; `minutes` (the window's length); `url` (where to pay); `start`.
    """

    code: RefusalCode
    locks_at: datetime | None = None
    data: Mapping[str, str | int | datetime] = field(default_factory=dict)
