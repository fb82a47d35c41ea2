"""A notice as the bytes of one mail: text, HTML and calendar invitation, threaded (SPEC M1, M4, M5). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from core.invitation import invitation, method_of
from core.model import Settings
from core.notices import Notice
from core.phrases import Phrases
from core.plain_text import display_name
from core.tokens import sign_message_id, token_for
from mailin.address import Addresses
from mailin.out.clean import address, colour
from mailin.out.colours import colours_of
from mailin.out.letter import Letter, Links, write_letter
from mailin.out.mime import Entity, assemble, binary_part, inline_part, multipart, text_part, worded
from mailin.out.picture import Picture
from mailin.out.reservation import reservation

TEMPLATES = Path(__file__).parents[2] / "templates"

OWN_MARK = "X-Rebook"
"""Header by which our own mail is known when it comes back (SPEC R6); its value is the mail domain."""

THREAD_LIMIT = 12
"""Message ids in References beside the booking's first one; longer header lines get mangled on the way."""

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,250}>")  # printable ASCII without space and angle brackets


@dataclass(frozen=True, slots=True)
class Sender:
    """All that putting notices into mails needs of this installation.

    `addresses` is where replies are received; `from_address` is what mail comes from; `keys` sign (SPEC T1).
    """

    base_url: str
    addresses: Addresses
    from_address: str
    keys: tuple[str, ...]
    phrases: Phrases
    templates: Environment

    @property
    def domain(self) -> str:
        """The domain that stands in Message-IDs, and by which our own mail is known."""
        return self.addresses.domain


def mail_templates(folder: Path = TEMPLATES) -> Environment:
    """Return the environment of the mail templates: HTML is escaped, a name that is not given is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to leave: its bytes, and its plain text, by which a quotation of it is known (SPEC R6)."""

    raw: bytes
    words: str


def compose(notice: Notice, look: Sender, logo: Picture | None = None) -> Mail:
    """Return the mail that tells *notice*, with CRLF lines; the same notice always gives the same bytes (SPEC M4).

    Guests get the links and a reply address with their token; nobody else gets either (SPEC T5). The *logo* is part of
    the mail: nothing is loaded from elsewhere when it is read.
    """
    token = _guest_token(notice, look)
    links = Links(look.base_url, notice.business.slug, token) if token else None
    letter = write_letter(notice, look.phrases, links)
    message_id = sign_message_id(notice.id, look.domain, look.keys)
    words = look.templates.get_template("mail/notice.txt.j2").render(letter=letter)
    shown = [text_part("plain", words), _html_part(notice, letter, look, links, logo)]
    event = _event(notice, look)
    if event:
        shown.append(binary_part(f"text/calendar; method={method_of(notice)}; charset=UTF-8", event))

    body = multipart("alternative", shown, secret=message_id)
    if event:
        file = binary_part("application/ics; name=invite.ics", event, file_name="invite.ics")
        body = multipart("mixed", [body, file], secret=message_id)

    return Mail(assemble(_headers(notice, letter, look, message_id, token), body), words)


def _guest_token(notice: Notice, look: Sender) -> str | None:
    """Return the token if the reader may have it: the guest, unless they were forgotten (SPEC T5, L5)."""
    if notice.audience != "guest" or notice.booking.token_random is None:
        return None

    return token_for(notice.booking.token_random, look.keys)


def _headers(
    notice: Notice, letter: Letter, look: Sender, message_id: str, token: str | None
) -> Iterator[tuple[str, str]]:
    root = sign_message_id(f"b{notice.booking.id}", look.domain, look.keys)
    ours = [sign_message_id(earlier, look.domain, look.keys) for earlier in notice.earlier]
    thread = [one for one in (*ours, *notice.thread) if _MESSAGE_ID.fullmatch(one)][-THREAD_LIMIT:]
    yield from (
        ("From", _mailbox(notice.business.name, look.from_address)),
        ("To", _mailbox(notice.to_name, notice.to_address)),
        ("Reply-To", _reply_to(notice, look, token)),
        ("Subject", worded(letter.subject)),
        ("Date", _date(notice.written)),
        ("Message-ID", message_id),
        ("References", " ".join(dict.fromkeys((root, *thread)))),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, NRN, AutoReply, RN"),
        (OWN_MARK, look.domain),
        ("MIME-Version", "1.0"),
    )
    if thread:
        yield "In-Reply-To", thread[-1]


@lru_cache(maxsize=64)
def _date(written: datetime) -> str:
    """Return the Date header; the mails about one change are written at once and share it."""
    return format_datetime(written.replace(microsecond=0))


def _reply_to(notice: Notice, look: Sender, token: str | None) -> str:
    """Return where an answer goes: to the booking; from the team to the guest; from a performer to the business."""
    if token is not None:
        return look.addresses.reply(token)

    guest = address(notice.booking.guest.email) if notice.audience == "team" else ""
    return guest or address(notice.business.email)


def _mailbox(name: str, mail_address: str) -> str:
    shown, bare = display_name(name), address(mail_address)
    if not shown:
        return bare

    encoded = worded(shown)
    return f'"{shown}" <{bare}>' if encoded == shown else f"{encoded} <{bare}>"


def _html_part(notice: Notice, letter: Letter, look: Sender, links: Links | None, logo: Picture | None) -> Entity:
    """Return the HTML, with the logo beside it where there is one (RFC 2387)."""
    if logo is None:
        return text_part("html", _html(notice, letter, look, links, None))

    content_id = f"logo.{logo.name}@{look.domain}"
    parts = [text_part("html", _html(notice, letter, look, links, content_id)), inline_part(logo, content_id)]
    # One secret for all: the boundary is made of the subtype too.
    return multipart("related", parts, secret=sign_message_id(notice.id, look.domain, look.keys))


def _event(notice: Notice, look: Sender) -> bytes:
    """Return the invitation, which only the guest gets and only where something is settled; else nothing (SPEC M5)."""
    key = notice.booking.calendar_key
    if notice.audience != "guest" or not notice.reply.invites or key is None:
        return b""

    organizer = look.addresses.calendar(key)
    return invitation(notice, organizer, address(notice.to_address), look.phrases, home=look.domain)


def _html(notice: Notice, letter: Letter, look: Sender, links: Links | None, logo: str | None) -> str:
    colours = colours_of(colour(notice.business.settings.accent, Settings().accent))
    # Made of JSON's characters alone, none of which ends a script element.
    card = Markup(reservation(notice, links)) if links and letter.facts else ""  # noqa: S704 see above
    return look.templates.get_template("mail/notice.html.j2").render(
        letter=letter, colours=colours, card=card, logo=logo
    )
