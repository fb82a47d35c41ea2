"""What a reply means does not hang on what it should not: the week it is said in, manners, what is told beside it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.model import Interval
from core.understand.lexicon import available_languages
from core.understand.proposals import Proposals
from core.understand.read import lexicons_for, propose, resolve, understand
from core.understand.reading import Context, Reading
from core.understand.times import AnyDay, Date, DayRange, InMonth, Month, Week
from tests.corpora import meanings, situations
from tests.corpora.agreement import is_act, is_right
from tests.corpora.meanings import Meaning, corpus_languages, meanings_of

LANGUAGES = [language for language in available_languages() if language in corpus_languages()]
DATED = (Date, Month, InMonth, AnyDay)
"""Days that are not the same a week later; the two weeks of 'any day' may reach into a month that ends."""

WEEKS_OF_WINTER = 12
"""From the end of November; what is wished then still lies before clocks change."""

SAID = [(saying, meaning) for language in LANGUAGES for meaning in meanings_of(language) for saying in meaning.sayings]
SAYINGS = st.sampled_from(SAID)
ACTED_ON = ("reschedule", "cancel", "pick", "yes", "no", "undo", "keep")


@cache
def manners() -> dict[str, Any]:
    return tomllib.loads((Path(meanings.__file__).parent / "manners.toml").read_text(encoding="utf-8"))


def read(saying: str, meaning: Meaning, context: Context | None = None) -> Reading:
    return understand(saying, lexicons_for(meaning.language), context or meaning.context)


def said_plainly(reading: Reading) -> tuple[object, ...]:
    return (reading.intent, reading.when, reading.pick, reading.performer)


def later(context: Context, weeks: int) -> Context:
    """The same situation so many weeks on: instants move by whole weeks, and no clock changes in between."""
    by = timedelta(weeks=weeks)
    pending = context.pending
    if pending is not None:
        pending = replace(pending, options=tuple(option + by for option in pending.options))

    return replace(context, now=context.now + by, start=context.start + by, pending=pending)


def names_a_date(proposals: Proposals) -> bool:
    wishes = (*proposals.wishes, *proposals.own, *proposals.rejected, *proposals.mentioned)
    days = [day for wish in wishes for conditions in wish.days for day in conditions]
    ends = [end for day in days if isinstance(day, DayRange) for end in (day.first, day.last)]
    shifts = any(wish.shift is not None and wish.shift.months for wish in wishes)
    within = any(isinstance(day, Week) and (day.of is not None or day.number is not None) for day in days)
    return shifts or within or any(isinstance(day, DATED) for day in (*days, *ends))


@settings(max_examples=300, deadline=None)
@given(said=SAYINGS, weeks=st.integers(1, WEEKS_OF_WINTER))
def test_a_week_later_the_same_words_mean_the_same_a_week_later(said: tuple[str, Meaning], weeks: int) -> None:
    """R1: what is relative is relative to now and to the booking, and to nothing else."""
    saying, meaning = said
    proposals = propose(saying, lexicons_for(meaning.language), meaning.context.performers)
    assume(not names_a_date(proposals))

    now, then = resolve(proposals, meaning.context), resolve(proposals, later(meaning.context, weeks))

    by = timedelta(weeks=weeks)
    moved = now.when and tuple(Interval(window.start + by, window.end + by) for window in now.when)
    assert said_plainly(replace(now, when=moved)) == said_plainly(then)
    assert now.sure == then.sure


@settings(max_examples=300, deadline=None)
@given(said=SAYINGS, data=st.data())
def test_manners_change_nothing(said: tuple[str, Meaning], data: st.DataObject) -> None:
    """R1: a greeting, a thanks, a name under the letter: the reading stays, and it stays as sure."""
    saying, meaning = said
    manner = manners()[meaning.language]
    greeting = data.draw(st.sampled_from(["", *manner["greetings"]]))
    thanks = data.draw(st.sampled_from(["", *manner["thanks"]]))
    signature = data.draw(st.sampled_from(["", *manner["signatures"]]))
    plain = read(saying, meaning)
    assume(is_right(plain, meaning) and plain.intent in ACTED_ON)

    mannered = read(f"{greeting}{saying}{_stop(saying, thanks)}{thanks}{signature}", meaning)

    assert is_right(mannered, meaning), (saying, greeting, thanks, signature)
    assert mannered.sure <= plain.sure, (saying, greeting, thanks, signature)


@settings(max_examples=300, deadline=None)
@given(said=SAYINGS, data=st.data())
def test_what_is_told_beside_it_changes_nothing(said: tuple[str, Meaning], data: st.DataObject) -> None:
    """R1: other dates in an explanation are not the wish."""
    saying, meaning = said
    remark = data.draw(st.sampled_from(manners()[meaning.language]["remarks"]))
    plain = read(saying, meaning)
    assume(is_right(plain, meaning) and plain.intent in ACTED_ON)

    told = read(f"{saying}{_stop(saying, remark)}{remark}", meaning)

    assert not is_act(told) or said_plainly(told) == said_plainly(plain), (saying, remark)


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_weekday_is_another_day(language: str) -> None:
    """R1: the day is the one that is named."""
    context = situations.situations()["booked"]
    manner = manners()[language]
    for number, day in enumerate(manner["days"]):
        reading = understand(manner["wish"].format(day=day), lexicons_for(language), context)
        starts = [window.start.astimezone(context.zone) for window in reading.when or ()]

        assert [(start.weekday(), start.hour) for start in starts] == [(number, 10)], (day, reading)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_that_is_refused_is_not_wished(language: str) -> None:
    """R1: a refusal removes its day, alone and beside a wish."""
    context = situations.situations()["booked"]
    manner = manners()[language]
    for number, day in enumerate(manner["days"]):
        other = (number + 1) % 7
        alone = understand(_sentence(manner["refusal"], day), lexicons_for(language), context)
        beside = understand(
            f"{_sentence(manner['refusal'], day)} {manner['wish'].format(day=manner['days'][other])}",
            lexicons_for(language),
            context,
        )

        assert not any(window.start.astimezone(context.zone).weekday() == number for window in alone.when or ()), alone
        assert not is_act(alone)
        assert {window.start.astimezone(context.zone).weekday() for window in beside.when or ()} == {other}, (
            day,
            beside,
        )


def _sentence(template: str, day: str) -> str:
    shown = template.format(day=day)
    return shown[0].upper() + shown[1:]


def _stop(saying: str, following: str) -> str:
    """What parts a saying from the sentence after it."""
    return "" if not following or saying.rstrip()[-1:] in ".!?…" else "."
