"""DNS is asked once for what was just said, in bounded memory, and not again and again where nobody answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest
from dns import asyncresolver, message, rcode, rrset
from dns.resolver import NoResolverConfiguration

from mailin.sender import dns
from mailin.sender.dns import CachedResolver, DnsTrouble, Texts


@dataclass
class Servers:
    """The name servers of a test: they count what they are asked, and fail for some names."""

    records: dict[str, tuple[Texts, float]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    async def ask(self, name: str) -> tuple[Texts, float]:
        self.asked.append(name)
        if name in self.silent | self.failing:
            raise DnsTrouble("no answer", slow=name in self.silent)

        return self.records.get(name, ((), dns.NOTHING_KEPT))


@dataclass
class Seconds:
    """A clock that only goes forward when told."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_is_kept_as_long_as_it_may_be() -> None:
    clock, servers = Seconds(), Servers({"a.example": (("x",), 60)})
    resolver = CachedResolver(clock, servers.ask)

    assert [await resolver.txt("a.example") for _ in range(3)] == [("x",)] * 3
    assert servers.asked == ["a.example"]

    clock.now += 61

    assert await resolver.txt("a.example") == ("x",)
    assert servers.asked == ["a.example"] * 2


async def test_that_there_is_nothing_is_kept_too() -> None:
    servers = Servers()
    resolver = CachedResolver(Seconds(), servers.ask)

    assert [await resolver.txt("a.example") for _ in range(3)] == [()] * 3
    assert servers.asked == ["a.example"]


async def test_a_failure_is_no_answer_and_soon_asked_again() -> None:
    """R7: nobody is taken to have no policy because a server failed."""
    clock, servers = Seconds(), Servers(failing=frozenset({"a.example"}))
    resolver = CachedResolver(clock, servers.ask)

    for _ in range(3):
        with pytest.raises(DnsTrouble):
            await resolver.txt("a.example")

    assert servers.asked == ["a.example"]
    assert await resolver.txt("b.a.example") == ()

    servers.failing, clock.now = frozenset(), clock.now + dns.TROUBLE_KEPT + 1

    assert await resolver.txt("a.example") == ()


async def test_servers_that_do_not_answer_are_left_alone_for_a_while() -> None:
    """L1: a forger's slow servers cost one wait, however many names they have."""
    clock, servers = Seconds(), Servers(silent=frozenset({"s1._domainkey.slow.example"}))
    resolver = CachedResolver(clock, servers.ask)

    for name in ("s1._domainkey.slow.example", "s2._domainkey.slow.example", "_dmarc.slow.example"):
        with pytest.raises(DnsTrouble):
            await resolver.txt(name)

    assert servers.asked == ["s1._domainkey.slow.example"]
    assert await resolver.txt("_dmarc.other.test") == ()

    clock.now += dns.TROUBLE_KEPT + 1

    assert await resolver.txt("_dmarc.slow.example") == ()


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: a forger invents names for ever."""
    monkeypatch.setattr(dns, "MOST_NAMES", 10)
    servers = Servers()
    resolver = CachedResolver(Seconds(), servers.ask)

    for number in range(100):
        await resolver.txt(f"n{number}.example")

    await resolver.txt("n99.example")
    await resolver.txt("n0.example")

    assert servers.asked[100:] == ["n0.example"]
    assert len(resolver._kept) == 10  # noqa: SLF001 how much is kept shows nowhere else


class NameServer(asyncio.DatagramProtocol):
    """A name server on loopback that knows one name, and does not answer for another."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = message.from_wire(data)
        name = query.question[0].name.to_text()
        if name.startswith("silent."):
            return

        answer = message.make_response(query)
        if name.startswith("failing."):
            answer.set_rcode(rcode.SERVFAIL)
        elif name == "s1._domainkey.guest.example.":
            answer.answer.append(rrset.from_text(name, 7_200, "IN", "TXT", '"v=DKIM1; " "p=abc"', '"other"'))
        elif name.startswith("nothing."):
            answer.set_rcode(rcode.NXDOMAIN)

        self.transport.sendto(answer.to_wire(), addr)


async def test_a_real_server_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """R7: records in pieces, none of that type, no such name; SERVFAIL and silence are trouble, within bounded time."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    local = asyncresolver.Resolver(configure=False)
    local.nameservers, local.port = ["127.0.0.1"], transport.get_extra_info("sockname")[1]
    monkeypatch.setattr(asyncresolver, "Resolver", lambda: local)
    monkeypatch.setattr(dns, "QUERY_SECONDS", 0.5)
    monkeypatch.setattr(dns, "TRY_SECONDS", 0.2)
    resolver = CachedResolver()

    found = [await resolver.txt(f"{name}.guest.example") for name in ("s1._domainkey", "none", "nothing")]
    with pytest.raises(DnsTrouble) as failed:
        await resolver.txt("failing.guest.example")

    with pytest.raises(DnsTrouble) as unheard:
        await resolver.txt("silent.guest.example")

    transport.close()
    assert found == [("other", "v=DKIM1; p=abc"), (), ()]
    assert (failed.value.slow, unheard.value.slow) == (False, True)


async def test_a_machine_without_dns_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """R7, L1: the check says so, whoever is asked about."""

    def none() -> None:
        raise NoResolverConfiguration

    monkeypatch.setattr(asyncresolver, "Resolver", none)

    with pytest.raises(DnsTrouble):
        await CachedResolver().txt("_dmarc.guest.example")
