"""What leaves: a notice as the mail that a guest, the team or a performer reads."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from core.model import Payment, Settings, Status
from core.notices import Audience, Kind
from core.plain_text import display_name, one_line
from core.reply import Choice, Part, Reply
from core.tokens import mask_tokens, read_message_id
from mailin.out.compose import compose
from mailin.out.picture import read_picture
from tests.mailin.out.letters import (
    CALENDAR_KEY,
    JO,
    KEYS,
    LONDON,
    LOOK,
    MOVED,
    OLD,
    SECRET,
    START,
    TOKEN,
    WARSAW,
    body,
    choice,
    composed,
    notice,
    read,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PAGES = "https://book.example.com/b/nova"

CONFIRMATION = f"""\
You are booked at Studio Nova for Tuesday 1 December, 11:30. We look forward to seeing you!

Your booking: Haircut at Studio Nova
When: Tuesday 1 December, 11:30–12:15 (Warsaw time)
Where: ul. Prosta 5, Warszawa
With: Ana
Reference: K7Q-2MX
Status: Confirmed

To change anything, just reply to this mail in your own words, for example "can we do Thursday afternoon instead?"

Reschedule: {PAGES}/reschedule/{TOKEN}
Cancel: {PAGES}/cancel/{TOKEN}
View booking: {PAGES}/manage/{TOKEN}

--\N{SPACE}
Studio Nova
ul. Prosta 5, Warszawa
+48 22 123 45 67
team@nova.example
You get this mail because you have a booking with Studio Nova.
"""


def one(page: LexborHTMLParser, selector: str) -> LexborNode:
    """Return the first element of *page* that *selector* finds."""
    found = page.css_first(selector)
    assert found is not None
    return found


def test_a_confirmation_says_everything_in_plain_text() -> None:
    """M1: service, date, time with zone, location, performer, reference, links, "or just reply"."""
    assert body(composed(notice()), "plain") == CONFIRMATION


def test_a_confirmation_says_the_same_in_html() -> None:
    """M1: what the text says, the HTML says; its links are the same."""
    page = LexborHTMLParser(body(composed(notice()), "html"))

    words = " ".join(page.body.text(separator=" ").split()) if page.body else ""
    for line in CONFIRMATION.split("\n"):
        label, _, value = line.partition(": ") if "https:" not in line else ("", "", "")
        assert all(part in words for part in (label, value) if part != "-- ")
    assert [link.attributes["href"] for link in page.css("a")] == [
        "https://www.google.com/maps/search/?api=1&query=ul.+Prosta+5%2C+Warszawa",
        *(f"{PAGES}/{name}/{TOKEN}" for name in ("reschedule", "cancel", "manage")),
    ]


def test_the_headers_thread_the_mail_and_keep_robots_quiet() -> None:
    """M4, R6: a signed Message-ID, the booking's thread, and nothing that an out-of-office answers."""
    message = composed(notice(kind="answer", thread=("<one@mail.test>", "<two@mail.test>")))

    headers = {name: value for name, value in message.items() if name != "Content-Type"}
    own, root = headers.pop("Message-ID"), headers.pop("References").split(" ")[0]
    assert (read_message_id(own, LOOK.domain, KEYS), read_message_id(root, LOOK.domain, KEYS)) == ("7", "b12")
    assert message["References"] == f"{root} <one@mail.test> <two@mail.test>"
    assert headers == {
        "From": "Studio Nova <bookings@example.com>",
        "To": "Jo <jo@example.org>",
        "Reply-To": f"reply+{TOKEN}@reply.example.com",
        "Subject": "Re: Haircut at Studio Nova (K7Q-2MX)",
        "Date": "Mon, 23 Nov 2026 09:15:03 +0000",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, NRN, AutoReply, RN",
        "X-Rebook": "reply.example.com",
        "MIME-Version": "1.0",
        "In-Reply-To": "<two@mail.test>",
    }


def test_all_mails_of_a_booking_share_one_thread() -> None:
    first, later = composed(notice()), composed(notice(id=8, kind="reminder"))

    assert first["References"] == later["References"]
    assert first["Message-ID"] != later["Message-ID"]


