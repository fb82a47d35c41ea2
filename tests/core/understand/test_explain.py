"""How a reply was read, told in plain lines: they say what the pipeline found, never more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.understand.acts import DROPPING, PLAIN_ACTS
from core.understand.explain import ACTS, LONGEST_QUOTE, explain
from core.understand.lexicon import load_lexicon
from core.understand.read import propose, resolve, trace
from core.understand.reading import Context, Pending

ENGLISH = load_lexicon("en")
NINE_TO_SIX = ((9 * 60, 18 * 60),)
THURSDAY_AT_THREE = datetime(2026, 11, 26, 14, tzinfo=UTC)
CONTEXT = Context(
    now=datetime(2026, 11, 23, 9, tzinfo=UTC),
    zone=ZoneInfo("Europe/Warsaw"),
    start=THURSDAY_AT_THREE,
    minutes=45,
    performer="Ana",
    performers=("Ana", "Leo"),
    hours=(NINE_TO_SIX,) * 5 + ((),) * 2,
)
OFFER = Pending("offer", (datetime(2026, 11, 27, 9, tzinfo=UTC), datetime(2026, 11, 27, 10, tzinfo=UTC)))
UNSURE = "Not sure, so nothing is changed without asking."
BOOKED = "Booked then: Thu 26 Nov 2026 15:00 with Ana; clock times are of Europe/Warsaw."
OFFERED = "Answers: an offer, 1) Fri 27 Nov 2026 10:00, 2) Fri 27 Nov 2026 11:00."


def told(text: str, pending: Pending | None = None) -> tuple[str, ...]:
    """Return the lines for *text* as the whole pipeline read it."""
    context = replace(CONTEXT, pending=pending)
    traced = trace(text, (ENGLISH,), context.performers)
    return explain(traced, resolve(traced.proposals, context), context)


def test_a_plain_wish() -> None:
    """R1: the clause, what stands in it, and what came of it."""
    assert told("Could we do Tuesday 1 December at 11:30 instead?") == (
        "New words: “Could we do Tuesday 1 December at 11:30 instead?” (read as “en”).",
        (
            "Clause 1 “could we do tuesday 1 december at 11:30 instead?”: day “tuesday” wished; "
            "day “1 december” wished; clock time “at 11:30” wished; put as a question."
        ),
        BOOKED,
        "Answers: no question.",
        "Doubts: none.",
        "Reading: reschedule to Tue 1 Dec 2026 11:30. Sure.",
    )


def test_clauses_and_doubts() -> None:
    """R2: what keeps a reading from being sure is named."""
    assert told("I can't make Thursday, I think I'd like Friday at 2 with Leo") == (
        "New words: “I can't make Thursday, I think I'd like Friday at 2 with Leo” (read as “en”).",
        "Clause 1 “i cant make thursday”: says no to a time; day “thursday” ruled out.",
        (
            "Clause 2 “i think id like friday at 2 with leo”: day “friday” wished; clock time “at 2” wished; "
            "performer Leo."
        ),
        BOOKED,
        "Answers: no question.",
        "Doubts: it is hedged.",
        f"Reading: reschedule to Fri 27 Nov 2026 14:00 with Leo. {UNSURE}",
    )


def test_a_number_answers_an_offer() -> None:
    """R9: the question that is answered stands there with its options."""
    assert told("2 please", OFFER) == (
        "New words: “2 please” (read as “en”).",
        "Clause 1 “2 please”: clock time “2” wished; points at number 2.",
        BOOKED,
        OFFERED,
        "Doubts: none.",
        "Reading: pick number 2. Sure.",
    )


def test_what_is_for_a_person() -> None:
    """R5: a question beside a cancellation."""
    assert told("Please cancel. What about my deposit?")[1:3] == (
        "Clause 1 “please cancel”: wants to cancel.",
        "Clause 2 “what about my deposit?”: is about another topic; something for a person to read.",
    )


def test_a_performer_who_may_be_meant() -> None:
    """G8: what keeps it from being sure is told, also where no word is doubted."""
    assert told("Could we move to Leo, Friday at 10?")[3:] == (
        "Named, but not plainly asked for: Leo.",
        BOOKED,
        "Answers: no question.",
        "Doubts: none.",
        f"Reading: reschedule to Fri 27 Nov 2026 10:00. {UNSURE}",
    )


@pytest.mark.parametrize(
    ("pending", "said"),
    [
        (None, "Answers: no question."),
        (Pending("confirm_cancel"), "Answers: whether to cancel."),
        (Pending("confirm_move", OFFER.options[:1]), "Answers: whether to move to Fri 27 Nov 2026 10:00."),
        (Pending("moved", (THURSDAY_AT_THREE,)), "Answers: the news of a move from Thu 26 Nov 2026 15:00."),
        (OFFER, OFFERED),
    ],
)
def test_every_question_is_named(pending: Pending | None, said: str) -> None:
    """R9: what a reply answers decides how it is read."""
    assert said in told("yes", pending)


def test_without_a_booking_only_the_words_are_told() -> None:
    """R6: a mail that is read from a file has no booking to be read against."""
    assert explain(trace("please cancel", (ENGLISH,), ())) == (
        "New words: “please cancel” (read as “en”).",
        "Clause 1 “please cancel”: wants to cancel.",
        "Doubts: none.",
    )


def test_nothing_new_and_no_language() -> None:
    """L1: an empty reply, and words where no language can be read."""
    assert told("")[0] == "New words: none."
    assert explain(trace("hello", (), ())) == ("New words: “hello”.", "Doubts: no language.")


def test_what_is_too_long_is_cut() -> None:
    """L1: nobody has to read a wall of text twice."""
    lines = told("Tuesday. " * 1000)

    assert lines[0].endswith("…”, of which the first 2,000 characters were read (read as “en”).")
    assert lines[21] == "… and 203 clauses more."
    assert max(map(len, lines[1:21])) < LONGEST_QUOTE


def test_every_act_has_its_words() -> None:
    """A kind of act that is added must be told, too."""
    assert set(ACTS) == {*PLAIN_ACTS, *DROPPING, "move", "others", "yes", "fine", "no", "polite"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from([None, OFFER, Pending("confirm_cancel")]))
def test_any_text_is_told_in_single_lines_and_changes_nothing(text: str, pending: Pending | None) -> None:
    """L1: never raises; what is traced is what is proposed."""
    lines = told(text, pending)

    assert all(line and len(line.splitlines()) == 1 for line in lines)
    assert trace(text, (ENGLISH,), CONTEXT.performers).proposals == propose(text, (ENGLISH,), CONTEXT.performers)
