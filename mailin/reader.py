"""Read one raw mail all the way: its kind, its booking, what is new in it, how sure its sender is. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from mailin.address import Addresses, ReplyTo
from mailin.machines.machine import Kind, kind_of
from mailin.machines.machine_words import seems_automatic
from mailin.quotes.new_text import new_text
from mailin.reading.message import Message, read_message
from mailin.sender.authenticity import Authenticity, authenticate


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What the pipeline makes of one raw mail.

    `text` is only what the sender wrote anew (SPEC R6), `calendar` the iTIP answer's body, `digest` is equal for two
    deliveries of the same mail (SPEC R8). `token` opens the booking: it belongs in no log (SPEC T5).
    """

    kind: Kind
    token: str | None = field(repr=False)
    sender: str | None
    text: str
    calendar: str | None
    authentic: Authenticity
    digest: str
    message: Message = field(repr=False)

    def as_json(self) -> dict[str, str | None]:
        """Return the fields that `rebook read-mail --json` prints, in its order."""
        return {
            "kind": self.kind,
            "token": self.token,
            "from": self.sender,
            "text": self.text,
            "calendar": self.calendar,
            "authentic": self.authentic,
        }


def read_mail(  # noqa: PLR0913 -- the facts of one delivery, all by keyword
    raw: bytes,
    *,
    mail_from: str | None,
    rcpt_to: tuple[str, ...],
    own_domain: str,
    mailbox: str | None = None,
    own_addresses: Collection[str] = (),
    sent: Callable[[Message], str | None] | None = None,
    guest: str | None = None,
    peer: str | None = None,
    trust_authserv: Sequence[str] = (),
    trusted_peers: Sequence[str] = (),
) -> ReadMail:
    """Read *raw*; never raises (SPEC L1).

    *rcpt_to* are the envelope's recipients. Only where there was no envelope (empty: a file on a terminal) the headers
    say to whom it went: any sender can write them. *mailbox* is the one whose plus addresses are ours, if any. *sent*
    finds the plain text of our message that is answered; *guest* is the address on file of the booking, without which
    nobody is more than unknown.
    """
    message = read_message(raw)
    text = new_text(message, sent(message) if sent else None)
    kind = kind_of(message, mail_from=mail_from, own_domain=own_domain, own_addresses=own_addresses)
    return ReadMail(
        kind="auto_reply" if kind == "reply" and seems_automatic(text) else kind,
        token=token_of(rcpt_to or named_recipients(message), Addresses(own_domain, mailbox)),
        sender=message.sender,
        text=text,
        calendar=message.calendar,
        authentic=authenticate(
            message, guest=guest, peer=peer, trust_authserv=trust_authserv, trusted_peers=trusted_peers
        ),
        digest=digest_of(message, text),
        message=message,
    )


def token_of(recipients: Sequence[str], addresses: Addresses) -> str | None:
    """Return the token of the first recipient that is a reply address of ours (SPEC T2)."""
    read = (addresses.read(address) for address in recipients)
    return next((recipient.token for recipient in read if isinstance(recipient, ReplyTo)), None)


def named_recipients(message: Message) -> tuple[str, ...]:
    """Return the addresses to which the header says *message* went: what servers noted first, then To and Cc."""
    return (*(value for name in _NOTED_RECIPIENTS for value in message.header(name)), *message.to, *message.cc)


def digest_of(message: Message, text: str) -> str:
    """Return a hex digest that stays the same when *message* is delivered again (SPEC R8).

    It covers what the message says and not only its Message-ID, which anyone may repeat; Received and the like, which
    differ at each delivery, are left out. Without a Message-ID the body, Date and From take its place.
    """
    if message.message_id:
        said = (message.message_id, " ".join(text.split()), message.calendar or "")
    else:
        body = message.text or message.html or message.calendar or ""
        said = (body, "".join(message.header("date")[:1]), "".join(message.header("from")[:1]))
    return hashlib.sha256("\x00".join(said).encode("utf-8", "surrogatepass")).hexdigest()


_NOTED_RECIPIENTS = ("x-gm-original-to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
