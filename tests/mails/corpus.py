"""Replies to messages that we really sent, as mail clients build them: client x style x language, from two tables.

`cases()` puts together every reply from `clients.toml` (how a client builds it) and `languages.toml` (what it and the
guest write), and says what the guest wrote in it. Nothing is random: the same case has the same octets in every run.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from string import Template
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from core.reply import Part, Reply
from mailin.out.compose import Mail, compose
from tests.mailin.door.answering import Original, put_together, read_original
from tests.mailin.out.letters import CONFIRMED, LOOK, MOVED, START, TOKEN, choice, notice

HERE = Path(__file__).parent
GUEST = "Jo Guest <jo@guest.example>"
OLD = datetime(2026, 11, 26, 14, tzinfo=ZoneInfo("UTC"))
OUR_TIMES = ("Thursday 26 November", "26 Nov", "15:00", "1 December", "1 Dec", "11:30")
CHOICES = ("Tue 1 Dec, 11:30", "Wed 2 Dec, 11:30", "Thu 3 Dec, 11:30")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guest does in the reply. `between` follows our first and second choice, `tail` is not the guest's text."""

    above: str = ""
    between: tuple[str, ...] = ()
    below: str = ""
    tail: str = ""

    @property
    def words(self) -> str:
        return "\n".join(part for part in (self.above, *self.between, self.below) if part)


@dataclass(frozen=True, slots=True)
class Case:
    """One reply: `raw` as it arrives, `sent` the plain text of ours that it answers, `words` what the guest wrote."""

    client: str
    style: str
    language: str
    original: str
    raw: bytes
    sent: str
    words: str

    @property
    def name(self) -> str:
        return f"{self.client}-{self.style}-{self.language}-{self.original}"


STYLES: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "wish": lambda tongue: Answer(tongue["wish"]),
    "paragraphs": lambda tongue: Answer(f"{tongue['yes']}!\n\n{tongue['wish']}\n\n{tongue['more']}"),
    "retyped": lambda _: Answer(CHOICES[1]),
    "retyped_list": lambda _: Answer(f"2. {CHOICES[1]}\n3. {CHOICES[2]}"),
    "number": lambda _: Answer("2"),
    "yes": lambda tongue: Answer(tongue["yes"]),
    "below": lambda tongue: Answer(below=f"{tongue['wish']}\n{tongue['more']}"),
    "retyped_below": lambda _: Answer(below=CHOICES[2]),
    "between": lambda tongue: Answer(between=(tongue["more"], tongue["yes"])),
    "above_and_between": lambda tongue: Answer(f"{tongue['more']}", ("", tongue["yes"])),
    "signature": lambda tongue: Answer(tongue["wish"], tail="\n\n-- \nJo Guest\n+48 600 100 200, 9:00-17:00"),
    "closing": lambda tongue: Answer(tongue["wish"], tail=f"\n\n{tongue['closing']}\nJo Guest"),
    "card": lambda tongue: Answer(
        tongue["wish"], tail="\n\nJo Guest\n+48 600 100 200\njo@guest.example\nwww.guest.example"
    ),
    "disclaimer": lambda tongue: Answer(tongue["wish"], tail=f"\n\n{tongue['disclaimer']}"),
    "only_signature": lambda _: Answer(tail="\n-- \nJo Guest\nMonday to Friday 9:00-17:00"),
    "nothing": lambda _: Answer(),
}
"""What guests do, by name; each takes the words of a language."""

OF_CHOICES = frozenset({"retyped", "retyped_list", "number", "retyped_below", "between", "above_and_between"})


ORIGINALS: dict[str, Reply] = {
    "offer": Reply((Part("offer", {}),), tuple(choice(at + 1, START + timedelta(days=at)) for at in range(3))),
    "confirmed": CONFIRMED,
    "moved": MOVED,
}
"""What of ours is answered: three choices, the confirmation with its invitation, a move with its old and new time."""


@cache
def sent_mail(original: str) -> Mail:
    """Return one of the messages that are answered, by the real composer; the visit is at the old time."""
    answers = ORIGINALS[original]
    return compose(notice(booking_start=OLD, booking_end=OLD + timedelta(minutes=45), reply=answers), LOOK)


def cases() -> Iterator[Case]:
    """Yield every case: each client in each style that it can be used in, in turns in each of its languages."""
    turn = 0
    for name, client in _table("clients.toml").items():
        for style, answer in STYLES.items():
            if not _is_possible(client, answer(_table("languages.toml")["en"])):
                continue

            language = client["languages"][turn % len(client["languages"])]
            # Who takes one of our choices, or answers between them, was offered some.
            original = "offer" if style in OF_CHOICES else list(ORIGINALS)[turn % len(ORIGINALS)]
            turn += 1
            yield _case(name, style, language, original)


def is_exact(found: str, of: Case) -> bool:
    """Return whether *found* is what the guest wrote, line by line; how many lines are left empty does not matter."""
    return _lines(found) == _lines(of.words)


