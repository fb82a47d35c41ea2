"""A business's settings as words: read from an import file or a command, checked, written back. Pure."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.model import UNTIL_START, Settings, Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_HOURS = 24 * 365
HOUR = timedelta(hours=1)

_ON = ("true", "yes", "on")
_OFF = ("false", "no", "off", "none", "")
_TEXTS = ("accent", "logo_url", "slack_channel")
"""Settings that are text, whatever it looks like."""


class BadSetting(ValueError):
    """A setting's key or value that cannot be; the message says what would do."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key
        self.reason = message


def read_settings(words: Mapping[str, Any], base: Settings | None = None) -> Settings:
    """Return *base* (or the defaults) with every setting in *words* (keys and values of the import file) applied.

    Raises:
        BadSetting: an unknown key or a value that cannot be.
    """
    settings = base or Settings()
    for key, value in words.items():
        settings = _set(settings, key, value)

    return settings


def read_typed(key: str, text: str) -> Any:
    """Return what was typed for *key* as the import file would say it: `24`, `until_start`, `off`, `24,2`, `true`.

    Raises:
        BadSetting: reminders that are no list of numbers; everything else is `read_settings`'s to refuse.
    """
    word = text.strip()
    is_off = word.lower() in _OFF
    if key == "reminders_hours":
        return [] if is_off or word == "0" else [_number(key, part) for part in word.replace(",", " ").split()]

    if key == "transactional_mail":
        return False if is_off else word.lower() in _ON or word

    if is_off:
        return None

    return int(word) if key not in _TEXTS and re.fullmatch(r"-?\d{1,9}", word) else word


def write_settings(settings: Settings) -> dict[str, Any]:
    """Return every setting in the words of the import file."""
    return {key: write(settings) for key, (_, write) in _SETTINGS.items()}


def setting_keys() -> tuple[str, ...]:
    """Return the keys that `read_settings` knows, in the order people read them."""
    return tuple(_SETTINGS)


def _set(settings: Settings, key: str, value: Any) -> Settings:
    if key not in _SETTINGS:
        raise BadSetting(key, f"there is no such setting; there are {', '.join(_SETTINGS)}")

    read, _ = _SETTINGS[key]
    return replace(settings, **read(key, value))


def _window(name: str) -> tuple[Callable[[str, Any], dict[str, Any]], Callable[[Settings], Any]]:
    def read(key: str, value: Any) -> dict[str, Any]:
        if value == "until_start":
            return {name: UNTIL_START}

        if value is None or value in ("off", ""):
            return {name: None}

        hours = _whole(key, value, 0, MAX_HOURS, "a number of hours, until_start, or 0 for off")
        return {name: timedelta(hours=hours) if hours else None}

    def write(settings: Settings) -> Any:
        window: timedelta | None = getattr(settings, name)
        if window is None:
            return 0

        return "until_start" if window == UNTIL_START else window // HOUR

    return read, write


def _count(name: str, low: int, high: int) -> tuple[Callable[[str, Any], dict[str, Any]], Callable[[Settings], Any]]:
    def read(key: str, value: Any) -> dict[str, Any]:
        return {name: _whole(key, value, low, high, f"a whole number from {low} to {high}")}

    return read, lambda settings: getattr(settings, name)


def _one_of(name: str, *words: str) -> tuple[Callable[[str, Any], dict[str, Any]], Callable[[Settings], Any]]:
    def read(key: str, value: Any) -> dict[str, Any]:
        if value not in words:
            raise BadSetting(key, f"must be one of {', '.join(words)}")

        return {name: Subscription(value) if name == "subscription" else value}

    return read, lambda settings: str(getattr(settings, name))


def _text(
    name: str, pattern: str, wanted: str
) -> tuple[Callable[[str, Any], dict[str, Any]], Callable[[Settings], Any]]:
    def read(key: str, value: Any) -> dict[str, Any]:
        if value is None and name != "accent":
            return {name: None}

        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise BadSetting(key, f"must be {wanted}")

        return {name: value}

    return read, lambda settings: getattr(settings, name)


def _read_mail(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise BadSetting(key, "must be true or false")

    return {"transactional_mail": value}


def _read_reminders(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or len(value) > 5:  # noqa: PLR2004 more than five reminders is a mistake
        raise BadSetting(key, "must be a list of at most 5 numbers of hours")

    hours = [_whole(key, one, 1, 24 * 60, "a list of whole numbers of hours from 1 to 1440") for one in value]
    return {"reminders": tuple(one * HOUR for one in sorted(set(hours), reverse=True))}


def _whole(key: str, value: Any, low: int, high: int, wanted: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadSetting(key, f"must be {wanted}")

    return value


def _number(key: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text):
        raise BadSetting(key, "must be a list of numbers of hours, such as 24,2")

    return int(text)


_SETTINGS: dict[str, tuple[Callable[[str, Any], dict[str, Any]], Callable[[Settings], Any]]] = {
    "guest_reschedule": _window("guest_reschedule"),
    "guest_cancel": _window("guest_cancel"),
    "confirm_moves": _one_of("confirm_moves", "unsure", "always"),
    "transactional_mail": (_read_mail, lambda settings: settings.transactional_mail),
    "reminders_hours": (_read_reminders, lambda settings: [one // HOUR for one in settings.reminders]),
    "subscription": _one_of("subscription", *(one.value for one in Subscription)),
    "slot_step_minutes": _count("slot_step_minutes", 5, 24 * 60),
    "min_notice_minutes": _count("min_notice_minutes", 0, 60 * 24 * 60),
    "horizon_days": _count("horizon_days", 1, 730),
    "accent": _text("accent", r"#[0-9a-fA-F]{6}", "a colour such as #0a7d6c"),
    "logo_url": _text("logo_url", r"https://[!-~]{1,500}", "an https:// address"),
    "slack_channel": _text("slack_channel", r"[!-~]{1,80}", "a Slack channel"),
}
assert len(_SETTINGS) == len(fields(Settings))  # noqa: S101 a setting that nobody can set would be dead
