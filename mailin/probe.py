"""The mail that `rebook check --mail` sends to ourselves: made, awaited, and judged when it arrived. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from core.plain_text import one_line
from core.tokens import read_message_id, sign_message_id
from mailin.out.mime import assemble, text_part, worded
from mailin.reading.message import Message

LIVES = timedelta(minutes=10)
"""For how long the door takes a probe; it is signed with the moment it was made."""

SUBJECT = "Rebook: does mail arrive? – zażółć"
WORDS = (
    "This mail was sent by `rebook check --mail` and shall come back to Rebook as it is.\n"
    "\n"
    "It is about no booking, and nobody needs to do anything with it.\n"
    "A line that begins with a dot:\n"
    ".\n"
    ". and one with letters that not every server leaves alone: zażółć gęślą jaźń – ёж – 你好.\n"
)


def new_key(nonce: str, now: datetime, domain: str, keys: Sequence[str]) -> str:
    """Return the key of a probe made *now*; *nonce* is lower-case letters and digits of its own."""
    signed = sign_message_id(f"p{int(now.timestamp())}-{nonce}", domain, keys)
    return signed.strip("<>").partition("@")[0]


def is_awaited(key: str, domain: str, keys: Sequence[str], now: datetime) -> bool:
    """Return whether a probe with this key was made by us, and not long ago."""
    name = read_message_id(f"{key}@{domain}", domain, keys)
    made, dash, _ = (name or "")[1:].partition("-")
    if name is None or name[0] != "p" or not dash or not made.isdecimal():
        return False

    return abs(now - datetime.fromtimestamp(int(made), UTC)) <= LIVES


def write(address: str, from_address: str, key: str, now: datetime, domain: str) -> bytes:
    """Return the mail with this *key* to its *address*, as it leaves."""
    headers = (
        ("From", from_address),
        ("To", address),
        ("Subject", worded(SUBJECT)),
        ("Date", format_datetime(now)),
        ("Message-ID", f"<{key}@{domain}>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    )
    return assemble(headers, text_part("plain", WORDS))


def what_changed(message: Message) -> str | None:
    """Return in one sentence what of the probe was changed on its way, None if nothing was."""
    text = "\n".join((message.text or "").splitlines()).rstrip("\n")
    if text != WORDS.rstrip("\n"):
        return "its text was altered"

    return None if " ".join(message.subject.split()) == SUBJECT else "its subject was altered"


def why_it_bounced(message: Message) -> str:
    """Return what a bounce says of its reason, in one line."""
    lines = (message.delivery_status or "").splitlines()
    codes = [line.partition(";")[2] or line for line in lines if line.lower().startswith("diagnostic-code:")]
    return one_line(codes[0] if codes else message.subject, limit=200)
