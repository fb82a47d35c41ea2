"""Machines are told from guests, in the order in which one sign outweighs another."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tokens import sign_message_id
from mailin.machines.bounce import failed_recipients, has_failed, reported_key
from mailin.machines.machine import Kind, kind_of
from mailin.machines.machine_words import seems_automatic
from mailin.reading.message import read_message
from tests.mailin.machines import machines

DOMAIN = "reply.example.com"
GUEST = "jo@guest.example"


def kind(
    *headers: str, sender: str = f"Jo <{GUEST}>", body: str = "yes", subject: str = "Re: x", path: str | None = GUEST
) -> Kind:
    lines = [*headers, f"From: {sender}", f"Subject: {subject}", "", body]
    return kind_of(read_message("\r\n".join(lines).encode()), mail_from=path, own_domain=DOMAIN)


def kind_of_raw(raw: str | bytes, path: str | None = GUEST) -> Kind:
    return kind_of(read_message(raw.encode() if isinstance(raw, str) else raw), mail_from=path, own_domain=DOMAIN)


def test_what_a_guest_writes_is_a_reply() -> None:
    """R6."""
    assert kind() == "reply"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "List-Unsubscribe: <https://gateway.example/u>",
        "Precedence: normal",
        "Return-Path: <jo@guest.example>",
        "X-Loop: somewhere.example",
    ],
)
def test_headers_that_people_s_mail_carries_prove_nothing(header: str) -> None:
    """R6: Outlook suppresses answers on every mail, gateways add what they like."""
    assert kind(header) == "reply"


@pytest.mark.parametrize("subject", machines.SUBJECTS_OF_AUTO_REPLIES)
def test_an_auto_reply_is_told_by_its_subject_in_any_language(subject: str) -> None:
    """R6, L4."""
    assert kind(subject=subject) == "auto_reply"


@pytest.mark.parametrize("header", machines.HEADERS_OF_AUTO_REPLIES)
def test_an_auto_reply_is_told_by_its_headers(header: str) -> None:
    """R6."""
    assert kind(header) == "auto_reply"


@pytest.mark.parametrize("sender", ["noreply@x.example", "no-reply+1@x.example", "DoNotReply@x.example"])
def test_who_cannot_be_answered_is_a_machine(sender: str) -> None:
    """R6."""
    assert kind(sender=sender) == "auto_reply"


@pytest.mark.parametrize("header", machines.HEADERS_OF_LISTS)
def test_a_list_s_copy_is_told_by_its_headers(header: str) -> None:
    """R6."""
    assert kind(header) == "list"


@pytest.mark.parametrize("subject", machines.SUBJECTS_OF_FORWARDS)
def test_a_forward_is_told_by_its_subject_in_any_language(subject: str) -> None:
    """R6: what somebody passes on is not their word."""
    assert kind(subject=subject) == "forward"


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
    ],
)
def test_a_forward_is_told_by_its_mark(mark: str) -> None:
    """R6."""
    assert kind(subject="Your visit", body=f"fyi\r\n\r\n{mark}\r\nFrom: x") == "forward"


def test_a_forward_in_html_alone_is_told_by_its_mark() -> None:
    """R6."""
    page = b"fyi<br>---------- Forwarded message ---------<br>"

    assert kind_of_raw(b"From: jo@guest.example\nContent-Type: text/html\n\n" + page) == "forward"


def test_a_forward_inside_a_quotation_makes_no_forward() -> None:
    """R6."""
    assert kind(subject="My visit", body="yes\r\n\r\n> Begin forwarded message:\r\n> x") == "reply"


@pytest.mark.parametrize("subject", ["On vacation next week, can we move?", "Auto service", "Absence of Ana?", "Fora"])
def test_a_guest_s_own_subject_makes_no_machine(subject: str) -> None:
    """R6: who is taken for a machine is not even answered."""
    assert kind(subject=subject) == "reply"


@pytest.mark.parametrize("subject", ["Re: Fwd: Your visit", "AW: WG: Ihr Termin", "Odp: Wizyta", "R: x", "VS: aika"])
def test_an_answer_to_a_forward_is_an_answer(subject: str) -> None:
    """R6."""
    assert kind(subject=subject) == "reply"


def test_a_delivery_report_is_a_bounce_and_names_the_recipient() -> None:
    """R6: the original inside it is quoted and never acts."""
    report = read_message(machines.DELIVERY_REPORT.encode())

    assert kind_of(report, mail_from="", own_domain=DOMAIN) == "bounce"
    assert failed_recipients(report) == (GUEST,)


def test_a_bounce_in_plain_words_is_a_bounce_too() -> None:
    """R6: most of what comes back is no RFC 3464 report."""
    bounce = read_message(machines.QMAIL_BOUNCE.encode())

    assert kind_of(bounce, mail_from="<>", own_domain=DOMAIN) == "bounce"
    assert failed_recipients(bounce) == (GUEST,)


def test_a_delay_marks_nobody() -> None:
    """R6: the mail may still arrive."""
    report = read_message(machines.DELAY_REPORT.encode())

    assert (kind_of(report, mail_from="", own_domain=DOMAIN), failed_recipients(report)) == ("bounce", ())


def test_a_null_return_path_is_a_bounce_unless_a_vacation_program_says_so() -> None:
    """R6: both answer from "<>" (RFC 3834), but only one of them means that nobody was told."""
    assert kind(path="") == "bounce"
    assert kind("Return-Path: <>", path=None) == "bounce"
    assert kind("Auto-Submitted: auto-replied (vacation)", path="<>") == "auto_reply"
    assert kind(path="", subject="Abwesenheitsnotiz") == "auto_reply"


def test_a_read_receipt_is_no_bounce() -> None:
    """R6."""
    assert kind_of_raw(machines.READ_RECEIPT) == "auto_reply"
    assert kind_of_raw(machines.READ_RECEIPT, path="") == "auto_reply"


@pytest.mark.parametrize(
    ("headers", "sender", "path"),
    [
        ((), f"Nova <reply@{DOMAIN}>", GUEST),
        ((), f"Nova <x@{DOMAIN.upper()}>", GUEST),
        (("Message-ID: <m.1@reply.example.com>",), GUEST, GUEST),
        ((), GUEST, f"bounce+m81@{DOMAIN}"),
    ],
)
def test_our_own_mail_that_comes_back_is_ours(headers: tuple[str, ...], sender: str, path: str) -> None:
    """R6."""
    assert kind(*headers, sender=sender, path=path) == "own"


def test_a_calendar_answer_is_told_before_the_auto_reply_that_it_may_claim_to_be() -> None:
    """R10: some calendars mark their answers as automatic."""
    assert kind_of_raw(machines.calendar_answer("REPLY")) == "calendar"
    assert kind_of_raw(machines.calendar_answer("COUNTER", headers="Auto-Submitted: auto-generated\n")) == "calendar"
    assert kind_of_raw(machines.calendar_answer("REPLY"), path="") == "calendar"


def test_an_invitation_passed_on_is_no_calendar_answer() -> None:
    """R10: only REPLY and COUNTER answer."""
    assert kind_of_raw(machines.calendar_answer("REQUEST")) == "reply"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"From: jo@guest.example\nContent-Type: image/png\n\nx",
        b"From: jo@guest.example\nContent-Type: application/ms-tnef\n\nx",
        b"From: jo@guest.example\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx",
        (
            b"From: jo@guest.example\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n"
            b"Content-Type: application/octet-stream\n\nx\n--b--"
        ),
    ],
)
def test_what_holds_no_words_is_unreadable(raw: bytes) -> None:
    """L1: the guest is told kindly, nothing is guessed."""
    assert kind_of_raw(raw) == "unreadable"


def test_a_bounce_too_deep_to_be_scanned_is_still_a_bounce() -> None:
    """L1: the library parses recursively, so nesting is counted before it is asked."""
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (at, at) for at in range(500))
    message = read_message(b"From: MAILER-DAEMON@x.example\n" + nested + b"x\n" * 10_000)

    assert (kind_of(message, mail_from="", own_domain=DOMAIN), failed_recipients(message)) == ("bounce", ())


@given(st.binary(max_size=600), st.sampled_from([None, "", "jo@guest.example"]))
def test_no_bytes_raise(raw: bytes, path: str | None) -> None:
    """L1."""
    kind_of_raw(raw, path=path)
    kind_of_raw(b"From: mailer-daemon@x.example\n\n" + raw, path=path)


def test_our_own_mark_comes_back_as_our_own() -> None:
    """R6: whoever returns our mail with its headers is a machine, not a guest."""
    raw = b"From: jo@guest.example\r\nX-Rebook: reply.nova.example\r\nSubject: Re: Haircut\r\n\r\nplease cancel\r\n"

    assert kind_of(read_message(raw), mail_from="jo@guest.example", own_domain="reply.nova.example") == "own"


def test_our_own_reply_address_in_reply_to_is_our_own_mail() -> None:
    """R6: from, id and mark may be lost on the way; nobody answers to the address that asks for the answer."""
    assert kind(f"Reply-To: reply+abc@{DOMAIN}") == "own"
    assert kind("Reply-To: jo@elsewhere.example") == "reply"


@pytest.mark.parametrize(
    "subject",
    ["Out of office next week, can we move?", "Vacation plans", "Absence of Ana?", "Read this", "Delayed train"],
)
def test_a_sentence_that_begins_like_an_absence_is_a_guest_s(subject: str) -> None:
    """R6."""
    assert kind(subject=subject) == "reply"


@pytest.mark.parametrize("subject", ["OOO - back", "[Out of Office] Re: x", "Absence : x", "Fuera de la oficina!"])
def test_an_absence_that_stands_as_a_label_is_a_machine_s(subject: str) -> None:
    """R6."""
    assert kind(subject=subject) == "auto_reply"


@pytest.mark.parametrize(
    ("text", "automatic"),
    [
        ("This is an automated response. Can we do Thursday?", True),
        ("I am out of the office until 3 December and will cancel all meetings.", True),
        ("I am out of the office. Urgent? Call Ann on Thursday at 3 pm.", True),
        ("I’m out of office next week, can we do Thursday?", False),
        ("I'm out of office next week, please move it to Thursday", False),
        ("Ich bin bis Freitag nicht im Büro und sage alles ab.", True),
        ("Ich bin nächste Woche nicht im Büro, passt Donnerstag?", False),
        ("yes", False),
        ("", False),
    ],
)
def test_what_a_body_says_of_itself(text: str, *, automatic: bool) -> None:
    """R6, L4: who asks for something is a guest, unless the words are a machine's alone."""
    assert seems_automatic(text) is automatic


