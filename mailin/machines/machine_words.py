"""What machines are called and what they say, in every language of `machine_words.toml` (SPEC R6, L4). Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SCANNED = 4_000
"""Characters of a body that are looked at: what a machine is it says at once."""


@dataclass(frozen=True, slots=True)
class MachineWords:
    """The words of all languages at once, folded: nobody knows which one a machine of a guest's speaks."""

    auto_reply: tuple[str, ...]
    away: frozenset[str]
    late: tuple[str, ...]
    automatic: tuple[str, ...]
    absent: tuple[str, ...]
    handling: tuple[str, ...]
    asks: tuple[str, ...]
    forward: frozenset[str]
    reply: frozenset[str]


@cache
def machine_words() -> MachineWords:
    """Return the words, read once."""
    tables = list(tomllib.loads(files("mailin.machines").joinpath("machine_words.toml").read_text("utf-8")).values())

    def every(name: str) -> frozenset[str]:
        return frozenset(_folded(word) for table in tables for word in table.get(name, ()))

    return MachineWords(
        auto_reply=tuple(every("auto_reply")),
        away=every("away"),
        late=tuple(every("late")),
        automatic=tuple(every("automatic")),
        absent=tuple(every("absent")),
        handling=tuple(every("handling")),
        asks=tuple(every("asks")),
        # "VS" answers in one language and forwards in another; taking it for an answer loses nobody's words.
        forward=every("forward") - every("reply"),
        reply=every("reply"),
    )


def has_auto_subject(subject: str) -> bool:
    """Return whether a *subject* is one that only a machine gives its answer."""
    words, plain = machine_words(), _folded(subject).lstrip(_OPENING)
    return plain.startswith(words.auto_reply) or _label(plain) in words.away


def has_late_subject(subject: str) -> bool:
    """Return whether a *subject* is that of a report of a delay."""
    return _folded(subject).startswith(machine_words().late)


def seems_automatic(text: str) -> bool:
    """Return whether a body without any other sign of it reads as an automatic answer.

    A person may write so, too; then a person should read it. Who is away and asks for something is a guest.
    """
    plain, words = _folded(text[:SCANNED]), machine_words()
    if _holds(plain, words.automatic):
        return True

    if not _holds(plain, words.absent):
        return False

    # "In urgent cases, call Ann. Anything else? …": machines ask, too; what becomes of the mail only they say.
    asks = any(mark in plain for mark in _QUESTION_MARKS) or _holds(plain, words.asks)
    return _holds(plain, words.handling) or not asks


_OPENING = "[(<*{!#-–— \u200b\ufeff"
_QUESTION_MARKS = "?？؟"
_LABEL_ENDS = (":", "：", " - ", " – ", " — ", "!", "]", ")", " (", " [", "...", "…", " | ", "/")


def _label(subject: str) -> str:
    """Return what stands before the first mark that divides a label from what follows it."""
    ends = [subject.find(mark) for mark in _LABEL_ENDS]
    return subject[: min((end for end in ends if end >= 0), default=len(subject))].strip(" .")


def _holds(plain: str, phrases: Collection[str]) -> bool:
    return any(phrase in plain for phrase in phrases)


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").replace("`", "'").split())
