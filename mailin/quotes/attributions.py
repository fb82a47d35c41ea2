"""Tell the line, or the few lines, in which a mail client says whose words it quotes: "On … Jo wrote:". Pure.

Each test looks at a bounded number of characters, however a client wrapped them (SPEC L1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from mailin.quotes.html_quotes import Kind
from mailin.quotes.quote_words import DASHES, QuoteWords, quote_words

MAX_ATTRIBUTION = 500
MAX_SHORT = 90
"""Characters of a line that could be a footer, a header or the end of an attribution."""

ENDS_WITH_ADDRESS = re.compile(r"[<(\[][^\s<>@]{1,64}@[^\s<>@]{1,255}[>)\]]$")


def attribution_endings(texts: Sequence[str]) -> list[bool]:
    """Return of each of the stripped *texts* whether an attribution could end with it: hardly any line does."""
    wrote = quote_words().wrote
    return [
        (bare := text.rstrip(DASHES)).endswith(_COLONS) or bare.casefold().endswith(wrote) if text else False
        for text in texts
    ]


def attribution_end(texts: Sequence[str], kinds: Sequence[Kind], endings: Sequence[bool], start: int) -> int | None:
    """Return the end of the attribution that begins at *start* in the stripped *texts*, however wrapped, or None."""
    known = quote_words()
    last = min(start + _MAX_WRAPPED, len(texts))
    if True not in endings[start:last]:
        return _introduction_end(texts, kinds, start, known)

    opened = _opens(texts[start], known)
    joined = ""
    for index in range(start, last):
        text = texts[index]
        if index > start and (_is_quotation(text, kinds[index]) or _opens_anew(text, known)):
            break

        joined = f"{joined} {text}".strip()
        if len(joined) > MAX_ATTRIBUTION or (index > start and "@" not in joined and not _STAMP.search(joined)):
            break

        if text and _is_attribution(joined, opened=bool(opened), known=known):
            return None if _begins_later(texts, start, index, known) else index + 1

        if not text and (opened != "word" or index > start + 3):
            break

    return _introduction_end(texts, kinds, start, known)


def inline_attribution(words: str, folded: str, known: QuoteWords) -> tuple[int, int] | None:
    """Return where an attribution begins and ends behind a sentence on the same line; None if there is none."""
    for count, found in enumerate(_SENTENCE_END.finditer(words)):
        if count == _MAX_INLINE:
            break

        start = found.end()
        if not folded.startswith(known.opens, start):
            continue

        address = words.find("@", start)
        colon = next((at for at in range(address, min(len(words), start + MAX_ATTRIBUTION)) if words[at] == ":"), -1)
        if address > 0 < colon and known.has_verb(folded[start:colon]) and _STAMP.search(words, start, colon):
            return start, colon + 1

    return None


_STAMP = re.compile(
    r"\d{4}|\d{1,2}[:.h]\d{2}|\d{1,2}[./-]\d{1,2}|\d{1,2}[.,]? [^\W\d]{3,10}|[^\W\d]{3,10}\.? \d{1,2}\b|\d{1,2}[月시時]"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_SHORT_DATE = re.compile(r"\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2}")
_SENTENCE_END = re.compile(r"[.!?…。！？)] +")
_COLONS = (":", "：", "﹕")
_MAX_INLINE = 20
_MAX_WRAPPED = 6
_MAX_INTRODUCTION = 160
_NAME_AND_ADDRESS = re.compile(r"(?:[^\s<>@:]{1,40} ){1,6}[<(\[][^\s<>@]{1,64}@[^\s<>@]{1,255}[>)\]]")
_TYPED = 40
_WEEKDAY = 20  # "понедельник, 23": a weekday comes before the date


def _begins_later(texts: Sequence[str], start: int, last: int, known: QuoteWords) -> bool:
    """Return whether the attribution ending at *last* begins below *start*, where somebody typed right above it."""
    opened = _opens(texts[start], known)
    # A client wraps near the 76th column; a short line with a date above one with a date was typed.
    typed = opened != "word" and len(texts[start]) < _TYPED and "@" not in texts[start]
    for begin in range(start + 1, last + 1):
        way = _opens(texts[begin], known)
        later = " ".join(texts[begin : last + 1])
        apart = not texts[begin - 1] and not _is_dated(" ".join(texts[start:begin]).rstrip())
        gives_way = apart or way == "word" or (typed and (opened is None or _STAMP.search(later)))
        if gives_way and _is_attribution(later, opened=bool(way), known=known):
            return True

        if apart and _introduces(later, known):
            return True

    return False


def _is_dated(text: str) -> bool:
    """Return whether *text* above a blank line gives the date in full, as only the beginning of an attribution does."""
    return text.endswith(",") or bool(_YEAR.search(text) or _SHORT_DATE.search(text))


def _is_quotation(text: str, kind: Kind) -> bool:
    """Return whether *text* is quoted, and not the wrapped end of an attribution (`>:` or `> wrote:`)."""
    return kind in ("history", "attribution") or (
        kind == "quoted" and not (len(text) < MAX_SHORT and text.endswith(":"))
    )


def _opens_anew(text: str, known: QuoteWords) -> bool:
    return text.casefold().startswith(known.opens) and bool(_STAMP.search(text))


def _opens(text: str, known: QuoteWords) -> Literal["word", "date"] | None:
    """Return how *text* could begin an attribution: with one of its words and a date, or with the date itself."""
    folded = text.casefold().lstrip(DASHES + "*>")
    if folded.startswith(known.opens):
        return "word"

    early = _STAMP.search(folded[:36])
    return "date" if early and early.start() <= _WEEKDAY else None


def _is_attribution(joined: str, *, opened: bool, known: QuoteWords) -> bool:
    folded = joined.casefold().rstrip(DASHES + "*")
    ends = folded.endswith(_COLONS)
    if not ends:
        # A verb at the very end stands for the colon ("---- On … wrote ----").
        return opened and folded.endswith(known.wrote) and ("@" in folded or bool(_YEAR.search(folded)))

    verb = known.has_verb(folded)
    if not _STAMP.search(folded):
        said = folded.rstrip(":：﹕ ")
        whole = _NAME_AND_ADDRESS.match(said)
        return whole is not None and (whole.end() == len(said) or said.endswith(known.wrote))

    if opened:
        return verb or "@" in folded or "<" in folded

    return verb and ("@" in folded or bool(_YEAR.search(folded)))


def _introduction_end(texts: Sequence[str], kinds: Sequence[Kind], start: int, known: QuoteWords) -> int | None:
    """Return the end of what introduces the quotation right below it, in one line or in two, else None."""
    for end in (start + 1, start + 2):
        following = next((kinds[at] for at in range(end, min(end + 2, len(kinds))) if kinds[at] != "blank"), None)
        if following != "quoted" or (end > start + 1 and kinds[start + 1] != "text"):
            continue

        if end == start + 1 and _introduces(texts[start], known):
            return end

        is_broken = end > start + 1 and (texts[end - 1].startswith("<") or _opens_broken(texts, start, known))
        if is_broken and len(texts[start]) < MAX_SHORT and _introduces(f"{texts[start]} {texts[end - 1]}", known):
            return end

    return None


def _opens_broken(texts: Sequence[str], start: int, known: QuoteWords) -> bool:
    return texts[start].casefold().startswith(known.opens) and known.has_verb(texts[start + 1].casefold())


def _introduces(text: str, known: QuoteWords) -> bool:
    """Return whether *text* right above a quotation says whose it is: "Jo wrote:", or an address with a date."""
    folded = text.casefold().rstrip(DASHES)
    if len(folded) >= _MAX_INTRODUCTION:
        return False

    if not folded.endswith(_COLONS):
        return bool(ENDS_WITH_ADDRESS.search(folded) and _STAMP.search(folded))

    dated = folded.startswith(known.opens) and bool(_YEAR.search(folded))
    return known.has_verb(folded) or dated or bool(ENDS_WITH_ADDRESS.search(folded.rstrip(":： ")))
