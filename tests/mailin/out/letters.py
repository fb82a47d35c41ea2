"""A booking at Studio Nova in Warsaw and the notices about it; what tests of outgoing mail start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

from core.model import Booking, Business, Guest, Hours, Payment, Performer, Service, Slot, Status
from core.notices import Notice
from core.phrases import load_phrases
from core.reply import Choice, Part, Reply
from core.tokens import calendar_key, token_for
from mailin.address import Addresses
from mailin.out.compose import Sender, compose, mail_templates

WARSAW, LONDON = ZoneInfo("Europe/Warsaw"), ZoneInfo("Europe/London")
START = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
OLD = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 23, 9, 15, 3, 250_000, tzinfo=UTC)
KEYS = ("a key of at least thirty-two characters",)
SECRET = "abcdefghijklmnopqrstuvwx2e"
TOKEN = token_for(SECRET, KEYS)
CALENDAR_KEY = calendar_key(SECRET, KEYS)

BUSINESS = Business(
    id=1,
    slug="nova",
    name="Studio Nova",
    zone=WARSAW,
    locale="en",
    email="team@nova.example",
    phone="+48 22 123 45 67",
    address="ul. Prosta 5, Warszawa",
)
SERVICE = Service(
    id=1,
    key="cut",
    name="Haircut",
    minutes=45,
    buffer_before=0,
    buffer_after=10,
    performers=(1,),
    location=None,
    online=False,
    group=False,
    seats=None,
)
ANA = Performer(id=1, key="ana", name="Ana", email="ana@nova.example", hours=Hours())
JO = Guest(name="Jo", email="jo@example.org", locale="en", zone=WARSAW)
BOOKING = Booking(
    id=12,
    business_id=1,
    key="b1",
    ref="K7Q-2MX",
    service_id=1,
    performer_id=1,
    performer_chosen=True,
    start=START,
    end=START + timedelta(minutes=45),
    status=Status.CONFIRMED,
    payment=Payment.NONE,
    payment_url=None,
    guest=JO,
    token_random=SECRET,
    version=3,
    sequence=1,
    moves=0,
    calendar_key=CALENDAR_KEY,
)
CONFIRMED = Reply((Part("confirmed", {"business": BUSINESS.name, "start": START}),), invites=True)
MOVED = Reply(
    (Part("moved", {"start": START, "old": OLD}), Part("undo_hint", {"minutes": 10})), (Choice("undo"),), invites=True
)
NOTICE = Notice(
    id=7,
    kind="confirmation",
    audience="guest",
    to_name="Jo",
    to_address="jo@example.org",
    locale="en",
    zone=WARSAW,
    business=BUSINESS,
    service=SERVICE,
    performer=ANA,
    booking=BOOKING,
    reply=CONFIRMED,
    written=WRITTEN,
)
LOOK = Sender(
    base_url="https://book.example.com",
    addresses=Addresses("reply.example.com"),
    from_address="bookings@example.com",
    keys=KEYS,
    phrases=load_phrases(),
    templates=mail_templates(),
)


def notice(**changes: Any) -> Notice:
    """Return the confirmation with *changes*; those named `booking_…`, `business_…`, `service_…` change these."""
    parts: dict[str, Any] = {"booking": BOOKING, "business": BUSINESS, "service": SERVICE}
    for name in list(changes):
        owner, _, attribute = name.partition("_")
        if owner in parts and attribute:
            parts[owner] = replace(parts[owner], **{attribute: changes.pop(name)})

    return replace(NOTICE, **parts, **changes)


def choice(number: int, start: datetime, performer: str | None = None) -> Choice:
    """Return a numbered choice of *start*; with *performer* it is someone else's time."""
    return Choice(str(number), Slot(start, start + timedelta(minutes=45), 2 if performer else 1), performer)


def read(raw: bytes) -> EmailMessage:
    """Read *raw* as a mail program would."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def composed(about: Notice) -> EmailMessage:
    """Return the mail that tells *about*, read back."""
    return read(compose(about, LOOK).raw)


def body(message: EmailMessage, subtype: str) -> str:
    """Return the first text part of *subtype* with LF lines."""
    found = next(part for part in message.walk() if part.get_content_type() == f"text/{subtype}")
    return str(found.get_content()).replace("\r\n", "\n")
