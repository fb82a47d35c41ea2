"""The mail listener among strangers: floods, slow and vanishing peers, smuggling, TLS, shutdown."""

from __future__ import annotations

import asyncio
import os
import shutil
import smtplib
import ssl
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailin.door.server import Limits, Listener
from tests.mailin.door.wire import MESSAGE, NOW, RECIPIENT, FakeDoor, Peer, connected, listening

STORED = "250 2.0.0 Stored"


async def open_data(peer: Peer) -> None:
    answers = await peer.say("MAIL FROM:<a@b.test>", f"RCPT TO:<{RECIPIENT}>", "DATA")
    assert [answer[:3] for answer in answers] == ["250", "250", "354"]


async def assert_serving(listener: Listener) -> None:
    """Deliver a message; a seat just left is free as soon as the listener has heard of it."""
    async with asyncio.timeout(5):
        while True:
            async with connected(listener, greeting=None) as peer:
                if (await peer.reply()).startswith("220"):
                    await peer.say("EHLO client.test")
                    assert await peer.deliver() == STORED
                    return


async def test_of_five_hundred_idle_connections_those_over_the_limit_are_sent_away() -> None:
    """L1: they hear 421 at once, and there is room again when the crowd has gone."""
    async with listening(FakeDoor(), limits=Limits(sessions=64)) as listener:
        streams = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(500)]
        said = [await Peer(*stream).reply() for stream in streams]
        for _reader, writer in streams:
            writer.transport.abort()
        await assert_serving(listener)

    assert said == ["220 mx.r.test ESMTP ready"] * 64 + ["421 4.7.0 Too many connections, try again later"] * 436


async def test_who_says_nothing_is_sent_away() -> None:
    async with listening(FakeDoor(), limits=Limits(idle_seconds=0.1)) as listener, connected(listener) as peer:
        assert await peer.rest() == "421 4.4.2 Nothing heard for too long\r\n"


async def test_one_peer_has_only_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailin.door.limits.ALWAYS_EXEMPT", ())

    async with listening(FakeDoor(), limits=Limits(per_peer=2)) as listener:
        async with connected(listener), connected(listener), connected(listener, greeting=None) as third:
            assert await third.rest() == "421 4.7.0 Too many connections, try again later\r\n"
        await assert_serving(listener)


async def test_one_peer_sends_so_many_messages_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """L3: over however many connections; a mail server hears 451 and comes again."""
    monkeypatch.setattr("mailin.door.limits.ALWAYS_EXEMPT", ())
    door, moment = FakeDoor(), [NOW]

    async with listening(door, limits=Limits(messages_per_minute=2), clock=lambda: moment[0]) as listener:
        for _ in range(2):
            async with connected(listener) as peer:
                assert await peer.deliver() == STORED
        async with connected(listener) as peer:
            too_fast = await peer.say("MAIL FROM:<a@b.test>", f"RCPT TO:<{RECIPIENT}>")
            moment[0] += timedelta(seconds=30)
            assert await peer.deliver() == STORED

    assert too_fast == ["451 4.7.1 Too many messages from you, try again later", "503 Error: need MAIL command"]
    assert len(door.stored) == 3


async def test_one_peer_guesses_so_many_addresses_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """L3, T1: then nobody is asked about its guesses, be they right or wrong."""
    monkeypatch.setattr("mailin.door.limits.ALWAYS_EXEMPT", ())
    door = FakeDoor(receive={"reply+wrong": "550 5.1.1 No such booking", "reply+bad": "451 4.3.0 Later"})
    wrong, bad, right = ("RCPT TO:<reply+wrong@r.test>", "RCPT TO:<reply+bad@r.test>", f"RCPT TO:<{RECIPIENT}>")

    async with listening(door, limits=Limits(unknown_per_minute=2)) as listener:
        async with connected(listener) as peer:
            said = await peer.say("MAIL FROM:<a@b.test>", bad, wrong, bad, wrong, right, wrong)
        async with connected(listener) as peer:
            said += await peer.say("MAIL FROM:<a@b.test>", right)

    guessing = "451 4.7.1 Too many unknown addresses from you, try again later"
    assert [line[:3] for line in said[1:5]] == ["451", "550", "451", "550"]
    assert [*said[5:7], said[8]] == [guessing] * 3
    assert len(door.asked) == 4


