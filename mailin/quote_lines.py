"""Say of every line of a body what it is: text, a quotation, its attribution, a quoted header block, a signature. Pure.

Each test looks at one line, or at the few lines that a client may have wrapped it into, and no pattern has two
unbounded quantifiers: the work is linear in the number of lines (SPEC L1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from mailin.html_quotes import Line
from mailin.quote_words import QuoteWords, Role, quote_words

Kind = Literal["text", "blank", "quoted", "attribution", "history", "signature", "footer", "rule"]
"""What a line is. "history" and what follows it was written before; a "rule" is a line of dashes or the like."""


def line_kinds(lines: Sequence[Line]) -> list[Kind]:
    """Return the kind of each of *lines*, which are already capped in number and length."""
    kinds: list[Kind] = [_alone(line) for line in lines]
    texts = [_visible(line.words) for line in lines]
    _judge_neighbours(texts, kinds)
    index = 0
    while index < len(kinds):
        end = index + 1
        if kinds[index] == "text" and (until := _attribution_end(texts, kinds, index)):
            end = until
            kinds[index:end] = ["attribution"] * (end - index)
        elif kinds[index] == "text" and _is_header_block(texts, index):
            kinds[index] = "history"
        index = end
    return kinds


def parts_of(words: str) -> list[str]:
    """Return *words* cut where a client that puts all on one line has its attribution or its "write above" begin."""
    folded = words.casefold()
    known = quote_words()
    cut = len(words)
    for phrase in known.above:
        at = folded.find(phrase)
        if at > 0:
            cut = min(cut, _word_start(words, at))
    if "@" in words and len(folded) == len(words):
        cut = min(cut, _inline_attribution(words, folded, known))
    kept = words[:cut].rstrip(_DASHES)
    return [kept, words[cut:]] if kept and cut < len(words) else [words]


def is_forward_mark(line: str) -> bool:
    """Return whether *line* is what a client puts above a message it forwards."""
    bare = _bare(line)
    dressed = line.strip()[:1] in ("-", "*", "_", "=") or bare.endswith(":")
    return dressed and bare.strip(" :") in quote_words().forwarded


_STAMP = re.compile(
    r"\d{4}|\d{1,2}[:.h]\d{2}|\d{1,2}[./-]\d{1,2}|\d{1,2}[.,]? [^\W\d]{3,10}|[^\W\d]{3,10}\.? \d{1,2}\b|\d{1,2}[月시時]"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_DECORATION = " *_|>\t"
_DASHES = " -_=*~#\u2010\u2012–—―─"
_DIRECTIONS = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_LINK = re.compile(r"[<(\[]{0,2}https?://[^\s<>()]{3,300}[>)\]]{0,2} ?>?")
_SENTENCE_END = re.compile(r"[.!?…。！？)] +")
_MAX_INLINE = 20
_MAX_WRAPPED = 6
_MAX_ATTRIBUTION = 500
_MAX_FOOTER = 90
_MAX_INTRODUCTION = 160
_NAME_AND_ADDRESS = re.compile(r"(?:[^\s<>@:]{1,40} ){1,6}[<(\[][^\s<>@]{1,64}@[^\s<>@]{1,255}[>)\]]")
_ENDS_WITH_ADDRESS = re.compile(r"[<(\[][^\s<>@]{1,64}@[^\s<>@]{1,255}[>)\]]$")
_HEADER_LINES = 9
_FOREIGN_LINES = 3
_TYPED = 40
_WEEKDAY = 20  # "понедельник, 23": a weekday comes before the date
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

    if not text.strip(_DASHES):
        # Lists and Outlook draw a line across the page above what they add.
        return "signature" if len(text) >= _LONG_RULE and not text.strip("_") else "rule"

    bare = _bare(text)
    known = quote_words()
    if (text[0] in _DASHES and bare in known.original) or is_forward_mark(text) or _is_above(bare, known):
        return "history"

    if len(text) <= _MAX_FOOTER and _is_footer(text, known):
        return "footer"

    if text.lstrip(_DASHES).casefold().startswith(known.disclaimers):
        return "footer"

    return "text"


def _judge_neighbours(texts: Sequence[str], kinds: list[Kind]) -> None:
    """Mark what only the lines around tell: "-----…-----" in any language above headers, a link torn off a quotation."""
    written = [index for index, kind in enumerate(kinds) if kind != "blank"]
    for before, index, after in zip([-1, *written], written, [*written[1:], -1], strict=False):
        if kinds[index] != "text":
            continue

        text = texts[index]
        dashed = text.startswith("-----") and text.endswith("-----")
        # Outlook writes its dashes close to the words, in any language; others put a space between.
        if dashed and (" " not in text.strip("-")[:1] or (after > 0 and _looks_like_header(texts[after]))):
            kinds[index] = "history"
        elif before == index - 1 >= 0 and after == index + 1 and _LINK.fullmatch(text):
            kinds[index] = "quoted" if kinds[before] == kinds[after] == "quoted" else "text"


def _looks_like_header(text: str) -> bool:
    name, colon, value = text.strip(_DECORATION).partition(":")
    return bool(colon and value.strip()) and len(name) <= _WEEKDAY


def _word_start(words: str, at: int) -> int:
    """Return where the dashes in front of the phrase at *at* begin."""
    return len(words[:at].rstrip(_DASHES))


def _inline_attribution(words: str, folded: str, known: QuoteWords) -> int:
    """Return where an attribution begins after the end of a sentence on the same line, else the line's length."""
    for count, found in enumerate(_SENTENCE_END.finditer(words)):
        if count == _MAX_INLINE:
            break

        start = found.end()
        if not folded.startswith(known.opens, start):
            continue

        address = words.find("@", start)
        colon = next((at for at in range(address, min(len(words), start + _MAX_ATTRIBUTION)) if words[at] == ":"), -1)
        if address > 0 < colon and known.has_verb(folded[start:colon]) and _STAMP.search(words, start, colon):
            return start

    return len(words)


