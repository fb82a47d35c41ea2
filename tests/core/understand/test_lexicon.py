"""Language data: complete or refused with every problem named."""

import shutil
from pathlib import Path

import pytest

from core.understand.lexicon import FOLDER, BadLexicon, Lexicon, available_languages, load_lexicon
from core.understand.marks import UNKNOWN, mark
from core.understand.read import lexicons_for
from core.understand.schema import CUES
from core.understand.tokens import tokenize


def test_every_language_that_is_there_loads() -> None:
    """L4: a new language is a new folder."""
    assert "en" in available_languages()
    assert [load_lexicon(language).language for language in available_languages()] == list(available_languages())


def test_a_guest_is_read_in_their_own_language_first_and_then_in_english() -> None:
    """L4: the locale decides, whatever its spelling; a language without words falls back."""
    assert [lexicon.language for lexicon in lexicons_for("en-GB")] == ["en"]
    assert [lexicon.language for lexicon in lexicons_for("xx_YY")] == ["en"]
    assert [lexicon.language for lexicon in lexicons_for("")] == ["en"]


def test_a_guest_may_write_as_the_business_speaks() -> None:
    """L4: a salon imports everyone with one locale, and its guests write in its own language all the same."""
    assert [lexicon.language for lexicon in lexicons_for("en-GB", "de")] == ["en", "de"]
    assert [lexicon.language for lexicon in lexicons_for("uk", "pl")] == ["uk", "pl", "ru", "en"]


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """L4: a translator sees every problem, with its path, not the first."""
    words = (FOLDER / "en" / "words.toml").read_text(encoding="utf-8")
    folder = tmp_path / "xx"
    folder.mkdir()
    broken = words.replace('half = "after"', 'half = "sometimes"').replace("[cues]", '[cues]\nshout = ["hey"]\n')
    broken = broken.replace("undo = [", 'undo = ["", "{nowhere} back", "a? b?",').replace(
        'from = "12:00"', 'from = "25:00"'
    )
    (folder / "words.toml").write_text(broken, encoding="utf-8")

    with pytest.raises(BadLexicon) as refused:
        load_lexicon("xx", tmp_path)

    problems = "\n".join(refused.value.problems)
    for said in (
        "language.half: must be one of after, before",
        "cues.shout: unknown key",
        "cues.undo: an empty phrase",
        "names no group of [groups]: nowhere",
        "'a? b?' may match nothing at all",
        "day_parts.lunchtime: from and to must be clock times",
    ):
        assert said in problems


def test_a_language_without_its_words_is_refused(tmp_path: Path) -> None:
    """L4: a missing file, a missing section, a missing cue."""
    (tmp_path / "xx").mkdir()
    with pytest.raises(BadLexicon, match="there is no such language"):
        load_lexicon("xx", tmp_path)

    (tmp_path / "yy").mkdir()
    (tmp_path / "yy" / "words.toml").write_text("[language", encoding="utf-8")
    with pytest.raises(BadLexicon):
        load_lexicon("yy", tmp_path)

    shutil.copytree(FOLDER / "en", tmp_path / "zz")
    text = (tmp_path / "zz" / "words.toml").read_text(encoding="utf-8")
    (tmp_path / "zz" / "words.toml").write_text(text.replace("undo = [", "undone = [", 1), encoding="utf-8")
    with pytest.raises(BadLexicon, match=r"cues\.undo: missing"):
        load_lexicon("zz", tmp_path)


def test_every_cue_says_what_it_is_for() -> None:
    """L4: the schema is the translator's guide."""
    assert all(meaning.strip() for meaning in CUES.values())


def test_a_stem_stands_for_every_word_that_begins_so(tmp_path: Path) -> None:
    """L4: many endings are one entry; a word spelled out comes before a stem, a long stem before a short one."""
    lexicon = _with_plain(tmp_path, '"grandch*", "grandchildr*", "no grandma*"')

    assert [mark(tokenize(word), lexicon, ())[0].meanings for word in ("grandchild", "grandchildren", "grandpa")] == [
        (("plain", 0),),
        (("plain", 0),),
        (("plain", 0),),
    ]
    assert [each.text for each in mark(tokenize("no grandmas"), lexicon, ())] == ["no grandmas"]
    assert mark(tokenize("grandc"), lexicon, ())[0].has(UNKNOWN)


def test_a_stem_that_begins_too_many_words_is_refused(tmp_path: Path) -> None:
    """L4: two letters begin half the language."""
    with pytest.raises(BadLexicon, match="a stem of less than 3 letters"):
        _with_plain(tmp_path, '"gr*"')


def _with_plain(folder: Path, words: str) -> Lexicon:
    english = (FOLDER / "en" / "words.toml").read_text(encoding="utf-8")
    (folder / "xx").mkdir()
    (folder / "xx" / "words.toml").write_text(english.replace("plain = [", f"plain = [{words},"), encoding="utf-8")
    return load_lexicon("xx", folder)
