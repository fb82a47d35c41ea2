"""Reply → moved → answer handed to the sender, through the real SMTP port of a serving process.

The load comes from this process, so that the server has its own interpreter. The floor is the same mails to a server
that only stores them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.result import Result, share
from bench.world import Trip

ROOT = Path(__file__).parents[1]
IDLE_TRIPS = 60
WARM_TRIPS = 200
LOADED_TRIPS = 1200
CLIENTS = 24
TICKS = os.sysconf("SC_CLK_TCK")
FASTEST_MS, LEAST_RATE, MOST_MIB = 50, 150, 110


@dataclass
class Server:
    """A serving process, and who waits for an answer of it."""

    process: asyncio.subprocess.Process
    port: int = 0
    web_port: int = 0
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    handed_over: int = 0

    def answered(self, guest: str) -> asyncio.Future[float]:
        """Return what will be the moment at which the next mail to *guest* was handed to the sender."""
        self.waiting[guest] = asyncio.get_running_loop().create_future()
        return self.waiting[guest]

    async def listen(self) -> None:
        """Read what the server says until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            _, to, moment = line.decode().split()
            self.handed_over += 1
            waiter = self.waiting.pop(to, None)
            if waiter is not None:
                waiter.set_result(float(moment))

    def cpu(self) -> float:
        """Return the processor seconds used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Return the resident size in MiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def measure(config: Path, trips: Sequence[Trip]) -> list[Result]:
    """Measure latency, rate, cost and size over the database of *config*; each trip is used once."""
    supply = iter(trips)
    async with serving(str(config)) as server:
        await _run(server, supply, WARM_TRIPS, CLIENTS)
        idle = [await _trip(server, next(supply)) for _ in range(IDLE_TRIPS)]
        cpu, mails = server.cpu(), server.handed_over
        loaded, seconds = await _run(server, supply, LOADED_TRIPS, CLIENTS)
        cpu, mails = server.cpu() - cpu, server.handed_over - mails
        size = server.memory()

    async with serving(str(config), "mail") as door:
        floor_cpu = door.cpu()
        floor_seconds = await _store_only(door, supply, LOADED_TRIPS)
        floor_cpu = door.cpu() - floor_cpu

    rate, floor = LOADED_TRIPS / seconds, LOADED_TRIPS / floor_seconds
    typical = median(idle) * 1000
    return [
        Result("reply to answer, idle", f"{typical:.1f} ms", "", f"<= {FASTEST_MS} ms", typical <= FASTEST_MS),
        Result("  slowest tenth of those", f"{share(idle, 0.9) * 1000:.1f} ms"),
        Result(
            "full round trips",
            f"{rate:.0f}/s",
            f"{rate / floor:.0%} of {floor:.0f}/s stored only",
            f">= {LEAST_RATE}/s",
            rate >= LEAST_RATE,
        ),
        Result(f"  median with {CLIENTS} at once", f"{median(loaded) * 1000:.0f} ms"),
        Result(
            "  processor time each",
            f"{cpu / LOADED_TRIPS * 1000:.2f} ms",
            f"{floor_cpu / LOADED_TRIPS * 1000:.2f} ms stored only",
        ),
        Result("  mails handed over each", f"{mails / LOADED_TRIPS:.1f}"),
        Result("serve, 10,000 bookings", f"{size:.0f} MiB", "", f"<= {MOST_MIB} MiB", size <= MOST_MIB),
    ]


@asynccontextmanager
async def serving(*arguments: str, module: str = "bench.serving", profiled: bool = True) -> AsyncIterator[Server]:
    """Run *module* with these arguments until the block ends; REBOOK_BENCH_PROFILE counts only for one *profiled*."""
    environment = dict(os.environ)
    if not profiled:
        environment.pop("REBOOK_BENCH_PROFILE", None)

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    server = Server(process)
    word, *ports = (await process.stdout.readline()).decode().split()
    assert word == "ready"
    server.port, server.web_port = map(int, ports)
    listening = asyncio.create_task(server.listen())
    try:
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
        await listening


async def _run(server: Server, supply: Iterator[Trip], count: int, clients: int) -> tuple[list[float], float]:
    """Make *count* trips, so many *clients* at once; return how long each took, and all of them."""
    taken: list[float] = []

    async def client(share: int) -> None:
        taken.extend([await _trip(server, next(supply)) for _ in range(share)])

    began = time.monotonic()
    await asyncio.gather(*(client(count // clients) for _ in range(clients)))
    return taken, (time.monotonic() - began) * count / len(taken)


async def _trip(server: Server, trip: Trip) -> float:
    """Reply as a mail server that connects for each mail; return the seconds until the answer was handed over."""
    mail = trip.mail()
    answer = server.answered(trip.guest)
    began = time.monotonic()
    await _send(server.port, trip, mail)
    return await asyncio.wait_for(answer, 30) - began


async def _store_only(server: Server, supply: Iterator[Trip], count: int) -> float:
    async def client(share: int) -> None:
        for _ in range(share):
            trip = next(supply)
            await _send(server.port, trip, trip.mail())

    began = time.monotonic()
    await asyncio.gather(*(client(count // CLIENTS) for _ in range(CLIENTS)))
    return time.monotonic() - began


async def _send(port: int, trip: Trip, mail: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    to = f"reply+{trip.token}@reply.bench.example"
    writer.write(f"EHLO bench.example\r\nMAIL FROM:<{trip.guest}>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode())
    while not (line := await reader.readline()).startswith(b"354"):
        assert line[:1] in b"23", line

    writer.write(mail + b".\r\n")
    taken = await reader.readline()
    assert taken.startswith(b"250"), taken
    writer.close()
