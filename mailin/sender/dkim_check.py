"""Check the DKIM signatures of a raw mail against given keys, within limits that nobody can stretch (RFC 6376). Pure.

dkimpy does the cryptography. It is handed only the signed headers and a body whose blanks are already reduced: on the
whole of a hostile megabyte its patterns would take hours.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import getaddresses

import dkim
from dkim.crypto import parse_public_key
from dkim.util import InvalidTagValueList, parse_tag_value

from mailin.sender.alignment import dns_name

MOST_SIGNATURES = 4
"""So many signatures of one mail are tried."""

SMALLEST_KEY = 1_024
LARGEST_KEY = 8_192
"""Bits of an RSA key. Smaller ones can be broken; larger ones only cost time (RFC 8301)."""

LONGEST_KEY_RECORD = 2_000
"""Characters of the TXT record that holds the key."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that may count: who signed (`domain`), where the key is (`key_name`), and over what."""

    domain: str
    key_name: str
    tags: dict[bytes, bytes] = field(repr=False)
    header: tuple[bytes, bytes] = field(repr=False)
    signed: bytes = field(repr=False)


def signatures_of(raw: bytes, *, sender: str, received: datetime) -> tuple[Signature, ...]:
    """Return the signatures of *raw* that could speak for *sender*, those of exactly its domain first.

    Not counted: one that leaves out From or part of the body (`l=`), is expired, uses SHA-1, or is of a domain that has
    nothing to do with the sender's. None counts where From is not once there and plainly this *sender*.
    """
    lines, body = _split(raw)
    if not _is_from(lines, sender):
        return ()

    domain = dns_name(sender.rpartition("@")[2])
    if domain is None:
        return ()

    found: list[Signature] = []
    for header in [line for line in lines if line[0].lower() == b"dkim-signature"][:_MOST_LOOKED_AT]:
        tags = _tags_of(header[1])
        signer = None if tags is None else _signer(tags, received)
        if tags is not None and signer is not None and _is_related(signer, domain):
            signed = _signed(lines, tags, header)
            key_name = dns_name(f"{tags[b's'].decode('ascii')}._domainkey.{signer}")
            if signed is not None and key_name is not None:
                found.append(Signature(signer, key_name, tags, header, signed + b"\r\n" + _reduced(body, tags)))

    found.sort(key=lambda one: one.domain != domain)
    return tuple(found[:MOST_SIGNATURES])


def verifies(signature: Signature, key_record: str) -> bool:
    """Return whether the key in *key_record* proves that *signature* stands over the mail as it came."""
    if not _is_sane_key(key_record):
        return False

    try:
        names = re.split(rb"\s*:\s*", signature.tags[b"h"].lower())
        check = dkim.DKIM(signature.signed, logger=_Mute(), minkey=SMALLEST_KEY)
        return bool(
            check.verify_sig(signature.tags, names, signature.header, lambda _, **__: key_record.encode("ascii"))
        )
    except Exception:  # noqa: BLE001 the sender wrote signature and key: whatever they break in dkimpy is no proof
        return False


_MOST_LOOKED_AT = 20
_LONGEST_SIGNATURE = 6_000
_LONGEST_HEADERS = 262_144
_LONGEST_SIGNED = 32_768
"""Octets of the signed headers; dkimpy joins folded lines in quadratic time."""

_LONG_BLANK = re.compile(rb"\s{80}")
"""Real signatures are folded by a few blanks; dkimpy's patterns take quadratic time on a run of them."""

_LATE = timedelta(hours=1)
_LARGEST_EXPONENT = 32
_NAME = re.compile(rb"[\x21-\x39\x3b-\x7e]+")
_ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")

_Line = tuple[bytes, bytes]


class _Mute:
    """What dkimpy would log is the sender's own text."""

    def debug(self, *said: object) -> None:
        """Log nothing."""

    error = debug


def _split(raw: bytes) -> tuple[list[_Line], bytes]:
    """Return (name, value with its folding and line end) of every header line, and the body."""
    end = re.search(rb"\r?\n\r?\n", raw[:_LONGEST_HEADERS])
    if end is None:
        return [], b""

    unfolded: list[list[bytes]] = []
    for line in re.split(rb"\r?\n", raw[: end.start()]):
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1].append(line)
        else:
            unfolded.append([line])

    found: list[_Line] = []
    for pieces in unfolded:
        name, colon, first = pieces[0].partition(b":")
        if colon and _NAME.fullmatch(name.rstrip(b" \t")):
            found.append((name, b"\r\n".join((first, *pieces[1:])) + b"\r\n"))

    return found, raw[end.end() :]


