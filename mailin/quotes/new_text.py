"""Find what the sender of a reply wrote anew: no history, no signature, none of our words (SPEC R6). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailin.quotes.html_quotes import MAX_LINES, Kind, Line, html_lines
from mailin.quotes.own_words import OwnWords, own_lines
from mailin.quotes.quote_lines import is_forward_mark, line_kinds, parts_of
from mailin.quotes.sign_offs import without_sign_off
from mailin.reading.message import Message

MAX_CHARACTERS = 256 * 1024
MAX_LINE = 1_000

_SAID = re.compile(r"[^\W_]")
_MADE = re.compile(r"://|^\s{0,20}\[[^\[\]]{0,200}\]\s{0,20}$")


def new_text(message: Message, sent: str | None = None) -> str:
    """Return only what the sender wrote, lines joined by newlines; empty if they wrote nothing (SPEC R6, L1).

    *sent* is the plain text of our message that they answer, if known: whatever of it stands below a quote mark or in
    a run of three lines is quotation in any language or client, while a single line of it that they retyped stays.
    """
    own = OwnWords.of(sent[:MAX_CHARACTERS]) if sent else None
    bodies = _bodies(message)
    kept = next((said for lines in bodies if (said := _kept(lines, own))), "")
    if kept or own is not None or _answers_something(message):
        return kept

    # It answers nothing, and nothing of ours is known: what is all quoted is what they hand on to the team.
    return next((said for lines in bodies if (said := _handed_on(lines))), "")


def _answers_something(message: Message) -> bool:
    return bool(message.in_reply_to or message.references or message.header("thread-index"))


def _handed_on(lines: Sequence[Line]) -> str:
    """Return what stands below the mark of a forward, or the attribution, that the body begins with."""
    kinds = line_kinds(lines)
    start = next((index for index, kind in enumerate(kinds) if kind != "blank"), len(kinds))
    if start == len(kinds) or not (kinds[start] == "attribution" or is_forward_mark(lines[start].words)):
        return ""

    gap = next((index for index in range(start, len(lines)) if kinds[index] == "blank"), len(lines))
    return _kept([line for line in lines[gap:] if line.mark == "text"], None)


def _bodies(message: Message) -> list[list[Line]]:
    """Return the bodies to read, in order: HTML alone if its structure shows quotations, else plain text, then HTML.

    Where the structure says that all is quoted, the plain text is not asked for another opinion: it tells less, and an
    old time read as a wish is worse than a guest asked again.
    """
    page = html_lines(message.html[:MAX_CHARACTERS])[:MAX_LINES] if message.html else []
    told = any(line.mark in ("quoted", "intro", "history") for line in page)
    bodies = [page] if told else [_plain_lines(message.text or ""), page]
    return [[_capped(line) for line in body] for body in bodies]


def _plain_lines(text: str) -> list[Line]:
    lines = text[:MAX_CHARACTERS].split("\n", MAX_LINES)[:MAX_LINES]
    return [Line(words) for line in lines for words in parts_of(line[: 2 * MAX_LINE])]


def _capped(line: Line) -> Line:
    return line._replace(words=line.words.replace("\xa0", " ").replace("\ufeff", "")[:MAX_LINE])


def _kept(lines: Sequence[Line], own: OwnWords | None) -> str:
    kinds = line_kinds(lines)
    # Before our words are marked: what a client makes of our HTML is not all found in our text, and must go, too.
    end = _history_start(lines, kinds)
    if own is not None:
        kinds = _with_own_words(lines, kinds, own)
    kept = _written(lines[:end], kinds[:end])
    if end < len(lines) and own is not None:
        kept += _answers(lines[end:], own, is_below=not any(words.strip() for words in kept))
    return _trimmed(kept)


def _with_own_words(lines: Sequence[Line], kinds: list[Kind], own: OwnWords) -> list[Kind]:
    """Mark as quoted what of *lines* can only be ours."""
    ours = own_lines([_sayable(line, kind) for line, kind in zip(lines, kinds, strict=True)], own)
    return ["quoted" if index in ours else kind for index, kind in enumerate(kinds)]


def _sayable(line: Line, kind: Kind) -> str | None:
    """Return the words of *line*, none if it is already told what it is, None if there is nothing to tell of it."""
    if kind in ("blank", "rule") or not _SAID.search(line.words):
        return None

    return line.words if kind in ("text", "footer", "signature") else ""


def _history_start(lines: Sequence[Line], kinds: Sequence[Kind]) -> int:
    """Return the index from which all is history: a header block, or an attribution with no quote marks below it."""
    index = 0
    while index < len(kinds):
        if kinds[index] == "history":
            return index

        if kinds[index] == "attribution":
            after = index
            while after < len(kinds) and kinds[after] in ("attribution", "blank"):
                after += 1
            if after < len(kinds) and kinds[after] != "quoted" and lines[after].mark == "text":
                return index

            index = after
        else:
            index += 1
    return len(kinds)


def _written(lines: Sequence[Line], kinds: Sequence[Kind]) -> list[str]:
    """Return the lines that somebody typed; a signature ends at the next quotation."""
    kept: list[str] = []
    in_signature = False
    for line, kind in zip(lines, kinds, strict=True):
        if kind in ("quoted", "attribution"):
            in_signature = False
        elif kind == "signature" or (kind == "footer" and any(words.strip() for words in kept)):
            in_signature = True
        elif not in_signature and kind not in ("footer", "history"):
            kept.append(line.words)
    return kept


def _answers(history: Sequence[Line], own: OwnWords, *, is_below: bool) -> list[str]:
    """Return what was typed in between our lines where a client quotes without marks; with *is_below* also below them.

    Only where most of what stands there is found in our message can the rest be told from it.
    """
    bare = [line._replace(mark="text") if line.mark == "history" else line for line in history]
    kinds = line_kinds(bare)
    said = [_sayable(line, kind) for line, kind in zip(bare, kinds, strict=True)]
    ours = own_lines(said, own, is_history=True)
    if not ours:
        return []

    is_marked = any(line.mark == "history" for line in history)
    first, last = min(ours), len(bare) if is_below and not is_marked else max(ours)
    told: list[Kind] = ["quoted" if index in ours else kind for index, kind in enumerate(kinds)]
    # Clients turn our buttons and pictures into "[Logo]" and "Cancel <https://…>".
    written = _written(bare[first:last], told[first:last])
    typed = [words for words in written if not _MADE.search(words) and not _is_label(words, own)]
    return typed if sum(bool(words.strip()) for words in typed) <= len(ours) else []


def _is_label(words: str, own: OwnWords) -> bool:
    """Return whether a line names something in our words, no time: our HTML may repeat it where our text does not."""
    return " " in words.strip() and not any(map(str.isdigit, words)) and own.place(words, 0) is not None


def _trimmed(kept: Sequence[str]) -> str:
    """Return the lines as one text, without the blank lines and rules at its ends."""
    lines = [words.rstrip() for words in kept]
    while lines and not lines[-1].strip(" -_=*~#\t–—ᐧ"):
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(without_sign_off(lines)).strip()
