"""`python -m bench`: what is fast must stay fast. Prints a table; exit 1 when a target is missed.

`--report-only` prints and never fails. Names of measurements (`trips slots pages commit commands reading
understand door backlog`) run only those.
Rates depend on the machine and what else it does: each stands against a floor measured in the same run.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench import backlog, commands, door, pages, reading, reschedule_commit, round_trip, slots, understanding, world
from bench.result import Result, print_table


def main(arguments: Sequence[str]) -> int:
    """Run the measurements that are named, or all; return the exit code."""
    report_only = "--report-only" in arguments
    named = [argument for argument in arguments if argument != "--report-only"]
    if unknown := set(named) - set(MEASUREMENTS):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2

    results = list(_measure(named or list(MEASUREMENTS)))
    print_table(results)
    missed = [result.what.strip() for result in results if result.met is False]
    if missed:
        print(f"missed: {', '.join(missed)}")

    return 1 if missed and not report_only else 0


def _measure(names: Sequence[str]) -> Iterator[Result]:
    for name in names:
        print(f"measuring {name} …", file=sys.stderr)
        yield from MEASUREMENTS[name]()


def _commit() -> list[Result]:
    found = reschedule_commit.measure()
    return [
        Result(
            "durable reschedule commits",
            f"{found.ours.rate:.0f}/s",
            f"{found.ratio:.0%} of {found.raw.rate:.0f}/s raw sqlite3",
            f">= {reschedule_commit.TARGET:.0%}",
            found.ratio >= reschedule_commit.TARGET,
        ),
        Result("  processor time each", f"{found.ours.cpu:.0f} µs", f"{found.raw.cpu:.0f} µs raw"),
    ]


def _trips() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        config = world.write_config(Path(folder))
        trips = asyncio.run(world.fill(config))
        return asyncio.run(round_trip.measure(config, trips))


def _commands() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        config = world.write_config(Path(folder))
        asyncio.run(world.fill(config))
        return commands.measure(config)


MEASUREMENTS: dict[str, Callable[[], list[Result]]] = {
    "trips": _trips,
    "slots": slots.measure,
    "pages": pages.measure,
    "commit": _commit,
    "commands": _commands,
    "reading": reading.measure,
    "understand": understanding.measure,
    "door": door.measure,
    "backlog": backlog.measure,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
