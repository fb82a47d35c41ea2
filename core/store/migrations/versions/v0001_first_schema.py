"""The schema that Rebook began with, as it then was: a copy of `core.store.tables` that later changes leave alone."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    DDL,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from core.store.types import Instant, Json

revision = "0001"
down_revision = None

metadata = MetaData()


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _of(table: str, *, nullable: bool = False) -> Column[int]:
    return Column(f"{table}_id", Integer, ForeignKey(f"{table}.id"), nullable=nullable)


business = Table(
    "business",
    metadata,
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text),
    Column("address", Text),
    Column("settings", Json, nullable=False),
)

performer = Table(
    "performer",
    metadata,
    _id(),
    _of("business"),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("hours", Text, nullable=False),
    UniqueConstraint("business_id", "key"),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    _of("business"),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("role", Text, nullable=False),
    _of("performer", nullable=True),
    Column("slack", Text),
    Column("telegram", Integer),
    UniqueConstraint("business_id", "key"),
)

service = Table(
    "service",
    metadata,
    _id(),
    _of("business"),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("buffer_before", Integer, nullable=False),
    Column("buffer_after", Integer, nullable=False),
    Column("performers", Json, nullable=False),
    Column("location", Text),
    Column("online", Boolean, nullable=False),
    Column("is_group", Boolean, nullable=False),
    Column("seats", Integer),
    UniqueConstraint("business_id", "key"),
)

occupancy = Table(
    "occupancy",
    metadata,
    _id(),
    _of("performer"),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("booking_id", Integer),
    Column("service_id", Integer),
    Column("visit_start", Instant),
    Column("seats", Integer),
    Column("taken", Integer),
    Column("until", Instant),
    CheckConstraint('start < "end"', name="occupancy_is_a_span"),
    CheckConstraint("taken IS NULL OR seats IS NULL OR taken <= seats", name="seats_left"),
    Index("occupancy_by_start", "performer_id", "start"),
    Index("occupancy_by_booking", "booking_id"),
    Index("occupancy_by_until", "until"),
)

booking = Table(
    "booking",
    metadata,
    _id(),
    _of("business"),
    Column("key", Text),
    Column("ref", Text, nullable=False, unique=True),
    _of("service"),
    _of("performer"),
    Column("performer_chosen", Boolean, nullable=False),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("payment", Text, nullable=False),
    Column("payment_url", Text),
    Column("guest_name", Text, nullable=False),
    Column("guest_email", Text, nullable=False),
    Column("guest_locale", Text, nullable=False),
    Column("guest_zone", Text, nullable=False),
    Column("token_random", Text, unique=True),
    Column("calendar_key", Text, unique=True),
    Column("occupancy_id", Integer),
    Column("version", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("moves", Integer, nullable=False),
    UniqueConstraint("business_id", "key"),
    Index("booking_by_start", "business_id", "start"),
    Index("booking_by_occupancy", "occupancy_id"),
)

undo = Table(
    "undo",
    metadata,
    Column("booking_id", Integer, ForeignKey("booking.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("until", Instant, nullable=False),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("occupied_start", Instant, nullable=False),
    Column("occupied_end", Instant, nullable=False),
    _of("performer"),
    Column("status", Text, nullable=False),
    Column("moves", Integer, nullable=False),
)

question = Table(
    "question",
    metadata,
    _id(),
    _of("booking"),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("options", Json, nullable=False),
    Column("channel", Text, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("closed", Instant),
    Column("of_stranger", Boolean, nullable=False),
    Index("question_by_booking", "booking_id", "id"),
)

history = Table(
    "history",
    metadata,
    _id(),
    _of("booking"),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("from_start", Instant),
    Column("to_start", Instant),
    Column("from_performer_id", Integer),
    Column("to_performer_id", Integer),
    Column("data", Json),
    Index("history_by_booking", "booking_id", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    _of("business"),
    _of("booking", nullable=True),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Json, nullable=False),
    _of("question", nullable=True),
    Column("created", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("lease_token", Text),
    Column("sent", Instant),
    Column("sent_to", Text),
    Column("words", Text),
    Column("error", Text),
    Index("outbox_by_due", "state", "due"),
    # The state stands in it, else a change of one booking would read all that is due.
    Index("outbox_by_booking", "booking_id", "state", "id"),
)

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("received", Instant, nullable=False),
    Column("peer", Text, nullable=False),
    Column("mail_from", Text, nullable=False),
    Column("rcpt", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("kind", Text),
    Column("booking_id", Integer),
    Column("error", Text),
    Index("inbox_by_state", "state", "id"),
    Index("inbox_by_received", "received"),
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("name", Text, primary_key=True),
    Column("validity", Integer, nullable=False),
    Column("last_uid", Integer, nullable=False),
    Column("unmarked_uid", Integer),
    Column("looked", Instant, nullable=False),
)

speaker = Table(
    "speaker",
    metadata,
    _id(),
    _of("booking"),
    Column("version", Integer, nullable=False),
    Column("guest_email", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("outbox_id", Integer, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("allowed", Instant),
    Column("ended", Instant),
    Index("speaker_by_booking", "booking_id"),
)

heard = Table(
    "heard",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    _of("booking"),
    Column("at", Instant, nullable=False),
    Column("sender", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("intent", Text, nullable=False),
    UniqueConstraint("channel", "delivery"),
    Index("heard_by_booking", "booking_id", "at"),
)

# Occupancies of one performer never overlap, so the one that starts last before NEW ends is the only one that can reach
# into NEW: one index step instead of a scan.
_OVERLAP = """
CREATE TRIGGER occupancy_law_{verb} BEFORE {event} ON occupancy
WHEN NEW.start < (
    SELECT o."end" FROM occupancy AS o
    WHERE o.performer_id = NEW.performer_id AND o.start < NEW."end" AND o.id IS NOT {own}
    ORDER BY o.start DESC LIMIT 1
)
BEGIN SELECT RAISE(ABORT, 'slot_taken'); END
"""
_APPEND_ONLY = """
CREATE TRIGGER history_{verb} BEFORE {event} ON history
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END
"""

SQLITE_LAWS = (
    _OVERLAP.format(verb="insert", event="INSERT", own="NULL"),
    _OVERLAP.format(verb="update", event='UPDATE OF performer_id, start, "end"', own="NEW.id"),
    _APPEND_ONLY.format(verb="update", event="UPDATE"),
    _APPEND_ONLY.format(verb="delete", event="DELETE"),
)

for _law in SQLITE_LAWS:
    _ddl = DDL(_law.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its constructor untyped
    event.listen(metadata, "after_create", _ddl.execute_if(dialect="sqlite"))


def upgrade() -> None:
    """Create every table, index and trigger."""
    metadata.create_all(op.get_bind(), checkfirst=False)
