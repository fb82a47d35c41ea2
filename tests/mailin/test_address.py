"""An address of ours is read strictly; what is not exactly ours is foreign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailin.address import (
    LONGEST_MAILBOX_NAME,
    Addresses,
    BounceOf,
    CalendarOf,
    Foreign,
    PlainReply,
    Postmaster,
    Recipient,
    ReplyTo,
    read_recipient,
)

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


MAILBOX = Addresses("book.example.com", "shop@example.com")


def test_a_mailbox_hands_out_its_plus_addresses() -> None:
    """T2, T5: they fit a local part of 64 octets; the return path is the mailbox itself."""
    longest = Addresses("book.example.com", f"{'s' * LONGEST_MAILBOX_NAME}@example.com")

    assert MAILBOX.reply(TOKEN) == f"shop+{TOKEN}@example.com"
    assert MAILBOX.calendar("k7q2") == "shop+cal-k7q2@example.com"
    assert MAILBOX.return_path("81.abc") == "shop@example.com"
    assert len(longest.reply(TOKEN).partition("@")[0]) == 64


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"shop+{TOKEN}@example.com", ReplyTo(TOKEN)),
        (f"<SHOP+{TOKEN.upper()}@Example.COM>.", ReplyTo(TOKEN)),
        ("shop+cal-k7q2@example.com", CalendarOf("k7q2")),
        (f"reply+{TOKEN}@book.example.com", ReplyTo(TOKEN)),
        ("bounce+81.abc@book.example.com", BounceOf("81.abc")),
        ("reply@book.example.com", PlainReply()),
        ("shop@example.com", Foreign()),
        ("shop+@example.com", Foreign()),
        ("shop+cal-@example.com", Foreign()),
        ("shop+news@example.com", Foreign()),
        ("shop+postmaster@example.com", Foreign()),
        (f"shop+{TOKEN}@mail.example.com", Foreign()),
        (f"other+{TOKEN}@example.com", Foreign()),
        (f"reply+{TOKEN}@example.com", Foreign()),
        (f"x.shop+{TOKEN}@example.com", Foreign()),
        (f"shop+reply+{TOKEN}@example.com", Foreign()),
    ],
)
def test_of_a_mailbox_only_addresses_of_ours_are_ours(address: str, expected: Recipient) -> None:
    """T2: others write to its plus addresses, too."""
    assert MAILBOX.read(address) == expected


@given(st.sampled_from([MAILBOX, Addresses("book.example.com")]), st.from_regex(r"\A[a-z2-7]{42}\Z"))
def test_what_is_handed_out_is_read_back(addresses: Addresses, token: str) -> None:
    """T2."""
    assert addresses.read(addresses.reply(token)) == ReplyTo(token)
    assert addresses.read(addresses.calendar(token[:16])) == CalendarOf(token[:16])
    assert addresses.read(addresses.bounced("81.abc")) == BounceOf("81.abc")
    assert addresses.read(addresses.answered()) == PlainReply()
