"""The guest's pages at a steady rate, over ten thousand bookings and over ten, against an empty page of the same size.

Every performer offers the service and no guest chose one: whose times are free is asked of all twenty. The load comes
from this process. It is sent by the clock, whether or not earlier answers are there, and an answer's time counts from
the moment at which the clock said so.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median

from bench import world
from bench.result import Result, share
from bench.round_trip import serving

RATE = 100
"""Requests a second."""

ROUNDS, SECONDS = 3, 4
"""Each page is measured so often, so long, with all the others between: what else the machine does hits all alike."""

WARM_REQUESTS = 100
LARGE, SMALL = 10_000, 10
SLOWEST_MS, MOST_OF_FLOOR, MOST_GROWTH = 15, 3.0, 1.2

PAGES = {
    "manage": "manage/{token}",
    "reschedule, soonest": "reschedule/{token}",
    "reschedule, a month": "reschedule/{token}?view=calendar",
    "reschedule, a day": "reschedule/{token}?view=calendar&day={day}",
}


@dataclass
class Site:
    """A serving process, and connections to it that are kept open."""

    port: int
    pid: int
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    def cpu(self) -> float:
        """Return the processor seconds of the process so far, by its own clock (clock_getcpuclockid(3))."""
        return time.clock_gettime(~self.pid << 3 | 2)

    async def get(self, path: str) -> bytes:
        """Return the page at *path*, on a connection that is free; on a new one if none is."""
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench.example\r\nAccept-Language: en\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200 "), (path, head)
        body = await reader.readexactly(int(head.partition(b"content-length:")[2].split(maxsplit=1)[0]))
        self.idle.append((reader, writer))
        return body

    def close(self) -> None:
        """Let the connections go."""
        for _, writer in self.idle:
            writer.close()


@dataclass
class Load:
    """One page of one site: where it is (one address a booking), and what its answers cost."""

    site: Site
    paths: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def cpu_each(self) -> float:
        """Processor seconds for one answer."""
        return self.cpu / len(self.seconds)

    async def run(self) -> None:
        """Ask `RATE` times a second for `SECONDS`."""
        paths, interval = cycle(self.paths), 1 / RATE
        cpu, began = self.site.cpu(), time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(RATE * SECONDS):
                due = began + number * interval
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                tasks.create_task(self._ask(next(paths), due))

        self.cpu += self.site.cpu() - cpu

    async def _ask(self, path: str, due: float) -> None:
        await self.site.get(path)
        self.seconds.append(time.monotonic() - due)


def measure() -> list[Result]:
    """Measure every page over both businesses and its floor, all in one run."""
    with tempfile.TemporaryDirectory() as large, tempfile.TemporaryDirectory() as small:
        return asyncio.run(_measure(Path(large), Path(small)))


async def _measure(large_folder: Path, small_folder: Path) -> list[Result]:
    async with AsyncExitStack() as stack:
        large, large_tokens = await stack.enter_async_context(_business(large_folder, LARGE))
        small, small_tokens = await stack.enter_async_context(_business(small_folder, SMALL, profiled=False))
        floor = await stack.enter_async_context(_site("bench.empty_page"))
        within = await stack.enter_async_context(_site("bench.empty_page", "--within", str(small_folder)))
        results: list[Result] = []
        for name, address in PAGES.items():
            paths = _paths(address, large_tokens)
            size = len(await large.get(paths[0]))
            loads = (
                Load(large, paths),
                Load(small, _paths(address, small_tokens)),
                Load(floor, [f"/{size}"]),
                Load(within, [f"/{size}"]),
            )
            await _compare(loads)
            results += _told(name, size, *loads)

        # With more to do than it has processors, the machine lets everybody wait: then only the processor times count.
        return [*results, Result("the machine meanwhile", f"{os.getloadavg()[1]:.1f} busy on {os.cpu_count()}")]


async def _compare(loads: Sequence[Load]) -> None:
    """Warm each up, then measure them in turns."""
    for load in loads:
        for path, _ in zip(cycle(load.paths), range(WARM_REQUESTS), strict=False):
            await load.site.get(path)

    for _ in range(ROUNDS):
        for load in loads:
            await load.run()


def _told(name: str, size: int, large: Load, small: Load, floor: Load, within: Load) -> list[Result]:
    slowest = share(large.seconds, 0.99) * 1e3
    ratio = large.cpu_each / floor.cpu_each
    growth = large.cpu_each / small.cpu_each, median(large.seconds) / median(small.seconds)
    return [
        Result(
            f"{name}, {RATE}/s: slowest 1 %",
            f"{slowest:.1f} ms",
            f"{share(floor.seconds, 0.99) * 1e3:.1f} ms empty page",
            f"<= {SLOWEST_MS} ms",
            slowest <= SLOWEST_MS,
        ),
        Result("  median", f"{median(large.seconds) * 1e3:.1f} ms", f"{median(floor.seconds) * 1e3:.1f} ms empty page"),
        Result(
            f"  processor time, {size / 1e3:.1f} kB",
            f"{large.cpu_each * 1e3:.2f} ms",
            f"{ratio:.1f} x {floor.cpu_each * 1e3:.2f} ms empty page",
            f"<= {MOST_OF_FLOOR:.0f} x",
            ratio <= MOST_OF_FLOOR,
        ),
        Result(
            "  beside an empty page of our own server",
            f"{large.cpu_each / within.cpu_each:.1f} x",
            f"{within.cpu_each * 1e3:.2f} ms: the same through our middleware",
        ),
        Result(
            f"  {LARGE} bookings to {SMALL}",
            f"{growth[0] - 1:+.0%} CPU, {growth[1] - 1:+.0%} median",
            f"{small.cpu_each * 1e3:.2f} ms CPU, {median(small.seconds) * 1e3:.1f} ms",
            f"<= {MOST_GROWTH - 1:+.0%}",
            max(growth) <= MOST_GROWTH,
        ),
    ]


@asynccontextmanager
async def _business(folder: Path, bookings: int, *, profiled: bool = True) -> AsyncIterator[tuple[Site, list[str]]]:
    """Serve a business of so many bookings; with it come the tokens of those that can be moved."""
    config = world.write_config(folder)
    data = world.shared_salon(bookings)
    tokens = await world.load(config, data)
    movable = [tokens[one["key"]] for one in world.movable(data["bookings"])]
    async with _site("bench.serving", str(config), profiled=profiled) as site:
        yield site, movable


@asynccontextmanager
async def _site(module: str, *arguments: str, profiled: bool = False) -> AsyncIterator[Site]:
    async with serving(*arguments, module=module, profiled=profiled) as server:
        site = Site(server.web_port, server.process.pid)
        try:
            yield site
        finally:
            site.close()


def _paths(address: str, tokens: Sequence[str]) -> list[str]:
    in_two_weeks = datetime.now(world.ZONE).date() + timedelta(days=14)
    day = in_two_weeks - timedelta(days=in_two_weeks.weekday())
    return [f"/b/bench/{address.format(token=token, day=day)}" for token in tokens]
