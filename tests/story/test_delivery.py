"""Sending: at least once and recognisably the same, tried again with patience, in order, finally shown to people."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import update

from core.announce import tell_team
from core.outbox import RETRIES
from core.reply import Part
from core.store import tables as t
from core.store.engine import prepare
from mailin.out.send import LANES, SendFailed, SmtpSender, SmtpServer
from tests.story.mails import said, subjects
from tests.story.salon import TEAM, Salon, booking


@dataclass
class Server:
    """A server that refuses mail to `refused` addresses, for now or for good; it remembers what it was handed."""

    refused: frozenset[str] = frozenset()
    permanent: bool = False
    tried: list[tuple[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    async def send(self, raw: bytes, *, sender: str, to: str) -> None:
        del sender
        await asyncio.sleep(0)
        self.raw.append(raw)
        self.tried.append((to, str(message_from_bytes(raw, policy=policy.default)["Message-ID"])))
        if to in self.refused:
            raise SendFailed(permanent=self.permanent, reason="450 not today")

    async def close(self) -> None:
        """There is nothing to let go of."""


GUEST = "jo@guest.example"


async def test_what_is_tried_again_keeps_its_message_id(salon: Salon) -> None:
    """M4: a repeat is recognisable; the waits grow."""
    server = salon.sender = Server(frozenset({GUEST}))
    await salon.imports(booking())
    begun, waits = salon.time(), []

    for wait in RETRIES[:4]:
        tries = len(server.tried)
        salon.time.now += wait
        salon.time.passes(seconds=-1)
        await salon.works()
        assert len(server.tried) == tries
        salon.time.passes(seconds=1)
        await salon.works()
        waits.append((salon.time() - begun).total_seconds())

    assert waits == [5, 20, 80, 380]
    assert len({message_id for to, message_id in server.tried if to == GUEST}) == 1
    assert len([to for to, _ in server.tried if to == GUEST]) == 5


async def test_a_crash_after_sending_repeats_the_very_same_mail(salon: Salon) -> None:
    """M4: handed over, but not marked as sent: it leaves once more, byte for byte, and is one mail in the Maildir."""
    server = salon.sender = Server()
    await salon.imports(booking())
    as_if_crashed = prepare(update(t.outbox).where(t.outbox.c.kind == "confirmation").values(state="due"))

    for sender in (server, None, None):
        salon.sender = sender
        await salon.rebook.store.write(lambda tx: tx.run(as_if_crashed))
        await salon.works()

    first, second = server.raw
    assert first == second
    assert len(await salon.mail_to(GUEST)) == 1


async def test_what_never_arrives_is_finally_shown_to_the_team(salon: Salon) -> None:
    """M4, F7: after more than two days of trying; the history says so, once."""
    server = salon.sender = Server(frozenset({GUEST}))
    await salon.imports(booking(start="2026-12-10T15:00:00+01:00"), reminders_hours=[])
    for wait in RETRIES:
        assert subjects(await salon.mail_to(TEAM)) == []
        salon.time.now += wait
        await salon.works()

    assert [to for to, _ in server.tried].count(GUEST) == len(RETRIES) + 1
    salon.sender = None
    await salon.works()
    assert [to for to, _ in server.tried].count(TEAM) == 1
    assert (await salon.history())[-1] == "not_delivered"


async def test_what_is_refused_for_good_is_not_tried_again(salon: Salon) -> None:
    """M4: the team is told at once."""
    server = salon.sender = Server(frozenset({GUEST}), permanent=True)
    await salon.imports(booking())
    salon.time.passes(hours=3)
    await salon.works()

    assert [to for to, _ in server.tried if to in (GUEST, TEAM)] == [GUEST, TEAM]


async def test_an_hour_without_a_server_loses_nothing_and_keeps_the_order(salon: Salon) -> None:
    """M4: answers wait behind each other, one mail a booking and reader at a time."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    server = salon.sender = Server(frozenset({GUEST, TEAM, "ana@nova.example"}))
    await salon.reply(confirmation, "Tuesday 1 December at 11:30")
    salon.time.passes(seconds=1)
    await salon.reply(confirmation, "Is there parking nearby?")
    assert len({message_id for to, message_id in server.tried if to == GUEST}) == 1

    salon.sender = None
    salon.time.passes(hours=1)
    await salon.works()

    mails = await salon.mail_to(GUEST)
    assert [said(mail)[0].split()[0] for mail in mails] == ["Done!", "Thank"]
    assert subjects(await salon.mail_to(TEAM))[-2:] == [
        "Moved: Jo, Haircut, Tuesday 1 December, 11:30",
        "Jo wrote: Haircut, Tuesday 1 December, 11:30",
    ]


