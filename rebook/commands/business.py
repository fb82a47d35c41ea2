"""Commands about a business: load it, its free times, its settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rebook.commands.options import AsJson, BusinessSlug, ConfigFile
from rebook.failure import Failed, failed_with

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.import_file import ImportFile
    from core.importer import ImportedBooking
    from core.model import Performer, Slot
    from core.store.engine import Tx
    from rebook.config import Config
    from rebook.desk import Desk

MOST_DAYS = 730


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("import")(import_)
    for command in (slots, settings):
        app.command()(command)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The business as JSON; - reads it from stdin.")],
    *,
    notify: Annotated[bool, typer.Option("--notify", help="Send confirmations for bookings that are new.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Load or update a business, all or nothing.

    Prints a JSON line per booking. Entries are known by their keys; bookings already there keep their time and status.
    """
    import asyncio

    from core.import_file import BadImport, parse_import, read_import
    from core.manage_link import manage_url
    from rebook.desk import load

    config = load(config_file)
    try:
        read = read_import(parse_import(_read_bytes(file)))
        imported = asyncio.run(_import(config, read, notify=notify))
    except BadImport as bad:
        raise failed_with(bad.problems, "Nothing was imported.") from None

    for one in imported:
        url = None if one.token is None else manage_url(config.app.base_url, read.business.slug, one.token)
        line = {"key": one.key, "ref": one.ref, "token": one.token, "manage_url": url}
        typer.echo(json.dumps(line, ensure_ascii=False))


def slots(
    service: Annotated[str, typer.Option(metavar="KEY", help="The service.")],
    performer: Annotated[str | None, typer.Option(metavar="KEY", help="Only with this performer.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day; else today.")] = None,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, metavar="N", help="How many days.")] = 7,
    *,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    business: BusinessSlug = None,
) -> None:
    """List free starts of a service."""
    from core.views import slot_json, wall_time
    from rebook.desk import at_desk

    day = None if first is None else _read_day(first)

    def look(tx: Tx, desk: Desk) -> str:
        found, performers = _free(tx, desk, service, performer, (day, days))
        zone = desk.business.zone
        if as_json:
            return json.dumps([slot_json(one, zone, performers) for one in found], ensure_ascii=False)

        lines = [f"{wall_time(one.start, zone)}  {performers[one.performer_id].name}" for one in found]
        return "\n".join(lines or ["Nothing is free then."])

    typer.echo(at_desk(config_file, business, lambda desk: desk.read(lambda tx: look(tx, desk))))


def settings(
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="The setting.")] = None,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Its new value.")] = None,
    *,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    business: BusinessSlug = None,
) -> None:
    """Show the settings, or change one, at once."""
    from core.settings import BadSetting, setting_keys, write_settings
    from rebook.desk import at_desk

    if key is not None and key not in setting_keys():
        raise Failed(f"there is no setting {key!r}; there are {', '.join(setting_keys())}")

    async def work(desk: Desk) -> dict[str, Any]:
        if key is not None and value is not None:
            return await desk.write(lambda tx: _change(tx, desk, key, value))

        return write_settings(desk.business.settings)

    try:
        shown = at_desk(config_file, business, work)
    except BadSetting as bad:
        raise Failed(str(bad)) from None

    chosen = shown if key is None else {key: shown[key]}
    if as_json:
        typer.echo(json.dumps(chosen if key is None else chosen[key], ensure_ascii=False))
    else:
        for name, one in chosen.items():
            typer.echo(f"{name} = {json.dumps(one, ensure_ascii=False)}")


def _read_bytes(file: Path) -> bytes:
    import sys

    from core.import_file import MOST_BYTES

    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)

        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None


async def _import(config: Config, file: ImportFile, *, notify: bool) -> list[ImportedBooking]:
    import secrets
    from functools import partial

    from core.importer import apply_import
    from core.new_booking import RANDOM_EACH
    from core.store.migrate import migrate
    from core.store.open import open_store
    from rebook.desk import wall_clock

    migrate(config.database.path)
    store = open_store(config.database.url)
    randoms = [secrets.token_bytes(RANDOM_EACH) for _ in file.bookings]
    now, keys = wall_clock(), config.app.secret_keys
    try:
        return await store.write(partial(apply_import, file=file, randoms=randoms, now=now, notify=notify, keys=keys))
    finally:
        await store.close()


def _free(
    tx: Tx, desk: Desk, service_key: str, performer_key: str | None, span: tuple[Any, int]
) -> tuple[Sequence[Slot], Mapping[int, Performer]]:
    """Return the free starts of a service within so many days from a day on, and the performers by id."""
    from datetime import datetime, time, timedelta

    from core.availability import availability_for
    from core.queries import load_performers
    from rebook.people import find_performer, find_service

    service = find_service(tx, desk.business, service_key)
    performers = {one.id: one for one in load_performers(tx, desk.business.id)}
    offered = [performers[one] for one in service.performers]
    if performer_key is not None:
        chosen = find_performer(tx, desk.business, performer_key)
        if chosen not in offered:
            raise Failed(f"{chosen.key} does not offer {service.key}; {', '.join(one.key for one in offered)} do")

        offered = [chosen]

    day, days = span
    zone = desk.business.zone
    first = day or desk.now.astimezone(zone).date()
    since, until = (datetime.combine(first + timedelta(days=more), time.min, zone) for more in (0, days))
    found = availability_for(tx, desk.business, service, offered, desk.now).between(since, until)
    return found, performers


def _read_day(text: str) -> Any:
    from datetime import date

    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("must be a date such as 2026-12-01", param_hint="--from") from None

    if not 2000 <= day.year <= 2200:  # noqa: PLR2004 years in which someone books
        raise typer.BadParameter("must be a date of this century", param_hint="--from")

    return day


def _change(tx: Tx, desk: Desk, key: str, value: str) -> dict[str, Any]:
    from core.owner import change_setting
    from core.queries import load_business
    from core.settings import read_typed, write_settings

    present = load_business(tx, desk.business.id)
    return write_settings(change_setting(tx, present, key, read_typed(key, value), desk.now).settings)
