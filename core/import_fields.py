"""One JSON object of an import file, read key by key; what is wrong is gathered with its path, not raised. Pure.

A value that cannot be is noted and stands in as something harmless, so that one reading finds every mistake.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from enum import StrEnum

Word = TypeVar("Word", bound="StrEnum")

LONGEST_TEXT = 300
"""Characters of a name, a place, an address."""

# Line ends, other control characters, half a surrogate pair, and what turns the direction of the text around it: none
# of them belongs in a line, and mail headers, logs and terminals could be misled by them.
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MAILBOX = re.compile(r"[^\s@<>\"(),;:\\\[\]]{1,64}@[^\s@<>\"(),;:\\\[\]]{1,253}")
_HTTPS = re.compile(r"https://[!-~]{1,1000}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")
_LONGEST_PROBLEM = 400
_FIRST_YEAR, _LAST_YEAR = 1990, 2200
_MISSING = object()
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_NOWHERE = ZoneInfo("UTC")


class Fields:
    """An object at *path*; every reader notes what is wrong in *problems* and returns something usable."""

    def __init__(self, value: Any, path: str, problems: list[str]) -> None:
        self._problems = problems
        self.path = path
        self._asked: set[str] = set()
        self._is_object = isinstance(value, dict)
        self._values: dict[str, Any] = value if isinstance(value, dict) else {}
        if not self._is_object:
            problems.append(f"{path or 'the file'}: must be an object in braces")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def wrong(self, key: str, message: str) -> None:
        """Note a mistake of *key*, or of a path that begins there."""
        self._problems.append(f"{self.at(key)}: {message}")

    def at(self, key: str) -> str:
        """Return the path of *key*."""
        return f"{self.path}.{key}" if self.path else key

    def raw(self, key: str) -> Any:
        """Return the value as it stands, None where there is none."""
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """Return a text of one line that must be there."""
        return self.optional_text(key, longest, required=True) or ""

    def optional_text(self, key: str, longest: int = LONGEST_TEXT, *, required: bool = False) -> str | None:
        """Return a text of one line, or None where there is none."""
        value = self._take(key, required=required)
        if value is None:
            return None

        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "must be text")
        elif len(value) > longest:
            self.wrong(key, f"must have at most {longest} characters")
        elif _NOT_IN_A_LINE.search(value):
            self.wrong(key, "must be one line without control characters")
        else:
            return value.strip()

        return None

    def matching(self, key: str, pattern: re.Pattern[str], wanted: str, *, required: bool) -> str | None:
        """Return a text that matches *pattern* as a whole; *wanted* says what that is."""
        value = self._take(key, required=required)
        if value is None or (isinstance(value, str) and pattern.fullmatch(value) and not _NOT_IN_A_LINE.search(value)):
            return value

        self.wrong(key, f"must be {wanted}")
        return None

    def mailbox(self, key: str, *, required: bool) -> str | None:
        """Return a bare e-mail address."""
        return self.matching(key, _MAILBOX, "an e-mail address such as jo@example.org", required=required)

    def link(self, key: str) -> str | None:
        """Return an https address, or None."""
        return self.matching(key, _HTTPS, "an https:// address", required=False)

    def locale(self, key: str, default: str | None = None) -> str:
        """Return a language such as `en` or `pt-BR`."""
        wanted = "a language such as en or pt-BR"
        return self.matching(key, _LOCALE, wanted, required=default is None) or default or ""

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number from *low* to *high*; without *default* it must be there."""
        value = self.optional_whole(key, low, high, required=default is None)
        return (low if default is None else default) if value is None else value

    def optional_whole(self, key: str, low: int, high: int, *, required: bool = False) -> int | None:
        """Return a whole number from *low* to *high*, or None where there is none."""
        value = self._take(key, required=required)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and low <= value <= high):
            return value

        self.wrong(key, f"must be a whole number from {low} to {high}")
        return None

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._take(key, required=False)
        if value is None:
            return default

        if not isinstance(value, bool):
            self.wrong(key, "must be true or false")
            return default

        return value

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word:
        """Return one of *words*; without *default* it must be there."""
        value = self._take(key, required=default is None)
        if value is not None:
            found = [one for one in words if one.value == value]
            if found:
                return found[0]

            self.wrong(key, f"must be one of {', '.join(words)}")

        return default or next(iter(words))

    def zone(self, key: str, default: ZoneInfo | None = None) -> ZoneInfo:
        """Return the IANA zone named; without *default* it must be there."""
        name = self._take(key, required=default is None)
        if name is None:
            return default or _NOWHERE

        zone = _find_zone(name) if isinstance(name, str) else None
        if zone is None:
            self.wrong(key, f"there is no time zone {show(name)}; a zone is named like Europe/Warsaw")

        return zone or _NOWHERE

    def instant(self, key: str) -> datetime:
        """Return a time with its offset as aware UTC."""
        value = self._take(key, required=True)
        if value is None:
            return _NEVER

        try:
            instant = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self.wrong(key, f"{show(value)} is no time such as 2026-11-26T15:00:00+01:00")
            return _NEVER

        if instant.tzinfo is None:
            self.wrong(key, f"{value} has no offset: write it like 2026-11-26T15:00:00+01:00")
        elif instant.microsecond:
            self.wrong(key, "must be a whole second")
        elif not _FIRST_YEAR <= instant.year < _LAST_YEAR:
            self.wrong(key, f"the year must be from {_FIRST_YEAR} to {_LAST_YEAR - 1}")
        else:
            return instant.astimezone(UTC)

        return _NEVER

    def object(self, key: str) -> Fields:
        """Return the object at *key*, which must be there."""
        value = self._take(key, required=True)
        return Fields({} if value is None else value, self.at(key), self._problems if value is not None else [])

    def entries(self, key: str) -> list[Fields]:
        """Return the objects of the list at *key*; none where it is left out."""
        return [
            Fields(value, f"{self.at(key)}[{index}]", self._problems) for index, value in enumerate(self.listed(key))
        ]

    def listed(self, key: str) -> list[Any]:
        """Return the list at *key*; an empty one where it is left out."""
        value = self._take(key, required=False)
        if value is None:
            return []

        if not isinstance(value, list):
            self.wrong(key, "must be a list in brackets")
            return []

        return value

    def mapping(self, key: str) -> dict[str, Any]:
        """Return the object at *key* as it stands; an empty one where it is left out."""
        value = self._take(key, required=False)
        if value is None:
            return {}

        if not isinstance(value, dict):
            self.wrong(key, "must be an object in braces")
            return {}

        return value

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                self._problems.append(f"{self.at(show(key).strip(chr(34)))}: there is no such key here")

    def _take(self, key: str, *, required: bool) -> Any:
        self._asked.add(key)
        value = self._values.get(key, _MISSING)
        if required and self._is_object and (value is _MISSING or value is None):
            self.wrong(key, "is missing")

        return None if value is _MISSING else value


def show(value: Any) -> str:
    """Return a value of the file so that it can stand in a message: short, quoted, one line of plain characters."""
    if isinstance(value, str):
        return json.dumps(value[:60], ensure_ascii=not value.isprintable())

    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"

    return json.dumps(value)[:60]


def one_line(text: str) -> str:
    """Return *text*, which may quote the file, so that it can stand in one line of a terminal."""
    return _NOT_IN_A_LINE.sub("\ufffd", text)[:_LONGEST_PROBLEM]


@lru_cache(maxsize=1024)
def _find_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
