"""Settings as words: what may be written, what may be typed, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import OFF, UNTIL_START, Settings, Subscription
from core.settings import BadSetting, read_settings, read_typed, setting_keys, write_settings

WINDOWS = ("guest_reschedule", "guest_cancel")


REFUSED: dict[str, list[Any]] = {
    "guest_reschedule": [-1, 8761, 1.5, "24", "soon", True, [], {}],
    "guest_cancel": [-1, 8761, 1.5, "24", "soon", True, [], {}],
    "confirm_moves": ["never", None, []],
    "transactional_mail": ["true", 1, None],
    "reminders_hours": [None, 24, "24", [0], [-1], [1441], [True], ["2"], [1, 2, 3, 4, 5, 6]],
    "subscription": ["gone", True],
    "slot_step_minutes": [0, 4, 1441, None, "15", True, 7.5],
    "min_notice_minutes": [-1, 86_401, None, False],
    "horizon_days": [0, 731, None],
    "accent": [None, "red", "#12345", "#1122334", "#11223g", "#112233\n", 112233],
    "logo_url": ["http://nova.example", "https://", "https://a b", "javascript:1", 1, ""],
    "slack_channel": ["", "a b", "x" * 81, "č", 5],
    "no_such_key": [1],
    "": [None],
}

windows = st.sampled_from((None, 0, "off", "", "until_start")) | st.integers(1, 24 * 365)
channels = st.from_regex(r"[!-~]{1,80}", fullmatch=True).filter(lambda name: read_typed("slack_channel", name) == name)
words = st.fixed_dictionaries(
    {},
    optional={
        "guest_reschedule": windows,
        "guest_cancel": windows,
        "confirm_moves": st.sampled_from(("unsure", "always")),
        "transactional_mail": st.booleans(),
        "reminders_hours": st.lists(st.integers(1, 1440), max_size=5),
        "subscription": st.sampled_from(("active", "past_due", "blocked")),
        "slot_step_minutes": st.integers(5, 1440),
        "min_notice_minutes": st.integers(0, 86_400),
        "horizon_days": st.integers(1, 730),
        "accent": st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True),
        "logo_url": st.none() | st.from_regex(r"https://[!-~]{1,40}", fullmatch=True),
        "slack_channel": st.none() | channels,
    },
)


@given(words, words)
def test_what_is_read_can_be_written_and_read_again(first: dict[str, Any], second: dict[str, Any]) -> None:
    """F0: the words of the file hold everything, and one setting never changes another."""
    settings = read_settings(second, read_settings(first))

    assert read_settings(write_settings(settings)) == settings
    assert settings == read_settings(first | second)


@given(words)
def test_what_is_shown_can_be_typed(given_words: dict[str, Any]) -> None:
    """F0: `rebook settings` shows nothing that it would not take."""
    settings = read_settings(given_words)

    for key, value in write_settings(settings).items():
        assert read_settings({key: read_typed(key, as_typed(value))}, settings) == settings


def test_there_is_a_setting_for_every_field() -> None:
    """F0."""
    assert len(setting_keys()) == len(fields(Settings))
    assert tuple(write_settings(Settings())) == setting_keys()


@pytest.mark.parametrize("key", WINDOWS)
@pytest.mark.parametrize(
    ("typed", "window"),
    [
        ("0", OFF),
        ("off", OFF),
        ("OFF", OFF),
        ("none", OFF),
        ("no", OFF),
        ("", OFF),
        ("until_start", UNTIL_START),
        (" until_start ", UNTIL_START),
        ("1", timedelta(hours=1)),
        ("24", timedelta(hours=24)),
        ("8760", timedelta(days=365)),
    ],
)
def test_a_window_is_typed(key: str, typed: str, window: timedelta | None) -> None:
    """G7: zero and empty are off, until_start is right up to the start, anything else is hours."""
    assert getattr(read_settings({key: read_typed(key, typed)}), key) == window


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("24", [24]),
        ("24,2", [24, 2]),
        ("2, 24", [24, 2]),
        ("24 2 2", [24, 2]),
        ("off", []),
        ("OFF", []),
        ("none", []),
        ("0", []),
        ("", []),
    ],
)
def test_reminders_are_typed(typed: str, hours: list[int]) -> None:
    """M2, F0: the longest time before the start first, each once."""
    settings = read_settings({"reminders_hours": read_typed("reminders_hours", typed)})

    assert settings.reminders == tuple(timedelta(hours=one) for one in hours)


@pytest.mark.parametrize(
    ("typed", "value"), [("true", True), ("Yes", True), ("on", True), ("no", False), ("off", False), ("", False)]
)
def test_mail_is_typed(*, typed: str, value: bool) -> None:
    """M4, F0."""
    typed_value = read_typed("transactional_mail", typed)

    assert read_settings({"transactional_mail": typed_value}).transactional_mail is value


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("confirm_moves", "always", "always"),
        ("subscription", "blocked", Subscription.BLOCKED),
        ("slot_step_minutes", "30", 30),
        ("min_notice_minutes", "0", 0),
        ("horizon_days", "90", 90),
        ("accent", "#112233", "#112233"),
        ("logo_url", "https://nova.example/logo.png", "https://nova.example/logo.png"),
        ("logo_url", "off", None),
        ("slack_channel", "C0123456", "C0123456"),
        ("slack_channel", "12345", "12345"),
        ("slack_channel", "on", "on"),
        ("slack_channel", "off", None),
    ],
)
def test_everything_else_is_typed(key: str, typed: str, value: Any) -> None:
    """F0."""
    assert getattr(read_settings({key: read_typed(key, typed)}), key) == value


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in REFUSED.items() for value in values])
def test_a_value_that_cannot_be_is_refused_by_its_key(key: str, value: Any) -> None:
    """F0, L1: and nothing is changed."""
    with pytest.raises(BadSetting, match=f"^{key}: ") as caught:
        read_settings({"horizon_days": 30, key: value})

    assert caught.value.key == key
    assert str(caught.value) == f"{key}: {caught.value.reason}"


@pytest.mark.parametrize("typed", ["24,x", "-5", "1.5", "24;2", "123456", "٣,x"])
def test_reminders_that_are_no_numbers_are_refused_as_typed(typed: str) -> None:
    """F0."""
    with pytest.raises(BadSetting, match=r"^reminders_hours: must be a list of numbers of hours, such as 24,2$"):
        read_typed("reminders_hours", typed)


@given(st.sampled_from(setting_keys()), st.text(max_size=40))
def test_whatever_is_typed_is_taken_or_refused(key: str, typed: str) -> None:
    """L1, F0: never anything else."""
    with suppress(BadSetting):
        settings = read_settings({key: read_typed(key, typed)})
        assert read_settings(write_settings(settings)) == settings


def as_typed(value: Any) -> str:
    """Return a value as someone would type what they see."""
    if value is None:
        return "off"

    if isinstance(value, list):
        return ",".join(map(str, value)) or "off"

    return str(value).lower() if isinstance(value, bool) else str(value)
