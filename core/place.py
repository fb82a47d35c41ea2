"""Where a visit takes place, and what leads there (SPEC M1). Pure."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from core.model import Business, Service

MAP = "https://www.google.com/maps/search/"
"""Shows a place on the map; on a phone it opens the app (Google's "Maps URLs")."""


def place_of(service: Service, business: Business) -> str:
    """Return where the service is done, in their own words; empty for what is only online."""
    return service.location or ("" if service.online else business.address or "")


def place_link(place: str, *, online: bool) -> str | None:
    """Return where *place* leads: to itself if it is an address on the web, else to a map; None where nothing does."""
    if place.startswith("https://") and _is_plain(place):
        return place

    return f"{MAP}?{urlencode({'api': 1, 'query': place}, errors='replace')}" if place and not online else None


def _is_plain(url: str) -> bool:
    try:
        return urlsplit(url).hostname is not None and url.isprintable() and " " not in url
    except ValueError:
        return False
