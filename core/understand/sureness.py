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

from core.understand.choice import chosen
from core.understand.own_times import is_own, is_own_start, names_booking
from core.understand.proposals import Proposals
from core.understand.reading import Context, Reading
from core.understand.windows import Windows


def is_sure(reading: Reading, proposals: Proposals, windows: Windows, context: Context) -> bool:
    """Whether *reading* of *proposals* may be acted on."""
    if reading.intent in ("message", "none", "keep", "no"):
        return True

    if reading.intent == "reschedule" and not reading.is_exact:
        return _is_open_wish_sure(reading, proposals, windows)

    if proposals.said("away", "untrusted") or _speaks_of_another(reading, proposals, context):
        return False

    match reading.intent:
        case "reschedule":
            return _is_move_sure(proposals, windows, context)
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


def _is_move_sure(proposals: Proposals, windows: Windows, context: Context) -> bool:
    if not proposals.is_clear_in(proposals.wishing) or windows.doubts or not is_own(proposals, context):
        return False

    if _is_contradicted(proposals, proposals.last_wish, context) or proposals.unclear_mention:
        return False

    asked_of_another = context.pending is not None and context.pending.kind in ("offer", "confirm_move")
    if asked_of_another and any(wish.shift or not (wish.days or wish.clocks) for wish in proposals.wishes):
        return False

    if proposals.performer is None and is_own_start(windows, context):
        return False

    if proposals.performer is not None and proposals.asked_about:
        return False

    # a mere "2" is a time or an option
    return not any(choice.alone and choice.clause in proposals.wishing for choice in proposals.choices)


def _is_contradicted(proposals: Proposals, last_wish: int, context: Context) -> bool:
    """Whether something speaks against a wish: said with it or after it, or wherever it is said."""
    if proposals.said("undo", "late", "other_person", "later_thought", "policy", "drop"):
        return True

    cancelling = context.pending is not None and context.pending.kind == "confirm_cancel"
    if proposals.said("keep") and not cancelling:
        return True

    if any(clause in proposals.wishing for clause in proposals.clauses("task")):
        return True

    against = (*proposals.clauses("no", "keep", "cancel"), *_refusals(proposals, context))
    return any(clause >= last_wish for clause in against)


def _refusals(proposals: Proposals, context: Context) -> Sequence[int]:
    """The clauses that refuse something else than the booking's own time: that one may well be named last."""
    own = all(names_booking(wish, context) for wish in proposals.rejected)
    return [clause for clause in proposals.clauses("refuse") if not (own and clause in proposals.refusing)]


def _is_cancel_sure(proposals: Proposals, context: Context) -> bool:
    ending = proposals.clauses("cancel", "drop")
    if not proposals.is_clear_in(ending) or not is_own(proposals, context):
        return False

    if any(choice.clause in ending for choice in proposals.choices) or proposals.unclear_mention:
        return False

    if proposals.said("keep", "undo", "move", "late", "later_thought", "condition"):
        return False

    if any(clause >= min(ending, default=0) for clause in proposals.clauses("no", "yes")):
        return False

    return context.pending is None or context.pending.kind == "offer"


def _is_pick_sure(reading: Reading, proposals: Proposals, windows: Windows, context: Context) -> bool:
    picked = chosen(proposals, context)
    pointing = (*(choice.clause for choice in proposals.choices), *proposals.wishing)
    if picked is None or picked.doubt or proposals.asked_about or not proposals.is_clear_in(pointing):
        return False

    explicit = any(choice.number is not None and not choice.bare for choice in proposals.choices)
    if not explicit and (len(proposals.wishes) > 1 or len(windows.when or ()) > 1):
        return False

    if reading.performer not in (None, context.performer) or proposals.said("later_thought", "policy"):
        return False

    if any(clause in pointing for clause in proposals.clauses("task")) or proposals.unclear_mention:
        return False

    against = (*proposals.clauses("no"), *_refusals(proposals, context))
    return not any(clause >= min(pointing, default=0) for clause in against)


def _is_yes_sure(proposals: Proposals, context: Context) -> bool:
    pending = context.pending
    agreeing = proposals.clauses("yes", "fine", "cancel", "drop")
    if pending is None or not proposals.is_clear_in((*agreeing, *proposals.wishing)):
        return False

    if proposals.said("later_thought", "policy", "refuse", "keep") or proposals.unclear_mention:
        return False

    if pending.kind == "confirm_cancel":
        # a mere "great" may be thanks for something else: what is gone is asked for plainly
        return proposals.said("yes", "cancel") and not proposals.said("move")

    return not proposals.rejected and len(pending.options) == 1


def _is_undo_sure(proposals: Proposals, windows: Windows, context: Context) -> bool:
    if context.pending is None or context.pending.kind != "moved" or windows.doubts:
        return False

    against = proposals.said("cancel", "drop", "keep", "move", "refuse", "later_thought", "policy")
    return not against and not proposals.unclear_mention and proposals.is_clear_in(proposals.clauses("undo"))


def _speaks_of_another(reading: Reading, proposals: Proposals, context: Context) -> bool:
    """Whether a performer is spoken of who is neither the booking's nor plainly asked for: perhaps they are meant."""
    return any(name not in (reading.performer, context.performer) for name in proposals.others_named)
