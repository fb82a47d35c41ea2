"""What the guest wrote is found in any client's reply; nothing of ours, and nothing older, is taken for it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from mailin.quotes.html_quotes import MAX_LINES
from mailin.quotes.new_text import MAX_LINE, new_text
from mailin.reading.message import Message, read_message
from tests.mailin.door.answering import read_original
from tests.mailin.quotes.clients import CLIENTS

GUEST = "Jo Guest <jo@guest.example>"
CHOICES = """Hi Jo,

That time is taken. These are free:

1. Thu 26 Nov 15:00
2. Thu 26 Nov 15:30
3. Fri 27 Nov 09:00

Just reply with a number, or write another time in your own words, for instance "tomorrow morning" or "cancel".

Reschedule: https://book.example.com/b/nova/reschedule/abc
Cancel: https://book.example.com/b/nova/cancel/abc

Studio Nova, Main Street 1, Warsaw
"""
WORDS = [
    "Tuesday 1 December at 11:30 please",
    "2",
    "Thu 26 Nov 15:30",
    "Hi!\n\nCould we do Thu 26 Nov 15:00 instead?\n\nThanks,\nJo",
    "yes",
    "Gibt es Parkplätze? Ansonsten passt mir Donnerstag 15 Uhr.",
]


def choices_of_ours() -> bytes:
    """A message as we send it: text and HTML say the same."""
    message = EmailMessage()
    message["From"] = "Studio Nova <bookings@studio-nova-with-a-long-name.example.com>"
    message["Reply-To"] = f"reply+{'a2' * 21}@reply.example.com"
    message["To"] = GUEST
    message["Subject"] = "Your visit on Thursday 26 November at 14:00"
    message["Date"] = "Mon, 23 Nov 2026 09:14:00 +0100"
    message["Message-ID"] = "<m.1.signed@reply.example.com>"
    message.set_content(CHOICES)
    cells = "".join(f"<tr><td><p>{line}</p></td></tr>" for line in CHOICES.splitlines() if line)
    message.add_alternative(f"<html><body><table>{cells}</table></body></html>", subtype="html")
    return message.as_bytes()


def plain(text: str) -> Message:
    return Message(text=text, headers=(("from", "jo@guest.example"),))


def page(source: str) -> Message:
    return Message(html=source, headers=(("from", "jo@guest.example"),))


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
@pytest.mark.parametrize("client", CLIENTS)
def test_only_the_words_of_the_guest_are_read(client: str, words: str) -> None:
    """R6: whatever a client puts around them."""
    sent = choices_of_ours()
    raw = CLIENTS[client](sent, words, sender=GUEST)

    found = new_text(read_message(raw), read_original(sent).text)

    assert found.split() == words.split()


@pytest.mark.parametrize("client", sorted(set(CLIENTS) - {"bare_quoting"}))
def test_the_structure_is_enough_where_the_original_is_not_known(client: str) -> None:
    """R6: the message that is answered may be long gone."""
    raw = CLIENTS[client](choices_of_ours(), "Friday works", sender=GUEST)

    assert new_text(read_message(raw)) == "Friday works"


@pytest.mark.parametrize("client", sorted(set(CLIENTS) - {"thunderbird_below"}))
def test_an_empty_reply_says_nothing(client: str) -> None:
    """R6: a reply sent by accident must not act on what it quotes."""
    sent = choices_of_ours()
    raw = CLIENTS[client](sent, "", sender=GUEST)

    assert new_text(read_message(raw), read_original(sent).text) == ""


def test_answers_between_the_quoted_lines_keep_their_order() -> None:
    """R6."""
    text = """Hi, see below.

On Mon, 23 Nov 2026 at 09:14, Studio Nova <bookings@example.com> wrote:
> Is Thursday good?
No, Friday.
> And do you need parking?
Yes please
> Studio Nova
"""

    assert new_text(plain(text)) == "Hi, see below.\n\nNo, Friday.\nYes please"


def test_answers_between_the_quoted_paragraphs_of_gmail_keep_their_order() -> None:
    """R6: the element that Gmail calls a quotation also holds what was typed inside it."""
    source = """<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">On Mon wrote:</div>
    <blockquote class="gmail_quote">Is Thursday good?</blockquote><div>No, Friday.</div>
    <blockquote class="gmail_quote">Parking?</blockquote><div>Yes please</div></div></div>"""

    assert new_text(page(source)).split("\n") == ["No, Friday.", "", "Yes please"]


def test_words_that_the_guest_indents_stay_theirs() -> None:
    """R6: Gmail's "indent more" is a block quote, too."""
    source = """<div dir="ltr">Either of<blockquote style="margin:0 0 0 40px;border:none;padding:0px">Tue 11:30<br>
    Wed 11:30</blockquote></div>"""

    assert new_text(page(source)).split() == ["Either", "of", "Tue", "11:30", "Wed", "11:30"]


