"""Behind a real Postfix, set up by the lines of `docs/postfix.md`: what it hands over, what it hears, what it keeps."""

from __future__ import annotations

import asyncio
import os
import re
import smtplib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailin.door.inbound import BookingDoor
from mailin.reading.message import read_message
from rebook.app import running
from rebook.config import Config, load_config
from tests.crash.serving import coming_workday, full_book, load, write_post
from tests.real import postfix as real
from tests.real.postfix import Postfix
from tests.story.mails import reply_to, text_of

DOMAIN = "reply.example.com"
LMTP, SUBMISSION = "127.0.0.1:8024", "127.0.0.1:25"
"""As the page has them; the tests use free ports."""

REST = """
[app]
base_url = "https://book.example.com"
data_dir = "{folder}"
secret_keys = ["a secret of the stories, 32 characters and more"]
[web]
listen = "127.0.0.1:0"
"""


@dataclass
class House:
    """A Rebook with bookings, and the Postfix before it; `async with running(house.config)` opens it."""

    postfix: Postfix
    config: Config
    tokens: dict[str, str] = field(default_factory=dict)

    def address(self, guest: str) -> str:
        return f"reply+{self.tokens[guest]}@{DOMAIN}"

    def mail(self, guest: str, words: str) -> bytes:
        return write_post(guest, self.tokens[guest], words, domain=DOMAIN).raw

    async def posts(self, raw: bytes, *to: str, mail_from: str = "jo@guest.example") -> dict[str, tuple[int, bytes]]:
        """Hand *raw* to Postfix; return whom it refused at once, as smtplib says it."""

        def send() -> dict[str, tuple[int, bytes]]:
            with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30) as client:
                try:
                    return client.sendmail(mail_from, to, raw)
                except smtplib.SMTPRecipientsRefused as refused:
                    return refused.recipients

        return await asyncio.to_thread(send)

    async def swaks(self, *words: str) -> str:
        """Let swaks write to Postfix; return the whole dialogue."""
        server = ("--server", f"127.0.0.1:{self.postfix.port}")
        return (await asyncio.to_thread(real.command, "swaks", *server, *words, check=False)).stdout

    async def postfix_says(self, line: str = "") -> None:
        """Let Postfix have *line* at the end of its main.cf, in place of the line that the last call added."""
        file = self.postfix.config / "main.cf"
        file.write_text(file.read_text().partition("\n# in place\n")[0] + f"\n# in place\n{line}\n")
        await asyncio.to_thread(real.command, "postfix", "-c", str(self.postfix.config), "reload")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.config.database.path)) as connection:
            return connection.execute(sql).fetchall()

    async def until(self, sql: str, expected: Any, *, seconds: float = 20) -> None:
        """Wait until *sql* finds *expected* as its one value."""
        async with asyncio.timeout(seconds):
            while self.rows(sql) != [(expected,)]:
                await asyncio.sleep(0.02)

    async def until_heard(self, count: int) -> None:
        """Wait until so many mails were acted on, and nothing waits any more."""
        await self.until("SELECT count(*) FROM heard", count)
        await self.until("SELECT count(*) FROM inbox WHERE state = 'new'", 0)


def house_at(folder: Path, postfix: Postfix, replaced: dict[str, str], toml: str, **settings: str) -> House:
    """Return a house with a config of the page; its *settings* overridden. Senders are not checked: there is no DNS."""
    file = folder / "rebook.toml"
    places = {**replaced, SUBMISSION: f"127.0.0.1:{postfix.port}"}
    file.write_text(REST.format(folder=folder) + real.with_replaced(toml, places))
    return House(postfix, load_config(file, {"REBOOK_MAIL__IN__CHECK_SENDERS": "never", **settings}))


@pytest.fixture(scope="module")
def places() -> dict[str, str]:
    real.skip_without_postfix()
    return {LMTP: f"127.0.0.1:{real.free_port()}", "_time = 60s": "_time = 1s"}


@pytest.fixture(scope="module")
def one_postfix(places: dict[str, str]) -> Iterator[Postfix]:
    with real.a_postfix(real.block("/etc/postfix/main.cf"), places) as postfix:
        yield postfix


@pytest.fixture
def postfix(one_postfix: Postfix) -> Postfix:
    one_postfix.forget()
    return one_postfix


@pytest.fixture(scope="module")
def careless(places: dict[str, str]) -> Iterator[Postfix]:
    """A Postfix that asks about no address beforehand."""
    main = real.block("/etc/postfix/main.cf").replace("check_recipient_access", "# check_recipient_access")
    with real.a_postfix(main, places) as postfix:
        yield postfix