def test_the_same_notice_is_the_same_mail_byte_for_byte() -> None:
    """M4: a repeat is recognisable."""
    about = notice(reply=MOVED, business_name="Żółw")

    first, again = compose(about, LOOK), compose(about, LOOK)

    assert first == again


def test_the_parts_nest_as_calendars_want_them() -> None:
    """M5: the invitation stands beside the text, with its method in the header, and again as a file."""
    message = composed(notice())

    assert [(part.get_content_type(), part.get_filename()) for part in message.walk()] == [
        ("multipart/mixed", None),
        ("multipart/alternative", None),
        ("text/plain", None),
        ("text/html", None),
        ("text/calendar", None),
        ("application/ics", "invite.ics"),
    ]
    shown, file = list(message.walk())[-2:]
    assert shown["Content-Type"].params == {"method": "REQUEST", "charset": "UTF-8"}
    assert shown.get_payload(decode=True) == file.get_payload(decode=True)


def test_an_answer_that_changes_nothing_carries_no_invitation() -> None:
    message = composed(notice(reply=Reply((Part("kept", {"start": START}),))))

    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_choices_are_numbered_and_open_the_page_that_confirms_them() -> None:
    """R2, T6: a number in the text, a link that only shows in the HTML."""
    choices = (choice(1, OLD), choice(2, OLD + timedelta(hours=1), "Olga"))
    message = composed(notice(kind="answer", reply=Reply((Part("offer_taken", {"wished": START}),), choices)))

    assert body(message, "plain").startswith(
        "Sorry, we cannot offer Tuesday 1 December, 11:30. These are the nearest free times:\n\n"
        "1. Thu 26 Nov, 15:00\n"
        "2. Thu 26 Nov, 16:00 with Olga\n\n"
        "Reply with the number, or in your own words.\n\n"
    )
    links = [
        urlsplit(link.attributes["href"] or "") for link in LexborHTMLParser(body(message, "html")).css("a.choice")
    ]
    assert [link.path for link in links] == [f"/b/nova/reschedule/{TOKEN}"] * 2
    assert [parse_qs(link.query) for link in links] == [
        {"start": ["2026-11-26T15:00:00+01:00"]},
        {"start": ["2026-11-26T16:00:00+01:00"], "performer": ["2"]},
    ]


def test_a_question_has_a_button_that_opens_its_page() -> None:
    """R3, T6: YES in words, or on the page that asks again."""
    cancel = Reply((Part("confirm_cancel", {"start": START}),), (Choice("yes"), Choice("no")))
    slot = choice(1, OLD).slot
    move = Reply((Part("confirm_move", {"start": OLD, "old": START}),), (Choice("yes", slot), Choice("no")))

    assert f"\nCancel the booking: {PAGES}/cancel/{TOKEN}\n" in body(composed(notice(reply=cancel)), "plain")
    told = body(composed(notice(reply=move)), "plain")
    assert f"\nConfirm the new time: {PAGES}/reschedule/{TOKEN}?start=2026-11-26T15%3A00%3A00%2B01%3A00\n" in told
    assert "yes." not in told


def test_where_the_clocks_differ_both_are_shown() -> None:
    """L4: a visit to a place is told by the venue's clock, the guest's stands beside it."""
    guest = replace(JO, zone=LONDON)
    told = body(
        composed(notice(zone=LONDON, booking_guest=guest, reply=replace(MOVED, choices=(choice(1, OLD),)))), "plain"
    )

    assert told.startswith(
        "Done! Your booking is now on Tuesday 1 December, 11:30 (it was Thursday 26 November, 15:00)."
    )
    assert "\n1. Thu 26 Nov, 15:00 (14:00 London time)\n" in told
    assert "\nTimes are Warsaw time.\n" in told
    assert "\nWhen: Tuesday 1 December, 11:30–12:15 (Warsaw time)\n" in told
    assert "  Tuesday 1 December, 10:30–11:15 (London time)\n" in told


