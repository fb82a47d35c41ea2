"""The manage link of a booking: shown to staff, and re-issued so that the old one opens nothing any more (SPEC T1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from core.bookings import write_history
from core.speakers import end_speakers
from core.store import tables as t
from core.store.engine import prepare
from core.tokens import make_token, read_token, token_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.bookings import Act
    from core.model import Booking
    from core.store.engine import Tx

_REPLACE = prepare(
    update(t.booking).where(t.booking.c.id == bindparam("of_id")).values(token_random=bindparam("token_random"))
)


def token_of(booking: Booking, keys: Sequence[str]) -> str | None:
    """Return the booking's manage token, signed with the newest key; None once the guest is forgotten (SPEC L5)."""
    return None if booking.token_random is None else token_for(booking.token_random, keys)


def manage_url(base_url: str, slug: str, token: str) -> str:
    """Return the address of the booking's page; the slug is decoration, the token is all that counts (SPEC T3)."""
    return f"{base_url.rstrip('/')}/b/{slug}/manage/{token}"


def reissue_token(tx: Tx, booking: Booking, act: Act, *, random: bytes, keys: Sequence[str]) -> str:
    """Give the booking a new manage token over 16 *random* bytes and return it; the old one is not ours any more.

    Whoever was allowed to speak for the booking is not any more: they had the old address. The address in the guest's
    calendar stays: it opens nothing, and calendars know the invitation by it (SPEC M5).
    """
    token = make_token(random, keys)
    tx.run(_REPLACE, of_id=booking.id, token_random=read_token(token, keys))
    end_speakers(tx, booking.id, act.now)
    write_history(tx, booking.id, "token_reissued", act)
    return token
