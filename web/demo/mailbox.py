"""The demo's mailbox: conversations by mail, a box to reply from by the real SMTP port, and what was understood."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import aiosmtplib
from aiohttp import web

from web.demo.maildir import list_mails, read_mail, reply_to, shown_time
from web.demo.talks import Heard, Talk, Typed, Understood, keep_typed, talks_of
from web.site import SITE, html_language, render, security_policy
from web.visit import read_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from email.message import EmailMessage

    from core.understand.reading import QuestionKind
    from web.demo.maildir import ShownMail
    from web.site import Handler

LONGEST_REPLY = 4000
"""Characters of a reply typed here."""

PATIENCE_SECONDS = 3.0
"""How long the page waits for the answer to a reply before it shows the conversation without it."""

LOOK_EVERY_SECONDS = 0.1

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

_ANSWERS: Mapping[QuestionKind, tuple[str, ...]] = {
    "offer": ("2", "the last one", "none of these"),
    "confirm_move": ("yes", "no"),
    "confirm_cancel": ("yes", "no, keep it"),
    "moved": ("undo",),
}
"""Words that fit what a mail asks."""


class Reader(Protocol):
    """Says what Rebook makes of a reply, and what a mail asks; it changes nothing."""

    async def explain(self, raw: bytes, *, sender: str, recipient: str) -> Understood:
        """Return how the mail *raw* reads at this moment."""

    async def heard(self, message_id: str, *, but_for: frozenset[str]) -> tuple[Heard, ...]:
        """Return what was heard about the booking of the mail with this *message_id*, without those deliveries."""

    async def asked(self, message_id: str) -> QuestionKind | None:
        """Return the open question of the mail with this *message_id*; `moved` where only an undo is open."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A Maildir that the page shows, the SMTP port that takes replies, and whose mail is the guests'.

    `base_url` is what the links in the mails begin with: those the page can follow.
    `team` are the addresses of the business's own people: their mail is shown but not replied to from here.
    `typed` is the folder in which the replies typed on the page are kept, with how they were read then.
    `secret` proves that a reply was typed on our page: it changes with every start.
    """

    folder: Path
    typed: Path
    smtp_port: int
    clock: Callable[[], datetime]
    team: frozenset[str]
    base_url: str
    reader: Reader
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def talks(self, also: str = "") -> list[Talk]:
        """Return the conversations, those with news first; *also* is a mail that must be among them, however old."""
        return talks_of(list_mails(self.folder, self.team, also), self.typed)


def add_mailbox(app: web.Application, mailbox: Mailbox) -> None:
    """Add `/demo/mailbox` to *app*, and lead the front page to it. All of it answers to this machine's names only."""

    async def show_list(request: web.Request) -> web.Response:
        talks = await asyncio.to_thread(mailbox.talks)
        return _page(request, "mailbox", talks, {"title": "Demo mailbox", "open": None})

    async def show_one(request: web.Request) -> web.Response:
        words = request.query.get("words", "")[:LONGEST_REPLY]
        return await _mail_page(request, mailbox, words=words)

    async def reply(request: web.Request) -> web.StreamResponse:
        form = await read_form(request)
        if not hmac.compare_digest(form.get("form", "").encode(), mailbox.secret.encode()):
            raise web.HTTPForbidden

        words = form.get("words", "").strip()[:LONGEST_REPLY]
        name = request.match_info["name"]
        trouble = await _send(mailbox, name, words) if words else "Type your reply first."
        if trouble is not None:
            return await _mail_page(request, mailbox, trouble=trouble, words=words)

        talk, _ = await asyncio.to_thread(_find, mailbox, name)
        return web.Response(status=303, headers={"Location": f"/demo/mailbox/{quote(talk.last.name)}?sent=1#said"})

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


