"""Measure what times are read on the public corpus of times: right, wrong, and answers where no time is named.

Run by `make score`; `--lang de,nl --show 20` shows what is missed in some languages, `--only wrong` (right, vague,
silent) shows no other misses.

Reads the corpus and its scorer from `$REBOOK_SHARED` (default `../shared`). Exit 1 when a target is missed. The times
are read by the product's own reading, with the corpus's reference as now, no booking and no opening hours to weigh;
where the reading doubts what it read, it would ask back: that is silence here.
Where the corpus and the annotation guide differ, the case stands in `when_differences.toml` with the guide's line,
counted apart; there are few.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.understand.bare_days import settle_bare_days  # noqa: E402 - the project is not installed where this runs
from core.understand.read import lexicons_for, propose  # noqa: E402 - as above
from core.understand.times import (  # noqa: E402 - as above
    After,
    AnyDay,
    Around,
    Before,
    Beside,
    Beyond,
    Clock,
    Day,
    Month,
    Part,
    SameTime,
    Week,
    Wish,
)
from core.understand.which_clocks import DayHours, minutes_of  # noqa: E402 - as above
from core.understand.which_days import Calendar, dates_of  # noqa: E402 - as above

DIFFERENCES = Path(__file__).parent / "when_differences.toml"


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of a language's cases: right at least, wrong at most, and answered at most where no time is named."""

    right: float
    wrong: float
    answered: float


AIM = Shares(right=0.85, wrong=0.03, answered=0.02)
"""What is aimed at over all languages."""

HELD = {
    "all": Shares(right=0.729, wrong=0.063, answered=0.113),
    "de": Shares(right=0.870, wrong=0.036, answered=0.101),
    "en": Shares(right=0.598, wrong=0.095, answered=0.121),
    "es": Shares(right=0.629, wrong=0.105, answered=0.096),
    "fr": Shares(right=0.711, wrong=0.076, answered=0.177),
    "it": Shares(right=0.757, wrong=0.043, answered=0.044),
    "nl": Shares(right=0.634, wrong=0.073, answered=0.090),
    "pl": Shares(right=0.731, wrong=0.059, answered=0.126),
    "pt": Shares(right=0.750, wrong=0.069, answered=0.068),
    "ru": Shares(right=0.832, wrong=0.015, answered=0.183),
    "uk": Shares(right=0.757, wrong=0.001, answered=0.232),
}
"""What is reached, language by language: less fails, so that nothing gets worse unseen."""

OF_THE_MATTER = frozenset({"only mentioned", "another matter", "past_wish"})
"""Doubts about what a time is for, which a text at large leaves open, not about the time itself."""

DIFFERENT_AT_MOST = 0.03
"""The share of cases that may stand among the differences."""

DAY = 24 * 60
ANY_TIME = DayHours(((0, DAY),), 1, 0)

Case = Mapping[str, Any]
Answer = dict[str, Any]


def main() -> int:
    """Score every case; print a line a language; return the exit code."""
    options = _options()
    folder = Path(os.environ.get("REBOOK_SHARED", ROOT.parent / "shared")) / "corpora" / "when"
    if not (folder / "score.py").exists():
        print(f"when: NOT MEASURED, {folder} is missing")
        return 1 if os.environ.get("CI") == "true" else 0

    scorer = _load(folder / "score.py")
    differences = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["differences"]
    tallies: dict[str, Counter[str]] = {}
    shown = 0
    for case in scorer.load([str(folder / "corpus")]):
        if options.lang and case["lang"] not in options.lang.split(","):
            continue

        answer = read(case)
        verdict = "different" if case["id"] in differences else _verdict(scorer, case, answer)
        tallies.setdefault(case["lang"], Counter())[verdict] += 1
        if verdict in options.only.split(",") and shown < options.show:
            shown += 1
            print(_shown(case, answer, verdict))

    missed = [language for language, tally in _with_all(tallies) if not _tell(language, tally)]
    return 1 if missed else 0


def read(case: Case) -> Answer:
    """Read a case's text; return the answer in the corpus's form, of kind None where no time is found."""
    now = datetime.fromisoformat(case["ref"])
    proposals = propose(case["text"], lexicons_for(case["locale"]), ())
    if any(doubt.why not in OF_THE_MATTER for doubt in proposals.doubts):
        return {"id": case["id"], "kind": None}

    proposals = settle_bare_days(proposals, _calendar(now))
    for wish in (*proposals.wishes, *proposals.mentioned, *proposals.own, *proposals.rejected):
        answer = _answer(wish, now)
        if answer is not None:
            return {"id": case["id"], **answer}

    return {"id": case["id"], "kind": None}


def _answer(wish: Wish, now: datetime) -> Answer | None:
    """Resolve the first of what *wish* names; nothing is booked: a shift is from now, a clock time alone the next."""
    if wish.shift is not None:
        moved = now + timedelta(days=wish.shift.days, minutes=wish.shift.minutes)
        return _point(moved) if wish.shift.minutes else _day(moved.date())

    calendar = _calendar(now)
    conditions = next((each for each in wish.days if not _says_nothing(each)), ())
    clocks = tuple(clock for clock in next(iter(wish.clocks), ()) if not isinstance(clock, SameTime | Beside))
    if not conditions:
        return _on_clock(now.date(), clocks, now) if clocks else None

    dates = dates_of(conditions, calendar).dates
    if not dates:
        return None

    return _on_clock(dates[0], clocks, None) if clocks else _span(conditions, dates)


