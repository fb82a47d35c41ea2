"""Genuine replies that look a little like a machine's: each of them has to be read as the guest's own words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.machine_mails.mails import MachineMail, answering, languages
from tests.mailin.door.answering import Original

WISH = "Can we do Friday 11 December at 16:00 instead?"
HEADERS = (
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: OOF, AutoReply",
    "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
    "Auto-Submitted: no",
    "Auto-Submitted: No (written by a person)",
    "X-Autoreply: no",
    "List-Unsubscribe: <https://signature.example/u>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "Precedence: normal",
    "Precedence: first-class",
    "Importance: high",
    "X-Loop: mail.guest.example",
    "X-Spam-Status: No, score=-1.0",
    "Disposition-Notification-To: <{guest}>",
    "Return-Receipt-To: {guest}",
    "X-MS-Has-Attach:",
    "X-Mailer: Microsoft Outlook 16.0",
    "X-MS-Exchange-Organization-AutoForwarded: false",
    "Feedback-ID: 1:guest",
    "X-Forwarded-For: {guest} x@y.example",
    "X-BeenThere-Not: nothing",
    "Thread-Topic: Automatic reply: Your visit",
    "Sender: assistant@guest.example",
    "Return-Path: <{guest}>",
)
SUBJECTS = (
    "Re: Out of office next week",
    "Out of office next week, can we move?",
    "I am out of the office next week - new time?",
    "Re: AW: Abwesenheit",
    "AW: Abwesenheitsnotiz: Ihr Termin",
    "RE: Automatic reply: Your visit",
    "Odp: Automatyczna odpowiedź: Wizyta",
    "Urlop od poniedziałku, inny termin?",
    "Absence of Ana?",
    "Auto service on Thursday",
    "Vacation plans",
    "On holiday that day",
    "Away that day",
    "Automatic doors?",
    "Undelivered parcel, I will be late",
    "Delayed train",
    "Read this please",
    "Delivery of flowers",
    "Warning: I may be late",
    "Re: [#1234] Your visit",
    "Fuera de Madrid esa semana",
    "Afwezig volgende week, kan het later?",
    "RE: Undeliverable: Your visit",
    "",
)
WORDS = (
    "I'm away that day. Can we do Friday 11 December at 16:00 instead?",
    "I will be on annual leave until Thursday, could you move it to Friday 11 December at 16:00?",
    "Sorry for the out of office you got. Could we do Friday 11 December at 16:00?",
    "I'm out of office next week, please move my booking to Friday 11 December at 16:00.",
    "Friday 11 December at 16:00, because of my holiday?",
    "I am on vacation from 1 to 3 December. Can I come on Friday 11 December at 16:00?",
    "My car's automatic is broken, can we do Friday 11 December at 16:00?",
    "Could I rather come on Friday 11 December at 16:00? I'm out of the office on Thursday",
    "Is it urgent to confirm? Can we do Friday 11 December at 16:00?",
    "Please contact me if Friday 11 December at 16:00 is not possible.",
    "Yes please, Friday 11 December at 16:00. I have limited time.",
    "As soon as possible please: Friday 11 December at 16:00?",
    "My return is on Thursday. Friday 11 December at 16:00 works for me.",
)


def guests() -> list[MachineMail]:
    """Return all of them."""
    return [*_by_language(), *_by_header(), *_by_subject(), *_by_words()]


def _by_language() -> Iterator[MachineMail]:
    for language, words in languages().items():
        yield _mail(f"away, {language}", language, words["guest"])


def _by_header() -> Iterator[MachineMail]:
    for header in HEADERS:
        yield _mail(header.partition(":")[0] + str(len(header)), "en", WISH, headers=(header,))


def _by_subject() -> Iterator[MachineMail]:
    for at, subject in enumerate(SUBJECTS):
        yield _mail(f"subject {at}", "en", WISH, subject=subject)


def _by_words() -> Iterator[MachineMail]:
    for at, words in enumerate(WORDS):
        yield _mail(f"words {at}", "en", words)


def _mail(
    name: str, language: str, body: str, *, headers: tuple[str, ...] = (), subject: str | None = None
) -> MachineMail:
    build = partial(_written, name=f"guest {name}", body=body, headers=headers, subject=subject)
    return MachineMail(f"guest: {name}", language, ("reply",), build, is_guest=True)


def _written(sent: Original, *, name: str, body: str, headers: tuple[str, ...], subject: str | None) -> bytes:
    shown = f"Re: {sent.subject}" if subject is None else subject
    return answering(sent, name=name, subject=shown, body=body, headers=headers, quotes=True)
