"""`rebook understand`: a case in, a reading out, a bad line an error, never a stop."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.understand.cases import answer_line

CASE: dict[str, object] = {
    "id": "c1",
    "lang": "en",
    "now": "2027-03-26T09:00:00+00:00",
    "tz": "Europe/London",
    "booking": {"start": "2027-03-27T15:00:00+00:00", "minutes": 45, "service": "Cut", "performer": None},
    "performers": [],
    "hours": {"fri": [["09:00", "18:00"]], "mon": [["09:00", "18:00"]]},
    "pending": None,
    "text": "Could we do Monday at 3pm instead?",
}


def test_a_reading_is_laid_out_as_the_guide_says() -> None:
    """R1: windows carry the zone's offset at that instant, here after the clocks went forward."""
    answered = json.loads(answer_line(json.dumps(CASE)))

    assert answered == {
        "id": "c1",
        "intent": "reschedule",
        "when": [["2027-03-29T15:00:00+01:00", "2027-03-29T15:00:00+01:00"]],
        "pick": None,
        "performer": None,
        "question": False,
        "sure": True,
    }


def test_asked_why_it_names_the_words() -> None:
    """R1: every reading can say which words led to it."""
    answered = json.loads(answer_line(json.dumps(CASE), explain=True))

    assert answered["why"] == ["wish: monday", "wish: at 3 pm"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"now": "yesterday"}, "bad value"),
        ({"now": "2027-03-26T09:00:00"}, "has no offset"),
        ({"tz": "Mars/Base"}, "bad value"),
        ({"tz": "../etc/passwd"}, "bad value"),
        ({"booking": None}, "bad value"),
        ({"booking": {"start": "2027-03-27T15:00:00+00:00"}}, "minutes: missing"),
        ({"hours": {"mon": [["9"]]}}, "bad value"),
        ({"hours": {"mon": [["x:y", "18:00"]]}}, "bad value"),
        ({"pending": {"kind": "dance"}}, "pending.kind: unknown"),
        ({"pending": {"kind": "offer"}}, "options: missing"),
        ({"pending": {"kind": ["offer"]}}, "bad value"),
        ({"text": 7}, "text: must be a string"),
        ({"performers": 7}, "bad value"),
    ],
)
def test_a_bad_case_is_answered_with_its_error(change: dict[str, object], said: str) -> None:
    """L1: bad input gets a clear error and stops nothing."""
    answered = json.loads(answer_line(json.dumps({**CASE, **change})))

    assert answered["id"] == "c1"
    assert said in answered["error"]


@settings(max_examples=100, deadline=None)
@given(line=st.text(max_size=80) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_line_can_stop_it(line: str) -> None:
    """L1: whatever stands on the line, one JSON object comes back."""
    assert set(json.loads(answer_line(line))) == {"id", "error"}


@settings(max_examples=200, deadline=None)
@given(
    key=st.sampled_from(sorted(CASE)),
    value=st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.just({}),
)
def test_no_value_can_stop_it(key: str, value: object) -> None:
    """L1: the same for one strange value in a good case."""
    answered = json.loads(answer_line(json.dumps({**CASE, key: value})))

    assert ("error" in answered) != ("intent" in answered)
