"""Secrets and names that stand in addresses and links: manage tokens, calendar keys, message ids, references. Pure.

Randomness and keys are passed in. Of *keys* the first is the newest and signs; every one of them verifies, so that
keys can be rotated without breaking what was sent (SPEC T1). Each purpose signs under its own label: what one of them
yields never passes for another.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256

RANDOM_BYTES = 16
MAC_BYTES = 10
TOKEN_LENGTH = 42
RANDOM_LENGTH = 26
CALENDAR_KEY_LENGTH = 16

_LONGEST_INPUT = 1000  # a token with all its wrapping is far shorter; a stranger's megabyte is not worth a regex
_REF_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: what they are taken for is here once
_REF_MISREAD = str.maketrans("OIL", "011")
_SOFT_WRAP = re.compile(r"=\r?\n|[\s\u00ad\u200b\u2060\ufeff]+")
_AROUND = "<>()[]{}\"'`.,;:!?*_“”‘’„«»…"
_MESSAGE_ID = re.compile(r"<?([a-z0-9-]+)\.([a-z2-7]{16})@([^<>@\s]+)>?")
_TOKEN_RUN = re.compile(rf"[A-Za-z2-7]{{{TOKEN_LENGTH},}}")
_WRAPPED_RUN = re.compile(r"[A-Za-z2-7]+(?:=?\r?\n[>|\s]*[A-Za-z2-7]+)+")
_PIECE = re.compile(r"[A-Za-z2-7]+")
_MOST_WRAPS = 3
_BASE32_DIGITS = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")


def make_token(random: bytes, keys: Sequence[str]) -> str:
    """Return the manage token over 16 *random* bytes: 42 characters of lower-case base32 (SPEC T1)."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a manage token needs {RANDOM_BYTES} random bytes, not {len(random)}")

    return _encode(random + _mac(keys[0], "manage", random))


def token_for(random_part: str, keys: Sequence[str]) -> str:
    """Return the manage token whose random part the store keeps, signed with the newest key."""
    random = _decode(random_part, RANDOM_LENGTH)
    if random is None:
        raise ValueError("not the random part of a manage token")

    return make_token(random, keys)


def read_token(text: str, keys: Sequence[str]) -> str | None:
    """Return the random part of a manage token (26 characters, what the store looks up), or None if it is not ours.

    Forgives what mail does to an address: case, brackets, dots and spaces around it, soft line wraps inside (SPEC T2).
    Nothing else: one token has one form.
    """
    data = _decode(_cleaned(text), TOKEN_LENGTH)
    if data is None:
        return None

    random, mac = data[:RANDOM_BYTES], data[RANDOM_BYTES:]
    return _encode(random) if _is_signed(mac, keys, "manage", random) else None


def calendar_key(random_part: str, keys: Sequence[str]) -> str:
    """Return the key of the booking's invitation address, `cal+KEY@` (SPEC T5): 16 characters, looked up as it is.

    Others see it, and it opens nothing: neither token nor random part can be had from it.
    """
    return _encode(_mac(keys[0], "calendar", random_part.encode()))


def sign_message_id(number: int | str, domain: str, keys: Sequence[str]) -> str:
    """Return `<NUMBER.MAC@domain>`: a Message-ID (RFC 5322) that is known to be ours and holds no token (SPEC T5).

    *number* is the message's own: an integer, or lower-case letters, digits and dashes.
    """
    name = str(number)
    mac = _encode(_mac(keys[0], "message", name.encode(), domain.lower().encode()))
    signed = f"<{name}.{mac}@{domain.lower()}>"
    if not _MESSAGE_ID.fullmatch(signed):
        raise ValueError(f"not usable in a message id: {name!r} at {domain!r}")

    return signed


def read_message_id(text: str, domain: str, keys: Sequence[str]) -> str | None:
    """Return the number that `sign_message_id` signed for *domain*, or None if the id is not ours."""
    found = _MESSAGE_ID.fullmatch(_cleaned_id(text))
    if found is None or found[3] != domain.lower():
        return None

    mac = _decode(found[2], CALENDAR_KEY_LENGTH)
    if mac is None or not _is_signed(mac, keys, "message", found[1].encode(), found[3].encode()):
        return None

    return found[1]


def form_token(random_part: str, purpose: str, keys: Sequence[str]) -> str:
    """Return what a form of the booking's page carries to prove that the page showed it (SPEC T6).

    *purpose* is what the form does, with all that it must not be replayed for.
    """
    return _encode(_mac(keys[0], "form", random_part.encode(), purpose.encode()))


def check_form_token(text: str, random_part: str, purpose: str, keys: Sequence[str]) -> bool:
    """Return whether *text* is the form token of this booking and purpose under any of *keys*."""
    mac = _decode(text, CALENDAR_KEY_LENGTH)
    return mac is not None and _is_signed(mac, keys, "form", random_part.encode(), purpose.encode())


