"""What one message of a guest meets and what comes of it: the values that the dialogue is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.model import Dossier, Slot
from core.refusal import Refusal
from core.reply import Reply
from core.slots import Availability
from core.understand.reading import Pending, QuestionKind


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `options` are numbered from 1; for `moved` the one option is the slot the booking had before."""

    id: int
    kind: QuestionKind
    options: tuple[Slot, ...]
    is_alive: bool

    @property
    def pending(self) -> Pending:
        """The question as understanding needs it."""
        return Pending(self.kind, tuple(option.start for option in self.options))


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a step depends on. `question` is the one being answered, alive or not.

    `can_undo` says whether the guest's last change can be taken back.

    `last_slot` is where the booking was before the guest's last change, also when it is too late to undo it.
    """

    dossier: Dossier
    now: datetime
    availability: Availability
    cannot_move: Refusal | None
    cannot_cancel: Refusal | None
    question: Question | None = None
    can_undo: bool = False
    last_slot: Slot | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where the guest's clock words are read: at the venue, or at home for an online service (SPEC L4)."""
        return reading_zone(self.dossier)


@dataclass(frozen=True, slots=True)
class Move:
    """Move the booking to this slot."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the booking."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the guest's last change back."""


Command = Move | Cancel | Undo


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the reply asks; its options are numbered from 1."""

    kind: QuestionKind
    options: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of one message: a command to run (its outcome is told), or a reply; what is asked; who else hears.

    `reply` None without a command means that nothing needs to be said. `blocked` is the guest's wish that the rules
    refused: staff get a card (SPEC F8). `performer_wish` is a performer they asked for in vain (SPEC G8).
    """

    command: Command | None = None
    reply: Reply | None = None
    asks: Asked | None = None
    closes_question: bool = False
    passes_on: bool = False
    blocked: Refusal | None = None
    performer_wish: str | None = None


def reading_zone(dossier: Dossier) -> ZoneInfo:
    """Return the zone in which the guest's clock words are read (SPEC L4)."""
    return dossier.booking.guest.zone if dossier.service.online else dossier.business.zone