def test_where_the_structure_says_all_is_quoted_the_plain_text_is_not_asked() -> None:
    """R6: an old time read as a wish is worse than a guest asked again."""
    message = Message(
        text="Thu 26 Nov 15:00 is free", html="<blockquote type=cite>Thu 26 Nov 15:00 is free</blockquote>"
    )

    assert new_text(message) == ""


def test_a_choice_that_the_guest_retypes_stays_theirs() -> None:
    """R6: one line of ours, typed again, is an answer."""
    assert new_text(plain("Thu 26 Nov 15:00"), CHOICES) == "Thu 26 Nov 15:00"


def test_an_answer_below_an_unmarked_quotation_is_found_because_we_know_our_words() -> None:
    """R6: some people answer below, in clients that mark nothing."""
    text = f"On Mon, 23 Nov 2026 at 09:14, Studio Nova <b@example.com> wrote:\n\n{CHOICES}\nThe second one please"

    assert new_text(plain(text), CHOICES) == "The second one please"


def test_what_a_client_makes_of_our_html_is_history_with_the_rest() -> None:
    """R6, T5: below an unmarked attribution, lines that are not in our plain text are ours all the same."""
    ours = CHOICES.replace("Cancel:", "[button] Cancel this visit <https://book.example.com/t/aaaa>\nCancel:")
    text = f"ok\n\nOn Mon, 23 Nov 2026 at 09:14, Studio Nova <b@example.com> wrote:\n\n{ours}"

    assert new_text(plain(text), CHOICES) == "ok"


def test_an_unmarked_quotation_alone_says_nothing() -> None:
    """R6: in an answer, or where we know what we sent, silence is safer than an old time read as a wish."""
    text = "On Mon, 23 Nov 2026 at 09:14, Studio Nova <b@example.com> wrote:\n\nThu 26 Nov 15:00 is free"

    assert new_text(Message(text=text, in_reply_to=("7.abc@reply.example.com",))) == ""
    assert new_text(plain(text), CHOICES) == ""


def test_a_mail_that_answers_nothing_is_read_below_an_attribution() -> None:
    """R6: nothing of ours can stand in it; somebody hands on what another wrote."""
    text = "On Mon, 23 Nov 2026 at 09:14, Kim <k@example.com> wrote:\n\nCan I come on Friday?"

    assert new_text(plain(text)) == "Can I come on Friday?"


