"""For authors: how the corpora are read. `python -m tests.corpora [xx …] [--all] [--vain] [--say TEXT --in SITUATION]`.

Prints a line of figures a language and every saying that is not right; exit 1 if any is wrong and sure.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from core.understand.read import lexicons_for, understand
from tests.corpora.meanings import Meaning, corpus_languages, meanings_of, problems_of
from tests.corpora.showing import shown, verdict
from tests.corpora.situations import situations


def main() -> int:
    """Read and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpora", description=__doc__)
    parser.add_argument("languages", nargs="*", metavar="xx", help="languages, default all")
    parser.add_argument("--all", action="store_true", help="show what is right, too")
    parser.add_argument("--vain", action="store_true", help="show what is asked in vain, too")
    parser.add_argument("--say", metavar="TEXT", help="read only this, in the first language named")
    parser.add_argument("--in", dest="situation", default="booked", choices=sorted(situations()))
    options = parser.parse_args()
    languages = options.languages or corpus_languages()
    if options.say is not None:
        return _say(options.say, languages[0], options.situation)

    wanted = {
        "wrong",
        "WRONG AND SURE",
        *(["in vain"] if options.vain else []),
        *(["right", "in vain"] if options.all else []),
    }
    return max([_tell(language, wanted) for language in languages], default=0)


def _tell(language: str, wanted: set[str]) -> int:
    tally: Counter[str] = Counter()
    for problem in problems_of(language):
        print(f"{language}: {problem}")  # noqa: T201 - its job

    for meaning in meanings_of(language):
        for saying in meaning.sayings:
            reading = understand(saying, lexicons_for(language), meaning.context)
            said = verdict(reading, meaning)
            tally[said] += 1
            if said in wanted:
                print(shown(saying, reading, meaning))  # noqa: T201 - its job

    total = max(1, tally.total())
    print(  # noqa: T201 - its job
        f"{language}: {tally.total()} sayings, right {(tally['right'] + tally['in vain']) / total:.1%}, "
        f"wrong and sure {tally['WRONG AND SURE']}, asks in vain {tally['in vain'] / total:.1%}"
    )
    return 1 if tally["WRONG AND SURE"] else 0


def _say(text: str, language: str, situation: str) -> int:
    meaning = Meaning(language, "?", situation, ("?",), (None,), None, None, None, None, (text,))
    reading = understand(text, lexicons_for(language), meaning.context)
    print("\n".join(shown(text, reading, meaning).splitlines()[2:]))  # noqa: T201 - its job
    return 0


if __name__ == "__main__":
    sys.exit(main())
