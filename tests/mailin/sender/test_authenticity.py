"""A header proves who wrote only where our own gate put it there."""

from __future__ import annotations

import pytest

from mailin.reading.message import read_message
from mailin.sender import authenticity
from mailin.sender.authenticity import Authenticity, Finding, authenticate, single_sender

GUEST = "jo@guest.example"
GATE = "10.0.0.5"
PASS = "mx.rebook.example; dmarc=pass header.from=guest.example"
FAIL = "mx.rebook.example; dmarc=fail header.from=guest.example"
FORGED = "mx.evil.example; dmarc=pass header.from=guest.example"


def judge(*results: str, sender: str = "Jo <jo@guest.example>", peer: str | None = GATE) -> Authenticity:
    headers = [*(f"Authentication-Results: {result}" for result in results), f"From: {sender}", "", "yes"]
    return authenticate(
        read_message("\r\n".join(headers).encode()),
        guest=GUEST,
        peer=peer,
        trust_authserv=["mx.rebook.example"],
        trusted_peers=["10.0.0.0/24", "::1"],
    )


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([PASS], "verified"),
        (
            ["mx.rebook.example 1; spf=pass smtp.mailfrom=x.example; dmarc=pass (p=reject) header.from=guest.example"],
            "verified",
        ),
        (["MX.Rebook.example; dmarc=pass"], "verified"),
        ([PASS, FORGED], "verified"),
        ([], "known"),
        ([FORGED], "known"),
        ([FORGED, PASS], "known"),
        (["mx.rebook.example.evil; dmarc=pass"], "known"),
        (["mx.rebook.example; dmarc=none"], "known"),
        (["mx.rebook.example; dkim=pass header.d=guest.example; spf=pass"], "known"),
        (["mx.rebook.example; dmarc=pass header.from=evil.example"], "known"),
        (["mx.rebook.example; dmarc=pass header.from=guest.example.evil"], "known"),
        ([FAIL], "failed"),
        (["mx.rebook.example; dmarc=pass; dmarc=fail"], "failed"),
        (["mx.rebook.example; dmarc=temperror header.from=guest.example"], "unknown"),
        (["mx.rebook.example; dmarc=permerror header.from=guest.example"], "known"),
        (["", PASS], "known"),
        (["(((((((", PASS], "known"),
        (["mx.rebook.example; dmarc="], "known"),
        ([f"mx.rebook.example; dmarc=pass {'x=y ' * 5000}"], "known"),
    ],
)
def test_only_the_topmost_result_of_our_own_gate_counts(results: list[str], expected: Authenticity) -> None:
    """R7: forged results below, above, with look-alike names, for another domain, or broken."""
    assert judge(*results) == expected


@pytest.mark.parametrize("peer", [None, "10.0.1.5", "192.0.2.1", "not an address", ""])
def test_a_stranger_at_the_door_proves_nothing(peer: str | None) -> None:
    """R7: anybody can write our gate's name into a header."""
    assert (judge(PASS, peer=peer), judge(FAIL, peer=peer)) == ("known", "known")


@pytest.mark.parametrize(
    "sender",
    [
        "Eve <eve@evil.example>",
        "jo@guest.example <eve@evil.example>",
        "Jo <jo@guest.example>, Eve <eve@evil.example>",
        "Jo <jo@guest.example>\r\nFrom: Eve <eve@evil.example>",
        "",
        "Jo",
    ],
)
def test_another_sender_is_unknown_whatever_the_gate_says(sender: str) -> None:
    """R7: the guest is who is on file, not who is named."""
    assert judge(PASS, sender=sender) == "unknown"


def test_reply_to_does_not_make_a_sender() -> None:
    """R7."""
    assert judge(PASS, sender="Eve <eve@evil.example>\r\nReply-To: jo@guest.example") == "unknown"


def test_the_guest_is_known_in_any_case_of_letters() -> None:
    assert judge(sender="JO@Guest.Example") == "known"


@pytest.mark.parametrize(
    ("finding", "of_guest", "of_another"),
    [
        ("pass", "verified", "unknown"),
        ("none", "known", "unknown"),
        (None, "known", "unknown"),
        ("unsure", "unknown", "unknown"),
        ("fail", "failed", "failed"),
    ],
)
def test_what_was_found_decides_for_the_guest_alone(
    finding: Finding | None, of_guest: Authenticity, of_another: Authenticity
) -> None:
    """R7: the verdict table; a failing look-up is neither proof nor leave to act."""
    message = read_message(b"From: Jo <jo@guest.example>\r\n\r\nyes")

    verdicts = [authenticity.judge(message, guest=guest, finding=finding) for guest in (GUEST, "ann@guest.example")]

    assert verdicts == [of_guest, of_another]
    assert authenticity.judge(message, guest=None, finding="pass") == "unknown"


@pytest.mark.parametrize(
    ("shown", "sender"),
    [
        ("From: Jo <jo@guest.example>", GUEST),
        ('From: "Jo: at work; today" <jo@guest.example>', GUEST),
        ("From: =?utf-8?Q?Jo:_at_work?= <jo@guest.example>", GUEST),
        ("From: Friends: jo@guest.example;", None),
        ("From: Friends:jo@guest.example", None),
        ("From: jo@guest.example\r\nFrom: Eve", None),
        ("From: Eve\r\nFrom: jo@guest.example", None),
        ("From: jo@guest.example, eve@evil.test", None),
        ("Reply-To: jo@guest.example", None),
    ],
)
def test_from_names_one_sender_plainly_or_nobody(shown: str, sender: str | None) -> None:
    """R7: one header, one mailbox, no group, so that no two programs read two senders out of it."""
    assert single_sender(read_message(f"{shown}\r\n\r\nyes".encode())) == sender