ATTRIBUTIONS = [
    "On Mon, Nov 23, 2026 at 9:14 AM Studio Nova <b@example.com> wrote:",
    "On Mon, Nov 23, 2026 at 9:14 AM Studio Nova with a very long name <\nbookings@studio-nova.example.com> wrote:",
    "Am Mo., 23. Nov. 2026 um 09:14 Uhr schrieb Studio Nova <b@example.com>:",
    "Le lun. 23 nov. 2026 à 09:14, Studio Nova <b@example.com> a\nécrit :",
    "El lun, 23 nov 2026 a las 9:14, Studio Nova (<b@example.com>) escribió:",
    "Il giorno lun 23 nov 2026 alle ore 09:14 Studio Nova <b@example.com>\nha scritto:",
    "Em seg., 23 de nov. de 2026 às 09:14, Studio Nova <b@example.com> escreveu:",
    "Op ma 23 nov 2026 om 09:14 schreef Studio Nova <b@example.com>:",
    "pon., 23 lis 2026 o 09:14 Studio Nova <b@example.com> napisał(a):",
    "W dniu 23.11.2026 o 09:14, Studio Nova pisze:",
    "пн, 23 лист. 2026 р. о 09:14 Studio Nova <b@example.com> пише:",
    "пн, 23 нояб. 2026 г. в 09:14, Studio Nova <b@example.com>:",
    "Den mån 23 nov. 2026 kl 09:14 skrev Studio Nova <b@example.com>:",
    "man. 23. nov. 2026 kl. 09:14 skrev Studio Nova <b@example.com\n>:",
    "ma 23. marrask. 2026 klo 9.14 Studio Nova (b@example.com) kirjoitti:",
    "po 23. 11. 2026 v 9:14 odesílatel Studio Nova <b@example.com> napsal:",
    "Studio Nova <b@example.com> ezt írta (időpont: 2026. nov. 23., H, 9:14):",
    "În lun., 23 nov. 2026 la 09:14, Studio Nova <b@example.com> a scris:",
    "Studio Nova <b@example.com>, 23 Kas 2026 Pzt, 09:14 tarihinde şunu yazdı:",
    "2026年11月23日(月) 9:14 Studio Nova <b@example.com>:",
    "在 2026年11月23日，上午9:14，Studio Nova <b@example.com> 写道：",
    "2026년 11월 23일 (월) 오전 9:14, Studio Nova <b@example.com>님이 작성:",
    "---- On Mon, 23 Nov 2026 09:14:00 +0100 Studio Nova <b@example.com> wrote ----",
    "Понедельник, 23 ноября 2026, 9:14 +03:00 от Studio Nova <b@example.com>:",
    '23.11.2026, 09:14, "Studio Nova" <b@example.com>:',
    "----- Am 23. Nov 2026 um 9:14 schrieb Studio Nova b@example.com:",
    "Studio Nova <b@example.com> wrote on 23/11/2026 09:14:00:",
    "In a message dated 11/23/2026 9:14:00 AM Central Standard Time, b@example.com writes:",
    ">>> Studio Nova <b@example.com> 23.11.2026 09:14 >>>",
    "---------- Původní e-mail ----------\nOd: Studio Nova <b@example.com>",
    'Od: "Studio Nova" <b@example.com>\nDo: Jo\nWysłane: 9:14 Poniedziałek 2026-11-23\nTemat: Wizyta',
    "------------------ 原始邮件 ------------------\n发件人: Studio Nova",
    "-----Ursprüngliche Nachricht-----",
    "-------- Original Message --------",
    "Von: Studio Nova <b@example.com>\nGesendet: Montag, 23. November 2026 09:14\nAn: Jo\nBetreff: Ihr Termin",
    "Fra: Studio Nova\nSendt: 23. november 2026 09:14\nTil: Jo <jo@x.example>\nEmne: Din tid",
    "*De :* Studio Nova <b@example.com>\n*Envoyé :* lundi 23 novembre 2026 09:14\n*À :* Jo\n*Objet :* Rendez-vous",
    "发件人: Studio Nova <b@example.com>\n发送时间: 2026年11月23日 9:14\n收件人: Jo\n主题: 预约",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("words", ["Friday 27 Nov at 15:00 works", "ok"])
def test_what_stands_below_an_attribution_is_history_in_any_language(attribution: str, gap: str, words: str) -> None:
    """R6, L4: also where a client leaves no blank line, or wraps it."""
    assert new_text(plain(f"{words}{gap}{attribution}\n\nThu 26 Nov 15:00 is free")) == words


@pytest.mark.parametrize(
    "words",
    [
        "On Thursday at 15:00 please",
        "I wrote to you on Monday.\nCan we do 15:00?",
        "Two wishes:\n- Tuesday 1 Dec 11:30\n- Thursday 3 Dec 15:00",
        "Sent from my desk, is Tuesday fine?",
        "From Monday to Friday any time after 16:00",
        "Date: Tuesday 1 December\nTime: 11:30",
        "A friend of mine said: take 15:00",
        "On Thursday 26 Nov your colleague said:\n15:00 is free. Can I have it?",
        "Sorry.\nSent by mistake before.\nFriday 15:00 please",
        "On Thursday at 15:00 she writes\nan exam, so Friday please",
        "One of these:\n\n01.12.2026 11.30\n02.12.2026 11.30\n03.12.2026 11.30",
        "Friday is fine.\n\nYou reach me here:\n+48 600 100 200\njo@guest.example",
        "Friday is fine.\n\nCall me at +48 600 100 200\nor write to jo@guest.example",
        "At 15:00 or 16:00:\nboth are fine on 3 Dec",
    ],
)
def test_what_only_looks_like_a_quotation_stays(words: str) -> None:
    """R6: a lost wish is as bad as an invented one."""
    assert new_text(plain(words)) == words


@pytest.mark.parametrize(
    "below",
    [
        "-- \nJo Guest\n+48 600 100 200, Mon-Fri 9:00-17:00",
        "--\nJo",
        "Sent from my iPhone",
        "Sent from [Mail](https://go.example.com) for Windows 10",
        "Jo Guest\njo@guest.example\n+48 600 100 200\nwww.guest.example",
        "Wysłane z iPhone'a",
        "Gesendet von Outlook für Android<https://aka.ms/AAb9ysg>",
        "Envoyé de mon iPhone",
        "This email and any attachments are confidential until 15:00 on Friday.",
        "________________________________\nSome list\nhttp://lists.example.com",
    ],
)
def test_signatures_footers_and_disclaimers_are_not_read(below: str) -> None:
    """R6."""
    assert new_text(plain(f"Friday works\n\n{below}\n")) == "Friday works"


def test_text_beyond_the_caps_is_left_unread() -> None:
    """L1: what is cut off is cut before any pattern looks at it."""
    text = "\n".join("x" * (MAX_LINE + 50) for _ in range(MAX_LINES + 50))

    lines = new_text(plain(text)).split("\n")

    assert (len(lines) <= MAX_LINES, max(len(line) for line in lines)) == (True, MAX_LINE)


@pytest.mark.parametrize(
    "introduction",
    [
        "2026/11/23 Studio Nova <b@example.com>",
        "Zitat von Studio Nova <b@example.com>:",
        "Quoting Studio Nova\n<b@example.com>:",
        "On Mon 23 Nov 2026 at 09:14, Studio Nova said:",
        "Pada tanggal 23 Nov 2026 09.14, Studio Nova <b@example.com> menulis:",
        "вт, 24 нояб. 2026 г. в 15:24, Studio\nNova <b@example.com>:",
        "Użytkownik Studio Nova\nnapisał:",
        "\u202bבתאריך יום ב׳, 23 בנוב׳ 2026 ב-09:14 מאת \u202aStudio Nova\u202c\u200f <b@example.com>:\u202c",
    ],
)
def test_what_introduces_a_marked_quotation_goes_with_it(introduction: str) -> None:
    """R6: an address, or a date with a year, right above the marks; in any language, and wrapped."""
    assert new_text(plain(f"ok then\n\n{introduction}\n\n> Thu 26 Nov 15:00 is free")) == "ok then"


@pytest.mark.parametrize(
    "block",
    [
        "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
        "-----Antwort auf Nachricht-----",
        "----- Мать всех писем -----\nХто: Studio Nova",
        "Dari: Studio Nova <b@example.com>\nTerkirim: Senin 23 November 2026\nKepada: Jo\nSubjek: Janji",
        "Studio Nova <b@example.com> wrote:",
    ],
)
def test_header_blocks_of_languages_without_words_here_are_history(block: str) -> None:
    """R6, L4: told by their shape."""
    assert new_text(plain(f"ok then\n\n{block}\n\nThu 26 Nov 15:00 is free")) == "ok then"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Friday please. On Mon, 23 Nov 2026 at 09:14, Nova <b@x.example> wrote: Thu 15:00 is free", "Friday please."),
        ("Friday please -- REPLY ABOVE THIS LINE -- Thu 26 Nov 15:00", "Friday please"),
        ("I wrote to b@x.example. On Friday I can: 15:00", "I wrote to b@x.example. On Friday I can: 15:00"),
    ],
)
def test_a_client_that_puts_all_on_one_line_is_read(line: str, words: str) -> None:
    """R6."""
    assert new_text(plain(line)) == words


