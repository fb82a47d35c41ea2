"""Pages speak the guest's language, else the browser's, else the one that has all words: proven with a made-up one."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phrases import LANGUAGES, Phrases, load_phrases
from tests.story.salon import Salon, booking, open_salon
from tests.web.browser import Browser, path_of
from web.language import LONGEST, MOST, locale_for, read_accept_language

POLISH = """
msgid ""
msgstr ""
"Language: pl\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "page.not_found"
msgstr "Nic tu nie ma."

msgid "page.refused"
msgstr "To się nie udało."

msgid "page.too_many"
msgid_plural "page.too_many"
msgstr[0] "Za dużo naraz: {minutes} minuta."
msgstr[1] "Za dużo naraz: {minutes} minuty."
msgstr[2] "Za dużo naraz: {minutes} minut."

msgid "label.performer"
msgstr "U kogo"
"""

AS_BROWSERS_SEND = "pl-PL,pl;q=0.9,en-US;q=0.8,en;q=0.7"


@pytest.fixture
def phrases(tmp_path: Path) -> Phrases:
    """All there is, and a second language that lacks most words."""
    folder = tmp_path / "language"
    shutil.copytree(LANGUAGES, folder)
    (folder / "pl").mkdir(exist_ok=True)
    (folder / "pl" / "phrases.po").write_text(POLISH, encoding="utf-8")
    return load_phrases(folder)


@pytest.fixture
async def salon(tmp_path: Path, phrases: Phrases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Salon]:
    monkeypatch.setattr("rebook.app.load_phrases", lambda: phrases)
    async with open_salon(tmp_path) as salon:
        yield salon


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", ()),
        ("pl", ("pl",)),
        (AS_BROWSERS_SEND, ("pl-PL", "pl", "en-US", "en")),
        ("en;q=0.1, pl;q=0.9, de", ("de", "pl", "en")),
        ("de, pl, en", ("de", "pl", "en")),  # as wanted as each other: as they stand
        ("de;q=0, pl;q=0.000, en;q=0.001", ("en",)),
        ("*", ("*",)),
        ("de, *;q=0.5, en;q=0.1", ("de", "*", "en")),
        ("\tpl ; q=1.000 ,, zh-Hant-TW;Q=0.5 ", ("pl", "zh-Hant-TW")),
        ("pl, pl;q=0.5", ("pl",)),
        ("pl;q=2, en;q=-1, de;q=0.1234, fr;q=x, es;level=1, it;q=", ()),
        ("../../etc, {start}, en_US, <b>, p, -, 1, x\x00, é, pl-", ()),
        ("pl;q=0.5;q=1, de", ("de",)),
        ("x" * 5000 + ", pl", ()),
        (", " * 5000 + "pl", ()),
        (
            ",".join(f"a{chr(97 + number)}" for number in range(26)),
            tuple(f"a{chr(97 + number)}" for number in range(MOST)),
        ),
    ],
)
def test_what_a_browser_asks_for(header: str, languages: tuple[str, ...]) -> None:
    """L1, L4: RFC 9110 12.5.4; what is no language is passed over."""
    assert read_accept_language(header) == languages


@given(st.text(alphabet=st.sampled_from("plPL-*;q=01.9, \t\x00é"), max_size=80) | st.text(max_size=80))
def test_no_header_does_harm(header: str) -> None:
    """L1: whatever comes, a few short names come of it."""
    languages = read_accept_language(header * 40)

    assert len(languages) <= MOST
    assert all(len(name) <= 35 and (name == "*" or name.replace("-", "").isalnum()) for name in languages)
    assert read_accept_language(header * 4000) == read_accept_language((header * 4000)[:LONGEST])


@pytest.mark.parametrize(
    ("guest", "header", "locale"),
    [
        ("pl", "en", "pl"),
        ("pl-PL", "en", "pl-PL"),
        ("en-US", "pl", "en-US"),
        ("ja", AS_BROWSERS_SEND, "pl-PL"),
        ("ja", "ja, en-AU;q=0.5, pl;q=0.4", "en-AU"),
        ("", "pl", "pl"),
        (None, "pl", "pl"),
        ("ja", "ko, zh", "en"),
        (None, "", "en"),
        (None, "ko, *, pl;q=0.1", "en"),
    ],
)
def test_the_guests_language_then_the_browsers(phrases: Phrases, guest: str | None, header: str, locale: str) -> None:
    """L4: and where neither is one of ours, the one that has all words."""
    assert locale_for(phrases, guest, read_accept_language(header)) == locale


async def test_a_page_speaks_the_guests_language_whatever_the_browser_asks_for(salon: Salon, browser: Browser) -> None:
    """L4: one page, one language: what is not translated yet is said in the fallback, with the reader's dates."""
    await salon.imports(of_locale("jo", "pl"), of_locale("sam", "en", hour=11), of_locale("kim", "ja", hour=12))
    asked = {"Accept-Language": AS_BROWSERS_SEND}

    jo, sam, kim = [
        await browser.ask("GET", path_of("manage", salon.tokens[key]), headers=asked) for key in ("jo", "sam", "kim")
    ]
    unasked = await browser.open(path_of("manage", salon.tokens["kim"]))

    assert ['<html lang="pl">' in page.text for page in (jo, sam, kim, unasked)] == [True, False, True, False]
    assert ["U kogo" in page.words for page in (jo, sam, kim, unasked)] == [True, False, True, False]
    assert {page.headers["Vary"] for page in (jo, sam, kim, unasked)} == {"Accept-Language"}


def of_locale(key: str, locale: str, hour: int = 15) -> dict[str, object]:
    guest = {"name": key, "email": f"{key}@guest.example", "locale": locale, "tz": "Europe/Warsaw"}
    return booking(key, guest=guest, start=f"2026-11-26T{hour}:00:00+01:00")


async def test_errors_speak_the_browsers_language(salon: Salon, browser: Browser) -> None:
    """L3, L4: also those that are said before anyone knows whose page it is."""
    asked = {"Accept-Language": AS_BROWSERS_SEND, "X-Forwarded-For": "198.51.100.7"}
    await salon.imports(booking())

    nothing = await browser.ask("GET", "/nothing", headers=asked)
    unmet = await browser.ask("GET", "/nothing", headers={**asked, "Expect": "a miracle"})
    for _ in range(30):
        await browser.ask("GET", path_of("manage", "x"), headers=asked)

    too_many = await browser.ask("GET", path_of("manage", "x"), headers=asked)
    fallback = await browser.open("/nothing")

    assert (nothing.status, nothing.words) == (404, "Nic tu nie ma.")
    assert (unmet.status, unmet.words) == (417, "To się nie udało.")
    assert (too_many.status, too_many.words) == (429, "Za dużo naraz: 1 minuta.")
    assert '<html lang="en">' in fallback.text
    assert {page.headers["Vary"] for page in (nothing, unmet, too_many, fallback)} == {"Accept-Language"}
