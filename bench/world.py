"""A large salon for measuring: ten thousand bookings, twenty performers, and times for guests to move to."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.import_file import read_import
from core.importer import apply_import
from core.new_booking import RANDOM_EACH
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from rebook.config import load_config

ZONE = ZoneInfo("Europe/Warsaw")
DOMAIN = "reply.bench.example"
PERFORMERS = 20
TEAMS = 5
"""Services; each is offered by four of the performers."""

DAYS = 36
PAST_DAYS = 60
BOOKED = range(9, 14)
FREE = range(14, 18)
"""Hours at which a visit stands, and at which a guest can move to."""


@dataclass(frozen=True, slots=True)
class Trip:
    """One guest's wish: to whom it is written, by whom, and in which words."""

    guest: str
    token: str
    words: str

    def mail(self) -> bytes:
        """Return the reply as a bare mail client sends it, dot-stuffing not needed."""
        mail = EmailMessage()
        mail["From"] = self.guest
        mail["To"] = f"reply+{self.token}@{DOMAIN}"
        mail["Subject"] = "Re: Your appointment"
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<{secrets.token_hex(8)}@guest.example>"
        mail.set_content(f"{self.words}\n\nThank you!\n")
        return mail.as_bytes(policy=SMTP)


def write_config(folder: Path) -> Path:
    """Write a config for free ports and the database in *folder*; return its file."""
    file = folder / "rebook.toml"
    file.write_text(
        f"""
        [app]
        base_url = "https://book.bench.example"
        data_dir = {json.dumps(str(folder))}
        secret_keys = ["a secret of the measurements, of 32 characters and more"]
        [web]
        listen = "127.0.0.1:0"
        [mail.in]
        listen = "127.0.0.1:0"
        domain = "{DOMAIN}"
        postmaster = "team@bench.example"
        [mail.out]
        from_address = "bookings@bench.example"
        """
    )
    return file


async def fill(file: Path) -> list[Trip]:
    """Import the salon into the config's database, and return one wish for every free time."""
    data = salon()
    tokens = await load(file, data)
    return [
        Trip(one["guest"]["email"], tokens[one["key"]], words)
        for one, words in zip(movable(data["bookings"]), _wishes(), strict=False)
    ]


async def load(config_file: Path, data: dict[str, Any]) -> dict[str, str]:
    """Import *data* into the config's database; return the manage token of each booking by its key."""
    config = load_config(config_file, {})
    migrate(config.database.path)
    store = SqliteStore.open(config.database.path)
    try:
        file = read_import(data)
        randoms = [secrets.token_bytes(RANDOM_EACH) for _ in file.bookings]
        keys, now = config.app.secret_keys, datetime.now(UTC)
        apply = partial(apply_import, file=file, randoms=randoms, now=now, notify=False, keys=keys)
        return {one.key: one.token for one in await store.write(apply) if one.key and one.token}
    finally:
        await store.close()


def salon() -> dict[str, Any]:
    """Return the import file: 20 performers with 300 visits behind them and 180 or so before them."""
    hours = {day: [["08:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    hands = [
        {"key": f"p{n}", "name": f"Performer{n}", "email": f"p{n}@bench.example", "hours": hours}
        for n in range(PERFORMERS)
    ]
    services = [
        {"key": f"s{team}", "name": "Haircut", "minutes": 45, "buffer_after": 15, "performers": _team(team)}
        for team in range(TEAMS)
    ]
    business: dict[str, Any] = {
        "slug": "bench",
        "name": "Bench",
        "tz": str(ZONE),
        "locale": "en",
        "email": "team@bench.example",
    }
    business |= {"reminders_hours": [24, 2]}
    return {"business": business, "performers": hands, "staff": [], "services": services, "bookings": list(_bookings())}


def shared_salon(bookings: int) -> dict[str, Any]:
    """Return the salon with so many bookings of one service, which all offer and for which no guest chose anyone."""
    data = salon()
    shared = {**data["services"][0], "performers": [one["key"] for one in data["performers"]]}
    ours = {"service": shared["key"], "performer_chosen": False}
    return {**data, "services": [shared], "bookings": [{**one, **ours} for one in data["bookings"][:bookings]]}


def movable(bookings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the bookings that have not begun."""
    return bookings[: PERFORMERS * DAYS * len(BOOKED)]


def _team(team: int) -> list[str]:
    return [f"p{number}" for number in range(PERFORMERS) if number % TEAMS == team]


def _bookings() -> Iterator[dict[str, Any]]:
    coming, past = _workdays(DAYS, 1), _workdays(PAST_DAYS, -1)
    starts = [(day, hour) for day in coming for hour in BOOKED] + [(day, hour) for day in past for hour in range(9, 18)]
    number = 0
    for day, hour in starts[: 10_000 // PERFORMERS]:
        for performer in range(PERFORMERS):
            yield {
                "key": f"b{number}",
                "service": f"s{performer % TEAMS}",
                "performer": f"p{performer}",
                "performer_chosen": performer % 2 == 0,
                "start": datetime.combine(day, time(hour), ZONE).isoformat(),
                "status": "confirmed",
                "guest": {
                    "name": f"Guest {number}",
                    "email": f"g{number}@guest.example",
                    "locale": "en",
                    "tz": str(ZONE),
                },
            }
            number += 1


def _wishes() -> Iterator[str]:
    """Yield a wish for every free time of every performer, in the order of the bookings."""
    for day in _workdays(DAYS, 1):
        for hour in FREE:
            for _ in range(PERFORMERS):
                yield f"Hi, could we do {day:%A} {day.day} {day:%B} at {hour}:00 instead?"


def _workdays(count: int, step: int) -> list[date]:
    days: list[date] = []
    day = datetime.now(ZONE).date() + timedelta(days=2 * step)
    while len(days) < count:
        day += timedelta(days=step)
        if day.weekday() < 5:
            days.append(day)

    return days
