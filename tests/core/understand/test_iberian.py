"""What Spanish and Portuguese say otherwise: minutes after the hour, days by a number, words that are two things."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.phrases import load_phrases
from core.understand.lexicon import load_lexicon
from core.understand.read import understand
from core.understand.reading import Context, Pending, Reading

MADRID = ZoneInfo("Europe/Madrid")
NINE_TO_SEVEN = ((9 * 60, 19 * 60),)


def at(wall: str) -> datetime:
    """An instant from 'MM-DD HH:MM' of 2026 in Madrid."""
    return datetime.fromisoformat(f"2026-{wall.replace(' ', 'T')}").replace(tzinfo=MADRID)


CONTEXT = Context(
    now=at("11-23 09:12"),
    zone=MADRID,
    start=at("11-26 15:00"),
    minutes=60,
    performer="Ana",
    performers=("Ana", "Leo"),
    hours=(NINE_TO_SEVEN,) * 6 + ((),),
)
OFFER = Pending("offer", (at("11-26 16:00"), at("11-27 10:30"), at("12-01 15:00")))


def read(language: str, text: str, pending: Pending | None = None) -> Reading:
    """Read *text* on Monday 23 November 2026, booked for Thursday 26 at 15:00."""
    return understand(text, (load_lexicon(language),), replace(CONTEXT, pending=pending))


def start(reading: Reading) -> str:
    """The one exact start of *reading*, in Madrid."""
    assert reading.when is not None
    (window,) = reading.when
    assert window.is_exact
    return f"{window.start.astimezone(MADRID):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "a las tres y media", "11-26 15:30"),
        ("es", "a las tres y cuarto", "11-26 15:15"),
        ("es", "a las tres menos cuarto", "11-26 14:45"),
        ("es", "un cuarto para las cinco", "11-26 16:45"),
        ("es", "a las cuatro y veinte", "11-26 16:20"),
        ("es", "10 y media el viernes", "11-27 10:30"),
        ("pt", "às três e meia", "11-26 15:30"),
        ("pt", "ao meio-dia e meia", "11-26 12:30"),
        ("pt", "quinze para as cinco", "11-26 16:45"),
        ("pt", "às quatro menos um quarto", "11-26 15:45"),
        ("pt", "às 16 e 20", "11-26 16:20"),
        ("pt", "às 9 horas", "11-26 09:00"),
    ],
)
def test_minutes_are_said_after_the_hour(language: str, text: str, expected: str) -> None:
    """R1: the hour comes first, 'y' or 'e' adds, 'menos' and 'para as' take away."""
    assert start(read(language, text)) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "el viernes 27 a las 10", "11-27 10:00"),
        ("es", "el 27 a las 10", "11-27 10:00"),
        ("es", "el veintisiete a las 10", "11-27 10:00"),
        ("es", "viernes 10", "11-27 10:00"),
        ("pt", "sexta 27 às 10h", "11-27 10:00"),
        ("pt", "dia 27 às 10h", "11-27 10:00"),
        ("pt", "6ª feira às 10h", "11-27 10:00"),
    ],
)
def test_a_bare_number_is_a_day_of_the_month_where_it_can_be(language: str, text: str, expected: str) -> None:
    """R1: after 'el', 'dia' or a weekday whose date it is; 'viernes 10' is no 10th, so it is ten o'clock."""
    assert start(read(language, text)) == expected


def test_a_weekday_whose_number_is_its_date_is_that_day() -> None:
    """R1: Friday 27 is a whole day, not an hour."""
    reading = read("es", "mejor el viernes 27")

    assert reading.when is not None
    assert [(window.start, window.end) for window in reading.when] == [
        (at("11-27 00:00").astimezone(UTC), at("11-28 00:00").astimezone(UTC))
    ]


def test_an_accent_tells_yes_from_if() -> None:
    """R1: 'sí' agrees, 'si' alone as well, but 'si no puedo' is a condition."""
    asked = Pending("confirm_cancel")

    assert read("es", "sí", asked).intent == "yes"
    assert read("es", "si", asked).intent == "yes"
    assert read("es", "si no puedo ir, cancela").intent == "message"


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("pt", "a segunda opção", 2),
        ("pt", "a segunda", 2),
        ("pt", "o de sexta", 2),
        ("pt", "nº 2", 2),
        ("es", "la de las 10:30", 2),
        ("es", "la tercera opción, la del martes", 3),
        ("es", "el del jueves", 1),
    ],
)
def test_what_is_offered_is_pointed_at_by_position_or_day(language: str, text: str, number: int) -> None:
    """R1: 'segunda' is Monday, too, but none is offered on a Monday; 'el del jueves' opens no span."""
    reading = read(language, text, OFFER)

    assert (reading.intent, reading.pick) == ("pick", number)


def test_a_weekday_that_is_also_a_position_of_another_time_is_never_sure() -> None:
    """R2: 'segunda' may be Monday, the third time offered, or the second time."""
    offer = Pending("offer", (at("11-26 16:00"), at("11-27 10:30"), at("11-30 15:00")))

    assert not read("pt", "a segunda", offer).sure


@pytest.mark.parametrize(("language", "text"), [("es", "¿puede ser otro día?"), ("pt", "pode ser outro dia?")])
def test_another_day_names_none(language: str, text: str) -> None:
    """R1: another time is wished, but not which."""
    reading = read(language, text)

    assert (reading.intent, reading.when) == ("reschedule", None)


@pytest.mark.parametrize(("locale", "word"), [("es", "deshacer"), ("pt", "desfazer")])
def test_the_word_that_undoes_is_the_one_our_message_names(locale: str, word: str) -> None:
    """L4: who is told to reply with a word is understood when they do."""
    reading = read(locale, word, Pending("moved", (at("11-24 15:00"),)))

    assert word in load_phrases().say("undo_hint", locale, MADRID, minutes=5)
    assert (reading.intent, reading.sure) == ("undo", True)


@pytest.mark.parametrize(("locale", "word"), [("es", "SÍ"), ("pt", "SIM")])
def test_the_word_that_confirms_is_the_one_our_message_names(locale: str, word: str) -> None:
    """L4: the same for a confirmation."""
    reading = read(locale, word, Pending("confirm_cancel"))

    assert word in load_phrases().say("confirm_cancel", locale, MADRID, start=at("11-26 15:00"))
    assert (reading.intent, reading.sure) == ("yes", True)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt", "não era para cancelar"),
        ("pt", "não gostaria de ter que desmarcar"),
        ("pt", "espera não cancela"),
        ("es", "espera no la canceles"),
        ("es", "no quisiera cancelar"),
    ],
)
def test_a_not_is_never_cut_off_from_what_it_governs(language: str, text: str) -> None:
    """R2: whatever opens a wish in between, nothing is cancelled."""
    assert read(language, text).intent == "keep"
    assert read(language, text, Pending("confirm_cancel")).intent in ("no", "keep")
