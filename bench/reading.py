"""What one reply costs in each pure stage: reading the mail, understanding the words, writing the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from zoneinfo import ZoneInfo

from bench.result import Result, cpu_seconds
from bench.world import Trip
from core.model import Booking, Business, Guest, Hours, Payment, Performer, Service, Settings, Status
from core.notices import Notice
from core.phrases import load_phrases
from core.reply import Choice, Part, Reply
from core.understand.read import lexicons_for, propose, resolve
from core.understand.reading import Context
from mailin.address import Addresses
from mailin.out.compose import Sender, compose, mail_templates
from mailin.reader import read_mail
from tests.mails.corpus import Case, cases

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Warsaw")
START = datetime(2026, 11, 26, 14, tzinfo=UTC)
SAYINGS = (
    "Hi, could we do Tuesday 1 December at 11:30 instead?",
    "Thursday afternoon would be better for me, or any time on Friday after 4pm. Thanks a lot!",
    "Is there parking near the entrance? And please move me to next week, same time.",
    "2",
    "yes please",
    "I have to cancel, sorry",
)
REPLIES_APART = 7
"""Every so many of the corpus are enough."""
MOST = 1.5e-3
"""Seconds of the processor for a reply, in the middle."""


def measure() -> list[Result]:
    """Measure the processor time of each; only that of the replies has a target."""
    context = Context(
        now=NOW,
        zone=ZONE,
        start=START,
        minutes=45,
        performer="Ana",
        performers=("Ana", "Leo"),
        hours=(((9 * 60, 18 * 60),),) * 5 + ((), ()),
        pending=None,
    )
    lexicons = lexicons_for("en")
    raw = Trip("jo@guest.example", "a" * 42, SAYINGS[1]).mail()
    notice, look = _notice(), _look()

    def understand() -> None:
        for saying in SAYINGS:
            resolve(propose(saying, lexicons, context.performers), context)

    def read() -> None:
        read_mail(
            raw,
            mail_from="jo@guest.example",
            rcpt_to=("reply+x@reply.bench.example",),
            own_domain="reply.bench.example",
        )

    return [
        _told("understanding a reply", understand, len(SAYINGS)),
        _told("reading a short mail", read),
        _replies(),
        _told("composing an answer", lambda: compose(notice, look)),
    ]


def _replies() -> Result:
    """Measure the replies of every client of the corpus that quote a whole message of ours, text and HTML: 7–9 KB."""
    spent = [cpu_seconds(partial(_read, case), times=3, rounds=5) for case in list(cases())[::REPLIES_APART]]
    middle = median(spent)
    told = f"{middle * 1e3:.2f} ms CPU (median of {len(spent)})"
    return Result("reading any client's reply", told, target=f"<= {MOST * 1e3:.1f} ms", met=middle <= MOST)


def _read(case: Case) -> None:
    read_mail(
        case.raw,
        mail_from="jo@guest.example",
        rcpt_to=("reply+x@reply.bench.example",),
        own_domain="reply.bench.example",
        sent=lambda _: case.sent,
    )


def _told(what: str, work: Callable[[], object], parts: int = 1) -> Result:
    return Result(what, f"{cpu_seconds(work, times=20) / parts * 1e3:.2f} ms CPU")


def _notice() -> Notice:
    settings = Settings(reminders=(timedelta(hours=24),))
    business = Business(1, "bench", "Bench", ZONE, "en", "team@bench.example", "+48 22 555", "ul. Jasna 12", settings)
    service = Service(1, "cut", "Haircut", 45, 0, 15, (1,), None, online=False, group=False, seats=None)
    performer = Performer(1, "ana", "Ana", "ana@bench.example", Hours(weekly=((),) * 7))
    booking = Booking(
        id=1,
        business_id=1,
        key="jo",
        ref="K7Q-2MX",
        service_id=1,
        performer_id=1,
        performer_chosen=True,
        start=START,
        end=START + timedelta(minutes=45),
        status=Status.CONFIRMED,
        payment=Payment.NONE,
        payment_url=None,
        guest=Guest("Jo", "jo@guest.example", "en", ZONE),
        token_random="a" * 26,
        version=2,
        sequence=1,
        moves=1,
        occupancy_id=1,
        calendar_key="a" * 16,
    )
    said = (Part("moved", {"start": START, "old": START - timedelta(days=1)}), Part("undo_hint", {"minutes": 10}))
    return Notice(
        id=1,
        kind="answer",
        audience="guest",
        to_name="Jo",
        to_address="jo@guest.example",
        locale="en",
        zone=ZONE,
        business=business,
        service=service,
        performer=performer,
        booking=booking,
        reply=Reply(said, (Choice("undo"),), invites=True),
        written=NOW,
        thread=(),
        earlier=(),
    )


def _look() -> Sender:
    return Sender(
        base_url="https://book.bench.example",
        addresses=Addresses("reply.bench.example"),
        from_address="bookings@bench.example",
        keys=("a secret of the measurements, of 32 characters and more",),
        phrases=load_phrases(),
        templates=mail_templates(),
    )
