"""The guest's pages: the booking, a new time for it, cancelling it. GET shows, POST does (SPEC T3, T6)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from core import selfservice
from core.model import Slot
from core.refusal import Refusal
from core.store.engine import LawBroken
from core.turns import Cancel, Move, Undo
from web.booking_page import booking_page
from web.offers import offer, shown_times
from web.shown import cancel_words, shown_refusal, ways_on
from web.times import see_suggestions, see_times
from web.visit import check_form, find_visit, form_for, page_paths, read_form
from web.wish import read_wish

if TYPE_CHECKING:
    from core.bookings import Changed
    from core.selfservice import Standing
    from core.turns import Command
    from web.shown import ShownRefusal, Voice
    from web.times import Seen
    from web.visit import Visit
    from web.wish import Wish


def add_pages(app: web.Application) -> None:
    """Add the guest's pages to *app*. The slug in the address is decoration (SPEC T3)."""
    for name, show, do in (
        ("manage", show_booking, do_undo),
        ("reschedule", show_times, do_move),
        ("cancel", show_cancel, do_cancel),
    ):
        path = rf"/b/{{slug}}/{name}/{{token}}{{_:/?}}"
        app.router.add_get(path, show)
        app.router.add_post(path, do)


async def show_booking(request: web.Request) -> web.Response:
    """Show the booking as it is now, what was just done with it, and what can be done."""
    visit = await find_visit(request)
    standing = await visit.standing()
    undo = None if standing.undo_until is None else form_for(visit.site, standing, "undo")
    voice = visit.voice(standing)
    values = {
        "undo": undo,
        "just": standing.just,
        "done": standing.just and voice.say(f"page.done_{standing.just}", start=standing.dossier.booking.start),
        "undo_until": None if standing.undo_until is None else voice.clock_beside(standing.undo_until),
        "undo_ends": standing.undo_until and standing.undo_until.isoformat(),
        "ways": _ways(visit, voice, standing),
    }
    return booking_page(visit, standing, "manage", values)


async def show_times(request: web.Request) -> web.Response:
    """Show free times, or, where one is chosen in the address, the summary to confirm; or the reason why not."""
    visit = await find_visit(request)
    wish = read_wish(request.query)
    seen = await visit.see(partial(see_times, wish=wish))
    standing = seen.standing
    if standing.cannot_move is not None:
        return _refusal_page(visit, standing, standing.cannot_move)

    if seen.times is None and seen.chosen is not None:
        return _summary_page(visit, standing, seen.chosen)

    return _times_page(visit, seen, wish)


async def show_cancel(request: web.Request) -> web.Response:
    """Ask before cancelling, other times first, or give the reason why that is not possible here."""
    visit = await find_visit(request)
    standing, slots = await visit.see(see_suggestions)
    voice = visit.voice(standing)
    if standing.cannot_cancel is not None:
        return _refusal_page(visit, standing, standing.cannot_cancel, cancel_words(voice, standing))

    performers = standing.dossier.performers.values()
    values = {
        "is_paid": standing.dossier.booking.payment == "paid",
        "form": form_for(visit.site, standing, "cancel"),
        "suggested": [
            time._replace(day=voice.short_day(slot.start))
            for slot, time in zip(slots, shown_times(voice, standing, slots, performers), strict=True)
        ],
    }
    return booking_page(visit, standing, "cancel", values)


async def do_move(request: web.Request) -> web.StreamResponse:
    """Move the booking to the time that the summary showed; where that cannot be had any more, show others."""
    visit = await find_visit(request)
    form, version, standing = await _posted(visit, "move")
    wish = read_wish(form)
    outcome: Changed | Refusal = Refusal("slot_taken")
    if wish.start is not None:
        length = standing.dossier.booking.end - standing.dossier.booking.start
        performer_id = wish.performer_id or standing.dossier.booking.performer_id
        outcome = await _press(visit, standing, Move(Slot(wish.start, wish.start + length, performer_id)), version)

    if not isinstance(outcome, Refusal):
        return _go_to_booking(visit, standing)

    seen = await visit.see(partial(see_times, wish=wish, refused=outcome))
    if seen.standing.cannot_move is not None:
        return _refusal_page(visit, seen.standing, seen.standing.cannot_move)

    return _times_page(visit, seen, wish, told_team=outcome.code == "performer_chosen")


