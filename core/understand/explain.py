"""What an operator is told of how a reply was read, in plain lines. Pure.

Nothing is understood here: the lines report what the stages before found (`read.trace`) and decided (`Reading`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.understand.acts import bare_number, choices_of, is_for_a_person, performers_of
from core.understand.decide import DOUBT
from core.understand.times import DAY_KINDS, Part, Shift, Time
from core.understand.tokens import MAX_CHARACTERS

if TYPE_CHECKING:
    from core.model import Interval
    from core.understand.clauses import Clause
    from core.understand.grammar import Item
    from core.understand.proposals import Act, Choice
    from core.understand.read import Trace
    from core.understand.reading import Context, Pending, Reading
    from core.understand.stance import Role, Said

LONGEST_QUOTE = 300
"""Characters of a reply that are quoted; a clause is quoted to a third of it."""

MOST_CLAUSES = 20
MOST_WINDOWS = 6

ACTS: Mapping[str, str] = {
    "cancel": "wants to cancel",
    "drop": "gives the time up",
    "keep": "keeps the booking",
    "undo": "takes the last change back",
    "none_of": "takes nothing of what was offered",
    "refuse": "says no to a time",
    "late": "will be late",
    "other_person": "speaks of someone else",
    "away": "is an absence notice",
    "task": "asks for something to be done",
    "topic": "is about another topic",
    "policy": "is about the rules",
    "untrusted": "is not to be taken at its word",
    "later_thought": "leaves it for later",
    "condition": "makes a condition",
    "move": "wants another time",
    "others": "asks for other times than those",
    "yes": "says yes",
    "fine": "finds it fine",
    "no": "says no",
    "polite": "is polite",
}
"""What a clause does, by the kind of act."""

_ROLES: Mapping[Role, str] = {
    "wish": "wished",
    "rejected": "ruled out",
    "own": "of the booking itself",
    "mentioned": "only mentioned",
}
_DOUBTS: Mapping[str, str] = {
    "hedge": "it is hedged",
    "condition": "it hangs on a condition",
    "untrusted": "it is not to be taken at its word",
    "correction": "something is corrected",
    "past_wish": "it is about what was wished before",
    "policy": "it is about the rules",
    "later_thought": "it is left for later",
    "not": "a “not” of which it is unclear what it is about",
}


def explain(trace: Trace, reading: Reading | None = None, context: Context | None = None) -> tuple[str, ...]:
    """Return in a few lines how words were read: the clauses, the doubts, and (with both) the *reading* in *context*.

    *reading* must be what came of the proposals of *trace*, *context* what they were resolved against.
    """
    doubts: Iterable[str] = dict.fromkeys(doubt.why for doubt in trace.proposals.doubts)
    if reading is not None:
        doubts = [each.removeprefix(DOUBT) for each in reading.why if each.startswith(DOUBT)]

    told = [_DOUBTS.get(doubt, doubt) for doubt in doubts]
    lines = [*_words(trace), *_clauses(trace)]
    if trace.proposals.others_named:
        lines.append(f"Named, but not plainly asked for: {', '.join(trace.proposals.others_named)}.")

    if context is not None:
        lines.extend(_against(context))

    lines.append(f"Doubts: {'; '.join(told) or 'none'}.")
    if reading is not None and context is not None:
        certainty = "Sure." if reading.sure else "Not sure, so nothing is changed without asking."
        lines.append(f"Reading: {_meant(reading, context)}. {certainty}")

    return tuple(lines)


def _words(trace: Trace) -> Iterator[str]:
    if not trace.text.strip():
        yield "New words: none."
        return

    said = f"New words: {_quoted(trace.text, LONGEST_QUOTE)}"
    if len(trace.text) > MAX_CHARACTERS:
        said += f", of which the first {MAX_CHARACTERS:,} characters were read"

    yield said + (f" (read as “{trace.proposals.language}”)." if trace.proposals.language else ".")


def _clauses(trace: Trace) -> Iterator[str]:
    for number, (clause, items) in enumerate(trace.clauses[:MOST_CLAUSES]):
        words = " ".join(mark.text for mark in clause.marks) + ("?" if clause.asks else "")
        said = [each for each in trace.said if each.clause == number]
        acts = [each for each in trace.proposals.acts if each.clause == number]
        taken = "; ".join(_taken_for(trace, clause, items, said, acts)) or "nothing that matters"
        yield f"Clause {number + 1} {_quoted(words, LONGEST_QUOTE // 3)}: {taken}."

    if len(trace.clauses) > MOST_CLAUSES:
        yield f"… and {len(trace.clauses) - MOST_CLAUSES} clauses more."


def _taken_for(
    trace: Trace, clause: Clause, items: Sequence[Item], said: Sequence[Said], acts: Sequence[Act]
) -> Iterator[str]:
    yield from dict.fromkeys(f"{ACTS[act.kind]}{' (weakly)' if act.weak else ''}" for act in acts)
    for each in said:
        yield f"{_kind(each.found.time)} {_quoted(each.found.text, LONGEST_QUOTE // 3)} {_ROLES[each.role]}"

    if any(performers_of(clause, items)):
        yield f"performer {trace.proposals.performer or 'not clear'}"

    yield from (f"points at {_pointed(choice)}" for choice in choices_of(items))
    number = bare_number(clause)
    if number is not None:
        yield f"points at number {number}"

    if is_for_a_person(clause, items):
        yield "something for a person to read"
    elif clause.asks:
        yield "put as a question"


def _kind(time: Time) -> str:
    if isinstance(time, Shift):
        return "shift"

    if isinstance(time, Part):
        return "part of the day"

    return "day" if isinstance(time, DAY_KINDS) else "clock time"


def _pointed(choice: Choice) -> str:
    if choice.number is not None:
        return f"number {choice.number}"

    if choice.position is not None:
        return f"the one in place {choice.position}"

    return f"the {choice.extreme.replace('_', ' ')}"


def _against(context: Context) -> Iterator[str]:
    with_whom = f" with {context.performer}" if context.performer else ""
    yield f"Booked then: {_local(context.start, context.zone)}{with_whom}; clock times are of {context.zone.key}."
    asked = "no question" if context.pending is None else _asked(context.pending, context.zone)
    yield f"Answers: {asked}."


def _asked(pending: Pending, zone: ZoneInfo) -> str:
    times = [_local(option, zone) for option in pending.options]
    match pending.kind:
        case "offer":
            return "an offer, " + ", ".join(f"{number}) {time}" for number, time in enumerate(times, 1))
        case "confirm_move":
            return f"whether to move to {', '.join(times)}"
        case "confirm_cancel":
            return "whether to cancel"
        case "moved":
            return f"the news of a move from {', '.join(times)}"


def _meant(reading: Reading, context: Context) -> str:
    said: str = reading.intent
    if reading.pick is not None:
        said += f" number {reading.pick}"

    if reading.when is not None:
        shown = [_span(each, context.zone) for each in reading.when[:MOST_WINDOWS]]
        more = len(reading.when) - len(shown)
        said += f" to {', or '.join(shown)}{f', or {more} spans more' if more else ''}"
    elif reading.intent == "reschedule":
        said += ", but not said when"

    whom = f" with {reading.performer}" if reading.performer else ""
    also = ", and something for a person to read" if reading.question else ""
    return f"{said}{whom}{also}"


def _span(window: Interval, zone: ZoneInfo) -> str:
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    if window.is_exact:
        return _local(start, zone)

    same_day = start.date() == end.date()
    return f"{_local(start, zone)} – {f'{end:%H:%M}' if same_day else _local(end, zone)}"


def _local(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def _quoted(words: str, longest: int) -> str:
    plain = " ".join(words[: longest + 1].split())
    return f"“{plain[:longest]}…”" if len(words) > longest else f"“{plain}”"
