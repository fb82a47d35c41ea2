"""Seats and address syntax of the mail listener, without a socket."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from mailin.limits import Limits, Seats, peer_address, readable_recipient


def test_a_peer_has_its_share_of_the_seats_and_gets_it_back() -> None:
    """L1: one stranger cannot keep the others out."""
    seats = Seats(Limits(sessions=3, per_peer=2), exempt=[])
    one, other = ip_address("203.0.113.7"), ip_address("198.51.100.9")

    taken = [seats.enter(one), seats.enter(one), seats.enter(one), seats.enter(other), seats.enter(other)]
    seats.leave(one)

    assert taken == [True, True, False, True, False]
    assert seats.enter(one)


def test_a_whole_ipv6_network_is_one_peer() -> None:
    seats = Seats(Limits(per_peer=1), exempt=[])

    assert seats.enter(ip_address("2001:db8:0:1::1"))
    assert not seats.enter(ip_address("2001:db8:0:1:ffff::2"))
    assert seats.enter(ip_address("2001:db8:0:2::1"))


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3", "192.0.2.5"])
def test_exempt_peers_share_only_the_seats_in_all(peer: str) -> None:
    seats = Seats(Limits(sessions=3, per_peer=1), exempt=["10.0.0.0/8", "192.0.2.5"])

    assert [seats.enter(ip_address(peer)) for _ in range(4)] == [True, True, True, False]


def test_an_exempt_peer_that_is_no_address_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"mail\.example"):
        Seats(Limits(), exempt=["mail.example"])


@pytest.mark.parametrize(
    ("peername", "address"),
    [
        (("::ffff:203.0.113.7", 1, 0, 0), "203.0.113.7"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::1"),
        (("203.0.113.7", 1), "203.0.113.7"),
        (None, "None"),
    ],
)
def test_a_peer_is_told_by_its_plain_address(peername: object, address: str) -> None:
    assert str(peer_address(peername)) == address


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (f"REPLY+{'A2' * 21}@Reply.Example.COM", f"reply+{'a2' * 21}@reply.example.com"),
        ("cal+k@r.test.", "cal+k@r.test"),
        ("postmaster", "postmaster"),
        ("reply", None),
        ("reply+k7q@r..test", None),
        (".reply@r.test", None),
        ("reply+k7q@-r.test", None),
        ("reply+k7q@r.test\n", None),
        ("reply+\u212a7q@r.test", None),
        (f"reply@{'r' * 250}.test", None),
    ],
)
def test_a_recipient_is_one_plain_lower_case_form(given: str, read: str | None) -> None:
    """T2: lower-casing and a trailing dot are survived; a Kelvin sign is no K."""
    assert readable_recipient(given) == read
