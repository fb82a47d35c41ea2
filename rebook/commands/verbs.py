"""Commands that change a booking, as the owner (SPEC F2, F3); each tells whether the guest hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from rebook.commands.options import BusinessSlug, ConfigFile, Ref
from rebook.failure import Failed

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from core.bookings import Act, Changed
    from core.desk.when import Wanted
    from core.model import Booking, Dossier, Performer
    from core.refusal import Refusal
    from core.store.engine import Tx
    from rebook.desk import Desk

    Verb = Callable[[Tx, Dossier, Act], Changed | Refusal]

LONGEST_REASON = 500


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (reschedule, cancel, resend, confirm, complete, no_show, paid):
        app.command()(command)


def reschedule(
    ref: Ref,
    when: Annotated[str, typer.Argument(metavar="WHEN", help='Words or ISO: "Tuesday 1 December at 11:30".')],
    performer: Annotated[str | None, typer.Option(metavar="KEY", help="With this performer.")] = None,
    *,
    config_file: ConfigFile = None,
    business: BusinessSlug = None,
) -> None:
    """Move a booking to one exact time."""
    from core.store.engine import SlotTaken
    from core.views import wall_time
    from rebook.desk import at_desk

    async def work(desk: Desk) -> str:
        # Words are read before the transaction that writes: loading a language would hold everybody else up.
        plan = await desk.read(lambda tx: _plan(tx, desk, ref, when, performer))
        changed = await desk.write(lambda tx: _move(tx, desk, plan))
        zone = desk.business.zone
        old, new = (wall_time(one.start, zone) for one in (changed.before, changed.after.booking))
        who = changed.after.performer.name
        return f"{changed.before.ref} is moved from {old} to {new} with {who}. {_told(changed)}"

    try:
        typer.echo(at_desk(config_file, business, work))
    except SlotTaken:
        raise Failed(f"{ref}: somebody was faster and that time is taken: choose another (`rebook slots`)") from None


def cancel(
    ref: Ref,
    reason: Annotated[str, typer.Option(metavar="T", help="Told to the guest.")] = "",
    *,
    config_file: ConfigFile = None,
    business: BusinessSlug = None,
) -> None:
    """Cancel a booking at once."""
    from core.bookings import cancel as cancel_booking
    from core.views import plain

    if len(reason) > LONGEST_REASON:
        raise typer.BadParameter(f"must have at most {LONGEST_REASON} characters", param_hint="--reason")

    said = plain(reason)

    def verb(tx: Tx, dossier: Dossier, act: Act) -> Changed | Refusal:
        return cancel_booking(tx, dossier, act, said)

    changed = _do(config_file, business, ref, verb)
    typer.echo(f"{changed.before.ref} is cancelled. {_told(changed)}")


def resend(ref: Ref, *, config_file: ConfigFile = None, business: BusinessSlug = None) -> None:
    """Send the confirmation again.

    It goes to the guest's address on file.
    """
    from core.bookings import resend as resend_confirmation

    def verb(tx: Tx, dossier: Dossier, act: Act) -> Changed | Refusal:
        if not dossier.booking.guest.email:
            raise Failed(f"{dossier.booking.ref}: the guest was forgotten, there is nobody to send it to")

        return resend_confirmation(tx, dossier, act)

    changed = _do(config_file, business, ref, verb)
    typer.echo(f"{changed.before.ref}: the confirmation is sent again to {changed.before.guest.email}.")


def confirm(ref: Ref, *, config_file: ConfigFile = None, business: BusinessSlug = None) -> None:
    """Confirm a pending booking."""
    changed = _set_status(config_file, business, ref, "confirmed")
    typer.echo(f"{changed.before.ref} is confirmed. {_told(changed)}")


def complete(ref: Ref, *, config_file: ConfigFile = None, business: BusinessSlug = None) -> None:
    """Say that the visit took place."""
    changed = _set_status(config_file, business, ref, "completed")
    typer.echo(f"{changed.before.ref} is completed.")


def no_show(ref: Ref, *, config_file: ConfigFile = None, business: BusinessSlug = None) -> None:
    """Say that the guest did not come."""
    changed = _set_status(config_file, business, ref, "no_show")
    typer.echo(f"{changed.before.ref} is a no-show.")


def paid(ref: Ref, *, config_file: ConfigFile = None, business: BusinessSlug = None) -> None:
    """Say that the booking is paid."""
    from core.bookings import mark_paid

    typer.echo(f"{_do(config_file, business, ref, mark_paid).before.ref} is paid.")


def _set_status(config_file: Path | None, business: str | None, ref: str, status: str) -> Changed:
    from core.bookings import set_status
    from core.model import Status

    def verb(tx: Tx, dossier: Dossier, act: Act) -> Changed | Refusal:
        return set_status(tx, dossier, Status(status), act)

    return _do(config_file, business, ref, verb)


def _do(config_file: Path | None, business: str | None, ref: str, verb: Verb) -> Changed:
    """Run *verb* on the booking in one transaction. Raises Failed with the reason of a refusal."""
    from rebook.desk import at_desk, find_booking

    def work(tx: Tx, desk: Desk) -> Changed:
        dossier = find_booking(tx, desk, ref)
        return _or_fail(verb(tx, dossier, desk.act), dossier)

    return at_desk(config_file, business, lambda desk: desk.write(lambda tx: work(tx, desk)))


def _plan(tx: Tx, desk: Desk, ref: str, when: str, performer_words: str | None) -> tuple[Booking, datetime, int]:
    """Return the booking as it is, and the start and performer's id it is to have. Raises Failed."""
    from rebook.desk import find_booking
    from rebook.when import time_for

    dossier = find_booking(tx, desk, ref)
    booking = dossier.booking
    wanted = time_for(tx, dossier, when, desk.now)
    performer = _performer(tx, desk, dossier, performer_words, wanted)
    if (wanted.start, performer.id) == (booking.start, booking.performer_id):
        raise Failed(f"{booking.ref} is at that time already: nothing was changed")

    return booking, wanted.start, performer.id


