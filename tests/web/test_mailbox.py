"""The demo's mailbox: shows what was sent, safely, and replies through the real SMTP port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web
from selectolax.lexbor import LexborNode

from rebook.app import Running, running
from rebook.demo_reading import new_reader
from tests.story.salon import TEAM, Clock, Salon, booking, new_config
from tests.web.browser import Browser, Page, open_browser
from web.demo.mailbox import Mailbox, add_mailbox

HTML = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
async def salon(tmp_path: Path) -> AsyncIterator[Salon]:
    """The salon with the demo's mailbox on its site, and its workers running."""
    config, clock = new_config(tmp_path), Clock()

    def pages(app: web.Application, rebook: Running) -> None:
        assert rebook.listener is not None
        mailbox = Mailbox(
            folder=tmp_path / "mail",
            typed=tmp_path / "typed",
            smtp_port=rebook.listener.port,
            clock=clock,
            team=frozenset({TEAM, "ana@nova.example"}),
            base_url=config.app.base_url,
            reader=new_reader(config, rebook),
        )
        add_mailbox(app, mailbox)

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
    """R1, R2: through the real SMTP port and the workers; the page comes back with the answer open."""
    await salon.imports(booking())
    mail = await first_mail(browser)

    sent = await browser.send(mail.form, words="Could we do Tuesday 1 December at 11:30 instead?")
    newest = await first_mail(browser)

    assert (sent.status, sent.path) == (200, f"{newest.path}?sent=1")
    assert await salon.local_start() == "Tue 2026-12-01 11:30"
    assert "went in through the SMTP port, and was answered" in sent.words
    assert "Tuesday 1 December, 11:30" in sent.tree.css("#mail pre")[0].text()


async def test_a_conversation_reads_from_top_to_bottom(salon: Salon, browser: Browser) -> None:
    """R9, G10: our mails and the guest's words in turn, each with what was understood in the situation of then."""
    await salon.imports(booking())
    mail = await first_mail(browser)
    for words in ("Tuesday 1 December at 11:30, please", "undo"):
        mail = await browser.send(mail.form, words=words)

    assert [turn(entry) for entry in mail.tree.css(".entries > li")] == [
        ("sent", "Haircut at Studio Nova"),
        ("guest", "Tuesday 1 December at 11:30, please"),
        ("sent", "Re: Haircut at Studio Nova"),
        ("guest", "undo"),
        ("sent", "Re: Haircut at Studio Nova"),
    ]
    assert [one.text() for one in mail.tree.css(".understood li:last-child")] == [
        "Reading: reschedule to Tue 1 Dec 2026 11:30. Sure.",
        "Reading: undo. Sure.",
    ]
    assert lines_of(mail) == [
        "New words: “undo” (read as “en”).",
        "Clause 1 “undo”: takes the last change back.",
        "Booked then: Tue 1 Dec 2026 11:30 with Ana; clock times are of Europe/Warsaw.",
        "Answers: the news of a move from Thu 26 Nov 2026 15:00.",
        "Doubts: none.",
        "The last change can be undone, back to Thu 26 Nov 15:00.",
        "Reading: undo. Sure.",
    ]
    assert await salon.local_start() == "Thu 2026-11-26 15:00"


async def test_what_was_understood_then_is_kept(salon: Salon, browser: Browser) -> None:
    """R9a: once the booking has moved, the same words would read otherwise; what is shown is the reading of then."""
    await salon.imports(booking())
    mail = await first_mail(browser)
    sent = await browser.send(mail.form, words="an hour later please")
    then = lines_of(sent)

    await salon.staff_moves("2026-12-03T09:00:00+01:00")
    now = await first_mail(browser)

    assert then[-1] == "Reading: reschedule to Thu 26 Nov 2026 16:00. Sure."
    assert lines_of(now) == then


async def test_what_was_written_by_another_program_is_shown_once(salon: Salon, browser: Browser) -> None:
    """R9: the guest's words by any channel stand there, with what they were heard as; those typed here only once."""
    await salon.imports(booking())
    await browser.send((await first_mail(browser)).form, words="Where can I park?")
    await salon.reply((await salon.mail_to("jo@guest.example"))[0], "Is there <b>a lift</b>?")
    mail = await first_mail(browser)

    guests = sorted(" ".join(one.text().split()) for one in mail.tree.css(".guest .words, .guest .hint"))
    assert guests == [
        "Is there <b>a lift</b>?",
        "Not typed here (mail); it was heard as: message.",
        "Where can I park?",
    ]


async def test_the_suggestions_fit_what_is_asked(salon: Salon, browser: Browser) -> None:
    """R9: each is a link that fills the box, and sends nothing."""
    await salon.imports(booking())
    plain = await first_mail(browser)
    offered = await browser.send(plain.form, words="Friday afternoon?")
    number, *_ = offered.tree.css(".ideas a")
    filled = await browser.open(str(number.attributes["href"]).partition("#")[0])
    moved = await browser.send(filled.form, words="2")

    assert ideas(plain) == ["Friday afternoon?", "please cancel", "Where can I park?"]
    assert ideas(offered) == ["2", "the last one", "none of these", "Friday afternoon?", "please cancel"]
    assert filled.tree.css("textarea")[0].text() == "2"
    assert ideas(moved) == ["undo", "Friday afternoon?", "please cancel"]
    assert ideas(await browser.send(moved.form, words="please cancel"))[:2] == ["yes", "no, keep it"]


