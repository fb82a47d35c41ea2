"""The guest's pages: the booking, a new time for it, cancelling it. GET shows, POST does (SPEC T3, T6)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from core import policy, selfservice
from core.refusal import Refusal
from core.store.engine import LawBroken
from core.turns import Cancel, Move, Undo
from web.look import look_of
from web.offers import Wish, offer, read_wish, slot_of
from web.shown import cancel_words, shown_booking, shown_refusal, voice_of
from web.site import html_language, render
from web.visit import check_form, find_visit, form_for, page_paths, read_form

if TYPE_CHECKING:
    from core.bookings import Changed
    from core.model import Slot
    from core.refusal import RefusalCode
    from core.selfservice import Standing
    from core.slots import Availability
    from core.turns import Command
    from web.shown import ShownRefusal
    from web.visit import Visit


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
    return _booking_page(visit, await visit.standing())


async def show_times(request: web.Request) -> web.Response:
    """Show free times, or, where one is chosen in the address, the summary to confirm; or the reason why not."""
    visit = await find_visit(request)
    standing, availability = await visit.free_times()
    if standing.cannot_move is not None:
        return _refusal_page(visit, standing, standing.cannot_move)

    wish = read_wish(request.query)
    slot = slot_of(wish, standing, availability)
    if slot is None:
        return _times_page(visit, standing, availability, wish)

    booking = standing.dossier.booking
    if (slot.start, slot.performer_id) == (booking.start, booking.performer_id):
        return _times_page(visit, standing, availability, wish, note="already")

    refusal = _of_slot(standing, availability, slot)
    if refusal is not None:
        return _times_page(visit, standing, availability, wish, refusal)

    return _summary_page(visit, standing, slot)


async def show_cancel(request: web.Request) -> web.Response:
    """Ask before cancelling, or give the reason why that is not possible here."""
    visit = await find_visit(request)
    standing = await visit.standing()
    if standing.cannot_cancel is not None:
        voice = voice_of(visit.site.phrases, standing.dossier, standing.now)
        return _refusal_page(visit, standing, standing.cannot_cancel, cancel_words(voice, standing))

    paid = standing.dossier.booking.payment == "paid"
    values = {"paid": paid, "form": form_for(visit.site, standing, "cancel")}
    return _page(visit, standing, "cancel", values)


async def do_move(request: web.Request) -> web.StreamResponse:
    """Move the booking to the time that the summary showed; where that cannot be had any more, show others."""
    visit = await find_visit(request)
    form, version, standing = await _posted(visit, "move")
    wish = read_wish(form)
    slot = slot_of(wish, standing)
    outcome = Refusal("slot_taken") if slot is None else await _press(visit, Move(slot), version)
    if not isinstance(outcome, Refusal):
        return _go_to_booking(visit, standing)

    standing, availability = await visit.free_times()
    if standing.cannot_move is not None:
        return _refusal_page(visit, standing, standing.cannot_move)

    return _times_page(visit, standing, availability, wish, outcome, told_team=outcome.code == "performer_chosen")


async def do_cancel(request: web.Request) -> web.StreamResponse:
    """Cancel the booking."""
    visit = await find_visit(request)
    _, version, standing = await _posted(visit, "cancel")
    outcome = await _press(visit, Cancel(), version)
    if isinstance(outcome, Refusal):
        return _refusal_page(visit, await visit.standing(), outcome)

    return _go_to_booking(visit, standing)


async def do_undo(request: web.Request) -> web.StreamResponse:
    """Take the guest's last change back."""
    visit = await find_visit(request)
    _, version, before = await _posted(visit, "undo")
    outcome = await _press(visit, Undo(), version)
    if not isinstance(outcome, Refusal):
        return _go_to_booking(visit, before)

    standing = await visit.standing()
    is_late = outcome.code == "stale" and standing.dossier.booking.version == version
    return _refusal_page(visit, standing, outcome, _words(visit, standing, "page.undo_late") if is_late else None)


async def _posted(visit: Visit, purpose: str) -> tuple[dict[str, str], int, Standing]:
    """Return the form, the version it was shown with, and the standing; HTTPForbidden for one that is not ours."""
    form = await read_form(visit.request)
    standing = await visit.standing()
    version = check_form(visit.site, standing, purpose, form)
    if version is None:
        raise web.HTTPForbidden

    return form, version, standing


