"""The message of ours that a client answers, and how any client puts an answer together."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, parseaddr
from textwrap import wrap


@dataclass(frozen=True, slots=True)
class Original:
    """The message that is answered, as the guest's client shows it."""

    message: EmailMessage
    name: str
    address: str
    subject: str
    text: str
    html: str
    date: datetime

    @property
    def lines(self) -> list[str]:
        return self.text.rstrip("\n").split("\n")

    @property
    def quoted(self) -> str:
        return "\n".join(f"> {line}".rstrip() for line in self.lines)

    @property
    def rewrapped(self) -> str:
        """Clients wrap what they quote, so that a long line of ours becomes several."""
        return "\n".join(f"> {part}" for line in self.lines for part in (wrap(line, 68) or [""]))


def read_original(sent: bytes) -> Original:
    message = message_from_bytes(sent, policy=default)
    assert isinstance(message, EmailMessage)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    name, address = parseaddr(str(message["From"]))
    text = plain.get_content().replace("\r\n", "\n") if plain else ""
    source = page.get_content() if page else f"<p>{html.escape(text)}</p>"
    body = re.search(r"<body[^>]*>(.*)</body>", source, re.DOTALL | re.IGNORECASE)
    return Original(
        message=message,
        name=name or address,
        address=address,
        subject=str(message["Subject"]),
        text=text,
        html=body.group(1) if body else source,
        date=message["Date"].datetime,
    )


def put_together(
    original: Original,
    *,
    sender: str,
    text: str | None,
    page: str | None,
    prefix: str = "Re: ",
    date: datetime | None = None,
    flowed: bool = False,
) -> bytes:
    """Put the reply together: addressed to Reply-To, threaded, text before HTML."""
    answered = original.message
    reply = EmailMessage(policy=SMTP)
    reply["From"] = sender
    reply["To"] = str(answered["Reply-To"] or answered["From"])
    reply["Subject"] = prefix + original.subject
    reply["Date"] = format_datetime(date or original.date + timedelta(minutes=5))
    reply["Message-ID"] = f"<{_digest(text, page, str(answered['Message-ID']))}@mail.guest.example>"
    reply["In-Reply-To"] = str(answered["Message-ID"])
    reply["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
    if text is not None:
        reply.set_content(text, params={"format": "flowed"} if flowed else None)
    if page is not None and text is not None:
        reply.add_alternative(f"<html><head></head><body>{page}</body></html>", subtype="html")
    elif page is not None:
        reply.set_content(f"<html><head></head><body>{page}</body></html>", subtype="html")
    return reply.as_bytes()


def _digest(*said: str | None) -> str:
    """The same reply has the same Message-ID in every run."""
    return hashlib.sha256("\x00".join(part or "" for part in said).encode()).hexdigest()[:24]


def divs(words: str) -> str:
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in words.split("\n"))


def paragraphs(words: str) -> str:
    return "".join(f"<p class=MsoNormal>{html.escape(line) or '&nbsp;'}<o:p></o:p></p>" for line in words.split("\n"))


def wrapped(intro: str) -> str:
    return "\n".join(wrap(intro, 76, break_long_words=False, break_on_hyphens=False))
