"""What a measurement found, and the table that shows it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One figure: what was measured, what came out, what it stands against. `met` is None for information only."""

    what: str
    figure: str
    floor: str = ""
    target: str = ""
    met: bool | None = None


def print_table(results: Iterable[Result]) -> None:
    """Print the results in columns."""
    head = ("", "figure", "against", "target", "verdict")
    rows = [head, *((one.what, one.figure, one.floor, one.target, _verdict(one)) for one in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def cpu_seconds(work: Callable[[], object], *, times: int, rounds: int = 9) -> float:
    """Return the processor seconds of one call of *work*: the least of *rounds* of so many *times*.

    What else runs on the machine only ever adds, by taking caches away.
    """
    costs = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(times):
            work()

        costs.append((time.process_time() - began) / times)

    return min(costs)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep what is measured, and the threads it starts, on one core.

    On two, threads of Python that take turns wake each other for nothing, and how often is the machine's mood.
    """
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def share(figures: Sequence[float], part: float) -> float:
    """Return the figure below which *part* (0 to 1) of the figures lie."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _verdict(result: Result) -> str:
    return {True: "ok", False: "MISSED", None: ""}[result.met]