def leaks(found: str, of: Case) -> list[str]:
    """Return what of our message stands in *found* though the guest did not type it: times, choices, links, tokens."""
    lines = [line.strip() for line in of.sent.splitlines() if len(line.split()) > 1]
    told = [*lines, *CHOICES, *OUR_TIMES, TOKEN, TOKEN[:12], "https://", "K7Q-2MX", "Studio Nova", "@example.com"]
    return [piece for piece in told if piece in found and piece not in of.words]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


@cache
def _table(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


def _is_possible(client: dict[str, Any], answer: Answer) -> bool:
    between, below = client.get("between", client.get("marks", False)), client.get("below", True)
    return not (answer.between and not between) and not (answer.below and not below)


def _case(name: str, style: str, language: str, answered: str) -> Case:
    tongue, client, mail = _table("languages.toml")[language], _table("clients.toml")[name], sent_mail(answered)
    given = STYLES[style](tongue)
    original = read_original(mail.raw)
    footer = client.get("footer")
    if footer:
        given = replace(given, tail=f"{given.tail}\n\n{tongue.get(footer, footer)}")
    intro = _intro(client["intro"], original, tongue)
    text = _text(client, original, given, intro) if "text" in client else None
    page = _page(client, original, given, intro, tongue) if "html" in client else None
    flowed = bool(client.get("flowed"))
    raw = put_together(original, sender=GUEST, text=text, page=page, flowed=flowed)
    return Case(name, style, language, answered, raw, mail.words, given.words)


def _intro(pattern: str, original: Original, tongue: dict[str, Any]) -> str:
    at = original.date.astimezone(ZoneInfo("Europe/Warsaw"))
    known = {
        "d": at.day, "dd": f"{at:%d}", "m": at.month, "mm": f"{at:%m}", "yyyy": at.year, "yy": f"{at:%y}",
        "H": at.hour, "HH": f"{at:%H}", "MM": f"{at:%M}", "h": at.hour % 12 or 12, "ap": f"{at:%p}",
        "mon": tongue["mon"][at.month - 1], "month": tongue["month"][at.month - 1],
        "wd": tongue["wd"][at.weekday()], "weekday": tongue["weekday"][at.weekday()],
        "name": original.name, "address": original.address, "subject": original.subject,
        "original": tongue["original"], "from_header": tongue["headers"][0],
        "to_header": tongue["headers"][2], "subject_header": tongue["headers"][3],
    }  # fmt: skip
    sent_from, sent, to, subject = tongue["headers"]
    known["block"] = "\n".join(
        (
            f"{sent_from}: {original.name} <{original.address}>",
            f"{sent}: {tongue['stamp'].format(**known)}",
            f"{to}: {GUEST}",
            f"{subject}: {original.subject}",
        )
    )
    pattern = "{block}" if pattern == "block" else str(tongue.get(pattern, pattern))
    return pattern.format(**known)


def _text(client: dict[str, Any], original: Original, given: Answer, intro: str) -> str:
    mark = "> " if client.get("marks") else ""
    lines: list[str] = []
    for line in original.lines:
        pieces = (wrap(line, 72) or [""]) if client.get("wraps") else [_linked(client, line)]
        lines += [f"{mark}{piece}".rstrip() for piece in pieces]
        lines += [answer for number, answer in enumerate(given.between, 1) if answer and line.startswith(f"{number}. ")]
    if client.get("wraps"):
        intro = "\n".join(wrap(intro, 76, break_long_words=False, break_on_hyphens=False))
    quoted = "\n".join(f"> {line}" for line in intro.split("\n")) if client.get("quotes_intro") else intro
    return Template(client["text"]).substitute(
        above=given.above, tail=given.tail, intro=quoted, quote="\n".join(lines), below=given.below
    )


def _linked(client: dict[str, Any], line: str) -> str:
    """Outlook makes its text part from our HTML: the links stand in angle brackets right behind their words."""
    if client.get("links") != "outlook" or ": https://" not in line:
        return line

    words, _, link = line.partition(": https://")
    return f"{words}<https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2F{link.replace('/', '%2F')}>"


def _page(client: dict[str, Any], original: Original, given: Answer, intro: str, tongue: dict[str, Any]) -> str:
    opens, closes = client.get("opens", ""), client.get("closes", "")
    splits = Template(client.get("splits", f"{closes}$answer{opens}"))
    source = original.html
    for number, answer in enumerate(given.between, 1):
        if answer:
            at = source.index("</a>", source.index(f">{number}. ")) + len("</a>")
            # The elements that are open in our mail are closed, and opened again behind the answer.
            answered = splits.substitute(answer=_typed(client, answer))
            source = f'{source[:at]}</div></div>{answered}<div class="page"><div class="card">{source[at:]}'
    shown = html.escape(intro).replace("\n", "<br>")
    for name in tongue["headers"]:
        shown = shown.replace(f"{name}:", f"<b>{name}:</b>", 1) if client["intro"] == "block" else shown
    return Template(client["html"]).substitute(
        above=_typed(client, given.above),
        tail=_typed(client, given.tail),
        intro=shown,
        quote=f"{opens}{source}{closes}",
        below=_typed(client, given.below),
    )


def _typed(client: dict[str, Any], words: str) -> str:
    line = Template(client.get("typed", "<div>$line</div>"))
    return "".join(line.substitute(line=html.escape(typed) or "<br>") for typed in words.split("\n")) if words else ""
