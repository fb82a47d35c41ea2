"""What can be said of a mail and the domain in its From: every kind of signature, policy and trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pytest

from mailin.sender.authenticity import Finding
from mailin.sender.sender_check import STRANGERS_SECONDS_A_MINUTE, Patience, SenderCheck, When
from tests.mailin.sender.signing import Zone, new_key, sign, zone

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAIL = (
    b"From: Jo <jo@guest.example>\r\nTo: reply+x@reply.nova.example\r\nSubject: Re: Your booking\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@guest.example>\r\n\r\nTuesday at 11:30\r\n"
)
KEY = new_key().record
OWN = {"s1._domainkey.guest.example": KEY}
SUB = {"s1._domainkey.mail.guest.example": KEY}
REJECT = {"_dmarc.guest.example": "v=DMARC1; p=reject"}
QUARANTINE = {"_dmarc.guest.example": "v=DMARC1; p=quarantine"}
WATCHED = {"_dmarc.guest.example": "v=DMARC1; p=none; rua=mailto:d@guest.example"}
STRICT = {"_dmarc.guest.example": "v=DMARC1; p=reject; adkim=s"}
HOSTED = {"_dmarc.guest.example": "v=DMARC1; p=reject; psd=y"}
SLOW = ("_dmarc.guest.example",)

own = partial(sign, MAIL, domain="guest.example")
sub = partial(sign, MAIL, domain="mail.guest.example")


def broken() -> bytes:
    return own().replace(b"Tuesday", b"Monday")


def bare() -> bytes:
    return MAIL


def elsewhere() -> bytes:
    return sign(MAIL, domain="list.test")


@pytest.mark.parametrize(
    ("mail", "records", "trouble", "finding"),
    [
        (own, OWN, (), "pass"),
        (own, OWN | REJECT, (), "pass"),
        (own, {"s1._domainkey.guest.example": ("a note", "p=old", KEY)}, (), "pass"),
        (own, OWN, SLOW, "pass"),
        (own, OWN | REJECT, ("_dmarc.example",), "pass"),
        (bare, WATCHED, (), "none"),
        (bare, {}, (), "none"),
        (bare, REJECT, (), "fail"),
        (bare, QUARANTINE, (), "fail"),
        (bare, {"_dmarc.example": "v=DMARC1; p=none; sp=reject"}, (), "fail"),
        (bare, {}, SLOW, "unsure"),
        (broken, OWN, (), "none"),
        (broken, OWN | REJECT, (), "fail"),
        (elsewhere, REJECT, (), "fail"),
        (elsewhere, {}, (), "none"),
        (own, REJECT, (), "fail"),
        (own, REJECT, ("s1._domainkey.guest.example",), "unsure"),
        (own, WATCHED, ("s1._domainkey.guest.example",), "none"),
        (own, {}, (".example",), "unsure"),
        (sub, SUB | REJECT, (), "pass"),
        (sub, SUB | WATCHED, (), "pass"),
        (sub, SUB | STRICT, (), "fail"),
        (sub, SUB | HOSTED, (), "fail"),
        (sub, SUB, (), "none"),
        (sub, SUB | REJECT, ("s1._domainkey.mail.guest.example",), "unsure"),
        (sub, SUB | REJECT, ("_dmarc.mail.guest.example",), "unsure"),
        (partial(own, length=10), OWN | REJECT, (), "fail"),
        (partial(own, tags=" x=1;"), OWN | REJECT, (), "fail"),
        (partial(own, algorithm="sha1"), OWN | REJECT, (), "fail"),
        (partial(own, key=new_key(768)), {"s1._domainkey.guest.example": new_key(768).record} | REJECT, (), "fail"),
    ],
)
async def test_a_mail_is_judged_as_its_domain_wants(
    mail: Callable[[], bytes], records: dict[str, str | tuple[str, ...]], trouble: tuple[str, ...], finding: Finding
) -> None:
    """R7: proven by an aligned signature alone; trouble is never proof, nor leave to act."""
    check = SenderCheck(zone(records, trouble).txt)

    assert await check.check(mail(), sender="jo@guest.example", received=NOW) == finding


async def test_a_parent_may_sign_for_the_domain_below() -> None:
    """R7: relaxed alignment goes both ways."""
    raw = sign(MAIL.replace(b"jo@guest", b"jo@team.guest"), domain="guest.example")

    finding = await SenderCheck(zone(OWN | REJECT).txt).check(raw, sender="jo@team.guest.example", received=NOW)

    assert finding == "pass"


async def test_one_query_tells_of_a_mail_that_its_own_domain_signed() -> None:
    """L1."""
    names = zone(OWN | REJECT)

    await SenderCheck(names.txt).check(own(), sender="jo@guest.example", received=NOW)

    assert names.asked == ["s1._domainkey.guest.example"]


async def test_queries_are_few_whatever_is_signed() -> None:
    """L1: thirty signatures, a name of thirty labels."""
    host = ".".join(["a"] * 30) + ".guest.example"
    raw = MAIL.replace(b"jo@guest.example", f"jo@{host}".encode())
    for number in range(30):
        raw = sign(raw, domain=f"b{number}.{host}", selector=f"s{number}")

    names = zone(REJECT)
    finding = await SenderCheck(names.txt).check(raw, sender=f"jo@{host}", received=NOW)

    assert finding == "fail"
    assert len(names.asked) <= 30


async def test_a_check_takes_bounded_time() -> None:
    """L1: servers that never answer."""

    async def never(_: str) -> tuple[str, ...]:
        await asyncio.sleep(60)
        return ()

    check = SenderCheck(never)

    assert await check.check(own(), sender="jo@guest.example", received=NOW, seconds=0.05) == "unsure"


@dataclass
class Slow:
    """Servers that take half a second each, by a clock that only they move."""

    now: float = 1_000.0

    async def txt(self, name: str) -> tuple[str, ...]:
        self.now += 0.5
        return tuple(text for known, text in REJECT.items() if known == name)


async def test_strangers_keep_others_waiting_for_a_bounded_time() -> None:
    """L1: a hundred mails from slow domains; the guest is checked all the same, strangers again a minute later."""
    servers = Slow()
    check = SenderCheck(servers.txt, patience=Patience(lambda: servers.now))
    judge = partial(check.check_stranger, MAIL, sender="jo@guest.example", received=NOW)

    findings = [await judge() for _ in range(100)]

    assert set(findings[:2]) == {"fail"}
    assert findings.count("unsure") >= 95
    assert servers.now - 1_000 <= STRANGERS_SECONDS_A_MINUTE + 1
    assert await check.check(MAIL, sender="jo@guest.example", received=NOW) == "fail"

    servers.now += 60

    assert await judge() == "fail"


@pytest.mark.parametrize("sender", [None, "jo", "jo@[192.0.2.1]", "jo@a..b"])
async def test_a_sender_without_a_domain_is_never_sure(sender: str | None) -> None:
    """R7: nothing is asked of DNS."""
    names = Zone()

    assert await SenderCheck(names.txt).check(MAIL, sender=sender, received=NOW) == "unsure"
    assert names.asked == []


@pytest.mark.parametrize(
    ("when", "peer", "from_gate", "due"),
    [
        ("auto", "192.0.2.1", False, True),
        ("auto", "2001:db8::1", False, True),
        ("auto", "192.0.2.1", True, False),
        ("auto", "127.0.0.1", False, False),
        ("auto", "::1", False, False),
        ("auto", "", False, False),
        ("auto", None, False, False),
        ("always", "127.0.0.1", True, True),
        ("never", "192.0.2.1", False, False),
    ],
)
def test_mail_from_elsewhere_is_checked(when: When, peer: str | None, from_gate: bool, due: bool) -> None:  # noqa: FBT001 a column of the table
    """R7: without DNS the demo waits for nothing."""
    assert SenderCheck(Zone().txt, when).is_due(peer, from_gate=from_gate) == due
