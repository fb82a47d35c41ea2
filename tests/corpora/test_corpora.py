"""What guests write in each language is read as it is meant: every saying right, none wrong and sure, few in doubt."""

from __future__ import annotations

from functools import cache

import pytest

from core.understand.lexicon import available_languages
from core.understand.read import lexicons_for, understand
from core.understand.reading import Reading
from tests.corpora.agreement import asks_in_vain, is_dangerous, is_right
from tests.corpora.meanings import Meaning, corpus_languages, meanings_of, problems_of
from tests.corpora.showing import shown

IN_VAIN_AT_MOST = 0.05

MEANINGS = [meaning for language in corpus_languages() for meaning in meanings_of(language)]


@cache
def read(saying: str, meaning: Meaning) -> Reading:
    return understand(saying, lexicons_for(meaning.language), meaning.context)


@pytest.mark.parametrize("meaning", MEANINGS, ids=str)
def test_every_saying_is_read_as_it_is_meant(meaning: Meaning) -> None:
    """R1, R2: as a good receptionist would read it; what is wrong is never sure."""
    missed = [
        shown(saying, reading, meaning)
        for saying in meaning.sayings
        if not is_right(reading := read(saying, meaning), meaning) or is_dangerous(reading, meaning)
    ]

    assert not missed, "\n" + "\n".join(missed)


@pytest.mark.parametrize("language", corpus_languages())
def test_few_are_asked_in_vain(language: str) -> None:
    """R3: who is clear is not asked back."""
    said = [(saying, meaning) for meaning in meanings_of(language) for saying in meaning.sayings]
    vain = [(saying, meaning) for saying, meaning in said if asks_in_vain(read(saying, meaning), meaning)]

    told = "\n".join(shown(saying, read(saying, meaning), meaning) for saying, meaning in vain)
    assert len(vain) <= IN_VAIN_AT_MOST * len(said), f"{len(vain)} of {len(said)}\n{told}"


@pytest.mark.parametrize("language", available_languages())
def test_every_language_has_its_corpus(language: str) -> None:
    """L4: a language is words and proof; every problem of the proof is named."""
    assert language in corpus_languages()
    assert list(problems_of(language)) == []
