"""Signing mail as a provider does, and a DNS of our own: written from RFC 6376, apart from the code that checks it."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from mailin.sender.dns import DnsTrouble

_DIGEST = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
}
"""What stands before a digest when it is signed (RFC 8017, 9.2)."""

SIGNED = ("from", "to", "subject", "date", "message-id")


@dataclass(frozen=True, slots=True)
class Key:
    """An RSA key: its TXT record is `record`."""

    one: int
    other: int
    public: int = 65537

    @property
    def modulus(self) -> int:
        return self.one * self.other

    @property
    def private(self) -> int:
        return pow(self.public, -1, (self.one - 1) * (self.other - 1))

    @property
    def record(self) -> str:
        numbers = _der(0x30, _der_number(self.modulus) + _der_number(self.public))
        return f"v=DKIM1; k=rsa; p={base64.b64encode(numbers).decode()}"

    @property
    def pem(self) -> bytes:
        """The key as providers keep it (RFC 8017, A.1.2)."""
        one, other, private = self.one, self.other, self.private
        of_primes = (private % (one - 1), private % (other - 1), pow(other, -1, one))
        numbers = (0, self.modulus, self.public, private, one, other, *of_primes)
        der = _der(0x30, b"".join(_der_number(number) for number in numbers))
        kind = "RSA PRIVATE KEY"
        return f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n".encode()

    def sign(self, data: bytes, algorithm: str = "sha256") -> bytes:
        size = (self.modulus.bit_length() + 7) // 8
        known = _DIGEST[algorithm] + hashlib.new(algorithm, data).digest()
        padded = b"\x00\x01" + b"\xff" * (size - len(known) - 3) + b"\x00" + known
        return pow(int.from_bytes(padded, "big"), self.private, self.modulus).to_bytes(size, "big")


@cache
def new_key(bits: int = 1024, seed: int = 1) -> Key:
    """Return a key of so many bits; the same one for the same seed."""
    chance = random.Random(seed)
    while True:
        one, other = _prime(bits // 2, chance), _prime(bits - bits // 2, chance)
        if (one * other).bit_length() == bits and (one - 1) * (other - 1) % 65537:
            return Key(one, other)


@dataclass(slots=True)
class Zone:
    """A DNS in memory: TXT records by name, and names or whole domains (".example") that nobody can answer for."""

    records: dict[str, tuple[str, ...]] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    async def txt(self, name: str) -> tuple[str, ...]:
        self.asked.append(name)
        if any(name == one or (one.startswith(".") and name.endswith(one)) for one in self.broken):
            raise DnsTrouble("SERVFAIL")

        return self.records.get(name, ())


def zone(records: Mapping[str, str | Iterable[str]], broken: Iterable[str] = ()) -> Zone:
    """Return a DNS that holds *records*."""
    held = {name: (text,) if isinstance(text, str) else tuple(text) for name, text in records.items()}
    return Zone(held, frozenset(broken))


def sign(
    raw: bytes,
    *,
    domain: str,
    key: Key | None = None,
    selector: str = "s1",
    headers: tuple[str, ...] = SIGNED,
    canonical: str = "relaxed/relaxed",
    algorithm: str = "sha256",
    tags: str = "",
    length: int | None = None,
) -> bytes:
    """Return *raw* (CRLF) with a signature of *domain* above it; *length* is `l=`, *tags* more of them."""
    header_way, _, body_way = canonical.partition("/")
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = re.split(rb"\r\n(?![ \t])", head)
    whole = _body(body, relaxed=body_way == "relaxed")[:length]
    named = ":".join(headers)
    counted = "" if length is None else f" l={length};"
    digest = base64.b64encode(hashlib.new(algorithm, whole).digest()).decode()
    value = (
        f" v=1; a=rsa-{algorithm}; c={canonical}; d={domain}; s={selector};{counted}{tags}\r\n"
        f"\th={named};\r\n\tbh={digest};\r\n\tb="
    ).encode()
    data = b"".join(_line(one, relaxed=header_way == "relaxed") + b"\r\n" for one in _chosen(lines, headers))
    data += _line(b"DKIM-Signature:" + value, relaxed=header_way == "relaxed")
    signature = base64.b64encode((key or new_key()).sign(data, algorithm))
    return b"DKIM-Signature:" + value + signature + b"\r\n" + raw


def _chosen(lines: list[bytes], names: tuple[str, ...]) -> list[bytes]:
    left = list(lines)
    found = []
    for name in names:
        one = next((line for line in reversed(left) if line.split(b":")[0].strip().lower() == name.encode()), None)
        if one is not None:
            left.remove(one)
            found.append(one)

    return found


def _line(line: bytes, *, relaxed: bool) -> bytes:
    if not relaxed:
        return line

    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def _body(body: bytes, *, relaxed: bool) -> bytes:
    lines = body.split(b"\r\n")
    if relaxed:
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]

    while lines and not lines[-1]:
        lines.pop()

    if not lines:
        return b"" if relaxed else b"\r\n"

    return b"\r\n".join(lines) + b"\r\n"


def _prime(bits: int, chance: random.Random) -> int:
    while True:
        number = chance.getrandbits(bits) | (3 << (bits - 2)) | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31)) and pow(2, number - 1, number) == 1:
            return number


def _der(kind: int, content: bytes) -> bytes:
    size = len(content)
    octets = (size.bit_length() + 7) // 8
    length = bytes([size]) if size < 128 else bytes([128 + octets]) + size.to_bytes(octets, "big")
    return bytes([kind]) + length + content


def _der_number(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))