def test_a_link_torn_off_a_quotation_is_part_of_it() -> None:
    """R6, T5: the link may be ours."""
    text = "ok\n\n> Cancel\n<https://book.example.com/b/nova/cancel/abc>\n> Studio Nova"

    assert new_text(plain(text)) == "ok"


def test_what_a_forward_hands_on_is_read_where_it_answers_nothing() -> None:
    """R7: for the team; where a message of ours is answered, what stands below the mark is history."""
    text = "---------- Forwarded message ----------\nFrom: Kim <k@x.example>\nDate: Monday\n\nCan you help?\n"

    assert new_text(plain(text)) == "Can you help?"
    assert new_text(Message(text=text, in_reply_to=("7.abc@reply.example.com",))) == ""
    assert new_text(plain(text), CHOICES) == ""


@pytest.mark.parametrize(
    ("words", "attribution"),
    [
        ("On Friday 11 December at 16:00 please", "Studio Nova <b@nova.example> wrote:"),
        ("On Friday 11 December at 16:00 please", "Studio Nova wrote:"),
        ("La semana que viene no, ¿el viernes 11 de diciembre?", "Studio Nova <b@nova.example> escribió:"),
        ("W piątek 11 grudnia o 16:00?", "Studio Nova <b@nova.example> napisał(a):"),
    ],
)
def test_words_that_begin_like_an_attribution_are_kept_above_one(words: str, attribution: str) -> None:
    """R6: a blank line divides them, and what stands below it is whole."""
    assert new_text(plain(f"{words}\n\n{attribution}\n> You are booked\n")) == words
