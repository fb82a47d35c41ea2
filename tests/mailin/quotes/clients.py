"""How mail clients quote: each function answers any message of ours the way one client does, text and HTML.

`CLIENTS` holds them by name. They take the raw message that is answered and the words that the guest types, and return
the raw reply; `date` is when the reply was written (five minutes after the message, if not given).
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tests.mailin.door.answering import Original, divs, paragraphs, put_together, read_original, wrapped

Client = Callable[..., bytes]

GERMAN = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
POLISH = (
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
)
POLISH_SHORT = ("sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru")
POLISH_DAYS = ("pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz.")
FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def _gmail(intro: str, sent: Original, words: str, *, sender: str, date: datetime | None) -> bytes:
    shown = html.escape(intro).replace(html.escape(sent.address), f'<a href="mailto:{sent.address}">{sent.address}</a>')
    page = (
        f'<div dir="ltr">{divs(words)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{shown}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px'
        f' 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{sent.html}</blockquote></div>\n'
    )
    text = f"{words}\n\n{wrapped(intro)}\n\n{sent.rewrapped}\n"
    return put_together(sent, sender=sender, text=text, page=page, date=date)


def reply_from_gmail(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    intro = f"On {original.date:%a, %b %d, %Y at %I:%M %p} {original.name} <{original.address}> wrote:"
    return _gmail(intro, original, words, sender=sender, date=date)


def reply_from_gmail_polish(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    at = original.date
    day = f"{POLISH_DAYS[at.weekday()]}, {at.day} {POLISH_SHORT[at.month - 1]} {at.year} o {at:%H:%M}"
    return _gmail(f"{day} {original.name} <{original.address}> napisał(a):", original, words, sender=sender, date=date)


def reply_from_gmail_french(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    at = original.date
    day = f"jeu. {at.day} {FRENCH[at.month - 1]} {at.year} à {at:%H:%M}"
    intro = f"Le {day}, {original.name} <{original.address}> a écrit :"
    return _gmail(intro, original, words, sender=sender, date=date)


def reply_from_gmail_text(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """Gmail in plain text mode."""
    original = read_original(sent)
    intro = f"On {original.date:%a, %d %b %Y at %H:%M}, {original.name} <{original.address}> wrote:"
    text = f"{words}\n\n{wrapped(intro)}\n>\n{original.rewrapped}\n"
    return put_together(original, sender=sender, text=text, page=None, date=date)


@dataclass(frozen=True, slots=True)
class _Outlook:
    """The names of the quoted header lines in one language."""

    sent_from: str
    sent: str
    to: str
    subject: str
    prefix: str
    moment: str

    def block(self, original: Original, sender: str) -> list[tuple[str, str]]:
        at = original.date
        moment = at.strftime(self.moment).replace("MONTH", GERMAN[at.month - 1])
        return [
            (self.sent_from, f"{original.name} <{original.address}>"),
            (self.sent, moment),
            (self.to, sender),
            (self.subject, original.subject),
        ]


_ENGLISH = _Outlook("From", "Sent", "To", "Subject", "RE: ", "%A, %B %d, %Y %I:%M %p")
_GERMAN = _Outlook("Von", "Gesendet", "An", "Betreff", "AW: ", "Donnerstag, %d. MONTH %Y %H:%M")
_POLISH = _Outlook("Od", "Wysłane", "Do", "Temat", "ODP: ", "%Y-%m-%d %H:%M")
_ITALIAN = _Outlook("Da", "Inviato", "A", "Oggetto", "R: ", "%d/%m/%Y %H:%M")


def _block_html(block: list[tuple[str, str]]) -> str:
    return "<br>".join(f"<b>{name}:</b> {html.escape(value)}" for name, value in block)


def _block_text(block: list[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in block)


def _outlook_desktop(names: _Outlook, sent: bytes, words: str, *, sender: str, date: datetime | None) -> bytes:
    original = read_original(sent)
    block = names.block(original, sender)
    page = (
        f'<div class=WordSection1>{paragraphs(words)}<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style="border:'
        'none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class=MsoNormal>'
        f"{_block_html(block)}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>{original.html}</div>"
    )
    text = f"{words}\n\n{_block_text(block)}\n\n{original.text}"
    return put_together(original, sender=sender, text=text, page=page, prefix=names.prefix, date=date)


def reply_from_outlook(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    return _outlook_desktop(_ENGLISH, sent, words, sender=sender, date=date)


def reply_from_outlook_german(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    return _outlook_desktop(_GERMAN, sent, words, sender=sender, date=date)


def reply_from_outlook_polish(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    return _outlook_desktop(_POLISH, sent, words, sender=sender, date=date)


def reply_from_outlook_new(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """The new Outlook and Outlook on the web."""
    original = read_original(sent)
    block = _ENGLISH.block(original, sender)
    page = (
        f'<div class="elementToProof">{divs(words)}</div><div id="appendonsend"></div><hr style="display:inline-block;'
        f'width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{_block_html(block)}</font>'
        f'<div>&nbsp;</div></div><div class="BodyFragment">{original.html}</div>'
    )
    text = f"{words}\n{'_' * 32}\n{_block_text(block)}\n\n{original.text}"
    return put_together(original, sender=sender, text=text, page=page, date=date)


def reply_from_outlook_ios(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    block = _ITALIAN.block(original, sender)
    page = (
        f'<div dir="ltr">{divs(words)}</div><div id="ms-outlook-mobile-signature" dir="ltr">Scarica <a href="https://'
        'aka.ms/o0ukef">Outlook per iOS</a></div><div id="mail-editor-reference-message-container" class="ms-outlook-'
        f'mobile-reference-message"><hr><div id="divRplyFwdMsg">{_block_html(block)}</div>{original.html}</div>'
    )
    footer = "Scarica Outlook per iOS<https://aka.ms/o0ukef>"
    text = f"{words}\n\n{footer}\n{'_' * 32}\n{_block_text(block)}\n\n{original.text}"
    return put_together(original, sender=sender, text=text, page=page, prefix="R: ", date=date)


def reply_from_apple_mail(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    intro = f"On {original.date.day}. {original.date:%b %Y, at %H:%M}, {original.name} <{original.address}> wrote:"
    page = (
        f'{divs(words)}<div><br><blockquote type="cite"><div>{html.escape(intro)}</div><br '
        f'class="Apple-interchange-newline"><div>{original.html}</div></blockquote></div><br>'
    )
    text = f"{words}\n\n> {intro}\n> \n{original.quoted}\n\n"
    return put_together(original, sender=sender, text=text, page=page, date=date)


def reply_from_iphone(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    intro = f"Am {original.date:%d.%m.%Y} um {original.date:%H:%M} schrieb {original.name} <{original.address}>:"
    page = (
        f'{divs(words)}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Von meinem iPhone gesendet</div><div '
        f'dir="ltr"><br><blockquote type="cite">{html.escape(intro)}<br><br></blockquote></div><blockquote type="cite">'
        f'<div dir="ltr">{original.html}</div></blockquote>'
    )
    text = f"{words}\n\nVon meinem iPhone gesendet\n\n> {intro}\n> \n{original.quoted}\n"
    return put_together(original, sender=sender, text=text, page=page, prefix="Re: ", date=date)


def _thunderbird(sent: bytes, *, sender: str, above: str, below: str, date: datetime | None) -> bytes:
    original = read_original(sent)
    intro = f"Am {original.date:%d.%m.%y} um {original.date:%H:%M} schrieb {original.name}:"
    page = (
        f'<p>{html.escape(above)}</p><div class="moz-cite-prefix">{html.escape(intro)}<br></div><blockquote '
        f'type="cite" cite="mid:{html.escape(str(original.message["Message-ID"]).strip("<>"))}">{original.html}'
        f"</blockquote><p>{html.escape(below)}</p>"
    )
    text = "\n".join([*([above, ""] if above else []), intro, original.quoted, "", below]).rstrip() + "\n"
    return put_together(original, sender=sender, text=text, page=page, prefix="AW: ", date=date, flowed=True)


def reply_from_thunderbird(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """Thunderbird in German, set to answer above."""
    return _thunderbird(sent, sender=sender, above=words, below="", date=date)


def reply_from_thunderbird_below(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """Thunderbird as it is delivered: the answer stands below the quotation."""
    return _thunderbird(sent, sender=sender, above="", below=words, date=date)


def reply_from_wp(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """The web mail of wp.pl."""
    original = read_original(sent)
    at = original.date
    intro = (
        f"Dnia {at.day} {POLISH[at.month - 1]} {at.year} {at:%H:%M} {original.name} <{original.address}> napisał(a):"
    )
    page = (
        f'{divs(words)}<div><br></div><div class="nh_extra"><p>{html.escape(intro)}</p><blockquote class="nh_quote" '
        f'style="margin:0 0 0 0.8ex;border-left:1px #ccc solid;padding-left:1ex">{original.html}</blockquote></div>'
    )
    text = f"{words}\n\n{intro}\n\n{original.quoted}\n"
    return put_together(original, sender=sender, text=text, page=page, prefix="Odp: ", date=date)


def reply_from_onet(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """The web mail of onet.pl: it quotes its text part without marks."""
    original = read_original(sent)
    at = original.date
    intro = f"W dniu {at:%Y-%m-%d %H:%M:%S} użytkownik {original.name} <{original.address}> napisał:"
    page = f"{divs(words)}<br><div>{html.escape(intro)}</div><blockquote>{original.html}</blockquote>"
    return put_together(original, sender=sender, text=f"{words}\n\n{intro}\n{original.text}", page=page, date=date)


def reply_from_gmx(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """The web mail of GMX and web.de."""
    original = read_original(sent)
    block = [
        ("Gesendet", f"Donnerstag, {original.date:%d}. {GERMAN[original.date.month - 1]} {original.date:%Y um %H:%M}"),
        ("Von", f'"{original.name}" <{original.address}>'),
        ("An", sender),
        ("Betreff", original.subject),
    ]
    page = (
        f'<div style="font-family: Verdana;">{divs(words)}<div>&nbsp;<div name="quote" style="margin:10px 5px 5px '
        f'10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;">{_block_html(block)}</div>'
        f'<div name="quoted-content">{original.html}</div></div></div></div>'
    )
    return put_together(original, sender=sender, text=None, page=page, prefix="Aw: ", date=date)


def reply_from_yahoo(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    intro = f"On {original.date:%A, %B %d, %Y at %I:%M:%S %p GMT}, {original.name} <{original.address}> wrote:"
    page = (
        f'<div class="yahoo-style-wrap"><div dir="ltr">{divs(words)}</div></div><div id="yahoo_quoted_1234" '
        f'class="yahoo_quoted"><div><div>{html.escape(intro)}</div><div>{original.html}</div></div></div>'
    )
    text = f"{words}\n\n    {intro}\n\n " + original.text.replace("\n", "\n ")
    return put_together(original, sender=sender, text=text, page=page, date=date)


def reply_from_proton(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    original = read_original(sent)
    intro = f"On {original.date:%A, %B %d, %Y at %I:%M %p}, {original.name} <{original.address}> wrote:"
    page = (
        f'<div style="font-family: Arial">{divs(words)}</div><div class="protonmail_signature_block"><div>Sent with '
        f'<a href="https://proton.me">Proton Mail</a> secure email.</div></div><br><div class="protonmail_quote">'
        f'{html.escape(intro)}<br><blockquote class="protonmail_quote" type="cite">{original.html}</blockquote></div>'
    )
    text = f"{words}\n\nSent with Proton Mail secure email.\n\n{intro}\n\n{original.quoted}\n"
    return put_together(original, sender=sender, text=text, page=page, date=date)


def reply_from_bare(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """A client that quotes nothing."""
    return put_together(read_original(sent), sender=sender, text=f"{words}\n", page=None, date=date)


def reply_from_bare_quoting(sent: bytes, words: str, *, sender: str, date: datetime | None = None) -> bytes:
    """A client that puts the old text below, with neither marks nor an attribution: only we know that it is ours."""
    original = read_original(sent)
    return put_together(original, sender=sender, text=f"{words}\n\n{original.text}", page=None, date=date)


CLIENTS: dict[str, Client] = {
    "gmail": reply_from_gmail,
    "gmail_polish": reply_from_gmail_polish,
    "gmail_french": reply_from_gmail_french,
    "gmail_text": reply_from_gmail_text,
    "outlook": reply_from_outlook,
    "outlook_german": reply_from_outlook_german,
    "outlook_polish": reply_from_outlook_polish,
    "outlook_new": reply_from_outlook_new,
    "outlook_ios": reply_from_outlook_ios,
    "apple_mail": reply_from_apple_mail,
    "iphone": reply_from_iphone,
    "thunderbird": reply_from_thunderbird,
    "thunderbird_below": reply_from_thunderbird_below,
    "wp": reply_from_wp,
    "onet": reply_from_onet,
    "gmx": reply_from_gmx,
    "yahoo": reply_from_yahoo,
    "proton": reply_from_proton,
    "bare": reply_from_bare,
    "bare_quoting": reply_from_bare_quoting,
}
"""Every client by its name."""
