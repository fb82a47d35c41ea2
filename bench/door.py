"""How many mails the door takes durably, against the same door that stores nothing: 10 sessions, 4 KB each.

Both serve at the same time, in processes of their own, and are written to by turns: what else the machine does hits
both alike.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from bench import world
from bench.result import Result
from bench.round_trip import Server, serving

SESSIONS = 10
MAILS = 400
"""A round: some half a second."""

ROUNDS = 9
OCTETS = 4_096
TARGET = 0.6
LINE = b"Could we do Tuesday 1 December at 11:30 instead of the time that we had? \r\n"


def measure() -> list[Result]:
    """Measure rates by turns; the ratio is the median of those of neighbouring rounds."""
    with tempfile.TemporaryDirectory() as folder:
        config = world.write_config(Path(folder))
        tokens = asyncio.run(world.load(config, world.shared_salon(200)))
        return asyncio.run(_measure(config, list(tokens.values())))


async def _measure(config: Path, tokens: Sequence[str]) -> list[Result]:
    async with AsyncExitStack() as stack:
        kinds = ("storing", "forgetting")
        doors = [
            await stack.enter_async_context(serving(str(config), kind, module="bench.door_serving", profiled=False))
            for kind in kinds
        ]
        for door in doors:
            await _write(door, tokens)

        cpu = [door.cpu() for door in doors]
        rates = [[MAILS / await _write(door, tokens) for door in doors] for _ in range(ROUNDS)]
        spent = [(door.cpu() - before) / MAILS / ROUNDS * 1000 for door, before in zip(doors, cpu, strict=True)]

    durable, floor = (median(rate) for rate in zip(*rates, strict=True))
    ratio = median(stored / forgotten for stored, forgotten in rates)
    return [
        Result(
            "mails accepted durably",
            f"{durable:.0f}/s",
            f"{ratio:.0%} of {floor:.0f}/s storing nothing",
            f">= {TARGET:.0%}",
            ratio >= TARGET,
        ),
        Result("  processor time each", f"{spent[0]:.2f} ms", f"{spent[1]:.2f} ms storing nothing"),
    ]


async def _write(door: Server, tokens: Sequence[str]) -> float:
    """Send the mails of one round over the sessions; return the seconds that it took."""
    streams = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(SESSIONS)]
    for reader, writer in streams:
        writer.write(b"EHLO bench.example\r\n")
        while not (await reader.readline()).startswith(b"250 "):
            pass

    began = time.monotonic()
    await asyncio.gather(
        *(_session(*stream, tokens[number::SESSIONS]) for number, stream in enumerate(streams)),
    )
    taken = time.monotonic() - began
    for _, writer in streams:
        writer.close()

    return taken


async def _session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tokens: Sequence[str]) -> None:
    for number in range(MAILS // SESSIONS):
        to = f"reply+{tokens[number % len(tokens)]}@{world.DOMAIN}"
        writer.write(f"MAIL FROM:<jo@guest.example>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode())
        while not (line := await reader.readline()).startswith(b"354"):
            assert line.startswith(b"2"), line

        writer.write(MAIL)
        line = await reader.readline()
        assert line.startswith(b"250"), line


HEAD = b"From: jo@guest.example\r\nSubject: Re: Your appointment\r\nMessage-ID: <1@guest.example>\r\n\r\n"
MAIL = HEAD + LINE * ((OCTETS - len(HEAD)) // len(LINE)) + b".\r\n"
