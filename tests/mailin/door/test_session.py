"""One conversation with the mail listener: what is said, what is stored, what is refused."""

from __future__ import annotations

import asyncio
import logging
import smtplib
from typing import Literal

import pytest

from mailin.door.server import Limits, RawMail
from tests.mailin.door.wire import MESSAGE, RECIPIENT, FakeDoor, connected, listening

STORED = "250 2.0.0 Stored"
MALFORMED = "553 5.1.3 Error: malformed address"


async def test_an_ordinary_client_delivers_to_two_recipients_at_once() -> None:
    """L2: what is stored is what was sent, octet for octet."""
    door = FakeDoor()
    message = b"Subject: x\r\n\r\n.leading dot\r\n..two dots\r\n" + "na środę o 11:30\r\n".encode()

    async with listening(door) as listener:

        def send() -> dict[str, tuple[int, bytes]]:
            with smtplib.SMTP("127.0.0.1", listener.port, timeout=5) as client:
                return client.sendmail("jo@example.org", ["Reply+ABC@R.test", "postmaster"], message, ["BODY=8BITMIME"])

        refused = await asyncio.to_thread(send)

    assert refused == {}
    assert door.stored == [
        RawMail("127.0.0.1", "jo@example.org", "reply+abc@r.test", message),
        RawMail("127.0.0.1", "jo@example.org", "postmaster", message),
    ]


async def test_250_is_said_only_after_the_store_returned() -> None:
    """L2: nothing is acknowledged before it is durable."""
    door = FakeDoor()
    door.may_store.clear()

    async with listening(door) as listener, connected(listener) as peer:
        answer = asyncio.create_task(peer.deliver())
        await door.storing.wait()
        said_early = answer.done()
        door.may_store.set()

        assert (said_early, await answer) == (False, STORED)


async def test_the_null_return_path_and_an_empty_message_are_kept() -> None:
    door = FakeDoor()

    async with listening(door) as listener, connected(listener) as peer:
        answer = await peer.deliver(b"", mail_from="")

    assert answer == STORED
    assert door.stored == [RawMail("127.0.0.1", "", RECIPIENT, b"")]


async def test_a_recipient_named_twice_is_stored_once() -> None:
    door = FakeDoor()

    async with listening(door) as listener, connected(listener) as peer:
        answer = await peer.deliver(MESSAGE, RECIPIENT, RECIPIENT.upper())

    assert answer == STORED
    assert [mail.rcpt for mail in door.stored] == [RECIPIENT]


async def test_two_messages_sent_in_one_breath_are_both_answered() -> None:
    door = FakeDoor()
    one = b"MAIL FROM:<a@b.test>\r\nRCPT TO:<reply+one@r.test>\r\nDATA\r\n"

    async with listening(door) as listener, connected(listener) as peer:
        peer.send(one + b"first\r\n.\r\n" + one.replace(b"one", b"two") + b".\r\nQUIT\r\n")
        said = await peer.rest()

    assert [line[:3] for line in said.splitlines()] == ["250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert [(mail.rcpt, mail.raw) for mail in door.stored] == [
        ("reply+one@r.test", b"first\r\n"),
        ("reply+two@r.test", b""),
    ]


