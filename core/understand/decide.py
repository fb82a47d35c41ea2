"""Last stage: what the guest meant, from what the words propose and what is true now.

One ladder, the first that fits. Pure.

Sure is the exception: only where every word is known, nothing is hedged and one thing alone was asked for. A wrong
reading that is sure moves or cancels a guest's visit against their will (SPEC R2).
"""

from __future__ import annotations

from dataclasses import replace

from core.model import Interval
from core.understand.bare_days import settle_bare_days
from core.understand.choice import chosen
from core.understand.proposals import Proposals
from core.understand.reading import Context, Intent, Reading
from core.understand.times import At, Wish
from core.understand.which_clocks import readings
from core.understand.which_days import booked_wall, is_on
from core.understand.windows import Windows, calendar_for, windows_of

CONFIRMING = ("confirm_cancel", "confirm_move")

DOUBT = "doubt: "
"""What a doubt begins with in a reading's `why`."""


def decide(proposals: Proposals, context: Context) -> Reading:
    """Choose the one reading of *proposals* in *context*."""
    settled = _settle(settle_bare_days(proposals, calendar_for(proposals, context)), context)
    windows = windows_of(settled.wishes, settled, context) if settled.wishes else Windows()
    for rung in (_away, _undo, _pick, _answer, _keep, _wish, _cancel, _vague_move, _agreement):
        reading = rung(settled, windows, context)
        if reading is not None:
            break
    else:
        reading = _rest(settled)

    question = settled.question and reading.intent != "none"
    # A machine that tells of an absence may ask, too: nothing is done for it.
    away = settled.said("away") and reading.intent != "none"
    doubtful = reading.intent != "message" and (question or away or _speaks_of_another(settled, reading, context))
    return replace(reading, question=question, sure=reading.sure and not doubtful, why=_why(settled, windows))


def _speaks_of_another(proposals: Proposals, reading: Reading, context: Context) -> bool:
    """Whether a performer is spoken of who is neither the booking's nor plainly asked for: perhaps they are meant."""
    return any(name not in (reading.performer, context.performer) for name in proposals.others_named)


def _why(proposals: Proposals, windows: Windows) -> tuple[str, ...]:
    doubts = (*proposals.doubts, *windows.doubts)
    return (*proposals.why, *dict.fromkeys(f"{DOUBT}{doubt}" for doubt in doubts))


def _settle(proposals: Proposals, context: Context) -> Proposals:
    """Settle what only the booking can: a time said to be the booking's own that is not, is a wish after all."""
    if proposals.wishes or proposals.said("keep", "cancel", "drop", "late", "task", "other_person", "away"):
        return proposals

    calendar = calendar_for(proposals, context)
    foreign = tuple(
        wish for wish in proposals.own
        if wish.days and not any(all(is_on(day, calendar.booked, calendar) for day in days) for days in wish.days)
    )  # fmt: skip
    if not foreign or not proposals.said("move"):
        return proposals

    own = tuple(wish for wish in proposals.own if wish not in foreign)
    return replace(proposals, wishes=foreign, own=own, doubts=(*proposals.doubts, "the booking is at another time"))


def _away(proposals: Proposals, _windows: Windows, _context: Context) -> Reading | None:
    # Who is away and asks for a time is a guest; what a machine says of absence asks nothing.
    asks = proposals.wishes and (proposals.asked or proposals.question or proposals.said("move"))
    return Reading("none", sure=True) if proposals.said("away") and not asks else None


