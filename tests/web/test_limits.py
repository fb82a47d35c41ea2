"""Nobody gets more of the pages than people need: kindly refused, by client and by booking, and nobody uncounted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from core import selfservice
from core.buckets import AT_ONCE, Buckets, Rate
from core.model import Slot
from core.selfservice import CHANGES_AN_HOUR, TooManyChanges
from core.store import tables as t
from core.turns import Cancel, Move, Undo
from rebook.config import Config
from tests.story import salon as story
from tests.story.salon import Salon, booking, open_store
from tests.web.browser import Browser, Page, open_browser, path_of
from web.limits import Limits, client_of
from web.site import HEADERS

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
THREE_AT_ONCE = Rate(3, SECOND)
PROXIES = (ip_network("192.0.2.0/24"), ip_network("2001:db8:f::/48"))

FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", [], "198.51.100.7"),
        ("198.51.100.7", ["203.0.113.5"], "198.51.100.7"),  # no proxy of ours: its word does not count
        ("127.0.0.1", [], None),
        ("::1", [], None),
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["203.0.113.5, 198.51.100.7"], "198.51.100.7"),  # what stands left may be made up
        ("127.0.0.1", ["203.0.113.5", "198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["203.0.113.5, 198.51.100.7, 192.0.2.3"], "198.51.100.7"),
        ("192.0.2.1", ["198.51.100.7"], "198.51.100.7"),
        ("192.0.2.1", [], "192.0.2.1"),  # a proxy that does not say whom it heard: all of them together
        ("::ffff:192.0.2.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("127.0.0.1", ["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::/64"),
        ("127.0.0.1", [" 2001:db8:1:2:ffff::1 "], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:9::9", [], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("127.0.0.1", ["127.0.0.1"], "127.0.0.1"),  # through a proxy: counted
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["x" * 10_000], "127.0.0.1"),
        ("127.0.0.1", ["[" * 50, "]]:::"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7, " + "192.0.2.1, " * 50 + "192.0.2.2"], "192.0.2.1"),
        ("127.0.0.1", [*["198.51.100.7"] * 100, *["192.0.2.1"] * 100], "192.0.2.1"),
        (None, [], "unknown"),
        ("", ["198.51.100.7"], "unknown"),
        ("/run/web.sock", ["198.51.100.7"], "unknown"),
    ],
)
def test_who_is_counted(peer: str | None, forwarded: list[str], client: str | None) -> None:
    """L3: the last address that no proxy of ours stands for; nobody passes uncounted but this machine itself."""
    assert client_of(peer, forwarded, PROXIES) == client


@given(st.lists(st.text(max_size=300), max_size=8), st.sampled_from(["198.51.100.7", "2001:db8:1:2::9"]))
def test_no_header_of_a_client_makes_it_another_client(made_up: list[str], address: str) -> None:
    """L1, L3: whatever it writes, in front of what our proxy adds: one bucket; straight to us: the same."""
    alone = client_of(address, [], PROXIES)

    assert client_of(address, made_up, PROXIES) == alone
    assert client_of("127.0.0.1", [*made_up, address], PROXIES) == alone
    assert client_of("192.0.2.1", [", ".join([*made_up, address])], PROXIES) == alone


def is_kindly_refused(page: Page) -> bool:
    """Whether this is the page of too many requests, with all that every page has."""
    return (
        page.status == 429
        and int(page.headers["Retry-After"]) > 0
        and "<h1>That was very much at once" in page.text
        and "again in 1 minute." in page.words
        and all(page.headers.get(name) == value for name, value in HEADERS.items())
    )


async def ask_as(browser: Browser, client: str, path: str, method: str = "GET") -> Page:
    """Ask as a proxy on this machine does for *client*."""
    return await browser.ask(method, path, headers={"X-Forwarded-For": client})


async def test_one_client_opens_so_many_pages(salon: Salon, browser: Browser) -> None:
    """L3: 120 at once, then five a second; others, this machine and static files are not touched."""
    await salon.imports(booking())
    path = path_of("manage", salon.tokens["jo"])
    opened = [await ask_as(browser, "198.51.100.7", "/nothing") for _ in range(119)]
    opened.append(await ask_as(browser, "198.51.100.7", path))

    too_many = await ask_as(browser, "198.51.100.7", path)
    other = await ask_as(browser, "198.51.100.8", path)
    machines = [await ask_as(browser, "198.51.100.7", quiet) for quiet in ("/healthz", "/metrics")]
    static = await ask_as(browser, "198.51.100.7", "/static/page.css")
    direct = [await browser.open(quiet) for quiet in (path, "/healthz", "/metrics")]
    salon.time.passes(seconds=1)
    later = [(await ask_as(browser, "198.51.100.7", path)).status for _ in range(6)]

    assert [page.status for page in opened] == [404] * 119 + [200]
    assert is_kindly_refused(too_many)
    assert (too_many.headers["Retry-After"], other.status, static.status) == ("1", 200, 200)
    assert [page.status for page in machines] == [429, 429]
    assert [page.status for page in direct] == [200, 200, 200]
    assert later == [200] * 5 + [429]


async def test_the_proxies_of_the_config_are_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """L3: `web.trusted_proxies`: who they heard is counted, not they."""
    plain = story.new_config

    def with_proxies(folder: Path) -> Config:
        config = plain(folder)
        return replace(config, web=replace(config.web, trusted_proxies=PROXIES))

    monkeypatch.setattr(story, "new_config", with_proxies)
    async with story.open_salon(tmp_path) as salon, open_browser(salon.rebook.web_port or 0) as browser:
        shared = [await ask_as(browser, f"198.51.100.{number}, 203.0.113.9", "/x", "POST") for number in range(61)]
        apart = [await ask_as(browser, f"198.51.100.{number}, 192.0.2.9", "/x", "POST") for number in range(61)]

    assert [page.status for page in shared] == [404] * 60 + [429]
    assert {page.status for page in apart} == {404}


async def test_one_client_sends_so_many_forms(salon: Salon, browser: Browser) -> None:
    """L3: 60 at once, wherever to; then nothing of it is looked at, and nothing changes."""
    await salon.imports(booking())
    form = (await browser.open(path_of("cancel", salon.tokens["jo"]))).form
    sent = [await ask_as(browser, "2001:db8::7", "/nothing", "POST") for _ in range(60)]
    same_network = {"X-Forwarded-For": "2001:db8::99"}

    too_many = await browser.ask("POST", form.action, data=form.fields, headers=same_network)
    opened = await ask_as(browser, "2001:db8::7", form.action)

    assert {page.status for page in sent} == {404}
    assert is_kindly_refused(too_many)
    assert opened.status == 200
    assert (await salon.booking()).status == "confirmed"


async def test_one_client_tries_so_many_tokens(salon: Salon, browser: Browser) -> None:
    """T1, L3: after 30 that are not ours not even a good one is looked at, so that no answer tells them apart."""
    await salon.imports(booking())
    good = path_of("manage", salon.tokens["jo"])
    tried = [await ask_as(browser, "198.51.100.7", path_of("manage", f"{number:042}")) for number in range(30)]

    bad = await ask_as(browser, "198.51.100.7", path_of("cancel", "y" * 42))
    refused = await ask_as(browser, "198.51.100.7", good)
    other = await ask_as(browser, "198.51.100.8", good)
    elsewhere = await ask_as(browser, "198.51.100.7", "/nothing")
    salon.time.passes(seconds=2)
    later = await ask_as(browser, "198.51.100.7", good)

    assert {page.status for page in tried} == {404}
    assert is_kindly_refused(refused)
    assert bad.text == refused.text
    assert (other.status, elsewhere.status, later.status) == (200, 404, 200)


async def test_a_token_that_opens_nothing_any_more_is_counted_too(salon: Salon, browser: Browser) -> None:
    """T1: signed by us, but of no booking."""
    await salon.imports(booking())
    token = salon.tokens["jo"]
    await salon.rebook.store.write(lambda tx: tx.run(update(t.booking).values(token_random=None)))

    tried = [await ask_as(browser, "198.51.100.7", path_of("manage", token)) for _ in range(31)]

    assert [page.status for page in tried] == [404] * 30 + [429]


async def test_forms_of_one_booking_are_counted_whoever_sends_them(salon: Salon, browser: Browser) -> None:
    """L3: 40 at once, also from this machine; another booking's are not touched."""
    await salon.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))
    form = (await browser.open(path_of("cancel", salon.tokens["jo"]))).form
    other = (await browser.open(path_of("cancel", salon.tokens["sam"]))).form
    sent = [await browser.send(form, version="x") for _ in range(40)]

    too_many = await browser.send(form)
    cancelled = await browser.send(other)
    salon.time.passes(seconds=15)
    later = await browser.send(form)

    assert {page.status for page in sent} == {403}
    assert is_kindly_refused(too_many)
    assert (cancelled.status, later.status) == (200, 200)
    assert [(await salon.booking(key)).status for key in ("jo", "sam")] == ["cancelled", "cancelled"]


