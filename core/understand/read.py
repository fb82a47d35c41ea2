"""Understanding a reply.

`propose` reads the words (slow half, before any transaction), `resolve` reads them against what is true now.

The stages, in the order a reply goes through them: tokens, marks, clauses, letter, grammar, then stance, acts and
doubts, then gather (all in `propose`, linear in the text); which_days, which_clocks, windows, choice, decide (all in
`resolve`, without a look at the text). Pure; nothing here raises on any text (SPEC R1, L1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from core.understand.acts import (
    acts_beyond_manners,
    acts_of,
    bare_number,
    choices_of,
    is_for_a_person,
    performers_of,
)
from core.understand.clauses import Clause, clauses_of
from core.understand.decide import decide
from core.understand.doubts import doubts_of, is_left_corrected
from core.understand.gather import any_day_but, gather
from core.understand.grammar import Found, Item, read_times
from core.understand.letter import without_names
from core.understand.lexicon import Lexicon, available_languages, common_languages, load_lexicon, neighbours_of
from core.understand.marks import UNKNOWN, Mark, known_words, mark
from core.understand.matter import MOVING, REMARKS, is_correction, is_plain_remark, loose_words
from core.understand.proposals import Act, Choice, Doubt, Proposals
from core.understand.reading import Context, Reading
from core.understand.stance import Role, Said, stances_of
from core.understand.times import Wish
from core.understand.tokens import tokenize

MOST_LOOSE = 3
"""A question about a time with more other words than these is about something else."""

MOST_DOUBTS = 24
"""Who leaves more in doubt than this is not understood at all."""


TELLING = 60
"""Tokens that tell which language a reply is in: a longer one is not read in several."""


@dataclass(frozen=True, slots=True)
class Trace:
    """How words were read on the way to their proposals: the clauses, what stands in each, what each time is for."""

    text: str
    proposals: Proposals
    clauses: tuple[tuple[Clause, tuple[Item, ...]], ...] = ()
    said: tuple[Said, ...] = ()


@lru_cache(maxsize=64)
def lexicons_for(*locales: str) -> tuple[Lexicon, ...]:
    """Load what a guest may write in: the guest's locale comes first ('pt-BR', 'de_AT'), then the business's (L4).

    Each one's own language, then its neighbours', at last the common ones.
    """
    own = [locale.replace("_", "-").split("-")[0].casefold() for locale in locales]
    wanted = [*own, *chain.from_iterable(map(neighbours_of, own)), *common_languages()]
    return tuple(load_lexicon(language) for language in dict.fromkeys(wanted) if language in available_languages())


def understand(text: str, lexicons: Sequence[Lexicon], context: Context) -> Reading:
    """Read *text* at once: `propose`, then `resolve`."""
    return resolve(propose(text, lexicons, context.performers), context)


def resolve(proposals: Proposals, context: Context) -> Reading:
    """Read *proposals* against *context*: what is true now. Fast: to be called inside the transaction."""
    return decide(proposals, context)


def propose(text: str, lexicons: Sequence[Lexicon], performers: Sequence[str], *, guest: str = "") -> Proposals:
    """Read *text* in whichever of *lexicons* knows most of its words. Linear, capped, never raises (SPEC L1).

    *guest* is the name of whoever wrote it: where it stands in the text, it is no unknown word.
    """
    return trace(text, lexicons, performers, guest=guest).proposals


def trace(text: str, lexicons: Sequence[Lexicon], performers: Sequence[str], *, guest: str = "") -> Trace:
    """Do what `propose` does, and keep what was found on the way."""
    tokens = tokenize(text)
    beginning = tokens[:TELLING]
    words = sum(token.kind == "word" for token in beginning)
    best: tuple[int, Lexicon, tuple[Mark, ...]] | None = None
    for lexicon in lexicons:
        marks = mark(beginning, lexicon, performers)
        known = known_words(marks)
        if best is None or known > best[0]:
            best = known, lexicon, marks

        if known >= words:
            break

    if best is None:
        return Trace(text, Proposals(content=bool(tokens), doubts=(Doubt("no language"),)))

    _, lexicon, marks = best
    if len(tokens) > len(beginning):
        marks = mark(tokens, lexicon, performers)

    return _trace(text, _knowing(marks, guest), lexicon, performers)


def _is_strange(marks: Sequence[Mark]) -> bool:
    """Whether most words are of no language that was tried: what they make of a clock time cannot be told."""
    unknown = sum(each.token.kind == "word" and each.has(UNKNOWN) for each in marks)
    return unknown > max(1, known_words(marks))


def _knowing(marks: Sequence[Mark], guest: str) -> tuple[Mark, ...]:
    """Make the guest's own name, where it is no other word as well, say nothing."""
    if not guest:
        return tuple(marks)

    own = {word.text for word in tokenize(guest)}
    return tuple(
        replace(each, meanings=(("filler", 0),)) if each.has(UNKNOWN) and each.text in own else each for each in marks
    )


