"""The command that makes a booking for a guest who asked for one (SPEC F4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rebook.commands.options import BusinessSlug, ConfigFile
from rebook.failure import Failed

if TYPE_CHECKING:
    from core.desk.booking_line import Misread, Shop, Wish
    from core.new_booking import Booked, Where
    from core.refusal import Refusal
    from core.store.engine import Tx
    from rebook.desk import Desk

EXAMPLE = "rebook book haircut ana thu 15:00 Jo Smith jo@example.org"


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(book)


def book(
    words: Annotated[
        list[str], typer.Argument(metavar="SERVICE [PERFORMER] WHEN NAME [ADDRESS]", help=f"In one line: `{EXAMPLE}`.")
    ],
    guest: Annotated[str, typer.Option(metavar="NAME", help="The guest's name, where it looks like a time.")] = "",
    *,
    config_file: ConfigFile = None,
    business: BusinessSlug = None,
) -> None:
    """Make a booking for a guest.

    They get the confirmation, and move or cancel it by replying to that.
    """
    import secrets

    from core.desk.booking import book_wish
    from core.new_booking import RANDOM_EACH
    from core.refusal import Refusal
    from core.store.engine import SlotTaken
    from rebook.desk import at_desk

    random = secrets.token_bytes(RANDOM_EACH)

    def make(tx: Tx, desk: Desk, wish: Wish) -> str:
        where = _where(tx, desk)
        outcome = book_wish(tx, wish, where, desk.act, random=random)
        if isinstance(outcome, Refusal):
            raise Failed(_refused(tx, desk, wish, where, outcome))

        return _made(desk, outcome)

    async def work(desk: Desk) -> str:
        # Words are read before the transaction that writes: loading a language would hold everybody else up.
        wish = await desk.read(lambda tx: _read(tx, desk, " ".join(words), guest))
        return await desk.write(lambda tx: make(tx, desk, wish))

    try:
        typer.echo(at_desk(config_file, business, work))
    except SlotTaken:
        raise Failed("somebody was faster and that time is taken: choose another (`rebook slots`)") from None


def _read(tx: Tx, desk: Desk, line: str, guest: str) -> Wish:
    """Return what *line* asks for. Raises Failed where it is not clear, with what to say instead."""
    from core.desk.booking_line import Misread, read_booking_line

    wish = read_booking_line(line, _shop(tx, desk), desk.now, guest=guest)
    if isinstance(wish, Misread):
        raise Failed(_misread(wish, desk))

    return wish


def _shop(tx: Tx, desk: Desk) -> Shop:
    from core.desk.booking_line import Shop
    from core.queries import load_services
    from core.understand.read import lexicons_for

    performers = _where(tx, desk).performers
    return Shop(desk.business, load_services(tx, desk.business.id), performers, lexicons_for(desk.business.locale))


def _where(tx: Tx, desk: Desk) -> Where:
    from core.new_booking import Where
    from core.queries import load_performers

    performers = {one.id: one for one in load_performers(tx, desk.business.id)}
    return Where(desk.business, performers, desk.config.app.secret_keys)


def _misread(misread: Misread, desk: Desk) -> str:
    from rebook.when import say_not_exact

    words = misread.data.get("words", "")
    if misread.when is not None and words:
        told = say_not_exact(misread.when, words, desk.business.zone)
        return f'{told} A name that is also a time goes into --guest: --guest "May Lee"'

    sentences = {
        "no_service": f"say first which service: {misread.data.get('services') or 'there is none yet'}",
        "no_time": "no time is named after the service",
        "no_name": "the guest's name is missing: it goes after the time",
        "bad_name": f'what of {words!r} is the guest\'s name? Give it apart: --guest "Jo Smith"',
        "two_addresses": "there are two e-mail addresses: a booking has one guest",
        "too_long": f"that is longer than {misread.data.get('most')} characters",
    }
    return f"{sentences[misread.why]}. Like this: `{EXAMPLE}`"


def _refused(tx: Tx, desk: Desk, wish: Wish, where: Where, refusal: Refusal) -> str:
    """Return why it cannot be, with what is free nearby."""
    from core.availability import availability_for
    from core.model import Interval
    from rebook.refusals import say_refusal
    from rebook.when import MOST_OFFERED, say_free

    performers = [wish.performer] if wish.performer else [where.performers[one] for one in wish.service.performers]
    said = say_refusal(refusal, wish.service.name, desk.business.zone)
    if refusal.code not in ("past", "closed", "busy") or not performers:
        return said

    found = availability_for(tx, desk.business, wish.service, performers, desk.now)
    keep = wish.start.astimezone(desk.business.zone).timetz()
    slots = found.nearest((Interval(wish.start, wish.start),), MOST_OFFERED, keep=keep)
    asked = performers[0].id
    return f"{said}. {say_free(slots, where.performers, asked, desk.business.zone)}".rstrip()


def _made(desk: Desk, booked: Booked) -> str:
    from core.manage_link import manage_url
    from core.views import wall_time

    dossier = booked.dossier
    when = wall_time(dossier.booking.start, desk.business.zone)
    guest = dossier.booking.guest
    said = f"{dossier.booking.ref}: {dossier.service.name} with {dossier.performer.name}, {when}, for {guest.name}."
    if booked.guest_told:
        return f"{said} The guest is told by mail to {guest.email}."

    why = "transactional_mail is off" if guest.email else "no address was given"
    link = manage_url(desk.config.app.base_url, desk.business.slug, booked.token)
    return f"{said} The guest has NOT been told: {why}. Their link: {link}"
