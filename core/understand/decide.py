"""Seventh stage: what the guest meant, from what the words propose and what is true now.

One ladder, the first rung that fits; whether the reading is sure is said by sureness. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from core.model import Interval
from core.understand.bare_days import settle_another_day, settle_bare_days
from core.understand.choice import chosen
from core.understand.own_times import names_booking, names_whole_booking, settle_own_times
from core.understand.proposals import Proposals
from core.understand.reading import Context, Intent, Reading
from core.understand.sureness import is_sure
from core.understand.which_days import is_on
from core.understand.windows import Windows, calendar_for, windows_of

CONFIRMING = ("confirm_cancel", "confirm_move")

DOUBT = "doubt: "
"""What a doubt begins with in a reading's `why`."""


def decide(proposals: Proposals, context: Context) -> Reading:
    """Choose the one reading of *proposals* in *context*."""
    proposals = settle_another_day(settle_bare_days(proposals, calendar_for(proposals, context)))
    settled = settle_own_times(proposals, context)
    windows = windows_of(settled.wishes, settled, context) if settled.wishes else Windows()
    for rung in (_away, _undo, _pick, _answer, _keep, _wish, _cancel, _vague_move, _agreement):
        reading = rung(settled, windows, context)
        if reading is not None:
            break
    else:
        reading = _rest(settled)

    question = settled.question and reading.intent != "none"
    sure = is_sure(reading, settled, windows, context)
    return replace(reading, question=question, sure=sure, why=_why(settled, windows))


def _why(proposals: Proposals, windows: Windows) -> tuple[str, ...]:
    doubts = (*(doubt.why for doubt in proposals.doubts), *windows.doubts)
    return (*proposals.why, *dict.fromkeys(f"{DOUBT}{doubt}" for doubt in doubts))


def _away(proposals: Proposals, _windows: Windows, _context: Context) -> Reading | None:
    # Who is away and asks for a time is a guest; what a machine says of absence asks nothing.
    asks = proposals.wishes and (proposals.asked or proposals.question or proposals.said("move"))
    return Reading("none") if proposals.said("away") and not asks else None


