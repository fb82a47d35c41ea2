"""Working on a mail without holding up the loop: small ones at once, large ones in a thread (SPEC L1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

SMALL = 8_192
"""Octets of a mail that is worked on at once: in well under a millisecond, or a few at the worst."""

Result = TypeVar("Result")


async def aside(size: int, work: Callable[..., Result], *given: object) -> Result:
    """Do *work* on a mail of *size* octets without holding up the loop: a small one takes less than the way there."""
    return work(*given) if size <= SMALL else await asyncio.to_thread(work, *given)
