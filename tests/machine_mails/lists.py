"""Copies by mailing lists, newsletters, calendars, and our own mail that comes back."""

from __future__ import annotations

from collections.abc import Iterator
from email import policy

from mailin.machines.machine import Kind
from tests.machine_mails.mails import Build, MachineMail, answering, crlf, guest_of
from tests.mailin.door.answering import Original

TEMPTING = "Please cancel my booking. Or Thursday at 3 pm.\n\nYes\n\n2"
LISTS = {
    "Mailman 2": ("List-Id: Friends <friends.lists.example>", "X-Mailman-Version: 2.1.39", "Precedence: list"),
    "Mailman 3": ("List-Id: <friends.lists.example>", "List-Post: <mailto:friends@lists.example>", "Precedence: list"),
    "Mailman, bounce of a digest": ("X-BeenThere: friends@lists.example", "List-Id: <friends.lists.example>"),
    "Google Groups": ("Precedence: list", "Mailing-list: list friends@g.example; contact x", "List-ID: <f.g.example>"),
    "Sympa": ("X-Loop: friends@lists.example", "List-Id: <friends.lists.example>", "Precedence: list"),
    "ezmlm": ("Mailing-List: contact friends-help@lists.example; run by ezmlm", "Precedence: bulk"),
    "Majordomo": ("Sender: owner-friends@lists.example", "Precedence: bulk"),
    "LISTSERV": ("List-Help: <mailto:LISTSERV@lists.example>", "List-Owner: <mailto:x@lists.example>"),
    "groups.io": ("List-Id: <main.f.groups.io>", "Precedence: Bulk", "Mailing-List: list main@f.groups.io"),
    "newsletter": ("List-Unsubscribe: <https://n.example/u>", "List-Id: news <n.example>", "Precedence: bulk"),
    "Mailchimp": ("X-Mailer: MailChimp", "List-ID: <1.list-manage.com>", "List-Unsubscribe: <mailto:u@n.example>"),
    "Discourse": ("X-Auto-Response-Suppress: All", "List-ID: <d.example>", "Precedence: list"),
}


def lists() -> list[MachineMail]:
    """Return copies by lists."""
    return [
        MachineMail(f"list: {name}", "en", ("list", "auto_reply"), _reply(name, "[f] Re: {re}", *headers))
        for name, headers in LISTS.items()
    ]


def calendars() -> list[MachineMail]:
    """Return answers of calendars: they are the team's, whatever else they claim to be."""
    found = []
    for method, state in (("REPLY", "DECLINED"), ("REPLY", "ACCEPTED"), ("COUNTER", "TENTATIVE")):
        for headers in ((), ("Auto-Submitted: auto-generated",)):
            build = _calendar(method, state, headers)
            mail = MachineMail(
                f"calendar: {state}{' by itself' * bool(headers)}", "en", ("calendar",), build, card=True
            )
            found.append(mail)

    return found


def loops() -> list[MachineMail]:
    """Return our own mail on its way back, and what of it is left after several programs."""
    return [
        MachineMail(f"loop: {name}", "en", kinds, build, card="forward" in kinds) for name, kinds, build in _loops()
    ]


def _loops() -> Iterator[tuple[str, tuple[Kind, ...], Build]]:
    own: tuple[Kind, ...] = ("own",)
    forward: tuple[Kind, ...] = ("forward",)
    yield "redirected", own, _changed()
    yield (
        "through .forward",
        own,
        _changed(above="Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0000\nDelivered-To: x@y.example\n"),
    )
    yield "resent", own, _changed(above="Resent-From: jo@guest.example\nResent-To: x@y.example\n")
    yield "new Message-ID", own, _changed(drops=("Message-ID",), above="Message-ID: <1@ses.example>\n")
    yield (
        "through a list",
        own,
        _changed(drops=("From",), above="From: Nova via Friends <friends@lists.example>\nList-Id: <f.example>\n"),
    )
    yield "mark alone", own, _changed(drops=("From", "Message-ID"), above="From: {guest}\n")
    yield "id alone", own, _changed(drops=("From", "X-Rebook"), above="From: {guest}\n")
    yield "forwarded by a rule", forward, _forwarded("FW: {re}")
    yield "forwarded by a German rule", forward, _forwarded("WG: {re}")
    yield (
        "forwarded by a rule of Exchange",
        ("auto_reply",),
        _forwarded("FW: {re}", "X-MS-Exchange-Inbox-Rules-Loop: {guest}"),
    )
    yield (
        "marks lost",
        own,
        _changed(
            drops=("From", "Message-ID", "X-Rebook", "Auto-Submitted", "X-Auto-Response-Suppress"),
            above="From: {guest}\n",
        ),
    )


def _reply(name: str, subject: str, *headers: str) -> Build:
    def build(sent: Original) -> bytes:
        return answering(sent, name=name, subject=subject.format(re=sent.subject), body=TEMPTING, headers=headers)

    return build


def _calendar(method: str, state: str, headers: tuple[str, ...]) -> Build:
    event = (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:{method}\nBEGIN:VEVENT\nUID:1@reply.nova.example\n"
        "DTSTAMP:20261123T090000Z\nDTSTART:20261203T140000Z\n"
        f"ATTENDEE;PARTSTAT={state}:mailto:jo@guest.example\nEND:VEVENT\nEND:VCALENDAR"
    )
    part = f"Content-Type: text/calendar; method={method}\n\n{event}"
    body = f"--b\nContent-Type: text/plain\n\n{TEMPTING}\n--b\n{part}\n--b--"

    def build(sent: Original) -> bytes:
        kind = 'multipart/alternative; boundary="b"'
        name = f"calendar {method} {state} {len(headers)}"
        return answering(sent, name=name, subject=f"{state}: x", body=body, headers=headers, content_type=kind)

    return build


def _changed(*, drops: tuple[str, ...] = (), above: str = "") -> Build:
    """Return what sends our own mail back, without some of its header and with something above it."""

    def build(sent: Original) -> bytes:
        message = sent.message
        kept = message.as_bytes(policy=policy.SMTP).decode("ascii", "surrogateescape").replace("\r\n", "\n")
        header, _, body = kept.partition("\n\n")
        fields = header.replace("\n ", "\x00").replace("\n\t", "\x01").split("\n")
        names = tuple(f"{name.lower()}:" for name in (*drops, "Return-Path", "Delivered-To"))
        header = "\n".join(field for field in fields if not field.lower().startswith(names))
        shown = above.replace("{guest}", guest_of(sent))
        return crlf(shown + header.replace("\x00", "\n ").replace("\x01", "\n\t") + "\n\n" + body)

    return build


def _forwarded(subject: str, *headers: str) -> Build:
    def build(sent: Original) -> bytes:
        block = f"From: {sent.name} <{sent.address}>\nSent: Monday\nTo: Jo\nSubject: {sent.subject}\n\n{sent.text}"
        words = subject.format(re=sent.subject)
        return answering(sent, name=subject + "".join(headers), subject=words, body=block, headers=headers)

    return build
