"""A guest of each language writes as at home, from the wish to the undo, and reads nothing but that language."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from core.phrases import load_phrases
from tests.story.languages import TALKS, booked_in, spoken
from tests.story.mails import choices, text_of
from tests.story.salon import Salon


def test_every_language_has_a_conversation() -> None:
    """L4."""
    assert sorted(TALKS) == list(spoken())


@pytest.mark.parametrize("language", TALKS)
async def test_a_guest_speaks_their_own_language_all_the_way(salon: Salon, language: str) -> None:
    """L4, R1, R2, R4: wish, choices, pick, cancel, yes, undo."""
    talk = TALKS[language]
    await salon.imports(booked_in(language))
    mails = [await salon.answer()]

    async def says(words: str) -> EmailMessage:
        await salon.reply(mails[-1], words)
        mails.append(await salon.answer())
        return mails[-1]

    offer = await says(talk.wish)
    assert (len(choices(offer)), await salon.local_start()) == (5, "Thu 2026-11-26 15:00")

    await says(talk.pick)
    assert await salon.local_start() == "Fri 2026-11-27 12:15"

    await says(talk.cancel)
    assert (await salon.booking()).status == "confirmed"

    await says(talk.yes)
    assert (await salon.booking()).status == "cancelled"

    await says(talk.undo)
    assert ((await salon.booking()).status, await salon.local_start()) == ("confirmed", "Fri 2026-11-27 12:15")
    assert [foreign for mail in mails for foreign in in_another_language(mail, language)] == []


def in_another_language(mail: EmailMessage, language: str) -> list[str]:
    """Return what *mail* says in the words of another language than the reader's."""
    phrases = load_phrases().languages
    text = " ".join(text_of(mail).split())
    own = {form for forms in phrases[language].phrases.values() for form in forms}
    return [
        form
        for name, other in phrases.items()
        if name != language
        for forms in other.phrases.values()
        for form in forms
        if len(form) > 12 and "{" not in form and form not in own and form in text
    ]
