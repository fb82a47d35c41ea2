"""Reading our mails as a guest does: what is said, what can be chosen, what the calendar is told."""

from __future__ import annotations

from email.message import EmailMessage

from icalendar import Calendar, Event

from tests.story.salon import text_of

FACTS = ("Your booking: ", "Haircut at ", "Yoga at ")
"""How the block of a booking's facts begins."""


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
