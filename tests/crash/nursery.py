"""Serves Rebook until it is killed, again and again; `serving.py` starts it.

For each line on standard input (where to log, in which style, from which level) it forks a child that runs
`rebook.app.serve`: a real process with real ports, for the price of a fork, because what is imported and compiled
stays so. The child says `ready PID SMTP WEB`; when it is dead, `dead PID CODE` follows.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import Any

from core.phrases import load_phrases
from core.store.sqlite import SqliteStore
from core.understand.lexicon import available_languages, load_lexicon
from mailin.out.compose import mail_templates
from rebook.app import Running, serve
from rebook.config import Config, load_config
from rebook.logs import set_up_logs
from web.site import page_templates


def main(file: str) -> None:
    """Fork a server for each line, one after another."""
    config = load_config(Path(file), {})
    _warm_up()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_child(config, json.loads(line)))

        _, status = os.waitpid(pid, 0)
        _say(f"dead {pid} {os.waitstatus_to_exitcode(status)}")


def _warm_up() -> None:
    for language in available_languages():
        load_lexicon(language)

    # Less patient than in earnest: the tests lock the database for longer than this.
    SqliteStore.open = partial(SqliteStore.open, patience=0.5)  # type: ignore[method-assign]
    load_phrases()
    mail_templates()
    page_templates()
    gc.freeze()


def _child(config: Config, wanted: dict[str, Any]) -> int:
    descriptor = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)
    set_up_logs(wanted["style"])
    logging.getLogger().setLevel(wanted["level"])
    for name in list(logging.root.manager.loggerDict) if wanted["level"] == "DEBUG" else ():
        logging.getLogger(name).setLevel(logging.DEBUG)

    try:
        asyncio.run(serve(config, ready=_ready), debug=wanted["level"] == "DEBUG")
    except BaseException:  # noqa: BLE001 the test reads of it
        traceback.print_exc()
        return 1

    return 0


def _ready(rebook: Running) -> None:
    port = 0 if rebook.listener is None else rebook.listener.port
    _say(f"ready {os.getpid()} {port} {rebook.web_port}")


def _say(line: str) -> None:
    """Tell the test, in one system call, so that lines of two processes do not mix."""
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
