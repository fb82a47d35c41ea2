"""A notice as the bytes of one mail: text, HTML and calendar invitation, threaded (SPEC M1, M4, M5). Pure."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.header import Header
from email.message import Message
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from core.model import Settings
from core.notices import Notice
from core.phrases import Phrases
from core.tokens import calendar_key, sign_message_id, token_for
from mailin.clean import address, colour, display_name, one_line
from mailin.invitation import invitation, method_of
from mailin.letter import Letter, Links, write_letter

TEMPLATES = Path(__file__).parent.parent / "templates"

OWN_MARK = "X-Rebook"
"""Header by which our own mail is known when it comes back (SPEC R6); its value is the mail domain."""

THREAD_LIMIT = 12
"""Message ids in References beside the booking's first one; longer header lines get mangled on the way."""

_POLICY = policy.compat32.clone(linesep="\r\n", max_line_length=76)
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_DARKEST_BACKGROUND_FOR_BLACK = 0.179  # where black and white have the same contrast (WCAG 2.1 relative luminance)


@dataclass(frozen=True, slots=True)
class Sender:
    """All that putting notices into mails needs of this installation.

    `domain` is where replies are received; `from_address` is what mail comes from; `keys` sign (SPEC T1).
    """

    base_url: str
    domain: str
    from_address: str
    keys: tuple[str, ...]
    phrases: Phrases
    templates: Environment


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


def compose(notice: Notice, look: Sender) -> bytes:
    """Return the mail that tells *notice*, with CRLF lines; the same notice always gives the same bytes (SPEC M4).

    Guests get the links and a reply address with their token; nobody else gets either (SPEC T5).
    """
    token = _guest_token(notice, look)
    links = Links(look.base_url, notice.business.slug, token) if token else None
    letter = write_letter(notice, look.phrases, links)
    message_id = sign_message_id(notice.id, look.domain, look.keys)

    message = _body(notice, letter, look, message_id)
    for name, value in _headers(notice, letter, look, message_id, token):
        message[name] = value

    return message.as_bytes(policy=_POLICY)


def _guest_token(notice: Notice, look: Sender) -> str | None:
    """Return the token if the reader may have it: the guest, unless they were forgotten (SPEC T5, L5)."""
    if notice.audience != "guest" or notice.booking.token_random is None:
        return None

    return token_for(notice.booking.token_random, look.keys)


def _headers(
    notice: Notice, letter: Letter, look: Sender, message_id: str, token: str | None
) -> Iterator[tuple[str, str]]:
    root = sign_message_id(f"b{notice.booking.id}", look.domain, look.keys)
    thread = [one_line(earlier) for earlier in notice.thread[-THREAD_LIMIT:]]
    yield from (
        ("From", _mailbox(notice.business.name, look.from_address)),
        ("To", _mailbox(notice.to_name, notice.to_address)),
        ("Reply-To", _reply_to(notice, look, token)),
        ("Subject", _worded(letter.subject)),
        ("Date", format_datetime(notice.written.replace(microsecond=0))),
        ("Message-ID", message_id),
        ("References", " ".join(dict.fromkeys((root, *thread)))),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, NRN, AutoReply, RN"),
        (OWN_MARK, look.domain),
        ("MIME-Version", "1.0"),
    )
    if thread:
        yield "In-Reply-To", thread[-1]


def _reply_to(notice: Notice, look: Sender, token: str | None) -> str:
    """Return where an answer goes: to the booking; from the team to the guest; from a performer to the business."""
    if token is not None:
        return f"reply+{token}@{look.domain}"

    guest = address(notice.booking.guest.email) if notice.audience == "team" else ""
    return guest or address(notice.business.email)


def _mailbox(name: str, mail_address: str) -> str:
    shown, bare = display_name(name), address(mail_address)
    if not shown:
        return bare

    return f'"{shown}" <{bare}>' if shown.isascii() else f"{_worded(shown)} <{bare}>"


def _worded(text: str) -> str:
    """Return *text* as a header says it: what is not ASCII in encoded words (RFC 2047), folded later."""
    return text if text.isascii() else Header(text, "utf-8", header_name="Reply-To").encode(linesep="")


def _body(notice: Notice, letter: Letter, look: Sender, message_id: str) -> Message:
    text = _part("text/plain; charset=utf-8", look.templates.get_template("mail/notice.txt.j2").render(letter=letter))
    html = _part("text/html; charset=utf-8", _html(notice, letter, look))
    secret = notice.booking.token_random
    if notice.audience != "guest" or not notice.reply.invites or secret is None:
        return _multipart("alternative", message_id, [text, html])

    organizer = f"cal+{calendar_key(secret, look.keys)}@{look.domain}"
    event = invitation(notice, organizer, address(notice.to_address), look.phrases)
    shown = _attached(f"text/calendar; method={method_of(notice)}; charset=UTF-8", event)
    file = _attached("application/ics; name=invite.ics", event)
    file["Content-Disposition"] = "attachment; filename=invite.ics"

    return _multipart("mixed", message_id, [_multipart("alternative", message_id, [text, html, shown]), file])


def _html(notice: Notice, letter: Letter, look: Sender) -> str:
    accent = colour(notice.business.settings.accent, Settings().accent)
    page = look.templates.get_template("mail/notice.html.j2").render(
        letter=letter, accent=accent, on_accent=_readable_on(accent)
    )
    return _INLINER.inline(page)


@lru_cache(maxsize=256)
def _readable_on(accent: str) -> str:
    """Return black or white, whichever is easier to read on *accent* (WCAG 2.1)."""
    channels = [int(accent[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own
        for channel in channels
    ]
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue

    return "#000000" if luminance > _DARKEST_BACKGROUND_FOR_BLACK else "#ffffff"


def _part(content_type: str, text: str) -> Message:
    part = Message(_POLICY)
    part["Content-Type"] = content_type
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(binascii.b2a_qp(text.encode(), istext=True).decode("ascii"))

    return part


def _attached(content_type: str, data: bytes) -> Message:
    part = Message(_POLICY)
    part["Content-Type"] = content_type
    part["Content-Transfer-Encoding"] = "base64"
    encoded = binascii.b2a_base64(data, newline=False).decode("ascii")
    part.set_payload("\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76)))

    return part


def _multipart(kind: str, message_id: str, parts: list[Message]) -> Message:
    """Return *parts* as one; the boundary is derived from the signed message id, so no guest's words can contain it."""
    boundary = hashlib.sha256(f"{kind}{message_id}".encode()).hexdigest()[:32]
    message = Message(_POLICY)
    message["Content-Type"] = f'multipart/{kind}; boundary="={boundary}"'
    for part in parts:
        message.attach(part)

    return message
