"""Whatever is sent: an answer in bounded time, never an exception, never a sure guess at what cannot be meant."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unicodedata import category
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.understand.lexicon import available_languages
from core.understand.read import lexicons_for, understand
from core.understand.reading import Context, Pending, Reading
from core.understand.schema import WEEKDAY_NAMES
from tests.corpora.agreement import is_act
from tests.corpora.situations import situations

LANGUAGES = available_languages()
SECONDS = 1.0
"""SPEC L1: nothing that comes in may hold a worker up for longer; in truth it is some milliseconds."""

BLOCK = 128
"""Code points in most blocks of Unicode."""

ENDLESS = {
    "a megabyte of digits": "7" * 1_000_000,
    "digits in groups": "12 34 56 78 90 " * 70_000,
    "deep brackets": "(" * 200_000 + "[" * 200_000 + "{" * 200_000,
    "brackets and words": "(((a)))" * 50_000,
    "points": "1." * 200_000,
    "dates": "1.1.27 " * 100_000,
    "clocks": "9:00-" * 100_000,
    "questions": "?" * 500_000,
    "new lines": "\n" * 500_000,
    "nothing seen": "\u200b\u2060\ufeff" * 100_000,
    "one long word": "a" * 1_000_000,
    "marks above": "e" + "\u0301" * 500_000,
    "what grows": "\ufdfa" * 100_000,
    "NUL": "\0" * 500_000,
    "right to left": "\u202e\u202d\u2067\u2069" * 100_000,
    "surrogates": "\ud800\udfff" * 100_000,
    "apostrophes": "d'l'" * 100_000,
    "hyphens": "a-" * 200_000,
}

IMPOSSIBLE = [
    "31.02. 10:00",
    "30/02 10:00",
    "31.04.2027 10:00",
    "29.02.2027 10:00",
    "00.00. 10:00",
    "0/0",
    "32.01. 10:00",
    "12.13.2026 10:00",
    "2026-02-30 10:00",
    "2026-13-01 10:00",
    "31.12.9999 10:00",
    "9999-12-31 10:00",
    "01.01.0001 10:00",
    "25:61",
    "24:30",
    "27.11. 25:00",
    "27.11. 10:60",
    "99:99",
    "\u202e00:01 .11.72",
    "27.11. 1\u202e0:00",
    "10:00 -09:30",
    "2\u0000",
]


def read(text: str, language: str, context: Context | None = None) -> Reading:
    return understand(text, lexicons_for(language), context or situations()["booked"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_answered_soon(name: str, language: str) -> None:
    """L1: a bounded part is read."""
    began = time.process_time()
    reading = read(ENDLESS[name], language)

    assert time.process_time() - began < SECONDS
    assert not is_act(reading)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_thousand_weekdays_are_no_wish_to_act_on(language: str) -> None:
    """L1, R2: whoever names every day has named none."""
    lexicon = lexicons_for(language)[0]
    names = [
        word for word, tree in lexicon.phrases.next.items() if any(label == "weekday" for label, _ in tree.meanings)
    ]
    began = time.process_time()
    reading = read(" ".join((names * 10_000)[:10_000]), language)

    assert len(names) >= len(WEEKDAY_NAMES)
    assert time.process_time() - began < SECONDS
    assert not is_act(reading)


@pytest.mark.parametrize("text", IMPOSSIBLE)
@pytest.mark.parametrize("situation", situations())
def test_what_is_no_time_is_never_acted_on(situation: str, text: str) -> None:
    """R2: a date that is none, a clock that shows no such time, text that runs backwards."""
    for language in LANGUAGES:
        assert not is_act(read(text, language, situations()[situation])), language


def test_every_block_of_unicode_is_answered() -> None:
    """L1: letters of every kind there is, in every language in turn."""
    blocks = [range(first, first + BLOCK) for first in range(0, 0x110000, BLOCK)]
    used = [block for block in blocks if any(category(chr(point)) not in ("Cn", "Co") for point in block)]
    for number, block in enumerate(used):
        reading = read("".join(map(chr, block[::3])), LANGUAGES[number % len(LANGUAGES)])

        assert not is_act(reading), hex(block.start)


zones = st.sampled_from(
    ["Europe/Berlin", "America/St_Johns", "Pacific/Marquesas", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
pieces = st.lists(
    st.sampled_from(
        [
            "2:30", "02:30", "2.30", "28.3.", "28/3", "25.10.", "2026-10-25", "29.2.", "31.12.9999", "25:61", "0:00",
            "24:00", "1", "12", "99", "-", "?", ".", ",", "\n", "(", "\u202e", "\0", "+1", "\ud83d\ude00", "½", "٣",
        ]
    ),
    max_size=12,
).map(" ".join)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(text=pieces | st.text(max_size=60), now=instants, ahead=st.integers(-5, 80), zone=zones, data=st.data())
def test_no_clock_and_no_calendar_can_break_it(
    text: str, now: datetime, ahead: int, zone: str, data: st.DataObject
) -> None:
    """L1: hours that a change of clocks skips or repeats, zones west of Greenwich, days that a zone left out."""
    start = now + timedelta(days=ahead, hours=3)
    pending = data.draw(
        st.sampled_from([None, Pending("offer", (start,)), Pending("confirm_cancel"), Pending("moved", (start,))])
    )
    context = replace(situations()["booked"], now=now, start=start, zone=ZoneInfo(zone), pending=pending)
    reading = read(text, data.draw(st.sampled_from(LANGUAGES)), context)

    for window in reading.when or ():
        assert window.start <= window.end
        assert window.end > now


@pytest.mark.parametrize(("now", "text"), [("2027-03-22", "28.3. 2:30"), ("2026-10-19", "25.10. 2:30")])
def test_an_hour_that_is_skipped_or_repeated_is_asked_about(now: str, text: str) -> None:
    """T2 of time, R2: such a time is none, or two."""
    zone = ZoneInfo("Europe/Berlin")
    begun = datetime.fromisoformat(f"{now}T09:00").replace(tzinfo=zone)
    always = (((0, 24 * 60),),) * 7
    context = replace(situations()["booked"], now=begun, start=begun + timedelta(days=3), hours=always)

    for language in LANGUAGES:
        reading = read(text.replace("2:30", "02:30"), language, context)

        assert not is_act(reading), (language, reading)