def _move(tx: Tx, desk: Desk, plan: tuple[Booking, datetime, int]) -> Changed:
    from core.bookings import reschedule as reschedule_booking
    from core.model import Interval
    from core.refusal import Refusal
    from rebook.desk import find_booking
    from rebook.when import free_nearby

    seen, start, performer_id = plan
    dossier = find_booking(tx, desk, seen.ref)
    if dossier.booking.version != seen.version:
        raise Failed(_sentence(Refusal("stale"), dossier))

    outcome = reschedule_booking(tx, dossier, start, performer_id, desk.act)
    if isinstance(outcome, Refusal) and outcome.code in ("past", "closed", "busy"):
        nearby = free_nearby(tx, dossier, (Interval(start, start),), desk.now)
        raise Failed(f"{_sentence(outcome, dossier)}. {nearby}".rstrip())

    return _or_fail(outcome, dossier)


def _performer(tx: Tx, desk: Desk, dossier: Dossier, words: str | None, wanted: Wanted) -> Performer:
    """Return who is to perform: whom the option or the words name, else who does now."""
    from rebook.people import find_performer

    named = words or wanted.performer
    if named is None:
        return dossier.performer

    performer = find_performer(tx, desk.business, named)
    if performer.id not in dossier.service.performers and performer != dossier.performer:
        offered = ", ".join(one.key for one in dossier.offered_by)
        raise Failed(f"{performer.key} does not offer {dossier.service.key}; choose one of {offered or 'none'}")

    return performer


def _or_fail(outcome: Changed | Refusal, dossier: Dossier) -> Changed:
    from core.refusal import Refusal

    if isinstance(outcome, Refusal):
        raise Failed(_sentence(outcome, dossier))

    return outcome


def _sentence(refusal: Refusal, dossier: Dossier) -> str:
    from rebook.refusals import say_refusal

    return say_refusal(refusal, dossier.booking.ref, dossier.business.zone)


def _told(changed: Changed) -> str:
    """Say whether the guest hears of it (SPEC F5)."""
    guest = changed.after.booking.guest
    if changed.guest_told:
        return f"The guest is told by mail to {guest.email}."

    why = "transactional_mail is off" if guest.email else "there is no address on file"
    return f"The guest has NOT been told: {why}."
