"""A booking as a file for the guest's own calendar: "add to calendar" (SPEC M5)."""

from __future__ import annotations

from aiohttp import web

from core.invitation import calendar_file
from web.visit import find_visit


def add_calendar_file(app: web.Application) -> None:
    """Add the file to *app*, at an address with or without `.ics`: some programs go by the name alone."""
    app.router.add_get(r"/b/{slug}/calendar/{token:[^/]+?}{_:(\.ics)?/?}", send_calendar_file)


async def send_calendar_file(request: web.Request) -> web.Response:
    """Send the booking as it is now; HTTPNotFound where no mail makes it the same event as in the mails."""
    visit = await find_visit(request)
    standing = await visit.standing()
    site, dossier = visit.site, standing.dossier
    key = dossier.booking.calendar_key
    if key is None or site.mail is None:
        raise web.HTTPNotFound

    headers = {
        "Content-Type": "text/calendar; charset=utf-8; method=PUBLISH",
        "Content-Disposition": f'attachment; filename="{dossier.booking.ref}.ics"',
    }
    content = calendar_file(dossier, site.mail.calendar(key), site.phrases, standing.now, home=site.mail.domain)
    return web.Response(body=content, headers=headers)
