"""The import file (CONTRACT "Import file"): JSON checked as a whole and turned into plain values. Pure.

    file = read_import(parse_import(data))

Every mistake is found in one go and named by its path. Strings are kept as they are, HTML and formulas included:
whoever shows them escapes them. What a file means for a database that already holds bookings is `core.importer`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.import_fields import Fields, one_line, show
from core.model import Guest, Payment, Role, Status
from core.opening import BadHours, read_hours
from core.settings import BadSetting, read_settings, setting_keys

MOST_BYTES = 10_000_000
"""Bytes of a file; larger ones are a mistake, or an attack on memory."""

LONGEST_VISIT = 7 * 24 * 60
"""Minutes of a visit with its buffers; `core.occupancy.LONGEST` counts on it."""

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_SLACK_ID = re.compile(r"[A-Z0-9]{2,30}")
_LONGEST_KEY = 100
_MOST_SEATS = 10_000
_MOST_TELEGRAM = 2**53


class BadImport(Exception):
    """The file cannot be imported; nothing was. `problems` has one sentence for each mistake, its path first."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(one_line(problem) for problem in problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class BusinessEntry:
    """The business; `settings` holds those that the file gives, in its words and checked."""

    slug: str
    name: str
    zone: ZoneInfo
    locale: str
    email: str
    phone: str | None
    address: str | None
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PerformerEntry:
    """A performer; `hours` are the file's words, checked: `core.opening.read_hours` reads them."""

    key: str
    name: str
    email: str | None
    hours: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """A member of the team; `performer` is a performer's key."""

    key: str
    name: str
    email: str | None
    role: Role
    performer: str | None
    slack: str | None
    telegram: int | None


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A service; `performers` are keys in the business's order. `seats` None on a group service: as many as come."""

    key: str
    name: str
    minutes: int
    buffer_before: int
    buffer_after: int
    performers: tuple[str, ...]
    location: str | None
    online: bool
    group: bool
    seats: int | None


