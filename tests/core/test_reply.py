"""Replies as data: kept in the database and read again as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Slot
from core.reply import Choice, Part, Reply, from_json, to_json

instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 bounds
    lambda instant: instant.replace(microsecond=0)
)
values = st.text() | st.integers() | instants | st.lists(instants, max_size=3).map(tuple)
parts = st.builds(Part, st.text(), st.dictionaries(st.text(), values, max_size=4))
choices = st.builds(Choice, st.text()) | st.builds(
    Choice, st.text(), st.builds(Slot, instants, instants, st.integers()), st.none() | st.text()
)
replies = st.builds(
    Reply,
    st.lists(parts, max_size=3).map(tuple),
    st.lists(choices, max_size=5).map(tuple),
    shows_booking=st.booleans(),
    invites=st.booleans(),
)


@given(replies)
def test_a_reply_is_read_as_it_was_written(reply: Reply) -> None:
    """M4: what is said does not change between the transaction and the sending."""
    assert from_json(json.loads(json.dumps(to_json(reply)))) == reply


@given(replies)
def test_a_reply_that_was_read_is_written_the_same(reply: Reply) -> None:
    assert to_json(from_json(to_json(reply))) == to_json(reply)


@pytest.mark.parametrize("value", [None, 1.5, [1], {"when": 1}])
def test_a_value_that_no_phrase_can_be_told_is_an_error(value: Any) -> None:
    data = to_json(Reply((Part("kept"),))) | {"parts": [["kept", {"start": value}]]}

    with pytest.raises(TypeError, match="not a value of a phrase"):
        from_json(data)


@pytest.mark.parametrize("row", [[], [1], ["1", 5], ["1", "a", "b", 1, None]])
def test_a_choice_of_another_shape_is_an_error(row: list[Any]) -> None:
    data = to_json(Reply(())) | {"choices": [row]}

    with pytest.raises(TypeError, match="not a choice"):
        from_json(data)