def test_what_arrived_or_is_late_has_not_failed() -> None:
    """RFC 3464, 2.3.3: five actions, and one of them is a failure; giving up after days is one, too."""
    actions = {"failed": True, "error": True, "delayed": False, "delivered": False, "relayed": False, "expanded": False}
    reports = {one: machines.DELIVERY_REPORT.replace("Action: failed", f"Action: {one}") for one in actions}
    gave_up = machines.DELIVERY_REPORT.replace("Status: 5.1.1", "Status: 4.4.7")

    assert {one: has_failed(read_message(report.encode())) for one, report in reports.items()} == actions
    assert has_failed(read_message(gave_up.encode()))


def test_a_delivery_report_that_a_guest_attaches_is_no_bounce() -> None:
    """R6: "I got this from you": the mail is a person's."""
    raw = machines.DELIVERY_REPORT.replace("MAILER-DAEMON@mx.guest.example (Mail Delivery System)", GUEST)
    raw = raw.replace("multipart/report; report-type=delivery-status", "multipart/mixed")
    raw = raw.replace("Auto-Submitted: auto-replied\n", "").replace("Undelivered Mail Returned to Sender", "Re: x")

    assert kind_of_raw(raw) == "reply"


def test_a_complaint_is_no_bounce() -> None:
    """RFC 5965: the mail arrived, and was not liked."""
    raw = 'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\n\nspam\n--b--\n'

    assert kind_of_raw(f"From: {GUEST}\n{raw}") == "auto_reply"
    assert kind_of_raw(f"From: postmaster@x.example\n{raw}", path="") == "auto_reply"