@pytest.fixture
async def house(tmp_path: Path, postfix: Postfix, places: dict[str, str]) -> House:
    house = house_at(tmp_path, postfix, places, real.block("rebook.toml"))
    house.tokens = await load(house.config, full_book(30))
    return house


async def test_a_guest_moves_by_mail_and_every_kind_of_our_mail_goes_out(tmp_path: Path, house: House) -> None:
    """L2, M1, M3: in by LMTP and out by SMTP, both through Postfix; the world gets what Rebook wrote."""
    day = coming_workday(20)
    (tmp_path / "wish.eml").write_bytes(house.mail("g0", f"Could we do {day.day} {day:%B} at 9:30 instead?"))
    await load(house.config, full_book(31), notify=True)
    async with running(house.config):
        await mail_to("g30@guest.example", house, 1)
        said = await house.swaks(
            *("--from", "g0@guest.example", "--to", house.address("g0"), "--data", f"@{tmp_path}/wish.eml")
        )
        moved = await mail_to("g0@guest.example", house, 1)
        await answers(house, moved, "Please cancel it")
        asked = await mail_to("g0@guest.example", house, 2)
        await answers(house, asked, "yes")
        await mail_to("g0@guest.example", house, 3)
        await house.until("SELECT count(*) FROM outbox WHERE state = 'due' AND kind != 'reminder'", 0)
        await house.postfix.until_empty()

    sent = house.rows("SELECT kind, sent_to FROM outbox WHERE state = 'sent'")
    out = house.postfix.sunk()
    assert "<-  250 2.0.0 Ok: queued as" in said
    assert {kind for kind, _ in sent} >= {"confirmation", "answer", "moved", "cancelled"}
    assert sorted(to for _, to in sent) == sorted(recipient_of(mail) for mail in out)
    assert {str(mail["From"]).rpartition("<")[2].rstrip(">") for mail in out} == {"bookings@example.com"}
    assert all(re.fullmatch(r"<bounce\+[a-z0-9.]+@reply\.example\.com>", str(mail["X-Mail-Args"])) for mail in out)
    assert "9:30" in text_of(moved)
    assert [part.get_content_type() for part in moved.walk()].count("text/calendar") == 1


async def test_who_guesses_an_address_hears_550_and_the_others_get_the_mail(house: House) -> None:
    """T1: Postfix asks Rebook while the sender is there, so nothing of a refused address is kept, and none bounces."""
    unknown = f"reply+{'a' * 42}@{DOMAIN}"
    async with running(house.config):
        refused = await house.posts(house.mail("g1", "Is there parking?"), house.address("g1"), unknown)
        await house.until_heard(1)
        await house.postfix.until_empty()

    assert {to: code for to, (code, _) in refused.items()} == {unknown: 550}
    assert b"No such address here" in refused[unknown][1]
    assert house.rows("SELECT rcpt FROM inbox") == [(house.address("g1"),)]
    assert [recipient_of(mail) for mail in house.postfix.sunk() if "MAILER-DAEMON" in str(mail["From"])] == []


async def test_each_recipient_of_a_mail_has_an_answer_of_its_own(house: House, careless: Postfix) -> None:
    """L2, RFC 2033: also where nobody asked before: one is delivered once, the other comes back once."""
    unknown = f"reply+{'a' * 42}@{DOMAIN}"
    careless.forget()
    house = replace(house, postfix=careless)
    async with running(house.config):
        refused = await house.posts(house.mail("g1", "Is there parking?"), house.address("g1"), unknown)
        await house.until_heard(1)
        bounces = [mail for mail in await careless.until_sunk(1) if recipient_of(mail) == "jo@guest.example"]

    statuses = dict(re.findall(r"lmtp\[\d+\]: \w+: to=<([^>]+)>.* status=(\w+)", careless.log))
    assert refused == {}
    assert statuses == {house.address("g1"): "sent", unknown: "bounced"}
    assert len(bounces) == 1
    assert house.rows("SELECT count(*) FROM inbox") == [(1,)]
    assert "timed out" not in careless.log


