"""A real Postfix on loopback, run from a folder of its own, with `smtp-sink` as the rest of the world behind it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "postfix.md"
BLOCK = re.compile(r"^`(?P<file>[^`\n]+)`[^\n]*:\n\n```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDED = ("postfix", "postqueue", "smtp-sink", "smtp-source", "swaks")
SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"

SURROUNDINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.com
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_peername_lookup = no
relayhost = [127.0.0.1]:{sink}
in_flow_delay = 0
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
transport_retry_time = 1s
lmtp_destination_concurrency_failed_cohort_limit = 0
"""
"""What an installation has already, and less patience than in earnest."""

SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def missing() -> str | None:
    """Return in one line what this machine lacks, None if a Postfix can be run here."""
    lacking = [name for name in NEEDED if shutil.which(name, path=SYSTEM_PATH) is None]
    if lacking:
        return f"install postfix and swaks for these tests ({', '.join(lacking)} missing)"

    return None if os.geteuid() == 0 else "Postfix can be started by root alone"


def skip_without_postfix() -> None:
    """Skip where Postfix is missing; under CI that is a failure."""
    reason = missing()
    if reason is not None:
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def blocks(page: Path = PAGE) -> list[tuple[str, str]]:
    """Return the blocks of the page that are contents of a file or lines for a shell, each with the file's name."""
    return [(found["file"], found["text"]) for found in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def block(name: str, number: int = 0) -> str:
    """Return the *number*-th block of the page for the file of this name."""
    return [text for file, text in blocks() if file == name][number]


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Postfix:
    """A running Postfix: mail comes in at `port`, what it sends to the world lies in `sunk`."""

    folder: Path
    port: int

    @property
    def config(self) -> Path:
        """The folder of its main.cf."""
        return self.folder / "etc"

    @property
    def log(self) -> str:
        """All that it has logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def queue(self) -> list[Mapping[str, object]]:
        """Return what lies in its queue."""
        said = command("postqueue", "-c", str(self.config), "-j")
        return [json.loads(line) for line in said.stdout.splitlines()]

    async def until_empty(self, *, seconds: float = 30) -> None:
        """Wait until it holds no mail."""
        async with asyncio.timeout(seconds):
            while await asyncio.to_thread(self.queue):
                await asyncio.sleep(0.1)

    async def until_logged(self, pattern: str, *, seconds: float = 20) -> re.Match[str]:
        """Wait until its log holds *pattern*; return where."""
        async with asyncio.timeout(seconds):
            while True:
                found = re.search(pattern, self.log)
                if found:
                    return found

                await asyncio.sleep(0.05)

    def sunk(self) -> list[EmailMessage]:
        """Return the mails that the world behind it has taken; `X-Rcpt-Args` is the envelope's recipient."""
        files = sorted((self.folder / "sunk").glob("mail.*"))
        parser = BytesParser(policy=policy.default)
        # What is being written has no end of its headers yet.
        return [parser.parsebytes(raw) for raw in (file.read_bytes() for file in files) if b"\n\n" in raw]

    async def until_sunk(self, count: int, *, seconds: float = 20) -> list[EmailMessage]:
        """Wait until the world has so many mails, and return them."""
        async with asyncio.timeout(seconds):
            while len(self.sunk()) < count:
                await asyncio.sleep(0.05)

        await self.until_empty()
        return self.sunk()

    def forget(self) -> None:
        """Take away what the world has, and what was logged."""
        for file in (self.folder / "sunk").glob("mail.*"):
            file.unlink()

        (self.folder / "log").write_text("")


def command(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of the system to its end."""
    environment = {**os.environ, "PATH": SYSTEM_PATH}
    return subprocess.run(words, capture_output=True, text=True, check=check, env=environment, timeout=60)


@contextmanager
def a_postfix(main: str, replaced: Mapping[str, str], extra: Sequence[str] = ()) -> Iterator[Postfix]:
    """Run a Postfix with the lines *main* of the page, ports *replaced*, and *extra* lines in main.cf."""
    folder = Path(tempfile.mkdtemp(prefix="rebook-postfix-"))
    try:
        folder.chmod(0o755)  # its processes run as another user
        postfix, sink = Postfix(folder, free_port()), free_port()
        lines = [SURROUNDINGS.format(folder=folder, sink=sink), with_replaced(main, replaced), *extra, ""]
        _write(postfix, "\n".join(lines))
        with _sink(folder / "sunk", sink):
            command("postfix", "-c", str(postfix.config), "start")
            try:
                yield postfix
            finally:
                command("postfix", "-c", str(postfix.config), "stop", check=False)
    finally:
        shutil.rmtree(folder)


def with_replaced(text: str, replaced: Mapping[str, str]) -> str:
    """Return *text* with the places of the page (ports, folders) turned into those of the test."""
    for place, ours in replaced.items():
        text = text.replace(place, ours)

    return text


def _write(postfix: Postfix, main: str) -> None:
    folder = postfix.folder
    for name in ("etc", "queue", "data", "sunk"):
        (folder / name).mkdir()

    for name in ("data", "sunk"):
        shutil.chown(folder / name, "postfix")

    (postfix.config / "main.cf").write_text(main.replace("/etc/postfix/", f"{postfix.config}/"))
    (postfix.config / "master.cf").write_text(SERVICES.format(port=postfix.port))
    for file, text in blocks():
        path = Path(file)
        if path.parent == Path("/etc/postfix") and path.name != "main.cf":
            (postfix.config / path.name).write_text(text)


@contextmanager
def _sink(folder: Path, port: int) -> Iterator[None]:
    words = ("smtp-sink", "-u", "postfix", "-d", f"{folder}/mail.%S.", f"127.0.0.1:{port}", "100")
    process = subprocess.Popen(words, env={**os.environ, "PATH": SYSTEM_PATH}, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
