"""Seats and address syntax of the mail listener, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from mailin.door.limits import Exempt, Limits, Rates, Seats, peer_address, readable_recipient

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_peer_has_its_share_of_the_seats_and_gets_it_back() -> None:
    """L1: one stranger cannot keep the others out."""
    seats = Seats(Limits(sessions=3, per_peer=2), exempt=Exempt([]))
    one, other = ip_address("203.0.113.7"), ip_address("198.51.100.9")

    taken = [seats.enter(one), seats.enter(one), seats.enter(one), seats.enter(other), seats.enter(other)]
    seats.leave(one)

    assert taken == [True, True, False, True, False]
    assert seats.enter(one)


def test_a_whole_ipv6_network_is_one_peer() -> None:
    seats = Seats(Limits(per_peer=1), exempt=Exempt([]))

    assert seats.enter(ip_address("2001:db8:0:1::1"))
    assert not seats.enter(ip_address("2001:db8:0:1:ffff::2"))
    assert seats.enter(ip_address("2001:db8:0:2::1"))


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3", "192.0.2.5"])
def test_exempt_peers_share_only_the_seats_in_all(peer: str) -> None:
    seats = Seats(Limits(sessions=3, per_peer=1), exempt=Exempt(["10.0.0.0/8", "192.0.2.5"]))

    assert [seats.enter(ip_address(peer)) for _ in range(4)] == [True, True, True, False]


def test_a_peer_sends_so_many_messages_a_minute() -> None:
    """L3: counted by address, whatever its connections; the next one waits for its turn."""
    rates = Rates(Limits(messages_per_minute=3), Exempt(["192.0.2.5"]))
    one, other, trusted = map(ip_address, ("203.0.113.7", "198.51.100.9", "192.0.2.5"))

    at_once = [rates.may_send(one, NOW) for _ in range(4)]
    later = [rates.may_send(one, NOW + timedelta(seconds=20)) for _ in range(2)]

    assert (at_once, later) == ([True, True, True, False], [True, False])
    assert rates.may_send(other, NOW)
    assert [rates.may_send(trusted, NOW) for _ in range(9)] == [True] * 9


def test_who_names_too_many_that_are_not_ours_may_ask_no_more_for_a_while() -> None:
    """L3, T1: a whole /64 guesses as one, and a right address asked in between costs nothing."""
    rates = Rates(Limits(unknown_per_minute=2), Exempt([]))
    first, second = ip_address("2001:db8:0:1::1"), ip_address("2001:db8:0:1::2")

    before = [rates.may_ask(first, NOW) for _ in range(9)]
    rates.missed(first, NOW)
    rates.missed(second, NOW)

    assert before == [True] * 9
    assert not rates.may_ask(first, NOW)
    assert not rates.may_ask(second, NOW + timedelta(seconds=29))
    assert rates.may_ask(first, NOW + timedelta(seconds=30))


def test_an_exempt_peer_that_is_no_address_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"mail\.example"):
        Exempt(["mail.example"])


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
