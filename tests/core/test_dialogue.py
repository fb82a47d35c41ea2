"""A wish for another time: what is done at once, what is asked, what is offered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from core.dialogue import step
from core.model import Slot
from core.refusal import GUEST_CODES, GuestCode, Refusal
from core.reply import Choice, Reply
from core.turns import Asked, Cancel, Command, Move, Situation, Turn, Undo
from core.understand.reading import Reading
from tests.core.situations import (
    ANA,
    LEO,
    NOW,
    THURSDAY,
    WARSAW,
    at,
    day,
    readings,
    said,
    situation,
    situations,
    slot,
    speak,
    wish,
)

FRIDAY = slot("27 11:30")


def test_a_free_exact_time_is_taken_at_once() -> None:
    """R2: understood, sure and free."""
    turn = step(situation(), wish(FRIDAY.start))

    assert turn == Turn(command=Move(FRIDAY), closes_question=True)


def test_an_unsure_time_is_asked_first() -> None:
    """R2."""
    turn = step(situation(), wish(FRIDAY.start, sure=False))

    assert turn == asks_to_move(turn, FRIDAY)
    assert said(turn.reply) == ["confirm_move"]


def test_an_owner_may_have_every_move_asked_first() -> None:
    """R2: confirm_moves = always."""
    turn = step(situation(settings={"confirm_moves": "always"}), wish(FRIDAY.start))

    assert turn == asks_to_move(turn, FRIDAY)


def test_the_time_it_has_already_is_answered_kindly() -> None:
    """G9: nothing changes, nothing is asked."""
    turn = step(situation(), wish(THURSDAY.start))

    assert (turn.command, turn.asks, turn.passes_on) == (None, None, False)
    assert said(turn.reply) == ["already"]


def test_a_taken_time_gets_the_nearest_ones() -> None:
    """R2, G11."""
    turn = step(situation(FRIDAY), wish(FRIDAY.start))

    assert clocks(turn) == ["27 12:15", "27 10:30", "27 12:30", "27 10:15", "27 12:45"]
    assert said(turn.reply) == ["offer_taken"]


def test_a_wish_off_the_grid_gets_the_nearest_starts() -> None:
    """G11: staff may set any minute, a guest may not."""
    turn = step(situation(), wish(at("27 11:37")))

    assert turn.command is None
    assert clocks(turn)[:2] == ["27 11:30", "27 11:45"]


def test_a_bare_day_offers_the_same_clock_time_first_and_five_at_most() -> None:
    """R2: three o'clock as before, then what is nearest to it."""
    turn = step(situation(), wish(day(27)))

    assert clocks(turn) == ["27 15:00", "27 14:45", "27 15:15", "27 14:30", "27 15:30"]
    assert said(turn.reply) == ["offer_free"]
    assert turn.asks == Asked("offer", offered(turn))


def test_choices_are_numbered_as_the_question_keeps_them() -> None:
    """R2: replying `2` picks what was shown as 2."""
    turn = step(situation(), wish(day(27)))

    assert turn.reply is not None
    assert turn.asks is not None
    assert turn.reply.choices == tuple(Choice(str(n), one) for n, one in enumerate(turn.asks.options, start=1))


def test_a_day_without_a_free_time_gets_the_nearest_days() -> None:
    """R2."""
    turn = step(situation(), wish(day(28)))

    assert said(turn.reply) == ["offer_unavailable"]
    assert clocks(turn)[0] == "27 15:00"


def test_an_unsure_day_is_asked_which() -> None:
    turn = step(situation(), wish(day(27), sure=False))

    assert said(turn.reply) == ["offer_unsure"]


def test_a_wish_for_no_particular_time_gets_what_is_near_the_present_one() -> None:
    """R2."""
    turn = step(situation(), wish())

    assert said(turn.reply) == ["offer"]
    assert clocks(turn)[:2] == ["26 14:45", "26 15:15"]


def test_the_time_the_guest_has_is_never_offered() -> None:
    """G9: it would be no choice."""
    assert THURSDAY not in offered(step(situation(), wish(day(26))))


def test_where_nothing_is_free_the_guest_hears_whom_to_ask() -> None:
    """R2: no question that nobody can answer."""
    always_busy = Slot(NOW - timedelta(days=1), NOW + timedelta(days=30), ANA)

    turn = step(situation(always_busy), wish(day(27)))

    assert turn.asks is None
    assert said(turn.reply) == ["offer_none_left", "contact"]


@pytest.mark.parametrize("code", GUEST_CODES)
@pytest.mark.parametrize("intent", ["reschedule", "cancel"])
def test_a_refused_wish_is_told_the_one_reason_and_reaches_staff(intent: str, code: GuestCode) -> None:
    """G1-G7, F8: for every code there is."""
    refusal = Refusal(code, locks_at=at("25 15:00"))
    now = situation(cannot_move=refusal, cannot_cancel=refusal, business={"phone": "+48 22 555 01 23"})

    turn = step(now, Reading(intent, when=(day(27),), sure=True))  # type: ignore[arg-type] # one of two intents

    assert (turn.command, turn.asks, turn.blocked) == (None, None, refusal)
    reason = "cancel_closed" if (intent, code) == ("cancel", "window_closed") else f"refused.{code}"
    assert said(turn.reply) == [reason, "contact_phone"]


def test_a_closed_window_is_told_in_hours() -> None:
    """G3, G7."""
    turn = step(situation(cannot_move=Refusal("window_closed", locks_at=at("25 15:00"))), wish(day(27)))

    assert turn.reply is not None
    assert "until 24 hours before" in speak(turn.reply.parts[0])


