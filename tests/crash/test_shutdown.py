from __future__ import annotations

import asyncio
import signal
import time

from tests.crash.serving import Postman, Rebook, full_book, load, write_post


async def test_a_mail_half_sent_at_sigterm_is_taken_over_and_answered_after_the_next_start(rebook: Rebook) -> None:
    """L2: what was begun is finished: 250 means stored, the exit code is 0, and it takes no longer than the mail."""
    tokens = await load(rebook.config, full_book(1))
    await rebook.start()
    port = rebook.port
    stopped = asyncio.Event()

    def stop_at_half(step: str) -> None:
        if step == "half":
            rebook.signal(signal.SIGTERM)
            stopped.set()

    post = write_post("g0", tokens["g0"], "Is there parking near the entrance?")
    postman = Postman(rebook, stop_at_half, pause=0.3)
    began = time.monotonic()
    assert port is not None
    answer, code = await asyncio.gather(postman.try_once(post, port), rebook.end())
    taken = time.monotonic() - began

    assert stopped.is_set()
    assert answer.startswith("250")
    assert code == 0
    assert taken < 3
    assert rebook.rows("SELECT count(*) FROM inbox") == [(1,)]

    await rebook.start()
    await rebook.until_quiet()
    assert [str(mail["In-Reply-To"]) for mail in rebook.mails() if mail["In-Reply-To"] == post.id] == [post.id]
    assert await rebook.stop() == 0


async def test_an_idle_process_ends_at_once(rebook: Rebook) -> None:
    await load(rebook.config, full_book(1))
    await rebook.start()
    began = time.monotonic()

    assert await rebook.stop() == 0
    assert time.monotonic() - began < 2
