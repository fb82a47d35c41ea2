"""The mails of a Maildir as the demo's mailbox shows them, and the reply that a guest would write to one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, make_msgid, parseaddr
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

MOST_MAILS = 200
"""Mails listed, newest first."""

LARGEST_MAIL = 512 * 1024
"""Bytes of one mail that are read: Rebook's own are far smaller, but anything can be laid into the folder."""

LONGEST_SHOWN = 50_000
"""Characters of one mail that are shown, as text and as HTML each."""


LONGEST_LINE = 200
"""Characters of a mail's first line, where that stands for the mail."""


@dataclass(frozen=True, slots=True)
class ShownMail:
    """One mail as the page shows it.

    `talk` is the same for all mails to one person about one booking. `put` says when it was laid into the folder
    (nanoseconds of the file system), `person` is the recipient's name or else address.
    """

    name: str
    put: int
    talk: str
    person: str
    to_address: str
    sender: str
    subject: str
    when: str
    message_id: str
    text: str
    html: str
    is_guests: bool
    is_teams: bool
    files: tuple[str, ...]

    @property
    def first_line(self) -> str:
        """What the mail begins with."""
        return next((line for line in self.text.splitlines() if line.strip()), "")[:LONGEST_LINE]


def list_mails(folder: Path, team: frozenset[str], also: str = "") -> list[ShownMail]:
    """Return the mails in *folder*, newest first, and the one named *also* however old it is.

    Those to the addresses in *team* are not a guest's.
    """
    found = sorted(_files(folder), reverse=True)
    listed = [each for place, each in enumerate(found) if place < MOST_MAILS or each[1].name == also]
    mails = (_shown_file(file, put, team) for put, file in listed)
    return [mail for mail in mails if mail is not None]


def read_mail(folder: Path, name: str) -> EmailMessage | None:
    """Return the mail whose file has this *name*; None if there is none."""
    file = next((file for _, file in _files(folder) if file.name == name), None)
    return None if file is None else _parse(file)


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


def shown_time(when: datetime) -> str:
    """Return an instant on this machine's clock, as it stands beside a mail."""
    return f"{when.astimezone():%d %b %H:%M}"


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield what lies in the Maildir with the time it was put there; a mail program may move files meanwhile."""
    for part in ("new", "cur"):
        for file in (folder / part).glob("*"):
            try:
                yield file.stat().st_mtime_ns, file
            except FileNotFoundError:
                continue


@lru_cache(maxsize=2 * MOST_MAILS)
def _shown_file(file: Path, put: int, team: frozenset[str]) -> ShownMail | None:
    """Return a file as the page shows it; a mail is never changed, so that it is read once."""
    mail = _parse(file)
    if mail is None:
        return None

    try:
        return _shown(file.name, put, mail, team)
    except Exception:  # the parser of the standard library fails in many ways; one mail must not hide the others
        log.exception("a mail in the folder cannot be shown")
        return ShownMail(
            file.name, put, file.name, "Unreadable mail", "", "", "(unreadable)", "", "", "", "",
            is_guests=False, is_teams=False, files=(),
        )  # fmt: skip


def _shown(name: str, put: int, mail: EmailMessage, team: frozenset[str]) -> ShownMail:
    person, address = parseaddr(_header(mail, "To"))
    address = address.lower()
    is_teams = address in team
    thread = _header(mail, "References").split()
    about = thread[0] if thread else _header(mail, "Reply-To") or name
    return ShownMail(
        name=name,
        put=put,
        talk=f"{about} {address}",
        person=person or address or "Nobody",
        to_address=address,
        sender=_header(mail, "From"),
        subject=_header(mail, "Subject") or "(no subject)",
        when=_when(mail),
        message_id=_header(mail, "Message-ID"),
        text=_body(mail, "plain")[:LONGEST_SHOWN],
        html=_body(mail, "html")[:LONGEST_SHOWN],
        is_guests=not is_teams and mail["Reply-To"] is not None,
        is_teams=is_teams,
        files=tuple(part.get_filename() or part.get_content_type() for part in mail.iter_attachments()),
    )


def _parse(file: Path) -> EmailMessage | None:
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_MAIL)
    except (FileNotFoundError, IsADirectoryError):
        return None

    return BytesParser(policy=policy.default).parsebytes(raw)


def _header(mail: EmailMessage, name: str) -> str:
    return "" if mail[name] is None else str(mail[name])


def _when(mail: EmailMessage) -> str:
    when = getattr(mail["Date"], "datetime", None)
    return shown_time(when) if isinstance(when, datetime) else ""


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return "" if part is None else str(part.get_content())
