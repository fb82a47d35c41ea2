"""What `rebook check --mail` does: a mail goes out and shall come in again, else one line says why it does not.

The mail is signed with the moment it was made, so a serving Rebook takes it without being told, and stores it like any
other; here it is read from the database.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import aiosmtplib

from core import inbox
from core.store.engine import StoreError
from core.store.open import open_store
from mailin import probe
from mailin.machines.machine import kind_of
from mailin.out.send import SendFailed
from mailin.reading.message import read_message
from mailin.sender.authenticity import finding_of_gate, is_gate, single_sender
from mailin.sender.dns import CachedResolver, TxtLookup
from mailin.sender.sender_check import SenderCheck
from rebook.app import CannotStart, new_mail_sender, new_signer, own_addresses
from rebook.config_values import Maildir
from rebook.desk import wall_clock

if TYPE_CHECKING:
    from core.store.engine import Row, Store
    from mailin.reading.message import Message
    from mailin.sender.authenticity import Finding
    from rebook.config import Config

LOOK_AGAIN_SECONDS = 0.2
READ_SECONDS = 5.0
"""How long a serving Rebook may take to read what has arrived."""

CONNECT_SECONDS = 3.0


class Wrong(Exception):
    """Mail does not go round; the message says in one line why."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One mail on its way: its address in lower case, as the door stores it."""

    key: str
    address: str
    after: int


async def check_mail(config: Config, *, seconds: float, txt: TxtLookup | None = None) -> str:
    """Send a mail through the real path and return, in one line, that all is well. Raises Wrong.

    It may take *seconds* to arrive. *txt* asks DNS, where senders are checked here.
    """
    out = config.mail.outgoing
    if isinstance(out.url, Maildir):
        raise Wrong(f"mail.out.url is a folder ({out.url.path}): nothing leaves this machine, so nothing was sent")

    if not config.database.path.exists():
        raise Wrong(f"there is no database {config.database.path} yet: start `rebook serve`, then check again")

    if not config.mail.imap.on:
        await _is_served(config)

    store = open_store(config.database.url)
    try:
        sent = await _send(config, store)
        mail = await _arrival(config, store, sent, seconds)
        return await _verdict(config, mail, txt or CachedResolver().txt)
    except StoreError as error:
        raise Wrong(f"the database cannot be read ({error}): see `rebook check`") from None
    finally:
        await store.close()


async def _is_served(config: Config) -> None:
    listen = config.mail.incoming.listen
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(listen.host, listen.port), CONNECT_SECONDS)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "no answer"
        raise Wrong(f"nobody listens at {listen} ({reason}): start `rebook serve`, then check again") from None

    writer.close()


async def _send(config: Config, store: Store) -> Probe:
    now, addresses, keys = wall_clock(), own_addresses(config), config.app.secret_keys
    key = probe.new_key(secrets.token_hex(4), now, addresses.domain, keys)
    sent = Probe(key, addresses.probe(key).lower(), await store.read(inbox.newest_mail))
    raw = probe.write(sent.address, config.mail.outgoing.from_address, key, now, addresses.domain)
    try:
        signer = new_signer(config)
    except CannotStart as wrong:
        raise Wrong(str(wrong)) from None

    sender = new_mail_sender(config)
    try:
        # Its own address as the return path: what the way refuses later comes back to where we look.
        await sender.send(signer.sign(raw) if signer else raw, sender=sent.address, to=sent.address)
    except SendFailed as failed:
        raise Wrong(f"mail.out: {_in_words(failed)}") from None
    finally:
        await sender.close()

    return sent


def _in_words(failed: SendFailed) -> str:
    match failed.__cause__:
        case aiosmtplib.SMTPAuthenticationError():
            return f"the log-in was refused, look at user and password in mail.out.url ({failed.reason})"
        case aiosmtplib.SMTPResponseException() | aiosmtplib.SMTPRecipientsRefused():
            return f"the server takes no mail for us ({failed.reason})"
        case _:
            return f"the server cannot be reached ({failed.reason})"


async def _arrival(config: Config, store: Store, sent: Probe, seconds: float) -> Row:
    find = partial(inbox.mail_to, rcpt=sent.address, after=sent.after)
    arrived = await _until_found(store, find, seconds, read=False)
    if arrived is None:
        where = "the mailbox of mail.imap" if config.mail.imap.on else str(config.mail.incoming.listen)
        raise Wrong(
            f"mail.out took the mail, but in {seconds:.0f} s it did not arrive: does mail for "
            f"{sent.address.rpartition('@')[2]} (MX record, your mail server's transport) lead to {where}?"
        )

    mail = await _until_found(store, find, READ_SECONDS, read=True)
    if mail is None:
        raise Wrong(
            "the mail arrived and is stored, but nobody reads it: does a `rebook serve` with the role worker run?"
        )

    return mail


async def _until_found(store: Store, find: partial[Row | None], seconds: float, *, read: bool) -> Row | None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        mail = await store.read(find)
        if mail is not None and not (read and mail.state == "new"):
            return mail

        if loop.time() >= end:
            return None

        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _verdict(config: Config, mail: Row, txt: TxtLookup) -> str:
    message = read_message(mail.raw)
    if kind_of(message, mail_from=mail.mail_from, own_domain=config.mail.incoming.domain) == "bounce":
        raise Wrong(f"mail.out took the mail, but it came back: {probe.why_it_bounced(message)}")

    changed = probe.what_changed(message)
    if changed is not None:
        raise Wrong(f"the mail arrived, but {changed} on its way: then signatures of guests' mails break as well")

    proof = await _proof(config, mail, message, txt)
    return f"All is well: the mail went out, came in from {mail.peer} and is as it was{proof}."


async def _proof(config: Config, mail: Row, message: Message, txt: TxtLookup) -> str:
    """Return what is known of the sender as the end of a sentence; raise Wrong if nothing is known that should be."""
    incoming = config.mail.incoming
    peers = tuple(str(one) for one in incoming.trusted_peers)
    names = " or ".join(incoming.trust_authserv)
    stated = finding_of_gate(message, peer=mail.peer, trust_authserv=incoming.trust_authserv, trusted_peers=peers)
    if stated is not None:
        return _proven(stated, f"{names} says")

    check = SenderCheck(txt, incoming.check_senders)
    if check.is_due(mail.peer, from_gate=is_gate(mail.peer, peers)):
        found = await check.check(mail.raw, sender=single_sender(message), received=mail.received)
        return _proven(found, "Rebook finds")

    if not names:
        return "; who a mail is from is checked by nobody (mail.in.check_senders, mail.in.trust_authserv)"

    if not is_gate(mail.peer, peers):
        raise Wrong(
            f"the mail arrived from {mail.peer}, which mail.in.trusted_peers does not name: {names} is not believed"
        )

    raise Wrong(f"the mail arrived, but has no Authentication-Results of {names} with a DMARC result on top")


def _proven(finding: Finding, who: str) -> str:
    match finding:
        case "pass":
            return f"; {who} that it passes DMARC"
        case "fail":
            raise Wrong(
                f"the mail arrived, but {who} that it fails DMARC: does mail.out sign for mail.out.from_address?"
            )
        case "none":
            raise Wrong(f"the mail arrived, but {who} nothing that proves its sender: sign it (DKIM) and publish DMARC")
        case "unsure":
            raise Wrong(f"the mail arrived, but {who} no answer in DNS about its sender: try again later")
