"""The DNS tree walk: whose record binds a domain, and which domains are of one organisation."""

from __future__ import annotations

import pytest

from mailin.sender.alignment import Found, Policy, dns_name, organisation_of, policy_of, read_policy, walk

NONE = Policy("none", "none")
REJECT = Policy("reject", "reject")


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("example.com", ("example.com", "com")),
        ("com", ("com",)),
        ("a.mail.example.com", ("a.mail.example.com", "mail.example.com", "example.com", "com")),
        ("a.b.c.d.e.f.g.h", ("a.b.c.d.e.f.g.h", *("b.c.d.e.f.g.h"[2 * n :] for n in range(7)))),
        ("a.b.c.d.e.f.g.h.i.j.mail.example.com",
         ("a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "h.i.j.mail.example.com",
          "i.j.mail.example.com", "j.mail.example.com", "mail.example.com", "example.com", "com")),
    ],
)  # fmt: skip
def test_a_walk_asks_the_domain_and_its_parents_eight_at_most(domain: str, names: tuple[str, ...]) -> None:
    """R7, RFC 9989 section 4.10."""
    assert walk(domain) == names


@pytest.mark.parametrize(
    ("records", "policy"),
    [
        (["v=DMARC1; p=reject"], REJECT),
        (["v=DMARC1;p=quarantine;sp=none"], Policy("quarantine", "none")),
        (["V = DMARC1 ; P = Reject ; adkim=s; psd=n"], Policy("reject", "reject", is_strict=True, psd="n")),
        (["v=DMARC1; rua=mailto:d@example.com"], NONE),
        (["v=DMARC1; p=nonsense; psd=maybe"], NONE),
        (["v=DMARC1; p=reject; t=y"], Policy("quarantine", "quarantine")),
        (["v=DMARC1; p=quarantine; sp=reject; t=y"], Policy("none", "quarantine")),
        (["google-site-verification=x", "v=DMARC1; p=reject"], REJECT),
        (["v=DMARC1; p=reject", "v=DMARC1; p=none"], None),
        (["p=reject; v=DMARC1"], None),
        (["v=dmarc1; p=reject"], None),
        (["v=spf1 -all"], None),
        ([""], None),
        ([], None),
    ],
)
def test_a_record_is_read(records: list[str], policy: Policy | None) -> None:
    assert read_policy(records) == policy


@pytest.mark.parametrize(
    ("domain", "found", "organisation"),
    [
        ("mail.example.com", {}, "mail.example.com"),
        ("mail.example.com", {"example.com": NONE}, "example.com"),
        ("mail.example.com", {"mail.example.com": REJECT, "example.com": NONE}, "example.com"),
        ("mail.example.com", {"mail.example.com": Policy("none", "none", psd="n"), "example.com": NONE},
         "mail.example.com"),
        ("a.mail.example.com", {"a.mail.example.com": NONE, "mail.example.com": Policy("none", "none", psd="n")},
         "mail.example.com"),
        ("a.b.example.co", {"example.co": NONE, "co": Policy("none", "none", psd="y")}, "example.co"),
        ("a.b.shop.host.co", {"host.co": Policy("reject", "none", psd="y")}, "shop.host.co"),
        ("shop.host.co", {"shop.host.co": Policy("none", "none", psd="y")}, "shop.host.co"),
    ],
)  # fmt: skip
def test_the_organisation_is_found_without_a_list(domain: str, found: Found, organisation: str) -> None:
    """R7: two customers of one registry or host never speak for each other."""
    assert organisation_of(domain, found) == organisation


@pytest.mark.parametrize(
    ("domain", "found", "wanted"),
    [
        ("example.com", {"example.com": REJECT}, "reject"),
        ("mail.example.com", {"example.com": REJECT}, "reject"),
        ("mail.example.com", {"example.com": Policy("reject", "none")}, "none"),
        ("mail.example.com", {"mail.example.com": NONE, "example.com": REJECT}, "none"),
        ("shop.host.co", {"host.co": Policy("none", "reject", psd="y")}, "reject"),
        ("example.com", {}, None),
    ],
)
def test_the_nearest_policy_binds(domain: str, found: Found, wanted: str | None) -> None:
    policy = policy_of(domain, found)

    assert (None if policy is None else policy.wanted) == wanted


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("Guest.Example", "guest.example"),
        ("guest.example.", "guest.example"),
        ("köln.example", "xn--kln-sna.example"),
        ("s1._domainkey.guest.example", "s1._domainkey.guest.example"),
        ("", None),
        ("a..b", None),
        ("[192.0.2.1]", None),
        ("192.0.2.1", None),
        ("-a.example", None),
        ("a b.example", None),
        ("a" * 64 + ".example", None),
        (".".join(["abcdefgh"] * 30), None),
    ],
)
def test_what_is_no_name_is_never_asked(domain: str, name: str | None) -> None:
    """L1: DNS is asked for nothing that cannot be a name."""
    assert dns_name(domain) == name
