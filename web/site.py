"""The site: what every page needs, and the headers and errors that all of them share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.buckets import AT_ONCE
from core.selfservice import TooManyChanges
from core.store.engine import StoreUnavailable
from web.language import locale_for, read_accept_language
from web.limits import Limits, client_of
from web.static_files import PREFIX, add_static_files, static_address

if TYPE_CHECKING:
    from core.phrases import Phrases
    from core.reply import Value
    from core.store.engine import Store
    from web.look import Look
    from web.shown import MailAddresses

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent.parent / "templates"

LARGEST_FORM = 32 * 1024
"""Bytes of one form: the longest message, in a script of three bytes a letter, each sent as nine."""

HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
"""On every answer, beside the policy: no frame, and the address with its token goes nowhere (SPEC T5)."""

_TROUBLES = {404: "page.not_found", 413: "page.too_large", 429: "page.too_many"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made of. `keys` verify tokens and forms; `woken` is set after a change that sends mail.

    `mail` and `telegram_bot` are where a guest can go on instead (SPEC T3); None for what is not configured.
    `limits` are what one client, and one booking, may ask for (SPEC L3).
    """

    store: Store
    phrases: Phrases
    keys: tuple[str, ...]
    clock: Callable[[], datetime]
    woken: asyncio.Event
    templates: Environment
    mail: MailAddresses | None = None
    telegram_bot: str | None = None
    limits: Limits = field(default_factory=Limits)


SITE: web.AppKey[Site] = web.AppKey("site", Site)


def page_templates(folder: Path = TEMPLATES) -> Environment:
    """Return the environment of the pages: everything is escaped, a name that is not given is an error.

    `static(name)` is there the address of a static file, which changes with its content.
    """
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["static"] = static_address
    return templates


def new_site_app(site: Site) -> web.Application:
    """Return an application without routes: the shared headers, errors and limits."""
    app = web.Application(middlewares=[_guard], client_max_size=LARGEST_FORM)
    app[SITE] = site
    add_static_files(app)
    app.on_response_prepare.append(_prepare)
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


def render_trouble(site: Site, key: str, status: int, *, locale: str | None = None, **values: Value) -> web.Response:
    """Return a page that says only what *key* says, in *locale*: nothing of ours inside shows."""
    spoken = locale or site.phrases.fallback
    said = site.phrases.say(key, spoken, ZoneInfo("UTC"), **values)
    language = html_language(site.phrases.language(spoken))
    return render(site, "plain", {"language": language, "title": said}, status=status)


def render_refused(site: Site, error: web.HTTPException, locale: str) -> web.Response:
    """Return the page that says in plain words why a request was refused, with what its sender can go by."""
    values: dict[str, Value] = {}
    if "Retry-After" in error.headers:
        values["minutes"] = ceil(int(error.headers["Retry-After"]) / 60)

    answer = render_trouble(site, _TROUBLES.get(error.status, "page.refused"), error.status, locale=locale, **values)
    for name in {"Allow", "Retry-After"} & error.headers.keys():
        answer.headers[name] = error.headers[name]

    return answer


def too_many(wait: timedelta) -> web.HTTPTooManyRequests:
    """Return what to raise when a limit is reached and *wait* must pass (RFC 6585 4, SPEC L3)."""
    return web.HTTPTooManyRequests(headers={"Retry-After": str(max(1, ceil(wait.total_seconds())))})


def client_behind(request: web.Request) -> str | None:
    """Return who sent *request*, as it is counted; None for who is not counted."""
    transport = request.transport
    peer = None if transport is None else transport.get_extra_info("peername")
    forwarded = request.headers.getall("X-Forwarded-For", [])
    return client_of(peer[0] if isinstance(peer, tuple) else None, forwarded, request.app[SITE].limits.trusted)


def locale_of(site: Site, request: web.BaseRequest, guest_locale: str | None = None) -> str:
    """Return the locale to speak in: the guest's if there are words for it, else the browser's (SPEC L4)."""
    return locale_for(site.phrases, guest_locale, read_accept_language(request.headers.get("Accept-Language", "")))


@lru_cache(maxsize=256)  # one for each look
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


def add_headers(response: web.StreamResponse) -> None:
    """Add what is on every answer, where it says nothing else."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)

    response.headers.setdefault("Content-Security-Policy", security_policy())
    response.headers["Server"] = "Rebook"  # not which version of what
    if response.content_type == "text/html":
        response.headers.setdefault("Vary", "Accept-Language")  # the browser's language counts (SPEC L4)


async def _prepare(_: web.Request, response: web.StreamResponse) -> None:
    add_headers(response)


def _count(site: Site, request: web.Request) -> None:
    """Count a request by its sender; HTTPTooManyRequests when it is one too many (SPEC L3)."""
    if request.path.startswith(PREFIX):
        return  # a file in memory costs less than counting it

    client = client_behind(request)
    if client is None:
        return

    now = site.clock()
    buckets = site.limits.posts if request.method == "POST" else site.limits.pages
    wait = max(buckets.take(client, now), site.limits.unknown.wait(client, now) if _has_token(request) else AT_ONCE)
    if wait > AT_ONCE:
        raise too_many(wait)


def _count_unknown(site: Site, request: web.Request) -> None:
    client = client_behind(request)
    if client is not None and _has_token(request):
        site.limits.unknown.take(client, site.clock())


def _has_token(request: web.Request) -> bool:
    return "token" in request.match_info


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what went wrong in plain words: the one catch of this door (DESIGN rule 3)."""
    site = request.app[SITE]
    try:
        _count(site, request)
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 a redirect is an answer
            raise

        if error.status == 404:  # noqa: PLR2004 not found
            _count_unknown(site, request)

        return render_refused(site, error, locale_of(site, request))
    except TooManyChanges as error:
        return render_refused(site, too_many(error.until - site.clock()), locale_of(site, request))
    except StoreUnavailable:
        answer = render_trouble(site, "page.try_again", 503, locale=locale_of(site, request))
        answer.headers["Retry-After"] = "5"
        return answer
    except Exception:
        error_id = uuid4().hex[:8]
        log.exception("page failed", extra={"error_id": error_id})
        return render_trouble(site, "page.broken", 500, locale=locale_of(site, request), error_id=error_id)
