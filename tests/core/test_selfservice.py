"""What a guest presses: how the booking stands, and that a press acts once, on what was shown, or not at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import queries
from core.bookings import Act, Changed, cancel, reschedule
from core.import_file import read_import
from core.importer import apply_import
from core.model import OWNER, Slot
from core.new_booking import RANDOM_EACH
from core.refusal import Refusal
from core.selfservice import Standing, press, standing
from core.store import tables as t
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from core.turns import Cancel, Command, Move, Undo

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
START = datetime(2026, 11, 26, 14, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)
HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
SALON: dict[str, Any] = {
    "business": {
        "slug": "n",
        "name": "N",
        "tz": "Europe/Warsaw",
        "locale": "en",
        "email": "team@n.example",
        "reminders_hours": [],
    },
    "performers": [{"key": key, "name": key.capitalize(), "hours": HOURS} for key in ("ana", "leo")],
    "staff": [],
    "services": [{"key": "cut", "name": "Cut", "minutes": 45, "performers": ["ana", "leo"]}],
    "bookings": [
        {
            "key": "jo",
            "service": "cut",
            "performer": "ana",
            "performer_chosen": True,
            "start": START.isoformat(),
            "status": "confirmed",
            "guest": {"name": "Jo", "email": "jo@guest.example", "locale": "en", "tz": "Europe/Warsaw"},
        }
    ],
}


@dataclass
class Desk:
    """One booking of Jo's with Ana, in a real file."""

    store: SqliteStore

    async def press(self, command: Command, version: int, *, now: datetime = NOW) -> Changed | Refusal:
        return await self.store.write(partial(press, booking_id=1, command=command, version=version, now=now))

    async def standing(self, now: datetime = NOW) -> Standing:
        found = await self.store.read(partial(standing, booking_id=1, now=now))
        assert found is not None
        return found

    async def history(self) -> list[str]:
        return [row.what for row in await self.store.read(partial(queries.load_history, booking_id=1))]

    async def messages(self) -> list[str]:
        return [row.key for row in await self.store.read(lambda tx: tx.all(select(t.outbox)))]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    path = tmp_path / "rebook.db"
    migrate(path)
    store = SqliteStore.open(path)
    file = read_import(json.loads(json.dumps(SALON)))
    load = partial(apply_import, file=file, randoms=[bytes(RANDOM_EACH)], now=NOW, notify=False, keys=("k" * 32,))
    await store.write(load)
    yield Desk(store)
    await store.close()


def slot(start: datetime, performer_id: int = 1) -> Slot:
    return Slot(start, start + timedelta(minutes=45), performer_id)


async def test_a_booking_stands_as_it_is(desk: Desk) -> None:
    """G1-G7: nothing in the way, nothing done yet, nothing to undo."""
    found = await desk.standing()

    assert (found.cannot_move, found.cannot_cancel, found.undo_until, found.just) == (None, None, None, None)


async def test_there_may_be_no_such_booking(desk: Desk) -> None:
    """L1: not an error."""
    assert await desk.store.read(partial(standing, booking_id=7, now=NOW)) is None
    assert await desk.store.write(partial(press, booking_id=7, command=Cancel(), version=1, now=NOW)) == Refusal(
        "stale"
    )


async def test_what_was_just_done_is_known_for_ten_minutes(desk: Desk) -> None:
    """R4: moved, undone, cancelled; then no longer."""
    seen = []
    pressed: list[Command] = [Move(slot(FRIDAY)), Undo(), Cancel()]
    for minute, command in enumerate(pressed):
        now = NOW + timedelta(minutes=minute)
        assert isinstance(await desk.press(command, minute + 1, now=now), Changed)
        found = await desk.standing(now)
        seen.append((found.just, found.undo_until))

    later = await desk.standing(NOW + timedelta(minutes=12))

    assert seen == [
        ("moved", NOW + timedelta(minutes=10)),
        ("undone", None),
        ("cancelled", NOW + timedelta(minutes=12)),
    ]
    assert (later.just, later.undo_until) == (None, None)


async def test_an_undo_is_remembered_as_long(desk: Desk) -> None:
    """R4: ten minutes after it, the page says no more of it."""
    await desk.press(Move(slot(FRIDAY)), 1)
    await desk.press(Undo(), 2)

    assert (await desk.standing(NOW + timedelta(minutes=10))).just == "undone"
    assert (await desk.standing(NOW + timedelta(minutes=11))).just is None


@pytest.mark.parametrize(
    ("before", "command", "done"),
    [
        ([], Move(slot(FRIDAY)), ["moved"]),
        ([], Cancel(), ["cancelled"]),
        ([Move(slot(FRIDAY))], Undo(), ["moved", "undone"]),
        ([Cancel()], Undo(), ["cancelled", "undone"]),
    ],
)
async def test_pressed_twice_it_acts_once(desk: Desk, before: list[Command], command: Command, done: list[str]) -> None:
    """R8: the second press has the same answer and changes and sends nothing."""
    for number, earlier in enumerate(before, start=1):
        await desk.press(earlier, number)

    version = len(before) + 1
    first = await desk.press(command, version)
    sent = await desk.messages()
    second = await desk.press(command, version)

    assert isinstance(first, Changed)
    assert isinstance(second, Changed)
    assert (second.what, second.after) == (first.what, first.after)
    assert await desk.history() == ["booked", *done]
    assert await desk.messages() == sent


@pytest.mark.parametrize("command", [Move(slot(FRIDAY + timedelta(hours=2))), Cancel(), Undo()])
async def test_what_was_shown_of_another_version_is_stale(desk: Desk, command: Command) -> None:
    """R8: staff moved it meanwhile; nothing that was confirmed on the old page is done."""
    dossier = (await desk.standing()).dossier
    act = Act(OWNER, "terminal", NOW)
    await desk.store.write(lambda tx: reschedule(tx, dossier, FRIDAY, 1, act))

    assert await desk.press(command, 1) == Refusal("stale")
    assert await desk.history() == ["booked", "moved"]


async def test_a_staff_cancel_answers_the_guests_cancel(desk: Desk) -> None:
    """R8, S2: what they asked for is so already; their undo does not bring it back."""
    dossier = (await desk.standing()).dossier
    act = Act(OWNER, "terminal", NOW)
    await desk.store.write(lambda tx: cancel(tx, dossier, act))

    pressed = await desk.press(Cancel(), 1)

    assert isinstance(pressed, Changed)
    assert await desk.press(Undo(), 2) == Refusal("stale")
    assert (await desk.standing()).just is None


async def test_the_time_it_has_is_no_move(desk: Desk) -> None:
    """G9: nothing changes, nobody is told."""
    pressed = await desk.press(Move(slot(START)), 1)

    assert isinstance(pressed, Changed)
    assert pressed.after.booking.version == 1
    assert await desk.history() == ["booked"]
    assert await desk.messages() == []


async def test_the_time_it_has_is_refused_as_any_other_where_moving_is(desk: Desk) -> None:
    """G6: begun is begun."""
    refused = await desk.press(Move(slot(START)), 1, now=START)

    assert isinstance(refused, Refusal)
    assert refused.code == "begun"


async def test_a_performer_wished_in_vain_is_told_the_team_once(desk: Desk) -> None:
    """G8, F8: refused with its reason, and one card however often it is pressed; an unknown one is no card."""
    outcomes = [await desk.press(Move(slot(FRIDAY, performer_id)), 1) for performer_id in (2, 2, 99)]

    assert outcomes == [Refusal("performer_chosen")] * 3
    assert await desk.messages() == ["team-wish:web:1:1:2"]
    assert await desk.history() == ["booked"]