async def test_this_machine_and_who_is_trusted_send_as_they_like() -> None:
    """L3: the mail server in front has limits of its own."""
    limits = Limits(messages_per_minute=1, unknown_per_minute=1)
    door = FakeDoor(receive={"reply+wrong": "550 5.1.1 No such booking"})

    async with listening(door, limits=limits) as listener, connected(listener) as peer:
        said = await peer.say("MAIL FROM:<a@b.test>", *["RCPT TO:<reply+wrong@r.test>"] * 5, "RSET")
        answers = [await peer.deliver() for _ in range(3)]

    assert [line[:3] for line in said[1:6]] == ["550"] * 5
    assert answers == [STORED] * 3


async def test_noop_does_not_outlive_the_session() -> None:
    """L1: the deadline is of the session, not of the command."""
    started = time.monotonic()

    async with listening(FakeDoor(), limits=Limits(session_seconds=0.2)) as listener, connected(listener) as peer:
        while (answer := (await peer.say("NOOP"))[0]) == "250 OK":
            await asyncio.sleep(0.01)

    assert answer == "421 4.4.2 Session took too long"
    assert time.monotonic() - started < 2


async def test_a_message_that_drips_past_the_deadline_is_not_stored() -> None:
    door = FakeDoor()

    async with listening(door, limits=Limits(session_seconds=0.2)) as listener, connected(listener) as peer:
        await open_data(peer)
        dripping = asyncio.create_task(drip(peer))
        said = await peer.rest()
        dripping.cancel()

    assert said in {"421 4.4.2 Session took too long\r\n", ""}  # unread octets may reset the connection
    assert door.stored == []


async def drip(peer: Peer) -> None:
    while True:
        peer.send(b"a\r\n")
        await asyncio.sleep(0.01)


