"""Last stage, after decide: whether a reading leaves no doubt that this is what the guest meant. Pure.

Who only says something, wants everything to stay, or names a span of time to be offered times from, is not harmed by a
slip: such readings are sure unless the words themselves have two meanings. What moves, cancels, picks, agrees or takes
back is sure only where

1. nothing in the clauses that say so is in doubt, and no doubt concerns the whole reply (doubts.py),
2. no other act contradicts it: said later, or at all where the order does not tell which one holds,
3. every time is accounted for: what is said to be the booking's is, and what is only mentioned is plainly that.

A wrong reading that is sure moves or cancels a guest's visit against their will (SPEC R2, R3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.understand.choice import chosen
from core.understand.own_times import is_own, is_own_start, names_whole_booking
from core.understand.proposals import Proposals
from core.understand.reading import Context, Reading
from core.understand.times import Beside
from core.understand.which_days import is_on
from core.understand.windows import Windows, calendar_for


def is_sure(reading: Reading, proposals: Proposals, windows: Windows, context: Context) -> bool:
    """Whether *reading* of *proposals* may be acted on."""
    if reading.intent in ("message", "none", "keep", "no"):
        return True

    if reading.intent == "reschedule" and not reading.is_exact:
        return _is_open_wish_sure(reading, proposals, windows)

    return _is_accounted_for(reading, proposals, context) and _is_act_sure(reading, proposals, windows, context)


def _is_accounted_for(reading: Reading, proposals: Proposals, context: Context) -> bool:
    """Whether nobody else speaks or is spoken of, and no time is left that may be wished as well."""
    if proposals.said("away", "untrusted"):
        return False

    if any(name not in (reading.performer, context.performer) for name in proposals.others_named):
        return False

    return all(names_whole_booking(wish, context) for wish in proposals.unclear)


def _is_act_sure(reading: Reading, proposals: Proposals, windows: Windows, context: Context) -> bool:
    match reading.intent:
        case "reschedule":
            start = reading.when[0].start if reading.when else context.start
            return _is_move_sure(proposals, start, windows, context)
        case "cancel":
            return _is_cancel_sure(proposals, context)
        case "pick":
            return _is_pick_sure(reading, proposals, windows, context)
        case "yes":
            return _is_yes_sure(proposals, context)
        case _:
            return _is_undo_sure(proposals, windows, context)


def _is_open_wish_sure(reading: Reading, proposals: Proposals, windows: Windows) -> bool:
    """A window, several times, or "another time": nothing is moved yet, times are offered."""
    if reading.when is None:
        # "I can't make it" may as well be a cancellation
        return proposals.said("move") and not windows.doubts and not proposals.wishes

    return not windows.doubts


def _is_move_sure(proposals: Proposals, start: datetime, windows: Windows, context: Context) -> bool:
    if not proposals.is_clear_in(proposals.wishing) or windows.doubts or not is_own(proposals, context):
        return False

    if _is_contradicted(proposals, start, context):
        return False

    asked_of_another = _is_pending(context, "offer", "confirm_move")
    if asked_of_another and any(wish.shift or not (wish.days or wish.clocks) for wish in proposals.wishes):
        return False

    if proposals.performer is None and is_own_start(windows, context):
        return False

    if proposals.performer is not None and proposals.asked_about:
        return False

    # a mere "2" is a time or an option
    return not any(choice.alone and choice.clause in proposals.wishing for choice in proposals.choices)


def _is_contradicted(proposals: Proposals, start: datetime, context: Context) -> bool:
    """Whether something speaks against the wish for *start*: said with it or after it, or wherever it is said."""
    last_wish = proposals.last_wish
    if proposals.said("undo", "late", "other_person", "later_thought", "policy", "drop"):
        return True

    # "don't cancel, move it to Friday"
    moving = last_wish in proposals.clauses("move") or _is_pending(context, "confirm_cancel")
    if proposals.said("keep") and not moving:
        return True

    if any(clause in proposals.wishing for clause in proposals.clauses("task")):
        return True

    against = (*proposals.clauses("no", "keep", "cancel"), *_refusals(proposals, start, context))
    return any(clause >= last_wish for clause in against)


def _refusals(proposals: Proposals, start: datetime, context: Context) -> Sequence[int]:
    """The clauses that refuse *start*, as far as is known: another day may well be ruled out last."""
    calendar = calendar_for(proposals, context)
    day = start.astimezone(context.zone).date()
    others = all(
        not any(all(is_on(each, day, calendar) for each in days) for days in wish.days)
        for wish in proposals.rejected
        if wish.days or not all(isinstance(clock, Beside) for clocks in wish.clocks for clock in clocks)
    )
    return [clause for clause in proposals.clauses("refuse") if not (others and clause in proposals.refusing)]


def _is_cancel_sure(proposals: Proposals, context: Context) -> bool:
    ending = proposals.clauses("cancel", "drop")
    if not proposals.is_clear_in(ending) or not is_own(proposals, context):
        return False

    if any(choice.clause in ending for choice in proposals.choices):
        return False

    # "I'll be in touch" is a farewell here
    if proposals.said("keep", "undo", "move", "late", "condition"):
        return False

    if any(clause >= min(ending, default=0) for clause in proposals.clauses("no", "yes")):
        return False

    # "cancel" may mean the move that was asked about
    return not _is_pending(context, "confirm_move")


def _is_pick_sure(reading: Reading, proposals: Proposals, windows: Windows, context: Context) -> bool:
    picked = chosen(proposals, context)
    pointing = (*(choice.clause for choice in proposals.choices), *proposals.wishing)
    if picked is None or picked.doubt or proposals.asked_about or not proposals.is_clear_in(pointing):
        return False

    explicit = any(choice.number is not None and not choice.bare for choice in proposals.choices)
    if not explicit and (len(proposals.wishes) > 1 or len(windows.when or ()) > 1):
        return False

    if reading.performer not in (None, context.performer) or proposals.said("later_thought", "policy", "condition"):
        return False

    if any(clause in pointing for clause in proposals.clauses("task")):
        return False

    pending = context.pending
    start = pending.options[picked.number - 1] if pending is not None else context.start
    against = (*proposals.clauses("no"), *_refusals(proposals, start, context))
    return not any(clause >= min(pointing, default=0) for clause in against)


def _is_yes_sure(proposals: Proposals, context: Context) -> bool:
    pending = context.pending
    agreeing = proposals.clauses("yes", "fine", "cancel", "drop")
    if pending is None or not proposals.is_clear_in((*agreeing, *proposals.wishing)):
        return False

    if proposals.said("policy", "refuse", "keep", "condition") or not is_own(proposals, context):
        return False

    if pending.kind == "confirm_cancel":
        # a mere "great" may be thanks for something else: what is gone is asked for plainly
        plain = proposals.said("cancel") or (proposals.said("yes") and not proposals.said("later_thought"))
        return plain and not proposals.said("move")

    return not proposals.said("later_thought") and not proposals.rejected and len(pending.options) == 1


def _is_undo_sure(proposals: Proposals, windows: Windows, context: Context) -> bool:
    if context.pending is None or context.pending.kind != "moved" or windows.doubts:
        return False

    against = proposals.said("cancel", "drop", "keep", "move", "refuse", "later_thought", "policy")
    return not against and proposals.is_clear_in(proposals.clauses("undo"))


def _is_pending(context: Context, *kinds: str) -> bool:
    return context.pending is not None and context.pending.kind in kinds