@pytest.mark.parametrize("cut_at", range(1, 5))
async def test_the_end_mark_is_found_however_it_is_cut(cut_at: int) -> None:
    door = FakeDoor()
    wire = b"hello\r\n.\r\n"

    async with listening(door) as listener, connected(listener) as peer:
        await peer.say("MAIL FROM:<a@b.test>", f"RCPT TO:<{RECIPIENT}>", "DATA")
        for piece in (wire[:-cut_at], wire[-cut_at:]):
            peer.send(piece)
            await asyncio.sleep(0.01)
        answer = await peer.reply()

    assert answer == STORED
    assert [mail.raw for mail in door.stored] == [b"hello\r\n"]


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("<reply+K7Q@r.test.>", "250 2.1.5 OK"),
        ("<PostMaster>", "250 2.1.5 OK"),
        ('<"reply+k7q"@r.test>', MALFORMED),
        ("<@relay.test:reply+k7q@r.test>", MALFORMED),
        ("<reply+k7q\0@r.test>", MALFORMED),
        ("<reply+k7q%0a@r.test>", MALFORMED),
        ("<reply%other.test@r.test>", MALFORMED),
        ("<reply+k7q@r.test\rRSET>", MALFORMED),
        ("<a@b.test@r.test>", MALFORMED),
        ("<reply+k7q@[127.0.0.1]>", MALFORMED),
        ("<rеply+k7q@r.test>", MALFORMED),
        (f"<{'a' * 65}@r.test>", MALFORMED),
        ("<>", MALFORMED),
        ("reply+k7q@r.test", MALFORMED),
        ("<nobody", MALFORMED),
    ],
)
async def test_a_recipient_is_read_strictly_and_in_lower_case(address: str, answer: str) -> None:
    """T2, L1: the token survives lower-casing and a trailing dot; what we never hand out is refused."""
    door = FakeDoor()

    async with listening(door) as listener, connected(listener) as peer:
        answers = await peer.say("MAIL FROM:<jo@example.org> SMTPUTF8", f"RCPT TO:{address}", "NOOP")

    assert answers == ["250 OK", answer, "250 OK"]
    assert door.asked == ([(address.strip("<.>").lower(), "127.0.0.1")] if answer.startswith("2") else [])


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL FROM:<józef@example.org> SMTPUTF8", "250 OK"),
        ("MAIL FROM:<bounce+a=b.test/1@x.test> BODY=8BITMIME SIZE=1000", "250 OK"),
        ("MAIL FROM:<józef@example.org>", MALFORMED),
        ("MAIL FROM:<@relay:jo@example.org>", MALFORMED),
        ("MAIL FROM:<jo@example.org\0>", MALFORMED),
        ("MAIL FROM:<jo@example.org> SIZE=2000000", "552 5.3.4 Message too big"),
        (
            "MAIL FROM:<jo@example.org> SIZE=99999999999999999999999",
            "552 5.3.4 Message too big",
        ),
    ],
)
async def test_a_return_path_is_kept_if_it_can_be(command: str, answer: str) -> None:
    async with listening(FakeDoor()) as listener, connected(listener) as peer:
        assert await peer.say(command) == [answer]


async def test_octets_that_are_no_text_are_no_return_path() -> None:
    async with listening(FakeDoor()) as listener, connected(listener) as peer:
        peer.send(b"MAIL FROM:<\xff\xfe@example.org> SMTPUTF8\r\n")

        assert await peer.reply() == MALFORMED


async def test_a_refused_recipient_gets_the_doors_words_and_the_others_the_mail() -> None:
    door = FakeDoor(receive={"reply+wrong": "550 5.1.1 No such booking"})

    async with listening(door) as listener, connected(listener) as peer:
        answers = await peer.say(
            "MAIL FROM:<a@b.test>", "RCPT TO:<reply+wrong@r.test>", f"RCPT TO:<{RECIPIENT}>", "DATA"
        )
        peer.send(MESSAGE + b".\r\n")
        answers.append(await peer.reply())

    assert answers[1:3] + answers[4:] == ["550 5.1.1 No such booking", "250 2.1.5 OK", STORED]
    assert [mail.rcpt for mail in door.stored] == [RECIPIENT]


