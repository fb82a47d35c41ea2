"""Who may do what to a booking, and until when: the rules of the house as verdicts. Pure.

Every `can_…` returns the refusal, or None when it may be done. A guest hears the first reason in the order status,
begun, subscription, group, window, payment. Instants may be aware in any zone: they are compared as elapsed time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.model import UNTIL_START, Actor, Booking, Business, Payment, Role, Service, Status, Subscription
from core.refusal import Refusal, RefusalCode

UNDO_TIME = timedelta(minutes=10)
"""How long a guest's own change can be taken back, and its old slot is held for it (SPEC R4)."""


def can_reschedule(
    booking: Booking, business: Business, service: Service, actor: Actor, now: datetime
) -> Refusal | None:
    """Return why *actor* may not move *booking* at *now*: SPEC G1-G7 for a guest, F2 and F3 for staff.

    Neither the window nor the start binds staff: they may move a visit that has begun until its status says how it
    ended. Whether the new time is free is not asked here.
    """
    refusal = can_act(actor, booking) or _of_status(booking)
    if refusal is None and actor.kind == "guest":
        refusal = (
            _of_start(booking, now)
            or _of_subscription(business)
            or _of_group(service)
            or _of_window(booking, business.settings.guest_reschedule, now, off="self_service_off")
        )

    return refusal or _of_payment(booking)


def can_cancel(
    booking: Booking,
    business: Business,
    service: Service,  # noqa: ARG001 asked like can_reschedule; a group session does not hinder a cancel
    actor: Actor,
    now: datetime,
) -> Refusal | None:
    """Return why *actor* may not cancel *booking* at *now*: SPEC G1, G4, G6 and its own window for a guest (G7)."""
    refusal = can_act(actor, booking) or _of_status(booking)
    if refusal is None and actor.kind == "guest":
        refusal = (
            _of_start(booking, now)
            or _of_subscription(business)
            or _of_window(booking, business.settings.guest_cancel, now, off="cancel_off")
        )

    return refusal


def reschedule_until(booking: Booking, business: Business, service: Service) -> datetime | None:
    """Return the moment (aware UTC) at which the guest can no longer move *booking*; None if they cannot at all."""
    if _of_status(booking) or _of_subscription(business) or _of_group(service) or _of_payment(booking):
        return None

    return _locks_at(booking, business.settings.guest_reschedule)


def cancel_until(
    booking: Booking,
    business: Business,
    service: Service,  # noqa: ARG001 asked like reschedule_until
) -> datetime | None:
    """Return the moment (aware UTC) at which the guest can no longer cancel *booking*; None if they cannot at all."""
    if _of_status(booking) or _of_subscription(business):
        return None

    return _locks_at(booking, business.settings.guest_cancel)


def can_choose_performer(booking: Booking, service: Service, performer_id: int) -> Refusal | None:
    """Return why the guest may not have *performer_id*: they picked another one when booking (SPEC G8)."""
    if performer_id == booking.performer_id:
        return None

    if booking.performer_chosen:
        return Refusal("performer_chosen")

    if performer_id not in service.performers:
        return Refusal("wrong_performer")

    return None


def can_act(actor: Actor, booking: Booking) -> Refusal | None:
    """Return why *actor* may not touch *booking*: a member of staff acts on their own only (SPEC F3).

    A guest is who holds the booking's token, which is proven before there is a booking to ask about.
    """
    if actor.kind != "staff" or actor.role in (Role.OWNER, Role.MANAGER):
        return None

    if actor.role is Role.MEMBER and actor.performer_id == booking.performer_id:
        return None

    return Refusal("not_yours")


def can_book(actor: Actor, service: Service, performer_id: int) -> Refusal | None:
    """Return why *actor* of staff may not book *service* with this performer: a member books for themself (SPEC F3)."""
    if actor.role is Role.MEMBER and actor.performer_id != performer_id:
        return Refusal("not_yours")

    return None if performer_id in service.performers else Refusal("wrong_performer")


def can_set_status(booking: Booking, status: Status, now: datetime) -> Refusal | None:
    """Return why staff may not give *booking* this *status* (SPEC S1); who may act at all is `can_act`'s to say.

    Only what is pending can be confirmed. Completed or a no-show is how an open booking ends once it has begun.
    Cancelling and coming back from it are verbs of their own, never a status that is set.
    """
    match status:
        case Status.CONFIRMED:
            return None if booking.status is Status.PENDING else _wrong_status(booking)
        case Status.COMPLETED | Status.NO_SHOW:
            return _of_status(booking) or _not_begun(booking, now)
        case _:
            return _wrong_status(booking)


def can_mark_paid(booking: Booking) -> Refusal | None:
    """Return why staff, or the payment service, may not mark *booking* as paid (SPEC P1): only that it is already.

    Money can come after a cancellation, and at the desk for a booking that asked for none online.
    """
    return Refusal("already_paid") if booking.payment is Payment.PAID else None


def _of_status(booking: Booking) -> Refusal | None:
    return None if booking.is_open else _wrong_status(booking)


def _wrong_status(booking: Booking) -> Refusal:
    return Refusal("wrong_status", data={"status": booking.status.value})


def _of_start(booking: Booking, now: datetime) -> Refusal | None:
    start = booking.start.astimezone(UTC)
    return Refusal("begun", locks_at=start) if now.astimezone(UTC) >= start else None


def _not_begun(booking: Booking, now: datetime) -> Refusal | None:
    start = booking.start.astimezone(UTC)
    return Refusal("not_begun", data={"start": start}) if now.astimezone(UTC) < start else None


def _of_subscription(business: Business) -> Refusal | None:
    return Refusal("blocked") if business.settings.subscription is Subscription.BLOCKED else None


def _of_group(service: Service) -> Refusal | None:
    return Refusal("group_session") if service.group else None


def _of_window(booking: Booking, window: timedelta | None, now: datetime, *, off: RefusalCode) -> Refusal | None:
    if window is None:
        return Refusal(off)

    locks_at = booking.start.astimezone(UTC) - window
    if now.astimezone(UTC) < locks_at:
        return None

    return Refusal("window_closed", locks_at=locks_at, data={"minutes": window // timedelta(minutes=1)})


def _of_payment(booking: Booking) -> Refusal | None:
    if booking.payment is Payment.PENDING:
        return Refusal("payment_pending", data={"url": booking.payment_url} if booking.payment_url else {})

    if booking.payment is Payment.EXPIRED:
        return Refusal("payment_expired")

    return None


def _locks_at(booking: Booking, window: timedelta | None) -> datetime | None:
    return None if window is None else booking.start.astimezone(UTC) - max(window, UNTIL_START)