def _trace(text: str, marks: Sequence[Mark], lexicon: Lexicon, performers: Sequence[str]) -> Trace:
    said_clauses = clauses_of(marks)
    clauses = without_names(said_clauses)
    read = [(clause, read_times(clause.marks, lexicon)) for clause in clauses]
    said = [each for number, (clause, items) in enumerate(read) for each in stances_of(clause, items, number)]
    said = _on_the_way(_linked(said, read), read)
    instead = _asked_instead(said, read)
    said = [replace(each, role="wish") if each in instead else each for each in said]
    mere = _only_mentioned(said, read)
    acts = tuple(act for number, (clause, items) in enumerate(read) for act in acts_of(clause, items, number))
    wished = {
        index: number
        for number, (clause, items) in enumerate(read)
        for index in performers_of(clause, items)
        if not _asks_about_performer(clause, items)
    }
    doubts = [*_doubts(said, read)]
    doubts.extend(Doubt("only asked", each.clause) for each in instead)
    if len(wished) > 1:
        doubts.append(Doubt("several performers"))

    if _is_strange(marks):
        doubts.append(Doubt("another language"))

    if mere and not (acts_beyond_manners(acts) or wished):
        said = [Said(each.found, "wish", each.clause, each.linked) for each in said]
        doubts.append(Doubt("only mentioned"))

    wishing = [each.clause for each in _in_role(said, "wish")]
    wishes, rejected = gather(_in_role(said, "wish")), _clause_by_clause(_in_role(said, "rejected"))
    if rejected and any(clause.has("except") for clause in clauses) and not any(wish.days for wish in wishes):
        wishes = any_day_but(rejected, wishes)

    proposals = Proposals(
        language=lexicon.language,
        acts=acts,
        wishes=wishes,
        own=gather(_in_role(said, "own")),
        rejected=rejected,
        mentioned=gather(_in_role(said, "mentioned")),
        unclear=gather([each for each in _in_role(said, "mentioned") if not is_plain_remark(*read[each.clause])]),
        wishing=tuple(dict.fromkeys((*wishing, *wished.values()))),
        refusing=tuple(each.clause for each in _in_role(said, "rejected")),
        corrected=max((n for n, clause in enumerate(clauses) if any(map(is_correction, clause.marks))), default=-1),
        choices=_choices(read),
        asked=any(clause.asks and (n in wishing or _points(clause, items)) for n, (clause, items) in enumerate(read)),
        asked_about=any(_is_only_asked(clause, items) for clause, items in read),
        performer=performers[next(iter(wished))] if len(wished) == 1 else None,
        question=any(is_for_a_person(clause, items) for clause, items in read),
        content=any(_has_content(clause) for clause in clauses),
        month_first_words=any(clause.has("other_date_order") for clause in clauses),
        others_named=tuple(performers[index] for index in _named(said_clauses) if index not in wished),
        doubts=_few(doubts),
        why=_why(said, acts),
    )
    return Trace(text, proposals, tuple(read), tuple(said))


def _doubts(said: Sequence[Said], read: Sequence[tuple[Clause, Sequence[Item]]]) -> Iterable[Doubt]:
    wishing = {each.clause for each in said if each.role == "wish"}
    for number, (clause, items) in enumerate(read):
        yield from doubts_of(read, number, wishes=number in wishing, wants=any(performers_of(clause, items)))

    if is_left_corrected(read):
        yield Doubt("correction")