async def move_on(salon: Salon, times: int) -> None:
    """Move Jo's booking on pages so many times, a second apart."""
    slots = cycle([FRIDAY, FRIDAY + timedelta(hours=2)])
    for _, start in zip(range(times), slots, strict=False):
        salon.time.passes(seconds=1)
        found = await salon.booking()
        command = Move(Slot(start, start + timedelta(minutes=45), found.performer_id))
        press = partial(
            selfservice.press, booking_id=found.id, command=command, version=found.version, now=salon.time()
        )
        await salon.rebook.store.write(press)


async def test_a_booking_is_changed_so_often_an_hour(salon: Salon, browser: Browser) -> None:
    """L3, R4: twenty times; then nothing is done, but the last change can be taken back; an hour later all is well."""
    await salon.imports(booking())
    await move_on(salon, CHANGES_AN_HOUR)
    cancel = (await browser.open(path_of("cancel", salon.tokens["jo"]))).form
    undo = next(
        form
        for form in (await browser.open(path_of("manage", salon.tokens["jo"]))).forms("post")
        if form.action.endswith(salon.tokens["jo"]) and "/manage/" in form.action
    )

    too_many = await browser.send(cancel)
    before = await salon.booking()
    undone = await browser.send(undo)
    after = await salon.booking()
    salon.time.passes(hours=1)
    later = await browser.send((await browser.open(path_of("cancel", salon.tokens["jo"]))).form)

    assert too_many.status == 429
    assert too_many.headers["Retry-After"] == str(3600 - CHANGES_AN_HOUR + 1)
    assert "again in 60 minutes." in too_many.words
    assert (before.status, before.version) == ("confirmed", CHANGES_AN_HOUR + 1)
    assert (undone.status, after.version) == (200, CHANGES_AN_HOUR + 2)
    assert later.status == 200
    assert (await salon.booking()).status == "cancelled"


