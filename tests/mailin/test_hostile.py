"""No shape that a stranger can send holds a worker up.

All caps lie below `SIZE`, so that a message of any greater size costs no more than one of `SIZE` (see the cap tests of
test_message.py and test_quotes.py); what is left to prove is that each shape is cheap at that size.
"""

from __future__ import annotations

import time

import pytest

from mailin.reader import read_mail
from mailin.reading.parts import MAX_TEXT_BYTES

SIZE = 1_000_000
SECONDS = 0.25
"""CPU time of this process for a megabyte; SPEC L1 asks for a second."""
TRIES = 5
"""The best of them counts: whoever else is busy on the machine slows some of them down."""

SENT = "Your visit is on Thu 26 Nov at 15:00\n" * 500


def _times(unit: str) -> str:
    return unit * (SIZE // len(unit))


TEXTS = {
    "newlines": f"a{_times(chr(10))}b",
    "spaces": f"a{_times(' ')}b",
    "on_inline": _times("On "),
    "on_lines": _times("On Thu 26 Nov 2026 at 15:00, Jo\n"),
    "on_short_lines": _times("On a\n"),
    "name_first": _times("Studio Nova 26 Nov 2026\n"),
    "dashes": _times("-"),
    "less_than": _times("<"),
    "quote_and_blank": _times(">\n\n"),
    "quoted": _times("> a\n"),
    "deep_quotation": _times(">"),
    "one_line": _times("a b "),
    "wrote": _times("wrote: "),
    "underscores": _times("_"),
    "headers": _times("From: a@b\n"),
    "headers_apart": _times("From: x\n\n"),
    "bullets": _times("* a\n"),
    "digits": _times("1"),
    "times": _times("12:30 "),
    "footers": _times("Sent from my\n"),
    "inline_attributions": _times("a. On 1 Jan 2026 b@c "),
    "above_inline": _times("a reply above this line "),
    "closings": _times("Kind regards,\n"),
    "contacts": _times("jo@guest.example\n"),
    "links": _times("> a\nhttps://x.example\n"),
    "directions": _times("\u200f\u202a"),
    "clear_signed": _times("-----BEGIN PGP SIGNED MESSAGE-----\n\n"),
    "dashed": _times("-----a-----\n"),
    "our_words_back": "\n".join(f"{at % 60} visit is on Thu" for at in range(SIZE // 16)),
    "our_words": _times("Your visit is on Thu 26 Nov at 15:00\n"),
}
PAGES = {
    "divs": _times("<div>"),
    "blockquotes": _times("<blockquote>"),
    "flat": _times("<div class=gmail_quote>a</div>"),
    "unfinished_tags": _times("<a"),
    "unfinished_comments": _times("<!--"),
    "unfinished_quotes": _times('<a b="'),
    "quotes_in_tags": _times('<a ">'),
    "strange_closings": _times("<div>")[: SIZE // 2] + _times("</p>")[: SIZE // 2],
    "entities": _times("&amp"),
    "ampersands": _times("&"),
    "styles": _times("<style>"),
    "cdata": _times("<![CDATA["),
    "attributes": f"<a {_times('id=')}>",
    "instructions": _times("<?"),
    "pre": "<pre>" + _times("\n"),
}
RAW = {
    "deep_parts": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (at, at) for at in range(16_000)
    ),
    "flat_parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 130_000,
    "header_bomb": b"A: b\n" * 200_000 + b"\nyes",
    "folded": b"Subject: " + b" a\n" * 330_000 + b"\nyes",
    "encoded_words": b"Subject: " + b"=?a?q?" * 180_000 + b"\n\nyes",
    "nested_comments": b"To: " + b"(" * SIZE + b"\n\nyes",
    "many_addresses": b"To: " + b"a@b," * 250_000 + b"\n\nyes",
    "many_senders": b"From: a@b\n" * 100_000 + b"\nyes",
    "many_references": b"References: " + b"<a@b>," * 180_000 + b"\n\nyes",
    "parameters": b"Content-Type: text/plain;" + b" a=b;" * 200_000 + b"\n\nyes",
    "numbered_parameters": b"Content-Type: text/plain;"
    + b"".join(b" a*%d=b;" % at for at in range(100_000))
    + b"\n\nyes",
    "slow_codec": b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * SIZE,
    "flowed": b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 330_000,
    "flowed_depths": b"Content-Type: text/plain; format=flowed\n\n" + b"> a \n>> a \n" * 90_000,
    "soft_breaks": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=\n" * 500_000,
    "bounce_words": b"X-Failed-Recipients: a@b\n\n" + b"The following address <a@b> failed\n" * 28_000,
    "bounce_nested": b'Content-Type: multipart/report; boundary="b"\n\n'
    + b"--b\nContent-Type: message/delivery-status\n\n" * 20_000,
    "results": b"Authentication-Results: a; " + b"dmarc=pass " * 90_000 + b"\n\nyes",
}
HOSTILE = (
    {name: b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode() for name, text in TEXTS.items()}
    | {name: b"Content-Type: text/html; charset=utf-8\n\n" + page.encode() for name, page in PAGES.items()}
    | RAW
)


@pytest.mark.parametrize("shape", HOSTILE)
def test_no_shape_holds_a_worker_up(shape: str) -> None:
    """L1: the eighteen shapes that stop other readers, and those that aim at ours."""
    raw = b"From: jo@guest.example\nMessage-ID: <1@guest.example>\n" + HOSTILE[shape]

    took = SECONDS
    for _ in range(TRIES):
        took = min(took, _reading_takes(raw))
        if took < SECONDS:
            break

    assert took < SECONDS


def _reading_takes(raw: bytes) -> float:
    began = time.process_time()
    read_mail(
        raw,
        mail_from="jo@guest.example",
        rcpt_to=(),
        own_domain="reply.example.com",
        sent=lambda _: SENT,
        guest="jo@guest.example",
        peer="127.0.0.1",
        trust_authserv=["a"],
        trusted_peers=["127.0.0.0/8"],
    )
    return time.process_time() - began


def test_the_shapes_reach_beyond_the_cap_on_text() -> None:
    assert min(len(text) for text in TEXTS.values()) > MAX_TEXT_BYTES
