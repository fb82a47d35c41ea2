"""What machines send: samples for the tests, each with the kind that it is."""

from __future__ import annotations

SUBJECTS_OF_AUTO_REPLIES = [
    "Automatic reply: Your visit",
    "Out of Office: back on Monday",
    "OOO: Re: Your visit",
    "Auto: Your visit",
    "Automatische Antwort: Ihr Termin",
    "Abwesenheitsnotiz: Ihr Termin",
    "Réponse automatique : Votre rendez-vous",
    "Absence du bureau",
    "Respuesta automática: Su cita",
    "Fuera de la oficina",
    "Risposta automatica: appuntamento",
    "Fuori sede: appuntamento",
    "Automatisch antwoord: afspraak",
    "Afwezigheidsbericht",
    "Automatyczna odpowiedź: Wizyta",
    "Odpowiedź automatyczna: Wizyta",
    "Autoodpowiedź: Wizyta",
    "Resposta automática: consulta",
    "Fora do escritório",
    "Автоматична відповідь: візит",
    "Автоматический ответ: визит",
    "Autosvar: besök",
    "Automatiskt svar: besök",
    "Frånvaro: besök",
    "Automatisk svar: besøg",
    "Fraværsmelding",
    "Automaattinen vastaus: aika",
    "Automatická odpověď: termín",
    "Automatikus válasz: időpont",
    "Răspuns automat: programare",
    "Otomatik yanıt: randevu",
    "Αυτόματη απάντηση: ραντεβού",
    "自动回复: 预约",
    "自動返信: 予約",
    "자동 회신: 예약",
    "תשובה אוטומטית: תור",
    "رد تلقائي: موعد",
]
"""Subjects in twenty-one languages of messages that carry no header which would tell."""

SUBJECTS_OF_FORWARDS = [
    "Fwd: Your visit",
    "FW: Your visit",
    "WG: Ihr Termin",
    "TR: Votre rendez-vous",
    "RV: Su cita",
    "I: Appuntamento",
    "PD: Wizyta",
    "ENC: Consulta",
    "Doorst: afspraak",
    "VL: aika",
    "转发: 预约",
]

HEADERS_OF_AUTO_REPLIES = [
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated",
    "Auto-Submitted: Auto-Replied (vacation)",
    'Auto-Submitted: auto-replied; owner-email="jo@guest.example"',
    "X-Autoreply: yes",
    "X-Autorespond: Re: your visit",
    "Precedence: auto_reply",
    "PRECEDENCE: Junk",
    "X-Precedence: auto_reply",
    "X-MS-Exchange-Inbox-Rules-Loop: jo@guest.example",
]

HEADERS_OF_LISTS = [
    "List-Id: Friends of Nova <friends.lists.example>",
    "List-Post: <mailto:friends@lists.example>",
    "Precedence: list",
    "Precedence: bulk",
    "Mailing-List: contact friends-help@lists.example; run by ezmlm",
    "X-Mailman-Version: 2.1.39",
]

DELIVERY_REPORT = """From: MAILER-DAEMON@mx.guest.example (Mail Delivery System)
To: bounce+m81@reply.example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

<jo@guest.example>: host mx.guest.example said: 550 5.1.1 User unknown

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.guest.example

Final-Recipient: rfc822; Jo@guest.example
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

From: Studio Nova <bookings@example.com>
Subject: Your visit

Cancel? Reply YES
--b--
"""

DELAY_REPORT = DELIVERY_REPORT.replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1")

QMAIL_BOUNCE = """From: MAILER-DAEMON@isp.example
To: bounce+m81@reply.example.com
Subject: failure notice

Hi. This is the qmail-send program at isp.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<jo@guest.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Cancel? Reply YES
"""

READ_RECEIPT = """From: jo@guest.example
To: reply@reply.example.com
Subject: Read: Your visit
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain

The message was read.
--b
Content-Type: message/disposition-notification

Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""


def calendar_answer(method: str, partstat: str = "DECLINED", headers: str = "") -> bytes:
    """What a press on a button of the invitation sends."""
    return f"""From: Jo <jo@guest.example>
Subject: Declined: Your visit
{headers}MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain

Jo has declined this invitation.
--b
Content-Type: text/calendar; charset=UTF-8; method={method}

BEGIN:VCALENDAR
METHOD:{method}
BEGIN:VEVENT
UID:1@reply.example.com
ATTENDEE;PARTSTAT={partstat}:mailto:jo@guest.example
END:VEVENT
END:VCALENDAR
--b--
""".encode()
