from __future__ import annotations

import json
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest

from tests.crash.serving import Postman, Rebook, fetch, full_book, load, write_post

Down = Callable[[Rebook], AbstractContextManager[None]]


@contextmanager
def locked(rebook: Rebook) -> Iterator[None]:
    """Another program holds the database for writing, longer than Rebook's patience."""
    with closing(sqlite3.connect(rebook.config.database.path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def full(rebook: Rebook) -> Iterator[None]:
    """Nothing that the process writes reaches any file."""
    if not hasattr(resource, "prlimit") and "CI" not in os.environ:
        pytest.skip("needs prlimit, which Linux has")

    soft, hard = resource.prlimit(rebook.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(rebook.pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.prlimit(rebook.pid, resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("down", [locked, full])
async def test_a_database_that_cannot_serve_says_so_and_loses_nothing(rebook: Rebook, down: Down) -> None:
    """L2: 451 while it cannot store, 503 at /healthz; the sender's retry is taken, and all is answered, once."""
    tokens = await load(rebook.config, full_book(2))
    first = write_post("g0", tokens["g0"], "Is there parking near the entrance?")
    second = write_post("g1", tokens["g1"], "Is there parking near the entrance?")
    await rebook.start()
    postman = Postman(rebook)
    assert rebook.port is not None
    assert (await fetch(rebook, "/healthz"))[0] == 200

    await postman.deliver(first)
    with down(rebook):
        health = await fetch(rebook, "/healthz")
        refused = await postman.try_once(second, rebook.port)

    await postman.deliver(second)
    await rebook.until_quiet()

    assert refused.startswith("451")
    assert health[0] == 503
    assert json.loads(health[2])["serving"]["database"] is False
    assert (await fetch(rebook, "/healthz"))[0] == 200
    answers = sorted(str(mail["In-Reply-To"]) for mail in rebook.mails() if mail["In-Reply-To"])
    assert answers == sorted([first.id, second.id])
    assert await rebook.stop() == 0


async def test_a_process_that_starts_while_the_database_is_locked_waits_for_it(rebook: Rebook) -> None:
    tokens = await load(rebook.config, full_book(1))
    post = write_post("g0", tokens["g0"], "Is there parking near the entrance?")

    with locked(rebook):
        await rebook.start()
        assert rebook.port is not None
        assert (await Postman(rebook).try_once(post, rebook.port)).startswith("451")

    await Postman(rebook).deliver(post)
    await rebook.until_quiet()

    assert [mail["In-Reply-To"] for mail in rebook.mails() if mail["In-Reply-To"]] == [post.id]
