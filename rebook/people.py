"""Performers and services as someone at a terminal names them."""

from __future__ import annotations

from core.model import Business, Performer, Service
from core.queries import load_performers, load_services
from core.store.engine import Tx
from rebook.failure import Failed


def find_performer(tx: Tx, business: Business, words: str) -> Performer:
    """Return the performer with this key or name, whatever its case. Raises Failed."""
    performers = load_performers(tx, business.id)
    wanted = words.strip().casefold()
    for match in (
        [one for one in performers if one.key == words],
        [one for one in performers if one.key.casefold() == wanted],
        [one for one in performers if one.name.casefold() == wanted],
    ):
        if len(match) == 1:
            return match[0]

    known = ", ".join(f"{one.key} ({one.name})" for one in performers)
    raise Failed(f"there is no one performer {words!r}; there are {known or 'none'}")


def find_service(tx: Tx, business: Business, key: str) -> Service:
    """Return the service with this key. Raises Failed."""
    services = load_services(tx, business.id)
    for service in services:
        if service.key == key:
            return service

    raise Failed(f"there is no service {key!r}; there are {', '.join(one.key for one in services) or 'none'}")