def test_an_online_service_is_told_by_the_guests_clock() -> None:
    """L4: it happens where the guest is."""
    about = notice(zone=LONDON, booking_guest=replace(JO, zone=LONDON), service_online=True)

    told = body(composed(about), "plain")

    assert told.startswith("You are booked at Studio Nova for Tuesday 1 December, 10:30.")
    assert "\nTimes are London time.\n" in told
    assert "\nWhen: Tuesday 1 December, 10:30–11:15 (London time)\n" in told
    assert "\nWhere: Online\n" in told


def test_the_cancel_link_is_there_unless_guests_may_not_cancel() -> None:
    """M1, G7: Reschedule always, Cancel by the live setting."""
    about = notice(business_settings=Settings(guest_cancel=None, guest_reschedule=None))

    told = body(composed(about), "plain")

    assert f"/reschedule/{TOKEN}" in told
    assert "/cancel/" not in told


def test_a_cancelled_booking_has_no_links_but_a_kind_line() -> None:
    """S2, M3: nothing to press that cannot come back; how to come another time."""
    said = Reply((Part("cancelled", {"start": START}),), (Choice("undo"),), invites=True)
    message = composed(notice(kind="cancelled", booking_status=Status.CANCELLED, reply=said))

    told = body(message, "plain")
    assert "\nStatus: Cancelled\n" in told
    assert "\nWould you like to come another time? Just reply to this mail and we will see.\n" in told
    assert "https://" not in told
    assert (
        next(part for part in message.walk() if part.get_content_type() == "text/calendar")["Content-Type"].params[
            "method"
        ]
        == "CANCEL"
    )


@pytest.mark.parametrize(
    ("audience", "reply_to"),
    [("team", "jo@example.org"), ("performer", "team@nova.example")],
    ids=["team", "performer"],
)
def test_nobody_but_the_guest_gets_the_token(audience: Audience, reply_to: str) -> None:
    """T5: no token, no link, not even quoted by the guest or cut by a line end; Reply-To is a person."""
    words = f"see {PAGES}/manage/{TOKEN.upper()} or reply+{TOKEN}@reply.example.com"
    parts = (Part("team.message", {"guest": f"Jo {TOKEN}"}), Part("team.words", {"words": words}))
    raw = compose(
        notice(kind="message", audience=audience, reply=Reply(parts, (choice(1, OLD),), invites=True)), LOOK
    ).raw

    message = read(raw)
    everything = "\n".join([str(message), body(message, "plain"), body(message, "html")]).lower()
    assert message["Reply-To"] == reply_to
    assert TOKEN not in everything
    assert SECRET not in everything
    assert "/b/nova/reschedule" not in everything
    assert not any(part.get_content_type() == "text/calendar" for part in message.walk())


def test_a_guests_token_stands_only_where_it_works() -> None:
    """T5: in Reply-To and in the links; the invitation, the Message-ID and the subject show none."""
    message = composed(notice(reply=MOVED, thread=("<one@mail.test>",)))

    headers = [name for name, value in message.items() if mask_tokens(value) != value]
    calendar = body(message, "calendar").replace("\n ", "")
    bare = body(message, "plain").replace(f"/{TOKEN}\n", "\n")
    assert headers == ["Reply-To"]
    assert TOKEN not in bare
    assert mask_tokens(calendar) == calendar
    assert SECRET not in calendar
    assert f"mailto:cal+{CALENDAR_KEY}@reply.example.com" in calendar


def test_a_forgotten_guest_leaves_no_link_behind() -> None:
    """L5, T1: without the secret part there is no token to send."""
    message = composed(notice(booking_token_random=None))

    assert message["Reply-To"] == "team@nova.example"
    assert "https://" not in body(message, "plain")