def _bare(text: str) -> str:
    return text.strip(_DASHES + "<>[]").casefold()


def _is_above(bare: str, known: QuoteWords) -> bool:
    return any(phrase in bare for phrase in known.above) and len(bare) < _MAX_ATTRIBUTION


def _is_footer(text: str, known: QuoteWords) -> bool:
    """Return whether an app added *text*; a sentence that goes on after a comma was typed by somebody."""
    return text.replace("[", "").lstrip(_DASHES + "(").casefold().startswith(known.footers) and ", " not in text


def _attribution_end(texts: Sequence[str], kinds: Sequence[Kind], start: int) -> int | None:
    """Return the end of the attribution that begins at *start*, however a client wrapped it, or None."""
    known = quote_words()
    opened = _opens(texts[start], known)
    joined = ""
    for index in range(start, min(start + _MAX_WRAPPED, len(texts))):
        text = texts[index]
        if index > start and (_is_quotation(text, kinds[index]) or _opens_anew(text, known)):
            break

        joined = f"{joined} {text}".strip()
        if len(joined) > _MAX_ATTRIBUTION or (index > start and "@" not in joined and not _STAMP.search(joined)):
            break

        if text and _is_attribution(joined, opened=bool(opened), known=known):
            return None if _begins_later(texts, start, index, known) else index + 1

        if not text and (opened != "word" or index > start + 3):
            break

    return _introduction_end(texts, kinds, start, known)


def _begins_later(texts: Sequence[str], start: int, last: int, known: QuoteWords) -> bool:
    """Return whether the attribution ending at *last* begins below *start*, where somebody typed right above it."""
    opened = _opens(texts[start], known)
    for begin in range(start + 1, last + 1):
        way = _opens(texts[begin], known)
        # A client wraps near the 76th column; a short line with a date above one with a date was typed.
        typed = len(texts[start]) < _TYPED and "@" not in texts[start]
        gives_way = way == "word" or (opened != "word" and typed)
        if gives_way and _is_attribution(" ".join(texts[begin : last + 1]), opened=bool(way), known=known):
            return True

    return False