KEYS = ("a key of at least thirty-two characters",)
OLDER, NEWER = (sign_message_id(number, DOMAIN, KEYS) for number in (7, 12))


@pytest.mark.parametrize(
    "report",
    [
        f"References: {OLDER}\nMessage-ID: {NEWER}\n",
        f"In-Reply-To: {NEWER}\nReferences: {OLDER} {NEWER}\n\n\nreferences: {OLDER}\n",
        f"x\n\n> Message-Id: {NEWER.upper()}\n",
        f"x\n\nMessage-ID:\n {NEWER}\nReferences: {OLDER}\n",
        f"no header was kept, only {NEWER}",
    ],
)
def test_a_report_names_the_message_that_came_back(report: str) -> None:
    """M4: not the older ones of its thread."""
    assert reported_key(report.encode(), DOMAIN, KEYS) == NEWER.strip("<>").partition("@")[0]


@pytest.mark.parametrize(
    "report", ["", "Message-ID: <12.aaaaaaaaaaaaaaaa@reply.example.com>", NEWER.replace("12", "13")]
)
def test_what_we_did_not_sign_names_nothing(report: str) -> None:
    """M4."""
    assert reported_key(report.encode(), DOMAIN, KEYS) is None


@pytest.mark.parametrize("filler", [b"\n", b"a\n", b"<x@y.example>:\n", b"> \t", b"Action: \n", b"Message-ID: <1.a"])
def test_a_bounce_of_a_megabyte_stalls_nobody(filler: bytes) -> None:
    """L1: the library's detectors try every line."""
    raw = b"From: MAILER-DAEMON@x.example\n\n" + filler * (1_000_000 // len(filler))
    began = process_time()
    message = read_message(raw)

    assert (kind_of(message, mail_from="", own_domain=DOMAIN), reported_key(raw, DOMAIN, KEYS)) == ("bounce", None)
    has_failed(message)
    failed_recipients(message)
    assert process_time() - began < 0.5
