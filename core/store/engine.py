"""What a store is to the rest of Rebook: transactions as plain functions, and the ways they can fail. No driver here.

StoreError
├── LawBroken            a rule of the schema refused the change
│   ├── SlotTaken        the overlap law
│   └── SeatsGone        the group session is full
└── StoreUnavailable     locked, full, broken or closed
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy.sql.expression import Executable

from core.store.prepared import Prepared, Row, prepare

__all__ = [
    "LawBroken",
    "Prepared",
    "Row",
    "SeatsGone",
    "SlotTaken",
    "Statement",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "Tx",
    "prepare",
]

Statement = Prepared | Executable
"""What a transaction runs: a prepared statement, or a Core statement made on the spot (compiled each time)."""

Result = TypeVar("Result")


class StoreError(Exception):
    """The database did not do what was asked; nothing of the job that asked is kept."""


class LawBroken(StoreError):
    """A rule of the schema refused the change: a key used twice, a row that is not there, history rewritten.

    A job must not go on after it: PostgreSQL takes no further statement in that transaction.
    """


class SlotTaken(LawBroken):
    """The overlap law refused the span: another occupancy of this performer reaches into it (SPEC V2)."""


class SeatsGone(LawBroken):
    """The group session has fewer seats left than were asked for (SPEC V4)."""


class StoreUnavailable(StoreError):
    """The database cannot serve now: locked by another process, disk full, I/O error, or closed.

    Nothing of the job is kept, unless power was lost in the middle of the commit. Trying again later is right.
    """


class Tx(Protocol):
    """One transaction. Valid only inside the function it was given to.

    Values are given by name (see `prepare`). Every method raises `LawBroken` or `StoreUnavailable`, TypeError for a
    missing or unknown value, and ValueError for a naive time.
    """

    def all(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Return every row of the result."""
        ...

    def first(self, statement: Statement, /, **values: Any) -> Row | None:
        """Return the first row of the result, or None when there is none."""
        ...

    def run(self, statement: Statement, /, **values: Any) -> int:
        """Run a change and return how many rows it touched."""
        ...

    def insert(self, statement: Statement, /, **values: Any) -> int:
        """Insert one row and return its id; 0 when a conflict clause kept it out."""
        ...


class Store(Protocol):
    """A database. May be used from several event loops at once."""

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        """Return what *fn* makes of one consistent view of the database; it cannot write.

        Raises:
            StoreUnavailable: the database cannot serve now.
        """
        ...

    async def glance(self, fn: Callable[[Tx], Result]) -> Result:
        """Do what `read` does for a few rows of one booking, which takes less than the way to another thread.

        *fn* may hold up the event loop: nothing whose length depends on how much there is.

        Raises:
            StoreUnavailable: the database cannot serve now.
        """
        ...

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        """Run *fn* in a transaction; return its result once that is durable.

        *fn* runs in another thread, among other jobs: no await, no network, no clock; it takes ids and `now` as
        inputs. When it raises, its changes alone are undone and the exception is raised here. A caller that is
        cancelled while waiting does not undo it.

        Raises:
            LawBroken: the schema refused a change.
            StoreUnavailable: the database cannot serve now, nothing was kept.
        """
        ...

    async def version(self) -> int:
        """Return a number that differs from the last one whenever anyone, also another process, committed between."""
        ...

    async def check(self) -> None:
        """Prove by writing that the database can serve now; what it holds stays as it is.

        Raises:
            StoreUnavailable: it cannot; being locked by another process shows only after the store's patience.
        """
        ...

    async def close(self) -> None:
        """Finish what was asked for, then let the database go; later calls raise StoreUnavailable."""
        ...
