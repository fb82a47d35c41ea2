"""Tell a guest whose message is locked away from us that it could not be read, and how to answer instead."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from core.incoming import Incoming, is_too_much, was_heard
from core.queries import load_dossier
from core.reply import Part
from core.store.engine import Tx
from core.troubles import tell_trouble

Sealed = Literal["encrypted", "winmail"]


def tell_sealed(tx: Tx, incoming: Incoming, sealed: Sealed, now: datetime) -> bool:
    """Write to the guest on file, at most once a day about each kind; return whether that was done now.

    Only what the guest sent is answered (SPEC R7), and only once (R8). Call it before the message is recorded.
    """
    dossier = load_dossier(tx, incoming.booking_id)
    if dossier is None or incoming.sender != "guest" or was_heard(tx, incoming) or is_too_much(tx, incoming, now):
        return False

    return tell_trouble(tx, dossier, sealed, Part(f"unreadable_{sealed}"), now, answers=incoming.message_id)
