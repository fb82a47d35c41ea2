"""One raw mail in, everything that the pipeline needs out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailin.reader import ReadMail, read_mail
from mailin.reading.message import Message
from tests.mailin.quotes.clients import reply_from_gmail, reply_from_outlook_new
from tests.mailin.quotes.test_new_text import CHOICES, GUEST, choices_of_ours

DOMAIN = "reply.example.com"
TOKEN = "a2" * 21
OTHER = "b3" * 21


def read(raw: bytes, *recipients: str, sent: str | None = None, guest: str | None = "jo@guest.example") -> ReadMail:
    def find(_: Message) -> str | None:
        return sent

    return read_mail(raw, mail_from="jo@guest.example", rcpt_to=recipients, own_domain=DOMAIN, sent=find, guest=guest)


def test_a_reply_is_read_to_the_end() -> None:
    """R1, R6, R7: the answer in the shape that `rebook read-mail --json` prints."""
    raw = reply_from_gmail(choices_of_ours(), "Thu 26 Nov 15:00", sender=GUEST)

    mail = read(raw, f"reply+{TOKEN}@{DOMAIN}", sent=CHOICES)

    assert mail.as_json() == {
        "kind": "reply",
        "token": TOKEN,
        "from": "jo@guest.example",
        "text": "Thu 26 Nov 15:00",
        "calendar": None,
        "authentic": "known",
    }


def test_the_envelope_outweighs_every_header() -> None:
    """T3: anybody can write To and Delivered-To."""
    raw = f"Delivered-To: reply+{OTHER}@{DOMAIN}\nTo: reply+{OTHER}@{DOMAIN}\nFrom: {GUEST}\n\nyes".encode()

    assert read(raw, f"reply+{TOKEN}@{DOMAIN}").token == TOKEN
    assert read(raw, f"reply@{DOMAIN}").token is None


def test_without_an_envelope_the_headers_say_to_whom_it_went() -> None:
    """A file on a terminal has no envelope."""
    raw = f"X-Original-To: reply+{TOKEN.upper()}@{DOMAIN}\nTo: Nova <other@x.example>\nFrom: {GUEST}\n\nyes".encode()

    assert read(raw).token == TOKEN


def test_the_same_mail_delivered_again_has_the_same_digest() -> None:
    """R8: only what the servers add on the way differs."""
    raw = reply_from_gmail(choices_of_ours(), "yes", sender=GUEST)

    again = b"Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0100\r\n" + raw

    assert read(raw).digest == read(again).digest


def test_other_words_under_a_repeated_message_id_have_another_digest() -> None:
    """R8: a sender chooses the Message-ID; repeating one must not hide what is new."""
    first = reply_from_gmail(choices_of_ours(), "yes", sender=GUEST)
    second = first.replace(b"yes", b"noo")

    assert read(first).digest != read(second).digest


def test_mail_without_a_message_id_is_known_by_what_it_says() -> None:
    """R8: phones and bounces may lack one."""
    raw = f"From: {GUEST}\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n\nyes".encode()

    assert read(raw).digest == read(b"Received: by x\n" + raw).digest
    assert read(raw).digest != read(raw.replace(b"10:00", b"10:01")).digest


def test_a_token_is_in_no_representation_of_what_was_read() -> None:
    """T5: what is logged by accident must not open a booking."""
    raw = reply_from_outlook_new(choices_of_ours(), "yes", sender=GUEST)

    assert TOKEN not in repr(read(raw, f"reply+{TOKEN}@{DOMAIN}"))


@given(st.binary(max_size=1_500))
def test_no_bytes_raise(raw: bytes) -> None:
    """L1."""
    read(raw, sent=CHOICES)


def test_a_plus_address_of_the_mailbox_bears_the_token() -> None:
    raw = f"From: jo@guest.example\nTo: shop+{'a' * 42}@example.com\nSubject: x\n\nyes\n".encode()

    read = read_mail(raw, mail_from=None, rcpt_to=(), own_domain="book.example.com", mailbox="shop@example.com")

    assert read.token == "a" * 42
    assert read_mail(raw, mail_from=None, rcpt_to=(), own_domain="book.example.com").token is None


def test_what_only_reads_like_a_machine_s_is_called_so() -> None:
    """R6: as the pipeline takes it."""
    raw = b"From: jo@guest.example\r\nSubject: Re: Your visit\r\n\r\nThis is an automatic reply. Yes\r\n"

    assert (read(raw).kind, read(raw.replace(b"an automatic reply", b"it")).kind) == ("auto_reply", "reply")
