"""What is encrypted or packed is told apart from what can be read; a signature locks nothing away."""

from __future__ import annotations

import pytest

from mailin.machines.machine import kind_of
from mailin.quotes.new_text import new_text
from mailin.reading.message import Message, read_message

HEAD = b"From: jo@guest.example\nTo: reply+x@reply.example.com\nMessage-ID: <1@guest.example>\nSubject: Re: Haircut\n"
SEALED = {
    "smime": (
        b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n'
        b"Content-Transfer-Encoding: base64\n\nMIIBoQYJKoZIhvcNAQcDoIIB\n"
    ),
    "smime_old": b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\n\nMIIBoQ\n",
    "pgp_mime": (
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n'
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
        b"--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\nx\n--b--\n"
    ),
    "pgp_mime_rebuilt_by_exchange": (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n"
        b"--b\nContent-Type: application/pgp-encrypted; name=version.asc\n\nVersion: 1\n"
        b"--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\nx\n--b--\n"
    ),
    "pgp_inline": (b"Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA9\n-----END PGP MESSAGE-----\n"),
    "winmail": b"Content-Type: application/ms-tnef; name=winmail.dat\n\n\x78\x9f\x3e\x22\n",
    "winmail_by_name": (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n \n"
        b'--b\nContent-Type: application/octet-stream; name="WINMAIL.DAT"\n\n\x78\x9f\x3e\x22\n--b--\n'
    ),
}
OPEN = {
    "smime_signed": (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\n\n'
        b"--b\nContent-Type: text/plain\n\nFriday please\n"
        b"--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n"
        b"Content-Disposition: attachment\n\nMII\n--b--\n"
    ),
    "pgp_signed": (
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\n\n'
        b"--b\nContent-Type: text/plain\n\nFriday please\n"
        b"--b\nContent-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----\n--b--\n"
    ),
    "clear_signed": (
        b"Content-Type: text/plain\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nFriday please\n\n- -- \nJo\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niQIz\n-----END PGP SIGNATURE-----\n"
    ),
    "winmail_beside_words": (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nFriday please\n"
        b"--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n--b--\n"
    ),
    "winmail_beside_html": (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Friday please</p>\n"
        b"--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n--b--\n"
    ),
    "encrypted_attachment": (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nFriday please\n"
        b"--b\nContent-Type: application/pkcs7-mime; name=other.p7m\nContent-Disposition: attachment\n\nMII\n--b--\n"
    ),
}


def read(body: bytes) -> tuple[Message, str]:
    message = read_message(HEAD + body)
    return message, kind_of(message, mail_from="jo@guest.example", own_domain="reply.example.com")


@pytest.mark.parametrize("shape", SEALED)
def test_words_that_are_locked_away_are_told_by_their_envelope(shape: str) -> None:
    """L1: nobody is answered as if they had said nothing."""
    message, kind = read(SEALED[shape])

    assert (message.sealed, kind) == ("winmail" if "winmail" in shape else "encrypted", "unreadable")


@pytest.mark.parametrize("shape", OPEN)
def test_words_beside_a_signature_or_an_attachment_are_read(shape: str) -> None:
    """R6: the frame of a clear signature is no quotation."""
    message, kind = read(OPEN[shape])

    assert (message.sealed, kind, new_text(message)) == (None, "reply", "Friday please")


@pytest.mark.parametrize("kind", [b"image/jpeg", b"application/pdf"])
def test_a_picture_alone_is_not_sealed_but_for_a_person_to_look_at(kind: bytes) -> None:
    """L1."""
    message, read_as = read(b"Content-Type: " + kind + b"; name=x\nContent-Disposition: attachment\n\nx\n")

    assert (message.sealed, read_as) == (None, "unreadable")