def _few(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Name each doubt once; where there are too many to name, everything is in doubt."""
    once = tuple(dict.fromkeys(doubts))
    return once if len(once) <= MOST_DOUBTS else (Doubt("much is unclear"), *once[: MOST_DOUBTS - 1])


def _points(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether a clause names an offered choice or a performer."""
    return any(choices_of(items)) or bare_number(clause) is not None or any(performers_of(clause, items))


def _asks_about_performer(clause: Clause, items: Sequence[Item]) -> bool:
    """'Is Ana in then?', but not 'could I have Ana?', 'Ana on Friday?', 'with Ana?'."""
    named = any(isinstance(item, Found) for item in items)
    return clause.asks and not (named or clause.has("with", "instead_of") or _is_requested(clause))


def _is_only_asked(clause: Clause, items: Sequence[Item]) -> bool:
    """Whether a clause asks about an offered choice or a performer rather than for it."""
    if not clause.asks or _is_requested(clause):
        return False

    if any(performers_of(clause, items)):
        return not clause.has("with", "instead_of", "ask", "works")

    return any(choices_of(items)) or bare_number(clause) is not None


def _is_requested(clause: Clause) -> bool:
    return any(mark.has("ask") and not mark.has("filler") for mark in clause.marks)


def _has_content(clause: Clause) -> bool:
    """Whether a clause says something beyond manners and times."""
    return clause.asks or any(mark.has("plain", "query", UNKNOWN) and not mark.has("filler") for mark in clause.marks)


def _only_mentioned(said: Sequence[Said], read: Sequence[tuple[Clause, Sequence[Item]]]) -> bool:
    """Whether times are named with next to nothing else: more likely a wish than a remark, but never surely."""
    if not said or any(each.role != "mentioned" for each in said):
        return False

    spoken = [items for number, (_, items) in enumerate(read) if any(each.clause == number for each in said)]
    remarks = (clause for clause, items in read if not _is_manners(items))
    return all(loose_words(items) <= 1 for items in spoken) and not any(clause.has(*REMARKS) for clause in remarks)


def _asked_instead(said: Sequence[Said], read: Sequence[tuple[Clause, Sequence[Item]]]) -> list[Said]:
    """Return the times that somebody asks about who rules another out: "Not Wednesday. Is Thursday free?" wishes it."""
    if not any(each.role == "rejected" for each in said) or any(each.role == "wish" for each in said):
        return []

    asking = {
        number
        for number, (clause, items) in enumerate(read)
        if clause.asks and loose_words(items) <= MOST_LOOSE and not clause.has(*REMARKS)
    }
    return [each for each in said if each.role == "mentioned" and each.clause in asking]


def _is_manners(items: Sequence[Item]) -> bool:
    return all(isinstance(item, Mark) and item.has("thanks", "greeting", "sign_off", "filler") for item in items)


def _clause_by_clause(said: Sequence[Said]) -> tuple[Wish, ...]:
    """Gather times that go together only where they are said together: two refusals do not narrow each other."""
    clauses = dict.fromkeys(each.clause for each in said)
    return tuple(wish for number in clauses for wish in gather([each for each in said if each.clause == number]))


def _in_role(said: Sequence[Said], role: Role) -> list[Said]:
    return [each for each in said if each.role == role]


def _on_the_way(said: Sequence[Said], read: Sequence[tuple[Clause, Sequence[Item]]]) -> list[Said]:
    """Who is late says when they come: that is no wish, unless they ask for it."""
    if not any(clause.has("late") for clause, _ in read):
        return list(said)

    asked = {number for number, (clause, _) in enumerate(read) if clause.asks or clause.has("ask", "works", *MOVING)}
    return [replace(each, role="mentioned") if each.clause not in asked else each for each in said]


def _linked(said: Sequence[Said], read: Sequence[tuple[Clause, Sequence[Item]]]) -> list[Said]:
    """Carry a correction or an 'or' that stands in a clause of its own over to the next time."""
    carried = {
        number: "fix" if clause.has("correction") else "or"
        for number, (clause, items) in enumerate(read)
        if all(isinstance(item, Mark) and item.has("correction", "or", "filler", "no", "yes") for item in items)
        and clause.has("correction", "or")
    }
    linked: list[Said] = []
    seen: set[int] = set()
    for each in said:
        link = carried.get(each.clause - 1, "") if each.clause not in seen else ""
        seen.add(each.clause)
        linked.append(each if each.linked or not link else Said(each.found, each.role, each.clause, link))

    return linked


def _choices(read: Sequence[tuple[Clause, Sequence[Item]]]) -> tuple[Choice, ...]:
    choices = [replace(choice, clause=place) for place, (_, items) in enumerate(read) for choice in choices_of(items)]
    for place, (clause, _) in enumerate(read):
        number = bare_number(clause)
        if number is not None:
            choices.append(Choice(number=number, bare=True, alone=not clause.has("ask", "works"), clause=place))

    return tuple(choices)


def _named(clauses: Sequence[Clause]) -> Iterable[int]:
    """Return the performers who are named anywhere but in a greeting, or where a letter ends."""
    spoken = [clause for clause in clauses if not clause.marks[0].has("greeting", "thanks", "sign_off")]
    ended = len(spoken) > 1 and spoken[-1].starts_line
    found = (mark.value("performer") for clause in spoken[: -1 if ended else None] for mark in clause.marks)
    return dict.fromkeys(index for index in found if index is not None)


def _why(said: Sequence[Said], acts: Sequence[Act]) -> tuple[str, ...]:
    times = [f"{each.role}: {each.found.text}" for each in said]
    return (*times, *dict.fromkeys(f"{act.kind}{' (weak)' if act.weak else ''}" for act in acts))
