"""Answers to a question, cancels, undos, and what is not about the time: every intent on every kind of question."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from core.dialogue import step
from core.model import Payment, Slot, Status
from core.refusal import Refusal
from core.reply import Choice
from core.turns import Asked, Move, Question, Turn
from core.understand.reading import Intent, QuestionKind, Reading
from tests.core.situations import answer, at, question, situation, slot, what_comes_of

FRIDAY, MONDAY, TUESDAY = slot("27 11:30"), slot("30 10:00"), slot("24 15:00")
CLOSED = Refusal("window_closed", locks_at=at("25 15:00"))

OPTIONS: dict[QuestionKind, tuple[Slot, ...]] = {
    "offer": (FRIDAY, MONDAY),
    "confirm_move": (FRIDAY,),
    "confirm_cancel": (),
    "moved": (TUESDAY,),
}
QUESTIONS: dict[QuestionKind, tuple[Question, Question]] = {
    kind: (question(kind, *options), question(kind, *options, alive=False)) for kind, options in OPTIONS.items()
}
"""Of each kind, a living one and a dead one."""

ALIVE: dict[tuple[Intent, QuestionKind], str] = {
    ("pick", "offer"): "move",
    ("pick", "confirm_move"): "not_understood passed_on",
    ("pick", "confirm_cancel"): "not_understood passed_on",
    ("pick", "moved"): "not_understood passed_on",
    ("yes", "offer"): "pick_one",
    ("yes", "confirm_move"): "move",
    ("yes", "confirm_cancel"): "cancel",
    ("yes", "moved"): "kept",
    ("no", "offer"): "offer_rejected",
    ("no", "confirm_move"): "kept",
    ("no", "confirm_cancel"): "kept",
    ("no", "moved"): "confirm_move",
    ("cancel", "offer"): "confirm_cancel other_times",
    ("cancel", "confirm_move"): "confirm_cancel other_times",
    ("cancel", "confirm_cancel"): "cancel",
    ("cancel", "moved"): "confirm_cancel other_times",
}
DEAD: dict[tuple[Intent, QuestionKind], str] = {
    ("pick", "offer"): "changed_since confirm_move",
    ("yes", "offer"): "changed_since confirm_move",
    ("yes", "confirm_move"): "changed_since confirm_move",
    ("yes", "confirm_cancel"): "changed_since confirm_cancel other_times",
    ("yes", "moved"): "changed_since",
    ("no", "moved"): "kept",
    ("cancel", "confirm_cancel"): "confirm_cancel other_times",
}
ALWAYS: dict[Intent, str] = {
    "reschedule": "offer",
    "keep": "kept",
    "message": "passed_on",
    "none": "",
    "undo": "not_understood passed_on",
}


@pytest.mark.parametrize(("intent", "kind"), list(product(get_args(Intent), QUESTIONS)))
def test_every_answer_to_a_living_question(intent: Intent, kind: QuestionKind) -> None:
    """R2, R3, R9."""
    turn = step(situation(question=QUESTIONS[kind][0]), answer(intent))

    assert what_comes_of(turn) == (ALWAYS.get(intent) if intent in ALWAYS else ALIVE[intent, kind])


@pytest.mark.parametrize(("intent", "kind"), list(product(get_args(Intent), QUESTIONS)))
def test_every_answer_to_a_dead_question_is_asked_again_never_done(intent: Intent, kind: QuestionKind) -> None:
    """R9."""
    turn = step(situation(question=QUESTIONS[kind][1]), answer(intent))

    alive = ALWAYS[intent] if intent in ALWAYS else ALIVE[intent, kind]
    expected = "confirm_move" if (intent, kind) == ("undo", "moved") else DEAD.get((intent, kind), alive)
    assert turn.command is None
    assert what_comes_of(turn).removeprefix("undo_late ") == expected


@pytest.mark.parametrize("intent", get_args(Intent))
def test_every_answer_to_no_question_at_all(intent: Intent) -> None:
    """R1, R3, R9: nothing is done that was not asked."""
    turn = step(situation(), answer(intent))

    expected = ALWAYS | {
        "pick": "not_understood passed_on",
        "yes": "not_understood passed_on",
        "no": "kept",
        "cancel": "confirm_cancel other_times",
    }
    assert what_comes_of(turn) == expected[intent]


def test_a_number_picks_that_choice() -> None:
    """R2."""
    turn = step(situation(question=QUESTIONS["offer"][0]), Reading("pick", pick=2, sure=True))

    assert turn == Turn(command=Move(MONDAY), closes_question=True)


@pytest.mark.parametrize("number", [-1, 0, 3])
def test_a_number_that_no_choice_has_is_not_understood(number: int) -> None:
    """L1, R2."""
    turn = step(situation(question=QUESTIONS["offer"][0]), Reading("pick", pick=number, sure=True))

    assert what_comes_of(turn) == "not_understood passed_on"


def test_an_unsure_pick_is_asked() -> None:
    """R2."""
    turn = step(situation(question=QUESTIONS["offer"][0]), Reading("pick", pick=2))

    assert turn.asks == Asked("confirm_move", (MONDAY,))


def test_a_choice_that_was_taken_meanwhile_gets_the_nearest_free_times() -> None:
    """R2: understood against real free slots."""
    turn = step(situation(FRIDAY, question=QUESTIONS["offer"][0]), answer("pick"))

    assert what_comes_of(turn) == "offer_taken"
    assert turn.asks is not None
    assert FRIDAY not in turn.asks.options


def test_a_choice_is_refused_once_the_window_has_closed() -> None:
    """G7: evaluated live."""
    turn = step(situation(question=QUESTIONS["offer"][0], cannot_move=CLOSED), answer("pick"))

    assert (turn.command, turn.blocked) == (None, CLOSED)


def test_yes_to_a_single_choice_takes_it() -> None:
    """R2."""
    assert step(situation(question=question("offer", FRIDAY)), answer("yes")).command == Move(FRIDAY)


def test_no_to_an_offer_gets_other_times() -> None:
    """R2: none of those that were just turned down."""
    turn = step(situation(question=QUESTIONS["offer"][0]), answer("no"))

    assert turn.closes_question
    assert turn.asks is not None
    assert not {FRIDAY, MONDAY} & {*turn.asks.options}


def test_no_to_a_move_offers_the_way_back() -> None:
    """R4: a no is no assent."""
    turn = step(situation(question=QUESTIONS["moved"][0]), answer("no"))

    assert turn.asks == Asked("confirm_move", (TUESDAY,))


def test_no_to_a_move_that_only_an_undo_can_take_back_says_how() -> None:
    """R4: an undo is possible whatever the window says."""
    turn = step(situation(question=QUESTIONS["moved"][0], cannot_move=CLOSED, can_undo=True), answer("no"))

    assert what_comes_of(turn) == "undo_hint"


def test_no_to_a_move_that_nothing_can_take_back_reaches_staff() -> None:
    """F8: never "good, nothing changes"."""
    turn = step(situation(question=QUESTIONS["moved"][0], cannot_move=CLOSED), answer("no"))

    assert turn.blocked == CLOSED
    assert what_comes_of(turn) == "refused.window_closed contact"


def test_a_cancel_is_asked_once_and_names_other_times() -> None:
    """R3."""
    turn = step(situation(), answer("cancel"))

    assert turn.asks == Asked("confirm_cancel")
    assert turn.reply is not None
    assert turn.reply.choices == (Choice("yes"), Choice("no"))
    assert turn.reply.parts[-1].values["times"] == (at("26 14:30"), at("26 14:45"), at("26 15:15"))


def test_who_paid_hears_that_money_does_not_come_back_by_itself() -> None:
    """R3, P1."""
    turn = step(situation(booking={"payment": Payment.PAID}), answer("cancel"))

    assert what_comes_of(turn) == "confirm_cancel no_refund other_times"


def test_where_moving_is_not_possible_no_other_times_are_named() -> None:
    """R3."""
    turn = step(situation(cannot_move=CLOSED), answer("cancel"))

    assert what_comes_of(turn) == "confirm_cancel"


def test_where_cancelling_is_off_other_times_are() -> None:
    """G7: "ask the business, or choose another time"."""
    turn = step(situation(cannot_cancel=Refusal("cancel_off")), answer("cancel"))

    assert what_comes_of(turn) == "refused.cancel_off contact other_times"


def test_an_unsure_yes_to_a_cancel_is_asked_again() -> None:
    """R3."""
    turn = step(situation(question=QUESTIONS["confirm_cancel"][0]), Reading("yes"))

    assert (turn.command, turn.asks) == (None, Asked("confirm_cancel"))


def test_a_yes_to_a_dead_cancel_never_moves_nor_cancels_once_it_is_refused() -> None:
    """R9, G7."""
    now = situation(question=QUESTIONS["confirm_cancel"][1], cannot_cancel=CLOSED, cannot_move=CLOSED)

    assert what_comes_of(step(now, answer("yes"))) == "changed_since cancel_closed contact"


def test_a_cancelled_booking_is_not_said_to_take_place() -> None:
    """S2: "see you on Thursday" would be a lie."""
    turn = step(situation(booking={"status": Status.CANCELLED}), answer("keep"))

    assert what_comes_of(turn) == "refused.wrong_status"


def test_thanks_need_no_answer() -> None:
    """R5."""
    assert step(situation(), answer("none")) == Turn()


def test_what_is_not_understood_goes_to_a_person() -> None:
    """R5: and the guest is told so."""
    turn = step(situation(), Reading("none"))

    assert turn.passes_on
    assert what_comes_of(turn) == "not_understood passed_on"
