"""What only names its writer is no wish; what only looks like it stays."""

from __future__ import annotations

import pytest

from mailin.quotes.sign_offs import without_sign_off

WISH = ["Friday at 16:00 works", ""]


@pytest.mark.parametrize(
    "below",
    [
        ["Kind regards,", "Ana Guest"],
        ["Pozdrawiam", "", "Jan"],
        ["Med venlig hilsen", "Anders Andersen", "Andersen ApS"],
        ["MIT FREUNDLICHEN GRÜSSEN", "J. van der Berg"],
        ["С уважением,", "Иван Иванов"],
        ["בברכה,", "דנה"],
        ["-Jo"],
        ["/John Guest"],
        ["Jo Guest", "jo@guest.example", "+48 600 100 200"],
        ["--------", "Jo", "t. 555-931-0702", "http://guest.example/"],
        ["Jo Guest", "", "+48 600 100 200", "", "jo@guest.example"],
    ],
)
def test_a_name_below_is_taken_away(below: list[str]) -> None:
    """R6: a guest may be called like somebody who works there."""
    assert [line for line in without_sign_off(WISH + below) if line] == WISH[:1]


@pytest.mark.parametrize(
    "below",
    [
        ["Thanks,", "Jo"],
        ["Kind regards"],
        ["Best:", "Monday"],
        ["Regards to Ana, who was great"],
        ["Regards,", "see you on Friday at 16:00"],
        ["- Monday", "- Friday"],
        ["How about", "-Friday"],
        ["You reach me here:", "+48 600 100 200", "jo@guest.example"],
        ["Or at 17:00", "+48 600 100 200", "jo@guest.example"],
        ["--------", "Monday", "or Friday"],
    ],
)
def test_what_says_something_stays(below: list[str]) -> None:
    """R6: a lost wish is as bad as an invented one."""
    assert without_sign_off(WISH + below) == WISH + below


@pytest.mark.parametrize("lines", [[], [""], ["-Jo"], ["Regards,", "Jo"], ["Jo"]])
def test_the_shortest_texts_are_read(lines: list[str]) -> None:
    """L1."""
    assert len(without_sign_off(lines)) <= len(lines)
