"""What comes back: reports by many servers, of failures and of delays, with and without RFC 3464 parts, and forged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from tests.machine_mails.mails import MachineMail, To, crlf, guest_of
from tests.mailin.door.answering import Original

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.guest.example>"


@dataclass(frozen=True, slots=True)
class Report:
    """An RFC 3464 report: what it says in words and in its fields; `quotes` how it holds what came back."""

    subject: str
    words: str
    action: str = "failed"
    status: str = "5.1.1"
    sender: str = DAEMON
    quotes: str = "message/rfc822"
    diagnostic: str = "smtp; 550 5.1.1 <{guest}>: Recipient address rejected"
    headers: tuple[str, ...] = ("Auto-Submitted: auto-replied",)
    final: str = "rfc822; {guest}"


FULL = "552-5.2.2 mailbox full"
REPORTS = {
    "Postfix": Report("Undelivered Mail Returned to Sender", "This is the mail system at host mx.guest.example."),
    "Postfix, headers only": Report(
        "Undelivered Mail Returned to Sender", "<{guest}>: unknown", quotes="text/rfc822-headers"
    ),
    "Postfix, expired": Report("Undelivered Mail Returned to Sender", "connect timed out", status="4.4.1"),
    "Postfix, full": Report("Undelivered Mail Returned to Sender", "mailbox full", status="5.2.2", diagnostic=FULL),
    "Postfix, host not found": Report("Undelivered Mail Returned to Sender", "Host not found", status="5.4.4"),
    "Exchange": Report(
        "Undeliverable: Your booking",
        "Delivery has failed to these recipients or groups:\n\n{guest}\nThe address couldn't be found.",
        sender="Microsoft Outlook <postmaster@guest.example>",
        headers=("Auto-Submitted: auto-replied", "X-MS-Exchange-Message-Is-Ndr:", "In-Reply-To: {id}"),
    ),
    "Exchange in German": Report(
        "Unzustellbar: Ihr Termin",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger: {guest}",
        status="5.1.10",
    ),
    "Exchange in Polish": Report(
        "Niedostarczalne: wizyta", "Nie można dostarczyć wiadomości do: {guest}", status="5.1.10"
    ),
    "Exchange in French": Report("Non remis : rendez-vous", "Échec de la remise à : {guest}", status="5.7.1"),
    "Exchange in Spanish": Report("No se puede entregar: cita", "Error de entrega a: {guest}", status="5.1.1"),
    "Exchange in Italian": Report("Non recapitabile: visita", "Recapito non riuscito: {guest}", status="5.1.1"),
    "Exchange in Dutch": Report("Onbestelbaar: afspraak", "Bezorging is mislukt: {guest}", status="5.1.1"),
    "Exchange in Portuguese": Report("Não entregue: consulta", "Falha na entrega: {guest}", status="5.1.1"),
    "Exchange in Russian": Report("Недоставленное: визит", "Не удалось доставить: {guest}", status="5.1.1"),
    "Exchange in Swedish": Report("Kan inte levereras: besök", "Leveransen misslyckades: {guest}", status="5.1.1"),
    "Gmail": Report(
        "Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to {guest} because the address couldn't be found.",
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        headers=(
            "X-Failed-Recipients: {guest}",
            "Auto-Submitted: auto-replied",
            "References: {id}",
            "In-Reply-To: {id}",
        ),
    ),
    "Gmail, full": Report("Delivery Status Notification (Failure)", "inbox is full", status="4.2.2", diagnostic=FULL),
    "sendmail": Report(
        "Returned mail: see transcript for details",
        "   ----- The following addresses had permanent fatal errors -----\n<{guest}>",
        sender="Mail Delivery Subsystem <MAILER-DAEMON@mx.guest.example>",
        headers=("Auto-Submitted: auto-generated (failure)",),
    ),
    "Yahoo, report": Report("Failure Notice", "Sorry, we were unable to deliver your message", status="5.0.0"),
    "iCloud": Report("Undelivered Mail Returned to Sender", "User not found", status="5.1.6"),
    "OpenSMTPD": Report("Delivery status notification: error", "Hi! This is the MAILER-DAEMON", action="error"),
    "blocked": Report("Undelivered Mail Returned to Sender", "blocked using Spamhaus", status="5.7.1"),
    "X.400": Report("Undelivered", "Not delivered", final="x400; /S=jo/; {guest}", diagnostic="x"),
    "brackets": Report("Undelivered", "Not delivered", final="<{guest}>"),
    "capitals": Report("UNDELIVERED", "NO", action="FAILED", final="RFC822;{guest}"),
    "no reason": Report("Undelivered", "", status="5.0.0", diagnostic="", quotes=""),
}
NO_FAILURES = {
    "Postfix, delayed": Report("Delayed Mail (still being retried)", "not yet", action="delayed", status="4.4.1"),
    "sendmail, warning": Report(
        "Warning: could not send message for past 4 hours", "x", action="delayed", status="4.0.0"
    ),
    "Exchange, delayed": Report("Delivery delayed: Your booking", "still trying", action="delayed", status="4.4.7"),
    "Exchange, delayed, German": Report("Zustellung verzögert: Termin", "später", action="delayed", status="4.4.7"),
    "Gmail, delayed": Report("Delivery Status Notification (Delay)", "keep trying", action="delayed", status="4.2.1"),
    "delivered": Report("Delivered: Your booking", "has been delivered", action="delivered", status="2.0.0"),
    "relayed": Report("Relayed: Your booking", "no confirmation", action="relayed", status="2.0.0"),
    "expanded": Report("Expanded: Your booking", "to a list", action="expanded", status="2.0.0"),
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A report in words alone."""

    subject: str
    words: str
    sender: str = DAEMON
    headers: tuple[str, ...] = ()
    fails: bool = True


