from __future__ import annotations

import io
import json
import logging
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebook.logs import LONGEST, redact_text, set_up_logs

TOKEN = "abcdefgh234567" * 3
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"

log = logging.getLogger("mailin.somewhere")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook, sys.unraisablehook)
    show_warning = warnings.showwarning
    yield
    logging.captureWarnings(capture=False)
    warnings.showwarning = show_warning
    root.handlers, root.level = handlers, level
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def fail_with(text: str) -> None:
    raise ValueError(text)


def test_a_line_of_json_holds_the_event_and_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")

    log.warning("mail %s stored", 7, extra={"recipients": 2})

    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {"event": "mail 7 stored", "level": "warning", "logger": "mailin.somewhere", "recipients": 2}


def test_a_line_of_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("text")

    log.warning("mail %s stored", 7, extra={"recipients": 2, "subject": "Re: your visit"})

    _, line = capsys.readouterr().err.split(" ", 1)
    assert line == "warning  mailin.somewhere: mail 7 stored recipients=2 subject='Re: your visit'\n"


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (TOKEN, "[token]"),
        (TOKEN.upper(), "[token]"),
        (
            f"https://book.example/b/nova/manage/{TOKEN}?from=mail",
            "https://book.example/b/nova/manage/[token]?from=mail",
        ),
        (f"https://t.me/bot?start={TOKEN}.", "https://t.me/bot?start=[token]."),
        (f"<reply+{TOKEN}@reply.example.com>", "<reply+[token]@reply.example.com>"),
        (f"reply%2B{TOKEN}%40reply.example.com", "reply+[token]%40reply.example.com"),
        (f"REPLY+{TOKEN.upper()}@reply.example.com", "REPLY+[token]@reply.example.com"),
        (f"{TOKEN[:30]}=\r\n{TOKEN[30:]} tail", "[token] tail"),
        (f"{TOKEN[:30]}\n> {TOKEN[30:]}", "[token]"),
        ("mailto:cal+k3Y_9-x@reply.example.com", "mailto:cal+[token]@reply.example.com"),
        ("jo.smith@example.org wrote", "j…@example.org wrote"),
        ('"Jo" <jo@example.org>, ana@nova.example', '"Jo" <j…@example.org>, a…@nova.example'),
        ("zoë@exämple.org", "z…@exämple.org"),
        ("smtp://user:password@mail.example.com:587", "smtp://user:p…@mail.example.com:587"),
        ("K7Q-2MX at 15:00", "K7Q-2MX at 15:00"),
    ],
)
def test_tokens_and_addresses_are_taken_out(said: str, logged: str) -> None:
    """T5: wherever a token stands, and however mail systems have bent it (T2)."""
    assert redact_text(said) == logged


@given(st.text(ALPHABET, min_size=42, max_size=42), st.text(max_size=40), st.text(max_size=40))
def test_no_token_survives_whatever_stands_around_it(token: str, before: str, after: str) -> None:
    """T5"""
    assert token not in redact_text(before + token + after)


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize(
    "values",
    [
        {"url": f"/b/nova/manage/{TOKEN}"},
        {"recipients": [f"reply+{TOKEN}@reply.example.com"]},
        {"headers": {TOKEN: [{"to": (TOKEN,)}]}},
        {"raw": f"To: {TOKEN}".encode()},
        {"error": ValueError(TOKEN)},
        {TOKEN: 1},
    ],
)
def test_no_value_carries_a_token(style: Any, values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """T5"""
    set_up_logs(style)

    log.info("seen %s", f"also {TOKEN}", extra=values)

    written = capsys.readouterr().err
    assert TOKEN not in written
    assert written.count("[token]") >= 2
    assert len(written.splitlines()) == 1


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_traceback_carries_a_token(style: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """T5: the error, what caused it and its notes."""
    set_up_logs(style)

    try:
        try:
            fail_with(f"first {TOKEN}")
        except ValueError as first:
            first.add_note(f"while reading {TOKEN}")
            raise RuntimeError(f"then {TOKEN}") from first
    except RuntimeError:
        log.exception("broken")

    written = capsys.readouterr().err
    assert TOKEN not in written
    assert "RuntimeError: then [token]" in written
    assert "ValueError: first [token]" in written
    assert "while reading [token]" in written


def test_the_uncaught_goes_through_the_same_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """T5: a thread that dies, and the last words of the process."""
    set_up_logs("text")

    thread = threading.Thread(target=fail_with, args=(f"thread {TOKEN}",))
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(f"main {TOKEN}"), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    written = capsys.readouterr().err
    assert TOKEN not in written
    assert "ValueError: thread [token]" in written
    assert "ValueError: main [token]" in written
    assert "KeyboardInterrupt" not in written


@pytest.mark.parametrize("library", ["aiohttp.access", "sqlalchemy.engine", "asyncio"])
def test_libraries_are_heard_when_they_warn(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")

    logging.getLogger(library).info("step %s", TOKEN)
    logging.getLogger(library).warning("trouble %s", TOKEN)

    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "trouble [token]"


def test_setting_up_again_changes_the_style_and_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("text")
    set_up_logs("json")

    log.info("once")

    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "once"


def test_a_stranger_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """L1: line ends and terminal codes in a logged value stay inside its line."""
    set_up_logs("text")

    log.info("subject %s", "x\nforged line", extra={"subject": "\x1b[31mred\r\nforged"})

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_line_that_cannot_be_written_does_not_show_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    """T5: the standard library would print the arguments."""
    logging.getLogger().handlers = []  # pytest's own would raise
    set_up_logs("text")

    log.info("%d", TOKEN)

    assert capsys.readouterr().err == "a log line of mailin.somewhere could not be written: TypeError\n"


def test_a_closed_stderr_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    set_up_logs("text")

    log.warning("nobody reads this")


def test_a_huge_value_is_cut_and_hides_a_token_at_the_cut() -> None:
    """L1, T5"""
    redacted = redact_text(" " * (LONGEST - 5) + TOKEN + "x" * LONGEST)

    assert len(redacted) == LONGEST + 1
    assert "abc" not in redacted


@pytest.mark.parametrize("piece", ["a", "a-", "a@", "a\n", "a=\n>", "reply+", "reply+a@"])
def test_redaction_takes_no_time_over_hostile_text(piece: str) -> None:
    """L1: not a tenth of a second for a whole mail."""
    text = piece * (1_048_576 // len(piece))
    started = time.process_time()

    redact_text(text)

    assert time.process_time() - started < 0.1