def test_the_team_reads_who_wrote_what_where() -> None:
    """R5, G10: facts of the guest, their words marked as theirs, the channel in words."""
    parts = (
        Part("team.moved", {"guest": "Jo", "start": START, "old": OLD, "channel": "mail"}),
        Part("team.words", {"words": "Thanks!\r\nIs there\tparking?\n\n\n\nJo"}),
    )
    told = body(composed(notice(kind="moved", audience="team", reply=Reply(parts))), "plain")

    assert told.startswith(
        "Jo moved their booking from Thursday 26 November, 15:00 to Tuesday 1 December, 11:30 (by mail).\n\n"
        "Their words:\n\n> Thanks!\n> Is there parking?\n>\n> Jo\n\n"
    )
    assert "\nGuest: Jo <jo@example.org>\n" in told


def test_a_guests_words_are_a_quotation_in_html() -> None:
    """R5: their lines as they wrote them, without the marks that text needs; no mark-up of theirs."""
    words = Reply((Part("team.message", {"guest": "Jo"}), Part("team.words", {"words": "<b>Hi</b>\n\n> quoted\nJo"})))

    page = LexborHTMLParser(body(composed(notice(kind="message", audience="team", reply=words)), "html"))

    assert one(page, "blockquote").text() == "<b>Hi</b>\n\n> quoted\nJo"


def test_the_team_reads_why_a_wish_was_refused() -> None:
    """F8: the code of the refusal in words."""
    blocked = Reply((Part("team.blocked", {"guest": "Jo", "code": "window_closed"}),))

    told = body(composed(notice(kind="blocked", audience="team", reply=blocked)), "plain")

    assert told.startswith(
        "Jo would like to change their booking, but could not do it alone. It is too close to the start.\n"
    )


@pytest.mark.parametrize(
    ("url", "pressed"),
    [
        (f"https://pay.example.com/c/{'x' * 400}#a=1&b=2", True),
        ("javascript:alert(1)", False),
        ('https://x.test/"><script>', True),
    ],
)
def test_a_link_to_pay_is_whole_and_can_be_pressed(url: str, pressed: bool) -> None:  # noqa: FBT001 - a case's outcome
    """G2: the link to finish the payment, never cut; only https is a link."""
    reply = Reply((Part("refused.payment_pending"), Part("pay_link", {"url": url})))
    message = composed(notice(kind="answer", reply=reply))

    links = [link.attributes["href"] for link in LexborHTMLParser(body(message, "html")).css("a.action")]
    assert f"Please finish your payment here: {url}\n" in body(message, "plain")
    assert links == ([url] if pressed else [])


def test_a_refusal_does_not_invite_to_what_it_refuses() -> None:
    """G7: after "too late" no "just reply to change anything"; the links stay, their pages say why (M1)."""
    reply = Reply((Part("refused.begun", {"start": START}),))

    told = body(composed(notice(kind="answer", reply=reply)), "plain")

    assert "To change anything" not in told
    assert f"/reschedule/{TOKEN}" in told


def test_a_payment_is_shown_once_there_is_one() -> None:
    assert "\nPayment: Paid\n" in body(composed(notice(booking_payment=Payment.PAID)), "plain")


@pytest.mark.parametrize("kind", ["answer", "confirmation", "reminder", "moved", "cancelled"])
def test_a_year_away_the_year_is_told(kind: Kind) -> None:
    start = START + timedelta(days=365)
    told = body(composed(notice(kind=kind, booking_start=start, booking_end=start + timedelta(hours=1))), "plain")

    assert "When: Wednesday 1 December 2027, 11:30–12:30 (Warsaw time)" in told


@pytest.mark.parametrize(
    ("accent", "used", "on_it"),
    [
        ("#0a7d6c", "#0a7d6c", "#ffffff"),
        ("#ffee00", "#ffee00", "#000000"),
        ("red;} body { display: none", "#0a7d6c", "#ffffff"),
        ("#12345", "#0a7d6c", "#ffffff"),
    ],
)
def test_the_accent_is_a_colour_and_the_words_on_it_can_be_read(accent: str, used: str, on_it: str) -> None:
    """L1: a colour that is none is not written into the style sheet."""
    question = Reply((Part("confirm_cancel", {"start": START}),), (Choice("yes"), Choice("no")))
    about = notice(business_settings=Settings(accent=accent), reply=question)

    button = LexborHTMLParser(body(composed(about), "html")).css_first("a.action")

    assert button is not None
    assert f"background: {used};color: {on_it};" in (button.attributes["style"] or "")


