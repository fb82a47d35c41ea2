"""The server that takes our mail away is down, says no, or is slow. Real SMTP on loopback; time is passed in."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from core.store.tables import outbox
from mailin.out.send import MailSender, SmtpSender, SmtpServer
from rebook.app import new_outbound, new_pipeline, running
from tests.crash.serving import write_post
from tests.story.salon import TEAM, Clock, Salon, booking, new_config

GUESTS = ("jo", "kim", "lea")


@dataclass
class Smarthost:
    """Takes mails, slowly if told to, and refuses some recipients for good."""

    seconds: float = 0
    refuses: str = ""
    taken: list[tuple[str, int]] = field(default_factory=list)
    """Recipient and message number, in the order they came."""

    async def handle_RCPT(  # noqa: N802 aiosmtpd finds it by its name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.refuses:
            return "550 5.1.1 No such user"

        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 the same
        await asyncio.sleep(self.seconds)
        mail = message_from_bytes(envelope.original_content or b"")
        self.taken.append((parseaddr(str(mail["To"]))[1], int(str(mail["Message-ID"]).strip("<>").partition(".")[0])))
        return "250 OK"

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        new_session: Callable[[], SMTP] = lambda: SMTP(self, hostname="smarthost.test", loop=loop)  # noqa: E731
        server = await loop.create_server(new_session, "127.0.0.1", port)
        try:
            yield
        finally:
            server.close()


@dataclass
class Office(Salon):
    """A salon whose mail leaves by SMTP."""

    way: MailSender = field(kw_only=True)

    async def works(self) -> None:
        """Read all mail that waits, and try to send all that is due."""
        pipeline = new_pipeline(self.config, self.rebook, self.way)
        sender = new_outbound(self.config, self.rebook, self.way)
        while await pipeline.read_waiting() or await sender.send_due():
            pass

    async def an_hour_passes(self) -> None:
        for _ in range(60):
            self.time.passes(minutes=1)
            await self.works()

    async def writes(self, guest: str, words: str) -> None:
        post = write_post(guest, self.tokens[guest], words)
        await asyncio.to_thread(self.posts, post.raw, post.to, f"{guest}@guest.example")

    async def messages(self, state: str) -> dict[int, tuple[str, str]]:
        """Return recipient and kind of the messages in *state* by their number; reminders lie here for days."""
        wanted = select(outbox).where(outbox.c.state == state, outbox.c.kind != "reminder")
        rows = await self.rebook.store.read(lambda tx: tx.all(wanted))
        return {row.id: (row.recipient, row.kind) for row in rows}


@asynccontextmanager
async def an_office(folder: Path, port: int) -> AsyncIterator[Office]:
    config, clock = new_config(folder), Clock()
    way = SmtpSender(SmtpServer("127.0.0.1", port, tls="none", timeout=5))
    async with running(config, only=("mail",), clock=clock) as rebook:
        yield Office(folder, config, rebook, clock, way=way)
        await way.close()


async def test_after_an_hour_without_a_mail_server_everything_arrives_once_and_in_order(tmp_path: Path) -> None:
    """M4: what could not be sent waits; each recipient reads of each booking in the order in which it happened."""
    port, smarthost = free_port(), Smarthost()
    async with an_office(tmp_path, port) as office:
        await office.imports(*(booking(guest, start=f"2026-11-26T1{n}:00:00+01:00") for n, guest in enumerate(GUESTS)))
        for guest in GUESTS:
            await office.writes(guest, f"Could we do Tuesday 1 December at 1{GUESTS.index(guest)}:00 instead?")
            office.time.passes(minutes=5)
            await office.works()

        for guest in GUESTS:
            await office.writes(guest, "Is there parking near the entrance?")

        await office.an_hour_passes()
        assert await office.messages("sent") == {}

        async with smarthost.listening(port):
            await office.an_hour_passes()

        sent = await office.messages("sent")
        assert await office.messages("due") == {}
        assert await office.messages("failed") == {}
        assert sorted(number for _, number in smarthost.taken) == sorted(sent)
        assert sum(one == ("guest", "answer") for one in sent.values()) == 2 * len(GUESTS)
        assert await order_by_booking(office, smarthost) == await order_by_booking(office, smarthost, in_order=True)


async def test_a_guest_whose_address_does_not_exist_is_shown_to_the_team(tmp_path: Path) -> None:
    """M4: a permanent refusal is not tried again; staff read who was not reached."""
    port = free_port()
    smarthost = Smarthost(refuses="jo@guest.example")
    async with smarthost.listening(port), an_office(tmp_path, port) as office:
        await office.imports(booking())
        await office.an_hour_passes()

        assert list((await office.messages("failed")).values()) == [("guest", "confirmation")]
        assert ("team", "undelivered") in (await office.messages("sent")).values()
        assert {to for to, _ in smarthost.taken} == {TEAM}


async def test_two_workers_at_a_slow_server_send_each_message_once(tmp_path: Path) -> None:
    """M4: a message that is on its way is its worker's alone."""
    port, smarthost = free_port(), Smarthost(seconds=0.03)
    async with smarthost.listening(port), an_office(tmp_path, port) as office:
        starts = [f"2026-11-{day}T{hour}:00:00+01:00" for day in (25, 26) for hour in range(10, 18)]
        await office.imports(*(booking(f"g{number}", start=start) for number, start in enumerate(starts)))
        for number in range(len(starts)):
            await office.writes(f"g{number}", "Is there parking near the entrance?")

        await asyncio.gather(office.works(), office.works())
        await office.works()

        assert sorted(number for _, number in smarthost.taken) == sorted(await office.messages("sent"))
        assert await office.messages("due") == {}


async def order_by_booking(
    office: Office, smarthost: Smarthost, *, in_order: bool = False
) -> dict[tuple[int, str], list[int]]:
    """Return the numbers of the messages that arrived, by booking and recipient."""
    rows = await office.rebook.store.read(lambda tx: tx.all(select(outbox.c.id, outbox.c.booking_id)))
    bookings = {row.id: row.booking_id for row in rows}
    arrived: dict[tuple[int, str], list[int]] = defaultdict(list)
    for to, number in sorted(smarthost.taken, key=lambda one: one[1]) if in_order else smarthost.taken:
        arrived[bookings[number], to].append(number)

    return arrived


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
