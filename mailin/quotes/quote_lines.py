"""Say of every line of a body what it is: text, a quotation, its attribution, a quoted header block, a signature. Pure.

Each test looks at one line, or at the few lines that a client may have wrapped it into, and no pattern has two
unbounded quantifiers: the work is linear in the number of lines (SPEC L1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailin.quotes.attributions import (
    MAX_ATTRIBUTION,
    MAX_SHORT,
    attribution_end,
    attribution_endings,
    inline_attribution,
)
from mailin.quotes.header_blocks import is_header_block, looks_like_header
from mailin.quotes.html_quotes import Kind, Line
from mailin.quotes.quote_words import DASHES, QuoteWords, quote_words


def line_kinds(lines: Sequence[Line]) -> list[Kind]:
    """Return the kind of each of *lines*, which are already capped in number and length."""
    kinds: list[Kind] = [_alone(line) for line in lines]
    texts = [_visible(line.words) for line in lines]
    _judge_neighbours(texts, kinds)
    endings = attribution_endings(texts)
    index = 0
    while index < len(kinds):
        end = index + 1
        if kinds[index] == "text" and (until := attribution_end(texts, kinds, endings, index)):
            end = until
            kinds[index:end] = ["attribution"] * (end - index)
        elif kinds[index] == "text" and is_header_block(texts, index):
            kinds[index] = "history"
        index = end
    return kinds


def parts_of(words: str) -> list[str]:
    """Return *words* cut where a client that puts all on one line has its attribution or its "write above" begin."""
    folded = words.casefold()
    known = quote_words()
    places = [at for phrase in known.above if (at := folded.find(phrase)) > 0]
    if places:
        kept = words[: min(places)].rstrip(DASHES)
        return [*_parts_at_attribution(kept, known), words[len(kept) :]] if kept else [words]

    return _parts_at_attribution(words, known)


def _parts_at_attribution(words: str, known: QuoteWords) -> list[str]:
    folded = words.casefold()
    # Where folding changes the length, places in the one are none in the other.
    span = inline_attribution(words, folded, known) if "@" in words and len(folded) == len(words) else None
    if span is None:
        return [words]

    return [words[: span[0]].rstrip(DASHES), words[slice(*span)], words[span[1] :]]


def is_forward_mark(line: str) -> bool:
    """Return whether *line* is what a client puts above a message it forwards."""
    bare = _bare(line)
    dressed = line.strip()[:1] in ("-", "*", "_", "=") or bare.endswith(":")
    return dressed and bare.strip(" :") in quote_words().forwarded


_DIRECTIONS = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_LINK = re.compile(r"[<(\[]{0,2}https?://[^\s<>()]{3,300}[>)\]]{0,2} ?>?")
_LONG_RULE = 30


def _alone(line: Line) -> Kind:
    """Return what *line* is on its own."""
    match line.mark:
        case "quoted":
            return "quoted"
        case "intro":
            return "attribution"
        case "history":
            return "history"
        case "signature":
            return "signature"
        case "text":
            return _by_words(_visible(line.words), line.words)


def _visible(words: str) -> str:
    """Return *words* without the marks of direction that some clients put around names, and spaces at the ends."""
    return words.strip() if words.isascii() else words.translate(_DIRECTIONS).strip()


def _by_words(text: str, words: str) -> Kind:
    if not text:
        return "blank"

    if text.startswith(">"):
        # GroupWise frames its attribution (">>> Jo <jo@…> 23.11.2026 >>>") and quotes without marks.
        return "history" if text.startswith(">>> ") and text.endswith(" >>>") and "@" in text else "quoted"

    if text in ("--", "—", "__", "-- ") or words.startswith("-- \t"):
        return "signature"

    if not text.strip(DASHES):
        # Lists and Outlook draw a line across the page above what they add.
        return "signature" if len(text) >= _LONG_RULE and not text.strip("_") else "rule"

    bare = _bare(text)
    known = quote_words()
    if (text[0] in DASHES and bare in known.original) or is_forward_mark(text) or _is_above(bare, known):
        return "history"

    if len(text) <= MAX_SHORT and _is_footer(text, known):
        return "footer"

    if text.lstrip(DASHES).casefold().startswith(known.disclaimers):
        return "footer"

    return "text"


def _judge_neighbours(texts: Sequence[str], kinds: list[Kind]) -> None:
    """Mark what only the lines around tell: "-----…-----" in any language, a link torn off a quotation."""
    written = [index for index, kind in enumerate(kinds) if kind != "blank"]
    for before, index, after in zip([-1, *written], written, [*written[1:], -1], strict=False):
        if kinds[index] != "text":
            continue

        text = texts[index]
        dashed = text.startswith("-----") and text.endswith("-----")
        # Outlook writes its dashes close to the words, in any language; others put a space between.
        if dashed and (" " not in text.strip("-")[:1] or (after > 0 and looks_like_header(texts[after]))):
            kinds[index] = "history"
        elif before == index - 1 >= 0 and after == index + 1 and _LINK.fullmatch(text):
            kinds[index] = "quoted" if kinds[before] == kinds[after] == "quoted" else "text"


def _bare(text: str) -> str:
    return text.strip(DASHES + "<>[]").casefold()


def _is_above(bare: str, known: QuoteWords) -> bool:
    return any(phrase in bare for phrase in known.above) and len(bare) < MAX_ATTRIBUTION


def _is_footer(text: str, known: QuoteWords) -> bool:
    """Return whether an app added *text*; a sentence that goes on after a comma was typed by somebody."""
    if ", " in text:
        return False

    folded = text.replace("[", "").lstrip(DASHES + "(").casefold()
    if folded.startswith(known.footers) or folded.rstrip(".").endswith(known.footer_ends):
        return True

    return any(all(name in folded for name in names) for names in known.footer_names)
