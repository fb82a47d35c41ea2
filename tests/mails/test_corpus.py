"""What guests write is found in the reply of any client to a message that we really sent, and nothing else."""

from __future__ import annotations

import pytest

from mailin.quotes.new_text import new_text
from mailin.reading.message import read_message
from tests.mails.corpus import Case, cases, is_exact, leaks

CASES = list(cases())


@pytest.mark.parametrize("case", CASES[::4], ids=lambda case: case.name)
def test_only_what_the_guest_wrote_is_read(case: Case) -> None:
    """R6, T5: a sample; `make score` reads them all."""
    found = new_text(read_message(case.raw), case.sent)

    assert (is_exact(found, case), leaks(found, case)) == (True, []), found


def test_the_corpus_is_wide() -> None:
    """L4: clients, languages and ways to answer; no two cases are the same."""
    widths = [len({getattr(case, what) for case in CASES}) for what in ("client", "language", "style", "raw")]

    assert [widths[0] >= 25, widths[1] >= 16, widths[2] >= 14, widths[3]] == [True, True, True, len(CASES)]


def test_a_leak_is_noticed() -> None:
    """The measure itself: an old time or a token in what is read is named."""
    case = CASES[0]

    assert leaks(f"{case.words}\n\n{case.sent}", case) != []
    assert not is_exact(f"{case.words}\n1. Tue 1 Dec, 11:30", case)