async def test_twenty_five_recipients_are_served_though_one_mail_may_have_twenty(
    house: House, careless: Postfix
) -> None:
    """L2: Postfix hands over the rest by itself; every booking hears it once."""
    guests = [f"g{number}" for number in range(25)]
    careless.forget()
    house = replace(house, postfix=careless)
    async with running(house.config):
        refused = await house.posts(house.mail("g0", "Is there parking?"), *map(house.address, guests))
        await house.until("SELECT count(*) FROM inbox WHERE state = 'done'", 25)
        await careless.until_empty()

    statuses = re.findall(r"lmtp\[\d+\]: \w+: to=<reply.* status=(\w+) \(250 2\.0\.0 Stored\)", careless.log)
    assert refused == {}
    assert sorted(house.rows("SELECT rcpt FROM inbox")) == sorted((house.address(guest),) for guest in guests)
    assert statuses == ["sent"] * 25


async def test_our_451_makes_postfix_try_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """L1, L2: a fault of ours loses nothing, and what came twice is heard once."""
    store, faults = BookingDoor.store, iter([OSError("disk full"), OSError("disk full")])

    async def failing_store(door: BookingDoor, mails: Sequence[Any]) -> Sequence[str | None]:
        answer = await store(door, mails)
        for fault in faults:
            raise fault  # the mail is stored already: it comes again, as after a connection lost

        return answer

    monkeypatch.setattr(BookingDoor, "store", failing_store)
    async with running(house.config):
        await house.posts(house.mail("g2", "Is there parking?"), house.address("g2"))
        await house.until("SELECT count(*) FROM inbox WHERE state = 'done'", 3)
        await house.postfix.until_empty()

    assert len(re.findall(r"status=deferred .*said: 451 4\.3\.0 Try again later", house.postfix.log)) == 2
    assert house.rows("SELECT count(*) FROM heard") == [(1,)]


async def test_while_rebook_is_away_postfix_keeps_what_it_took_and_puts_off_the_rest(house: House) -> None:
    """L2: a restart loses nothing and repeats nothing; an address that cannot be asked about is not refused."""
    async with running(house.config):
        await house.posts(house.mail("g3", "Is there parking?"), house.address("g3"))
        await house.until_heard(1)
        await house.postfix.until_empty()  # also of the answer, on its way to the guest

    taken = [await house.posts(house.mail("g3", f"And who cuts {n}?"), house.address("g3")) for n in range(5)]
    put_off = await house.posts(house.mail("g4", "Is there parking?"), house.address("g4"))
    waiting = len(house.postfix.queue())
    async with running(house.config):
        await house.until_heard(6)
        await house.postfix.until_empty()
        while await house.posts(house.mail("g4", "Is there parking?"), house.address("g4")):
            await asyncio.sleep(0.2)
        await house.until_heard(7)

    assert taken == [{}] * 5
    assert [code for code, _ in put_off.values()] == [450]
    assert waiting == 5
    assert house.rows("SELECT count(*) FROM inbox") == [(7,)]


@pytest.mark.parametrize(
    "forged",
    [
        "Authentication-Results: mx.example.com; dmarc=pass header.from=guest.example",
        "authentication-results:\r\n (a comment) MX.example.com;\r\n dmarc=pass header.from=guest.example",
        "Authentication-Results : mx.example.com; dmarc=pass header.from=guest.example",
    ],
)
async def test_no_stranger_says_how_a_mail_was_authenticated(
    tmp_path: Path, postfix: Postfix, places: dict[str, str], forged: str
) -> None:
    """R7: where Postfix's word counts, its header check takes away what strangers put into its mouth."""
    gate = real.block("rebook.toml", 1).removeprefix("[mail.in]\n")
    toml = real.block("rebook.toml").replace("[mail.in]\n", f"[mail.in]\n{gate}")
    house = house_at(tmp_path, postfix, places, toml)
    house.tokens = await load(house.config, full_book(1))
    async with running(house.config):
        raw = f"{forged}\r\n".encode() + house.mail("g0", "Is there parking?")
        await house.posts(raw, house.address("g0"))
        await house.until("SELECT count(*) FROM inbox WHERE state = 'done'", 1)

    ((stored, peer),) = house.rows("SELECT raw, peer FROM inbox")
    assert peer == "127.0.0.1"
    assert "mx.example.com" in house.config.mail.incoming.trust_authserv
    assert read_message(stored).header("authentication-results") == ()
    assert b"dmarc=pass" not in stored


