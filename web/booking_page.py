"""One page about a booking: what all of them show, in the guest's words and the business's look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web.look import look_of
from web.shown import shown_page
from web.site import html_language, render
from web.visit import page_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from core.selfservice import Standing
    from web.visit import Visit


def booking_page(
    visit: Visit, standing: Standing, name: str, values: Mapping[str, Any], *, status: int = 200
) -> web.Response:
    """Return the page *name* about the booking as it stands, with its own *values*."""
    voice = visit.voice(standing)
    shown = {
        "language": html_language(visit.site.phrases.language(voice.locale)),
        "paths": page_paths(visit.site, standing),
        **shown_page(voice, standing),
        **values,
    }
    return render(visit.site, name, shown, look=look_of(standing.dossier.business.settings), status=status)
