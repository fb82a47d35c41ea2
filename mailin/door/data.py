"""The octets between DATA and the lone dot: where a message ends, and what it was before it was sent."""

from __future__ import annotations

import asyncio

END = b"\r\n.\r\n"
EVERYTHING = 2**30


async def read_message(reader: asyncio.StreamReader, limit: int) -> tuple[bytes | None, int]:
    """Read up to the lone dot; return the message, and how many octets of what follows are already here.

    Only CRLF dot CRLF ends a message. The dots added for transparency (RFC 5321 4.5.2) are taken away. None
    stands for more than `limit` octets: they are read to the end, not kept. Raises ConnectionResetError.

    aiosmtpd reads line by line, keeps what has no line end, and refuses lines that real mail programs send.
    """
    message = bytearray(b"\r\n")  # so that the end is found at the very start, too
    too_big = False
    while True:
        searched = max(0, len(message) - len(END) + 1)
        message += await _read_some(reader)
        end = message.find(END, searched)
        if end >= 0:
            break

        if len(message) > limit + len(END):
            too_big = True
            del message[: 1 - len(END)]

    following = bytes(message[end + len(END) :])
    if following:
        reader.feed_data(following)  # comes first: all that the reader had was read

    kept = None if too_big or end > limit else bytes(message[: end + 2].replace(b"\r\n.", b"\r\n")[2:])
    return kept, len(following)


def has_bare_newline(message: bytes) -> bool:
    """Say whether a CR or LF stands alone: a relay that ends lines there would see another message than we do."""
    return not message.count(b"\n") == message.count(b"\r\n") == message.count(b"\r")


async def _read_some(reader: asyncio.StreamReader) -> bytes:
    octets = await reader.read(EVERYTHING)
    if not octets:
        raise ConnectionResetError

    return octets
