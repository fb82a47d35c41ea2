"""Say why a mail is read as it is, stage by stage, in plain lines for `rebook read-mail --explain`. Pure.

Why a mail counts as a machine's is found by trying: which header alone makes it one? So the answer is always that of
the code that decides, and not another's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from core.plain_text import one_line
from core.tokens import read_message_id, read_token
from mailin.address import Addresses, BounceOf, CalendarOf, PlainReply, ReplyTo
from mailin.machines.machine import Kind, kind_of
from mailin.quotes.html_quotes import MAX_LINES, Line, html_lines
from mailin.quotes.new_text import MAX_CHARACTERS
from mailin.quotes.quote_lines import line_kinds
from mailin.reader import ReadMail, named_recipients
from mailin.reading.message import Message, read_message
from mailin.sender.authenticity import finding_of_gate, single_sender

MOST_HEADERS = 200
SHOWN = 90

_EVERY_MAIL_HAS = (
    "from",
    "to",
    "cc",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_NEXT_HEADER = re.compile(rb"\r?\n(?![ \t])")
_CUT_AS = {
    "quoted": "quotation",
    "attribution": "attribution (“On … wrote:”)",
    "history": "header block of an earlier mail",
    "signature": "signature",
    "footer": "footer",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What an installation knows of itself; without a config nearly nothing."""

    addresses: Addresses
    own_addresses: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    trust_authserv: tuple[str, ...] = ()
    trusted_peers: tuple[str, ...] = ()


def explain_mail(read: ReadMail, known: Known) -> Iterator[str]:
    """Yield what each stage made of a mail, and why, in the order of the pipeline."""
    message = read.message
    yield f"Kind: {read.kind}, {_why_kind(read.kind, message, known)}."
    yield f"Booking: {_why_booking(message, known)}."
    yield f"Sender: {_why_authentic(message, known)}."
    yield f"Cut: {_what_was_cut(message, read.text)}."


def _why_kind(kind: Kind, message: Message, known: Known) -> str:
    if kind == "reply":
        return "for nothing says that a machine, a list or a forward sent it"

    names = list(dict.fromkeys(name for name, _ in _headers(message.raw)))[:MOST_HEADERS]
    marks = [name for name in names if name not in _EVERY_MAIL_HAS]
    if _kind_with(message, _EVERY_MAIL_HAS, known) != kind:
        causes = [name for name in marks if _kind_with(message, (*_EVERY_MAIL_HAS, name), known) == kind]
    else:
        needed = [[other for other in _EVERY_MAIL_HAS if other != name] for name in _EVERY_MAIL_HAS]
        without = dict(zip(_EVERY_MAIL_HAS, needed, strict=True))
        causes = [name for name in names if name in without and _kind_with(message, without[name], known) != kind]

    if not causes:
        return "by what its body says"

    return "by " + " and by ".join(f"{name.title()}: {_shown(message, name)}" for name in causes[:3])


def _kind_with(message: Message, names: Collection[str], known: Known) -> Kind:
    """Return what kind of mail it were with only these headers."""
    kept = [line for name, line in _headers(message.raw) if name in names]
    body = _HEADER_END.search(message.raw)
    raw = b"\r\n".join(kept) + b"\r\n\r\n" + (message.raw[body.end() :] if body else b"")
    domain = known.addresses.domain
    return kind_of(read_message(raw), mail_from=None, own_domain=domain, own_addresses=known.own_addresses)


def _why_booking(message: Message, known: Known) -> str:
    found = [f"{where} holds {what}" for where, what in _places(message, known)]
    answered = [one for one in (*message.in_reply_to, *message.references) if _is_ours(one, known)]
    found += ["it answers a message of ours (In-Reply-To, References)"] if answered else []
    return "; ".join(found) or "no address and no message of ours is named"


def _places(message: Message, known: Known) -> Iterator[tuple[str, str]]:
    for address in dict.fromkeys(named_recipients(message)):
        where = next((name for name in ("To", "Cc") if address in getattr(message, name.lower())), "a delivery header")
        match known.addresses.read(address):
            case ReplyTo(token):
                signed = read_token(token, known.keys) is not None if known.keys else None
                yield where, "a token" + {True: " signed by us", False: " that is NOT ours", None: ""}[signed]
            case CalendarOf():
                yield where, "the address of an invitation"
            case BounceOf():
                yield where, "the return path of a message of ours"
            case PlainReply():
                yield where, "our reply address without a token"


def _is_ours(message_id: str, known: Known) -> bool:
    return bool(known.keys) and read_message_id(message_id, known.addresses.domain, known.keys) is not None


def _why_authentic(message: Message, known: Known) -> str:
    shown = single_sender(message)
    sender = f"From is {shown}" if shown else "From is not one plain address, which is nobody's"
    results = message.header("authentication-results")
    if not results:
        return f"{sender}; no gate has said whether that is true (Authentication-Results)"

    names = " or ".join(known.trust_authserv) or "nobody"
    peer = known.trusted_peers[0] if known.trusted_peers else None
    peer = None if peer is None else peer.partition("/")[0]
    stated = finding_of_gate(message, peer=peer, trust_authserv=known.trust_authserv, trusted_peers=known.trusted_peers)
    if stated is None:
        return f"{sender}; the topmost Authentication-Results says nothing that counts ({names} is trusted)"

    return f"{sender}; Authentication-Results of {names} says {stated}, and counts from mail.in.trusted_peers"


def _what_was_cut(message: Message, text: str) -> str:
    """Count the lines that were left out by what they are; by structure where the HTML has one, as for the new text."""
    page = html_lines(message.html[:MAX_CHARACTERS])[:MAX_LINES] if message.html else []
    typed = [Line(words) for words in (message.text or "")[:MAX_CHARACTERS].split("\n", MAX_LINES)[:MAX_LINES]]
    by_structure = any(line.mark in ("quoted", "intro", "history") for line in page)
    lines, source = (page, "HTML by its structure") if by_structure else (typed, "plain text line by line")
    if not by_structure and not (message.text or "").strip():
        lines, source = page, "HTML line by line"

    kinds = line_kinds(lines)
    told = [f"{count} × {what}" for what, count in Counter(_CUT_AS[kind] for kind in kinds if kind in _CUT_AS).items()]
    kept = sum(bool(line.strip()) for line in text.splitlines())
    more = kinds.count("text") - kept
    told += [f"{more} × below those, or our own words"] if more > 0 else []
    return f"{', '.join(told) or 'nothing'}; new lines: {kept} (from the {source})"


def _shown(message: Message, name: str) -> str:
    return one_line(message.header(name)[0] if message.header(name) else "", limit=SHOWN)


def _headers(raw: bytes) -> Sequence[tuple[str, bytes]]:
    end = _HEADER_END.search(raw)
    lines = _NEXT_HEADER.split(raw[: end.start()] if end else raw)
    return [(line.partition(b":")[0].decode("ascii", "replace").strip().lower(), line) for line in lines]