def test_the_html_loads_nothing_and_fits_a_phone_by_day_and_night() -> None:
    raw = compose(notice(), LOOK, read_picture(PNG)).raw
    page = LexborHTMLParser(body(read(raw), "html"))

    html = page.html or ""
    assert page.css("link, iframe, object, form, [background], script:not([type='application/ld+json'])") == []
    assert [(node.tag, (node.attributes["src"] or "").partition(":")[0]) for node in page.css("[src]")] == [
        ("img", "cid")
    ]
    assert "url(" not in html
    assert "@import" not in html
    assert [meta.attributes.get("content") for meta in page.css("meta[name=viewport], meta[name=color-scheme]")] == [
        "width=device-width, initial-scale=1",
        "light dark",
    ]
    assert "@media (prefers-color-scheme: dark)" in html
    assert "[data-ogsc]" in html
    assert "<!--[if mso]>" in html
    assert [one(page, "html").attributes.get(name) for name in ("lang", "dir")] == ["en", "ltr"]


def test_a_right_to_left_language_is_laid_out_the_other_way() -> None:
    """L4: by the script of the language, which no code names."""
    english = LOOK.phrases.languages["en"]
    hebrew = replace(english, habits=Locale.parse("he"))
    look = replace(LOOK, phrases=replace(LOOK.phrases, languages={"he": hebrew, "en": english}))

    page = LexborHTMLParser(body(read(compose(notice(locale="he"), look).raw), "html"))

    assert one(page, "html").attributes["dir"] == "rtl"
    assert "text-align: right" in (one(page, "td.label").attributes["style"] or "")


def test_a_mail_program_previews_the_first_sentence() -> None:
    """The one line beside the subject, however the mail begins; it is a line of the text, too."""
    mail = compose(notice(reply=MOVED), LOOK)
    page = LexborHTMLParser(body(read(mail.raw), "html"))

    hidden = one(page, "body > div")

    assert "display: none" in (hidden.attributes["style"] or "")
    assert hidden.text() == mail.words.splitlines()[0]


def test_a_logo_travels_with_the_mail() -> None:
    """It is a part beside the HTML that the HTML names; the same one in every mail."""
    logo = read_picture(PNG)
    message = read(compose(notice(), LOOK, logo).raw)

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/calendar",
        "application/ics",
    ]
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    shown = one(LexborHTMLParser(body(message, "html")), "img")
    assert picture.get_payload(decode=True) == PNG
    assert picture["Content-Disposition"] == "inline"
    assert f"<{(shown.attributes['src'] or '').removeprefix('cid:')}>" == picture["Content-ID"]
    assert shown.attributes["alt"] == "Studio Nova"


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<html>not found</html>", None),
        (b"", None),
        (b"GIF89a" + b"." * 65_536, None),
    ],
)
def test_a_picture_is_what_it_begins_with(data: bytes, content_type: str | None) -> None:
    """L1: whatever a server calls it; nothing that can hold a script, nothing large."""
    picture = read_picture(data)

    assert (picture.content_type if picture else None) == content_type


def test_what_was_written_before_its_words_told_more_still_leaves() -> None:
    """M4: a reminder waits for days; an update in between must not break it."""
    told = body(composed(notice(kind="reminder", reply=Reply((Part("reminder", {"start": START}),)))), "plain")

    assert told.startswith("A short reminder: we see you at Studio Nova on Tuesday 1 December, 11:30.\n")


def test_a_move_shows_the_time_before() -> None:
    """G10: old and new time, in the sentence and among the facts."""
    told = composed(notice(kind="moved", reply=MOVED))

    page = LexborHTMLParser(body(told, "html"))
    assert "\nBefore: Thursday 26 November, 15:00\n" in body(told, "plain")
    assert one(page, "td.past").text() == "Thursday 26 November, 15:00"
    assert "Before:" not in body(composed(notice()), "plain")


