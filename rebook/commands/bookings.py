"""Commands that look at bookings, and those about what a guest holds: the link, their data."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rebook.commands.options import AsJson, BusinessSlug, ConfigFile, Ref
from rebook.failure import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model import Booking, Business
    from core.queries import Filter
    from core.store.engine import Tx
    from rebook.desk import Desk


class Which(StrEnum):
    """Which bookings a list shows."""

    UPCOMING = "upcoming"
    PAST = "past"
    CANCELLED = "cancelled"
    ALL = "all"


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (bookings, show, token, forget):
        app.command()(command)


def bookings(
    which: Annotated[Which, typer.Argument(help="Which bookings.")] = Which.UPCOMING,
    performer: Annotated[str | None, typer.Option(metavar="NAME", help="Only with this performer.")] = None,
    text: Annotated[str, typer.Option(metavar="Q", help="Only with this in reference, name or address.")] = "",
    *,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    business: BusinessSlug = None,
) -> None:
    """List bookings."""
    from core.views import booking_table
    from rebook.desk import at_desk

    async def work(desk: Desk) -> list[str]:
        if as_json:
            return [
                await desk.read(lambda tx: _listing_json(tx, desk, _filter(tx, desk.business, which, performer, text)))
            ]

        from core.listing import load_listing

        found = await desk.read(
            lambda tx: load_listing(tx, desk.business, _filter(tx, desk.business, which, performer, text), desk.now)
        )
        return booking_table(found) if found else ["There are none."]

    # Written as it is: typer.echo would go through megabytes in search of colours.
    sys.stdout.write("\n".join([*at_desk(config_file, business, work), ""]))


def show(ref: Ref, *, as_json: AsJson = False, config_file: ConfigFile = None, business: BusinessSlug = None) -> None:
    """Show a booking, its history and messages."""
    from core.queries import load_history, load_messages
    from core.views import booking_json, booking_text
    from rebook.desk import at_desk, find_booking

    def look(tx: Tx, desk: Desk) -> str:
        dossier = find_booking(tx, desk, ref)
        facts: Any = {
            "history": load_history(tx, dossier.booking.id),
            "messages": load_messages(tx, dossier.booking.id),
            "manage_url": _manage_url(desk, dossier.booking),
        }
        return _dump(booking_json(dossier, **facts)) if as_json else "\n".join(booking_text(dossier, **facts))

    typer.echo(at_desk(config_file, business, lambda desk: desk.read(lambda tx: look(tx, desk))))


def token(
    ref: Ref,
    *,
    revoke: Annotated[bool, typer.Option("--revoke", help="Make a new link; the old one opens nothing more.")] = False,
    config_file: ConfigFile = None,
    business: BusinessSlug = None,
) -> None:
    """Print a booking's manage link, or re-issue it."""
    import secrets

    from core.manage_link import manage_url, reissue_token
    from core.tokens import RANDOM_BYTES
    from rebook.desk import at_desk, find_booking

    random = secrets.token_bytes(RANDOM_BYTES)

    def link(tx: Tx, desk: Desk) -> str:
        booking = find_booking(tx, desk, ref).booking
        present = _manage_url(desk, booking)
        if present is None:
            raise Failed(f"{booking.ref}: the guest was forgotten, there is no link any more")

        if not revoke:
            return present

        app = desk.config.app
        token = reissue_token(tx, booking, desk.act, random=random, keys=app.secret_keys)
        return manage_url(app.base_url, desk.business.slug, token)

    async def work(desk: Desk) -> str:
        run = desk.write if revoke else desk.read
        return await run(lambda tx: link(tx, desk))

    typer.echo(at_desk(config_file, business, work))


def forget(ref: Ref, *, config_file: ConfigFile = None, business: BusinessSlug = None) -> None:
    """Remove a guest's personal data for good.

    The bare history stays, and so does the visit's place.
    """
    from core.forget import forget as forget_guest
    from rebook.desk import at_desk, find_booking

    def work(tx: Tx, desk: Desk) -> str:
        return forget_guest(tx, find_booking(tx, desk, ref), desk.act).booking.ref

    found = at_desk(config_file, business, lambda desk: desk.write(lambda tx: work(tx, desk)))
    typer.echo(f"{found}: the guest is forgotten. The visit keeps its place: `rebook cancel {found}` gives it up.")


def _filter(tx: Tx, business: Business, which: Which, performer: str | None, text: str) -> Filter:
    from core.queries import Filter
    from rebook.people import find_performer

    chosen = None if performer is None else find_performer(tx, business, performer).id
    return Filter(which.value, chosen, text)


def _listing_json(tx: Tx, desk: Desk, chosen: Filter) -> str:
    from core.listing import load_all_messages, load_histories, load_listing
    from core.views import booking_json

    histories, messages = load_histories(tx, desk.business), load_all_messages(tx, desk.business)
    # Each is text before the next is looked at: ten thousand at once would cost more memory, and thereby time.
    return _array(
        booking_json(
            one,
            history=histories.get(one.booking.id, ()),
            messages=messages.get(one.booking.id, ()),
            manage_url=_manage_url(desk, one.booking),
        )
        for one in load_listing(tx, desk.business, chosen, desk.now)
    )


def _manage_url(desk: Desk, booking: Booking) -> str | None:
    from core.manage_link import manage_url, token_of

    app = desk.config.app
    token = token_of(booking, app.secret_keys)
    return None if token is None else manage_url(app.base_url, desk.business.slug, token)


def _array(values: Iterable[Any]) -> str:
    """Return the JSON array of *values* as `_dump` would write the list of them."""
    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
    return f"[{', '.join(map(encode, values))}]"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
