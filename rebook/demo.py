"""`rebook demo`: a made-up salon, mail to a local mailbox, replies by the real SMTP port."""

from __future__ import annotations

import json
import os
import secrets
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core import queries
from core.import_file import read_import
from core.importer import apply_import
from core.new_booking import RANDOM_EACH
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from rebook.app import Running, serve
from rebook.config import Config, load_config
from rebook.demo_reading import new_reader
from web.demo.mailbox import Mailbox, add_mailbox

if TYPE_CHECKING:
    from aiohttp import web

    from core.store.engine import Tx

ZONE = ZoneInfo("Europe/Warsaw")
TEAM = "team@nova.example"
ANA = "ana@nova.example"
LEO = "leo@nova.example"

CONFIG = """
[app]
base_url = "http://127.0.0.1:{web_port}"
data_dir = {data_dir}
secret_keys_file = "secret"

[web]
listen = "127.0.0.1:{web_port}"

[mail.in]
listen = "127.0.0.1:{mail_port}"
domain = "reply.nova.example"
postmaster = "team@nova.example"

[mail.out]
url = "maildir:{{data_dir}}/mail"
from_address = "bookings@nova.example"
"""


async def run(folder: Path, *, web_port: int, mail_port: int) -> None:
    """Set the demo up in *folder* if it is not there yet, and serve it until it is stopped.

    Raises:
        CannotStart: a port is taken.
    """
    config = demo_config(folder, web_port=web_port, mail_port=mail_port)
    await fill(config)

    def pages(app: web.Application, rebook: Running) -> None:
        smtp_port = mail_port if rebook.listener is None else rebook.listener.port
        mailbox = Mailbox(
            folder=(folder / "mail").absolute(),
            typed=(folder / "mail-typed").absolute(),
            smtp_port=smtp_port,
            clock=rebook.clock,
            team=frozenset({TEAM, ANA, LEO}),
            base_url=config.app.base_url,
            reader=new_reader(config, rebook),
        )
        add_mailbox(app, mailbox)

    await serve(config, extra_pages=pages, ready=partial(_say_hello, folder=folder))


def demo_config(folder: Path, *, web_port: int, mail_port: int) -> Config:
    """Return the demo's config; its file and its secret are made in *folder* the first time."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "secret"
    if not secret.exists():
        descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")

    file_name = folder / "rebook.toml"
    data_dir = json.dumps(str(folder.absolute()))
    file_name.write_text(CONFIG.format(web_port=web_port, mail_port=mail_port, data_dir=data_dir))
    return load_config(file_name, {})


def demo_business(today: date) -> dict[str, Any]:
    """Return the made-up business as an import file, with bookings in the days after *today*."""
    week = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    return {
        "business": {
            "slug": "nova",
            "name": "Studio Nova",
            "tz": str(ZONE),
            "locale": "en",
            "email": TEAM,
            "phone": "+48 22 555 01 23",
            "address": "ul. Jasna 12, 00-013 Warszawa",
            "guest_reschedule": 2,
            "guest_cancel": 2,
            "reminders_hours": [24, 2],
            "accent": "#0a7d6c",
        },
        "performers": [
            {"key": "ana", "name": "Ana", "email": ANA, "hours": week},
            {"key": "leo", "name": "Leo", "email": LEO, "hours": {**week, "sat": [["10:00", "15:00"]]}},
        ],
        "staff": [{"key": "olga", "name": "Olga", "email": "olga@nova.example", "role": "owner"}],
        "services": [
            {"key": "cut", "name": "Haircut", "minutes": 45, "buffer_after": 15, "performers": ["ana", "leo"]},
            {"key": "color", "name": "Colour", "minutes": 90, "buffer_after": 15, "performers": ["ana"]},
            {"key": "call", "name": "Style advice by video", "minutes": 30, "performers": ["leo"], "online": True},
        ],
        "bookings": _demo_bookings(today),
    }


def _demo_bookings(today: date) -> list[dict[str, Any]]:
    people = [
        ("jo", "Jo Miller", "en", "cut", "ana", 2, "15:00", "Europe/Warsaw"),
        ("sam", "Sam Okafor", "en", "cut", "leo", 2, "11:00", "Europe/Warsaw"),
        ("mia", "Mia Lindt", "en", "color", "ana", 3, "10:00", "Europe/Warsaw"),
        ("kai", "Kai Brandt", "de", "cut", "leo", 3, "16:00", "Europe/Warsaw"),
        ("eva", "Eva Nowak", "pl", "call", "leo", 4, "12:00", "Europe/Lisbon"),
    ]
    return [
        {
            "key": f"{key}-{today}",
            "service": service,
            "performer": performer,
            "performer_chosen": key in ("jo", "mia"),
            "start": _at(_working_day(today, ahead), clock).isoformat(),
            "status": "confirmed",
            "guest": {"name": name, "email": f"{key}@guest.example", "locale": locale, "tz": zone},
        }
        for key, name, locale, service, performer, ahead, clock, zone in people
    ]


def example_wish(today: date) -> str:
    """Return what the greeting proposes to reply: it names a working day after the first bookings."""
    return f"Can we do {_working_day(today, 3):%A} afternoon instead?"


async def fill(config: Config) -> None:
    """Import the made-up business once, and keep what is done in it; once all its bookings are over, new ones come."""
    migrate(config.database.path)
    store = SqliteStore.open(config.database.path)
    now = datetime.now(UTC)
    try:
        if await store.read(partial(_has_upcoming, now=now)):
            return

        file = read_import(demo_business(now.astimezone(ZONE).date()))
        randoms = [secrets.token_bytes(RANDOM_EACH) for _ in file.bookings]
        keys = config.app.secret_keys
        await store.write(partial(apply_import, file=file, randoms=randoms, now=now, notify=True, keys=keys))
    finally:
        await store.close()


def _has_upcoming(tx: Tx, now: datetime) -> bool:
    upcoming = queries.Filter("upcoming")
    return any(queries.list_bookings(tx, one.id, upcoming, now) for one in queries.load_businesses(tx))


def _working_day(today: date, ahead: int) -> date:
    day = today
    while ahead:
        day += timedelta(days=1)
        ahead -= day.weekday() < 5  # noqa: PLR2004 Saturday and Sunday do not count

    return day


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def _say_hello(rebook: Running, *, folder: Path) -> None:
    mail_port = rebook.listener.port if rebook.listener is not None else 0
    wish = example_wish(rebook.clock().astimezone(ZONE).date())
    print(  # noqa: T201 what the person at the terminal reads
        f"Rebook's demo is running: Studio Nova, with bookings in the coming days.\n"
        f"\n"
        f"  Mailbox   http://127.0.0.1:{rebook.web_port}/demo/mailbox   all that was sent, and a box to reply from\n"
        f"  SMTP      127.0.0.1:{mail_port}   replies by any mail program (swaks, say) come in here\n"
        f"\n"
        f'Try: open the mail to Jo Miller and reply "{wish}", then "2", then "undo".\n'
        f"Kai Brandt writes and reads German, Eva Nowak Polish; seven more languages are as good.\n"
        f"From another terminal:  .venv/bin/rebook bookings -c {folder}/rebook.toml\n"
        f"Stop with Ctrl-C; everything is kept in {folder}.",
        flush=True,
    )