async def do_cancel(request: web.Request) -> web.StreamResponse:
    """Cancel the booking."""
    visit = await find_visit(request)
    _, version, standing = await _posted(visit, "cancel")
    outcome = await _press(visit, standing, Cancel(), version)
    if isinstance(outcome, Refusal):
        return _refusal_page(visit, await visit.standing(), outcome)

    return _go_to_booking(visit, standing)


async def do_undo(request: web.Request) -> web.StreamResponse:
    """Take the guest's last change back."""
    visit = await find_visit(request)
    _, version, before = await _posted(visit, "undo")
    outcome = await _press(visit, before, Undo(), version)
    if not isinstance(outcome, Refusal):
        return _go_to_booking(visit, before)

    standing = await visit.standing()
    booking = standing.dossier.booking
    if outcome.code != "stale" or booking.version != version:
        return _refusal_page(visit, standing, outcome)

    key = "page.undo_late" if booking.is_open else "page.undo_late_cancelled"
    return _refusal_page(visit, standing, outcome, visit.voice(standing).say(key, start=booking.start))


async def _posted(visit: Visit, purpose: str) -> tuple[dict[str, str], int, Standing]:
    """Return the form, the version it was shown with, and the standing; HTTPForbidden for one that is not ours."""
    form = await read_form(visit.request)
    standing = await visit.standing()
    version = check_form(visit.site, standing, purpose, form)
    if version is None:
        raise web.HTTPForbidden

    return form, version, standing


async def _press(visit: Visit, standing: Standing, command: Command, version: int) -> Changed | Refusal:
    site, booking_id = visit.site, standing.dossier.booking.id
    done = partial(selfservice.press, booking_id=booking_id, command=command, version=version, now=site.clock())
    try:
        outcome = await site.store.write(done)
    except LawBroken:  # another process was faster than the check before the write
        return Refusal("slot_taken")

    site.woken.set()
    return outcome


def _go_to_booking(visit: Visit, standing: Standing) -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": page_paths(visit.site, standing)["manage"]})


def _times_page(visit: Visit, seen: Seen, wish: Wish, *, told_team: bool = False) -> web.Response:
    standing, times = seen.standing, seen.times
    if times is None:  # nothing else can be had, so there is a reason; `see_times` sees to it
        raise web.HTTPNotFound

    voice = visit.voice(standing)
    path = page_paths(visit.site, standing)["reschedule"]
    start = standing.dossier.booking.start
    values = {
        "offer": offer(voice, standing, times, wish, path),
        "refusal": _shown_reason(voice, seen, told_team=told_team),
        "note": voice.say("already", start=start) if seen.is_present and seen.refusal is None else None,
    }
    return booking_page(visit, standing, "reschedule", values)


def _shown_reason(voice: Voice, seen: Seen, *, told_team: bool) -> ShownRefusal | None:
    """Return why the time that was asked for cannot be had; other times stand below it."""
    if seen.refusal is None:
        return None

    dossier = seen.standing.dossier
    is_of_performer = seen.refusal.code == "performer_chosen"
    untold = is_of_performer and not told_team
    words = voice.say("page.own_performer", performer=dossier.performer.name) if untold else None
    return shown_refusal(voice, dossier, seen.refusal, words, with_contact=is_of_performer)


def _summary_page(visit: Visit, standing: Standing, slot: Slot) -> web.Response:
    dossier = standing.dossier
    voice = visit.voice(standing)
    is_own = slot.performer_id == dossier.booking.performer_id
    values = {
        "old": voice.spans(dossier.booking.start, dossier.booking.end),
        "new": voice.spans(slot.start, slot.end),
        "leaf": voice.leaf(slot.start),
        "start": slot.start.astimezone(dossier.business.zone).isoformat(),
        "performer_id": slot.performer_id,
        "performer": None if is_own else dossier.performers[slot.performer_id].name,
        "is_paid": dossier.booking.payment == "paid",
        "form": form_for(visit.site, standing, "move"),
    }
    return booking_page(visit, standing, "summary", values)


def _refusal_page(visit: Visit, standing: Standing, refusal: Refusal, words: str | None = None) -> web.Response:
    voice = visit.voice(standing)
    return booking_page(visit, standing, "refusal", {"refusal": shown_refusal(voice, standing.dossier, refusal, words)})


def _ways(visit: Visit, voice: Voice, standing: Standing) -> tuple[tuple[str, str], ...]:
    site, token = visit.site, page_paths(visit.site, standing)["manage"].rpartition("/")[2]
    return ways_on(voice, standing.dossier, token, mail=site.mail, telegram_bot=site.telegram_bot)
