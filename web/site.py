"""The site: what every page needs, and the headers and errors that all of them share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.store.engine import StoreUnavailable

if TYPE_CHECKING:
    from core.phrases import Phrases
    from core.store.engine import Store

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent.parent / "templates"

LARGEST_FORM = 16 * 1024
"""Bytes of one form: ours are far smaller."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
"""On every answer: no script, no frame, and the address with its token goes nowhere (SPEC T5)."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made of. `keys` verify tokens and forms; `woken` is set after a change that sends mail."""

    store: Store
    phrases: Phrases
    keys: tuple[str, ...]
    clock: Callable[[], datetime]
    woken: asyncio.Event
    templates: Environment


SITE: web.AppKey[Site] = web.AppKey("site", Site)


def page_templates(folder: Path = TEMPLATES) -> Environment:
    """Return the environment of the pages: everything is escaped, a name that is not given is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def new_site_app(site: Site) -> web.Application:
    """Return an application without routes: the shared headers, errors and limits."""
    app = web.Application(middlewares=[_guard], client_max_size=LARGEST_FORM)
    app[SITE] = site
    app.router.add_static("/static", TEMPLATES / "static")
    app.on_response_prepare.append(_add_headers)
    return app


def render(site: Site, name: str, values: Mapping[str, Any], *, status: int = 200) -> web.Response:
    """Return the page *name* with *values*."""
    text = site.templates.get_template(f"web/{name}.html.j2").render(values)
    return web.Response(text=text, content_type="text/html", status=status)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what went wrong in plain words: the one catch of this door (DESIGN rule 3)."""
    site = request.app[SITE]
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return render(site, "plain", _plain(site, "page.not_found"), status=404)
    except web.HTTPRequestEntityTooLarge:
        return render(site, "plain", _plain(site, "page.too_large"), status=413)
    except web.HTTPMethodNotAllowed as error:
        answer = render(site, "plain", _plain(site, "page.not_found"), status=405)
        answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except web.HTTPException:
        raise
    except StoreUnavailable:
        answer = render(site, "plain", _plain(site, "page.try_again"), status=503)
        answer.headers["Retry-After"] = "5"
        return answer
    except Exception:
        error_id = uuid4().hex[:8]
        log.exception("page failed", extra={"error_id": error_id})
        return render(site, "plain", _plain(site, "page.broken", error_id=error_id), status=500)


def _plain(site: Site, key: str, **values: str) -> dict[str, Any]:
    locale = site.phrases.fallback
    said = site.phrases.say(key, locale, ZoneInfo("UTC"), **values)
    return {"language": locale, "title": said, "accent": None}
