"""Why a mail is read as it is: what is said of each stage is what that stage went by."""

from __future__ import annotations

import pytest

from core.tokens import make_token, sign_message_id
from mailin.address import Addresses
from mailin.explain import Known, explain_mail
from mailin.reader import read_mail

DOMAIN = "reply.example.com"
KEYS = ("a key of thirty-two characters ok",)
TOKEN = make_token(bytes(range(16)), KEYS)
KNOWN = Known(Addresses(DOMAIN), ("bookings@example.com",), KEYS, ("mx.example.com",), ("192.0.2.0/24",))
REPLY = f"From: Jo <jo@guest.example>\nTo: reply+{TOKEN}@{DOMAIN}\nSubject: Re: Your appointment\n\n"


def explained(mail: str, known: Known = KNOWN) -> list[str]:
    raw = mail.encode().replace(b"\n", b"\r\n")
    own = known.own_addresses
    read = read_mail(raw, mail_from=None, rcpt_to=(), own_domain=DOMAIN, own_addresses=own)
    return list(explain_mail(read, known))


def test_a_reply_is_explained_stage_by_stage() -> None:
    """R6, R7: and its token is told of, but not told (T5)."""
    words = "Could we do 4?\n\nOn Mon, 23 Nov 2026, Studio Nova wrote:\n> at 3\n> with Ana\n-- \nJo Smith\n"

    assert explained(f"{REPLY}{words}") == [
        "Kind: reply, for nothing says that a machine, a list or a forward sent it.",
        "Booking: To holds a token signed by us.",
        ("Sender: From is jo@guest.example; no gate has said whether that is true (Authentication-Results)."),
        (
            "Cut: 1 × attribution (“On … wrote:”), 2 × quotation, 1 × signature, 1 × below those, or our own words; "
            "new lines: 1 (from the plain text line by line)."
        ),
    ]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Auto-Submitted: auto-replied", "auto_reply, by Auto-Submitted: auto-replied."),
        ("Precedence: auto_reply\nX-Vacation: y", "auto_reply, by Precedence: auto_reply and by X-Vacation: y."),
        ("List-Id: <news.example>\nList-Post: <x>", "list, by List-Id: <news.example> and by List-Post: <x>."),
        ("X-Failed-Recipients: jo@guest.example", "bounce, by X-Failed-Recipients: jo@guest.example."),
        ("Subject: Fwd: Your appointment", "forward, by Subject: Fwd: Your appointment."),
    ],
)
def test_what_alone_makes_a_mail_a_machine_s_is_named(header: str, why: str) -> None:
    """R6."""
    assert explained(f"{header}\n{REPLY}Hello\n")[0] == f"Kind: {why}"


def test_a_sender_of_ours_and_a_body_that_begins_with_a_forward_are_named_too() -> None:
    own = explained(REPLY.replace("jo@guest.example", "bookings@example.com") + "Hello\n")
    body = "---------- Forwarded message ---------\nFrom: X <x@y.example>\nSubject: Hi\n\nHello\n"
    forward = explained(REPLY.replace("Subject: Re: Your appointment\n", "") + body)

    assert own[0] == "Kind: own, by From: Jo <bookings@example.com>."
    assert forward[0] == "Kind: forward, by what its body says."


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (f"reply+{TOKEN[:-8]}aaaaaaaa@{DOMAIN}", "Cc holds a token that is NOT ours"),
        (f"reply@{DOMAIN}", "Cc holds our reply address without a token"),
        (f"cal+aaaaaaaaaaaaaaaa@{DOMAIN}", "Cc holds the address of an invitation"),
        ("somebody@else.example", "no address and no message of ours is named"),
    ],
)
def test_where_the_booking_was_found_is_said(address: str, why: str) -> None:
    """T1, T2."""
    mail = f"From: jo@guest.example\nTo: x@y.example\nCc: {address}\n\nHello\n"

    assert explained(mail)[1] == f"Booking: {why}."


def test_a_message_of_ours_that_is_answered_is_named() -> None:
    """R9."""
    answered = sign_message_id(12, DOMAIN, KEYS)

    assert explained(f"Delivered-To: reply+{TOKEN}@{DOMAIN}\nIn-Reply-To: {answered}\n\nHello\n")[1] == (
        "Booking: a delivery header holds a token signed by us; it answers a message of ours (In-Reply-To, References)."
    )


@pytest.mark.parametrize(
    ("results", "why"),
    [
        (
            "mx.example.com; dmarc=pass header.from=guest.example",
            "Authentication-Results of mx.example.com says pass, and counts from mail.in.trusted_peers",
        ),
        (
            "mx.example.com; dmarc=fail header.from=guest.example",
            "Authentication-Results of mx.example.com says fail, and counts from mail.in.trusted_peers",
        ),
        (
            "mx.evil.example; dmarc=pass header.from=guest.example",
            "the topmost Authentication-Results says nothing that counts (mx.example.com is trusted)",
        ),
    ],
)
def test_what_a_gate_said_is_weighed(results: str, why: str) -> None:
    """R7."""
    assert explained(f"Authentication-Results: {results}\n{REPLY}Hello\n")[2] == (
        f"Sender: From is jo@guest.example; {why}."
    )


def test_without_a_config_there_is_still_an_answer() -> None:
    nobody = explained("no header at all", Known(Addresses("domain.invalid")))

    assert [line.partition(":")[0] for line in nobody] == ["Kind", "Booking", "Sender", "Cut"]
