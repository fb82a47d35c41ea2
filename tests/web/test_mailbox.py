"""The demo's mailbox: shows what was sent, safely, and replies through the real SMTP port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web

from rebook.app import Running, running
from tests.story.salon import TEAM, Clock, Salon, booking, new_config
from tests.web.browser import Browser, Page, open_browser
from web.mailbox import Mailbox, add_mailbox

HTML = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
async def salon(tmp_path: Path) -> AsyncIterator[Salon]:
    """The salon with the demo's mailbox on its site, and its workers running."""
    config, clock = new_config(tmp_path), Clock()

    def pages(app: web.Application, rebook: Running) -> None:
        assert rebook.listener is not None
        team = frozenset({TEAM, "ana@nova.example"})
        add_mailbox(app, Mailbox(tmp_path / "mail", rebook.listener.port, clock, team, config.app.base_url))

    async with running(config, extra_pages=pages, clock=clock) as rebook:
        yield Salon(tmp_path, config, rebook, clock)


@pytest.fixture
async def browser(salon: Salon) -> AsyncIterator[Browser]:
    assert salon.rebook.web_port is not None
    async with open_browser(salon.rebook.web_port) as browser:
        yield browser


async def first_mail(browser: Browser, to: str = "jo@guest.example") -> Page:
    """Open the newest mail to this address, as soon as the worker has sent one."""
    for _ in range(200):
        page = await browser.open("/")
        for item in page.tree.css(".mails li"):
            if to in item.text():
                return await browser.open(str(item.css("a")[0].attributes["href"]))

        await asyncio.sleep(0.05)

    raise AssertionError(f"no mail to {to}")


def put(salon: Salon, name: str, raw: bytes) -> None:
    """Lay a file into the Maildir."""
    folder = salon.folder / "mail" / "new"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(raw)


async def test_a_reply_typed_there_moves_the_booking(salon: Salon, browser: Browser) -> None:
    """R1, R2: through the real SMTP port and the workers; the answer is in the list when the page comes back."""
    await salon.imports(booking())
    mail = await first_mail(browser)

    sent = await browser.send(mail.form, words="Could we do Tuesday 1 December at 11:30 instead?")
    answer = await first_mail(browser)

    assert (sent.status, sent.path) == (200, "/demo/mailbox?sent=1")
    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert "Tuesday 1 December, 11:30" in answer.words


async def test_the_mails_links_to_the_pages_can_be_followed(salon: Salon, browser: Browser) -> None:
    """M1: in the text they lead to this site, whatever name it is looked at by."""
    await salon.imports(booking())

    mail = await first_mail(browser)
    manage = await browser.open(next(link for link in mail.links if "/manage/" in link))

    assert f"{salon.config.app.base_url}/b/nova/manage/{salon.tokens['jo']}" in mail.words
    assert (manage.status, manage.path) == (200, f"/b/nova/manage/{salon.tokens['jo']}")


async def test_mail_to_the_team_is_shown_and_not_replied_to(salon: Salon, browser: Browser) -> None:
    """R7: the box is the guest's."""
    await salon.imports(booking())
    guests = await first_mail(browser)
    await browser.send(guests.form, words="Could we do Tuesday 1 December at 11:30 instead?")
    await salon.works()

    teams = await first_mail(browser, TEAM)
    forced = await browser.ask("POST", teams.path, data={**guests.form.fields, "words": "hello"})

    assert teams.forms("post") == []
    assert forced.status == 404


async def test_a_port_that_refuses_is_said_on_the_page(salon: Salon, browser: Browser) -> None:
    """L1: what the server answered, and the words are not lost."""
    await salon.imports(booking())
    stranger = EmailMessage()
    stranger["From"], stranger["To"], stranger["Subject"] = "a@b.example", "jo@guest.example", HTML
    stranger["Reply-To"] = "reply+nobody@reply.nova.example"
    stranger.set_content(HTML)
    put(salon, "forged", stranger.as_bytes())
    mail = await browser.open("/demo/mailbox/forged")

    refused = await browser.send(mail.form, words="Hello")
    listener = salon.rebook.listener
    assert listener is not None
    await listener.close(grace_seconds=0)
    down = await browser.send(mail.form, words="Hello")

    assert refused.status == 200
    assert "did not take the reply: 550" in refused.words
    assert refused.tree.css("textarea")[0].text() == "Hello"
    assert "did not take the reply" in down.words


async def test_a_mail_cannot_run_or_reach_anything(salon: Salon, browser: Browser) -> None:
    """L1: HTML in a mail stays in a frame without scripts; HTML in its headers is text."""
    await salon.imports(booking())
    evil = EmailMessage()
    evil["From"], evil["To"], evil["Subject"] = '"<b>x</b>" <a@b.example>', "jo@guest.example", HTML
    evil.set_content(f"{HTML} http://evil.example/ javascript:alert(3)")
    evil.add_alternative(f"<p>{HTML}</p>", subtype="html")
    put(salon, "evil<b>", evil.as_bytes())
    put(salon, "no mail", b"\xff\xfe\x00")

    listed = await browser.open("/demo/mailbox")
    shown = await browser.open("/demo/mailbox/evil%3Cb%3E")
    empty = await browser.open("/demo/mailbox/no%20mail")

    for page in (listed, shown, empty):
        assert page.status == 200
        assert page.tree.css("script, img, b") == []

    (frame,) = shown.tree.css("iframe")
    assert frame.attributes["sandbox"] in (None, "")
    assert "<script>" in str(frame.attributes["srcdoc"])
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "script-src 'none'" in shown.headers["Content-Security-Policy"]
    assert shown.links == ["/demo/mailbox"]


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Frebook.toml", "%2Fetc%2Fpasswd", "%00", "*"])
async def test_names_of_no_mail(salon: Salon, browser: Browser, name: str) -> None:
    """L1: only files of the Maildir are shown."""
    await salon.imports(booking())

    page = await browser.open(f"/demo/mailbox/{name}")

    assert page.status == 404


async def test_replies_come_from_the_page_only(salon: Salon, browser: Browser) -> None:
    """T6: another site's form, without what the page carries, sends nothing."""
    await salon.imports(booking())
    form = (await first_mail(browser)).form

    for fields in ({}, {"form": ""}, {"form": "x" * 32}, {"form": "é"}):
        forged = replace(form, fields=fields)
        assert (await browser.send(forged, words="please cancel")).status == 403

    blank = await browser.send(form, words="  ")
    await salon.works()

    assert "Type your reply first." in blank.words
    assert await salon.local_start() == "Thu 2026-11-26 15:00"
    assert (await salon.booking()).status == "confirmed"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1]evil", "10.0.0.1"]
)
async def test_it_answers_to_this_machines_names_only(salon: Salon, browser: Browser, host: str) -> None:
    """T5: a stranger's page whose name was made to lead here reads no mail (DNS rebinding)."""
    await salon.imports(booking())

    for path in ("/", "/demo/mailbox", "/demo/mailbox/x"):
        assert (await browser.ask("GET", path, headers={"Host": host}, follow=False)).status == 421

    assert (await browser.ask("GET", "/demo/mailbox", headers={"Host": "LOCALHOST:1"})).status == 200
