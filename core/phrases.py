"""The words that people read: phrases by key, in the reader's language. Pure once `load_phrases` has read the files.

Each language is a folder of `core/language` with a `phrases.po`: msgid is the key, msgstr the words with
`{placeholders}`.
The header `Language` names the region whose clock and calendar habits count where a reader's locale names none.
"""

from __future__ import annotations

import gettext
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

from core.reply import Value

LANGUAGES = Path(__file__).parent / "language"
"""Where the languages are: one folder each, and `languages.toml` for what holds for all."""

NEAR = timedelta(days=180)
"""Within this a day and month leave no doubt about the year."""


class BadLanguage(Exception):
    """The language files are wrong; says everything that is, one problem a line."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """All phrases of all languages; a key that a language lacks is said in the fallback language.

    `now` decides whether a date needs its year: without it no year is said.
    """

    languages: Mapping[str, Language]
    fallback: str
    now: datetime | None = None

    def at(self, now: datetime) -> Phrases:
        """Return the same phrases, said at *now*: instants further than `NEAR` are told with their year."""
        return replace(self, now=now)

    def keys(self, language: str | None = None) -> frozenset[str]:
        """Return the keys that *language* has words for; of the fallback language these are all there are."""
        return frozenset(self.languages[language or self.fallback].phrases)

    def has_words_for(self, locale: str) -> bool:
        """Return whether a reader of *locale* is spoken to in a language of their own."""
        return any(name in self.languages for name in _candidates(locale))

    def language(self, locale: str) -> str:
        """Return the language that a reader of *locale* is spoken to in."""
        return next((name for name in _candidates(locale) if name in self.languages), self.fallback)

    def direction(self, locale: str) -> str:
        """Return in which direction a reader of *locale* is written to: "ltr" or "rtl"."""
        return self.languages[self.language(locale)].habits.text_direction

    def say(self, key: str, locale: str, zone: ZoneInfo, /, **values: Value) -> str:
        """Return the words of *key* for a reader of *locale* whose clock is *zone* (SPEC L4).

        Instants are told as day and time, several as a list ("a, b or c"); a plural follows the first number given.
        Raises KeyError for a key that no language has and for a placeholder that no value fills.
        """
        language = self._language(key, locale)
        forms = language.phrases[key]
        words = forms[0] if len(forms) == 1 else forms[language.plural(_count(values))]

        return words.format_map({name: self._told(value, language, locale, zone) for name, value in values.items()})

    def when(self, instant: datetime, locale: str, zone: ZoneInfo, *, short: bool = False) -> str:
        """Return *instant* (aware) as day and time in *zone*; *short* is for lists of choices."""
        return self._moment(instant, self._language("format.moment", locale), locale, zone, short=short)

    def day(self, instant: datetime, locale: str, zone: ZoneInfo) -> str:
        """Return only the day of *instant* (aware) in *zone*, as lists of days have it."""
        language = self._language("format.moment", locale)
        pattern = self._format(language, "format.short_day")
        return _day(instant.astimezone(zone).date(), pattern, _habits(locale, language))

    def full_day(self, instant: datetime, locale: str, zone: ZoneInfo) -> str:
        """Return the day of *instant* (aware) in *zone* in whole words, its year where that is far away."""
        language = self._language("format.moment", locale)
        pattern = self._format(language, f"format.day{'_year' if self._is_far(instant) else ''}")
        return _day(instant.astimezone(zone).date(), pattern, _habits(locale, language))

    def leaf(self, instant: datetime, locale: str, zone: ZoneInfo) -> tuple[str, str, str]:
        """Return weekday, day and month of *instant* (aware), as a tear-off calendar has them."""
        habits = _habits(locale, self._language("format.moment", locale))
        day = instant.astimezone(zone).date()
        weekday, number, month = (_day(day, pattern, habits) for pattern in ("ccc", "d", "LLL"))
        return weekday, number, month

    def month(self, day: date, locale: str) -> str:
        """Return the month of *day* with its year, as the title of a calendar has it."""
        return _month(day, _habits(locale, self._language("format.moment", locale)))

    def weekdays(self, locale: str) -> tuple[Weekday, ...]:
        """Return the days of the week from that on which it begins for a reader of *locale*."""
        return _weekdays(_habits(locale, self._language("format.moment", locale)))

    def clock(self, instant: datetime, locale: str, zone: ZoneInfo) -> str:
        """Return only the time of day of *instant* (aware) in *zone*, in 12 or 24 hours as *locale* has it."""
        local = instant.astimezone(zone)
        return _clock(local.hour, local.minute, _habits(locale, self._language("format.moment", locale)))

    def place_of(self, zone: ZoneInfo, locale: str) -> str:
        """Return the city that stands for *zone* in the reader's language, such as "Warsaw"."""
        return _city(zone.key, str(_habits(locale, self._language("when.span", locale))))

    def _language(self, key: str, locale: str) -> Language:
        for name in _candidates(locale):
            language = self.languages.get(name)
            if language is not None and key in language.phrases:
                return language

        language = self.languages[self.fallback]
        if key not in language.phrases:
            raise KeyError(key)

        return language

    def _told(self, value: Value, language: Language, locale: str, zone: ZoneInfo) -> str:
        match value:
            case datetime():
                return self._moment(value, language, locale, zone)
            case tuple():
                moments = [self._moment(instant, language, locale, zone, joined="format.listed") for instant in value]
                return format_list(moments, style="or", locale=_habits(locale, language))
            case _:
                return str(value)

    def _moment(
        self,
        instant: datetime,
        language: Language,
        locale: str,
        zone: ZoneInfo,
        *,
        short: bool = False,
        joined: str = "format.moment",
    ) -> str:
        habits = _habits(locale, language)
        year = "_year" if self._is_far(instant) else ""
        pattern = self._format(language, f"format.{'short_' if short else ''}day{year}")

        local = instant.astimezone(zone)

        return self._format(language, joined).format(
            day=_day(local.date(), pattern, habits), time=_clock(local.hour, local.minute, habits)
        )

    def _is_far(self, instant: datetime) -> bool:
        return self.now is not None and abs(instant - self.now) > NEAR

    def _format(self, language: Language, key: str) -> str:
        forms = language.phrases.get(key) or self.languages[self.fallback].phrases[key]
        return forms[0]


