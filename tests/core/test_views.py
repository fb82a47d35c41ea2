from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import bookings as verbs
from core import queries
from core.model import Slot
from core.views import booking_json, booking_table, booking_text, slot_json
from tests.core.nova import ACT, Shop, booking, nova

FRIDAY_AT_NOON = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_booking_in_json_is_what_the_contract_says(shop: Shop) -> None:
    """F7, S1: every key, times with the business's offset, the whole history, the messages with their state."""
    (imported,) = shop.load(nova(booking("b1", performer_chosen=True)))
    dossier = shop.dossier(imported.ref)
    changed = shop.do(verbs.reschedule, dossier, FRIDAY_AT_NOON, dossier.booking.performer_id, ACT)
    history = shop.do(queries.load_history, dossier.booking.id)
    messages = shop.do(queries.load_messages, dossier.booking.id)

    shown = booking_json(changed.after, history=history, messages=messages, manage_url="https://book.example/x")

    assert shown == {
        "ref": imported.ref,
        "key": "b1",
        "business": "nova",
        "service": "cut",
        "performer": "ana",
        "performer_chosen": True,
        "guest": {"name": "Guest b1", "email": "b1@guest.example", "locale": "en", "tz": "Europe/London"},
        "start": "2026-11-27T12:00:00+01:00",
        "end": "2026-11-27T12:45:00+01:00",
        "status": "confirmed",
        "shown_status": "Rescheduled",
        "payment": "none",
        "sequence": 1,
        "reschedule_until": "2026-11-27T12:00:00+01:00",
        "cancel_until": "2026-11-26T12:00:00+01:00",
        "manage_url": "https://book.example/x",
        "history": [
            {
                "at": "2026-11-23T10:00:00+01:00",
                "actor": "system",
                "actor_name": "",
                "channel": "terminal",
                "what": "booked",
                "from": None,
                "to": "2026-11-26T15:00:00+01:00",
            },
            {
                "at": "2026-11-23T10:00:00+01:00",
                "actor": "staff",
                "actor_name": "owner",
                "channel": "terminal",
                "what": "moved",
                "from": "2026-11-26T15:00:00+01:00",
                "to": "2026-11-27T12:00:00+01:00",
            },
        ],
        "messages": [
            _message("2026-11-25T15:00:00+01:00", "reminder", "b1@guest.example", "retired"),
            _message("2026-11-26T13:00:00+01:00", "reminder", "b1@guest.example", "retired"),
            _message("2026-11-23T10:00:00+01:00", "moved", "b1@guest.example", "due"),
            _message("2026-11-23T10:00:00+01:00", "moved", "team@nova.example", "due"),
            _message("2026-11-23T10:00:00+01:00", "moved", "ana@nova.example", "due"),
            _message("2026-11-26T12:00:00+01:00", "reminder", "b1@guest.example", "due"),
            _message("2026-11-27T10:00:00+01:00", "reminder", "b1@guest.example", "due"),
        ],
    }


def test_a_slot_in_json_names_the_performer_by_key(shop: Shop) -> None:
    shop.load(nova())
    leo = shop.do(queries.load_performers, shop.business.id)[1]

    slot = Slot(FRIDAY_AT_NOON, FRIDAY_AT_NOON.replace(minute=45), leo.id)

    assert slot_json(slot, shop.business.zone, {leo.id: leo}) == {
        "start": "2026-11-27T12:00:00+01:00",
        "end": "2026-11-27T12:45:00+01:00",
        "performer": "leo",
    }


def test_the_list_stands_in_columns(shop: Shop) -> None:
    one, two = shop.load(nova(booking("b1"), booking("b2", "2026-11-27T09:00:00+01:00", status="no_show")))

    assert booking_table([shop.dossier(one.ref), shop.dossier(two.ref)]) == [
        "REF      WHEN                  STATUS     SERVICE  WITH  GUEST",
        f"{one.ref}  Thu 2026-11-26 15:00  Confirmed  Haircut  Ana   Guest b1",
        f"{two.ref}  Fri 2026-11-27 09:00  No-show    Haircut  Ana   Guest b2",
    ]


def test_one_booking_as_text_tells_who_did_what(shop: Shop) -> None:
    """F7: who, when, where, from and to, why, and what was sent."""
    (imported,) = shop.load(nova(booking("b1", payment="pending")))
    dossier = shop.do(verbs.cancel, shop.dossier(imported.ref), ACT, "Ana\x1b[2J is ill").after
    facts = {
        "history": shop.do(queries.load_history, dossier.booking.id),
        "messages": shop.do(queries.load_messages, dossier.booking.id)[-3:],
    }

    assert booking_text(dossier, **facts, manage_url=None) == [
        f"{imported.ref}  Cancelled, payment pending",
        "Haircut with Ana",
        "Thu 2026-11-26 15:00 to 15:45 (Europe/Warsaw)",
        "Guest: Guest b1 <b1@guest.example>",
        "Link: none any more",
        "",
        "History",
        "  Mon 2026-11-23 10:00  booked by system (terminal)",
        "  Mon 2026-11-23 10:00  cancelled by owner (terminal), reason: Ana\ufffd[2J is ill",
        "",
        "Messages",
        "  Mon 2026-11-23 10:00  cancelled to b1@guest.example: due",
        "  Mon 2026-11-23 10:00  cancelled to team@nova.example: due",
        "  Mon 2026-11-23 10:00  cancelled to ana@nova.example: due",
    ]


def _message(at: str, kind: str, to: str, state: str) -> dict[str, str]:
    return {"at": at, "kind": kind, "to": to, "channel": "mail", "state": state}
