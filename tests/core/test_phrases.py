"""What people read: every key has words, dates are written as the reader writes them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from core.model import Booking, Channel, Guest, Payment, Status
from core.notices import Audience, Kind
from core.phrases import LANGUAGES, BadLanguage, Phrases, load_phrases
from core.refusal import GUEST_CODES, REFUSAL_CODES

WARSAW = ZoneInfo("Europe/Warsaw")
START = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
PHRASES = load_phrases()
KEY = re.compile(r"[a-z][a-z_]*(\.[a-z_]+)*")
SIDE = re.compile(r"(team|performer)\.[a-z_]+")
ROOT = Path(__file__).parents[2]

HEADER = """
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"
"""


def test_an_instant_is_told_in_the_readers_zone_and_words() -> None:
    said = PHRASES.say("moved", "en", WARSAW, start=START, old=START - timedelta(days=5))

    assert said == "Done! Your booking is now on Tuesday 1 December, 11:30 (it was Thursday 26 November, 11:30)."


def test_a_region_with_a_twelve_hour_clock_reads_twelve_hours() -> None:
    """L4: the reader's habits, in one language."""
    assert PHRASES.when(START, "en-US", WARSAW) == "Tuesday 1 December, 11:30\u202fAM"
    assert PHRASES.when(START, "en_AU", WARSAW, short=True) == "Tue 1 Dec, 11:30\u202fam"
    assert PHRASES.when(START, "en", WARSAW, short=True) == "Tue 1 Dec, 11:30"


def test_the_year_is_told_only_when_it_is_not_near() -> None:
    near, far = PHRASES.at(START - timedelta(days=179)), PHRASES.at(START - timedelta(days=181))

    assert near.when(START, "en", WARSAW) == "Tuesday 1 December, 11:30"
    assert far.when(START, "en", WARSAW) == "Tuesday 1 December 2026, 11:30"
    assert far.when(START, "en", WARSAW, short=True) == "Tue 1 Dec 2026, 11:30"


def test_several_instants_are_a_list() -> None:
    times = (START, START + timedelta(days=1), START + timedelta(days=2))

    said = PHRASES.say("other_times", "en", WARSAW, times=times)

    listed = "Tuesday 1 December at 11:30, Wednesday 2 December at 11:30 or Thursday 3 December at 11:30"
    assert said == f"Or take another time instead, for example {listed}."


@pytest.mark.parametrize(("minutes", "told"), [(1, "1 minute "), (10, "10 minutes ")])
def test_a_number_chooses_the_plural(minutes: int, told: str) -> None:
    assert told in PHRASES.say("undo_hint", "en", WARSAW, minutes=minutes)


@pytest.mark.parametrize("locale", ["", "zz", "xx-YY", "../../etc", "en\r\nX: y", "{start}", "é", "a" * 5000])
def test_a_locale_that_nobody_knows_reads_the_fallback_language(locale: str) -> None:
    """L1: what an import or a guest calls a language never breaks a mail."""
    assert PHRASES.say("kept", locale, WARSAW, start=START) == PHRASES.say("kept", "en", WARSAW, start=START)


def test_a_key_without_words_is_an_error() -> None:
    with pytest.raises(KeyError, match="no_such_phrase"):
        PHRASES.say("no_such_phrase", "en", WARSAW)


def test_a_value_is_never_read_as_a_placeholder() -> None:
    said = PHRASES.say("reason", "en", WARSAW, reason="{start} {0.__class__}")

    assert said == "Reason: {start} {0.__class__}"


def test_a_language_that_lacks_a_phrase_says_it_in_the_fallback_language_with_its_dates(tmp_path: Path) -> None:
    """L4: a half-done language mixes words by phrase, never inside one."""
    phrases = given_languages(
        tmp_path,
        pl='msgid "reminder"\nmsgstr "Do zobaczenia: {start}"\n\nmsgid "format.day"\nmsgstr "EEEE, d MMMM"\n',
    )

    assert phrases.say("reminder", "pl", WARSAW, start=START) == "Do zobaczenia: wtorek, 1 grudnia, 11:30"
    assert phrases.say("reminder", "pl-PL", WARSAW, start=START) == "Do zobaczenia: wtorek, 1 grudnia, 11:30"
    assert (
        phrases.say("kept", "pl", WARSAW, start=START) == "Good, nothing changes: see you on Tuesday 1 December, 11:30."
    )


def test_a_language_has_its_own_plurals(tmp_path: Path) -> None:
    few = 'msgid "undo_hint"\nmsgid_plural "undo_hint"\n'
    few += 'msgstr[0] "{minutes} minuta"\nmsgstr[1] "{minutes} minuty"\nmsgstr[2] "{minutes} minut"\n'

    phrases = given_languages(tmp_path, pl=few)

    said = [phrases.say("undo_hint", "pl", WARSAW, minutes=minutes) for minutes in (1, 2, 5, 22)]
    assert said == ["1 minuta", "2 minuty", "5 minut", "22 minuty"]


