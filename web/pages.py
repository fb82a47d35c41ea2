"""The guest's pages: the booking, a new time for it, cancelling it. GET shows, POST does (SPEC T3, T6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from core import queries, selfservice, tokens
from core.model import Slot
from core.refusal import Refusal
from core.turns import Cancel, Command, Move, Undo
from web.shown import shown_booking, shown_refusal, shown_times
from web.site import SITE, render

if TYPE_CHECKING:
    from core.selfservice import Standing
    from web.site import Site

MOST_TIMES = 40
"""Times on one page; more are a day's choice away."""

DAYS_AHEAD = 14
"""Days whose times the page shows at once."""

PURPOSE = "page"
"""What a form's token is for: it belongs to one booking and opens nothing else."""


def add_pages(app: web.Application) -> None:
    """Add the guest's pages to *app*. The slug in the address is decoration (SPEC T3)."""
    for name, show, do in (
        ("manage", show_booking, do_undo),
        ("reschedule", show_times, do_move),
        ("cancel", show_cancel, do_cancel),
    ):
        path = rf"/b/{{slug}}/{name}/{{token}}"
        app.router.add_get(path, show)
        app.router.add_post(path, do)


async def show_booking(request: web.Request) -> web.Response:
    """Show the booking as it is now and what can be done with it."""
    site, booking_id = await _found(request)
    standing = await _standing(site, booking_id)
    return _booking_page(site, request, standing)


async def show_times(request: web.Request) -> web.Response:
    """Show free times, or, where one is chosen in the address, the summary to confirm; or the reason why not."""
    site, booking_id = await _found(request)
    now = site.clock()
    found = await site.store.read(partial(selfservice.free_times, booking_id=booking_id, now=now))
    if found is None:
        raise web.HTTPNotFound

    standing, availability = found
    if standing.cannot_move is not None:
        return _refusal_page(site, request, standing, standing.cannot_move)

    slot = _chosen(request.query.get("start", ""), request.query.get("performer", ""), standing)
    if slot is not None and availability.has(slot.start, slot.performer_id):
        return _summary_page(site, request, standing, slot)

    booking = standing.dossier.booking
    slots = [one for one in availability.between(now, now + timedelta(days=DAYS_AHEAD)) if one.start != booking.start]
    if not slots:
        slots = list(availability.soonest(MOST_TIMES))

    refusal = Refusal("slot_taken") if slot is not None else None
    return _times_page(site, request, standing, tuple(slots[:MOST_TIMES]), refusal)


async def do_move(request: web.Request) -> web.StreamResponse:
    """Move the booking to the time that the summary showed."""
    site, booking_id, standing, form = await _posted(request)
    slot = _chosen(form.get("start", ""), form.get("performer", ""), standing)
    if slot is None:
        raise web.HTTPBadRequest(text="start")

    return await _press(site, request, booking_id, Move(slot), form)


async def show_cancel(request: web.Request) -> web.Response:
    """Ask before cancelling, or give the reason why that is not possible here."""
    site, booking_id = await _found(request)
    standing = await _standing(site, booking_id)
    if standing.cannot_cancel is not None:
        return _refusal_page(site, request, standing, standing.cannot_cancel)

    booking = standing.dossier.booking
    values = {"paid": booking.payment == "paid", "form": _form(site, standing)}
    return render(site, "cancel", shown_booking(site, request, standing) | values)


async def do_cancel(request: web.Request) -> web.StreamResponse:
    """Cancel the booking."""
    site, booking_id, _, form = await _posted(request)
    return await _press(site, request, booking_id, Cancel(), form)


async def do_undo(request: web.Request) -> web.StreamResponse:
    """Take the guest's last change back."""
    site, booking_id, _, form = await _posted(request)
    return await _press(site, request, booking_id, Undo(), form)


async def _press(
    site: Site, request: web.Request, booking_id: int, command: Command, form: dict[str, str]
) -> web.StreamResponse:
    version = int(form["version"]) if form.get("version", "").isdecimal() else -1
    done = partial(selfservice.press, booking_id=booking_id, command=command, version=version, now=site.clock())
    outcome = await site.store.write(done)
    site.woken.set()
    if isinstance(outcome, Refusal):
        standing = await _standing(site, booking_id)
        return _refusal_page(site, request, standing, outcome)

    raise web.HTTPSeeOther(f"/b/{request.match_info['slug']}/manage/{request.match_info['token']}?done={outcome.what}")


async def _found(request: web.Request) -> tuple[Site, int]:
    """Return the booking whose token is in the address; 404 for one that is not ours (CONTRACT "Web")."""
    site = request.app[SITE]
    random_part = tokens.read_token(request.match_info["token"], site.keys)
    if random_part is None:
        raise web.HTTPNotFound

    booking_id = await site.store.read(partial(queries.find_by_token, token_random=random_part))
    if booking_id is None:
        raise web.HTTPNotFound

    return site, booking_id


async def _posted(request: web.Request) -> tuple[Site, int, Standing, dict[str, str]]:
    """Return what a form of ours said; one that is not bound to this booking is refused (CSRF)."""
    site, booking_id = await _found(request)
    standing = await _standing(site, booking_id)
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    random_part = standing.dossier.booking.token_random or ""
    if not tokens.check_form_token(form.get("form", ""), random_part, PURPOSE, site.keys):
        raise web.HTTPForbidden(text="form")

    return site, booking_id, standing, form


async def _standing(site: Site, booking_id: int) -> Standing:
    found = await site.store.read(partial(selfservice.standing, booking_id=booking_id, now=site.clock()))
    if found is None:
        raise web.HTTPNotFound

    return found


def _chosen(start: str, performer: str, standing: Standing) -> Slot | None:
    """Return the slot that an address or a form names, or None if it names none that could be."""
    try:
        begin = datetime.fromisoformat(start).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

    if datetime.fromisoformat(start).tzinfo is None:
        return None

    own = standing.dossier.booking.performer_id
    performer_id = int(performer) if performer.isdecimal() and len(performer) < 10 else own  # noqa: PLR2004 ids are short
    return Slot(begin, begin + timedelta(minutes=standing.dossier.service.minutes), performer_id)


def _form(site: Site, standing: Standing) -> dict[str, str]:
    booking = standing.dossier.booking
    token = tokens.form_token(booking.token_random or "", PURPOSE, site.keys)
    return {"form": token, "version": str(booking.version)}


def _booking_page(site: Site, request: web.Request, standing: Standing) -> web.Response:
    values = {"form": _form(site, standing) if standing.undo_until is not None else None}
    return render(site, "manage", shown_booking(site, request, standing) | values)


def _summary_page(site: Site, request: web.Request, standing: Standing, slot: Slot) -> web.Response:
    values = {"chosen": shown_times(site, standing, (slot,))[0], "form": _form(site, standing)}
    return render(site, "summary", shown_booking(site, request, standing) | values)


def _times_page(
    site: Site, request: web.Request, standing: Standing, slots: tuple[Slot, ...], refusal: Refusal | None
) -> web.Response:
    values = {
        "times": shown_times(site, standing, slots),
        "refusal": None if refusal is None else shown_refusal(site, standing, refusal),
    }
    return render(site, "reschedule", shown_booking(site, request, standing) | values)


def _refusal_page(site: Site, request: web.Request, standing: Standing, refusal: Refusal) -> web.Response:
    values = {"refusal": shown_refusal(site, standing, refusal)}
    return render(site, "refusal", shown_booking(site, request, standing) | values)
