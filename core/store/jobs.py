"""Functions on their way from an event loop to a database thread, and their results on the way back."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from core.store.engine import StoreUnavailable, Tx

Result = TypeVar("Result")


@dataclass(slots=True)
class Job:
    """One function to run, who waits for it, and what came of it."""

    fn: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    waiter: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None


class Jobs:
    """A queue from any number of event loops to a number of threads."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False

    async def do(self, fn: Callable[[Tx], Result]) -> Result:
        """Queue *fn* and return what comes of it.

        Raises:
            StoreUnavailable: the queue is closed.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Result] = loop.create_future()
        with self._closing:
            if self._closed:
                raise StoreUnavailable("the store is closed")

            self._queue.put(Job(fn, loop, waiter))

        return await waiter

    def batches(self, size: int) -> Iterator[list[Job]]:
        """Yield what is queued, at most *size* jobs at a time, until the queue is closed and empty.

        Waits for the first job of a batch only: the rest of it is whoever came meanwhile.
        """
        while (job := self._queue.get()) is not None:
            batch = [job]
            with contextlib.suppress(Empty):
                while len(batch) < size and (job := self._queue.get_nowait()) is not None:
                    batch.append(job)

            yield batch
            if job is None:
                return

    def close(self, threads: int) -> None:
        """Refuse new jobs, and end each of this many *threads* once the queued ones are done."""
        with self._closing:
            if self._closed:
                return

            self._closed = True
            for _ in range(threads):
                self._queue.put(None)


def settle(jobs: Iterable[Job]) -> None:
    """Wake those who wait for *jobs*: one call per event loop, for each call costs it a system call."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)

    for loop, done in by_loop.items():
        with contextlib.suppress(RuntimeError):  # a closed loop: nobody is left there to wait
            loop.call_soon_threadsafe(_wake, done)


def _wake(jobs: list[Job]) -> None:
    for job in jobs:
        if job.waiter.done():  # cancelled while it waited
            continue

        match job.error:
            case None:
                job.waiter.set_result(job.value)
            case StopIteration() as error:  # a future cannot carry it, and its waiter would wait for ever
                wrapped = RuntimeError("the job raised StopIteration")
                wrapped.__cause__ = error
                job.waiter.set_exception(wrapped)
            case error:
                job.waiter.set_exception(error)
