"""What a business is besides its bookings, written from an import file: created or updated by key."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, insert, select, update

from core.owner import replan_reminders, resize_sessions
from core.queries import load_business, load_performers, load_services, load_staff
from core.settings import read_settings, write_settings
from core.store import tables as t
from core.store.engine import Prepared, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.import_file import ImportFile
    from core.model import Business, Service
    from core.store.engine import Tx


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the file's keys are in the database after it was written."""

    business: Business
    performers: Mapping[str, int]
    services: Mapping[str, Service]


def _update_of(table: Table, *columns: str) -> Prepared:
    changes: dict[str, Any] = {name: bindparam(name) for name in columns}
    return prepare(update(table).where(table.c.id == bindparam("of_id")).values(changes))


_FIND_BUSINESS = prepare(select(t.business.c.id).where(t.business.c.slug == bindparam("slug")))
_INSERT_BUSINESS = prepare(insert(t.business))
_UPDATE_BUSINESS = _update_of(t.business, "name", "zone", "locale", "email", "phone", "address", "settings")
_INSERT_PERFORMER = prepare(insert(t.performer))
_UPDATE_PERFORMER = _update_of(t.performer, "name", "email", "hours")
_INSERT_STAFF = prepare(insert(t.staff))
_UPDATE_STAFF = _update_of(t.staff, "name", "email", "role", "performer_id", "slack", "telegram")
_INSERT_SERVICE = prepare(insert(t.service))
_UPDATE_SERVICE = _update_of(
    t.service,
    *("name", "minutes", "buffer_before", "buffer_after", "performers", "location", "online", "is_group", "seats"),
)


def write_catalogue(tx: Tx, file: ImportFile, now: datetime) -> Catalogue:
    """Create or update business, performers, team and services; what the file leaves out stays as it is.

    Settings that the file does not give keep what the owner made of them (SPEC F0). Changing a service's buffers or
    length rewrites no booking (SPEC V2); a group service's seats count for its sessions to come, too.
    """
    business_id = _write_business(tx, file, now)
    performers = _write_performers(tx, file, business_id)
    _write_staff(tx, file, business_id, performers)
    _write_services(tx, file, business_id, performers)
    services = {one.key: one for one in load_services(tx, business_id)}
    return Catalogue(load_business(tx, business_id), performers, services)


def _write_business(tx: Tx, file: ImportFile, now: datetime) -> int:
    entry = file.business
    found = tx.first(_FIND_BUSINESS, slug=entry.slug)
    before = None if found is None else load_business(tx, found.id)
    settings = read_settings(entry.settings, None if before is None else before.settings)
    values = {
        "name": entry.name,
        "zone": entry.zone.key,
        "locale": entry.locale,
        "email": entry.email,
        "phone": entry.phone,
        "address": entry.address,
        "settings": write_settings(settings),
    }
    if before is None:
        return tx.insert(_INSERT_BUSINESS, slug=entry.slug, **values)

    tx.run(_UPDATE_BUSINESS, of_id=before.id, **values)
    if settings.reminders != before.settings.reminders:
        replan_reminders(tx, replace(before, settings=settings), now)

    return before.id


def _write_performers(tx: Tx, file: ImportFile, business_id: int) -> dict[str, int]:
    ids = {one.key: one.id for one in load_performers(tx, business_id)}
    for entry in file.performers:
        hours = json.dumps(entry.hours, separators=(",", ":"), sort_keys=True)
        values: dict[str, Any] = {"name": entry.name, "email": entry.email, "hours": hours}
        if entry.key in ids:
            tx.run(_UPDATE_PERFORMER, of_id=ids[entry.key], **values)
        else:
            ids[entry.key] = tx.insert(_INSERT_PERFORMER, business_id=business_id, key=entry.key, **values)

    return ids


def _write_staff(tx: Tx, file: ImportFile, business_id: int, performers: Mapping[str, int]) -> None:
    ids = {one.key: one.id for one in load_staff(tx, business_id)}
    for entry in file.staff:
        values: dict[str, Any] = {
            "name": entry.name,
            "email": entry.email,
            "role": entry.role.value,
            "performer_id": None if entry.performer is None else performers[entry.performer],
            "slack": entry.slack,
            "telegram": entry.telegram,
        }
        if entry.key in ids:
            tx.run(_UPDATE_STAFF, of_id=ids[entry.key], **values)
        else:
            tx.insert(_INSERT_STAFF, business_id=business_id, key=entry.key, **values)


def _write_services(tx: Tx, file: ImportFile, business_id: int, performers: Mapping[str, int]) -> None:
    known = {one.key: one for one in load_services(tx, business_id)}
    for entry in file.services:
        values: dict[str, Any] = {
            "name": entry.name,
            "minutes": entry.minutes,
            "buffer_before": entry.buffer_before,
            "buffer_after": entry.buffer_after,
            "performers": [performers[key] for key in entry.performers],
            "location": entry.location,
            "online": entry.online,
            "is_group": entry.group,
            "seats": entry.seats,
        }
        before = known.get(entry.key)
        if before is None:
            tx.insert(_INSERT_SERVICE, business_id=business_id, key=entry.key, **values)
            continue

        tx.run(_UPDATE_SERVICE, of_id=before.id, **values)
        if before.seats != entry.seats:
            resize_sessions(tx, before.id, entry.seats)