def mask_tokens(text: str) -> str:
    """Return *text* with everything that looks like a manage token replaced by an ellipsis (SPEC T5).

    Goes by shape alone, also where a quoting mail program wrapped the token; masks too much rather than too little.
    """
    if len(text) < TOKEN_LENGTH:
        return text

    return _WRAPPED_RUN.sub(_mask_wrapped, _TOKEN_RUN.sub("…", text))


def make_ref(random: int) -> str:
    """Return a booking's short reference, such as `K7Q-2MX`, from the low 30 bits of *random* (SPEC T4)."""
    letters = "".join(_REF_ALPHABET[random >> shift & 31] for shift in range(25, -1, -5))
    return f"{letters[:3]}-{letters[3:]}"


def read_ref(text: str) -> str | None:
    """Return the reference that a person typed in its one form, or None if it cannot be one.

    Forgives case, a missing or spaced dash, and O, I, L for the digits they are taken for.
    """
    found = re.fullmatch(r"#?([0-9A-Z]{3})\s*[-\u2010-\u2015\u2212]?\s*([0-9A-Z]{3})", text[:40].strip().upper())
    if found is None:
        return None

    first, second = (part.translate(_REF_MISREAD) for part in found.groups())
    return f"{first}-{second}" if set(first + second) <= set(_REF_ALPHABET) else None


def _mac(key: str, label: str, *parts: bytes) -> bytes:
    mac = _begun_mac(key, label).copy()
    for part in parts:
        mac.update(_framed(part))

    return mac.digest()[:MAC_BYTES]


@lru_cache(maxsize=64)
def _begun_mac(key: str, label: str) -> hmac.HMAC:
    """Return what every signature of this purpose begins with, to be copied: the key is only worked in once."""
    return hmac.new(key.encode(), _framed(b"rebook") + _framed(label.encode()), sha256)


def _framed(part: bytes) -> bytes:
    """Return *part* with its length before it: no two lists of parts run together into the same message."""
    return len(part).to_bytes(4, "big") + part


def _is_signed(mac: bytes, keys: Sequence[str], label: str, *parts: bytes) -> bool:
    # A list, not a generator: every key is tried, so that the time taken does not tell which one it was.
    return any([hmac.compare_digest(mac, _mac(key, label, *parts)) for key in keys])  # noqa: C419 see above


def _encode(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()


def _decode(text: str, length: int) -> bytes | None:
    """Return the bytes of lower-case base32 of this length, or None; spare bits at the end must be zero."""
    if len(text) != length or not re.fullmatch(r"[a-z2-7]+", text):
        return None

    # As one number: several times faster than base64.b32decode, and a list of bookings decodes thousands.
    number, spare = int(text.translate(_BASE32_DIGITS), 32), length * 5 % 8
    return None if number & ((1 << spare) - 1) else (number >> spare).to_bytes(length * 5 // 8, "big")


def _cleaned(text: str) -> str:
    if len(text) > _LONGEST_INPUT:
        return ""

    bare = _SOFT_WRAP.sub("", text).strip(_AROUND)
    return bare.lower() if bare.isascii() else ""  # the Kelvin sign lowers to k


def _cleaned_id(text: str) -> str:
    bare = text.strip()
    return bare.lower() if len(bare) <= _LONGEST_INPUT and bare.isascii() else ""


def _mask_wrapped(found: re.Match[str]) -> str:
    run = found[0]
    pieces = [piece.span() for piece in _PIECE.finditer(run)]
    before = found.string[found.start() - 1 : found.start()]
    kept: list[str] = []
    done = 0
    for first, last in _token_spans([end - start for start, end in pieces]):
        start, end = pieces[first][0], pieces[last][1]
        # A column of ordinary words may add up to 42 letters; a token has a digit, or stands in a link or an address.
        if re.search(r"[2-7]", run[start:end]) or (first == 0 and before in {"/", "+", "="}):
            if start >= done:
                kept += run[done:start], "…"

            done = max(done, end)

    return "".join(kept) + run[done:]


def _token_spans(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of consecutive pieces, at most `_MOST_WRAPS` + 1, that together are as long as a token."""
    # One of them is that long at least: a column of a million short words is passed by quickly.
    long = TOKEN_LENGTH // (_MOST_WRAPS + 1) + 1
    near = {place - back for place, length in enumerate(lengths) if length >= long for back in range(_MOST_WRAPS + 1)}
    for first in sorted(near):
        for last in range(first + 1, min(first + _MOST_WRAPS + 1, len(lengths))):
            if first >= 0 and sum(lengths[first : last + 1]) == TOKEN_LENGTH:
                yield first, last
