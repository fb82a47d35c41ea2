"""Every rule that Rebook is held to has a test that carries its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

RULES = [
    "T1",
    "T2",
    "T3",
    "T4",
    "T5",
    "T6",
    "S1",
    "S2",
    "S3",
    "G1",
    "G2",
    "G3",
    "G4",
    "G5",
    "G6",
    "G7",
    "G8",
    "G9",
    "G10",
    "G11",
    "R1",
    "R2",
    "R3",
    "R4",
    "R5",
    "R6",
    "R7",
    "R7a",
    "R8",
    "R9",
    "R9a",
    "F0",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "M1",
    "M2",
    "M3",
    "M4",
    "M5",
    "V1",
    "V2",
    "V4",
    "P1",
    "P2",
    "L1",
    "L2",
    "L3",
    "L4",
    "L5",
]

_RULE = re.compile(r"\b([TSGRFMVPL])(\d{1,2})(a?)(?:-[TSGRFMVPL]?(\d{1,2}))?(?![\w])")


def carried() -> set[str]:
    """Return the ids in the docstrings of all tests; `G1-G7` stands for each of them."""
    found: set[str] = set()
    for file in TESTS.rglob("test_*.py"):
        if file == Path(__file__):
            continue

        for docstring in re.findall(r'"""(.*?)"""', file.read_text(encoding="utf-8"), re.DOTALL):
            for kind, first, letter, last in _RULE.findall(docstring.replace("–", "-")):
                found |= {f"{kind}{number}" for number in range(int(first), int(last or first) + 1)}
                found |= {f"{kind}{first}{letter}"}

    return found


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_is_carried_by_a_test(rule: str) -> None:
    """A rule without a test is a promise that nobody keeps."""
    assert rule in carried()
