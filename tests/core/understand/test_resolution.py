"""Late resolution: the same words against another now, other hours or booking; one reply through the stages."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.model import Interval
from core.understand.clauses import clauses_of
from core.understand.grammar import Found, read_times
from core.understand.lexicon import load_lexicon
from core.understand.marks import mark
from core.understand.proposals import Act
from core.understand.read import propose, resolve
from core.understand.reading import Context, Pending, Reading
from core.understand.stance import stances_of
from core.understand.times import At, Part, Weekday, Wish
from core.understand.tokens import tokenize

ENGLISH = load_lexicon("en")


def exact(*wall: int, zone: str = "Europe/London") -> tuple[Interval, ...]:
    moment = datetime(*wall, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc] # year, month, day, …
    return (Interval(moment, moment),)


def test_one_reply_through_the_stages() -> None:
    """R1: tokens, marks, clauses, symbolic times with their roles, proposals."""
    text = "I can't do Thursday, Friday afternoon?"

    marks = mark(tokenize(text), ENGLISH, ())
    refusing, wishing = clauses_of(marks)
    items = read_times(wishing.marks, ENGLISH)

    assert [each.text for each in marks] == ["i cant do", "thursday", ",", "friday", "afternoon", "?"]
    assert refusing.has("refuse")
    assert items == (Found(Weekday(4), "friday"), Found(Part(720, 1020), "afternoon"))
    assert [each.role for each in stances_of(wishing, items, 1)] == ["wish", "wish"]

    proposals = propose(text, (ENGLISH,), ())

    assert proposals.wishes == (Wish(((Weekday(4),),), ((Part(720, 1020),),)),)
    assert proposals.rejected == (Wish(((Weekday(3),),)),)
    assert proposals.acts == (Act("refuse", 0),)


def test_the_same_proposals_mean_another_day_later_on(context: Context) -> None:
    """R9a: words are resolved against what is true when they are, without reading them again."""
    proposals = propose("Friday at 3 please", (ENGLISH,), context.performers)

    this_week = resolve(proposals, context)
    next_week = resolve(
        proposals, replace(context, now=context.now.replace(day=6), start=context.start.replace(day=11))
    )

    assert this_week == Reading("reschedule", exact(2027, 3, 5, 15), sure=True, why=this_week.why)
    assert next_week == Reading("reschedule", exact(2027, 3, 12, 15), sure=True, why=next_week.why)


def test_opening_hours_tell_morning_from_evening(context: Context) -> None:
    """R1: of two readings of an hour, the one within opening hours; both within is a doubt."""
    proposals = propose("Friday at 8", (ENGLISH,), ())

    evening = resolve(proposals, replace(context, hours=(((17 * 60, 23 * 60),),) * 7))
    both = resolve(proposals, replace(context, hours=(((7 * 60, 23 * 60),),) * 7))

    assert (evening.when, evening.sure) == (exact(2027, 3, 5, 20), True)
    assert (both.when, both.sure) == (exact(2027, 3, 5, 8), False)


def test_a_booking_in_a_later_week_makes_a_weekday_doubtful(context: Context) -> None:
    """R2: both weeks are possible, so the guest is asked; unless the booking's own day is the one to leave."""
    later = replace(context, start=context.start.replace(day=18))

    bare = resolve(propose("Friday at 3", (ENGLISH,), ()), later)
    left = resolve(propose("Thursday doesn't work, Friday at 3?", (ENGLISH,), ()), later)

    assert (bare.when, bare.sure) == (exact(2027, 3, 5, 15) + exact(2027, 3, 19, 15), False)
    assert (left.when, left.sure) == (exact(2027, 3, 19, 15), True)


def test_a_wall_time_that_clocks_skip_or_repeat_is_doubted(context: Context) -> None:
    """V1: 01:30 does not exist on 28 March and comes twice on 31 October."""
    always = replace(
        context, hours=(((0, 24 * 60),),) * 7, now=context.now.replace(day=26), start=context.start.replace(day=29)
    )

    skipped = resolve(propose("28 March at 1.30am", (ENGLISH,), ()), always)
    usual = resolve(propose("28 March at 3.30am", (ENGLISH,), ()), always)

    assert not skipped.sure
    assert usual == Reading("reschedule", exact(2027, 3, 28, 3, 30), sure=True, why=usual.why)


def test_a_day_later_keeps_the_clock_and_an_hour_later_the_hour(context: Context) -> None:
    """R1: shifts are from the booking's start, days on the wall clock also across the change."""
    saturday = replace(context, start=context.start.replace(day=27), now=context.now.replace(day=26))

    assert resolve(propose("a day later please", (ENGLISH,), ()), saturday).when == exact(2027, 3, 28, 15)
    assert resolve(propose("an hour later please", (ENGLISH,), ()), saturday).when == exact(2027, 3, 27, 16)


@pytest.mark.parametrize(("text", "sure"), [("3", True), ("3 please", True), ("3.", True), ("3 works", False)])
def test_a_bare_number_is_the_option_and_in_a_sentence_it_may_be_the_clock(
    text: str, *, sure: bool, context: Context
) -> None:
    """R2: the offer asks for its number; '3 works' with the first option at three o'clock is asked back."""
    day = context.start.replace(day=5)
    pending = Pending("offer", (day.replace(hour=15), day.replace(hour=16), day.replace(hour=17)))

    reading = resolve(propose(text, (ENGLISH,), ()), replace(context, pending=pending))

    assert (reading.intent, reading.pick, reading.sure) == ("pick", 3, sure)


@pytest.mark.parametrize(
    ("text", "performer", "sure"),
    [
        ("What about Leo on Friday at 9?", "Leo", True),
        ("Friday at 9 with Leo please", "Leo", True),
        ("Hi Leo, can we do Friday at 9?", None, True),
        ("Hi there,\nFriday at 9?\n\nLeo", None, True),
        ("Leo, Friday at 9?", None, False),
        ("Leo said Friday at 9 is ok", None, False),
    ],
)
def test_another_performer_is_asked_for_or_greeted_or_in_doubt(
    text: str, performer: str | None, *, sure: bool, context: Context
) -> None:
    """G8, R2: who is spoken of without being plainly asked for may be meant, so nothing is done at once."""
    both = replace(context, performer="Ana", performers=("Ana", "Leo"))

    reading = resolve(propose(text, (ENGLISH,), both.performers), both)

    assert (reading.intent, reading.performer, reading.sure) == ("reschedule", performer, sure)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("16:30", At(16, 30, "exact")),
        ("half four", At(4, 30)),
        ("4.30pm", At(4, 30, "pm")),
        ("08:15", At(8, 15, "exact")),
    ],
)
def test_what_is_known_of_a_clock_time_is_kept_apart_from_what_is_guessed(text: str, at: At) -> None:
    """R1: a symbol says whether morning or afternoon was said."""
    assert propose(f"Friday {text}", (ENGLISH,), ()).wishes == (Wish(((Weekday(4),),), ((at,),)),)


@pytest.mark.parametrize("text", ["Can Jo come on Friday at 10?", "Can you move Jo to Friday at 10?"])
def test_the_guests_own_name_says_nothing(text: str, context: Context) -> None:
    """R1: the guest's own name in a wish is no unknown word; somebody else's is."""
    known = resolve(propose(text, (ENGLISH,), (), guest="Jo Miller"), context)
    unknown = resolve(propose(text, (ENGLISH,), (), guest="Max"), context)

    assert (known.when, known.sure) == (unknown.when, True)
    assert not unknown.sure