async def _mail_page(request: web.Request, mailbox: Mailbox, *, words: str, trouble: str | None = None) -> web.Response:
    talks = await asyncio.to_thread(mailbox.talks, request.match_info["name"])
    talk, mail = _among(talks, request.match_info["name"])
    as_html = request.query.get("as") == "html" and bool(mail.html)
    asked = await mailbox.reader.asked(mail.message_id) if mail.is_guests else None
    typed = [entry for entry in talk.entries if isinstance(entry, Typed)]
    if mail.is_guests:
        talk = talk.with_heard(await mailbox.reader.heard(mail.message_id, but_for=talk.deliveries))

    values = {
        "title": f"{mail.person}: {mail.subject}",
        "open": mail,
        "talk": talk,
        "last_typed": typed[-1] if typed else None,
        "as_html": as_html,
        "is_sent": "sent" in request.query,
        "form": mailbox.secret,
        "trouble": trouble,
        "words": words,
        "longest": LONGEST_REPLY,
        "suggestions": _suggestions(asked, mailbox.clock()),
        "base_url": mailbox.base_url.rstrip("/"),
    }
    response = _page(request, "mail", talks, values)
    if as_html:
        # The mail in its frame keeps its own inline styles; the frame inherits this policy and runs no script.
        response.headers["Content-Security-Policy"] = security_policy("'unsafe-inline'") + "; frame-src 'self'"

    return response


def _find(mailbox: Mailbox, name: str) -> tuple[Talk, ShownMail]:
    return _among(mailbox.talks(name), name)


def _among(talks: Sequence[Talk], name: str) -> tuple[Talk, ShownMail]:
    """Return the mail of this *name* and its conversation."""
    for talk in talks:
        for mail in talk.mails:
            if mail.name == name:
                return talk, mail

    raise web.HTTPNotFound


def _suggestions(asked: QuestionKind | None, now: datetime) -> tuple[str, ...]:
    """Return replies to try: those that fit what is asked, then a wish, a cancellation, a question for the team."""
    day = now + timedelta(days=4)
    while day.weekday() > 4:  # noqa: PLR2004 the made-up salon is closed on Saturday and Sunday
        day += timedelta(days=1)

    fitting = () if asked is None else _ANSWERS[asked]
    return (*fitting, f"{day:%A} afternoon?", "please cancel", *(() if fitting else ("Where can I park?",)))


async def _send(mailbox: Mailbox, name: str, words: str) -> str | None:
    """Send the guest's reply by SMTP and wait a moment for what comes back; return what went wrong, if anything."""
    talk, shown = await asyncio.to_thread(_find, mailbox, name)
    mail = await asyncio.to_thread(read_mail, mailbox.folder, name)
    if mail is None or not shown.is_guests:
        raise web.HTTPNotFound

    now = mailbox.clock()
    message = reply_to(mail, words, now)
    sender, recipient = (parseaddr(str(message[header]))[1] for header in ("From", "To"))
    # Before it is sent: the worker may have moved the booking the moment after, and then it would read otherwise.
    understood = await mailbox.reader.explain(message.as_bytes(), sender=sender, recipient=recipient)
    typed = Typed(shown.talk, words, shown_time(now), understood.lines, understood.delivery)
    kept = await asyncio.to_thread(keep_typed, mailbox.typed, typed)
    trouble = await _hand_over(message, sender, recipient, mailbox.smtp_port)
    if trouble is not None:
        await asyncio.to_thread(kept.unlink)
        return trouble

    await _wait_for_answer(mailbox, talk)
    return None


async def _hand_over(message: EmailMessage, sender: str, recipient: str, port: int) -> str | None:
    """Hand *message* to the SMTP port; return what it said against it."""
    try:
        await aiosmtplib.send(
            message,
            sender=sender,
            recipients=[recipient],
            hostname="127.0.0.1",
            port=port,
            start_tls=False,
            timeout=10,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        answers = "; ".join(f"{one.code} {one.message}" for one in error.recipients)
        return f"The SMTP port did not take the reply: {answers}"
    except (aiosmtplib.SMTPException, OSError) as error:
        return f"The SMTP port did not take the reply: {error}"

    return None


async def _wait_for_answer(mailbox: Mailbox, before: Talk) -> None:
    """Wait until the conversation has a mail more than *before*, but not for ever: not every reply is answered."""
    for _ in range(int(PATIENCE_SECONDS / LOOK_EVERY_SECONDS)):
        talk, _mail = await asyncio.to_thread(_find, mailbox, before.last.name)
        if talk.last != before.last:
            return

        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _page(request: web.Request, name: str, talks: Sequence[Talk], values: dict[str, object]) -> web.Response:
    site = request.app[SITE]
    guests = [talk for talk in talks if not talk.last.is_teams]
    teams = [mail for talk in talks if talk.last.is_teams for mail in talk.mails]
    teams.sort(key=lambda mail: mail.put, reverse=True)
    language = html_language(site.phrases.fallback)
    return render(site, name, {"language": language, "guests": guests, "teams": teams, **values})
