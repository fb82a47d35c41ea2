"""Undo: at once, late, of an older change, and after the slot is gone."""

from __future__ import annotations

import pytest

from core.dialogue import step
from core.model import Slot
from core.refusal import Refusal
from core.turns import Asked, Turn, Undo
from core.understand.reading import Intent, Reading
from tests.core.situations import ANA, LEO, THURSDAY, answer, at, question, situation, slot, speak, what_comes_of

MONDAY, TUESDAY = slot("30 10:00"), slot("24 15:00")
CLOSED = Refusal("window_closed", locks_at=at("25 15:00"))


def test_undo_restores() -> None:
    """R4: whatever the window says."""
    turn = step(situation(can_undo=True, last_slot=TUESDAY, cannot_move=CLOSED), answer("undo"))

    assert turn == Turn(command=Undo(), closes_question=True)


@pytest.mark.parametrize("words", ["yes", "keep"])
def test_undo_still_works_after_a_yes_to_the_move(words: Intent) -> None:
    """R4: for ten minutes, also for who said "great" first."""
    asked = situation(question=question("moved", TUESDAY), can_undo=True, last_slot=TUESDAY)
    answered = situation(question=question("moved", TUESDAY, alive=False), can_undo=True, last_slot=TUESDAY)

    assert what_comes_of(step(asked, answer(words))) == "kept"
    assert step(answered, answer("undo")).command == Undo()


def test_undo_of_an_older_move_is_asked() -> None:
    """R4, R9: the message it replies to tells of a change that is not the last."""
    turn = step(
        situation(question=question("moved", TUESDAY, alive=False), can_undo=True, last_slot=MONDAY), answer("undo")
    )

    assert turn.asks == Asked("confirm_move", (TUESDAY,))


def test_an_unsure_undo_is_told_how() -> None:
    turn = step(situation(can_undo=True, last_slot=TUESDAY), Reading("undo"))

    assert what_comes_of(turn) == "undo_hint"


def test_a_late_undo_is_a_wish_for_the_old_time() -> None:
    """R4."""
    turn = step(situation(last_slot=TUESDAY), answer("undo"))

    assert turn.asks == Asked("confirm_move", (TUESDAY,))
    assert what_comes_of(turn) == "undo_late confirm_move"


def test_a_late_undo_of_what_was_undone_changes_nothing() -> None:
    """R4, G9."""
    assert what_comes_of(step(situation(last_slot=THURSDAY), answer("undo"))) == "already"


def test_a_late_undo_of_another_performer_is_no_empty_wish() -> None:
    """R4: the same hour with somebody else is another visit."""
    turn = step(situation(last_slot=slot("26 15:00", LEO), booking={"performer_chosen": False}), answer("undo"))

    assert what_comes_of(turn) == "undo_late confirm_move_performer"


def test_a_late_undo_after_the_slot_is_gone_gets_what_is_near() -> None:
    """R4."""
    turn = step(situation(TUESDAY, last_slot=TUESDAY), answer("undo"))

    assert what_comes_of(turn) == "undo_taken"
    assert turn.reply is not None
    assert "Tuesday 24 November, 15:00 is taken now" in speak(turn.reply.parts[0])


def test_where_nothing_is_left_a_late_undo_does_not_promise_choices() -> None:
    """R4."""
    everything = Slot(at("23 00:00"), at("30 00:00"), ANA)

    turn = step(situation(everything, last_slot=TUESDAY, settings={"horizon_days": 6}), answer("undo"))

    assert what_comes_of(turn) == "offer_none_left contact"