async def test_conversations_are_kept_apart_newest_first(salon: Salon, browser: Browser) -> None:
    """T1: what one guest writes stands in their conversation alone; mail to the team is a group of its own."""
    await salon.imports(booking(), booking("eva", start="2026-11-27T10:00:00+01:00"))
    await first_mail(browser, "eva@guest.example")
    jos = await first_mail(browser)
    sent = await browser.send(jos.form, words="Tuesday 1 December at 11:30, please")
    await salon.works()
    evas = await first_mail(browser, "eva@guest.example")

    guests, teams = sent.tree.css(".mails")
    assert [one.text() for one in guests.css("strong")] == ["Jo", "Eva"]
    assert "jo@guest.example · 3 messages" in guests.text()
    assert [one.text() for one in guests.css("[aria-current] strong")] == ["Jo"]
    assert "guest.example" not in teams.text()
    assert [turn(entry) for entry in evas.tree.css(".entries > li")] == [("sent", "Haircut at Studio Nova")]


async def test_a_mail_shows_as_text_or_as_html(salon: Salon, browser: Browser) -> None:
    """M1, T5: two links switch; only the frame's page lets the mail bring its styles."""
    await salon.imports(booking())
    text = await first_mail(browser)
    html = await browser.open(f"{text.path}?as=html")

    assert (len(text.tree.css("iframe")), len(text.tree.css("#mail pre"))) == (0, 1)
    assert (len(html.tree.css("iframe")), len(html.tree.css("#mail pre"))) == (1, 0)
    assert [one.text() for one in html.tree.css(".switch [aria-current]")] == ["HTML of “" + subject(html) + "”"]
    assert "unsafe-inline" not in text.headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in html.headers["Content-Security-Policy"]


async def test_an_empty_mailbox_says_so(salon: Salon, browser: Browser) -> None:
    """L1: before anything was sent there is no folder, and no error."""
    await salon.imports()

    page = await browser.open("/demo/mailbox")

    assert page.status == 200
    assert "Nothing yet: reload in a second." in page.words
    assert "No mail to the team yet." in page.words


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
    assert ideas(mail)[0] == "Friday afternoon?"

    refused = await browser.send(mail.form, words="Hello")
    listener = salon.rebook.listener
    assert listener is not None
    await listener.close(grace_seconds=0)
    down = await browser.send(mail.form, words="Hello")

    assert refused.status == 200
    assert "did not take the reply: 550" in refused.words
    assert refused.tree.css("textarea")[0].text() == "Hello"
    assert "did not take the reply" in down.words
    assert down.tree.css(".guest") == []
    assert list((salon.folder / "typed").iterdir()) == []


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
    text = await browser.open("/demo/mailbox/evil%3Cb%3E")
    shown = await browser.open("/demo/mailbox/evil%3Cb%3E?as=html")
    empty = await browser.open("/demo/mailbox/no%20mail")

    for page in (listed, text, shown, empty):
        assert page.status == 200
        assert page.tree.css("script, img, b") == []

    (frame,) = shown.tree.css("iframe")
    assert frame.attributes["sandbox"] in (None, "")
    assert "<script>" in str(frame.attributes["srcdoc"])
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "script-src 'none'" in shown.headers["Content-Security-Policy"]
    for link in (*listed.links, *text.links, *shown.links):
        assert link.startswith("/demo/mailbox")


async def test_what_a_guest_typed_is_text(salon: Salon, browser: Browser) -> None:
    """L1: HTML in the words, in the name, in the address bar; more words than anybody writes."""
    await salon.imports(booking(guest={**booking()["guest"], "name": HTML}))
    mail = await first_mail(browser)

    sent = await browser.send(mail.form, words=f"{HTML} " + "please cancel " * 400)
    filled = await browser.open(mail.path, words=HTML, sent=HTML)

    for page in (sent, filled):
        assert page.status == 200
        assert page.tree.css("script, img") == []

    assert sent.tree.css(".words")[0].text().startswith(HTML)
    assert filled.tree.css("textarea")[0].text() == HTML
    assert len(lines_of(sent)) < 40


async def test_strange_mails_hide_no_others(salon: Salon, browser: Browser) -> None:
    """L1: huge, with an unknown charset, with a broken header, without a recipient, a folder in the folder."""
    await salon.imports(booking())
    put(salon, "huge", b"To: a@b.example\nReply-To: c@d.example\nSubject: s\n\n" + b"word " * 400_000)
    put(salon, "charset", b"To: a@b.example\nContent-Type: text/plain; charset=klingon\n\nword\n")
    put(salon, "header", b'To: =?utf-8?q?=22?= <"@[\nSubject: =?x?y?z?=\nDate: never\nContent-Type: ;;\n\nword\n')
    put(salon, "nobody", b"\n")
    (salon.folder / "mail" / "new" / "folder").mkdir()
    await first_mail(browser)

    for name in ("huge", "charset", "header", "nobody"):
        page = await browser.open(f"/demo/mailbox/{name}")
        assert (page.status, len(page.text) < 200_000) == (200, True)

    assert (await browser.open("/demo/mailbox/folder")).status == 404
    assert (await browser.open("/demo/mailbox")).status == 200


def turn(entry: LexborNode) -> tuple[str, str]:
    """Return whose an entry is, and its words or its subject without the booking's reference."""
    words = entry.css(".words, h3")[-1].text()
    return str(entry.attributes["class"]), words.partition(" (")[0]


def subject(page: Page) -> str:
    return page.tree.css("#mail h3")[0].text()


def lines_of(page: Page) -> list[str]:
    """Return what Rebook understood of the words typed last."""
    return [line.text() for line in page.tree.css("#said .understood li")]


def ideas(page: Page) -> list[str]:
    return [one.text() for one in page.tree.css(".ideas a")]


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
