"""What pages show, in the guest's words: a booking, free times, a reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.refusal import GUEST_CODES
from core.replies import refusal_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiohttp import web

    from core.model import Slot
    from core.refusal import Refusal
    from core.selfservice import Standing
    from web.site import Site


@dataclass(frozen=True, slots=True)
class ShownTime:
    """One free time: `start` is ISO with the business's offset, `performer` is named only where it is not theirs."""

    start: str
    label: str
    performer_id: int
    performer: str | None


@dataclass(frozen=True, slots=True)
class ShownRefusal:
    """A reason in place of choices: its code, its words, the next step."""

    code: str
    words: str
    next_step: str
    pay_url: str | None


def shown_booking(site: Site, request: web.Request, standing: Standing) -> dict[str, Any]:
    """Return what every page of a booking shows: the words, the facts, and where its other pages are."""
    dossier = standing.dossier
    booking, business, service = dossier.booking, dossier.business, dossier.service
    locale = booking.guest.locale
    say = _speaker(site, standing)
    token = request.match_info["token"]
    when = say("when.span_page", start=booking.start)
    facts = [
        (say("label.when"), when),
        (say("label.service"), service.name),
        (say("label.performer"), dossier.performer.name),
        (say("label.where"), say("where.online") if service.online else service.location or business.address or ""),
        (say("label.ref"), booking.ref),
        (say("label.status"), say(f"status.{booking.shown_status.lower()}")),
    ]
    return {
        "say": say,
        "language": site.phrases.language(locale),
        "title": business.name,
        "accent": business.settings.accent,
        "facts": [(label, text) for label, text in facts if text],
        "booking": booking,
        "standing": standing,
        "paths": {name: f"/b/{business.slug}/{name}/{token}" for name in ("manage", "reschedule", "cancel")},
        "done": request.query.get("done", "") if request.query.get("done") in ("moved", "cancelled", "undone") else "",
        "cannot_move": None if standing.cannot_move is None else shown_refusal(site, standing, standing.cannot_move),
        "cannot_cancel": (
            None if standing.cannot_cancel is None else shown_refusal(site, standing, standing.cannot_cancel)
        ),
    }


def shown_times(site: Site, standing: Standing, slots: Iterable[Slot]) -> list[ShownTime]:
    """Return *slots* as a page offers them."""
    dossier = standing.dossier
    guest, business = dossier.booking.guest, dossier.business
    zone = guest.zone if dossier.service.online else business.zone
    return [
        ShownTime(
            start=slot.start.astimezone(business.zone).isoformat(),
            label=site.phrases.at(standing.now).when(slot.start, guest.locale, zone),
            performer_id=slot.performer_id,
            performer=(
                None
                if slot.performer_id == dossier.booking.performer_id
                else dossier.performers[slot.performer_id].name
            ),
        )
        for slot in slots
    ]


def shown_refusal(site: Site, standing: Standing, refusal: Refusal) -> ShownRefusal:
    """Return the reason in the guest's words, with what they can do instead (SPEC G1-G7)."""
    dossier = standing.dossier
    say = _speaker(site, standing)
    business = dossier.business
    values = {"business": business.name, "email": business.email}
    contact = say("contact_phone", **values, phone=business.phone) if business.phone else say("contact", **values)
    pay_url = dossier.booking.payment_url if refusal.code == "payment_pending" else None
    code = refusal.code if refusal.code in GUEST_CODES else "slot_taken"
    words = say(f"refused.{code}", **refusal_values(dossier, refusal))
    return ShownRefusal(code, words, "" if pay_url else contact, pay_url)


def _speaker(site: Site, standing: Standing) -> Callable[..., str]:
    dossier = standing.dossier
    guest = dossier.booking.guest
    zone = guest.zone if dossier.service.online else dossier.business.zone
    phrases = site.phrases.at(standing.now)

    def say(key: str, **values: Any) -> str:
        return phrases.say(key, guest.locale, zone, **values)

    return say