async def test_a_peer_that_reads_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: unread answers fill no memory and hold no seat."""
    monkeypatch.setattr("mailin.door.session.LAST_WORDS_SECONDS", 0.05)
    limits = Limits(session_seconds=0.2, sessions=1, commands=10**9)

    async with listening(FakeDoor(), limits=limits) as listener, connected(listener) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typeshed: WriteTransport
        for _ in range(40):
            peer.send(b"VRFY <a@b.test>\r\n" * 5000)
        await asyncio.sleep(0.4)
        await assert_serving(listener)


async def test_a_slow_store_is_not_an_idle_peer() -> None:
    door = FakeDoor()
    door.may_store.clear()

    async with listening(door, limits=Limits(idle_seconds=0.1)) as listener, connected(listener) as peer:
        answer = asyncio.create_task(peer.deliver())
        await asyncio.sleep(0.3)
        door.may_store.set()

        assert await answer == STORED


@pytest.mark.parametrize("sent", [b"half a mess", b"all but the dot\r\n", b"a dot\r\n.", b""])
async def test_a_peer_that_vanishes_in_the_middle_leaves_nothing(sent: bytes) -> None:
    """L2: what was not acknowledged is not stored."""
    door = FakeDoor()

    async with listening(door) as listener:
        async with connected(listener) as peer:
            await open_data(peer)
            peer.send(sent)
            peer.writer.write_eof()
            assert await peer.rest() == ""
        await assert_serving(listener)

    assert [mail.raw for mail in door.stored] == [MESSAGE]


@pytest.mark.parametrize("end", ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r"])
async def test_no_second_message_is_smuggled_in(end: str) -> None:
    """L1: an end mark of bare newlines ends nothing, and a message that holds one is refused whole."""
    door = FakeDoor()
    smuggled = f"one\r\n{end}MAIL FROM:<x@y.test>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\ntwo\r\n"

    async with listening(door) as listener, connected(listener) as peer:
        answer = await peer.deliver(smuggled.encode())
        after = await peer.deliver()

    assert answer == "550 5.6.0 Bare CR or LF in the message"
    assert after == STORED
    assert [mail.raw for mail in door.stored] == [MESSAGE]


@pytest.mark.parametrize(("octets", "answer"), [(998, STORED), (1000, STORED), (1001, "552 5.3.4 Message too big")])
async def test_a_message_may_be_as_big_as_the_limit_and_no_bigger(octets: int, answer: str) -> None:
    async with listening(FakeDoor(), limits=Limits(size=1000)) as listener, connected(listener) as peer:
        assert await peer.deliver(b"x" * (octets - 2) + b"\r\n") == answer
        assert await peer.deliver() == STORED


async def test_a_message_without_end_is_not_read_for_ever() -> None:
    """L1: neither memory nor time for it."""
    limits = Limits(size=1000)

    async with listening(FakeDoor(), limits=limits) as listener:
        async with connected(listener) as peer:
            await open_data(peer)
            peer.send(b"x" * 2 * limits.octets_between_messages)
            said = await peer.rest()
        await assert_serving(listener)

    assert said in {"552 5.3.4 Message too big\r\n", ""}


@pytest.mark.parametrize("garbage", [b"x" * 2_000_000, b"\0" * 5000 + b"\r\n", b"\xff\r\n" * 10_000, b"\r\n" * 50_000])
async def test_garbage_ends_in_a_clear_error_or_the_end(garbage: bytes) -> None:
    async with listening(FakeDoor(), limits=Limits(size=1000)) as listener:
        async with connected(listener) as peer:
            peer.send(garbage + b"QUIT\r\n")
            said = (await peer.rest()).splitlines()
        await assert_serving(listener)

    assert all(line[:1] in {"4", "5"} or line.startswith("221") for line in said)
    assert len(said) <= Limits().errors + 2


async def test_five_thousand_recipients_cost_twenty_questions() -> None:
    """L1: the rest hear 452, then 421, and the store was not asked for them."""
    door = FakeDoor()

    async with listening(door) as listener, connected(listener) as peer:
        said = await peer.say("MAIL FROM:<a@b.test>")
        for number in range(5000):
            said += await peer.say(f"RCPT TO:<reply+{number}@r.test>")
            if said[-1].startswith("421"):
                break

    assert [line[:9] for line in said[:23]] == ["250 OK"] + ["250 2.1.5"] * 20 + ["452 4.5.3"] * 2
    assert said[-1] == "421 4.7.0 Too many commands or errors"
    assert len(said) < Limits().commands
    assert len(door.asked) == 20


async def test_a_mail_server_with_fifty_recipients_gets_the_first_twenty_delivered() -> None:
    door = FakeDoor()
    recipients = [f"RCPT TO:<reply+{n}@r.test>" for n in range(50)]

    async with listening(door) as listener, connected(listener) as peer:
        await peer.say("MAIL FROM:<a@b.test>", *recipients, "DATA")
        peer.send(MESSAGE + b".\r\n")

        assert await peer.reply() == STORED
    assert len(door.stored) == 20


async def test_only_talk_is_counted_so_that_one_connection_may_carry_many_messages() -> None:
    async with listening(FakeDoor(), limits=Limits(commands=8)) as listener, connected(listener) as peer:
        answers = {await peer.deliver() for _ in range(10)}
        talk = await peer.say(*["NOOP"] * 8)

    assert answers == {STORED}
    assert talk[-1] == "421 4.7.0 Too many commands or errors"


async def test_an_old_connection_is_sent_away_between_messages_not_inside_one() -> None:
    """L2: a mail server that keeps its connection is never cut while it sends."""
    async with listening(FakeDoor(), limits=Limits(session_seconds=0.4)) as listener, connected(listener) as peer:
        first = await peer.deliver()
        await asyncio.sleep(0.25)
        second = await peer.say("MAIL FROM:<a@b.test>")

    assert [first, *second] == [STORED, "421 4.3.2 Connect again for more"]


async def test_guessing_ends_after_a_few_errors() -> None:
    door = FakeDoor(receive={f"reply+{n}": "550 5.1.1 No such booking" for n in range(100)})
    guesses = [f"RCPT TO:<reply+{n}@r.test>\r\n" for n in range(100)]

    async with listening(door, limits=Limits(errors=5)) as listener, connected(listener) as peer:
        peer.send("".join(["MAIL FROM:<a@b.test>\r\n", *guesses]).encode())
        said = (await peer.rest()).splitlines()

    assert [line[:3] for line in said] == ["250", *["550"] * 5, "421"]
    assert len(door.asked) == 6


async def test_closing_lets_a_running_message_finish_and_sends_the_others_away() -> None:
    """L2: an accepted DATA is stored and answered."""
    door = FakeDoor()
    door.may_store.clear()

    async with listening(door) as listener, connected(listener) as busy, connected(listener) as idle:
        answer = asyncio.create_task(busy.deliver())
        await door.storing.wait()
        port = listener.port
        closing = asyncio.create_task(listener.close(grace_seconds=5))
        goodbye = await idle.rest()
        door.may_store.set()
        await closing

        assert goodbye == "421 4.3.2 Going down, try again later\r\n"
        assert await answer == STORED
        assert await busy.rest() == "421 4.3.2 Going down, try again later\r\n"
        with pytest.raises(OSError):  # noqa: PT011 - refused; the words are the system's
            await asyncio.open_connection("127.0.0.1", port)


async def test_closing_waits_no_longer_than_its_grace() -> None:
    door = FakeDoor()
    door.may_store.clear()

    async with listening(door) as listener, connected(listener) as peer:
        answer = asyncio.create_task(peer.deliver())
        await door.storing.wait()
        await listener.close(grace_seconds=0.05)

        with pytest.raises((ConnectionResetError, AssertionError, IndexError)):
            assert await answer
    assert door.stored == []


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-made certificate and its key in one file."""
    if shutil.which("openssl") is None:
        reason = "install openssl to test STARTTLS"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)

    folder = tmp_path_factory.mktemp("tls")
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mx.r.test"
    files = f"-keyout {folder / 'key.pem'} -out {folder / 'certificate.pem'}"
    subprocess.run(["openssl", *options.split(), *files.split()], check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate / "certificate.pem")
    context.check_hostname = False  # clients here dial an address
    return context


