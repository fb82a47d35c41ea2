"""Measure understanding on the labelled cases: right in every language, nothing wrong and sure, few asked in vain.

Run by `make score`.

Reads the cases and their scorer from `$REBOOK_SHARED` (default `../shared`). Exit 1 when a target is missed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.understand.cases import answer_line  # noqa: E402 - the project is not installed where this runs as a script

RIGHT_AT_LEAST = 0.95
IN_VAIN_AT_MOST = 0.05
"""Of all cases; a single language has too few for the second."""


def main() -> int:
    """Score every case; print a line a language; return the exit code."""
    folder = Path(os.environ.get("REBOOK_SHARED", ROOT.parent / "shared")) / "understanding"
    if not (folder / "cases-dev.jsonl").exists():
        print(f"understanding: NOT MEASURED, {folder} is missing")
        return 1 if os.environ.get("CI") == "true" else 0

    scorer = _load(folder / "score.py")
    cases = scorer.load(folder / "cases-dev.jsonl")
    show = int(os.environ.get("SHOW", "0"))
    readings = [json.loads(answer_line(json.dumps(_without_label(case)))) for case in cases]
    tally = scorer.score(cases, readings, show)
    return _verdict(tally, _own_words_only(scorer, cases))


def _own_words_only(scorer: ModuleType, cases: list[dict[str, Any]]) -> int:
    """Count what is wrong and sure when every case is read as English."""
    readings = [json.loads(answer_line(json.dumps({**_without_label(case), "lang": "en"}))) for case in cases]
    return int(scorer.score(cases, readings, 0)["all"]["wrong and sure"])


def _without_label(case: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in case.items() if key != "gold"}


def _verdict(tally: defaultdict[str, Counter[str]], misread_as_english: int) -> int:
    missed = misread_as_english > 0
    for language, row in tally.items():
        right, vain = row["right"] / row["cases"], row["asks in vain"] / row["cases"]
        missed = missed or right < RIGHT_AT_LEAST or row["wrong and sure"] > 0
        missed = missed or (language == "all" and vain > IN_VAIN_AT_MOST)
        print(
            f"understanding {language}: {row['cases']} cases, right {right:.1%} (at least {RIGHT_AT_LEAST:.0%}), "
            f"wrong and sure {row['wrong and sure']} (0), asks in vain {vain:.1%} (all at most {IN_VAIN_AT_MOST:.0%})"
        )

    print(f"understanding: wrong and sure when all is read as English: {misread_as_english} (0)")
    return 1 if missed else 0


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("understanding_scorer", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be loaded")

    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True  # the folder may be read-only
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
