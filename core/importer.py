"""Loading a business: what an import file says, written in one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from core.announce import announce_booking, plan_reminders
from core.bookings import Act, write_history
from core.import_catalogue import Catalogue, write_catalogue
from core.import_clashes import Arrival, find_clashes
from core.import_file import BadImport, BookingEntry, ImportFile
from core.model import SYSTEM, Booking, Dossier, Payment, Status
from core.new_booking import NewBooking, Where, guest_values, write_booking
from core.occupancy import occupied_span
from core.queries import load_performers, read_booking
from core.store import tables as t
from core.store.engine import prepare
from core.tokens import token_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.store.engine import Tx

_b = t.booking.c
_OF_BUSINESS = prepare(select(t.booking).where(_b.business_id == bindparam("business_id")))
_UPDATE = prepare(
    update(t.booking)
    .where(_b.id == bindparam("of_id"))
    .values(
        {
            name: bindparam(name)
            for name in (
                *("guest_name", "guest_email", "guest_locale", "guest_zone"),
                *("payment", "payment_url", "version"),
            )
        }
    )
)
_HOLDS = prepare(select(t.occupancy.c.performer_id).where(t.occupancy.c.kind == "hold").distinct())


@dataclass(frozen=True, slots=True)
class ImportedBooking:
    """A booking of the file as it is in the database now; `token` is None for a guest who was forgotten (SPEC L5)."""

    key: str
    ref: str
    token: str | None
    is_new: bool


def apply_import(
    tx: Tx, file: ImportFile, *, randoms: Sequence[bytes], now: datetime, notify: bool, keys: Sequence[str]
) -> list[ImportedBooking]:
    """Create or update everything in *file* by its keys and return its bookings in their order.

    A booking already there keeps time, performer, service and status, so that a cancelled one cannot come back
    (SPEC S2); its guest's details and payment are updated, but what was paid stays paid, and a guest who was forgotten
    stays so (SPEC L5). Its version rises only with the payment. *randoms* holds `RANDOM_EACH` bytes for each booking
    of the file, *keys* sign tokens. *notify* confirms new bookings that are still to come to their guests (SPEC M1).

    Raises:
        BadImport: two bookings overlap or a session has no seat left; nothing was changed.
    """
    catalogue = write_catalogue(tx, file, now)
    known = {row.key: read_booking(row) for row in tx.all(_OF_BUSINESS, business_id=catalogue.business.id)}
    problems = find_clashes(tx, _arrivals(file, catalogue, known))
    if problems:
        raise BadImport(problems)

    writer = _Writer(tx, catalogue, Act(SYSTEM, "terminal", now), keys)
    imported = []
    for entry, random in zip(file.bookings, randoms, strict=True):
        present = known.get(entry.key)
        if present is None:
            imported.append(writer.book(entry, random, notify=notify))
        else:
            imported.append(writer.update(present, entry))

    return imported


def _arrivals(file: ImportFile, catalogue: Catalogue, known: Mapping[str | None, Booking]) -> list[Arrival]:
    """Return the bookings of the file that are new and need a place: all but cancelled ones."""
    arrivals = []
    for index, entry in enumerate(file.bookings):
        if entry.key in known or entry.status is Status.CANCELLED:
            continue

        service = catalogue.services[entry.service]
        span = occupied_span(service, catalogue.performers[entry.performer], entry.start)
        session = (service.id, entry.start) if service.group else None
        arrivals.append(Arrival(index, entry.key, span, session, service.seats))

    return arrivals


class _Writer:
    """Writes the bookings of one file."""

    def __init__(self, tx: Tx, catalogue: Catalogue, act: Act, keys: Sequence[str]) -> None:
        self._tx = tx
        self._catalogue = catalogue
        self._act = act
        self._where = Where(
            catalogue.business, {one.id: one for one in load_performers(tx, catalogue.business.id)}, keys
        )
        self._with_holds = {row.performer_id for row in tx.all(_HOLDS)}

    def book(self, entry: BookingEntry, random: bytes, *, notify: bool) -> ImportedBooking:
        """Write a new booking, and confirm it where *notify* says so and it is still to come."""
        new = NewBooking(
            service=self._catalogue.services[entry.service],
            performer_id=self._catalogue.performers[entry.performer],
            performer_chosen=entry.performer_chosen,
            start=entry.start,
            guest=entry.guest,
            key=entry.key,
            status=entry.status,
            payment=entry.payment,
            payment_url=entry.payment_url,
        )
        past_holds = new.performer_id in self._with_holds
        made = write_booking(self._tx, new, self._where, self._act, random=random, past_holds=past_holds)
        booking = made.dossier.booking
        if notify and booking.is_open and booking.start > self._act.now:
            announce_booking(self._tx, made.dossier, self._act.now)

        return ImportedBooking(entry.key, booking.ref, made.token, is_new=True)

    def update(self, present: Booking, entry: BookingEntry) -> ImportedBooking:
        """Bring guest and payment of a booking that is there already up to date."""
        if present.token_random is None:
            return ImportedBooking(entry.key, present.ref, None, is_new=False)

        # What came in stays: a file written before the guest paid must not ask for the money again.
        payment = Payment.PAID if present.payment is Payment.PAID else entry.payment
        changed = replace(
            present,
            guest=entry.guest,
            payment=payment,
            payment_url=entry.payment_url,
            version=present.version + (payment is not present.payment),
        )
        if changed != present:
            self._save(present, changed)

        token = token_for(present.token_random, self._where.keys)
        return ImportedBooking(entry.key, present.ref, token, is_new=False)

    def _save(self, present: Booking, changed: Booking) -> None:
        self._tx.run(
            _UPDATE,
            of_id=changed.id,
            **guest_values(changed.guest),
            payment=changed.payment.value,
            payment_url=changed.payment_url,
            version=changed.version,
        )
        if changed.version == present.version:
            return

        data = {"payment": changed.payment.value}
        write_history(self._tx, changed.id, "payment_changed", self._act, data=data)
        service = next(one for one in self._catalogue.services.values() if one.id == changed.service_id)
        # A reminder of another version never leaves, so those to come are written anew.
        plan_reminders(self._tx, Dossier(changed, self._where.business, service, self._where.performers), self._act.now)
