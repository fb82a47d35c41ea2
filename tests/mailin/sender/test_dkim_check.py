"""A signature proves something only if it stands over all of the mail, by a key of the domain that From shows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import dkim
import pytest

from mailin.sender.dkim_check import MOST_SIGNATURES, signatures_of, verifies
from tests.mailin.sender.signing import SIGNED, Key, new_key, sign

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SENDER = "jo@guest.example"
HEAD = (
    "From: Jo <jo@guest.example>\r\nTo: reply+x@reply.nova.example\r\nSubject: Re:  Your\r\n booking\r\n"
    "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@guest.example>\r\n"
)
MAIL = f"{HEAD}\r\nTuesday  at 11:30 \r\n\r\nThanks,\t\r\nJo\r\n\r\n\r\n".encode()

signed = partial(sign, MAIL, domain="guest.example")


def holds(raw: bytes, *, record: str | None = None, sender: str = SENDER, now: datetime = NOW) -> bool:
    found = signatures_of(raw, sender=sender, received=now)
    return any(verifies(one, record or new_key().record) for one in found)


@pytest.mark.parametrize(
    "canonical", ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed", "simple"]
)
def test_a_signature_over_the_mail_as_it_came_holds(canonical: str) -> None:
    """R7, RFC 6376 section 3.4: in every canonical form."""
    assert holds(signed(canonical=canonical))


def test_relaxed_bears_what_mail_systems_do_to_blanks() -> None:
    """RFC 6376 section 3.4.4."""
    changed = signed().replace(b"Tuesday  at 11:30 \r\n", b"Tuesday at  11:30\t\r\n").replace(b"Re:  Your", b"Re: Your")

    assert holds(changed)
    assert not holds(changed.replace(b"11:30", b"11:31"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Tuesday", b"Monday"),
        (b"Jo\r\n\r\n\r\n", b"Jo\r\nPS: cancel all\r\n"),
        (b"Re:  Your", b"Re:  My"),
        (b"From: Jo", b"From: Joe"),
        (b"From: Jo", b"From: jo@guest.example\r\nFrom: Jo"),
        (b"\r\n\tbh=", b"\r\n\tbh=A"),
        (b"\r\n\tb=", b"\r\n\tb=A"),
        (b"d=guest.example", b"d=guest.examples"),
    ],
)
def test_a_changed_mail_proves_nothing(old: bytes, new: bytes) -> None:
    """R7."""
    raw = signed()

    assert holds(raw)
    assert not holds(raw.replace(old, new, 1))


@pytest.mark.parametrize(
    "how",
    [
        {"length": 10},
        {"headers": tuple(name for name in SIGNED if name != "from")},
        {"algorithm": "sha1"},
        {"tags": f" x={int(NOW.timestamp()) - 7200};"},
        {"tags": " x=soon;"},
        {"tags": " x=99999999999999999999999999;"},
        {"tags": " q=dns/other;"},
        {"tags": " i=jo@elsewhere.example;"},
        {"tags": " i=jo@notguest.example;"},
        {"tags": " d=guest.example;"},
        {"selector": "a..b"},
        {"selector": "a" * 64},
        {"domain": "other.example"},
        {"domain": "example"},
        {"domain": "guest.example.evil.test"},
        {"domain": "xguest.example"},
    ],
)
def test_a_signature_that_does_not_count_is_not_even_looked_up(how: dict[str, Any]) -> None:
    """R7: part of the body, without From, SHA-1, expired, for somebody else."""
    assert signatures_of(signed(**how), sender=SENDER, received=NOW) == ()


@pytest.mark.parametrize("tags", [f" x={int(NOW.timestamp()) + 60};", " i=@mail.guest.example;", " t=1; q=dns/txt;"])
def test_a_signature_with_more_tags_counts(tags: str) -> None:
    assert holds(signed(tags=tags))


@pytest.mark.parametrize(
    "record",
    [
        new_key(seed=2).record,
        new_key(bits=768).record,
        new_key().record.replace("DKIM1", "DKIM2"),
        new_key().record.replace("k=rsa", "k=ed25519"),
        new_key().record.replace("k=rsa", "k=unknown"),
        new_key().record[:80],
        new_key().record + " " * 5_000,
        new_key().record + "; n=" + "\t" * 200 + "x",
        new_key().record.replace("p=", "p=é"),
        "v=DKIM1; p=",
        "v=DKIM1",
        ";;;",
        "",
    ],
)
def test_another_a_weak_a_revoked_or_a_broken_key_proves_nothing(record: str) -> None:
    """R7, RFC 8301: 1,024 bits at least."""
    raw = signed(key=new_key(bits=768)) if record == new_key(bits=768).record else signed()

    (one,) = signatures_of(raw, sender=SENDER, received=NOW)

    assert not verifies(one, record)


def test_a_key_that_takes_long_to_use_is_not_used() -> None:
    """L1: whoever controls a domain chooses the numbers."""
    key = new_key()
    heavy = Key(key.one, key.other, public=(1 << 1023) + 1)

    started = time.process_time()

    assert not holds(signed(), record=heavy.record)
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    "sender",
    [
        "Jo <jo@guest.example>, Eve <eve@guest.example>",
        "Friends: jo@guest.example, eve@guest.example;",
        "jo@guest.example <eve@guest.example>",
        "Jo",
        "",
    ],
)
def test_a_from_that_is_not_plainly_the_sender_proves_nobody(sender: str) -> None:
    """R7: what is signed and what Rebook reads is the same."""
    raw = sign(MAIL.replace(b"Jo <jo@guest.example>", sender.encode()), domain="guest.example")

    assert signatures_of(raw, sender=SENDER, received=NOW) == ()


def test_a_from_hidden_from_one_of_two_readers_proves_nobody() -> None:
    """R7: a blank before the colon, which some read as a header and some do not."""
    raw = sign(MAIL, domain="guest.example").replace(b"Subject:", b"From : eve@guest.example\r\nSubject:", 1)

    assert signatures_of(raw, sender=SENDER, received=NOW) == ()


def test_the_senders_own_domain_is_tried_first_and_few_in_all() -> None:
    """L1: a hundred signatures cost no hundred look-ups."""
    raw = MAIL
    for number in range(30):
        raw = sign(raw, domain="mail.guest.example", selector=f"m{number}")

    raw = sign(raw, domain="guest.example")
    found = signatures_of(raw, sender=SENDER, received=NOW)

    assert found[0].key_name == "s1._domainkey.guest.example"
    assert len(found) == MOST_SIGNATURES


def test_a_signature_of_another_program_holds() -> None:
    """R7: dkimpy signs, by its own choice of headers."""
    header = dkim.sign(MAIL, b"s1", b"guest.example", new_key().pem, canonicalize=(b"relaxed", b"simple"))

    assert holds(header + MAIL)


@pytest.mark.parametrize(
    "body",
    [
        b" " * 998 + b"x\r\n",
        b"\t \r\n",
        b"\r\n",
        b"x" * 998 + b"\r\n",
        b" x" * 499 + b"\r\n",
    ],
)
@pytest.mark.parametrize("canonical", ["relaxed/relaxed", "simple/simple"])
def test_a_megabyte_of_anything_is_checked_in_time(body: bytes, canonical: str) -> None:
    """L1: 1 MB in well under a second, though blanks take the patterns of dkimpy hours."""
    whole = (body * (1_000_000 // len(body))) + b"x\r\n"
    raw = sign(f"{HEAD}\r\n".encode() + whole, domain="guest.example", canonical=canonical)

    started = time.process_time()

    assert holds(raw)
    assert time.process_time() - started < 0.75


@pytest.mark.parametrize(
    "hostile",
    [
        b"X-Folded: a" + b"\r\n " * 300_000,
        b"DKIM-Signature: " + b"\r\n " * 300_000 + b"v=1",
        b"Subject: a" + b"\r\n b" * 250_000,
        b"DKIM-Signature: v=1; a=rsa-sha256; b=" + b"A" * 900_000,
        b"DKIM-Signature: v=1\r\n" * 40_000,
        b"DKIM-Signature" * 70_000,
        b"From: " + b"(" * 900_000,
        b": :\r\n" * 100_000,
        b" \r\n" * 300_000,
        b"\0" * 900_000,
    ],
)
def test_a_megabyte_of_headers_is_refused_in_time(hostile: bytes) -> None:
    """L1."""
    raw = hostile + b"\r\n" + signed()

    started = time.process_time()
    holds(raw)

    assert time.process_time() - started < 0.5


def test_long_signed_headers_are_checked_in_time_or_not_at_all() -> None:
    """L1: the signer chooses what is signed; joining folded lines takes dkimpy quadratic time."""
    head = HEAD.replace("Re:  Your\r\n", "Re:" + "\r\n b" * 7_000 + "\r\n").encode()
    raw = sign(head + b"\r\nx\r\n", domain="guest.example")

    started = time.process_time()

    assert holds(raw)
    assert time.process_time() - started < 0.5


def test_expiry_counts_from_when_the_mail_came_in() -> None:
    """R7: a mail that waited is judged as of its arrival."""
    raw = signed(tags=f" x={int(NOW.timestamp())};")

    assert holds(raw, now=NOW + timedelta(minutes=30))
    assert not holds(raw, now=NOW + timedelta(hours=2))


def test_nothing_of_the_sender_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """T5: dkimpy would log headers and keys."""
    caplog.set_level("DEBUG")

    holds(signed())
    holds(signed(), record=new_key().record.replace("k=rsa", "k=odd"))

    assert caplog.records == []