PLAINS = {
    "qmail": Plain(
        "failure notice",
        "Hi. This is the qmail-send program at mx.guest.example.\nI'm afraid I wasn't able to deliver your message to"
        " the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{guest}>:\n"
        "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n{original}",
    ),
    "Exim": Plain(
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be"
        " delivered to one or more of its recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  {guest}\n    all relevant MX records point to non-existent hosts\n\n------ This is a copy of the message,"
        " including all the headers. ------\n\n{original}",
        headers=("X-Failed-Recipients: {guest}", "Auto-Submitted: auto-replied"),
    ),
    "Exim, warning": Plain(
        "Warning: message 1abcde-000001-AB delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been"
        " delivered to one or more of its recipients after more than 24 hours.\n\nNo action is required on your part.",
        headers=("Auto-Submitted: auto-replied",),
        fails=False,
    ),
    "Yahoo": Plain(
        "Failure Notice",
        "Message from yahoo.com.\nUnable to deliver message to the following address(es).\n\n<{guest}>:\nThis user"
        " doesn't have a yahoo.com account ({guest}) [0]\n\n--- Original message follows.\n\n{original}",
    ),
    "AOL": Plain(
        "Returned mail", "Your mail to the following recipients could not be delivered\n\n{guest}\n\n{original}"
    ),
    "old Exchange": Plain(
        "Undeliverable: Your booking",
        "Your message\n\n  To: {guest}\n\ndid not reach the following recipient(s):\n\n{guest} on Mon, 23 Nov 2026\n"
        "    The recipient name is not recognized\n\n{original}",
        sender="System Administrator <postmaster@guest.example>",
    ),
    "Domino": Plain(
        "DELIVERY FAILURE: User jo not listed in Domino Directory",
        "Your message\n\n  Subject: Your booking\n\nwas not delivered to:\n\n  {guest}\n\nbecause:\n\n  Not listed",
        sender="Postmaster <Postmaster@guest.example>",
    ),
    "GroupWise": Plain("Mail failure", "The attached file had the following undeliverable recipient(s):\n\t{guest}"),
    "mailbox full": Plain("Mailbox full", "The mailbox of {guest} is full. Try again on Thursday at 15:00. Yes\n\n2"),
    "GMX": Plain("Mail delivery failed", "Fehler bei der Zustellung: <{guest}>\nMailbox unavailable\n\n{original}"),
    "wp.pl": Plain("Zwrot poczty", "Nie udało się dostarczyć wiadomości do <{guest}>.\n\n{original}"),
    "Japanese": Plain("配信不能メール", "次の宛先に配信できませんでした: {guest}\n\n{original}"),
    "nothing said": Plain("Undelivered", ""),
    "delay in words": Plain("Übermittlung verzögert", "Es wird weiter versucht. Ja\n\n2", fails=False),
    "delay in Polish": Plain("Opóźnienie dostarczenia", "Próbujemy dalej. Tak\n\n2", fails=False),
}


def bounces() -> list[MachineMail]:
    """Return all of them: to the return path, to the reply address, and forged."""
    return [*_to_return_path(), *_to_reply(), *_forged()]


def _to_return_path() -> Iterator[MachineMail]:
    for name, report in (REPORTS | NO_FAILURES).items():
        yield _mail(name, partial(_report, report), fails=name in REPORTS)

    for name, plain in PLAINS.items():
        yield _mail(name, partial(_plain, plain), fails=plain.fails)

    yield _mail("sender not null", partial(_report, REPORTS["Postfix"]), fails=True, null_path=False)


