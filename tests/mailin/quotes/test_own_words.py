"""What of a reply is ours is told by our own message, whatever a client did to it; what is retyped is the guest's."""

from __future__ import annotations

import pytest

from mailin.quotes.new_text import new_text
from mailin.reading.message import Message
from tests.mailin.quotes.test_new_text import CHOICES


def plain(text: str) -> Message:
    return Message(text=text, headers=(("from", "jo@guest.example"),))


def squeezed(text: str) -> str:
    """As a client wraps at 40 columns, in the middle of our lines."""
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 40:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


CHANGED = {
    "as it was": CHOICES,
    "wrapped anew": squeezed(CHOICES),
    "non-breaking spaces": CHOICES.replace(" ", "\u00a0"),
    "marks of direction": CHOICES.replace("Thu", "\u200eThu\u200f").replace("Hi", "\u202bHi"),
    "soft hyphens and zero width": CHOICES.replace("another", "an\u00adoth\u200ber"),
    "indented": CHOICES.replace("\n", "\n\t  "),
    "capitals": CHOICES.upper(),
    "decomposed and full-width": CHOICES.replace("1", "\uff11"),
    "links in angle brackets": CHOICES.replace(
        "Reschedule: https://book.example.com/b", "Reschedule<https://safe/?u=b"
    ),
    "bullets for numbers": CHOICES.replace("\n1. ", "\n* 1. "),
}


@pytest.mark.parametrize("change", CHANGED)
def test_our_words_are_ours_however_a_client_changed_them(change: str) -> None:
    """R6: below what was typed, without a mark or an attribution."""
    assert new_text(plain(f"Friday at 10 please\n\n{CHANGED[change]}"), CHOICES) == "Friday at 10 please"


@pytest.mark.parametrize(
    "typed", ["Thu 26 Nov 15:30", "2. Thu 26 Nov 15:30", "1. Thu 26 Nov 15:00\n2. Thu 26 Nov 15:30"]
)
@pytest.mark.parametrize("where", ["above", "below", "alone"])
def test_a_choice_that_is_retyped_stays_the_guests(typed: str, where: str) -> None:
    """R6: it goes back in our message, or stands by itself."""
    text = {"above": f"{typed}\n\n{CHOICES}", "below": f"{CHOICES}\n\n{typed}", "alone": typed}[where]

    assert new_text(plain(text), CHOICES) == typed


def test_answers_between_our_lines_keep_their_order_without_any_mark() -> None:
    """R6: some people answer inside, in clients that mark nothing."""
    answered = CHOICES.replace("15:00\n", "15:00\nnot that one\n").replace(
        "27 Nov 09:00\n", "27 Nov 09:00\nthis one!\n"
    )

    found = new_text(plain(f"See below.\n\nFrom: Nova <b@example.com>\nSent: Monday\n\n{answered}"), CHOICES)

    assert [line for line in found.split("\n") if line] == ["See below.", "not that one", "this one!"]


def test_what_a_client_made_of_our_buttons_is_not_an_answer() -> None:
    """R6, T5."""
    made = CHOICES.replace("\nCancel:", "\n[Logo]\n[button] Cancel <https://book.example.com/t/aaaa>\nCancel:")

    assert new_text(plain(f"ok\n\nFrom: Nova <b@example.com>\nSent: Monday\n\n{made}"), CHOICES) == "ok"


def test_a_page_without_any_structure_is_told_by_our_words() -> None:
    """R6: HTML alone, quoted as it came."""
    rows = "".join(f"<tr><td>{line}</td></tr>" for line in CHOICES.splitlines() if line)
    message = Message(html=f"<p>the second</p><table>{rows}</table>", headers=(("from", "jo@guest.example"),))

    assert new_text(message, CHOICES) == "the second"


def test_a_word_of_ours_alone_is_an_answer() -> None:
    """R6: "Cancel" stands in every mail of ours."""
    assert new_text(plain("Cancel"), CHOICES) == "Cancel"
