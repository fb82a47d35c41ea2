"""A guest writes to the business from the page: passed on once, with what they are refused, and said back kindly."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest

from core.asking import ASKED_AN_HOUR, LONGEST_QUESTION
from core.bookings import Act
from core.forget import forget
from core.model import OWNER
from tests.story.mails import said, text_of
from tests.story.salon import TEAM, Salon, booking
from tests.web.browser import Browser, Page, path_of
from web.asking import masked_address

HTML = "<script>alert(1)</script>\"'><img src=x>"


async def given(salon: Salon, *more: dict[str, Any], **changes: Any) -> str:
    """Import Jo's booking (and *more*), look away from the mails about that, and return Jo's token."""
    await salon.imports(booking(**changes), *more, notify=False)
    return salon.tokens["jo"]


async def writes(browser: Browser, token: str, words: str) -> Page:
    return await browser.send((await browser.open(path_of("ask", token))).form, words=words)


async def told(salon: Salon) -> list[EmailMessage]:
    await salon.works()
    return await salon.mail_to(TEAM)


async def test_a_guest_writes_and_the_team_reads_it(salon: Salon, browser: Browser) -> None:
    """R5, T5: who will read it is said before; the team answers the guest directly; the page says by which way."""
    token = await given(salon)
    page = await browser.open(path_of("ask", token))

    done = await browser.send(page.form, words="Is there parking?\r\n\r\nJo")

    assert "The team of Studio Nova will read this, together with your name, your address and your booking" in (
        page.words
    )
    assert "team@nova.example" in page.words
    assert "+48 22 555 01 23" in page.words
    assert "Haircut" in page.words
    [mail] = await told(salon)
    assert said(mail) == ["Jo wrote something that needs a person.", "Their words:", "> Is there parking?\n>\n> Jo"]
    assert str(mail["Reply-To"]) == "jo@guest.example"
    assert (done.status, done.path) == (200, f"{path_of('ask', token)}?sent=1")
    assert "We have passed your message on to Studio Nova, and a person will answer you." in done.words
    assert "The answer comes by e-mail to j•••@g•••.example." in done.words
    assert "jo@guest.example" not in page.text + done.text
    assert path_of("manage", token) in done.links
    assert await salon.history() == ["booked", "wrote"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payment": "expired"}, "The payment has expired."),
        ({"start": "2026-11-23T13:00:00+01:00"}, "It is too close to the start."),
        ({"service": "yoga", "performer": "leo"}, "It is a group session."),
    ],
)
async def test_a_wish_that_the_page_refused_is_a_card(
    salon: Salon, browser: Browser, changes: dict[str, Any], reason: str
) -> None:
    """F8, G2: what they could not do stands above their words."""
    token = await given(salon, **changes)
    await salon.sets("guest_reschedule", 24)

    await writes(browser, token, "Could we make it Friday?")

    [mail] = await told(salon)
    assert str(mail["Subject"]).startswith("Jo asks for your help: ")
    assert said(mail) == [
        f"Jo wrote from the page of their booking, which they cannot change alone at the moment. {reason}",
        "Their words:",
        "> Could we make it Friday?",
    ]


async def test_a_cancelled_booking_can_still_be_written_about(salon: Salon, browser: Browser) -> None:
    """S2, R5: and so can a visit that is over."""
    token = await given(salon)
    await browser.send((await browser.open(path_of("cancel", token))).form)
    await told(salon)

    done = await writes(browser, token, "Sorry about that!")

    assert "passed your message on" in done.words
    [mail] = await told(salon)
    assert said(mail)[0] == "Jo wrote something that needs a person."


async def test_a_form_that_is_sent_twice_is_one_message(salon: Salon, browser: Browser) -> None:
    """R8: a double click and two tabs show the same, and tell the team once; the next form is a new message."""
    token = await given(salon)
    first, second = [(await browser.open(path_of("ask", token))).form for _ in range(2)]

    pages = await asyncio.gather(*(browser.send(form, words="Hello?") for form in (first, first, second)))
    again = await writes(browser, token, "Hello?")

    assert {(page.status, page.words) for page in (*pages, again)} == {(200, again.words)}
    assert len(await told(salon)) == 2


async def test_a_form_stays_good_when_the_booking_changes(salon: Salon, browser: Browser) -> None:
    """T6: words are not bound to the time they are about; the team reads the booking as it is now."""
    token = await given(salon)
    form = (await browser.open(path_of("ask", token))).form
    await salon.staff_moves("2026-12-01T11:30:00+01:00")
    await told(salon)

    done = await browser.send(form, words="Is there parking?")

    assert "passed your message on" in done.words
    assert "Tuesday 1 December, 11:30" in text_of((await told(salon))[0])


@pytest.mark.parametrize("words", ["", "  \r\n\t ", "\x00\x07\u202e"])
async def test_nothing_to_send_is_said_at_the_field(salon: Salon, browser: Browser, words: str) -> None:
    """L1: the error belongs to the field, nobody is told."""
    token = await given(salon)

    page = await writes(browser, token, words)

    [field] = page.tree.css("textarea")
    assert page.status == 200
    assert "wrong" in str(field.attributes["aria-describedby"]).split()
    assert field.attributes["aria-invalid"] == "true"
    assert page.tree.css("#wrong")[0].text() == "There is nothing to send yet. Please write a few words first."
    assert await told(salon) == []


async def test_too_long_a_message_keeps_its_words(salon: Salon, browser: Browser) -> None:
    """L1: nothing is cut off unseen."""
    token = await given(salon)
    words = "Ж" * (LONGEST_QUESTION + 1)

    page = await writes(browser, token, words)
    sent = await browser.send(page.form, words=words[1:])

    assert "please keep it to 2000 characters" in page.words
    assert page.tree.css("textarea")[0].text() == words
    assert "passed your message on" in sent.words
    assert [words[1:] in text_of(mail) for mail in await told(salon)] == [True]


async def test_so_many_messages_an_hour_are_taken(salon: Salon, browser: Browser) -> None:
    """L3: then a kind sentence with the words kept; an hour later they can be sent."""
    token = await given(salon)
    for number in range(ASKED_AN_HOUR):
        assert (await writes(browser, token, f"number {number}")).status == 200

    refused = await writes(browser, token, "one more")
    salon.time.passes(hours=1)
    later = await browser.send(refused.form, words="one more")

    assert refused.status == 429
    assert "Your words are still here: please try again later, or contact us directly." in refused.words
    assert refused.tree.css("textarea")[0].text() == "one more"
    assert "team@nova.example" in refused.words
    assert "passed your message on" in later.words
    assert len(await told(salon)) == ASKED_AN_HOUR + 1


async def test_looking_tells_nobody(salon: Salon, browser: Browser) -> None:
    """T6: GET and HEAD, also with all that the form would send; and no page says that something was sent."""
    token = await given(salon)
    fields = {**(await browser.open(path_of("ask", token))).form.fields, "words": "Hello?", "sent": "1"}

    pages = [await browser.ask(method, path_of("ask", token), params=fields) for method in ("GET", "HEAD")]

    assert [page.status for page in pages] == [200, 200]
    assert "passed your message on" not in pages[0].words
    assert "Hello?" not in pages[0].text
    assert await salon.history() == ["booked"]
    assert await told(salon) == []


async def test_a_form_belongs_to_one_booking(salon: Salon, browser: Browser) -> None:
    """T6: another booking's form, another purpose's, none: 403, and nobody is told."""
    token = await given(salon, booking("sam", start="2026-11-26T11:00:00+01:00"))
    other = (await browser.open(path_of("ask", salon.tokens["sam"]))).form.fields
    cancel = (await browser.open(path_of("cancel", token))).form.fields

    for fields in (other, cancel, {}):
        page = await browser.ask("POST", path_of("ask", token), data={**fields, "words": "Hello?"})

        assert page.status == 403

    assert await told(salon) == []


async def test_hostile_words_are_only_words(salon: Salon, browser: Browser) -> None:
    """L1, T5: HTML, controls, headers, templates, a pasted link: the team reads them as text, the token masked."""
    token = await given(salon)
    words = f"{HTML}\r\nBcc: x@y.test\r\n{{{{7*7}}}} {{start}} \x00\x1b[31m\u202e /b/nova/manage/{token}"

    await writes(browser, token, words)
    kept = await writes(browser, token, f"{HTML}{'x' * LONGEST_QUESTION}")

    [mail] = await told(salon)
    assert said(mail)[2] == f"> {HTML}\n> Bcc: x@y.test\n> {{{{7*7}}}} {{start}}   [31m /b/nova/manage/…"
    assert mail["Bcc"] is None
    assert token not in mail.as_string()
    assert kept.tree.css("textarea")[0].text().startswith(HTML)
    assert kept.tree.css("img") == []


async def test_a_megabyte_is_too_much(salon: Salon, browser: Browser) -> None:
    """L1: refused before it is read whole."""
    token = await given(salon)
    form = (await browser.open(path_of("ask", token))).form

    page = await browser.send(form, words="x" * 1_000_000)

    assert page.status == 413
    assert await told(salon) == []


async def test_a_forgotten_guest_has_no_page(salon: Salon, browser: Browser) -> None:
    """L5: nor can a form that is still open be sent."""
    token = await given(salon)
    form = (await browser.open(path_of("ask", token))).form
    act = Act(OWNER, "terminal", salon.time())
    await salon.rebook.store.write(partial(forget, dossier=await salon.dossier(), act=act))

    pages = [await browser.open(path_of("ask", token)), await browser.send(form, words="Hello?")]

    assert [page.status for page in pages] == [404, 404]
    assert await told(salon) == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jo@guest.example", "j•••@g•••.example"),
        ("j@x.co.uk", "j•••@x•••.uk"),
        ("jo@localhost", "j•••@l•••"),
        ("żó@żółw.example", "ż•••@ż•••.example"),
        ("", "•••@•••"),
    ],
)
def test_an_address_is_shown_in_part(address: str, shown: str) -> None:
    """T5: whoever holds a forwarded link does not learn it."""
    assert masked_address(address) == shown