def test_who_has_not_paid_gets_the_link_to_pay() -> None:
    """G2."""
    now = situation(cannot_move=Refusal("payment_pending"), booking={"payment_url": "https://pay.example/1"})

    turn = step(now, wish(day(27)))

    assert said(turn.reply) == ["refused.payment_pending", "pay_link"]


def test_the_performer_they_chose_is_kept() -> None:
    """G8: asking for another one gets the reason, the same performer's times, and a card for staff."""
    turn = step(situation(), wish(FRIDAY.start, performer="Leo"))

    assert turn.command is None
    assert turn.performer_wish == "Leo"
    assert said(turn.reply) == ["refused.performer_chosen", "offer_free"]
    assert {one.performer_id for one in offered(turn)} == {ANA}


def test_naming_the_performer_they_have_is_no_wish_for_another() -> None:
    """G8."""
    turn = step(situation(), wish(FRIDAY.start, performer="Ana"))

    assert turn == Turn(command=Move(FRIDAY), closes_question=True)


def test_who_chose_no_performer_may_ask_for_one() -> None:
    """G8."""
    turn = step(situation(booking={"performer_chosen": False}), wish(FRIDAY.start, performer="Leo"))

    assert turn == Turn(command=Move(slot("27 11:30", LEO)), closes_question=True)


def test_the_same_time_with_another_performer_is_a_move() -> None:
    """G9, G8."""
    turn = step(situation(booking={"performer_chosen": False}), wish(THURSDAY.start, performer="Leo"))

    assert turn.command == Move(slot("26 15:00", LEO))


def test_a_time_that_only_another_performer_has_is_asked_never_assumed() -> None:
    """G8."""
    turn = step(situation(FRIDAY, booking={"performer_chosen": False}), wish(FRIDAY.start))

    assert turn == asks_to_move(turn, slot("27 11:30", LEO))
    assert said(turn.reply) == ["confirm_move_performer"]


def test_their_own_performer_comes_first_where_both_are_free() -> None:
    """G8."""
    turn = step(situation(booking={"performer_chosen": False}), wish(FRIDAY.start))

    assert turn.command == Move(FRIDAY)


def test_choices_with_another_performer_say_so() -> None:
    """G8."""
    turn = step(situation(slot("27 15:00"), booking={"performer_chosen": False}), wish(day(27)))

    assert turn.reply is not None
    assert turn.reply.choices[0] == Choice("1", slot("27 15:00", LEO), "Leo")


def test_a_question_beside_a_wish_reaches_the_team_too() -> None:
    """R5: mixed replies do both."""
    turn = step(situation(), wish(FRIDAY.start, question=True))

    assert turn == Turn(command=Move(FRIDAY), closes_question=True, passes_on=True)


@given(situations, readings(sure=False))
def test_what_is_unsure_never_commands(now: Situation, reading: Reading) -> None:
    """R2."""
    assert step(now, reading).command is None


@given(situations, readings())
def test_nothing_is_passed_over_in_silence(now: Situation, reading: Reading) -> None:
    """R5: only a sure `none` (thanks) gets no answer, and what reaches a person is never dropped."""
    turn = step(now, reading)

    if turn.command is None and turn.reply is None:
        assert (reading.intent, reading.sure) == ("none", True)
        assert turn.passes_on is reading.question


@given(situations, readings())
def test_a_command_is_always_within_the_rules(now: Situation, reading: Reading) -> None:
    """G1-G9, R3, R4, R9: moves go to a free slot, cancels answer a living question, undo is still possible."""
    turn = step(now, reading)

    assert is_allowed(now, turn.command)
    assert turn.command is None or (turn.reply, turn.asks, turn.blocked) == (None, None, None)


@given(situations, readings())
def test_every_answer_has_words_and_every_question_fits_its_choices(now: Situation, reading: Reading) -> None:
    """R2, L4: at most five choices, numbered as the question's options; every key has words for its values."""
    turn = step(now, reading)

    said(turn.reply)
    if turn.asks is None:
        return

    assert turn.reply is not None
    assert len(turn.asks.options) <= 5
    if turn.asks.kind == "offer":
        assert [choice.id for choice in turn.reply.choices] == [str(n + 1) for n in range(len(turn.asks.options))]
        assert tuple(choice.slot for choice in turn.reply.choices) == turn.asks.options
    else:
        assert [choice.id for choice in turn.reply.choices] == ["yes", "no"]


def is_allowed(now: Situation, command: Command | None) -> bool:
    match command:
        case None:
            return True
        case Move(slot=chosen):
            return now.cannot_move is None and now.availability.has(chosen.start, chosen.performer_id)
        case Cancel():
            asked = now.question
            return now.cannot_cancel is None and asked is not None and asked.is_alive and asked.kind == "confirm_cancel"
        case Undo():
            return now.can_undo


def asks_to_move(turn: Turn, to: Slot) -> Turn:
    """Return the turn that asks for a yes to this slot, with the words of *turn*."""
    parts = () if turn.reply is None else turn.reply.parts
    return Turn(reply=Reply(parts, (Choice("yes", to), Choice("no"))), asks=Asked("confirm_move", (to,)))


def offered(turn: Turn) -> tuple[Slot, ...]:
    assert turn.reply is not None
    return tuple(choice.slot for choice in turn.reply.choices if choice.slot is not None)


def clocks(turn: Turn) -> list[str]:
    return [f"{one.start.astimezone(WARSAW):%d %H:%M}" for one in offered(turn)]
