"""One mail of the machines' corpus: how it is built on a message that we really sent, and what it is."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import Literal

from mailin.machines.machine import Kind
from tests.mailin.door.answering import Original

Build = Callable[[Original], bytes]
To = Literal["reply", "return path"]


@dataclass(frozen=True, slots=True)
class MachineMail:
    """A mail of the corpus. `kinds` are those it may be read as, the best one first.

    `to`: where it comes, with the null sender if `null_path`. `card`: the team reads it as a message. `fails`: whether
    it says that our message did not arrive. `is_guest`: no machine wrote it.
    """

    name: str
    language: str
    kinds: tuple[Kind, ...]
    build: Build
    to: To = "reply"
    null_path: bool = False
    card: bool = False
    fails: bool = False
    is_guest: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


@cache
def languages() -> dict[str, dict[str, str]]:
    """Return what machines and guests write, by language."""
    return tomllib.loads((Path(__file__).parent / "languages.toml").read_text("utf-8"))


def guest_of(sent: Original) -> str:
    """Return the bare address of the guest whom *sent* went to."""
    return parseaddr(str(sent.message["To"]))[1]


def answering(
    sent: Original,
    *,
    name: str,
    subject: str,
    body: str,
    headers: tuple[str, ...] = (),
    sender: str | None = None,
    quotes: bool = False,
    threaded: bool = True,
    content_type: str = "text/plain; charset=utf-8",
) -> bytes:
    """Return a raw mail that answers *sent*, with these header lines of its own; `{guest}` stands for the guest."""
    guest = guest_of(sent)
    id_of_ours = str(sent.message["Message-ID"])
    unique = f"{name}-{id_of_ours.strip('<>').partition('.')[0]}".replace(" ", "-")
    lines = [
        f"From: {sender or f'Jo Guest <{guest}>'}".replace("{guest}", guest),
        f"To: {sent.message['Reply-To']}",
        f"Subject: {Header(subject, 'utf-8', maxlinelen=70).encode() if not subject.isascii() else subject}",
        f"Date: {format_datetime(sent.date)}",
        f"Message-ID: <{unique.encode('ascii', 'ignore').decode()}@mx.guest.example>",
    ]
    if threaded:
        lines += [f"In-Reply-To: {id_of_ours}", f"References: {id_of_ours}"]

    lines += [header.replace("{guest}", guest) for header in headers]
    lines += ["MIME-Version: 1.0", f"Content-Type: {content_type}", "Content-Transfer-Encoding: 8bit", ""]
    quoted = f"\n\n{sent.name} <{sent.address}> wrote:\n{sent.quoted}\n" if quotes else "\n"
    return crlf("\n".join(lines) + f"\n{body}{quoted}")


def crlf(text: str) -> bytes:
    """Return *text* as it comes over the wire."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