async def test_another_process_knows_what_was_changed(salon: Salon) -> None:
    """L3: the count lies in the history: a restart does not reset it, and a second process adds to it."""
    await salon.imports(booking())
    await move_on(salon, CHANGES_AN_HOUR)
    found = await salon.booking()
    store = open_store(salon.config)
    press = partial(selfservice.press, booking_id=found.id, version=found.version)

    move = Move(Slot(FRIDAY + timedelta(hours=4), FRIDAY + timedelta(hours=4, minutes=45), found.performer_id))
    for command in (Cancel(), move):
        with pytest.raises(TooManyChanges) as too_many:
            await store.write(partial(press, command=command, now=salon.time()))

        assert too_many.value.until == salon.time() + timedelta(hours=1) - (CHANGES_AN_HOUR - 1) * SECOND

    still = await salon.booking()
    await store.write(partial(press, command=Undo(), now=salon.time()))
    await store.close()

    assert still == found
    assert (await salon.history())[-1] == "undone"


def test_the_limits_are_what_people_never_reach() -> None:
    """L3: so many at once, and how long until the next."""
    limits = Limits()

    assert emptied(limits.pages) == (120, 0.2 * SECOND)
    assert emptied(limits.posts) == (60, SECOND)
    assert emptied(limits.unknown) == (30, 2 * SECOND)
    assert emptied(limits.booking_posts) == (40, 15 * SECOND)


def emptied(buckets: Buckets) -> tuple[int, timedelta]:
    """Take turns until there is none; return how many there were, and the wait for the next."""
    taken = 0
    while buckets.take("jo", NOW) == AT_ONCE:
        taken += 1

    return taken, buckets.wait("jo", NOW)
