"""Writing to the business from the page: what the page cannot do, and what it refuses, a person may (SPEC R5, F8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from core import selfservice
from core.asking import LONGEST_QUESTION, ask, count_asked
from core.plain_text import many_lines
from web.booking_page import booking_page
from web.site import LARGEST_FORM
from web.visit import check_form, find_visit, form_for, page_paths, read_form

if TYPE_CHECKING:
    from datetime import datetime

    from core.selfservice import Standing
    from core.store.engine import Tx
    from web.visit import Visit

PURPOSE = "ask"

Trouble = Literal["empty", "too_long", "too_much"]
"""Why a message was not taken; the guest's words stay on the page."""

_STATUS: dict[Trouble, int] = {"empty": 200, "too_long": 200, "too_much": 429}


@dataclass(frozen=True, slots=True)
class _Asking:
    """How the booking stands, and how many messages were taken from its page: what a form of it says of itself."""

    standing: Standing
    asked: int


def add_asking(app: web.Application) -> None:
    """Add the page to *app*."""
    path = r"/b/{slug}/ask/{token}{_:/?}"
    app.router.add_get(path, show_asking)
    app.router.add_post(path, do_ask)


async def show_asking(request: web.Request) -> web.Response:
    """Show where to write, and who will read it; after a message was passed on, say so."""
    visit = await find_visit(request)
    asking = await visit.see(_look)
    return _page(visit, asking, is_done="sent" in request.query and asking.asked > 0)


async def do_ask(request: web.Request) -> web.StreamResponse:
    """Pass the guest's words on, once."""
    visit = await find_visit(request)
    form = await read_form(request)
    asking = await visit.see(_look)
    if check_form(visit.site, asking.standing, PURPOSE, form) is None:
        raise web.HTTPForbidden

    words = many_lines(form.get("words", ""), LARGEST_FORM)
    trouble = _trouble_of(words) or await _pass_on(visit, asking, words, form.get("asked", ""))
    if trouble is not None:
        return _page(visit, asking, trouble=trouble, words=words)

    path = page_paths(visit.site, asking.standing)["ask"]
    return web.Response(status=303, headers={"Location": f"{path}?sent=1"})


def masked_address(address: str) -> str:
    """Return an e-mail address that its owner knows again and nobody else can use: `j•••@g•••.example`."""
    local, _, domain = address.rpartition("@")
    first, dot, last = domain.rpartition(".")
    return f"{local[:1]}•••@{(first or last)[:1]}•••{dot}{last if first else ''}"


async def _pass_on(visit: Visit, asking: _Asking, words: str, after: str) -> Trouble | None:
    site, booking_id = visit.site, asking.standing.dossier.booking.id
    outcome = await site.store.write(
        partial(ask, booking_id=booking_id, words=words, after=after, now=site.clock()),
    )
    match outcome:
        case "gone":
            raise web.HTTPNotFound
        case "too_much":
            return "too_much"
        case "passed_on":
            site.woken.set()
            return None


def _trouble_of(words: str) -> Trouble | None:
    if not words:
        return "empty"

    return "too_long" if len(words) > LONGEST_QUESTION else None


def _look(tx: Tx, *, booking_id: int, now: datetime) -> _Asking | None:
    standing = selfservice.standing(tx, booking_id, now)
    return None if standing is None else _Asking(standing, count_asked(tx, booking_id))


def _page(
    visit: Visit, asking: _Asking, *, trouble: Trouble | None = None, words: str = "", is_done: bool = False
) -> web.Response:
    standing = asking.standing
    values = {
        "answered_at": masked_address(standing.dossier.booking.guest.email),
        "form": form_for(visit.site, standing, PURPOSE),
        "asked": asking.asked,
        "longest": LONGEST_QUESTION,
        "trouble": trouble,
        "words": words,
        "is_done": is_done,
    }
    status = 200 if trouble is None else _STATUS[trouble]
    return booking_page(visit, standing, "ask", values, status=status)
