"""Why something was refused, in the words of the person at the terminal, with the next step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from core.refusal import Refusal, RefusalCode
from core.views import wall_time

SENTENCES: Mapping[RefusalCode, str] = {
    "wrong_status": "this cannot be done with a booking that is {status}",
    "begun": "the visit has begun: `rebook complete REF` or `rebook no-show REF` says how it ended",
    "blocked": "the business's subscription is blocked: `rebook settings subscription active` opens it",
    "group_session": "it is a group session: guests cannot move it themselves",
    "self_service_off": "guests cannot move bookings: `rebook settings guest_reschedule until_start` lets them",
    "window_closed": "guests cannot move it any more since {locks_at}: `rebook reschedule REF WHEN` moves it",
    "payment_pending": "its online payment is not complete: close the payment first (`rebook paid REF`), then move it",
    "payment_expired": "its online payment has expired: close the payment first (`rebook paid REF`), then move it",
    "performer_chosen": "the guest picked the performer: choose one who offers the service with --performer",
    "cancel_off": "guests cannot cancel bookings: `rebook settings guest_cancel until_start` lets them",
    "slot_taken": "somebody was faster and that time is taken: choose another (`rebook slots`)",
    "stale": "the booking has changed meanwhile: look at it again with `rebook show REF`",
    "not_yours": "it is another performer's booking: only an owner or a manager may change it",
    "wrong_performer": "this performer does not offer the service: choose another with --performer",
    "not_begun": "the visit has not begun yet, it starts {start}: wait until then, or cancel it",
    "already_paid": "it is paid already: nothing is left to do",
    "past": "that time is past: choose a later one",
    "notice": "that is sooner than the minimum notice: choose a later time",
    "horizon": "that is beyond the booking horizon: choose an earlier time",
    "closed": "the performer is not open then: choose another time (`rebook slots`)",
    "busy": "the performer is taken then, buffers included: choose another time (`rebook slots`)",
}
"""A sentence for every code; a test proves that none is missing."""


def say_refusal(refusal: Refusal, ref: str, zone: ZoneInfo) -> str:
    """Return why *refusal* came, of the booking *ref*, its times in *zone*."""
    start = refusal.data.get("start")
    values = {
        "status": str(refusal.data.get("status", "")).replace("_", "-"),
        "locks_at": "then" if refusal.locks_at is None else wall_time(refusal.locks_at, zone),
        "start": "later" if start is None or isinstance(start, str | int) else wall_time(start, zone),
    }
    sentence = SENTENCES[refusal.code].replace("REF", ref).format_map(values)
    url = refusal.data.get("url")
    return f"{ref}: {sentence}" + (f"; the guest pays at {url}" if url else "")
