"""Turn an HTML body into lines that know what the client's own structure says about them. Pure.

A tokenizer of our own in place of a parser: selectolax (lexbor) needs 28 s of CPU for 100,000 nested `<div>` and no
call can stop it; `html.parser` of Python 3.11 searches the rest of the text again for every unfinished comment. Here
each character is looked at a bounded number of times, whatever the nesting (SPEC L1).
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Mark = Literal["text", "quoted", "intro", "history", "signature"]
"""What the structure says of a line: the sender's, quoted, an attribution, history from here on, a signature."""

Kind = Literal["text", "blank", "quoted", "attribution", "history", "signature", "footer", "rule"]
"""What a line is. "history" and what follows it was written before; a "rule" is a line of dashes or the like."""


MAX_LINES = 4_000
"""Lines of a body that are read; what is below them is not looked at."""

MAX_TAGS = 20_000
"""Elements of a page that are read; what is behind them is not looked at."""


class Line(NamedTuple):
    """One line of a body. `mark` is "text" where nothing but the words can tell."""

    words: str
    mark: Mark = "text"


def html_lines(source: str) -> list[Line]:
    """Return the visible lines of *source* (already capped), each with the mark of the element it stands in."""
    page = _Page()
    position = 0
    for _ in range(MAX_TAGS):
        if position >= len(source) or len(page.lines) >= MAX_LINES:
            break

        start = source.find("<", position)
        if start < 0:
            break

        page.say(source[position:start])
        position = _read_tag(page, source, start)
    behind = source.find("<", position)
    page.say(source[position : behind if behind >= 0 else len(source)])
    page.break_line()
    return page.lines


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_WHOLE = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})((?![a-zA-Z0-9:])[^<>\"]{0,500}(?:\"[^\"<>]{0,2000}\"[^<>\"]{0,500}){0,12})>"
)
_ATTRIBUTE = re.compile(
    r"\b(id|class|type|style|data-marker|name)\s{0,5}=\s{0,5}(?:\"([^\"]{0,500})\"|'([^']{0,500})'|([^\s\"'>]{1,200}))",
    re.IGNORECASE,
)
_TELLING = re.compile(r"\b(?:id|class|data-marker)\s{0,5}=", re.IGNORECASE)
_NOTHING: dict[str, str] = {}
_BLANKS = re.compile(r"[ \t\r\n\f\u200b\ufeff]+")
_MAX_TAG = 8_000
_UNREAD = frozenset({"style", "script", "title"})
_RAW = frozenset({"style", "script", "title", "head", "noscript", "template"})
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
    }
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section"}
    | {"table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "blockquote"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)

# Names that mail clients give to what they add; facts about their HTML, in no language.
_INTRO_CLASSES = frozenset({"gmail_attr", "moz-cite-prefix", "moz-email-headers-table", "zmail_extra_hr"})
_QUOTE_CLASSES = frozenset(
    {"yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "ms-outlook-mobile-reference-message"}
    | {"gmail_extra_quote", "quote-wrapper", "mailru-blockquote", "wp-quote", "onet-quote"}
)
_SIGNATURE_CLASSES = frozenset(
    {"gmail_signature", "moz-signature", "protonmail_signature_block", "gmail_signature_prefix", "yahoo-signature"}
)
_SIGNATURE_IDS = frozenset({"signature", "applemailsignature", "ms-outlook-mobile-signature", "wpsignature"})
_HISTORY_IDS = frozenset(
    {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "olk_src_body_section"}
    | {"stopspelling", "replysplit", "reply-intro", "isforwardcontent", "origbody"}
)


@dataclass(slots=True)
class _Page:
    """The elements that are open and the lines read so far."""

    lines: list[Line] = field(default_factory=list)
    stack: list[tuple[str, Mark]] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)
    pending: list[str] = field(default_factory=list)
    pending_mark: Mark = "text"
    mark: Mark = "text"
    begun: bool = False
    skipped: int = 0

    def say(self, source: str) -> None:
        """Add running text, where it is not that of a style sheet or a script."""
        if not source or self.skipped:
            return

        if source.isspace() and not self.open["pre"]:
            self._add(" ")
        elif self.open["pre"]:
            first, *others = html.unescape(source).split("\n")
            self._add(first)
            for other in others:
                if len(self.lines) >= MAX_LINES:
                    break

                self.break_line(forced=True)
                self._add(other)
        else:
            self._add(_BLANKS.sub(" ", html.unescape(source)))

    def _add(self, words: str) -> None:
        if not self.begun:
            self.pending_mark = self.mark
            self.begun = bool(words) and not words.isspace()
        self.pending.append(words)

    def break_line(self, *, forced: bool = False) -> None:
        """End the line; an empty one counts only where the source forces it (`<br>`)."""
        if not self.pending and not forced:
            return

        words = "".join(self.pending).strip(" ")
        if words.strip() or forced:
            self.lines.append(Line(words.rstrip(), self.pending_mark if words.strip() else self.mark))
        self.pending.clear()
        self.begun = False

    def gap(self) -> None:
        """Leave one empty line between paragraphs."""
        if self.lines and self.lines[-1].words:
            self.lines.append(Line("", self.lines[-1].mark))

    def enter(self, tag: str, mark: Mark | None) -> None:
        """Open *tag*; what stands in it bears *mark* unless something around it says more."""
        self.stack.append((tag, self.mark))
        self.open[tag] += 1
        self.skipped += tag in _RAW
        if mark is not None and self.mark not in ("history", "quoted"):
            self.mark = mark

    def leave(self, tag: str) -> None:
        """Close *tag* and all that was left open inside it; one that is not open is ignored."""
        while self.open[tag]:
            closed, before = self.stack.pop()
            self.open[closed] -= 1
            self.skipped -= closed in _RAW
            self.mark = "history" if self.mark == "history" else before
            if closed == tag:
                return


def _read_tag(page: _Page, source: str, start: int) -> int:
    """Read what begins with "<" at *start*; return where the text goes on."""
    whole = _WHOLE.match(source, start)
    if whole is not None:
        return _whole_tag(page, source, whole)

    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return len(source) if end < 0 else end + 3

    if source.startswith(("<!", "<?"), start):
        end = source.find(">", start)
        return len(source) if end < 0 else end + 1

    found = _TAG.match(source, start)
    if found is None:
        page.say("<")
        return start + 1

    tag = found.group(2).lower()
    end = _tag_end(source, found.end())
    if found.group(1):
        _close(page, tag)
    else:
        _open(page, tag, source[found.end() : min(end, found.end() + _MAX_TAG)])
    if tag in _UNREAD and not found.group(1):
        return _after_raw(page, source, tag, end + 1)

    return end + 1


def _whole_tag(page: _Page, source: str, whole: re.Match[str]) -> int:
    """Read a tag as nearly all are: nothing in it is left open."""
    closing, name, inside = whole.groups()
    tag = name.lower()
    if closing:
        _close(page, tag)
        return whole.end()

    _open(page, tag, inside)
    return _after_raw(page, source, tag, whole.end()) if tag in _UNREAD else whole.end()


def _tag_end(source: str, position: int) -> int:
    """Return the index of the ">" that ends a tag: the first outside quotation marks, within reach."""
    first = end = source.find(">", position)
    if source.find('"', position, end) < 0:
        return len(source) if end < 0 else end

    for _ in range(4):
        if end < 0:
            break

        inside = source[position : min(end, position + _MAX_TAG)]
        if inside.count('"') % 2 == 0:
            return end

        end = source.find(">", end + 1)
    return len(source) if first < 0 else first


def _after_raw(page: _Page, source: str, tag: str, position: int) -> int:
    """Skip the text of a style sheet or script: up to its end tag, or to the end of the message."""
    end = re.compile(rf"</{tag}", re.IGNORECASE).search(source, position)
    if end is None:
        page.leave(tag)
        return len(source)

    return end.start()


def _open(page: _Page, tag: str, inside: str) -> None:
    if page.skipped and tag == "body":
        page.leave("head")
    if tag == "br":
        page.break_line(forced=True)
    elif tag in _CELLS:
        page.say(" ")
    elif tag in _BLOCKS:
        page.break_line()
        if tag in _PARAGRAPHS:
            page.gap()
    attributes = _attributes(tag, inside)
    mark = _mark(tag, attributes) if attributes or tag == "blockquote" else None
    if mark == "history":
        page.break_line()
        page.mark = "history"
    if tag not in _VOID:
        page.enter(tag, mark)


def _attributes(tag: str, inside: str) -> dict[str, str]:
    """Return what of an element's attributes can tell anything; most elements have none of them."""
    if not inside or not (tag == "blockquote" or _TELLING.search(inside)):
        return _NOTHING

    return {found[0].lower(): (found[1] or found[2] or found[3]).lower() for found in _ATTRIBUTE.findall(inside)}


def _close(page: _Page, tag: str) -> None:
    if not page.open[tag]:
        return

    if tag in _BLOCKS and tag not in _CELLS:
        page.break_line()
        if tag in _PARAGRAPHS:
            page.gap()
    page.leave(tag)


def _mark(tag: str, attributes: dict[str, str]) -> Mark | None:
    """Return what element *tag* says about its content, None where it says nothing."""
    classes = {name.removeprefix("x_") for name in attributes.get("class", "").split()}
    # Outlook on the web puts "x_" before the ids and classes of what it quotes.
    name = attributes.get("id", "").removeprefix("x_")
    marker = attributes.get("data-marker", "")
    if name in _HISTORY_IDS or marker == "__quoted_text__":
        return "history"

    if _is_indented(tag, attributes):
        return None

    if tag == "blockquote" or classes & _QUOTE_CLASSES or name.startswith("yahoo_quoted"):
        return "quoted"

    if classes & _INTRO_CLASSES:
        return "intro"

    if classes & _SIGNATURE_CLASSES or name in _SIGNATURE_IDS or marker == "__sig_pre__":
        return "signature"

    return None


def _is_indented(tag: str, attributes: dict[str, str]) -> bool:
    """Return whether a block quote is what "indent" makes of the sender's own words in Gmail and others."""
    plain = not attributes.get("class") and not attributes.get("type") and not attributes.get("id")
    return tag == "blockquote" and plain and "40px" in attributes.get("style", "")
