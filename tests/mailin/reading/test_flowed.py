"""Lines that were broken only for the way are joined again; what was typed as a line stays one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailin.reading.flowed import LONGEST, unflowed
from mailin.reading.message import read_message


@pytest.mark.parametrize(
    ("sent", "deletes_space", "read"),
    [
        ("Could we make it \nFriday at 16:00?\nThanks", False, "Could we make it Friday at 16:00?\nThanks"),
        ("Donaudampf \nschiff", True, "Donaudampfschiff"),
        (" From Monday on\n >:-)", False, "From Monday on\n>:-)"),
        ("> Is this \n> yours?\n>> no \n> yes", False, "> Is this yours?\n>> no\n> yes"),
        ("ok\n-- \nJo", False, "ok\n-- \nJo"),
        ("see you \n-- \nJo", False, "see you \n-- \nJo"),
        ("ends with a space ", False, "ends with a space "),
        ("\n\n", False, "\n\n"),
    ],
)
def test_soft_breaks_are_taken_away(sent: str, deletes_space: bool, read: str) -> None:  # noqa: FBT001 - a column
    """R6, RFC 3676: per depth of quotation; space-stuffing and the signature mark, too."""
    assert unflowed(sent, deletes_space=deletes_space) == read


def test_only_a_part_that_says_so_is_joined() -> None:
    """RFC 3676, 4: without the parameter a space at the end of a line means nothing."""
    head = b"From: jo@guest.example\nContent-Type: text/plain; charset=utf-8"

    assert read_message(head + b"; format=Flowed\n\na \nb").text == "a b"
    assert read_message(head + b"; format=flowed; DelSp=YES\n\na \nb").text == "ab"
    assert read_message(head + b"\n\na \nb").text == "a \nb"


def test_nothing_is_joined_to_more_than_is_read() -> None:
    """L1, R6: a paragraph longer than the cap on lines is cut between words, not cut off."""
    joined = unflowed("word \n" * 1_000, deletes_space=False)

    assert (joined.split(), max(len(line) for line in joined.split("\n")) <= LONGEST + 10) == (["word"] * 1_000, True)


@given(st.text(alphabet="> -a\n", max_size=60), st.booleans())
def test_no_letter_is_lost(text: str, deletes_space: bool) -> None:  # noqa: FBT001 - given by Hypothesis
    """R6."""
    assert unflowed(text, deletes_space=deletes_space).count("a") == text.count("a")