def _calendar(now: datetime) -> Calendar:
    """No booking; a text at large may speak of any day of the coming year."""
    return Calendar(now.date(), now.date(), reach=366)


def _says_nothing(conditions: Iterable[Day]) -> bool:
    return all(isinstance(day, AnyDay) for day in conditions)


def _span(conditions: tuple[Day, ...], dates: tuple[date, ...]) -> Answer:
    """A day, or the span from the first to the last of several."""
    only = conditions[0] if len(conditions) == 1 else None
    if isinstance(only, Beyond):
        return _open(only, dates)

    if isinstance(only, Week | Month) and only.third is None:
        grain = "week" if isinstance(only, Week) else "month"
        return {"kind": "date", "grain": grain, "from": dates[0].isoformat(), "to": None}

    if len(dates) == 1 or dates[-1] - dates[0] != timedelta(days=len(dates) - 1):
        return _day(dates[0])

    after = dates[-1] + timedelta(days=1)
    return {"kind": "interval", "grain": "day", "from": dates[0].isoformat(), "to": after.isoformat()}


def _open(beyond: Beyond, dates: tuple[date, ...]) -> Answer:
    if beyond.direction > 0:
        first = dates[0] - timedelta(days=0 if beyond.inclusive else 1)
        return {"kind": "open_after", "grain": "day", "from": first.isoformat(), "to": None}

    return {"kind": "open_before", "grain": "day", "from": None, "to": (dates[-1] + timedelta(days=1)).isoformat()}


def _day(day: date) -> Answer:
    return {"kind": "date", "grain": "day", "from": day.isoformat(), "to": None}


def _point(instant: datetime) -> Answer:
    return {"kind": "point", "grain": "minute", "from": instant.isoformat(), "to": None}


def _on_clock(day: date, clocks: tuple[Clock, ...], now: datetime | None) -> Answer | None:
    """Resolve clock times on *day*; with *now*, on the day after where they are over."""
    spans = minutes_of(clocks, ANY_TIME).spans
    if not spans:
        return None

    begin, end = spans[0]
    only = next((clock for clock in clocks if not isinstance(clock, Part)), None)
    rough = isinstance(only, Around)
    if rough:
        begin = end = (begin + end) // 2

    if (
        now is not None
        and (begin if not isinstance(only, Before) else end) < now.hour * 60 + now.minute
        and not _runs(begin, end, now)
    ):
        day += timedelta(days=1)

    first, last = _wall(day, begin), _wall(day, end)
    if isinstance(only, After):
        return {"kind": "open_after", "grain": "minute", "from": first, "to": None}

    if isinstance(only, Before):
        return {"kind": "open_before", "grain": "minute", "from": None, "to": last}

    if begin == end:
        return {"kind": "point", "grain": "minute", "from": first, "to": None}

    return {"kind": "interval", "grain": "minute", "from": first, "to": last}


def _runs(begin: int, end: int, now: datetime) -> bool:
    return begin < end and now.hour * 60 + now.minute < end


def _wall(day: date, minute: int) -> str:
    return (datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)).isoformat()


def _verdict(scorer: ModuleType, case: Case, answer: Answer) -> str:
    verdict = str(scorer.verdict(case, answer))
    if case["kind"] != "none":
        return verdict

    return "no time" if verdict == "right" else "answered"


def _with_all(tallies: Mapping[str, Counter[str]]) -> Iterator[tuple[str, Counter[str]]]:
    yield from sorted(tallies.items())
    if len(tallies) > 1:
        yield "all", sum(tallies.values(), Counter())


def _tell(language: str, tally: Counter[str]) -> bool:
    """Print a language's line; return whether it holds what was reached."""
    named = max(1, sum(tally[verdict] for verdict in ("right", "vague", "wrong", "silent")))
    right, vague, wrong, silent = (tally[verdict] / named for verdict in ("right", "vague", "wrong", "silent"))
    answered = tally["answered"] / max(1, tally["answered"] + tally["no time"])
    different = tally["different"] / max(1, tally.total())
    held = HELD[language]
    print(
        f"when {language}: {tally.total()} cases, right {right:.1%} (held {held.right:.1%}, aim {AIM.right:.0%}), "
        f"wrong {wrong:.1%} (held {held.wrong:.1%}, aim {AIM.wrong:.0%}), vague {vague:.1%}, silent {silent:.1%}; "
        f"no time named but answered {answered:.1%} of {tally['answered'] + tally['no time']} "
        f"(held {held.answered:.1%}, aim {AIM.answered:.0%}); "
        f"told apart by the guide {different:.1%} (at most {DIFFERENT_AT_MOST:.0%})"
    )
    return right >= held.right and wrong <= held.wrong and answered <= held.answered and different <= DIFFERENT_AT_MOST


def _shown(case: Case, answer: Answer, verdict: str) -> str:
    wanted = {key: case[key] for key in ("kind", "grain", "ok")}
    got = {key: value for key, value in answer.items() if key != "id"}
    return (
        f"{verdict} {case['id']} {case['ref'][:16]} {case['locale']}: {case['text']!r}\n"
        f"   wanted {json.dumps(wanted)}\n   read   {json.dumps(got)}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lang", default="", metavar="XX,YY", help="only these languages")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="show so many misses")
    parser.add_argument("--only", default="wrong,vague,silent,answered", metavar="VERDICT", help="which misses to show")
    return parser.parse_args()


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("when_scorer", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be loaded")

    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True  # the folder may be read-only
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
