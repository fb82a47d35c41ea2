"""The demo's mailbox: what Rebook sent, as text and HTML, and a box to reply from, through the real SMTP port."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, make_msgid, parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import aiosmtplib
from aiohttp import web

from web.site import SITE, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from web.site import Site

MOST_MAILS = 200
"""Mails listed, newest first."""

LONGEST_REPLY = 10_000
"""Characters of a reply typed here."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A Maildir that the page shows, the SMTP port that takes replies, and whose mail is the guests'.

    `team` are the addresses of the business's own people: their mail is shown but not replied to from here.
    """

    folder: Path
    smtp_port: Callable[[], int]
    clock: Callable[[], datetime]
    team: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShownMail:
    """One mail as the page shows it."""

    name: str
    to: str
    sender: str
    subject: str
    when: str
    text: str
    html: str
    is_guests: bool
    files: tuple[str, ...]


def add_mailbox(app: web.Application, mailbox: Mailbox) -> None:
    """Add `/demo/mailbox` to *app*, and lead the front page to it."""

    async def show_list(request: web.Request) -> web.Response:
        mails = await asyncio.to_thread(_read_all, mailbox)
        return _page(request.app[SITE], "mailbox", {"mails": mails})

    async def show_mail(request: web.Request) -> web.Response:
        mail = await asyncio.to_thread(_read_one, mailbox, request.match_info["name"])
        if mail is None:
            raise web.HTTPNotFound

        answer = _page(request.app[SITE], "mail", {"mail": _shown(mailbox, request.match_info["name"], mail)})
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        return answer

    async def reply(request: web.Request) -> web.StreamResponse:
        mail = await asyncio.to_thread(_read_one, mailbox, request.match_info["name"])
        words = str((await request.post()).get("words", ""))[:LONGEST_REPLY]
        if mail is None or not words.strip():
            raise web.HTTPNotFound

        message = reply_to(mail, words, mailbox.clock())
        recipient = parseaddr(str(message["To"]))[1]
        sender = parseaddr(str(message["From"]))[1]
        await aiosmtplib.send(
            message, sender=sender, recipients=[recipient], hostname="127.0.0.1", port=mailbox.smtp_port()
        )
        raise web.HTTPSeeOther("/demo/mailbox?sent=1")

    async def front(_: web.Request) -> web.StreamResponse:
        raise web.HTTPSeeOther("/demo/mailbox")

    app.router.add_get("/", front)
    app.router.add_get("/demo/mailbox", show_list)
    app.router.add_get("/demo/mailbox/{name}", show_mail)
    app.router.add_post("/demo/mailbox/{name}", reply)


def reply_to(mail: EmailMessage, words: str, now: datetime) -> EmailMessage:
    """Return the reply that a plain mail program would write: the words on top, the original quoted below."""
    answer = EmailMessage()
    answer["From"] = str(mail["To"])
    answer["To"] = str(mail["Reply-To"])
    answer["Subject"] = f"Re: {mail['Subject']}"
    answer["Date"] = format_datetime(now)
    answer["Message-ID"] = make_msgid(domain="guest.example")
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    quoted = "\n".join(f"> {line}".rstrip() for line in _text_of(mail).splitlines())
    answer.set_content(f"{words.strip()}\n\nOn {mail['Date']}, {mail['From']} wrote:\n{quoted}\n")
    return answer


def _page(site: Site, name: str, values: dict[str, object]) -> web.Response:
    return render(site, name, {"language": "en", "title": "Demo mailbox", "accent": None, **values})


def _read_all(mailbox: Mailbox) -> list[ShownMail]:
    files = [file for part in ("new", "cur") for file in (mailbox.folder / part).glob("*")]
    files.sort(key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_shown(mailbox, file.name, _parse(file)) for file in files[:MOST_MAILS]]


def _read_one(mailbox: Mailbox, name: str) -> EmailMessage | None:
    file = next(
        (file for part in ("new", "cur") for file in (mailbox.folder / part).glob("*") if file.name == name), None
    )
    return None if file is None else _parse(file)


def _parse(file: Path) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(file.read_bytes())


def _shown(mailbox: Mailbox, name: str, mail: EmailMessage) -> ShownMail:
    html = mail.get_body(("html",))
    recipient = parseaddr(str(mail["To"]))[1].lower()
    return ShownMail(
        name=name,
        to=str(mail["To"]),
        sender=str(mail["From"]),
        subject=str(mail["Subject"]),
        when=f"{parsedate_to_datetime(str(mail['Date'])):%d %b %H:%M}",
        text=_text_of(mail),
        html="" if html is None else html.get_content(),
        is_guests=recipient not in mailbox.team,
        files=tuple(part.get_filename() or part.get_content_type() for part in mail.iter_attachments()),
    )


def _text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else body.get_content()
