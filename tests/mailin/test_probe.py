"""The mail that `rebook check --mail` sends: made, recognised, judged, and taken from a mailbox, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from mailin import probe
from mailin.reading.message import read_message
from rebook.app import own_addresses
from tests.mailin.door.watching import inbox, private, raw, serving, taken, url_of, watching
from tests.real.dovecot import Dovecot

DOMAIN = "reply.example.com"
KEYS = ("a key of thirty-two characters ok",)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEY = probe.new_key("abc", NOW, DOMAIN, KEYS)
ADDRESS = f"check+{KEY}@{DOMAIN}"
MAIL = probe.write(ADDRESS, "bookings@example.com", KEY, NOW, DOMAIN)


def test_a_probe_that_was_left_alone_is_as_it_was() -> None:
    message = read_message(MAIL)

    assert probe.what_changed(message) is None
    assert (message.sender, message.to) == ("bookings@example.com", (ADDRESS,))
    assert MAIL.isascii()
    assert b"\r\n. and" in MAIL  # what a server that unstuffs dots wrongly would break


def test_what_servers_add_is_no_change_and_what_they_rewrite_is() -> None:
    received = b"Received: from mx\r\n by mx2; Mon, 23 Nov 2026 09:00:00 +0000\r\nX-Spam: no\r\n" + MAIL
    footed, marked = MAIL + b"--=20\r\nScanned\r\n", MAIL.replace(b"Subject: ", b"Subject: [EXT] ")

    assert probe.what_changed(read_message(received)) is None
    assert probe.what_changed(read_message(footed)) == "its text was altered"
    assert probe.what_changed(read_message(marked)) == "its subject was altered"
    assert probe.what_changed(read_message(MAIL.replace(b"\r\n. and", b"\r\n and"))) == "its text was altered"


def test_only_a_fresh_probe_of_ours_is_awaited() -> None:
    """T1: nobody else makes one, and an old one opens nothing."""
    assert probe.is_awaited(KEY, DOMAIN, KEYS, NOW + timedelta(minutes=9))
    assert not probe.is_awaited(KEY, DOMAIN, KEYS, NOW + timedelta(minutes=11))
    assert not probe.is_awaited(KEY, DOMAIN, ("another key of thirty-two characters",), NOW)
    assert not probe.is_awaited(KEY.replace("p1", "p2"), DOMAIN, KEYS, NOW)
    assert not probe.is_awaited("12.aaaaaaaaaaaaaaaa", DOMAIN, KEYS, NOW)


async def test_a_probe_is_taken_from_a_mailbox_and_our_other_mail_is_not(
    dovecot: Dovecot, account: str, tmp_path: Path
) -> None:
    """CONTRACT "check": the way in of who has only a mailbox is tried as well."""
    async with watching(tmp_path, url_of(dovecot, account)) as salon:
        await serving(salon)
        addresses, keys = own_addresses(salon.config), salon.config.app.secret_keys
        key = probe.new_key("abc", salon.time(), addresses.domain, keys)
        mail = probe.write(addresses.probe(key), "bookings@nova.example", key, salon.time(), addresses.domain)
        copy = EmailMessage()
        copy["From"], copy["To"], copy["Subject"] = "bookings@nova.example", "team@nova.example", "Ours"
        copy.set_content("Somebody moved.")

        for one in (private("before"), raw(copy), mail):
            dovecot.deliver(account, one)
        await taken(salon, 1)
        await salon.works()

        assert [(row.rcpt, row.kind) for row in await inbox(salon)] == [(addresses.probe(key), "probe")]
        assert await salon.mail_to("team@nova.example") == []
