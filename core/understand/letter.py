"""What in a reply is only letter-writing: names after a greeting, the signature.

It must not read as unknown words. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.understand.clauses import Clause
from core.understand.marks import UNKNOWN, Mark

LONGEST_NAME = 3
"""Marks in a name under a letter."""


def without_names(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """Leave out the names in greetings and thanks, and the signature; clauses of nothing else go."""
    kept: list[Clause] = []
    signed = False
    for clause in clauses:
        signed = signed or (clause.marks[0].has("sign_off") and len(clause.marks) <= LONGEST_NAME)
        if (signed and _is_signed_name(clause)) or (clause.starts_line and len(clauses) > 1 and _is_signature(clause)):
            continue

        marks = _without_addressee(clause.marks)
        if marks:
            kept.append(Clause(marks, clause.end, clause.starts_line))

    return tuple(kept)


def _is_name(clause: Clause) -> bool:
    return len(clause.marks) <= LONGEST_NAME and all(mark.has(UNKNOWN, "performer") for mark in clause.marks)


def _is_signed_name(clause: Clause) -> bool:
    """Whether what follows 'best regards' is a name; its words may be others' too ('Jan Maj'), but not all of them."""
    named = any(mark.has(UNKNOWN, "performer") for mark in clause.marks)
    capital = all(mark.token.capital or mark.has(UNKNOWN, "performer") for mark in clause.marks)
    return named and capital and len(clause.marks) <= LONGEST_NAME


def _is_signature(clause: Clause) -> bool:
    """Whether a line is only capitalised words nobody knows."""
    return _is_name(clause) and all(mark.token.capital for mark in clause.marks)


def _without_addressee(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Drop the name after 'hi', 'dear' or 'thanks': up to two unknown words or performers at once after it."""
    if not marks[0].has("greeting", "thanks", "sign_off"):
        return marks

    end = 1
    while end < len(marks) and end < LONGEST_NAME and _is_addressed(marks[end]):
        end += 1

    return (marks[0], *marks[end:])


def _is_addressed(mark: Mark) -> bool:
    return mark.has("titles") or (mark.has(UNKNOWN, "performer") and (mark.token.capital or not mark.has("filler")))
