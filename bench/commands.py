"""What a person waits for at the terminal: the list of ten thousand bookings, and `rebook --help`."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.result import Result

ROOT = Path(__file__).parents[1]
RUNS = 7
REBOOK = ("-c", "from rebook.cli import main; main()")


def measure(config: Path) -> list[Result]:
    """Measure with the database of *config*; the floor is a Python that does nothing."""
    floor = _cost("-c", "pass")
    bookings = (*REBOOK, "bookings", "all", "-c", str(config))
    return [
        _told("rebook --help", _cost(*REBOOK, "--help"), floor, 0.4),
        _told("rebook bookings all, 10,000", _cost(*bookings), floor, 1),
        _told("  with --json", _cost(*bookings, "--json"), floor, 1),
    ]


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of a command, by which it is judged, and seconds on the clock, which others lengthen."""

    cpu: float
    clock: float


def _told(what: str, cost: Cost, floor: Cost, most: float) -> Result:
    figure = f"{cost.cpu:.2f} s CPU, {cost.clock:.2f} s"
    return Result(what, figure, f"{floor.cpu:.2f} s CPU python -c pass", f"<= {most} s", cost.cpu <= most)


def _cost(*arguments: str) -> Cost:
    """Return the median of a few runs."""
    costs = [_run_once(*arguments) for _ in range(RUNS)]
    return Cost(median(cost.cpu for cost in costs), median(cost.clock for cost in costs))


def _run_once(*arguments: str) -> Cost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Cost(cpu, ended - began)
