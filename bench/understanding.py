"""What understanding costs: a short reply in any language, a long one, a hostile one, and loading every language."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from statistics import median

from bench.result import Result, cpu_seconds, share
from core.understand.read import lexicons_for, understand
from tests.corpora.meanings import Meaning, corpus_languages, meanings_of
from tests.corpora.situations import situations

SAYINGS_APART = 5
"""Every so many of a language's sayings are enough."""

MEDIAN, P99 = 0.5e-3, 4e-3
"""Seconds of the processor for a short reply."""

LONG, LONG_MOST = 4_000, 15e-3
"""Characters of a long reply, and seconds for it."""

HUGE, HUGE_MOST = 64_000, 0.25
LOAD_SECONDS, LOAD_MEBIBYTES = 0.3, 25
LINEAR = 1.5
"""Twice the text may cost so many times twice as much: what is linear, measured on a busy machine."""

HUGE_TEXTS = {
    "digits": "1234567890",
    "weekdays": "Monday Dienstag środa jeudi viernes ",
    "brackets": "([{",
    "wishes": "can we do Friday at 3 or Thursday after 4, not Monday? ",
    "ligatures": "\ufdfa",
    "accents": "e\u0301\u0302\u0303",
    "unknown words": "qwrtz plmkn ",
}

_LOADING = """
import json, os, time
from pathlib import Path
from core.understand import lexicon
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before, began = resident(), time.process_time()
loaded = [lexicon.load_lexicon(language) for language in lexicon.available_languages()]
print(json.dumps([len(loaded), time.process_time() - began, (resident() - before) / 2**20]))
"""


def measure() -> list[Result]:
    """Measure the processor time of replies, and the time and memory of loading."""
    return [*_short(), *_long(), _huge(), *_loading()]


def _short() -> Iterable[Result]:
    costs = {language: list(_costs(language)) for language in corpus_languages()}
    everywhere = [cost for each in costs.values() for cost in each]
    if not everywhere:
        return

    slowest = max(costs, key=lambda language: median(costs[language]))
    against = f"{len(everywhere)} sayings, slowest in the middle: {slowest} {_shown(median(costs[slowest]))}"
    middle, last = median(everywhere), share(everywhere, 0.99)
    yield Result("a short reply, in the middle", _shown(middle), against, f"<= {_shown(MEDIAN)}", middle <= MEDIAN)
    yield Result("  99 of 100", _shown(last), "", f"<= {_shown(P99)}", last <= P99)


def _costs(language: str) -> Iterable[float]:
    said = [(saying, meaning) for meaning in meanings_of(language) for saying in meaning.sayings]
    for saying, meaning in said[::SAYINGS_APART]:
        yield cpu_seconds(partial(_understand, saying, meaning), times=2, rounds=3)


def _understand(saying: str, meaning: Meaning) -> None:
    understand(saying, lexicons_for(meaning.language), meaning.context)


def _long() -> Iterable[Result]:
    """The longest letter that is read whole, made of a language's own sayings; twice the text at twice the price."""
    for language in corpus_languages():
        letter = "\n".join(saying for meaning in meanings_of(language) for saying in meaning.sayings)[:LONG]
        half, whole, four = (_cost(letter[:size], language) for size in (LONG // 8, LONG // 4, LONG))
        linear = whole <= half * 2 * LINEAR
        if language == corpus_languages()[0] or four > LONG_MOST or not linear:
            yield Result(
                f"a reply of 4 kB ({language})",
                _shown(four),
                f"{_shown(half)} for {LONG // 8}, {_shown(whole)} for {LONG // 4} characters",
                f"<= {_shown(LONG_MOST)}, linear",
                four <= LONG_MOST and linear,
            )


def _huge() -> Result:
    costs = {name: _cost((text * HUGE)[:HUGE], "de") for name, text in HUGE_TEXTS.items()}
    worst = max(costs, key=lambda name: costs[name])
    return Result(
        "64 kB of anything",
        _shown(costs[worst]),
        f"worst: {worst}",
        f"<= {_shown(HUGE_MOST)}",
        costs[worst] <= HUGE_MOST,
    )


def _cost(text: str, language: str) -> float:
    context = situations()["booked"]
    lexicons = lexicons_for(language)
    return cpu_seconds(lambda: understand(text, lexicons, context), times=1, rounds=5)


def _loading() -> Iterable[Result]:
    """In a process of its own, the best of three."""
    runs = [json.loads(subprocess.check_output([sys.executable, "-c", _LOADING], text=True)) for _ in range(3)]
    languages, seconds, mebibytes = min(runs, key=lambda run: run[1])
    yield Result(
        f"loading all {languages} languages", f"{seconds:.2f} s", "", f"<= {LOAD_SECONDS} s", seconds <= LOAD_SECONDS
    )
    yield Result("  memory", f"{mebibytes:.1f} MiB", "", f"<= {LOAD_MEBIBYTES} MiB", mebibytes <= LOAD_MEBIBYTES)


def _shown(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.01 else f"{seconds * 1e3:.0f} ms"
