"""Waiting for what comes next: a heart that beats whenever something happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 10.0
"""Seconds that a test waits for what must come; only a failing test waits them out."""


class Pulse:
    """Wakes everybody who waits, so that each looks whether what he waits for is there."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def beat(self) -> None:
        """Something happened."""
        over, self._next = self._next, asyncio.Event()
        over.set()

    async def within(self, seconds: float, holds: Callable[[], object]) -> bool:
        """Wait until *holds*, for so many seconds at most, and say whether it did."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    await self._next.wait()
        except TimeoutError:
            return False

        return True

    async def until(self, holds: Callable[[], object], otherwise: Callable[[], str], seconds: float = PATIENCE) -> None:
        """Wait until *holds*; fail with the words of *otherwise* if it never does."""
        if not await self.within(seconds, holds):
            raise AssertionError(otherwise())
