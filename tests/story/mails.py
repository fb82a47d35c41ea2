"""Reading our mails as a guest does, and replying: what is said, what can be chosen, what the calendar is told."""

from __future__ import annotations

import secrets
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from icalendar import Calendar, Event

FACTS = ("Your booking: ", "Haircut at ", "Yoga at ", "Style talk at ", "Times are ")
"""How the block of a booking's facts begins."""


def reply_to(
    mail: EmailMessage, words: str, now: datetime, *, sender: str | None = None, threaded: bool = True
) -> EmailMessage:
    """Return what a bare mail client sends for *words* in reply to *mail*: nothing quoted, *threaded* by References."""
    answer = EmailMessage()
    answer["From"] = sender or str(mail["To"])
    answer["To"] = str(mail["Reply-To"])
    answer["Subject"] = f"Re: {mail['Subject']}"
    answer["Date"] = format_datetime(now)
    answer["Message-ID"] = f"<{secrets.token_hex(8)}@guest.example>"
    if threaded:
        answer["In-Reply-To"] = str(mail["Message-ID"])
        answer["References"] = f"{mail['References']} {mail['Message-ID']}"

    answer.set_content(words)
    return answer


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of *mail*."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def said(mail: EmailMessage) -> list[str]:
    """Return the paragraphs that stand above the booking's facts, without links and what is always said of choices."""
    said: list[str] = []
    for paragraph in text_of(mail).replace("\r\n", "\n").split("\n\n"):
        if paragraph.startswith(FACTS) or paragraph.startswith("-- "):
            break

        if not paragraph.startswith(("1. ", "Reply with the number")) and "https://book." not in paragraph:
            said.append(paragraph.strip())

    return said


def choices(mail: EmailMessage) -> list[str]:
    """Return the numbered choices of an offer, in order: `1. Thu 26 Nov, 12:00`."""
    return [line for line in text_of(mail).splitlines() if line[:1].isdigit() and line[1:3] == ". "]


def subjects(mails: list[EmailMessage]) -> list[str]:
    """Return the subjects of *mails* without the booking's reference."""
    return [str(mail["Subject"]).rpartition(" (")[0] for mail in mails]


def event_of(mail: EmailMessage) -> tuple[str, Event]:
    """Return the method and the event of the invitation in *mail*."""
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    calendar = Calendar.from_ical(content)
    event = calendar.walk("VEVENT")[0]
    assert isinstance(event, Event)
    return str(calendar["METHOD"]), event