async def test_a_fault_behind_the_door_is_try_again_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """L1, L2, T5: 451, the session lives, nothing is stored, and neither wire nor log quote the fault's words."""
    fault = RuntimeError(f"password=hunter2 for {RECIPIENT}")
    door = FakeDoor(receive={"reply+bad": fault}, keep={"reply+k7q": fault})

    async with listening(door) as listener, connected(listener) as peer:
        at_rcpt = (await peer.say("MAIL FROM:<a@b.test>", "RCPT TO:<reply+bad@r.test>", "RSET"))[1]
        at_data = await peer.deliver()
        afterwards = await peer.deliver(MESSAGE, "reply+fine@r.test")

    assert at_rcpt.startswith("451 4.3.0 Try again later (")
    assert at_data.startswith("451 4.3.0 Try again later (")
    assert afterwards == STORED
    assert [mail.rcpt for mail in door.stored] == ["reply+fine@r.test"]
    assert "hunter2" not in at_rcpt + at_data + caplog.text
    assert "k7q" not in caplog.text
    assert at_data[27:35] in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("words", ["250 fine", "hello", "550 a\r\n250 b", ""])
async def test_a_door_that_answers_nonsense_is_a_fault_of_ours(words: str) -> None:
    door = FakeDoor(receive={"reply+k7q": words})

    async with listening(door) as listener, connected(listener) as peer:
        answers = await peer.say("MAIL FROM:<a@b.test>", f"RCPT TO:<{RECIPIENT}>", "NOOP")

    assert answers[1].startswith("451 4.3.0 Try again later (")
    assert answers[2] == "250 OK"


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (None, None, STORED),
        (None, "451 4.7.1 Slow down", "451 4.7.1 Slow down"),
        (None, "550 5.1.1 Gone", "451 4.3.0 Not stored for every recipient, try again later"),
        ("550 5.1.1 Gone", "550 5.7.1 No", "550 5.1.1 Gone"),
        ("550 5.1.1 Gone", "452 4.2.2 Full", "452 4.2.2 Full"),
    ],
)
async def test_smtp_has_one_answer_for_all(first: str | None, second: str | None, answer: str) -> None:
    """L2: as long as one recipient may still get the mail, the sender keeps it."""
    door = FakeDoor(keep={"reply+a": first, "reply+b": second})

    async with listening(door) as listener, connected(listener) as peer:
        assert await peer.deliver(MESSAGE, "reply+a@r.test", "reply+b@r.test") == answer


@pytest.mark.parametrize("count", range(1, 6))
async def test_lmtp_answers_once_for_each_recipient(count: int) -> None:
    """L2, RFC 2033: as many answers to DATA as recipients were accepted, in their order, and no more."""
    outcomes = [None, "451 4.3.0 Later", "550 5.1.1 Gone", None, None][:count]
    door = FakeDoor(keep={f"reply+{index}": outcome for index, outcome in enumerate(outcomes)})

    async with listening(door, protocol="lmtp") as listener, connected(listener, "LHLO client.test") as peer:
        answers = [await peer.deliver(MESSAGE, *(f"reply+{index}@r.test" for index in range(count)))]
        answers += [await peer.reply() for _ in range(count - 1)]
        after = await peer.say("NOOP")

    assert answers == [outcome or STORED for outcome in outcomes]
    assert after == ["250 OK"]


async def test_lmtp_says_a_fault_or_a_refusal_of_the_whole_once_for_each_recipient_too() -> None:
    door = FakeDoor(keep={"reply+a": OSError("disk full")})
    limits = Limits(size=1000)

    async with listening(door, protocol="lmtp", limits=limits) as listener, connected(listener, "LHLO c") as peer:
        fault = [await peer.deliver(MESSAGE, "reply+a@r.test", "reply+b@r.test"), await peer.reply()]
        too_big = [await peer.deliver(b"x" * 2000 + b"\r\n", "reply+a@r.test", "reply+b@r.test"), await peer.reply()]

    assert fault[0] == fault[1]
    assert fault[0].startswith("451 4.3.0 Try again later (")
    assert too_big == ["552 5.3.4 Message too big"] * 2
    assert door.stored == []


