"""The lines of `docs/imap.md` are run against a real Dovecot: a reply to the mailbox moves the booking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from rebook import check
from rebook.app import running
from rebook.config import load_config
from tests.mailin.door.watching import TAKEN, invited, raw, serving, taken, until
from tests.real.dovecot import HOST, PASSWORD, Dovecot, running_dovecot
from tests.story.mails import reply_to
from tests.story.salon import Clock, Salon

PAGE = Path(__file__).parents[2] / "docs" / "imap.md"
BLOCK = re.compile(r"^`(?P<file>[^`\n]+)`[^\n]*(?:\n[^\n`]+)*:\n\n```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SURROUNDINGS = """
[app]
base_url = "https://book.example.com"
secret_keys = ["a secret of the stories, 32 characters and more"]
[web]
listen = "127.0.0.1:0"
"""


def page() -> Mapping[str, str]:
    """Return the files that the page tells to write."""
    found = {block["file"]: block["text"] for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}
    assert list(found) == ["rebook.toml", "imap-url", "smtp-url"]
    return found


def write(folder: Path, dovecot: Dovecot) -> dict[str, str]:
    """Write the page's files; only where the servers are and the password are our own. Returns the environment."""
    for name, text in page().items():
        here = text.replace("imap.example.com", f"127.0.0.1:{dovecot.tls_port}")
        password = "".join(f"%{ord(char):02X}" for char in PASSWORD)
        (folder / name).write_text(here.replace("the-app-password", password))

    (folder / "rebook.toml").write_text(SURROUNDINGS + (folder / "rebook.toml").read_text())
    return {
        "REBOOK_MAIL__IMAP__TLS_CA": str(dovecot.certificate),
        "REBOOK_MAIL__OUT__URL": "maildir:{data_dir}/mail",
        "REBOOK_MAIL__IN__LISTEN": "127.0.0.1:0",
        "REBOOK_APP__DATA_DIR": str(folder),
    }


async def test_the_page_word_for_word(tmp_path: Path) -> None:
    """Issue 4: the IMAP walk works."""
    with running_dovecot() as dovecot:
        config, clock = load_config(tmp_path / "rebook.toml", write(tmp_path, dovecot)), Clock()
        async with running(config, only=("mail", "web"), clock=clock) as rebook:
            salon = Salon(tmp_path, config, rebook, clock)
            await serving(salon)
            confirmation = await invited(salon)

            dovecot.deliver("shop", raw(reply_to(confirmation, "Friday at 11:30 please", clock())))
            await taken(salon, 1)
            await until(lambda: list(dovecot.flags("shop", "Rebook").values()) == [TAKEN])

            assert confirmation["Reply-To"] == f"shop+{salon.tokens['jo']}@{HOST}"
            assert await salon.local_start() == "Fri 2026-11-27 11:30"
            assert dovecot.flags("shop") == {}


def test_the_page_is_found_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rebook check` has nothing to say of it while the server is there, and one line when it is not."""
    with running_dovecot() as dovecot:
        environment = write(tmp_path, dovecot)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

        there = check.find_problems(tmp_path / "rebook.toml")
        dovecot.stop()
        gone = check.find_problems(tmp_path / "rebook.toml")

    assert there == []
    assert [line.startswith("mail.imap.url: 127.0.0.1:") for line in gone] == [True]
