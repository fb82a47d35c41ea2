"""The demo's mailbox: what Rebook sent, as text and HTML, and a box to reply from, through the real SMTP port."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import aiosmtplib
from aiohttp import web

from web.maildir import count_mails, list_mails, read_mail, reply_to, shown_mail
from web.site import SITE, html_language, render, security_policy
from web.visit import read_form

if TYPE_CHECKING:
    from web.site import Handler, Site

LONGEST_REPLY = 4000
"""Characters of a reply typed here."""

PATIENCE_SECONDS = 3.0
"""How long the page waits for the answer to a reply before it shows the list."""

LOOK_EVERY_SECONDS = 0.1

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A Maildir that the page shows, the SMTP port that takes replies, and whose mail is the guests'.

    `base_url` is what the links in the mails begin with: those the page can follow.
    `team` are the addresses of the business's own people: their mail is shown but not replied to from here.
    `secret` proves that a reply was typed on our page: it changes with every start.
    """

    folder: Path
    smtp_port: int
    clock: Callable[[], datetime]
    team: frozenset[str]
    base_url: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def add_mailbox(app: web.Application, mailbox: Mailbox) -> None:
    """Add `/demo/mailbox` to *app*, and lead the front page to it. All of it answers to this machine's names only."""

    async def show_list(request: web.Request) -> web.Response:
        mails = await asyncio.to_thread(list_mails, mailbox.folder, mailbox.team)
        return _page(request.app[SITE], "mailbox", {"mails": mails, "is_sent": "sent" in request.query})

    async def show_one(request: web.Request) -> web.Response:
        return await _mail_page(request, mailbox)

    async def reply(request: web.Request) -> web.StreamResponse:
        form = await read_form(request)
        if not hmac.compare_digest(form.get("form", "").encode(), mailbox.secret.encode()):
            raise web.HTTPForbidden

        words = form.get("words", "").strip()[:LONGEST_REPLY]
        trouble = await _send(mailbox, request.match_info["name"], words) if words else "Type your reply first."
        if trouble is not None:
            return await _mail_page(request, mailbox, trouble=trouble, words=words)

        return web.Response(status=303, headers={"Location": "/demo/mailbox?sent=1"})

    async def front(_: web.Request) -> web.StreamResponse:
        return web.Response(status=303, headers={"Location": "/demo/mailbox"})

    app.router.add_get("/", _only_local(front))
    app.router.add_get("/demo/mailbox", _only_local(show_list))
    app.router.add_get("/demo/mailbox/{name}", _only_local(show_one))
    app.router.add_post("/demo/mailbox/{name}", _only_local(reply))


def _only_local(handler: Handler) -> Handler:
    """Refuse requests for another host's name: a stranger's page could have it lead here (DNS rebinding)."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        host = request.headers.get("Host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in _LOCAL_NAMES:
            raise web.HTTPMisdirectedRequest

        return await handler(request)

    return guarded


async def _mail_page(
    request: web.Request, mailbox: Mailbox, *, trouble: str | None = None, words: str = ""
) -> web.Response:
    name = request.match_info["name"]
    mail = await asyncio.to_thread(read_mail, mailbox.folder, name)
    if mail is None:
        raise web.HTTPNotFound

    values = {
        "mail": shown_mail(name, mail, mailbox.team),
        "form": mailbox.secret,
        "trouble": trouble,
        "words": words,
        "longest": LONGEST_REPLY,
        "base_url": mailbox.base_url.rstrip("/"),
    }
    response = _page(request.app[SITE], "mail", values)
    # The mail in its frame keeps its own inline styles; the frame inherits this policy and runs no script.
    response.headers["Content-Security-Policy"] = security_policy("'unsafe-inline'") + "; frame-src 'self'"
    return response


async def _send(mailbox: Mailbox, name: str, words: str) -> str | None:
    """Send the guest's reply by SMTP and wait a moment for what comes back; return what went wrong, if anything."""
    mail = await asyncio.to_thread(read_mail, mailbox.folder, name)
    if mail is None or not shown_mail(name, mail, mailbox.team).is_guests:
        raise web.HTTPNotFound

    message = reply_to(mail, words, mailbox.clock())
    sender, recipient = (parseaddr(str(message[header]))[1] for header in ("From", "To"))
    before = await asyncio.to_thread(count_mails, mailbox.folder)
    try:
        await aiosmtplib.send(
            message,
            sender=sender,
            recipients=[recipient],
            hostname="127.0.0.1",
            port=mailbox.smtp_port,
            start_tls=False,
            timeout=10,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        answers = "; ".join(f"{one.code} {one.message}" for one in error.recipients)
        return f"The SMTP port did not take the reply: {answers}"
    except (aiosmtplib.SMTPException, OSError) as error:
        return f"The SMTP port did not take the reply: {error}"

    await _wait_for_mail(mailbox, before)
    return None


async def _wait_for_mail(mailbox: Mailbox, before: int) -> None:
    """Wait until there are more mails than *before*, but not for ever: not every reply is answered."""
    for _ in range(int(PATIENCE_SECONDS / LOOK_EVERY_SECONDS)):
        if await asyncio.to_thread(count_mails, mailbox.folder) > before:
            return

        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _page(site: Site, name: str, values: dict[str, object]) -> web.Response:
    language = html_language(site.phrases.fallback)
    return render(site, name, {"language": language, "title": "Demo mailbox", **values})
