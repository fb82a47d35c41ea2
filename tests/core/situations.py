"""Situations made by hand: Jo's haircut with Ana, on Thursday at three; no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from core.model import (
    Booking,
    Business,
    Dossier,
    Guest,
    Hours,
    Interval,
    Payment,
    Performer,
    Service,
    Settings,
    Slot,
    Status,
)
from core.phrases import load_phrases
from core.refusal import GUEST_CODES, Refusal
from core.reply import Part, Reply
from core.slots import Availability
from core.turns import Cancel, Move, Question, Situation, Turn, Undo
from core.understand.reading import Intent, QuestionKind, Reading

WARSAW = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
ANA, LEO = 1, 2
LENGTH = timedelta(minutes=45)
PHRASES = load_phrases()

BUSINESS = Business(1, "nova", "Studio Nova", WARSAW, "en", "team@nova.example", None, None, Settings(horizon_days=14))
CUT = Service(1, "cut", "Haircut", 45, 0, 15, (ANA, LEO), None, online=False, group=False, seats=None)
WORKDAYS = Hours(weekly=(((9 * 60, 18 * 60),),) * 5 + ((), ()))
PERFORMERS = {
    ANA: Performer(ANA, "ana", "Ana", "ana@nova.example", WORKDAYS),
    LEO: Performer(LEO, "leo", "Leo", "leo@nova.example", WORKDAYS),
}


def at(text: str) -> datetime:
    """Return a wall time in Warsaw of late November as an instant: `at("26 15:00")`."""
    return datetime.fromisoformat(f"2026-11-{text}+01:00").astimezone(UTC)


def slot(text: str, performer: int = ANA) -> Slot:
    """Return a haircut's slot at this wall time."""
    return Slot(at(text), at(text) + LENGTH, performer)


THURSDAY = slot("26 15:00")
BOOKING = Booking(
    id=7,
    business_id=1,
    key="jo",
    ref="K7Q-2MX",
    service_id=1,
    performer_id=ANA,
    performer_chosen=True,
    start=THURSDAY.start,
    end=THURSDAY.end,
    status=Status.CONFIRMED,
    payment=Payment.NONE,
    payment_url=None,
    guest=Guest("Jo", "jo@guest.example", "en", WARSAW),
    token_random=None,
    version=1,
    sequence=0,
    moves=0,
)


def situation(
    *busy: Slot,
    settings: dict[str, Any] | None = None,
    booking: dict[str, Any] | None = None,
    business: dict[str, Any] | None = None,
    **given: Any,
) -> Situation:
    """Return a situation: what is *busy*, what differs from the defaults, and the fields of `Situation` as *given*."""
    house = replace(BUSINESS, **(business or {}), settings=replace(BUSINESS.settings, **(settings or {})))
    dossier = Dossier(replace(BOOKING, **(booking or {})), house, CUT, PERFORMERS)
    who = (ANA,) if dossier.booking.performer_chosen else (ANA, LEO)
    calendars = tuple((PERFORMERS[one], _spans(busy, one)) for one in who)
    defaults: dict[str, Any] = {"cannot_move": None, "cannot_cancel": None}
    return Situation(dossier, NOW, Availability(NOW, house, CUT, calendars), **(defaults | given))


def question(kind: QuestionKind, *options: Slot, alive: bool = True) -> Question:
    """Return a question that was asked, *alive* or not."""
    return Question(1, kind, options, is_alive=alive)


def wish(*when: Interval | datetime, sure: bool = True, **given: Any) -> Reading:
    """Return a wish for another time; an instant is an exact start."""
    intervals = tuple(one if isinstance(one, Interval) else Interval(one, one) for one in when)
    return Reading("reschedule", when=intervals or None, sure=sure, **given)


def day(number: int) -> Interval:
    """Return a whole day of November."""
    return Interval(at(f"{number} 00:00"), at(f"{number + 1} 00:00"))


def said(reply: Reply | None) -> list[str]:
    """Return the keys of what is said, in order; every part must have words for exactly these values."""
    parts = () if reply is None else reply.parts
    for part in parts:
        speak(part)

    return [part.key for part in parts]


def speak(part: Part) -> str:
    """Return a part in English: an error where it has no words, or too few values."""
    return PHRASES.say(part.key, "en", WARSAW, **part.values)


def answer(intent: Intent) -> Reading:
    """Return a sure answer; a pick is of the first choice."""
    return Reading(intent, pick=1 if intent == "pick" else None, sure=True)


def what_comes_of(turn: Turn) -> str:
    """Return the command of a turn, else the keys of what it says."""
    match turn.command:
        case Move():
            return "move"
        case Cancel():
            return "cancel"
        case Undo():
            return "undo"
        case None:
            return " ".join(said(turn.reply))


# What Hypothesis draws

slots = st.builds(
    lambda minutes, performer: Slot(NOW + minutes, NOW + minutes + LENGTH, performer),
    st.integers(-300, 1500).map(lambda steps: timedelta(minutes=15 * steps)),
    st.sampled_from((ANA, LEO)),
)
refusals = st.none() | st.builds(
    Refusal, st.sampled_from(GUEST_CODES), locks_at=st.just(THURSDAY.start - timedelta(hours=24))
)
intervals = st.builds(
    lambda one, span: Interval(one.start, one.start + span), slots, st.timedeltas(timedelta(0), timedelta(days=5))
)
questions = st.one_of(
    st.builds(question, st.just("offer"), slots, slots, alive=st.booleans()),
    st.builds(question, st.just("offer"), slots, alive=st.booleans()),
    st.builds(question, st.just("confirm_move"), slots, alive=st.booleans()),
    st.builds(question, st.just("moved"), slots, alive=st.booleans()),
    st.builds(question, st.just("confirm_cancel"), alive=st.booleans()),
)
situations = st.builds(
    lambda busy, **given: situation(*busy, **given),
    st.lists(slots, max_size=4).map(lambda found: sorted(found, key=lambda one: one.start)),
    settings=st.fixed_dictionaries({"confirm_moves": st.sampled_from(("unsure", "always"))}),
    booking=st.fixed_dictionaries(
        {
            "performer_chosen": st.booleans(),
            "status": st.sampled_from((Status.CONFIRMED, Status.CANCELLED)),
            "payment": st.sampled_from(Payment),
        }
    ),
    business=st.fixed_dictionaries({"phone": st.sampled_from((None, "+48 22 555 01 23"))}),
    cannot_move=refusals,
    cannot_cancel=refusals,
    question=st.none() | questions,
    can_undo=st.booleans(),
    last_slot=st.none() | slots,
)


def readings(*, sure: bool | None = None) -> st.SearchStrategy[Reading]:
    """Return every reading there can be, or only those that are *sure* or not."""
    intents: tuple[Intent, ...] = ("reschedule", "cancel", "pick", "yes", "no", "keep", "undo", "message", "none")
    return st.builds(
        Reading,
        st.sampled_from(intents),
        when=st.none() | st.lists(intervals, max_size=3).map(tuple),
        pick=st.none() | st.integers(-1, 6),
        performer=st.sampled_from((None, "Ana", "Leo", "Nobody")),
        question=st.booleans(),
        sure=st.booleans() if sure is None else st.just(sure),
    )


def _spans(busy: Sequence[Slot], performer: int) -> tuple[tuple[int, int], ...]:
    return tuple(
        (int(one.start.timestamp()), int(one.end.timestamp())) for one in busy if one.performer_id == performer
    )
