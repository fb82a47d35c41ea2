"""Measure what is read of public replies, and that every odd raw message is read at all. Run by `make score`.

Reads the messages and their scorer from `$REBOOK_SHARED` (default `../shared`). Exit 1 when a target is missed.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailin.quotes.new_text import new_text  # noqa: E402 - as above
from mailin.reader import read_mail  # noqa: E402 - as above
from mailin.reading.message import read_message  # noqa: E402 - the project is not installed where this runs as a script

EXACT_AT_LEAST = 0.9
F1_AT_LEAST = 0.95
RAW_MESSAGES = 208
SECONDS_A_MESSAGE = 1.0
"""SPEC L1: nothing that comes in may hold a worker up for longer."""


def main() -> int:
    """Score both corpora; print a line each; return the exit code."""
    shared = Path(os.environ.get("REBOOK_SHARED", ROOT.parent / "shared"))
    folder = shared / "corpora"
    if not (folder / "replies" / "score.py").exists() or not (folder / "raw-mail").is_dir():
        print(f"replies: NOT MEASURED, {folder} is missing")
        return 1 if os.environ.get("CI") == "true" else 0

    replies_kept = _replies(_load(folder / "replies" / "score.py"))
    raw_kept = _raw(folder / "raw-mail")
    return 0 if replies_kept and raw_kept else 1


def _replies(scorer: ModuleType) -> bool:
    """Score the new text of every reply, given as a raw message, by the rules of the corpus's own scorer."""
    results = scorer.score(_reading(scorer), show=int(os.environ.get("SHOW", "0")))
    exact, shared_words, leak_free, loss_free = (
        sum(float(row[key]) >= least if least else float(row[key]) for row in results) / len(results)
        for key, least in (("ok", 0.0), ("f1", 0.0), ("p", 1.0), ("r", 1.0))
    )
    errors = sum(row["err"] is not None for row in results)
    print(
        f"replies: {len(results)} cases, exact {exact:.1%} (at least {EXACT_AT_LEAST:.0%}),"
        f" F1 {shared_words:.1%} (at least {F1_AT_LEAST:.0%}),"
        f" nothing quoted leaks {leak_free:.1%}, nothing written is lost {loss_free:.1%}, errors {errors}"
    )
    return exact >= EXACT_AT_LEAST and shared_words >= F1_AT_LEAST and errors == 0


def _reading(scorer: ModuleType) -> Any:
    def read(case: dict[str, Any]) -> tuple[str, None]:
        raw, _ = scorer.wrap(case)
        return new_text(read_message(raw)), None

    return read


def _raw(folder: Path) -> bool:
    """Read every raw message; one that raises or takes long is named and does not stop the others."""
    paths = sorted(path for path in folder.glob("*/*") if path.is_file())
    troubles = [trouble for path in paths if (trouble := _trouble(path))]
    for trouble in troubles:
        print(f"raw-mail: {trouble}")
    print(f"raw-mail: {len(paths) - len(troubles)} of {len(paths)} read (all {RAW_MESSAGES} must be)")
    return len(paths) >= RAW_MESSAGES and not troubles


def _trouble(path: Path) -> str | None:
    began = time.process_time()
    try:
        read_mail(path.read_bytes(), mail_from="guest@example.org", rcpt_to=(), own_domain="reply.example.com")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this measures
        return f"{path.parent.name}/{path.name}: {type(error).__name__}"

    took = time.process_time() - began
    return f"{path.parent.name}/{path.name}: {took:.1f} s" if took > SECONDS_A_MESSAGE else None


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"score_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")

    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
