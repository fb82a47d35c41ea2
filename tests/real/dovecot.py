"""A Dovecot of its own for the tests: on loopback, from a temporary folder, as root or as anybody else.

    with running_dovecot() as dovecot:
        dovecot.deliver("shop1", raw)

Mail is delivered as a mail server does it with a Maildir; what happened to it is looked at with `imaplib`.
"""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

import pytest

HOST = "example.com"
PASSWORD = 'an app "password" \\ of the tests'
ACCOUNTS = ("shop", *(f"shop{number}" for number in range(1, 41)))
START_SECONDS = 15

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
mail_location = maildir:{folder}/mail/%n
mail_uid = {mail_user}
mail_gid = {mail_group}
first_valid_uid = 1
maildir_stat_dirs = yes
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = home={folder}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{more}
"""


@dataclass
class Dovecot:
    """A server that listens on `port` without and on `tls_port` with TLS, `certificate` being its own authority."""

    folder: Path
    port: int
    tls_port: int
    more: str = ""
    delivered: int = field(default=0, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    accounts: Iterator[str] = field(default_factory=lambda: iter(ACCOUNTS[1:]), init=False)

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def url(self, account: str, *, tls: bool = False, password: str = PASSWORD, folder: str = "INBOX") -> str:
        """Return what stands in `mail.imap.url` for the mailbox *account*."""
        quoted = "".join(char if char.isalnum() else f"%{ord(char):02X}" for char in password)
        scheme, port = ("imaps", self.tls_port) if tls else ("imap", self.port)
        return f"{scheme}://{account}%40{HOST}:{quoted}@127.0.0.1:{port}/{folder}"

    def start(self) -> None:
        """Start, and return once it listens."""
        command = ["dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]
        with (self.folder / "errors").open("ab") as errors:
            self.process = subprocess.Popen(command, stdout=errors, stderr=errors)

        deadline = time.monotonic() + START_SECONDS
        while not _listens(self.port):
            assert self.process.poll() is None, (self.folder / "errors").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop, and return once nothing listens."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(START_SECONDS)

    def kick(self, account: str) -> None:
        """Close every connection of a mailbox."""
        command = ["doveadm", "-c", str(self.folder / "dovecot.conf"), "kick", f"{account}@{HOST}"]
        subprocess.run(command, capture_output=True, timeout=30, check=False)  # 68 where nobody is connected

    def deliver(self, account: str, raw: bytes, *, at: datetime | None = None) -> None:
        """Put a message into the mailbox, as if it had arrived *at* that time."""
        self.delivered += 1
        name = f"{1_700_000_000 + self.delivered}.M{self.delivered}.tests"
        box = self.folder / "mail" / account
        waiting, there = box / "tmp" / name, box / "new" / name
        waiting.write_bytes(raw.replace(b"\r\n", b"\n"))
        if at is not None:
            os.utime(waiting, (at.timestamp(), at.timestamp()))

        waiting.replace(there)

    def fill(self, account: str, raw: bytes, count: int) -> None:
        """Put *count* copies of a message into the mailbox, quickly."""
        box = self.folder / "mail" / account
        first = box / "tmp" / "first"
        first.write_bytes(raw.replace(b"\r\n", b"\n"))
        for number in range(count):
            (box / "new" / f"{1_600_000_000 + number}.M{number}.tests").hardlink_to(first)

    def remove(self, account: str, subject: str) -> None:
        """Remove the messages with this subject, as another mail program may."""
        for inner in ("new", "cur"):
            for file in (self.folder / "mail" / account / inner).iterdir():
                if message_from_bytes(file.read_bytes())["Subject"] == subject:
                    file.unlink()

    def renumber(self, account: str) -> None:
        """Forget all UIDs of a mailbox, as a move to another server does: UIDVALIDITY changes."""
        for file in (self.folder / "mail" / account).glob("dovecot*"):
            if "uidlist" in file.name or "index" in file.name or "uidvalidity" in file.name:
                file.unlink()

    def flags(self, account: str, folder: str = "INBOX") -> Mapping[str, set[str]]:
        """Return of each message in a folder its subject and its flags but \\Recent, which every look takes away."""
        with imaplib.IMAP4("127.0.0.1", self.port) as client:
            client.authenticate("PLAIN", lambda _: f"\0{account}@{HOST}\0{PASSWORD}".encode())
            status, count = client.select(folder, readonly=True)
            if status != "OK" or count == [b"0"]:
                return {}

            _, lines = client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")

        return dict(_flagged(line) for line in lines if isinstance(line, tuple))


@contextmanager
def running_dovecot(more: str = "") -> Iterator[Dovecot]:
    """Run a Dovecot with *more* lines of configuration; skips where there is none, but not in CI."""
    if shutil.which("dovecot") is None:
        words = "Dovecot is not installed (Debian: dovecot-imapd)"
        if os.environ.get("CI") == "true":
            pytest.fail(words)

        pytest.skip(words)

    # Not among pytest's folders: its workers are other users, and the paths of its sockets must be short.
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder:
        dovecot = Dovecot(Path(folder), _free_port(), _free_port(), more)
        _prepare(dovecot)
        dovecot.start()
        try:
            yield dovecot
        finally:
            dovecot.stop()


def _prepare(dovecot: Dovecot) -> None:
    folder, user = dovecot.folder, getpass.getuser()
    is_root = os.geteuid() == 0
    folder.chmod(0o755)
    for account in ACCOUNTS:
        for inner in ("tmp", "new", "cur"):
            (folder / "mail" / account / inner).mkdir(parents=True)

    if is_root:
        for path in (folder / "mail", *(folder / "mail").rglob("*")):
            shutil.chown(path, "mail", "mail")

    (folder / "users").write_text("".join(f"{account}@{HOST}:{{PLAIN}}{PASSWORD}\n" for account in ACCOUNTS))
    _make_certificate(folder)
    group = grp.getgrgid(os.getegid()).gr_name
    config = _CONFIG.format(
        folder=folder,
        port=dovecot.port,
        tls_port=dovecot.tls_port,
        internal_user="dovecot" if is_root else user,
        internal_group="dovecot" if is_root else group,
        login_user="dovenull" if is_root else user,
        mail_user="mail" if is_root else user,
        mail_group="mail" if is_root else group,
        more=dovecot.more,
    )
    (folder / "dovecot.conf").write_text(config)


def _make_certificate(folder: Path) -> None:
    names = "subjectAltName=IP:127.0.0.1"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(
        [*command, "-days", "2", "-subj", "/CN=tests", "-addext", names, *files],
        capture_output=True,
        timeout=30,
        check=True,
    )


def _flagged(line: tuple[bytes, bytes]) -> tuple[str, set[str]]:
    found = re.search(rb"FLAGS \(([^)]*)\)", line[0])
    flags = found[1].decode().split() if found else []
    return str(message_from_bytes(line[1])["Subject"]), set(flags) - {"\\Recent"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