def card_of(about: Any) -> Any:
    page = LexborHTMLParser(body(composed(about), "html"))
    (script,) = page.css("script")
    return json.loads(script.text())


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (Status.PENDING, "ReservationPending"),
        (Status.CONFIRMED, "ReservationConfirmed"),
        (Status.CANCELLED, "ReservationCancelled"),
    ],
)
def test_mail_programs_get_the_booking_as_data(status: Status, shown: str) -> None:
    """Gmail's EventReservation, whole."""
    assert card_of(notice(booking_status=status)) == {
        "@context": "https://schema.org",
        "@type": "EventReservation",
        "reservationNumber": "K7Q-2MX",
        "reservationStatus": f"https://schema.org/{shown}",
        "underName": {"@type": "Person", "name": "Jo"},
        "reservationFor": {
            "@type": "Event",
            "name": "Haircut – Studio Nova",
            "startDate": "2026-12-01T11:30:00+01:00",
            "endDate": "2026-12-01T12:15:00+01:00",
            "location": {"@type": "Place", "name": "Studio Nova", "address": "ul. Prosta 5, Warszawa"},
        },
        "provider": {"@type": "Organization", "name": "Studio Nova"},
        "modifiedTime": "2026-11-23T10:15:03+01:00",
        "modifyReservationUrl": f"{PAGES}/manage/{TOKEN}",
        "url": f"{PAGES}/manage/{TOKEN}",
    }


def test_what_is_online_has_no_place_in_the_world() -> None:
    meeting = "https://meet.example.com/nova"

    places = [card_of(notice(service_online=True, service_location=where)) for where in (None, meeting)]

    assert [one["reservationFor"]["location"] for one in places] == [
        {"@type": "VirtualLocation", "url": f"{PAGES}/manage/{TOKEN}"},
        {"@type": "VirtualLocation", "url": meeting},
    ]


@pytest.mark.parametrize(
    "about",
    [notice(audience="team"), notice(audience="performer"), notice(booking_status=Status.COMPLETED)],
    ids=["team", "performer", "over"],
)
def test_only_a_guests_mail_about_a_visit_to_come_has_data(about: Any) -> None:
    """T5: it leads to the guest's page."""
    assert "<script" not in body(composed(about), "html")


@pytest.mark.parametrize("hostile", ["</script><script>alert(1)</script>", "<!--<script>", "]]>&amp;\u2028", "\ud800"])
def test_no_name_ends_the_data(hostile: str) -> None:
    """L1: the script element holds JSON alone, and says the name as it is."""
    about = notice(booking_guest=replace(JO, name=hostile), service_name=hostile)
    html = body(composed(about), "html")

    card = card_of(about)

    assert html.lower().count("<script") == html.lower().count("</script") == 1
    assert card["underName"]["name"] == one_line(hostile)


def test_every_element_is_styled_where_it_stands() -> None:
    """M1: a mail program that drops style sheets shows the mail as it is meant."""
    offer = Reply((Part("pay_link", {"url": "https://pay.example.com/"}),), (choice(1, OLD),))
    question = Reply((Part("confirm_cancel", {"start": START}),), (Choice("yes"), Choice("no")))

    for reply in (offer, question):
        page = LexborHTMLParser(body(composed(notice(reply=reply, zone=LONDON)), "html"))
        assert [node.html for node in page.css("body *:not(tbody, tr)") if not node.attributes.get("style")] == []


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "Jo\r\nBcc: all@example.org\r\n\r\nhello",
    "Jo\nTo: x@y.test\x00\x07\x1b[31m",
    "{{ 7 * 7 }}{% for %}{start}%s",
    "=?utf-8?q?=0D=0ABcc:_x=40y.test?=",
    "\u202egnp.exe\u2028Bcc: x\u0085y\ud800",
    "x" * 5000,
    "Ж" * 5000,
    '"quoted", <angle@x.test>; (comment) \\ back',
    "=cmd|' /C calc'!A0",
    "",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("audience", ["guest", "team", "performer"])