async def _press(visit: Visit, command: Command, version: int) -> Changed | Refusal:
    site = visit.site
    done = partial(selfservice.press, booking_id=visit.booking_id, command=command, version=version, now=site.clock())
    try:
        outcome = await site.store.write(done)
    except LawBroken:  # another process was faster than the check before the write
        return Refusal("slot_taken")

    site.woken.set()
    return outcome


def _go_to_booking(visit: Visit, standing: Standing) -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": page_paths(visit.site, standing)["manage"]})


def _of_slot(standing: Standing, availability: Availability, slot: Slot) -> Refusal | None:
    """Return why the time chosen in an address cannot be confirmed; None if it can."""
    dossier = standing.dossier
    if availability.has(slot.start, slot.performer_id):
        return None

    return policy.can_choose_performer(dossier.booking, dossier.service, slot.performer_id) or Refusal(
        _code_of(availability, slot)
    )


def _code_of(availability: Availability, slot: Slot) -> RefusalCode:
    blocker = availability.why_not(slot.start, slot.performer_id)
    if blocker is None:
        return "busy"  # free, but off the grid (SPEC G11)

    return "slot_taken" if blocker == "busy" else blocker


def _page(visit: Visit, standing: Standing, name: str, values: dict[str, Any]) -> web.Response:
    site, dossier = visit.site, standing.dossier
    voice = voice_of(site.phrases, dossier, standing.now)
    shown = {
        "language": html_language(site.phrases.language(voice.locale)),
        "paths": page_paths(site, standing),
        **shown_booking(voice, standing),
        **values,
    }
    return render(site, name, shown, look=look_of(dossier.business.settings))


def _booking_page(visit: Visit, standing: Standing) -> web.Response:
    form = None if standing.undo_until is None else form_for(visit.site, standing, "undo")
    voice = voice_of(visit.site.phrases, standing.dossier, standing.now)
    until = None if standing.undo_until is None else voice.clock_beside(standing.undo_until)
    return _page(visit, standing, "manage", {"form": form, "just": standing.just, "undo_until": until})


def _times_page(
    visit: Visit,
    standing: Standing,
    availability: Availability,
    wish: Wish,
    refusal: Refusal | None = None,
    *,
    note: str | None = None,
    told_team: bool = False,
) -> web.Response:
    dossier = standing.dossier
    voice = voice_of(visit.site.phrases, dossier, standing.now)
    shown: ShownRefusal | None = None
    if refusal is not None:
        words = voice.say("page.own_performer", performer=dossier.performer.name)
        is_untold = refusal.code == "performer_chosen" and not told_team
        is_of_performer = refusal.code == "performer_chosen"
        shown = shown_refusal(voice, dossier, refusal, words if is_untold else None, with_contact=is_of_performer)

    values = {
        "offer": offer(voice, standing, availability, wish),
        "refusal": shown,
        "note": note and voice.say(note, start=dossier.booking.start),
    }
    return _page(visit, standing, "reschedule", values)


def _summary_page(visit: Visit, standing: Standing, slot: Slot) -> web.Response:
    dossier = standing.dossier
    voice = voice_of(visit.site.phrases, dossier, standing.now)
    is_own = slot.performer_id == dossier.booking.performer_id
    values = {
        "old": voice.spans(dossier.booking.start, dossier.booking.end),
        "new": voice.spans(slot.start, slot.end),
        "start": slot.start.astimezone(dossier.business.zone).isoformat(),
        "performer_id": slot.performer_id,
        "performer": None if is_own else dossier.performers[slot.performer_id].name,
        "form": form_for(visit.site, standing, "move"),
    }
    return _page(visit, standing, "summary", values)


def _refusal_page(visit: Visit, standing: Standing, refusal: Refusal, words: str | None = None) -> web.Response:
    voice = voice_of(visit.site.phrases, standing.dossier, standing.now)
    return _page(visit, standing, "refusal", {"refusal": shown_refusal(voice, standing.dossier, refusal, words)})


def _words(visit: Visit, standing: Standing, key: str) -> str:
    return voice_of(visit.site.phrases, standing.dossier, standing.now).say(key)