def _is_quotation(text: str, kind: Kind) -> bool:
    """Return whether *text* is quoted, and not the wrapped end of an attribution (`>:` or `> wrote:`)."""
    return kind in ("history", "attribution") or (
        kind == "quoted" and not (len(text) < _MAX_FOOTER and text.endswith(":"))
    )


def _opens_anew(text: str, known: QuoteWords) -> bool:
    return text.casefold().startswith(known.opens) and bool(_STAMP.search(text))


def _opens(text: str, known: QuoteWords) -> Literal["word", "date"] | None:
    """Return how *text* could begin an attribution: with one of its words and a date, or with the date itself."""
    folded = text.casefold().lstrip(_DASHES + "*>")
    if folded.startswith(known.opens):
        return "word"

    early = _STAMP.search(folded[:36])
    return "date" if early and early.start() <= _WEEKDAY else None


def _is_attribution(joined: str, *, opened: bool, known: QuoteWords) -> bool:
    folded = joined.casefold().rstrip(_DASHES + "*")
    ends = folded.endswith((":", "：", "﹕"))
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
        if is_broken and len(texts[start]) < _MAX_FOOTER and _introduces(f"{texts[start]} {texts[end - 1]}", known):
            return end

    return None


def _opens_broken(texts: Sequence[str], start: int, known: QuoteWords) -> bool:
    return texts[start].casefold().startswith(known.opens) and known.has_verb(texts[start + 1].casefold())


def _introduces(text: str, known: QuoteWords) -> bool:
    """Return whether *text* right above a quotation says whose it is: "Jo wrote:", or an address with a date."""
    folded = text.casefold().rstrip(_DASHES)
    if len(folded) >= _MAX_INTRODUCTION:
        return False

    if not folded.endswith((":", "：")):
        return bool(_ENDS_WITH_ADDRESS.search(folded) and _STAMP.search(folded))

    dated = folded.startswith(known.opens) and bool(_YEAR.search(folded))
    return known.has_verb(folded) or dated or bool(_ENDS_WITH_ADDRESS.search(folded.rstrip(":： ")))


def _is_header_block(texts: Sequence[str], start: int) -> bool:
    """Return whether a quoted header block begins at *start* (From, Sent, To, Subject in some language)."""
    first = _roles(texts[start])
    if not first:
        return _is_foreign_block(texts, start)

    # "De", "Da", "A" mean different things in different languages: each line may fill any of its roles.
    block: list[frozenset[Role]] = []
    for text in texts[start : start + _HEADER_LINES]:
        roles = _roles(text)
        if not text or (not roles and block and len(text) < _MAX_FOOTER):
            continue

        if not roles:
            break

        block.append(roles)
    held = frozenset().union(*block)
    stated = " ".join(texts[start : start + _HEADER_LINES])
    if "from" in first and "@" in texts[start]:
        return True

    return len(block) > 1 and "from" in held and bool(held & {"sent", "subject"}) and ("@" in stated or len(block) > 2)  # noqa: PLR2004 -- three of the four lines


def _is_foreign_block(texts: Sequence[str], start: int) -> bool:
    """Return whether a header block in a language without words here begins at *start*: an address, then a date."""
    block = texts[start : start + _FOREIGN_LINES]
    whole = len(block) == _FOREIGN_LINES and all(_looks_like_header(text) for text in block)
    return whole and bool(_ENDS_WITH_ADDRESS.search(block[0].rstrip(" ;*")))


def _roles(text: str) -> frozenset[Role]:
    name, colon, _ = text.strip(_DECORATION).replace("：", ":", 1).partition(":")
    return quote_words().headers.get(name.strip(_DECORATION).casefold(), frozenset()) if colon else frozenset()
