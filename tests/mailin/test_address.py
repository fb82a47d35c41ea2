"""An address of ours is read strictly; what is not exactly ours is foreign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailin.address import BounceOf, CalendarOf, Foreign, PlainReply, Postmaster, Recipient, ReplyTo, read_recipient

DOMAIN = "reply.example.com"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"reply+{TOKEN}@{DOMAIN}", ReplyTo(TOKEN)),
        (f"REPLY+{TOKEN.upper()}@Reply.Example.COM", ReplyTo(TOKEN)),
        (f"<reply+{TOKEN}@{DOMAIN}>", ReplyTo(TOKEN)),
        (f"reply+{TOKEN}@{DOMAIN}.", ReplyTo(TOKEN)),
        (f"reply+{TOKEN}.@{DOMAIN}", ReplyTo(TOKEN)),
        (f"reply+{TOKEN}>@{DOMAIN}", ReplyTo(TOKEN)),
        (f"cal+k7q2@{DOMAIN}", CalendarOf("k7q2")),
        (f"bounce+m81@{DOMAIN}", BounceOf("m81")),
        (f"reply@{DOMAIN}", PlainReply()),
        (f"postmaster@{DOMAIN}", Postmaster()),
        ("Postmaster", Postmaster()),
    ],
)
def test_what_mail_systems_do_to_an_address_does_not_matter(address: str, expected: Recipient) -> None:
    """T2: lower-casing, capitals, a trailing dot or bracket."""
    assert read_recipient(address, DOMAIN) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        DOMAIN,
        f"reply+{TOKEN}@other.example.com",
        f"reply+{TOKEN}@{DOMAIN}.evil.example",
        f"reply+{TOKEN}@evil.example@{DOMAIN}",
        f"reply+{TOKEN[:-1]}@{DOMAIN}",
        f"reply+{TOKEN}a@{DOMAIN}",
        f"reply+{TOKEN[:-1]}1@{DOMAIN}",
        f"reply+{TOKEN[:-1]}\u0430@{DOMAIN}",
        f"reply+{TOKEN.replace('k', chr(0x212A))}@{DOMAIN}",  # the Kelvin sign, whose lower case is "k"
        f"reply+{TOKEN}\x00@{DOMAIN}",
        f"reply+{TOKEN}@{DOMAIN}\r\nRCPT TO:<a@b>",
        f'"reply+{TOKEN}"@{DOMAIN}',
        f"<@relay.example:reply+{TOKEN}@{DOMAIN}>",
        f"reply%2b{TOKEN}@{DOMAIN}",
        f"reply+{TOKEN}%evil.example@{DOMAIN}",
        f"cal+@{DOMAIN}",
        f"cal+{'a' * 61}@{DOMAIN}",
        f"bounce+a+b@{DOMAIN}",
        f"team@{DOMAIN}",
        f"postmaster+x@{DOMAIN}",
        "postmaster@other.example.com",
        "a" * 100_000,
    ],
)
def test_anything_else_is_foreign(address: str) -> None:
    """T2, L1: no quotes, routes, percent signs or look-alikes; only ASCII and at most 64 octets."""
    assert read_recipient(address, DOMAIN) == Foreign()


@given(st.text())
def test_no_address_raises(address: str) -> None:
    """L1."""
    read_recipient(address, DOMAIN)
