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
    from web.look import Look

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent.parent / "templates"

LARGEST_FORM = 16 * 1024
"""Bytes of one form: ours are far smaller."""

HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
"""On every answer, beside the policy: no frame, and the address with its token goes nowhere (SPEC T5)."""

_TROUBLES = {404: "page.not_found", 413: "page.too_large"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made of. `keys` verify tokens and forms; `woken` is set after a change that sends mail.

    `reply_domain` and `telegram_bot` are where a guest can go on instead (SPEC T3); None for what is not configured.
    """

    store: Store
    phrases: Phrases
    keys: tuple[str, ...]
    clock: Callable[[], datetime]
    woken: asyncio.Event
    templates: Environment
    reply_domain: str | None = None
    telegram_bot: str | None = None


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


def render(
    site: Site, name: str, values: Mapping[str, Any], *, look: Look | None = None, status: int = 200
) -> web.Response:
    """Return the page *name* with *values*, in the look of a business if it is one's page."""
    text = site.templates.get_template(f"web/{name}.html.j2").render({**values, "look": look})
    response = web.Response(text=text, content_type="text/html", status=status)
    if look is not None:
        response.headers["Content-Security-Policy"] = security_policy(
            look.style.source, look.logo_origin or "", script="'self'"
        )

    return response


def render_trouble(site: Site, key: str, status: int, **values: str) -> web.Response:
    """Return a page that says only what *key* says: nothing of ours inside shows."""
    locale = site.phrases.fallback
    said = site.phrases.say(key, locale, ZoneInfo("UTC"), **values)
    return render(site, "plain", {"language": html_language(locale), "title": said}, status=status)


def security_policy(style: str = "", images: str = "", *, script: str = "'none'") -> str:
    """Return the Content-Security-Policy of a page: no frame; *style*, *images* and *script* are sources more."""
    sources = {
        "default-src": "'none'",
        "script-src": script,
        "style-src": f"'self' {style}",
        "img-src": f"'self' {images}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{directive} {allowed.strip()}" for directive, allowed in sources.items())


def html_language(name: str) -> str:
    """Return the name of one of our languages as HTML writes it."""
    return name.replace("_", "-")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-cache")  # asked again each time, and answered 304

    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)

    response.headers.setdefault("Content-Security-Policy", security_policy())
    response.headers["Server"] = "Rebook"  # not which version of what


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what went wrong in plain words: the one catch of this door (DESIGN rule 3)."""
    site = request.app[SITE]
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 a redirect is an answer
            raise

        key = _TROUBLES.get(error.status, "page.refused")
        answer = render_trouble(site, key, error.status)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]

        return answer
    except StoreUnavailable:
        answer = render_trouble(site, "page.try_again", 503)
        answer.headers["Retry-After"] = "5"
        return answer
    except Exception:
        error_id = uuid4().hex[:8]
        log.exception("page failed", extra={"error_id": error_id})
        return render_trouble(site, "page.broken", 500, error_id=error_id)