async def test_mail_comes_over_tls(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    door = FakeDoor()

    def send(port: int) -> tuple[bool, dict[str, str], dict[str, tuple[int, bytes]]]:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            client.ehlo()
            offered = client.has_extn("starttls")
            client.starttls(context=trust)
            client.ehlo()
            return offered, client.esmtp_features, client.sendmail("a@b.test", RECIPIENT, MESSAGE)

    async with listening(door, tls=tls) as listener:
        offered, features, refused = await asyncio.to_thread(send, listener.port)

    assert offered
    assert features == {"pipelining": "", "8bitmime": "", "smtputf8": "", "size": "1048576"}
    assert refused == {}
    assert [mail.raw for mail in door.stored] == [MESSAGE]


async def test_a_command_slipped_in_before_the_handshake_is_forgotten(
    tls: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    """L1: what came in the clear is never obeyed as if it had come over TLS."""
    door = FakeDoor()

    async with listening(door, tls=tls) as listener, connected(listener) as peer:
        peer.send(f"STARTTLS\r\nEHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<{RECIPIENT}>\r\n".encode())
        ready = await peer.reply()
        await peer.writer.start_tls(trust)
        answers = await peer.say("DATA", "EHLO client.test", "DATA")

    assert ready.startswith("220 ")
    assert [answer[:3] for answer in answers] == ["503", "250", "503"]
    assert door.asked == []


async def test_a_handshake_that_never_ends_gives_its_seat_back(tls: ssl.SSLContext) -> None:
    """L1: the deadline holds inside the handshake, too."""
    async with listening(FakeDoor(), tls=tls, limits=Limits(sessions=1, session_seconds=0.2)) as listener:
        async with connected(listener) as peer:
            assert (await peer.say("STARTTLS"))[0].startswith("220 ")
            await peer.rest()
        await assert_serving(listener)


@given(
    st.lists(
        st.binary(max_size=200)
        | st.sampled_from(
            [b"EHLO x\r\n", b"MAIL FROM:<>\r\n", b"RCPT TO:<a@r.test>\r\n", b"DATA\r\n", b"\r\n.\r\n", b"RSET\r\n"]
        ),
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None)
def test_no_octets_whatever_end_the_listener(pieces: list[bytes]) -> None:
    """L1: after any conversation the next mail is taken."""

    async def story() -> None:
        async with listening(FakeDoor(), limits=Limits(size=1000)) as listener:
            async with connected(listener, greeting=None) as peer:
                peer.send(b"".join(pieces))
                peer.writer.write_eof()
                await peer.rest()
            await assert_serving(listener)

    asyncio.run(story())
