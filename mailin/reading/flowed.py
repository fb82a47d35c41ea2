"""Join the lines that a client broke only for the way: text/plain; format=flowed (RFC 3676). Pure."""

from __future__ import annotations

LONGEST = 900
"""Characters of a joined line: below the cap on lines that are read, so that nothing typed is cut off."""


def unflowed(text: str, *, deletes_space: bool) -> str:
    """Return *text* with its soft line breaks taken away, per depth of quotation; a signature mark stays a line.

    With *deletes_space* (DelSp=yes) the space that marks a soft break was not typed.
    """
    lines: list[str] = []
    pieces: list[str] = []
    length = depth = 0
    for line in text.split("\n"):
        now, words = _depth_and_words(line)
        if pieces and (now != depth or length > LONGEST or words == "-- "):
            lines.append(_line(depth, pieces))
            pieces, length = [], 0

        depth = now
        flows = words.endswith(" ") and words != "-- "
        pieces.append(words[:-1] if flows and deletes_space else words)
        length += len(words)
        if not flows:
            lines.append(_line(depth, pieces))
            pieces, length = [], 0

    return "\n".join([*lines, _line(depth, pieces)] if pieces else lines)


def _depth_and_words(line: str) -> tuple[int, str]:
    """Return how deep *line* is quoted, and its words without the space that keeps them apart from the marks."""
    words = line.lstrip(">")
    return len(line) - len(words), words.removeprefix(" ")


def _line(depth: int, pieces: list[str]) -> str:
    joined = "".join(pieces)
    return f"{'>' * depth} {joined}".rstrip() if depth else joined
