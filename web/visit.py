"""One request to a booking's page: whose booking it is, what its form said, and proof that the form was ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import parse_qsl, quote

from aiohttp import web

from core import queries, selfservice, tokens
from core.buckets import AT_ONCE
from core.manage_link import token_of
from web.shown import voice_of
from web.site import SITE, locale_of, too_many

if TYPE_CHECKING:
    from datetime import datetime

    from core.model import Dossier
    from core.selfservice import Standing
    from core.store.engine import Tx
    from web.shown import Voice
    from web.site import Site

Found = TypeVar("Found", covariant=True)  # noqa: PLC0105 it is what is found

MOST_FIELDS = 20
"""Fields of one form: ours have five at most."""

FORM_SECONDS = 10.0
"""How long a form may take to arrive."""


class Look(Protocol[Found]):
    """What is looked at in one transaction; None means that the booking is gone."""

    def __call__(self, tx: Tx, *, booking_id: int, now: datetime) -> Found | None:
        """Look at this booking as of *now*."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that holds a booking's token. `token_random` is its secret part."""

    site: Site
    request: web.Request
    token_random: str

    async def standing(self) -> Standing:
        """Return how the booking stands now; HTTPNotFound for a token that opens nothing."""
        return self._found(await self.site.store.glance(partial(self._see, selfservice.standing)))

    async def see(self, look: Look[Found]) -> Found:
        """Return what *look* finds now, in one reading; HTTPNotFound for a token that opens nothing."""
        return self._found(await self.site.store.read(partial(self._see, look)))

    @staticmethod
    def _found(found: Found | None) -> Found:
        if found is None:
            raise web.HTTPNotFound

        return found

    def locale(self, dossier: Dossier) -> str:
        """Return the locale to speak in: the guest's if there are words for it, else the browser's (SPEC L4)."""
        return locale_of(self.site, self.request, dossier.booking.guest.locale)

    def voice(self, standing: Standing) -> Voice:
        """Return how the guest is spoken to here."""
        return voice_of(self.site.phrases, standing.dossier, standing.now, self.locale(standing.dossier))

    def _see(self, look: Look[Found], tx: Tx) -> Found | None:
        booking_id = queries.find_by_token(tx, self.token_random)
        return None if booking_id is None else look(tx, booking_id=booking_id, now=self.site.clock())


async def find_visit(request: web.Request) -> Visit:
    """Return whose token is in the address.

    Raises:
        HTTPNotFound: we did not sign it (CONTRACT "Web").
        HTTPTooManyRequests: this booking's forms came too often, whoever sent them (SPEC L3).
    """
    site = request.app[SITE]
    random_part = tokens.read_token(request.match_info["token"], site.keys)
    if random_part is None:
        raise web.HTTPNotFound

    if request.method == "POST" and (wait := site.limits.booking_posts.take(random_part, site.clock())) > AT_ONCE:
        raise too_many(wait)

    return Visit(site, request, random_part)


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a posted form; of what no browser sends for our forms, nothing.

    Raises:
        HTTPRequestEntityTooLarge: it is longer than `LARGEST_FORM`.
        HTTPRequestTimeout: it does not come.
        HTTPBadRequest: it breaks off.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        return {}

    try:
        async with asyncio.timeout(FORM_SECONDS):
            body = await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise web.HTTPBadRequest from error

    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def page_paths(site: Site, standing: Standing) -> dict[str, str]:
    """Return where the booking's pages are: with its own slug, and its token in the one form (SPEC T3)."""
    slug = quote(standing.dossier.business.slug, safe="")
    token = token_of(standing.dossier.booking, site.keys)
    return {name: f"/b/{slug}/{name}/{token}" for name in ("manage", "reschedule", "cancel", "ask", "calendar")}


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