@dataclass
class Relay(Server):
    """A relay that passes on what the servers behind it say: those of one domain put mail off until they recover."""

    slow: str = "slow.example"
    recovered: bool = False
    hold: asyncio.Event | None = None

    async def send(self, raw: bytes, *, sender: str, to: str) -> None:
        await super().send(raw, sender=sender, to=to)
        if to.endswith(f"@{self.slow}") and not self.recovered:
            if self.hold is not None:
                await self.hold.wait()

            raise SendFailed(permanent=False, reason="451 4.7.1 later", by_recipient=True)


def guests(domain: str, count: int) -> list[dict[str, Any]]:
    """Return bookings of so many guests at *domain*, one after another."""
    hours = [f"2026-12-{day:02}T{hour:02}:00:00+01:00" for day in (1, 2, 3) for hour in range(9, 17)]
    found = []
    for number, start in enumerate(hours[:count]):
        guest = {"name": "Jo", "email": f"jo{number}@{domain}", "locale": "en", "tz": "Europe/Warsaw"}
        performer = "ana" if domain == "slow.example" else "leo"
        found.append(booking(f"{domain}-{number}", guest=guest, start=start, performer=performer))

    return found


async def test_a_domain_that_puts_mail_off_is_left_alone_for_a_while(salon: Salon) -> None:
    """M4: a few tries tell; the others wait without a try of theirs being counted, and leave when it has recovered."""
    relay = Relay()
    salon.sender = relay
    await salon.imports(*guests("slow.example", 20), *guests("quick.example", 3))
    tried = [to for to, _ in relay.tried if to.endswith("slow.example")]
    assert len(tried) <= 2 + LANES
    assert len([to for to, _ in relay.tried if to.endswith("quick.example")]) == 3

    relay.recovered = True
    salon.time.passes(minutes=1)
    await salon.works()

    arrived = [to for to, _ in relay.tried if to.endswith("slow.example")][len(tried) :]
    assert sorted(set(arrived)) == sorted(f"jo{number}@slow.example" for number in range(20))
    assert len(arrived) == 20


class Deferring:
    """A real SMTP server that defers one domain when it is told the recipient."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.taken: list[str] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked.append(address)
        if address.endswith("@slow.example"):
            return "451 4.7.1 later"

        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        self.taken += envelope.rcpt_tos
        return "250 taken"


async def test_a_real_server_is_asked_little_for_a_domain_that_it_defers(salon: Salon) -> None:
    """M4: through SMTP, by what it answers for each recipient."""
    handler, loop = Deferring(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop, hostname="mx.test"), "127.0.0.1", 0)
    sender = salon.sender = SmtpSender(SmtpServer("127.0.0.1", server.sockets[0].getsockname()[1], timeout=5))
    try:
        await salon.imports(*guests("slow.example", 20), *guests("quick.example", 6))
    finally:
        await sender.close()
        await asyncio.sleep(0.01)
        server.close()
        await server.wait_closed()

    asked = [one for one in handler.asked if one.endswith("@slow.example")]
    assert 3 <= len(asked) <= 2 + LANES
    assert sorted(handler.taken) == [f"jo{number}@quick.example" for number in range(6)]


async def test_a_slow_domain_holds_up_nobody_elses_mail(salon: Salon) -> None:
    """M4: while a few mails hang, what is written for others is claimed and sent."""
    relay = Relay(hold=asyncio.Event())
    salon.sender = relay
    importing = asyncio.create_task(salon.imports(*guests("slow.example", LANES - 1)))
    while len(relay.tried) < LANES - 1:
        await asyncio.sleep(0.01)

    dossier = await salon.dossier("slow.example-0")
    words = (Part("team.message", {"guest": "Jo"}),)
    await salon.rebook.store.write(
        lambda tx: tell_team(tx, dossier, key="now", kind="message", parts=words, now=salon.time())
    )
    salon.rebook.woken.set()
    async with asyncio.timeout(10):
        while TEAM not in [to for to, _ in relay.tried]:
            await asyncio.sleep(0.01)

    assert relay.hold is not None
    relay.hold.set()
    await importing


async def test_a_newer_notice_retires_the_older_ones_that_did_not_leave(salon: Salon) -> None:
    """M4: who comes back from an hour without mail reads the one time that counts."""
    salon.sender = Server(frozenset({GUEST}))
    await salon.imports(booking())
    await salon.staff_moves("2026-12-01T11:30:00+01:00")
    await salon.staff_moves("2026-12-02T10:00:00+01:00")

    salon.sender = None
    salon.time.passes(hours=1)
    await salon.works()

    assert [said(mail) for mail in await salon.mail_to(GUEST)] == [
        ["Your booking has a new time: Wednesday 2 December, 10:00 (it was Tuesday 1 December, 11:30)."]
    ]
