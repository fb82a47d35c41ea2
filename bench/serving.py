"""`rebook serve` whose mail goes nowhere: says on stdout when each message was handed over. `round_trip` starts it.

With REBOOK_BENCH_PROFILE set to a file, it is profiled in all its threads; `python -m pstats FILE` shows it.
"""

from __future__ import annotations

import asyncio
import cProfile
import os
import pstats
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rebook import app
from rebook.config import Config, load_config
from rebook.logs import set_up_logs


class NullSender:
    """Takes mails away and says to whom, at which moment of the clock that all processes share."""

    async def send(self, raw: bytes, *, sender: str, to: str) -> None:  # noqa: ARG002 what a sender is given
        """Say one line, in one system call."""
        os.write(1, f"sent {to} {time.monotonic()}\n".encode())

    async def close(self) -> None:
        """Do nothing."""


def main(file: str, *roles: str) -> None:
    """Serve the config in *file* in these roles until SIGTERM."""
    set_up_logs("text")
    config = load_config(Path(file), {})
    app.new_mail_sender = _new_null_sender
    serving = partial(app.serve, config, only=roles or app.ROLES, ready=_ready)
    file_of_profile = os.environ.get("REBOOK_BENCH_PROFILE")
    if not file_of_profile or roles:
        asyncio.run(serving())
        return

    profiles = _Profiles(file_of_profile)
    with profiles.thread():
        asyncio.run(serving())

    profiles.write()


def _new_null_sender(config: Config) -> NullSender:  # noqa: ARG001 it goes nowhere, whatever is configured
    return NullSender()


def _ready(rebook: app.Running) -> None:
    port = 0 if rebook.listener is None else rebook.listener.port
    os.write(1, f"ready {port} {rebook.web_port or 0}\n".encode())


class _Profiles:
    """What each thread spent its processor time on, summed up when the threads have ended."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.profiles: list[cProfile.Profile] = []
        run = threading.Thread.run

        def profiled_run(thread: threading.Thread) -> None:
            with self.thread():
                run(thread)

        threading.Thread.run = profiled_run  # type: ignore[method-assign,assignment]  # the only way into the executor's threads

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Profile the thread that is in this block."""
        profile = cProfile.Profile(time.thread_time)
        self.profiles.append(profile)
        profile.enable()
        yield
        profile.disable()

    def write(self) -> None:
        """Write the sum, for `python -m pstats`."""
        total = pstats.Stats(*self.profiles)
        total.dump_stats(self.file)


if __name__ == "__main__":
    main(*sys.argv[1:])