def test_no_string_breaks_out_of_its_place(audience: Audience, hostile: str) -> None:
    """L1: HTML, line ends, controls, formulas and novels stay words, in headers, text, HTML and calendar."""
    message, plain = hostile_mail(audience, hostile), composed(notice(audience=audience))

    assert sorted(message.keys()) == sorted(plain.keys())
    assert message.defects == []
    assert [len(message[name].addresses) for name in ("From", "To", "Reply-To")] == [1, 1, 1]
    assert message["From"].addresses[0].addr_spec == "bookings@example.com"
    shown = display_name(hostile)
    assert len(shown) <= 75
    assert not set('@:,<>"') & set(shown)
    assert len(message["Subject"]) <= 200
    assert LexborHTMLParser(body(message, "html")).css("script:not([type]), img, angle") == []
    assert not any(sign in body(message, "plain") for sign in "\x00\x07\x1b\r\u202e\u2028\x85")
    assert all(len(line) <= 998 for line in compose(hostile_notice(audience, hostile), LOOK).raw.split(b"\r\n"))


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(), max_size=60))
def test_any_string_at_all_makes_a_readable_mail(hostile: str) -> None:
    """L1, M5: nothing that can be typed stops a mail from leaving."""
    message = hostile_mail("guest", hostile)

    assert message.defects == []
    assert body(message, "calendar").startswith("BEGIN:VCALENDAR\n")
    assert body(message, "calendar").count("\nBEGIN:") == 1


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "jo@exam ple.org", "jo@example.org\r\nBcc: x@y.test", "żó@x.test"]
)
def test_an_address_that_is_none_injects_nothing(address: str) -> None:
    """L1: such a mail is refused when it is sent; composing it harms nobody."""
    message = composed(notice(to_address=address, booking_guest=replace(JO, email=address)))

    assert "Bcc" not in message
    assert message["Reply-To"] == f"reply+{TOKEN}@reply.example.com"


def test_an_international_domain_is_written_in_ascii() -> None:
    assert composed(notice(to_address="jo@żółw.example"))["To"] == "Jo <jo@xn--w-uga1v8h.example>"


def test_message_ids_that_are_none_do_not_thread() -> None:
    """L1: what a stranger's mail called itself goes into no header unless it is a message id."""
    thread = ("<good@x.test>", "<bad\r\nBcc: x@y.test>", "bare@x.test", "<ż@x.test>", f"<{'x' * 999}@x.test>", "<>")

    message = composed(notice(thread=thread))

    assert message["References"].split(" ")[1:] == ["<good@x.test>"]
    assert message["In-Reply-To"] == "<good@x.test>"


def test_a_long_thread_keeps_its_first_and_its_latest() -> None:
    thread = tuple(f"<{number}@mail.test>" for number in range(100))

    references = composed(notice(thread=thread))["References"].split(" ")

    assert len(references) == 13
    assert read_message_id(references[0], LOOK.domain, KEYS) == "b12"
    assert references[-1] == "<99@mail.test>"


def test_the_bytes_are_what_mail_servers_pass_on() -> None:
    """RFC 5322 2.3: ASCII, CRLF alone, no line over 78 where a space allows it."""
    raw = compose(notice(business_name="Żółw i Łódź — salon fryzjerski", reply=MOVED), LOOK).raw

    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert base64.b64encode("Żółw".encode())[:6] in raw


def hostile_notice(audience: Audience, hostile: str) -> Any:
    guest = replace(JO, name=hostile, zone=WARSAW)
    parts = (Part("reason", {"reason": hostile}), Part("team.words", {"words": hostile}))
    return notice(
        audience=audience,
        kind="cancelled",
        to_name=hostile,
        reply=Reply(parts, (choice(1, OLD, hostile),), invites=True),
        booking_guest=guest,
        business_name=hostile,
        business_address=hostile,
        business_phone=hostile,
        business_slug=hostile,
        service_name=hostile,
        service_location=hostile,
        performer=replace(notice().performer, name=hostile),
    )


def hostile_mail(audience: Audience, hostile: str) -> Any:
    return read(compose(hostile_notice(audience, hostile), LOOK).raw)
