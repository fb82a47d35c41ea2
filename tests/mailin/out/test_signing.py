"""What leaves is signed: dkimpy, with a DNS of ours, says for whom; what is changed on the way does not hold."""

from __future__ import annotations

import base64
import re

import dkim
import pytest

from mailin.out.compose import compose
from mailin.out.picture import read_picture
from mailin.out.signing import BadKey, Signer, new_signer
from tests.mailin.out.letters import LOOK, MOVED, notice
from tests.mailin.reading.openssl import openssl

RAW = compose(notice(reply=MOVED, business_name="Żółw", thread=("<one@mail.test>",)), LOOK).raw


@pytest.fixture(scope="module")
def pem() -> str:
    return openssl("genrsa", "2048")


@pytest.fixture(scope="module")
def signer(pem: str) -> Signer:
    return new_signer("example.com", "rebook", pem)


def holds(signer: Signer, mail: bytes) -> bool:
    """Return whether the signature of *mail* holds, for a receiver that finds *signer*'s record in DNS."""
    name, _, strings = signer.record.partition(" TXT ")

    def answer(asked: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001 - dkimpy's
        return "".join(re.findall(r'"([^"]*)"', strings)).encode() if asked == name.encode() else None

    return bool(dkim.verify(mail, dnsfunc=answer))


@pytest.mark.parametrize("logo", [None, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40])
def test_a_signature_holds(signer: Signer, logo: bytes | None) -> None:
    """RFC 6376, relaxed: as it is, and with its lines folded and its spaces doubled by a relay."""
    signed = signer.sign(compose(notice(), LOOK, read_picture(logo) if logo else None).raw)

    assert holds(signer, signed)
    assert holds(signer, signed.replace(b"Subject: Haircut at", b"Subject:  Haircut\r\n\tat"))
    assert holds(signer, signed + b"\r\n\r\n")


def test_a_mail_is_signed_as_it_is_and_always_the_same(signer: Signer) -> None:
    """M4: what leaves again after a crash is the same, byte for byte."""
    signed = signer.sign(RAW)

    assert signed.endswith(RAW)
    assert signed == signer.sign(RAW)
    head = signed[: -len(RAW)]
    assert head.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=rebook;\r\n")
    assert not re.search(rb"\bl=", head)
    assert max(len(line) for line in head.split(b"\r\n")) <= 78


@pytest.mark.parametrize(
    "name",
    [
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Reply-To",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "References",
        "In-Reply-To",
    ],
)
def test_no_header_that_counts_can_be_added(signer: Signer, name: str) -> None:
    """RFC 6376 8.15: each is signed once more than it is there."""
    signed = signer.sign(RAW)

    assert not holds(signer, f"{name}: another@evil.example\r\n".encode() + signed)


def test_neither_words_nor_headers_can_be_changed(signer: Signer) -> None:
    signed = signer.sign(RAW)

    assert not holds(signer, signed.replace(b"Reply-To: reply+", b"Reply-To: evil+"))
    assert not holds(signer, signed.replace(b"Done!", b"Gone!"))
    assert not holds(signer, signed + b"More.\r\n")


def test_the_record_is_the_public_key_as_openssl_has_it(signer: Signer, pem: str) -> None:
    """RFC 6376 3.6.1; strings of a TXT record have 255 characters at most."""
    public = openssl("rsa", "-pubout", given=pem)
    der = "".join(line for line in public.splitlines() if not line.startswith("-"))

    name, _, strings = signer.record.partition(" TXT ")

    assert name == "rebook._domainkey.example.com."
    assert "".join(re.findall(r'"([^"]*)"', strings)) == f"v=DKIM1; k=rsa; p={der}"
    assert all(len(one) <= 255 for one in re.findall(r'"([^"]*)"', strings))
    assert base64.b64decode(der)


def test_both_ways_of_writing_a_key_are_read(signer: Signer, pem: str) -> None:
    """PKCS#1 (RFC 8017) and PKCS#8 (RFC 5958), whatever the ends of lines."""
    other = openssl("rsa", "-traditional", given=pem)

    assert "BEGIN RSA PRIVATE KEY" in other
    assert "BEGIN PRIVATE KEY" in pem
    assert new_signer("example.com", "rebook", other.replace("\n", "\r\n")) == signer


def test_a_key_that_cannot_sign_is_refused(pem: str) -> None:
    """With a sentence, and never with a piece of the key."""
    encrypted = openssl("pkcs8", "-topk8", "-passout", "pass:secret", given=pem)
    curve = openssl("genpkey", "-algorithm", "ed25519")
    cases = {
        openssl("genrsa", "1024"): "the key has 1024 bits",
        encrypted: "the key is encrypted",
        curve: "the key is no RSA key",
        pem[:400] + "\n-----END PRIVATE KEY-----\n": "the key is no RSA key",
        "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----": "the key is no RSA key",
        "": "the key is no RSA key",
    }
    for text, reason in cases.items():
        with pytest.raises(BadKey, match=reason):
            new_signer("example.com", "rebook", text)


def test_a_signer_does_not_show_its_key(signer: Signer) -> None:
    assert str(signer.key["privateExponent"]) not in repr(signer)
