"""Mail that nobody here can open: the guest is told kindly how to answer, and a person sees that they wrote."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.story.mails import said
from tests.story.salon import TEAM, Salon, booking

SEALED = {
    "encrypted": ("application", "pkcs7-mime", "it is encrypted, so we cannot read it. Nothing was changed."),
    "winmail": ("application", "ms-tnef", "winmail.dat, which we cannot read. Nothing was changed."),
}


def sealed_reply(mail: EmailMessage, kind: str, number: int, sender: str = "jo@guest.example") -> EmailMessage:
    main, sub, _ = SEALED[kind]
    answer = EmailMessage()
    answer["From"] = sender
    answer["To"] = str(mail["Reply-To"])
    answer["Subject"] = f"Re: {mail['Subject']}"
    answer["Message-ID"] = f"<{kind}.{number}@guest.example>"
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer.set_content(b"\x30\x80", maintype=main, subtype=sub)
    return answer


@pytest.mark.parametrize("kind", SEALED)
async def test_a_guest_is_told_once_a_day_that_a_message_cannot_be_read(salon: Salon, kind: str) -> None:
    """L1, F8: nothing changes, the team sees each of them, and the guest may try again tomorrow."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)
    before = await salon.booking()

    for number in (1, 2):
        await salon.delivers(sealed_reply(confirmation, kind, number), to=str(confirmation["Reply-To"]))
    [told] = await salon.mail_to("jo@guest.example")
    salon.time.passes(days=1)
    await salon.delivers(sealed_reply(confirmation, kind, 3), to=str(confirmation["Reply-To"]))
    again = await salon.mail_to("jo@guest.example")

    assert SEALED[kind][2] in " ".join(" ".join(said(told)).split())
    assert sum(SEALED[kind][2] in " ".join(" ".join(said(mail)).split()) for mail in again) == 1
    assert (await salon.booking(), len(await salon.mail_to(TEAM))) == (before, 3)


async def test_a_strangers_sealed_mail_is_not_answered(salon: Salon) -> None:
    """R7, R7a."""
    await salon.imports(booking())
    confirmation = await salon.answer()
    await salon.mail_to(TEAM)

    mail = sealed_reply(confirmation, "encrypted", 1, sender="eve@elsewhere.example")
    await salon.delivers(mail, to=str(confirmation["Reply-To"]), mail_from="eve@elsewhere.example")

    assert await salon.mail_to("jo@guest.example") == []
    assert len(await salon.mail_to(TEAM)) == 1
