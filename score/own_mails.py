"""Measure what is read of replies built on messages that we really sent (`tests/mails/`). Run by `make score`.

Needs nothing beside the project. Exit 1 when a target is missed. SHOW=20 prints as many replies that are read wrongly.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailin.quotes.new_text import new_text  # noqa: E402 - as above
from mailin.reading.message import read_message  # noqa: E402 - the project is not installed where this runs as a script
from tests.mails.corpus import Case, cases, is_exact, leaks  # noqa: E402 - as above

EXACT_AT_LEAST = 0.98
CASES_AT_LEAST, CLIENTS_AT_LEAST, LANGUAGES_AT_LEAST = 150, 15, 12


def main() -> int:
    """Read every reply of the corpus; print what was exact and what leaked; return the exit code."""
    corpus = list(cases())
    found = [new_text(read_message(case.raw), case.sent) for case in corpus]
    read = list(zip(corpus, found, strict=True))
    wrong = [(case, said) for case, said in read if not is_exact(said, case)]
    leaking = [(case, leaked) for case, said in read if (leaked := leaks(said, case))]
    exact = 1 - len(wrong) / len(corpus)
    clients, languages, styles = (
        Counter(getattr(case, what) for case in corpus) for what in ("client", "language", "style")
    )
    for case, said in wrong[: int(os.environ.get("SHOW", "0"))]:
        print(f"{case.name}\n  written: {case.words!r}\n  read:    {said!r}")
    for case, leaked in leaking:
        print(f"{case.name}: leaks {leaked}")
    print(
        f"own mails: {len(corpus)} replies ({len(clients)} clients, {len(styles)} styles, {len(languages)} languages),"
        f" exact {exact:.1%} (at least {EXACT_AT_LEAST:.0%}), leaks {len(leaking)} (none)"
    )
    wide = len(clients) >= CLIENTS_AT_LEAST and len(languages) >= LANGUAGES_AT_LEAST
    return 0 if exact >= EXACT_AT_LEAST and not leaking and wide and _shapes(corpus) >= CASES_AT_LEAST else 1


def _shapes(corpus: list[Case]) -> int:
    """Return how many of the replies differ in more than the words that were typed."""
    return len({(case.client, case.style, case.language) for case in corpus})


if __name__ == "__main__":
    sys.exit(main())
