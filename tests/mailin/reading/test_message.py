"""Any bytes are read: what is whole is found, what is broken is named, and nothing takes long."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailin.reading.message import read_message
from mailin.reading.parts import MAX_DEPTH, MAX_HEADERS, MAX_PARTS, MAX_TEXT_BYTES, read_parts


def test_a_whole_message_is_read() -> None:
    mail = EmailMessage()
    mail["From"] = "Zoë Guest <Zoe@Guest.Example>"
    mail["To"] = "reply+x@r.example, Other <other@x.example>"
    mail["Cc"] = "c@x.example"
    mail["Reply-To"] = "zoe@elsewhere.example"
    mail["Subject"] = "Re: Wizyta w środę"
    mail["Message-ID"] = "<1@guest.example>"
    mail["In-Reply-To"] = "<a@r.example>"
    mail["References"] = "<a@r.example>, <b@r.example>"
    mail["Date"] = "Mon, 23 Nov 2026 23:58:00 +0100"
    mail.set_content("yes — please", cte="base64")
    mail.add_alternative("<p>yes</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="x.pdf")

    read = read_message(b"\r\n\n" + mail.as_bytes())

    assert (read.sender, read.sender_name, read.reply_to) == ("zoe@guest.example", "Zoë Guest", "zoe@elsewhere.example")
    assert (read.to, read.cc) == (("reply+x@r.example", "other@x.example"), ("c@x.example",))
    assert (read.subject, read.message_id) == ("Re: Wizyta w środę", "1@guest.example")
    assert (read.in_reply_to, read.references) == (("a@r.example",), ("a@r.example", "b@r.example"))
    assert read.date == datetime(2026, 11, 23, 22, 58, tzinfo=UTC)
    assert (read.text, read.html, read.attachments) == ("yes — please\n", "<p>yes</p>\n", 1)
    assert (read.readable, read.defects, read.header("CC")) == (True, (), ("c@x.example",))


@pytest.mark.parametrize(
    ("charset", "body", "expected"),
    [
        ("utf-8", "środa".encode(), "środa"),
        ("iso-8859-2", "środa".encode("iso-8859-2"), "środa"),
        ("x-unknown", "środa".encode(), "środa"),
        ("us-ascii", "środa".encode(), "środa"),
        ("us-ascii", "für".encode("latin-1"), "für"),
        ("utf-8", b"f\xfcr", "f\ufffdr"),
        ("hex", b"6162", "6162"),
        ("punycode", b"tda", "tda"),
        ("utf-16", b"abc", "abc"),
        ('"; x', b"abc", "abc"),
    ],
)
def test_a_wrong_charset_loses_no_words(charset: str, body: bytes, expected: str) -> None:
    """L1: unknown, mislabelled, or one of Python's codecs that no mail uses."""
    raw = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\n\n".encode() + body

    assert read_message(raw).text == expected


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("base64", b"eWVz", "yes"),
        ("base64", b"eWV\nz!!", "yes"),
        ("base64", b"eWVzI", "yes"),
        ("BASE64 ", b"eWVz", "yes"),
        ("quoted-printable", b"y=65s=", "yes"),
        ("quoted-printable", b"y=ZZs", "y=ZZs"),
        ("x-nonsense", b"yes", "yes"),
    ],
)
def test_a_broken_transfer_encoding_gives_what_can_be_read(encoding: str, body: bytes, expected: str) -> None:
    """L1."""
    raw = f"From: a@b.example\nContent-Transfer-Encoding: {encoding}\n\n".encode() + body

    assert read_message(raw).text == expected


def test_a_calendar_answer_names_its_method() -> None:
    """R10: the body's own METHOD decides, not the MIME parameter."""
    raw = b"From: a@b.example\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:COUNTER\n"

    assert read_message(raw).calendar_method == "COUNTER"


@pytest.mark.parametrize(
    "sender", ["a@x.example, b@x.example", "a@x.example\nFrom: b@x.example", "", "nobody", "undisclosed-recipients:;"]
)
def test_there_is_no_sender_unless_there_is_exactly_one(sender: str) -> None:
    """R7."""
    assert read_message(f"From: {sender}\nSubject: x\n\nyes".encode()).sender is None


_PIECES = [
    "Ana",
    "J R",
    "a.b",
    "x-y",
    "1",
    "=",
    "_",
    ".",
    "@",
    "@b.de",
    "A@b.de",
    "<",
    ">",
    "<c@d.de>",
    " ",
    "  ",
    ",",
    "(",
    '"',
]


@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join))
def test_an_address_that_is_read_fast_is_read_as_the_standard_parser_does(written: str) -> None:
    parsed = [address.strip().lower() for _, address in getaddresses([written.strip()]) if "@" in address]

    message = read_message(f"To: {written}\r\n\r\nHello".encode())

    assert message.to == tuple(parsed)


def test_nesting_ends_at_the_cap() -> None:
    """L1: the deepest parts are left unread; nothing recurses further."""
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (at, at) for at in range(5_000))

    parts, defects = read_parts(b"From: a@b.example\n" + nested + b"\nyes")

    assert (len(parts), defects) == (MAX_DEPTH + 1, ["too deep"])


def test_parts_end_at_the_cap() -> None:
    """L1."""
    raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nyes\n" * 100_000

    parts, defects = read_parts(raw)

    assert (len(parts), parts[1].text(), defects) == (MAX_PARTS, "yes", ["too many parts"])


def test_headers_end_at_the_cap_and_the_body_is_still_found() -> None:
    """L1."""
    read = read_message(b"From: a@b.example\n" + b"X: y\n" * 100_000 + b"\nyes")

    assert (len(read.headers), read.text, read.sender) == (MAX_HEADERS, "yes", "a@b.example")


def test_text_ends_at_the_cap() -> None:
    """L1."""
    assert len(read_message(b"From: a@b.example\n\n" + b"x" * 3_000_000).text or "") == MAX_TEXT_BYTES


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n\n",
        b"yes",
        b"From: " + b"(" * 100_000,
        b"From: " + b'"' * 100_000,
        b"From: =?x?q?" * 10_000,
        b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n",
        b"Content-Type: multipart/mixed\n\nyes",
        b"Content-Type: ;;;;;\n\nyes",
        b"Content-Type: text/plain; charset*0*=x'y'z; charset*99999999999999=q\n\nyes",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\n\nyes",
        b"Date: Sat, 31 Dec 9999 23:59:59 -2359\n\nyes",
        b"Subject: =?utf-8?b?/////?= =?x-none?q?=ZZ?=\n\nyes",
        b"From: a@b\rSubject: x\r\ryes",
    ],
)
def test_broken_messages_are_read(raw: bytes) -> None:
    """L1."""
    read_message(raw)


@given(st.binary(max_size=2_000))
def test_no_bytes_raise(raw: bytes) -> None:
    """L1."""
    read_message(raw)


LINES = st.sampled_from(
    [
        b"From: a@b.example",
        b"From: =?utf-8?q?=",
        b"To: g: a@b, c;",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: multipart/alternative; boundary=c",
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: message/delivery-status",
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment; filename*=utf-8''%FF",
        b" folded",
        b"--b",
        b"--b--",
        b"--c",
        b"",
        b"> quoted",
        b"\xff\xfe\x00",
        b"<div class=gmail_quote><blockquote>",
        b"Date: x",
    ]
)


@given(st.lists(LINES, max_size=40))
def test_no_mixture_of_mail_lines_raises(lines: list[bytes]) -> None:
    """L1."""
    read_message(b"\n".join(lines))