def test_a_language_file_with_mistakes_names_all_of_them(tmp_path: Path) -> None:
    words = 'msgid "remindr"\nmsgstr "x"\n\nmsgid "kept"\nmsgstr "{start} {strat}"\n'

    with pytest.raises(BadLanguage) as caught:
        given_languages(tmp_path, pl=words)

    assert sorted(str(caught.value).split("\n")) == [
        "pl: kept has unknown placeholders: strat",
        "pl: remindr is not a phrase",
    ]


def test_every_key_that_the_code_says_has_words() -> None:
    said = {key for path in sources() for key in said_in(path)}

    assert "confirm_cancel" in said
    assert said - PHRASES.keys() == set()


def test_every_key_that_the_code_says_is_told_exactly_what_its_words_need() -> None:
    """R2, G10: a value too few breaks the mail when it leaves; one too many never reaches the reader."""
    given = {(key, names) for path in sources() for key, names in told_in(path)}

    assert ("confirm_move", frozenset({"start", "old"})) in given
    assert {(key, names) for key, names in given if names != placeholders(key)} == set()


def test_every_key_that_a_page_says_has_words() -> None:
    """L4: a template says keys, never words of its own."""
    pages = (path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.j2"))
    said = {key for page in pages for key in re.findall(r"""say\(["']([a-z_.]+)["'][,)]""", page)}
    said |= {f"page.done_{done}" for done in ("moved", "cancelled", "undone")}

    assert said - PHRASES.keys() == set()


def test_every_key_that_the_code_chooses_has_words() -> None:
    """M3, G10: the sides of a change, where the code picks one of several keys."""
    chosen = {"moved", "moved_by_team", "undone", "uncancelled", "cancelled", "cancelled_by_team"}
    chosen |= {"team.moved", "team.undone", "team.uncancelled", "team.moved_by_team"}
    chosen |= {"team.cancelled", "team.cancelled_by_team"}
    chosen |= {word for path in (ROOT / "core").glob("*.py") for word in sides_in(path)}

    assert chosen - PHRASES.keys() == set()


def test_every_refusal_status_kind_and_channel_has_words() -> None:
    """S1, F0: what is said by code has a phrase for each code."""
    keys = {f"refused.{code}" for code in REFUSAL_CODES}
    keys |= {f"team.reason.{code}" for code in GUEST_CODES}
    keys |= {f"status.{shown_status(status, moves).lower()}" for status, moves in product(Status, (0, 1))}
    keys |= {f"payment.{payment.value}" for payment in Payment if payment is not Payment.NONE}
    keys |= {f"channel.{channel}" for channel in get_args(Channel)}
    keys |= {f"subject.{audience}.{kind}" for audience, kind in product(get_args(Audience), get_args(Kind))}

    assert keys - PHRASES.keys() == set()


def shown_status(status: Status, moves: int) -> str:
    guest = Guest("Jo", "jo@example.org", "en", WARSAW)
    return Booking(
        id=1,
        business_id=1,
        key=None,
        ref="K7Q-2MX",
        service_id=1,
        performer_id=1,
        performer_chosen=False,
        start=START,
        end=START,
        status=status,
        payment=Payment.NONE,
        payment_url=None,
        guest=guest,
        token_random=None,
        version=1,
        sequence=0,
        moves=moves,
    ).shown_status


def given_languages(folder: Path, **languages: str) -> Phrases:
    (folder / "languages.toml").write_text((LANGUAGES / "languages.toml").read_text("utf-8"), "utf-8")
    (folder / "en").mkdir()
    (folder / "en" / "phrases.po").write_text((LANGUAGES / "en" / "phrases.po").read_text("utf-8"), "utf-8")
    for name, words in languages.items():
        (folder / name).mkdir()
        (folder / name / "phrases.po").write_text(f"{HEADER.format(language=name)}\n{words}", "utf-8")

    return load_phrases(folder)


def sources() -> Iterator[Path]:
    for package in ("core", "mailin", "web", "rebook"):
        yield from (ROOT / package).rglob("*.py")


def said_in(path: Path) -> Iterator[str]:
    """Yield the keys that stand in the code as they are: in `Part(KEY)`, `offer(_, KEY)`, `say(KEY)`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue

        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        position = {"Part": 0, "offer": 1, "_plain": 1, "_say": 0, "say": 0}.get(name)
        if position is None or len(node.args) <= position:
            continue

        found = node.args[position]
        if isinstance(found, ast.Constant) and isinstance(found.value, str) and KEY.fullmatch(found.value):
            yield found.value


def sides_in(path: Path) -> Iterator[str]:
    """Yield the keys of what is told to the team or a performer, wherever they stand."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SIDE.fullmatch(node.value):
            yield node.value


def told_in(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the keys of `Part(KEY, {NAME: …})` that stand in the code as they are, with the names of their values."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name("Part"), args=[ast.Constant(str(key))]):
                yield key, frozenset()
            case ast.Call(func=ast.Name("Part"), args=[ast.Constant(str(key)), ast.Dict(keys=names)]):
                if all(isinstance(name, ast.Constant) for name in names):
                    yield key, frozenset(ast.literal_eval(name) for name in names if name is not None)


def placeholders(key: str) -> frozenset[str]:
    forms = PHRASES.languages[PHRASES.fallback].phrases[key]
    return frozenset(re.findall(r"\{(\w+)\}", " ".join(forms)))