@dataclass(frozen=True, slots=True)
class BookingEntry:
    """A booking; `service` and `performer` are keys, `start` is aware UTC."""

    key: str
    service: str
    performer: str
    performer_chosen: bool
    start: datetime
    status: Status
    guest: Guest
    payment: Payment
    payment_url: str | None


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A whole file, consistent in itself: every key that is named is there, and none is there twice."""

    business: BusinessEntry
    performers: tuple[PerformerEntry, ...]
    staff: tuple[StaffEntry, ...]
    services: tuple[ServiceEntry, ...]
    bookings: tuple[BookingEntry, ...]


def parse_import(data: bytes) -> Any:
    """Return the JSON value in *data*.

    Raises:
        BadImport: too large, no UTF-8, no JSON (a key twice and NaN included), or nested beyond reason.
    """
    if len(data) > MOST_BYTES:
        raise BadImport([f"the file: has {len(data)} bytes, at most {MOST_BYTES} are read"])

    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise BadImport(["the file: is not UTF-8 text"]) from None
    except RecursionError:
        raise BadImport(["the file: is nested too deeply"]) from None
    except ValueError as error:
        raise BadImport([f"the file: is not JSON: {error}"]) from None


def read_import(data: object) -> ImportFile:
    """Return the file that the JSON value *data* is.

    Raises:
        BadImport: with every mistake in it.
    """
    problems: list[str] = []
    root = Fields(data, "", problems)
    business = _read_business(root.object("business"))
    file = ImportFile(
        business,
        performers=tuple(_read_performer(one) for one in root.entries("performers")),
        staff=tuple(_read_staff(one) for one in root.entries("staff")),
        services=tuple(_read_service(one) for one in root.entries("services")),
        bookings=tuple(_read_booking(one, business) for one in root.entries("bookings")),
    )
    root.close()
    problems.extend(_contradictions(file))
    if problems:
        raise BadImport(problems)

    return file


def _read_business(fields: Fields) -> BusinessEntry:
    entry = BusinessEntry(
        slug=fields.matching("slug", _SLUG, "lower-case letters, digits and dashes", required=True) or "",
        name=fields.text("name"),
        zone=fields.zone("tz"),
        locale=fields.locale("locale"),
        email=fields.mailbox("email", required=True) or "",
        phone=fields.optional_text("phone", 60),
        address=fields.optional_text("address"),
        settings=_read_settings(fields),
    )
    fields.close()
    return entry


def _read_settings(fields: Fields) -> dict[str, Any]:
    given = {key: fields.raw(key) for key in setting_keys() if key in fields}
    for key, value in given.items():
        try:
            read_settings({key: value})
        except BadSetting as bad:
            fields.wrong(key, bad.reason)

    return given


def _read_performer(fields: Fields) -> PerformerEntry:
    entry = PerformerEntry(
        key=fields.text("key", _LONGEST_KEY),
        name=fields.text("name"),
        email=fields.mailbox("email", required=False),
        hours=_read_hours(fields),
    )
    fields.close()
    return entry


def _read_hours(fields: Fields) -> dict[str, Any]:
    """Return the opening hours as written, each day of them checked by itself so that all mistakes are found."""
    hours, exceptions, time_off = fields.mapping("hours"), fields.mapping("exceptions"), fields.listed("time_off")
    pieces: list[dict[str, Any]] = [{"hours": {day: spans}} for day, spans in hours.items()]
    pieces += [{"exceptions": {day: spans}} for day, spans in exceptions.items()]
    for piece in [*pieces, {"time_off": time_off}]:
        try:
            read_hours(piece)
        except BadHours as bad:
            fields.wrong(bad.path, bad.reason)

    return {"hours": hours, "exceptions": exceptions, "time_off": time_off}


def _read_staff(fields: Fields) -> StaffEntry:
    entry = StaffEntry(
        key=fields.text("key", _LONGEST_KEY),
        name=fields.text("name"),
        email=fields.mailbox("email", required=False),
        role=fields.word("role", Role),
        performer=fields.optional_text("performer", _LONGEST_KEY),
        slack=fields.matching("slack", _SLACK_ID, "a Slack member id such as U012AB3CD", required=False),
        telegram=fields.optional_whole("telegram", 1, _MOST_TELEGRAM),
    )
    fields.close()
    return entry


def _read_service(fields: Fields) -> ServiceEntry:
    keys = fields.listed("performers")
    if not all(isinstance(one, str) for one in keys):
        fields.wrong("performers", "must be a list of performers' keys")

    entry = ServiceEntry(
        key=fields.text("key", _LONGEST_KEY),
        name=fields.text("name"),
        minutes=fields.whole("minutes", 1, LONGEST_VISIT),
        buffer_before=fields.whole("buffer_before", 0, LONGEST_VISIT, default=0),
        buffer_after=fields.whole("buffer_after", 0, LONGEST_VISIT, default=0),
        performers=tuple(one for one in keys if isinstance(one, str)),
        location=fields.optional_text("location"),
        online=fields.flag("online", default=False),
        group=fields.flag("group", default=False),
        seats=fields.optional_whole("seats", 1, _MOST_SEATS),
    )
    if entry.buffer_before + entry.minutes + entry.buffer_after > LONGEST_VISIT:
        fields.wrong("minutes", f"a visit with its buffers has at most {LONGEST_VISIT} minutes")

    if entry.seats is not None and not entry.group:
        fields.wrong("seats", 'only a group service has seats: add "group": true or leave them out')

    fields.close()
    return entry


def _read_booking(fields: Fields, business: BusinessEntry) -> BookingEntry:
    guest = fields.object("guest")
    entry = BookingEntry(
        key=fields.text("key", _LONGEST_KEY),
        service=fields.text("service", _LONGEST_KEY),
        performer=fields.text("performer", _LONGEST_KEY),
        performer_chosen=fields.flag("performer_chosen", default=False),
        start=fields.instant("start"),
        status=fields.word("status", Status, Status.CONFIRMED),
        guest=Guest(
            name=guest.text("name"),
            email=guest.mailbox("email", required=True) or "",
            locale=guest.locale("locale", business.locale),
            zone=guest.zone("tz", business.zone),
        ),
        payment=fields.word("payment", Payment, Payment.NONE),
        payment_url=fields.link("payment_url"),
    )
    guest.close()
    fields.close()
    return entry


def _contradictions(file: ImportFile) -> list[str]:
    """Return what does not fit together though each entry is well written."""
    return [
        *_twice("performers", "key", [one.key for one in file.performers]),
        *_twice("staff", "key", [one.key for one in file.staff]),
        *_twice("staff", "slack", [one.slack for one in file.staff]),
        *_twice("staff", "telegram", [one.telegram for one in file.staff]),
        *_twice("services", "key", [one.key for one in file.services]),
        *_twice("bookings", "key", [one.key for one in file.bookings]),
        *_unknown_names(file),
        *_bookings_nobody_serves(file),
    ]


def _twice(section: str, field: str, values: Sequence[str | int | None]) -> Iterator[str]:
    first: dict[str | int, int] = {}
    for index, value in enumerate(values):
        if value in (None, ""):
            continue

        if value in first:
            yield f"{section}[{index}].{field}: {show(value)} is taken by {section}[{first[value]}]"
        else:
            first[value] = index


def _unknown_names(file: ImportFile) -> Iterator[str]:
    performers = {one.key for one in file.performers}
    for index, member in enumerate(file.staff):
        if member.performer is not None and member.performer not in performers:
            yield f"staff[{index}].performer: there is no performer {show(member.performer)} in the file"

    for index, service in enumerate(file.services):
        seen: set[str] = set()
        for number, key in enumerate(service.performers):
            path = f"services[{index}].performers[{number}]"
            if key not in performers:
                yield f"{path}: there is no performer {show(key)} in the file"
            elif key in seen:
                yield f"{path}: {show(key)} stands there twice"

            seen.add(key)


def _bookings_nobody_serves(file: ImportFile) -> Iterator[str]:
    services = {one.key: one for one in file.services}
    for index, booking in enumerate(file.bookings):
        service = services.get(booking.service)
        if service is None:
            if booking.service:
                yield f"bookings[{index}].service: there is no service {show(booking.service)} in the file"
        elif booking.performer and booking.performer not in service.performers:
            yield f"bookings[{index}].performer: {show(booking.performer)} does not offer {show(service.key)}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique: dict[str, Any] = {}
    for key, value in pairs:
        if key in unique:
            raise ValueError(f"the key {show(key)} stands twice in one object")

        unique[key] = value

    return unique


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