def _to_reply() -> Iterator[MachineMail]:
    """Some servers answer Reply-To: then only our Message-ID in what is quoted tells which message it was."""
    for name in ("Postfix", "Postfix, headers only", "Exchange", "Gmail"):
        yield _mail(f"{name}, to Reply-To", partial(_report, REPORTS[name]), to="reply", fails=True)

    for name in ("qmail", "Exim", "Yahoo"):
        yield _mail(f"{name}, to Reply-To", partial(_plain, PLAINS[name]), to="reply", fails=True)

    delayed = partial(_report, NO_FAILURES["Postfix, delayed"])
    yield _mail("Postfix, delayed, to Reply-To", delayed, to="reply", fails=False)


def _forged() -> Iterator[MachineMail]:
    """Nothing that we signed: a stranger's invention, and no card comes of it."""
    bare = Report("Undelivered Mail Returned to Sender", "Please cancel. Yes\n\n2", quotes="")
    yield _mail("forged: quotes nothing", partial(_report, bare), to="reply", fails=False)
    yield _mail("forged: other id", partial(_report, REPORTS["Postfix"], forges=True), to="reply", fails=False)
    plain = Plain("failure notice", "<{guest}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\nYes")
    yield _mail("forged: in words", partial(_plain, plain), to="reply", fails=False)
    wish = Plain("Re: Your booking", "Tuesday 1 December at 11:30\n\nYes\n\n2")
    yield _mail("forged: a daemon that wishes", partial(_plain, wish), to="reply", fails=False)
    guest = Plain("Re: Your booking", "Please cancel my booking. Yes", sender="Jo <{guest}>")
    yield _mail("forged: null sender", partial(_plain, guest), to="reply", fails=False)


def _mail(name: str, build: object, *, fails: bool, to: To = "return path", null_path: bool = True) -> MachineMail:
    assert callable(build)
    return MachineMail(f"bounce: {name}", "en", ("bounce",), build, to, null_path=null_path, fails=fails)


def _report(report: Report, sent: Original, *, forges: bool = False) -> bytes:
    original = _original(sent)
    if forges:
        original = original.replace(str(sent.message["Message-ID"]), "<12.aaaaaaaaaaaaaaaa@reply.nova.example>")
        original = "\n".join(
            line for line in original.split("\n") if not line.startswith(("References", "In-Reply-To"))
        )

    status = (
        f"Reporting-MTA: dns; mx.guest.example\n\nFinal-Recipient: {report.final}\nAction: {report.action}\n"
        f"Status: {report.status}\n" + (f"Diagnostic-Code: {report.diagnostic}\n" if report.diagnostic else "")
    )
    parts = ["Content-Type: text/plain; charset=utf-8\n\n" + report.words]
    parts.append("Content-Type: message/delivery-status\n\n" + status)
    if report.quotes:
        header = original.partition("\n\n")[0] + "\n"
        parts.append(f"Content-Type: {report.quotes}\n\n{original if 'message' in report.quotes else header}")

    body = "".join(f"--=_b\n{part}\n" for part in parts) + "--=_b--\n"
    kind = 'multipart/report; report-type=delivery-status; boundary="=_b"'
    return _filled(sent, report.sender, report.subject, report.headers, kind, body)


def _plain(plain: Plain, sent: Original) -> bytes:
    kind = "text/plain; charset=utf-8"
    return _filled(sent, plain.sender, plain.subject, plain.headers, kind, plain.words + "\n")


def _filled(sent: Original, sender: str, subject: str, headers: tuple[str, ...], kind: str, body: str) -> bytes:
    lines = [f"From: {sender}", f"To: {sent.message['Return-Path']}", f"Subject: {subject}", *headers]
    text = "\n".join([*lines, "MIME-Version: 1.0", f"Content-Type: {kind}", "", body])
    filled = text.replace("{original}", _original(sent)).replace("{guest}", guest_of(sent))
    return crlf(filled.replace("{id}", str(sent.message["Message-ID"])))


def _original(sent: Original) -> str:
    """Return what came back as a server quotes it: with our ids, and the live reply address of the booking."""
    message = sent.message
    names = ("From", "To", "Reply-To", "Subject", "Date", "References", "Message-ID")
    header = "\n".join(f"{name}: {message[name]}" for name in names)
    return f"Return-Path: {message['Return-Path']}\n{header}\n\n{sent.text}"
