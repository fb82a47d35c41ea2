"""Signing what leaves with DKIM (RFC 6376): rsa-sha256 over relaxed headers and body. Pure.

The header is written here, for dkimpy puts the time of signing into it: a mail that is sent again after a crash must
be the same mail, byte for byte (SPEC M4). Arithmetic and canonical forms are dkimpy's. RSA alone: receivers still
ignore Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dkim.asn1 import ASN1FormatError
from dkim.canonicalization import Relaxed
from dkim.crypto import RSASSA_PKCS1_v1_5_sign, UnparsableKeyError, parse_pem_private_key

SHORTEST_KEY = 2048
"""Bits of a key; receivers are about to refuse what is shorter (RFC 8301)."""

LONGEST_KEY = 4096
"""Bits of a key; many receivers read no longer ones, and signing takes eight times as long as with half of it."""

SIGNED = (
    b"from",
    b"to",
    b"cc",
    b"reply-to",
    b"subject",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
)
"""Headers under the signature, each once more than it is there: none of them can be added on the way."""

_LINE = 72
_STRING = 255
"""Characters of one string of a TXT record (RFC 1035 3.3)."""

_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
"""The algorithm of a public key: rsaEncryption without parameters (RFC 3279 2.3.1)."""


class BadKey(Exception):
    """A private key that cannot sign; the message says why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for `domain`; its public key stands in DNS under `selector`."""

    domain: str
    selector: str
    key: Mapping[str, int] = field(repr=False)

    def sign(self, raw: bytes) -> bytes:
        """Return the mail *raw* (CRLF lines) with its signature above it; the same mail always gets the same one."""
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = [line.partition(b":") for line in re.split(rb"\r\n(?![ \t])", head)]
        headers = Relaxed.canonicalize_headers([(name, value) for name, _, value in lines])
        names = list(_named([name for name, _ in headers]))
        digest = base64.b64encode(hashlib.sha256(Relaxed.canonicalize_body(body)).digest())
        value = b" v=1; a=rsa-sha256; c=relaxed/relaxed; d=%b; s=%b;\r\n h=%b;\r\n bh=%b;\r\n b=" % (
            self.domain.encode(),
            self.selector.encode(),
            b":\r\n ".join(b":".join(names[at : at + 5]) for at in range(0, len(names), 5)),
            digest,
        )
        ((_, bare),) = Relaxed.canonicalize_headers([(b"dkim-signature", value)])
        # Of several with one name the lowest is signed first (RFC 6376 5.4.2).
        covered = sorted((one for one in reversed(headers) if one[0] in SIGNED), key=lambda one: SIGNED.index(one[0]))
        data = b"".join(b"%b:%b" % one for one in covered) + b"dkim-signature:" + bare.removesuffix(b"\r\n")
        signature = base64.b64encode(RSASSA_PKCS1_v1_5_sign(hashlib.sha256(data), self.key))
        folded = b"\r\n ".join(signature[at : at + _LINE] for at in range(0, len(signature), _LINE))
        return b"DKIM-Signature:" + value + folded + b"\r\n" + raw

    @property
    def record(self) -> str:
        """The line of the zone file under which receivers find the public key (RFC 6376 3.6)."""
        text = f"v=DKIM1; k=rsa; p={base64.b64encode(self._public()).decode()}"
        strings = " ".join(f'"{text[at : at + _STRING]}"' for at in range(0, len(text), _STRING))
        return f"{self.selector}._domainkey.{self.domain}. TXT {strings}"

    def _public(self) -> bytes:
        """Return the public key as SubjectPublicKeyInfo (RFC 5280 4.1)."""
        numbers = _der(0x30, _der_number(self.key["modulus"]) + _der_number(self.key["publicExponent"]))
        return _der(0x30, _RSA + _der(0x03, b"\x00" + numbers))


def new_signer(domain: str, selector: str, pem: str) -> Signer:
    """Return what signs for *domain* with the private key *pem* (PKCS#1 or PKCS#8, not encrypted).

    Raises:
        BadKey: it is no such key, too short or too long.
    """
    if "ENCRYPTED" in pem:
        raise BadKey("the key is encrypted: Rebook needs it without a password")

    try:
        key = parse_pem_private_key(pem.replace("\r\n", "\n").strip().encode() + b"\n")
    except (UnparsableKeyError, ASN1FormatError, binascii.Error, ValueError, IndexError, TypeError) as error:
        raise BadKey("the key is no RSA key in PEM form (`openssl genrsa 2048` makes one)") from error

    bits = key["modulus"].bit_length()
    if not SHORTEST_KEY <= bits <= LONGEST_KEY:
        raise BadKey(f"the key has {bits} bits: take one of {SHORTEST_KEY} to {LONGEST_KEY}")

    return Signer(domain, selector, key)


def _named(present: list[bytes]) -> Iterator[bytes]:
    """Yield the headers that the signature names: each that is there, and each once more."""
    for name in SIGNED:
        yield from [name] * (present.count(name) + 1)


def _der(tag: int, content: bytes) -> bytes:
    """Return one element of DER (X.690)."""
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 the sizes that fit one octet
        return bytes((tag, size)) + content

    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _der_number(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))