async def test_the_page_s_commands_work(house: House) -> None:
    """The lines for the shell are run as they stand, but for folders and ports."""
    as_root, (before,), (serving,), (ask,) = (real.block("sh", number).splitlines() for number in range(4))
    checked = await rebook(house, before)
    async with running(house.config):
        done = [await asyncio.to_thread(real.command, *configured(line, house.postfix)) for line in as_root]
        arrived = await rebook(house, serving)
        guess = with_port(ask, house.postfix.port).split()
        said = (await asyncio.to_thread(real.command, *guess, check=False)).stdout

    assert [one.returncode for one in done] == [0, 0]
    assert "warning" not in "".join(one.stderr for one in done)
    assert checked == "All is well: config, database, templates, languages, folders and ports.\n"
    assert arrived.startswith("All is well: the mail went out, came in from 127.0.0.1 and is as it was; ")
    assert "550 5.1.1" in said


async def test_a_transport_that_leads_elsewhere_is_found_out(house: House) -> None:
    """CONTRACT "check": through the real path, whatever a server in between does."""
    async with running(house.config):
        await house.postfix_says("transport_maps = inline:{reply.example.com=discard:}")
        try:
            lost = await rebook(house, f"{real.block('sh', 2).strip()} --wait 1")
        finally:
            await house.postfix_says()

    assert lost.startswith("mail.out took the mail, but in 1 s it did not arrive: does mail for reply.example.com (MX")


async def test_as_the_domain_s_mail_server_it_takes_mail_over_tls(tmp_path: Path, places: dict[str, str]) -> None:
    """The second way of the page: no Postfix at all."""
    port, certificate = real.free_port(), tmp_path / "certificate.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mx.example.com"
    await asyncio.to_thread(
        real.command, "openssl", *options.split(), "-keyout", str(certificate), "-out", str(tmp_path / "public.pem")
    )
    certificate.write_text(certificate.read_text() + (tmp_path / "public.pem").read_text())
    ours = {**places, "0.0.0.0:25": f"127.0.0.1:{port}", "mail.example.com:587": "127.0.0.1:9"}
    ours |= dict.fromkeys(("/etc/ssl/rebook/fullchain.pem", "/etc/ssl/rebook/privkey.pem"), str(certificate))
    house = house_at(tmp_path, Postfix(tmp_path, port), ours, real.block("rebook.toml", 2))
    house.tokens = await load(house.config, full_book(1))
    (tmp_path / "wish.eml").write_bytes(house.mail("g0", "Is there parking?"))
    async with running(house.config):
        words = ("--from", "g0@guest.example", "--data", f"@{tmp_path}/wish.eml", "--tls")
        taken = await house.swaks(*words, "--to", house.address("g0"))
        guess = await asyncio.to_thread(real.command, *with_port(real.block("sh", 3), port).split(), check=False)
        await house.until_heard(1)

    assert "TLS started with cipher" in taken
    assert "<~  250 2.0.0 Stored" in taken
    assert "550 5.1.1 No such address here" in guess.stdout


async def rebook(house: House, line: str) -> str:
    """Run a command of Rebook as the page has it, with the house's config; return what it says."""
    program, *words = line.replace("rebook.toml", str(house.config.app.data_dir / "rebook.toml")).split()
    assert program == "rebook"
    environment = {**os.environ, "REBOOK_MAIL__IN__CHECK_SENDERS": "never"}
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("rebook")), *words),
        cwd=real.PAGE.parents[1],
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return said.decode()


def with_port(line: str, port: int) -> str:
    return line.replace(SUBMISSION, f"127.0.0.1:{port}")


def configured(line: str, postfix: Postfix) -> list[str]:
    program, *words = line.split()
    return [program, "-c", str(postfix.config), *words]


async def answers(house: House, mail: EmailMessage, words: str) -> None:
    """Let the guest reply to *mail*."""
    answer = reply_to(mail, words, mail["Date"].datetime)
    await house.posts(answer.as_bytes(), str(mail["Reply-To"]), mail_from=str(mail["To"]))


async def mail_to(address: str, house: House, count: int) -> EmailMessage:
    """Wait until the world has *count* mails to *address*; return the newest."""
    async with asyncio.timeout(20):
        while True:
            mails = [mail for mail in house.postfix.sunk() if recipient_of(mail) == address]
            if len(mails) >= count:
                return max(mails, key=lambda mail: int(str(mail["Message-ID"]).strip("<").partition(".")[0]))

            await asyncio.sleep(0.05)


def recipient_of(mail: EmailMessage) -> str:
    """Return the envelope's recipient, as smtp-sink has written it down."""
    return str(mail["X-Rcpt-Args"]).partition(">")[0].strip("<")
