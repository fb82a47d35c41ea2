"""One request to a booking's page: whose booking it is, what its form said, and proof that the form was ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from aiohttp import web

from core import queries, selfservice, tokens
from core.manage_link import token_of
from web.site import SITE

if TYPE_CHECKING:
    from core.selfservice import Standing
    from core.slots import Availability
    from web.site import Site

MOST_FIELDS = 20
"""Fields of one form: ours have five at most."""

FORM_SECONDS = 10.0
"""How long a form may take to arrive."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that holds a booking's token."""

    site: Site
    request: web.Request
    booking_id: int

    async def standing(self) -> Standing:
        """Return how the booking stands now; HTTPNotFound when it is gone."""
        now = self.site.clock()
        found = await self.site.store.read(partial(selfservice.standing, booking_id=self.booking_id, now=now))
        if found is None or found.dossier.booking.token_random is None:
            raise web.HTTPNotFound

        return found

    async def free_times(self) -> tuple[Standing, Availability]:
        """Return the standing and what is free for the booking now; HTTPNotFound when it is gone."""
        now = self.site.clock()
        found = await self.site.store.read(partial(selfservice.free_times, booking_id=self.booking_id, now=now))
        if found is None or found[0].dossier.booking.token_random is None:
            raise web.HTTPNotFound

        return found


async def find_visit(request: web.Request) -> Visit:
    """Return whose token is in the address; HTTPNotFound for one that is not ours (CONTRACT "Web")."""
    site = request.app[SITE]
    random_part = tokens.read_token(request.match_info["token"], site.keys)
    if random_part is None:
        raise web.HTTPNotFound

    booking_id = await site.store.read(partial(queries.find_by_token, token_random=random_part))
    if booking_id is None:
        raise web.HTTPNotFound

    return Visit(site, request, booking_id)


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a posted form; of what no browser sends for our forms, nothing.

    Raises:
        HTTPRequestEntityTooLarge: it is longer than `LARGEST_FORM`.
        HTTPRequestTimeout: it does not come.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        return {}

    try:
        async with asyncio.timeout(FORM_SECONDS):
            body = await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error

    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def page_paths(site: Site, standing: Standing) -> dict[str, str]:
    """Return where the booking's pages are: with its own slug, and its token in the one form (SPEC T3)."""
    slug = quote(standing.dossier.business.slug, safe="")
    token = token_of(standing.dossier.booking, site.keys)
    return {name: f"/b/{slug}/{name}/{token}" for name in ("manage", "reschedule", "cancel")}


def form_for(site: Site, standing: Standing, purpose: str) -> dict[str, str]:
    """Return the hidden fields of a form that does *purpose*: good for this booking as it stands, for nothing else."""
    booking = standing.dossier.booking
    signed = tokens.form_token(booking.token_random or "", f"{purpose}:{booking.version}", site.keys)
    return {"form": signed, "version": str(booking.version)}


def check_form(site: Site, standing: Standing, purpose: str, form: dict[str, str]) -> int | None:
    """Return the version of the booking that the form was shown with; None for a form that is not ours (SPEC T6)."""
    version = form.get("version", "")
    random_part = standing.dossier.booking.token_random
    if random_part is None or not (version.isascii() and version.isdecimal() and len(version) < 10):  # noqa: PLR2004 far more than a booking changes
        return None

    if not tokens.check_form_token(form.get("form", ""), random_part, f"{purpose}:{version}", site.keys):
        return None

    return int(version)
