from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import aiohttp
import pytest

from tests.crash.serving import Post, Postman, Rebook, coming_workday, fetch, full_book, load, write_post

TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
GUESTS = 4


@pytest.mark.parametrize("style", ["text", "json"])
async def test_no_token_stands_in_a_log_title_metric_or_referrer(rebook: Rebook, style: str) -> None:
    """T5: through a whole conversation at the most talkative level, with everything going wrong that can."""
    rebook.log_style, rebook.log_level = style, "DEBUG"
    tokens = await load(rebook.config, full_book(GUESTS), notify=True)
    secrets = list(tokens.values())
    await rebook.start()

    pages = await talk(rebook, secrets)
    metrics = (await fetch(rebook, "/metrics"))[2]
    assert await rebook.stop() == 0

    log = rebook.log.read_text()
    assert "StoreUnavailable" in log
    assert len(log) > 2_000
    assert_no_token(log, secrets)
    assert 'rebook_bookings{status="confirmed"} 4.0' in metrics
    assert "rebook_outbox_messages" in metrics
    assert_no_token(metrics, secrets)
    assert "guest.example" not in metrics
    for status, headers, body in pages:
        assert headers["Referrer-Policy"] == "no-referrer", status
        assert_no_token(" ".join(TITLE.findall(body)), secrets)
        assert status < 400 or not any(secret in body for secret in secrets)


async def talk(rebook: Rebook, secrets: list[str]) -> list[tuple[int, dict[str, str], str]]:
    """Do all that a token can be part of, well and badly; return the pages that were seen."""
    postman = Postman(rebook)
    day = coming_workday(20)
    await postman.deliver(write_post("g0", secrets[0], f"Could we do {day.day} {day:%B} at 11:30 instead?"))
    await postman.deliver(write_post("g1", secrets[1], f"My link is /b/nova/manage/{secrets[1]}, please cancel"))
    await postman.deliver(write_post("stranger", secrets[2], "Please cancel"))
    broken = write_post("g3", secrets[3], "\x00\x01 =?utf-8?b?////?=")
    broken.raw = b"Content-Type: multipart/mixed; boundary=x\r\nSubject: " + secrets[3].encode() + b"\r\n\r\n--x\r\n"
    await postman.deliver(broken)
    await rebook.until_quiet()

    forged = [secret[:-1] + ("a" if secret[-1] != "a" else "b") for secret in secrets]
    pages = [await fetch(rebook, f"/b/nova/{page}/{secrets[0]}") for page in ("manage", "reschedule", "cancel")]
    pages += [await fetch(rebook, f"/b/nova/{page}/{forged[0]}") for page in ("manage", "nonsense")]
    pages += [await fetch(rebook, f"/nonsense/{secrets[0]}?token={secrets[0]}")]
    with closing(sqlite3.connect(rebook.config.database.path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        pages.append(await submit(rebook, f"/b/nova/cancel/{secrets[0]}", pages[2][2]))
        answers = [await _refused(rebook, write_post("g0", token, "Hello")) for token in (secrets[0], forged[0])]
        connection.execute("ROLLBACK")

    assert pages[-1][0] >= 500
    assert [answer[:3] for answer in answers] == ["451", "550"]
    return pages


async def submit(rebook: Rebook, path: str, page: str) -> tuple[int, dict[str, str], str]:
    """Send the form of *page* and return what comes."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    origin = f"http://127.0.0.1:{rebook.web_port}"
    async with (
        aiohttp.ClientSession() as web,
        web.post(f"{origin}{path}", data=fields, headers={"Origin": origin}) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.text()


def assert_no_token(text: str, secrets: list[str]) -> None:
    """Nothing of *text*, whatever stands between its characters or however they are cased, holds a token's half."""
    flat = re.sub(r"[^a-z2-7]", "", text.lower())
    assert [secret for secret in secrets if secret[:21] in flat or secret[-21:] in flat] == []


async def _refused(rebook: Rebook, post: Post) -> str:
    assert rebook.port is not None
    try:
        return await Postman(rebook).try_once(post, rebook.port)
    except ConnectionAbortedError as refusal:
        return str(refusal)