def _is_from(lines: list[_Line], sender: str) -> bool:
    """Return whether From stands once and means the sender that Rebook sees: no two readings of one mail."""
    values = [value for name, value in lines if name.strip(b" \t").lower() == b"from"]
    if len(values) != 1 or len(values[0]) > _LONGEST_SIGNATURE:
        return False

    try:
        pairs = getaddresses([" ".join(values[0].decode("utf-8", "replace").split())])
    except (RecursionError, ValueError, IndexError, AttributeError):
        # Nested comments and broken groups trip the standard parser: such a From proves nobody.
        return False

    return [address.strip().lower() for _, address in pairs] == [sender]


def _tags_of(value: bytes) -> dict[bytes, bytes] | None:
    if len(value) > _LONGEST_SIGNATURE or _LONG_BLANK.search(value):
        return None

    try:
        tags = parse_tag_value(value)
    except InvalidTagValueList:
        return None

    return tags if {b"v", b"a", b"b", b"bh", b"d", b"h", b"s"} <= tags.keys() else None


def _signer(tags: dict[bytes, bytes], received: datetime) -> str | None:
    """Return the domain that signed; None where the signature does not count."""
    if tags[b"v"] != b"1" or tags[b"a"] not in _ALGORITHMS or b"l" in tags or tags.get(b"q", b"dns/txt") != b"dns/txt":
        return None

    if b"from" not in re.split(rb"\s*:\s*", tags[b"h"].lower()) or not tags[b"s"].isascii():
        return None

    expires = tags.get(b"x")
    if expires is not None and not (expires.isdigit() and len(expires) <= _LONGEST_INSTANT):
        return None

    if expires is not None and int(expires) < (received - _LATE).timestamp():
        return None

    return _domain_of(tags)


_LONGEST_INSTANT = 12
"""Digits (RFC 6376, section 3.5)."""


def _domain_of(tags: dict[bytes, bytes]) -> str | None:
    try:
        domain = dns_name(tags[b"d"].decode("ascii"))
        identity = tags.get(b"i", b"@" + tags[b"d"]).decode("ascii").lower().rpartition("@")[2]
    except UnicodeDecodeError:
        return None

    if domain is None or not (identity == domain or identity.endswith(f".{domain}")):
        return None

    return domain


def _is_related(signer: str, domain: str) -> bool:
    """Return whether the two could be of one organisation at all; only then the signer's DNS is asked."""
    return signer == domain or ("." in signer and signer.split(".")[-2:] == domain.split(".")[-2:])


def _signed(lines: list[_Line], tags: dict[bytes, bytes], header: _Line) -> bytes | None:
    """Return the header lines that the signature covers, and every From."""
    names = set(re.split(rb"\s*:\s*", tags[b"h"].lower())) | {b"from"}
    chosen = [line for line in lines if line[0].strip(b" \t").lower() in names] + [header]
    whole = b"".join(name + b":" + value for name, value in chosen)
    return None if len(whole) > _LONGEST_SIGNED else whole


def _reduced(body: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return the body with blanks reduced as "relaxed" wants them: done again, it changes nothing."""
    whole = body if body.count(b"\n") == body.count(b"\r\n") else re.sub(rb"\r?\n", b"\r\n", body)
    if tags.get(b"c", b"").partition(b"/")[2] != b"relaxed":
        return whole

    return re.sub(rb"[\t ]+", b" ", whole).replace(b" \r\n", b"\r\n")


def _is_sane_key(key_record: str) -> bool:
    """Return whether the record can be a key whose use takes no time worth speaking of."""
    if len(key_record) > LONGEST_KEY_RECORD or not key_record.isascii() or _LONG_BLANK.search(key_record.encode()):
        return False

    try:
        tags = parse_tag_value(key_record.encode())
        if tags.get(b"k", b"rsa") != b"rsa":
            return True

        key = parse_public_key(base64.b64decode(tags[b"p"]))
    except Exception:  # noqa: BLE001 whoever controls the domain wrote it: what cannot be read is no key
        return False

    is_sized = SMALLEST_KEY <= int(key["modulus"]).bit_length() <= LARGEST_KEY
    return is_sized and int(key["publicExponent"]).bit_length() <= _LARGEST_EXPONENT
