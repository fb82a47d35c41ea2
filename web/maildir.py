"""The mails of a Maildir as the demo's mailbox shows them, and the reply that a guest would write to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, make_msgid, parseaddr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_MAILS = 200
"""Mails listed, newest first."""


@dataclass(frozen=True, slots=True)
class ShownMail:
    """One mail as the page shows it."""

    name: str
    to: str
    sender: str
    subject: str
    when: str
    text: str
    html: str
    is_guests: bool
    files: tuple[str, ...]


def list_mails(folder: Path, team: frozenset[str]) -> list[ShownMail]:
    """Return the mails in *folder*, newest first; those to the addresses in *team* are not a guest's."""
    found = sorted(_files(folder), reverse=True)[:MOST_MAILS]
    mails = ((file, _parse(file)) for _, file in found)
    return [shown_mail(file.name, mail, team) for file, mail in mails if mail is not None]


def count_mails(folder: Path) -> int:
    """Return how many mails lie in *folder*."""
    return sum(1 for _ in _files(folder))


def read_mail(folder: Path, name: str) -> EmailMessage | None:
    """Return the mail whose file has this *name*; None if there is none."""
    file = next((file for _, file in _files(folder) if file.name == name), None)
    return None if file is None else _parse(file)


def shown_mail(name: str, mail: EmailMessage, team: frozenset[str]) -> ShownMail:
    """Return *mail* as the page shows it."""
    return ShownMail(
        name=name,
        to=str(mail["To"]),
        sender=str(mail["From"]),
        subject=str(mail["Subject"]),
        when=_when(mail),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        is_guests=parseaddr(str(mail["To"]))[1].lower() not in team and mail["Reply-To"] is not None,
        files=tuple(part.get_filename() or part.get_content_type() for part in mail.iter_attachments()),
    )


def reply_to(mail: EmailMessage, words: str, now: datetime) -> EmailMessage:
    """Return the reply that a plain mail program would write: the words on top, the original quoted below."""
    answer = EmailMessage()
    answer["From"] = str(mail["To"])
    answer["To"] = str(mail["Reply-To"])
    answer["Subject"] = f"Re: {str(mail['Subject']).removeprefix('Re: ')}"
    answer["Date"] = format_datetime(now)
    answer["Message-ID"] = make_msgid(domain="guest.example")
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    quoted = "\n".join(f"> {line}".rstrip() for line in _body(mail, "plain").splitlines())
    answer.set_content(f"{words.strip()}\n\nOn {mail['Date']}, {mail['From']} wrote:\n{quoted}\n")
    return answer


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield what lies in the Maildir with the time it was put there; a mail program may move files meanwhile."""
    for part in ("new", "cur"):
        for file in (folder / part).glob("*"):
            try:
                yield file.stat().st_mtime_ns, file
            except FileNotFoundError:
                continue


def _parse(file: Path) -> EmailMessage | None:
    try:
        return BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    except FileNotFoundError:
        return None


def _when(mail: EmailMessage) -> str:
    when = getattr(mail["Date"], "datetime", None)
    return f"{when.astimezone():%d %b %H:%M}" if isinstance(when, datetime) else ""


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return "" if part is None else str(part.get_content())
