from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from core.store.types import Json, from_epoch, to_epoch

ZONES = st.timezones() | st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2900, 1, 1), timezones=ZONES))  # noqa: DTZ001  bounds are wall time
def test_an_instant_survives_in_whole_seconds_rounded_down(instant: datetime) -> None:
    back = from_epoch(to_epoch(instant))

    assert back.tzinfo is UTC
    assert timedelta(0) <= instant.astimezone(UTC) - back < timedelta(seconds=1)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        to_epoch(datetime(2026, 10, 25, 2, 30, fold=1))  # noqa: DTZ001  that is the point


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_json_value_survives_in_order_and_none_is_no_value(value: Any) -> None:
    dialect = SQLiteDialect_pysqlite()
    stored = Json().bind_processor(dialect)(value)

    assert (stored is None) == (value is None)
    assert Json().result_processor(dialect, None)(stored) == value
