"""L4: guests without their language's letters at hand type Latin ones."""

from core.understand.latin_letters import in_own_letters
from core.understand.lexicon import load_lexicon
from core.understand.tokens import tokenize


def spelt(text: str, language: str = "ru", names: tuple[str, ...] = ()) -> str:
    """Write *text* in *language*'s own letters, where it is that language."""
    return " ".join(token.text for token in in_own_letters(tokenize(text), load_lexicon(language), frozenset(names)))


def test_words_in_latin_letters_become_the_languages_own() -> None:
    """L4: a letter may stand for several, and a soft sign is not typed."""
    assert spelt("mozhno v pyatnicu v 11") == "можно в пятницу в 11"
    assert spelt("dobryi den, mozhna na pyatnytsyu", "uk") == "добрий день , можна на пятницю"


def test_another_language_and_names_stay_as_they_are() -> None:
    """L4: English is not respelt, nor a performer's name, nor a word alone."""
    assert spelt("can we do the day after instead") == "can we do the day after instead"
    assert spelt("mozhno k ana zavtra", names=("ana",)) == "можно к ana завтра"
    assert spelt("spasibo") == "spasibo"
    assert spelt("mozhno v pyatnicu", "en") == "mozhno v pyatnicu"


def test_a_wall_of_letters_is_left_alone() -> None:
    """L1: long words are not tried, many ways of writing one are cut off."""
    assert spelt(f"{'c' * 200} {'yc' * 14}") == f"{'c' * 200} {'yc' * 14}"
