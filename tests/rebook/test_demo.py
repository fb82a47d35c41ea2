"""`rebook demo`: fills once, keeps what was done, says where to look, and its mailbox really moves bookings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from core import queries
from core.import_file import read_import
from core.model import Booking
from core.store.sqlite import SqliteStore
from rebook import demo
from rebook.app import Running, serve
from tests.web.browser import Browser, open_browser

Hello = Callable[[Running], None]


@asynccontextmanager
async def running_demo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """Run the demo on free ports until the story is told; what it prints is printed."""
    started: asyncio.Queue[Running] = asyncio.Queue()

    async def watched(config: object, *, extra_pages: object, ready: Hello) -> None:
        def say(rebook: Running) -> None:
            ready(rebook)
            started.put_nowait(rebook)

        await serve(config, extra_pages=extra_pages, ready=say)  # type: ignore[arg-type] # handed on as they come

    monkeypatch.setattr("rebook.demo.serve", watched)
    task = asyncio.create_task(demo.run(folder, web_port=0, mail_port=0))
    first = asyncio.create_task(started.get())
    await asyncio.wait([task, first], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()

    try:
        yield first.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        monkeypatch.undo()


async def bookings_of(rebook: Running) -> list[Booking]:
    """Return all bookings of the demo, by start."""
    every = partial(queries.list_bookings, business_id=1, chosen=queries.Filter("all"), now=rebook.clock())
    return sorted(await rebook.store.read(every), key=lambda one: one.start)


async def test_it_says_where_to_look_in_twelve_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CONTRACT "Two commands": at most 12 lines, with addresses that answer."""
    async with running_demo(tmp_path / "demo", monkeypatch) as rebook:
        hello = capsys.readouterr().out
        assert rebook.web_port is not None
        async with open_browser(rebook.web_port) as browser:
            page = await browser.open("/demo/mailbox")
            healthy = await browser.open("/healthz")

    assert len(hello.splitlines()) <= 12
    assert f"http://127.0.0.1:{rebook.web_port}/demo/mailbox" in hello
    assert demo.example_wish(rebook.clock().astimezone(demo.ZONE).date()) in hello
    assert page.status == 200
    assert healthy.status == 200


async def test_a_reply_typed_in_the_mailbox_moves_the_booking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R1, R2, R4: the five minutes of the hello: ask for an afternoon, pick a choice, undo."""
    async with running_demo(tmp_path / "demo", monkeypatch) as rebook:
        assert rebook.web_port is not None
        before = await start_of_jo(rebook)
        async with open_browser(rebook.web_port) as browser:
            await replies(browser, "Can we do Thursday afternoon instead?")
            asked = await start_of_jo(rebook)
            await replies(browser, "2")
            moved = await start_of_jo(rebook)
            await replies(browser, "undo")
            undone = await start_of_jo(rebook)

    assert asked == before
    assert moved != before
    assert undone == before


async def test_what_was_done_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start fills nothing in and sends nothing again."""
    async with running_demo(tmp_path / "demo", monkeypatch) as rebook:
        first = await bookings_of(rebook)

    async with running_demo(tmp_path / "demo", monkeypatch) as rebook:
        second = await bookings_of(rebook)

    assert len(first) == 5
    assert second == first
    assert (tmp_path / "demo" / "secret").stat().st_mode & 0o077 == 0


async def test_when_all_is_over_there_are_new_bookings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that is looked at again after weeks has something to move; the old bookings stay."""
    weeks_ago = datetime.now(UTC) - timedelta(days=30)
    business = demo.demo_business(weeks_ago.date())
    config = demo.demo_config(tmp_path / "demo", web_port=0, mail_port=0)
    with monkeypatch.context() as past:
        past.setattr(demo, "demo_business", lambda _: business)
        await demo.fill(config)

    await demo.fill(config)

    store = SqliteStore.open(config.database.path)
    salon = (await store.read(queries.load_businesses))[0]
    every = partial(queries.list_bookings, business_id=salon.id, chosen=queries.Filter("all"), now=datetime.now(UTC))
    found = await store.read(every)
    await store.close()
    assert len(found) == 10


@pytest.mark.parametrize("today", [date(2026, 11, 20) + timedelta(days=day) for day in range(7)])
def test_the_made_up_business_can_be_imported_on_any_day(today: date) -> None:
    """The import file's own rules hold; every booking is on a working day that comes."""
    file = read_import(demo.demo_business(today))

    assert len(file.bookings) == 5
    assert all(one["start"][:10] > today.isoformat() for one in demo.demo_business(today)["bookings"])


async def start_of_jo(rebook: Running) -> datetime:
    return next(one.start for one in await bookings_of(rebook) if one.guest.email == "jo@guest.example")


async def replies(browser: Browser, words: str) -> None:
    """Reply to the last mail to Jo; the page comes back when it was answered."""
    mail = await browser.open(await mail_to_jo(browser))
    answered = await browser.send(mail.form, words=words)
    assert "and was answered" in answered.words


async def mail_to_jo(browser: Browser) -> str:
    """Return the address of the last mail to Jo, as soon as there is one."""
    for _ in range(200):
        page = await browser.open("/demo/mailbox")
        for item in page.tree.css(".mails li"):
            if "jo@guest.example" in item.text():
                return str(item.css("a")[0].attributes["href"])

        await asyncio.sleep(0.05)

    raise AssertionError("no mail to Jo")