def _undo(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    if not proposals.said("undo"):
        return None

    moved = context.pending is not None and context.pending.kind == "moved"
    if context.pending is not None and not moved and not proposals.wishes:
        return Reading("no" if context.pending.kind in CONFIRMING else "keep")

    if proposals.wishes and not (moved and _holds(windows, context, proposals)):
        return None

    return Reading("undo")


def _holds(windows: Windows, context: Context, proposals: Proposals) -> bool:
    """Whether what is wished is the pending time itself (also where only its day is named)."""
    options = context.pending.options if context.pending is not None else ()
    calendar = calendar_for(proposals, context)
    days = [days for wish in proposals.wishes for days in wish.days]
    for option in options:
        local = option.astimezone(context.zone).date()
        if any(window.start <= option <= window.end for window in windows.when or ()):
            return True

        if (
            days
            and not any(wish.clocks for wish in proposals.wishes)
            and any(all(is_on(day, local, calendar) for day in each) for each in days)
        ):
            return True

    return False


def _pick(proposals: Proposals, _windows: Windows, context: Context) -> Reading | None:
    picked = chosen(proposals, context)
    if picked is None or proposals.said("none_of", "others", "cancel", "drop", "keep"):
        return None

    if proposals.said("refuse") and not (proposals.wishes or proposals.choices):
        return None

    return Reading("pick", pick=picked.number, performer=proposals.performer)


def _answer(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    """Yes or no to the pending question."""
    pending = context.pending
    if pending is None or pending.kind == "moved":
        return None

    if proposals.said("none_of") and not proposals.wishes:
        return Reading("no")

    if pending.kind == "offer":
        return _answer_to_offer(proposals)

    if pending.kind == "confirm_move":
        return _answer_to_move(proposals, windows, context)

    return _answer_to_cancel(proposals)


def _answer_to_offer(proposals: Proposals) -> Reading | None:
    if proposals.wishes or proposals.performer or proposals.said("cancel", "drop", "keep", "move"):
        return None

    if proposals.said("yes", "fine") and not proposals.said("no", "refuse", "later_thought", "task"):
        return Reading("yes")

    return Reading("no") if proposals.said("no", "refuse") else None


def _answer_to_move(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    if proposals.said("cancel", "drop", "keep") or proposals.performer:
        return None

    same = not proposals.wishes or _holds(windows, context, proposals)
    if proposals.said("yes", "fine") and not proposals.said("no") and same:
        return Reading("yes")

    if proposals.said("no") and all(names_whole_booking(wish, context) for wish in proposals.wishes):
        return Reading("no")

    if proposals.wishes:
        agreed = same and not (proposals.asked or proposals.rejected or proposals.said("no", "refuse", "move"))
        return Reading("yes") if agreed else None

    return Reading("no") if proposals.rejected or proposals.said("no", "refuse") else None


def _answer_to_cancel(proposals: Proposals) -> Reading | None:
    if proposals.wishes or proposals.performer or proposals.said("move"):
        return None

    if proposals.said("no", "keep") and not proposals.said("yes"):
        return Reading("no")

    if proposals.said("yes", "fine") and not proposals.said("no", "keep", "refuse"):
        return Reading("yes")

    return Reading("yes") if proposals.said("cancel", "drop") and not proposals.said("keep", "no") else None


def _keep(proposals: Proposals, _windows: Windows, context: Context) -> Reading | None:
    if proposals.wishes or not proposals.said("keep") or proposals.performer:
        return None

    if proposals.last("keep") < proposals.last("cancel", "drop"):
        return None

    intent: Intent = "no" if context.pending is not None and context.pending.kind in CONFIRMING else "keep"
    return Reading(intent)


def _wish(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    """A wish for another time, or for another performer at the same time."""
    if proposals.last_wish < proposals.corrected <= proposals.last("cancel"):
        return None

    other = proposals.performer if proposals.performer in context.performers else None
    if not proposals.wishes:
        if other is None or proposals.said("cancel", "drop") or other == context.performer:
            return None

        moving = context.pending is not None and context.pending.kind == "confirm_move"
        start = context.pending.options[0] if context.pending is not None and moving else context.start
        return Reading("reschedule", (Interval(start, start),), performer=other)

    if _names_only_its_own_time(proposals, windows, context) and other is None:
        return Reading("keep")

    agreed = proposals.said("yes", "fine") and not (proposals.asked or proposals.rejected or other or context.pending)
    within = any(window.start <= context.start <= window.end for window in windows.when or ())
    if (
        agreed
        and within
        and all(wish.days and not wish.shift and names_booking(wish, context) for wish in proposals.wishes)
    ):
        return Reading("keep")

    return Reading("reschedule", windows.when, performer=other)


def _names_only_its_own_time(proposals: Proposals, windows: Windows, context: Context) -> bool:
    """'Thursday at 3 then.': nothing is wished but what is booked; a question about it is answered (SPEC G9)."""
    acting = proposals.said("move", "refuse", "cancel", "drop", "undo")
    if acting or proposals.asked or proposals.rejected or context.pending is not None:
        return False

    booked = all(wish.clocks and names_whole_booking(wish, context) for wish in proposals.wishes)
    return booked and windows.when is not None and all(window.start == context.start for window in windows.when)


def _cancel(proposals: Proposals, _windows: Windows, _context: Context) -> Reading | None:
    if not proposals.said("cancel", "drop") or proposals.said("other_person", "policy"):
        return None

    return Reading("cancel")


def _vague_move(proposals: Proposals, _windows: Windows, context: Context) -> Reading | None:
    """Another time is wished, but not which; or this one is ruled out, which may as well mean a cancellation."""
    if proposals.said("late", "other_person") or (proposals.said("task") and not proposals.said("move")):
        return None

    if proposals.said("move"):
        return Reading("reschedule")

    offered = context.pending is not None and context.pending.kind == "offer"
    if proposals.said("refuse"):
        return Reading("no" if offered else "reschedule")

    return None


def _agreement(proposals: Proposals, _windows: Windows, context: Context) -> Reading | None:
    """Agreement where nothing was asked: nothing to do."""
    if context.pending is not None and context.pending.kind != "moved":
        return None

    told = proposals.said("late", "other_person", "task", "topic", "policy", "later_thought")
    if proposals.said("yes", "fine", "polite") and not (proposals.content or proposals.question or told):
        return Reading("none")

    return None


def _rest(proposals: Proposals) -> Reading:
    told = proposals.said("late", "other_person", "task", "topic", "policy", "later_thought")
    weakened = any(act.weak and act.kind != "no" for act in proposals.acts)
    return Reading("message" if proposals.content or proposals.question or told or weakened else "none")
