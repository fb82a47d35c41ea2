"""Making the booking that staff asked for in a line (SPEC F2-F4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model import Guest
from core.new_booking import NewBooking, book
from core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.bookings import Act
    from core.desk.booking_line import Wish
    from core.new_booking import Booked, Where
    from core.store.engine import Tx


def book_wish(tx: Tx, wish: Wish, where: Where, act: Act, *, random: bytes) -> Booked | Refusal:
    """Book what *wish* asks for, with whoever is free where it names nobody; refuse with the first one's reason.

    Raises:
        SlotTaken: somebody was faster.
    """
    refusal = Refusal("wrong_performer")
    for number, performer_id in enumerate(_candidates(wish, act)):
        outcome = book(tx, _new_booking(wish, performer_id, where), where, act, random=random)
        if not isinstance(outcome, Refusal):
            return outcome

        refusal = outcome if number == 0 else refusal

    return refusal


def _candidates(wish: Wish, act: Act) -> Iterable[int]:
    """Return who may perform it: whom it names, else who acts if they do, else everyone who offers the service."""
    if wish.performer is not None:
        return (wish.performer.id,)

    offered = wish.service.performers
    own = act.actor.performer_id
    return offered if own is None else sorted(offered, key=lambda one: one != own)


def _new_booking(wish: Wish, performer_id: int, where: Where) -> NewBooking:
    business = where.business
    return NewBooking(
        service=wish.service,
        performer_id=performer_id,
        start=wish.start,
        guest=Guest(wish.name, wish.email, business.locale, business.zone),
        performer_chosen=wish.performer is not None,
    )
