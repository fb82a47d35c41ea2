"""Messages about to leave: written with their cause, claimed under a lease, sent at least once (SPEC M4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, insert, literal, or_, select, update

from core.model import Payment, Status
from core.notices import NOTICES, Notice
from core.queries import load_dossier, load_performers
from core.reply import from_json, to_json
from core.store import tables as t
from core.store.engine import prepare
from core.store.types import from_epoch, to_epoch

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.model import Booking, Business, Channel, Dossier, Performer
    from core.notices import Audience, Kind
    from core.reply import Reply
    from core.store.engine import Row, Tx

LEASE = timedelta(seconds=90)
"""How long a claimed message is one worker's alone; sending takes no longer than this."""

RETRIES = tuple(
    timedelta(seconds=wait) for wait in (5, 15, 60, 300, 900, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600)
)
"""Waits after a failed try: more than two days in all, then staff see that it did not arrive."""

_o = t.outbox.c
_INSERT = prepare(insert(t.outbox))
_HAS_KEY = prepare(select(_o.id).where(_o.key == bindparam("key")))
_RETIRE = prepare(
    update(t.outbox)
    .where(
        _o.booking_id == bindparam("of_booking"),
        _o.recipient == bindparam("to_recipient"),
        _o.state == "due",
        # Reminders are planned anew with each change. Not `in_`: its list would be written out at every use.
        or_(*(_o.kind == kind for kind in sorted(NOTICES - {"reminder"}))),
        or_(_o.lease_until.is_(None), _o.lease_until <= bindparam("now", type_=_o.due.type)),
    )
    .values(state="retired")
)
_RETIRE_REMINDERS = prepare(
    update(t.outbox)
    .where(_o.booking_id == bindparam("of_booking"), _o.state == "due", _o.kind == "reminder")
    # Its key is free again: the same reminder may be planned anew, in the same second even.
    .values(state="retired", key=_o.key.concat(literal(":retired:")).concat(_o.id))
)
_earlier = t.outbox.alias("earlier")
_CLAIMABLE = prepare(
    select(t.outbox)
    .where(
        _o.state == "due",
        _o.due <= bindparam("now", type_=_o.due.type),
        or_(_o.lease_until.is_(None), _o.lease_until <= bindparam("now2", type_=_o.due.type)),
        ~exists().where(
            and_(
                _earlier.c.booking_id == _o.booking_id,
                _earlier.c.recipient == _o.recipient,
                _earlier.c.id < _o.id,
                _earlier.c.state == "due",
                # One that was tried or put back waits for its turn; a reminder to come does not.
                or_(
                    _earlier.c.attempts > 0,
                    _earlier.c.error.is_not(None),
                    _earlier.c.due <= bindparam("now3", type_=_o.due.type),
                ),
            )
        ),
    )
    .order_by(_o.due, _o.id)
    .limit(bindparam("most"))
)
_LEASE = prepare(
    update(t.outbox)
    .where(_o.id == bindparam("of_id"))
    .values(lease_until=bindparam("lease_until"), lease_token=bindparam("lease_token"))
)
_SENT = prepare(
    update(t.outbox)
    .where(_o.id == bindparam("of_id"), _o.lease_token == bindparam("token"))
    .values(
        state="sent",
        sent=bindparam("sent"),
        sent_to=bindparam("sent_to"),
        words=bindparam("words"),
        attempts=_o.attempts + 1,
        lease_until=None,
        error=None,
    )
)
_AGAIN = prepare(
    update(t.outbox)
    .where(_o.id == bindparam("of_id"), _o.lease_token == bindparam("token"), _o.state == "due")
    .values(
        state=bindparam("state"),
        due=bindparam("due"),
        attempts=_o.attempts + 1,
        lease_until=None,
        error=bindparam("error"),
    )
)
_PUT_BACK = prepare(
    update(t.outbox)
    .where(_o.id == bindparam("of_id"), _o.lease_token == bindparam("token"), _o.state == "due")
    .values(due=bindparam("due"), lease_until=None, error=bindparam("error"))
)
_GIVE_UP = prepare(
    update(t.outbox).where(_o.id == bindparam("of_id")).values(state=bindparam("state"), error=bindparam("error"))
)
_FREE_LEASES = prepare(
    update(t.outbox).where(_o.state == "due", _o.lease_until.is_not(None)).values(lease_until=None, lease_token=None)
)
_BY_ID = prepare(select(t.outbox).where(_o.id == bindparam("id")))
_WORDS_BEFORE = prepare(
    select(_o.words)
    .where(
        _o.booking_id == bindparam("booking_id"),
        _o.recipient == bindparam("recipient"),
        _o.state == "sent",
        _o.words.is_not(None),
    )
    .order_by(_o.id.desc())
    .limit(3)
)
_SENT_BEFORE = prepare(
    select(_o.id)
    .where(_o.booking_id == bindparam("booking_id"), _o.recipient == bindparam("recipient"), _o.state == "sent")
    .order_by(_o.id.desc())
    .limit(3)
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker alone may send until the lease ends; `token` guards marking it."""

    id: int
    token: str
    attempts: int
    notice: Notice


def queue(  # noqa: PLR0913 one message has that many independent facts
    tx: Tx,
    dossier: Dossier,
    *,
    key: str,
    kind: Kind,
    recipient: str,
    reply: Reply,
    now: datetime,
    due: datetime | None = None,
    channel: Channel = "mail",
    question_id: int | None = None,
    answers: str | None = None,
) -> int | None:
    """Write one message about *dossier*'s booking as it is now; return its id, or None where *key* was queued before.

    *recipient* is `guest`, `team` or `performer:ID`: the address is looked up when it leaves. A notice retires the
    recipient's unsent older ones of this booking (SPEC M4). *answers* is the id of the guest's message it answers.
    """
    if tx.first(_HAS_KEY, key=key) is not None:
        return None

    booking = dossier.booking
    if kind in NOTICES and due is None:
        tx.run(_RETIRE, of_booking=booking.id, to_recipient=recipient, now=now)

    return tx.insert(
        _INSERT,
        key=key,
        business_id=booking.business_id,
        booking_id=booking.id,
        version=booking.version,
        channel=channel,
        recipient=recipient,
        kind=kind,
        payload={"reply": to_json(reply), "booking": _snapshot(booking), "answers": answers},
        question_id=question_id,
        created=now,
        due=due or now,
        state="due",
        attempts=0,
    )


def retire_reminders(tx: Tx, booking_id: int) -> None:
    """See to it that no reminder of an earlier time or a cancelled visit leaves (SPEC M2)."""
    tx.run(_RETIRE_REMINDERS, of_booking=booking_id)


def claim(tx: Tx, *, now: datetime, token: str, most: int) -> list[Claim]:
    """Lease up to *most* messages that are due, oldest first, at most one a booking and recipient, and return them.

    What must not leave any more (a reminder of another version, a guest who was forgotten) is retired here instead:
    the last check before sending (SPEC M2, L5).
    """
    claims: list[Claim] = []
    rows = tx.all(_CLAIMABLE, now=now, now2=now, now3=now, most=most)
    # One change has a message for each who hears of it: they share what belongs to the booking.
    dossiers = {
        booking_id: load_dossier(tx, booking_id) for booking_id in dict.fromkeys(row.booking_id for row in rows)
    }
    for row in rows:
        notice = _load(tx, row, dossiers[row.booking_id])
        if notice is None:
            tx.run(_GIVE_UP, of_id=row.id, state="retired", error=None)
            continue

        tx.run(_LEASE, of_id=row.id, lease_until=now + LEASE, lease_token=token)
        claims.append(Claim(row.id, token, row.attempts, notice))

    return claims


def mark_sent(tx: Tx, claim: Claim, *, words: str, now: datetime) -> bool:
    """Record that a claimed message left, in these *words*; False if the lease was lost to another worker meanwhile."""
    to = claim.notice.to_address
    return tx.run(_SENT, of_id=claim.id, token=claim.token, sent=now, sent_to=to, words=words) == 1


def mark_failed(tx: Tx, claim: Claim, *, permanent: bool, reason: str, now: datetime) -> bool:
    """Record a failed try and when to try again; return whether it was the last one.

    A worker that lost its lease records nothing: whoever has the message now will know whether it arrives. What was
    retired meanwhile is not tried again.
    """
    last = permanent or claim.attempts >= len(RETRIES)
    due = now if last else now + RETRIES[claim.attempts]
    state = "failed" if last else "due"
    is_ours = tx.run(_AGAIN, of_id=claim.id, token=claim.token, state=state, due=due, error=reason[:500]) == 1
    return is_ours and last


def put_back(tx: Tx, claim: Claim, *, until: datetime, reason: str) -> bool:
    """Let a claimed message wait, for what is no fault of its own: it was not tried, and counts as not tried.

    What is behind it waits too (SPEC M4). Return whether the lease was still this worker's.
    """
    return tx.run(_PUT_BACK, of_id=claim.id, token=claim.token, due=until, error=reason[:500]) == 1


def mark_returned(tx: Tx, outbox_id: int) -> None:
    """Record that a message which had left came back undelivered."""
    tx.run(_GIVE_UP, of_id=outbox_id, state="failed", error="returned")


def free_leases(tx: Tx) -> int:
    """Give back what a worker that died had claimed: for the start of the only process; return how many."""
    return tx.run(_FREE_LEASES)


def find_sent(tx: Tx, outbox_id: int) -> Row | None:
    """Return the row of a message of ours by its id (from a Message-ID that a reply names)."""
    return tx.first(_BY_ID, id=outbox_id)


def words_sent(tx: Tx, booking_id: int, recipient: str) -> str | None:
    """Return the words of our last messages about a booking, newest first: what a reply that names none may quote."""
    rows = tx.all(_WORDS_BEFORE, booking_id=booking_id, recipient=recipient)
    return "\n".join(row.words for row in rows) or None


def _load(tx: Tx, row: Row, dossier: Dossier | None) -> Notice | None:
    if dossier is None or _is_overtaken(row, dossier.booking) or _is_muted(row, dossier.business):
        return None

    booking = _restore(dossier.booking, row.payload["booking"])
    performer = _performer(tx, dossier, booking.performer_id) or dossier.performer
    audience, _, reader_id = row.recipient.partition(":")
    reader = _performer(tx, dossier, int(reader_id)) if audience == "performer" else None
    name, address, locale, zone = _address(dossier, audience, reader)
    if not address:
        return None

    before = tx.all(_SENT_BEFORE, booking_id=booking.id, recipient=row.recipient)
    answers = row.payload.get("answers")
    return Notice(
        id=row.id,
        kind=row.kind,
        audience=audience,
        to_name=name,
        to_address=address,
        locale=locale,
        zone=zone,
        business=dossier.business,
        service=dossier.service,
        performer=performer,
        booking=booking,
        reply=from_json(row.payload["reply"]),
        written=row.created,
        thread=(answers,) if answers else (),
        earlier=tuple(one.id for one in reversed(before)),
    )


def _is_overtaken(row: Row, booking: Booking) -> bool:
    return row.kind == "reminder" and (row.version != booking.version or not booking.is_open)


def _is_muted(row: Row, business: Business) -> bool:
    """Reminders lie here for days: whether they may leave is what the owner says now (SPEC M4, F0)."""
    return row.kind == "reminder" and not business.settings.transactional_mail


def _performer(tx: Tx, dossier: Dossier, performer_id: int) -> Performer | None:
    """Return who performs or performed the booking, also when they do not offer its service any more (SPEC M3)."""
    found = dossier.performers.get(performer_id)
    if found is not None:
        return found

    return next((one for one in load_performers(tx, dossier.business.id) if one.id == performer_id), None)


def _address(dossier: Dossier, audience: Audience, reader: Performer | None) -> tuple[str, str, str, ZoneInfo]:
    business, guest = dossier.business, dossier.booking.guest
    if audience == "guest":
        return guest.name, guest.email, guest.locale, guest.zone

    if audience == "performer":
        name, address = ("", None) if reader is None else (reader.name, reader.email)
        return name, address or "", business.locale, business.zone

    return business.name, business.email, business.locale, business.zone


def _snapshot(booking: Booking) -> list[Any]:
    return [
        to_epoch(booking.start),
        to_epoch(booking.end),
        booking.performer_id,
        booking.status.value,
        booking.payment.value,
        booking.version,
        booking.sequence,
        booking.moves,
    ]


def _restore(booking: Booking, snapshot: list[Any]) -> Booking:
    start, end, performer_id, status, payment, version, sequence, moves = snapshot
    return replace(
        booking,
        start=from_epoch(start),
        end=from_epoch(end),
        performer_id=performer_id,
        status=Status(status),
        payment=Payment(payment),
        version=version,
        sequence=sequence,
        moves=moves,
    )