@pytest.mark.parametrize(("protocol", "greeting"), [("smtp", "LHLO c"), ("lmtp", "EHLO c"), ("lmtp", "HELO c")])
async def test_each_protocol_has_its_own_greeting(protocol: Literal["smtp", "lmtp"], greeting: str) -> None:
    async with listening(FakeDoor(), protocol=protocol) as listener, connected(listener, greeting=None) as peer:
        await peer.reply()

        assert (await peer.say(greeting))[0].startswith("500 ")


async def test_nobody_learns_who_is_here() -> None:
    door = FakeDoor(receive={"reply+wrong": "550 5.1.1 No such booking"})

    async with listening(door) as listener, connected(listener) as peer:
        verify = await peer.say(f"VRFY <{RECIPIENT}>", "VRFY <reply+wrong@r.test>", 'VRFY "x" y')
        others = await peer.say("EXPN staff", "AUTH PLAIN AGEAYg==", "HELP")

    assert set(verify) == {"252 2.0.0 Send mail and see"}
    assert [answer[:3] for answer in others] == ["500"] * 3
    assert door.asked == []


async def test_no_log_line_names_a_token(caplog: pytest.LogCaptureFixture) -> None:
    """T5: at every level, a recipient is a short hash."""
    caplog.set_level(logging.DEBUG)

    async with listening(FakeDoor()) as listener, connected(listener) as peer:
        await peer.deliver()
        await peer.say(f"GARBAGE {RECIPIENT}", f"{RECIPIENT} hello", f"VRFY {RECIPIENT}")

    assert "message of 55 octets: {'" in caplog.text
    assert "k7q" not in caplog.text
    assert "jo@example" not in caplog.text


@pytest.mark.parametrize("command", ["NOOP", "RSET", "VRFY a", "HELP", "MAIL FROM:<a@b.test>", "EHLO x", "BDAT 9 LAST"])
async def test_a_flood_of_one_command_ends_while_others_are_served(command: str) -> None:
    """L1: sent in one breath, they are answered up to the limit, in order, and cost nobody else anything."""
    door = FakeDoor()

    limits = Limits(commands=100)
    async with listening(door, limits=limits) as listener, connected(listener) as flood, connected(listener) as other:
        flood.send(f"{command}\r\n".encode() * 5000)
        answer = await other.deliver()
        said = (await flood.rest()).splitlines()

    last = said[-1:]  # what was not read yet may reset the connection, and its last words are lost
    assert answer == STORED
    assert len([line for line in said if line[3:4] == " "]) <= 100
    assert len(door.stored) == 1
    assert last in (
        [],
        ["421 4.7.0 Too many commands or errors"],
        ["502 5.5.1 Too many unrecognized commands, goodbye."],
    )


async def test_what_needs_an_order_hears_so_and_goes_on() -> None:
    """RFC 5321 4.1.4: nothing is stored before sender and recipient are named, and the session lives."""
    door = FakeDoor()

    async with listening(door) as listener, connected(listener) as peer:
        early = await peer.say("DATA", f"RCPT TO:<{RECIPIENT}>", "MAIL FROM:<a@b.test>", "DATA", "MAIL FROM:<c@d.test>")
        fine = await peer.say("RSET")
        answer = await peer.deliver()

    assert [line[:3] for line in early] == ["503", "503", "250", "503", "503"]
    assert (fine, answer) == (["250 OK"], STORED)
    assert [mail.mail_from for mail in door.stored] == ["jo@example.org"]


async def test_parameters_that_nobody_offered_are_refused() -> None:
    async with listening(FakeDoor()) as listener, connected(listener) as peer:
        answers = await peer.say(
            "MAIL FROM:<a@b.test> AUTH=<>",
            "MAIL FROM:<a@b.test> RET=HDRS ENVID=1",
            "MAIL FROM:<a@b.test> BODY=BINARYMIME",
            "MAIL FROM:<a@b.test> SIZE=-1",
            "MAIL FROM:<a@b.test>",
            f"RCPT TO:<{RECIPIENT}> NOTIFY=NEVER",
        )

    assert [line[:3] for line in answers] == ["555", "555", "501", "501", "250", "555"]