def _undo(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    if not proposals.said("undo"):
        return None

    moved = context.pending is not None and context.pending.kind == "moved"
    if context.pending is not None and not moved and not proposals.wishes:
        return Reading("no" if context.pending.kind in CONFIRMING else "keep")

    if proposals.wishes and not (moved and _holds(windows, context, proposals)):
        return None

    alone = not (proposals.said("cancel", "drop", "keep", "move", "refuse", "task") or proposals.mentioned)
    return Reading("undo", sure=moved and alone and proposals.is_clear and not windows.doubts)


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


def _pick(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    picked = chosen(proposals, context)
    if picked is None or proposals.said("none_of", "cancel", "drop", "keep"):
        return None

    if proposals.said("refuse") and not (proposals.wishes or proposals.choices):
        return None

    explicit = any(choice.number is not None and not choice.bare for choice in proposals.choices)
    clean = (
        proposals.is_clear
        and not proposals.mentioned
        and not proposals.said("task", "later_thought", "policy", "move", "no", "refuse")
    )
    if proposals.performer not in (None, context.performer):
        clean = False

    one = len(proposals.wishes) <= 1 and len(windows.when or ()) <= 1
    sure = clean and not picked.doubt and (one or explicit)
    return Reading("pick", pick=picked.number, performer=proposals.performer, sure=sure and not proposals.asked)


def _answer(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    """Yes or no to the pending question."""
    pending = context.pending
    if pending is None or pending.kind == "moved":
        return None

    if proposals.said("none_of") and not proposals.wishes:
        return Reading("no", sure=proposals.is_clear)

    if pending.kind == "offer":
        return _answer_to_offer(proposals, len(pending.options))

    if pending.kind == "confirm_move":
        return _answer_to_move(proposals, windows, context)

    return _answer_to_cancel(proposals)


def _answer_to_offer(proposals: Proposals, options: int) -> Reading | None:
    if proposals.wishes or proposals.performer or proposals.said("cancel", "drop", "keep", "move"):
        return None

    if proposals.said("yes", "fine") and not proposals.said("no", "refuse", "later_thought", "task"):
        clean = proposals.is_clear and not proposals.mentioned
        return Reading("yes", sure=options == 1 and clean)

    return Reading("no") if proposals.said("no") or proposals.said("refuse") else None


def _answer_to_move(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    if proposals.said("cancel", "drop", "keep") or proposals.performer:
        return None

    same = not proposals.wishes or _holds(windows, context, proposals)
    clean = (
        proposals.is_clear
        and not proposals.mentioned
        and not proposals.rejected
        and not proposals.said("later_thought", "refuse", "move")
    )
    if proposals.said("yes", "fine") and not proposals.said("no") and same:
        return Reading("yes", sure=clean)

    if proposals.wishes:
        agreed = same and not (proposals.asked or proposals.rejected or proposals.said("no", "refuse", "move"))
        return Reading("yes", sure=clean) if agreed else None

    if proposals.rejected:
        return Reading("no")

    return Reading("no", sure=clean) if proposals.said("no", "refuse") else None


def _answer_to_cancel(proposals: Proposals) -> Reading | None:
    if proposals.wishes or proposals.performer or proposals.said("move"):
        return None

    clean = proposals.is_clear and not proposals.said("later_thought", "policy") and not proposals.mentioned
    if proposals.said("no", "keep") and not proposals.said("yes"):
        return Reading("no", sure=clean and not proposals.said("cancel", "drop"))

    if proposals.said("yes", "fine") and not proposals.said("no", "keep", "refuse"):
        # a mere "great" may be thanks for something else: what is gone is asked for plainly
        return Reading("yes", sure=clean and proposals.said("yes"))

    if proposals.said("cancel", "drop") and not proposals.said("keep", "no"):
        return Reading("yes", sure=clean and proposals.said("cancel") and not proposals.question)

    return None


def _keep(proposals: Proposals, _windows: Windows, context: Context) -> Reading | None:
    if proposals.wishes or not proposals.said("keep") or proposals.performer:
        return None

    if proposals.last("keep") < proposals.last("cancel", "drop"):
        return None

    intent: Intent = "no" if context.pending is not None and context.pending.kind in CONFIRMING else "keep"
    return Reading(intent, sure=proposals.is_fairly_clear and not proposals.said("cancel", "drop", "move", "refuse"))


def _wish(proposals: Proposals, windows: Windows, context: Context) -> Reading | None:
    """A wish for another time, or for another performer at the same time."""
    if proposals.last("cancel") > proposals.last_wish >= 0 and "correction" in proposals.doubts:
        return None

    other = proposals.performer if proposals.performer in context.performers else None
    if not proposals.wishes:
        if other is None or proposals.said("cancel", "drop") or other == context.performer:
            return None

        same = Interval(context.start, context.start)
        return Reading(
            "reschedule",
            (same,),
            performer=other,
            sure=not proposals.asked and _may_act(proposals, Windows((same,)), context),
        )

    agreed = proposals.said("yes", "fine") and not (proposals.asked or proposals.rejected or other or context.pending)
    if agreed and all(wish.days and not wish.shift and _names_booking(wish, context) for wish in proposals.wishes):
        return Reading("keep")

    exact = any(window.is_exact for window in windows.when or ())
    sure = _may_act(proposals, windows, context) if exact else _may_offer(proposals, windows)
    return Reading("reschedule", windows.when, performer=other, sure=sure)


def _may_offer(proposals: Proposals, windows: Windows) -> bool:
    """Whether a window of time is surely meant; times are offered from it, nothing is moved yet."""
    return windows.when is not None and not windows.doubts and proposals.is_fairly_clear


def _may_act(proposals: Proposals, windows: Windows, context: Context) -> bool:
    """Whether a move may be made on this reading unasked: every word known, nothing else said of other times."""
    if not proposals.is_clear or windows.doubts or proposals.mentioned or windows.when is None:
        return False

    exact = [window for window in windows.when if window.is_exact]
    if (exact and len(windows.when) > 1) or not _is_own(proposals, context):
        return False

    asked_of_another = context.pending is not None and context.pending.kind in ("offer", "confirm_move")
    if asked_of_another and any(wish.shift or not (wish.days or wish.clocks) for wish in proposals.wishes or (Wish(),)):
        return False

    if any(act.kind == "no" for act in proposals.acts) or proposals.performer == context.performer is not None:
        return False

    if any(choice.alone for choice in proposals.choices) or proposals.last("refuse") >= proposals.last_wish >= 0:
        return False

    if proposals.performer is None and any(window.start == context.start for window in exact):
        return False

    return not proposals.said(
        "keep", "undo", "late", "other_person", "later_thought", "policy", "untrusted", "drop", "no", "task"
    )


def _cancel(proposals: Proposals, _windows: Windows, _context: Context) -> Reading | None:
    if not proposals.said("cancel", "drop") or proposals.said("other_person", "policy"):
        return None

    clean = proposals.is_clear and not proposals.mentioned and not proposals.choices
    plain = (
        proposals.said("cancel")
        and not proposals.said("yes", "fine")
        and not proposals.said("keep", "no", "undo", "move", "refuse", "late", "task", "later_thought")
    )
    return Reading("cancel", sure=clean and plain and _is_own(proposals, _context))


def _is_own(proposals: Proposals, context: Context) -> bool:
    """Whether every time said to be the booking's is this booking's, as far as it is named."""
    return all(_names_booking(wish, context) for wish in proposals.own)


def _names_booking(wish: Wish, context: Context) -> bool:
    calendar = calendar_for(Proposals(), context)
    wall = booked_wall(context)
    minute = wall.hour * 60 + wall.minute
    on_day = not wish.days or any(all(is_on(day, calendar.booked, calendar) for day in days) for days in wish.days)
    points = [clock for clocks in wish.clocks for clock in clocks if isinstance(clock, At)]
    return on_day and (not points or any(minute in readings(point) for point in points))


def _vague_move(proposals: Proposals, _windows: Windows, context: Context) -> Reading | None:
    """Another time is wished, but not which; or this one is ruled out, which may as well mean a cancellation."""
    if proposals.said("late", "other_person") or (proposals.said("task") and not proposals.said("move")):
        return None

    if proposals.said("move"):
        return Reading("reschedule", sure=proposals.is_clear and not proposals.said("refuse"))

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
        return Reading("none", sure=proposals.is_clear)

    return None


def _rest(proposals: Proposals) -> Reading:
    told = proposals.said("late", "other_person", "task", "topic", "policy")
    weakened = any(act.weak and act.kind != "no" for act in proposals.acts)
    if proposals.content or proposals.question or told or weakened:
        return Reading(
            "message", sure=proposals.is_clear or ((told or proposals.question) and proposals.is_fairly_clear)
        )

    return Reading("none", sure=proposals.is_clear)