class Weekday(NamedTuple):
    """A day of the week: its number (Monday is 0), its name in short and in full."""

    number: int
    short: str
    wide: str


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its words by key (one form, or one per plural form), and the habits of its region."""

    phrases: Mapping[str, tuple[str, ...]]
    plural: Callable[[int], int]
    habits: Locale


@cache
def load_phrases(folder: Path = LANGUAGES) -> Phrases:
    """Read every language in *folder*, once.

    Raises `BadLanguage` when a file cannot be read, has a key or placeholder that the fallback language lacks, or the
    fallback language is missing.
    """
    fallback = tomllib.loads((folder / "languages.toml").read_text("utf-8"))["fallback"]
    problems: list[str] = []
    languages: dict[str, Language] = {}
    for path in sorted(folder.glob("*/phrases.po")):
        try:
            languages[path.parent.name] = _load_language(path)
        except (PoFileError, UnicodeDecodeError, UnknownLocaleError, ValueError) as error:
            problems.append(f"{path}: {error}")

    if fallback not in languages:
        problems.append(f"{folder}: no phrases in the fallback language {fallback!r}")
    else:
        for name, language in languages.items():
            problems.extend(f"{name}: {problem}" for problem in _differences(language, languages[fallback]))

    if problems:
        raise BadLanguage("\n".join(problems))

    return Phrases(languages, fallback)


def _count(values: Mapping[str, Value]) -> int:
    return next((value for value in values.values() if isinstance(value, int)), 1)


def _load_language(path: Path) -> Language:
    with path.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)

    habits = catalog.locale or Locale.parse(path.parent.name)

    return Language(dict(_spoken(catalog)), gettext.c2py(catalog.plural_expr), habits)


def _spoken(catalog: Catalog) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield key and words of what is translated; what is marked as doubtful is not, as gettext has it."""
    for message in catalog:
        if not message.id or message.fuzzy or not _forms(message) or not all(_forms(message)):
            continue

        key = message.id if isinstance(message.id, str) else message.id[0]
        yield key, _forms(message)


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _differences(language: Language, whole: Language) -> Iterator[str]:
    """Yield what *language* says that the *whole* one does not know."""
    for key, forms in language.phrases.items():
        known = _placeholders(whole.phrases.get(key, ()))
        if key not in whole.phrases:
            yield f"{key} is not a phrase"
        elif unknown := _placeholders(forms) - known:
            yield f"{key} has unknown placeholders: {', '.join(sorted(unknown))}"


def _placeholders(forms: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None)


@lru_cache(maxsize=256)
def _candidates(locale: str) -> tuple[str, ...]:
    """Return the folder names that may hold the words for *locale*, the closest first."""
    read = _read_locale(locale)
    if read is None:
        return ()

    return tuple(dict.fromkeys((str(read), read.language)))


@lru_cache(maxsize=256)
def _read_locale(locale: str) -> Locale | None:
    """Return what Babel knows of *locale*; None for what is no locale (it comes from imports and mail)."""
    try:
        return Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def _habits(locale: str, language: Language) -> Locale:
    """Return whose clock and calendar count: the reader's region if these are the words of their language."""
    read = _read_locale(locale)
    if read is None or read.territory is None or read.language != language.habits.language:
        return language.habits

    return read


@lru_cache(maxsize=512)
def _day(day: date, pattern: str, habits: Locale) -> str:
    return format_date(day, pattern, habits)


@lru_cache(maxsize=256)
def _month(day: date, habits: Locale) -> str:
    return format_skeleton("yMMMM", day, locale=habits)


@lru_cache(maxsize=64)
def _weekdays(habits: Locale) -> tuple[Weekday, ...]:
    first, names = habits.first_week_day, habits.days["stand-alone"]
    return tuple(
        Weekday(number % 7, names["abbreviated"][number % 7], names["wide"][number % 7])
        for number in range(first, first + 7)
    )


@lru_cache(maxsize=512)
def _clock(hour: int, minute: int, habits: Locale) -> str:
    return format_time(time(hour, minute), "short", locale=habits)


@lru_cache(maxsize=512)
def _city(zone: str, locale: str) -> str:
    return get_timezone_location(ZoneInfo(zone), Locale.parse(locale), return_city=True)
