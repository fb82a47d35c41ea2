"""Every status line the mail listener says of its own, and how a fault becomes one that tells nothing."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import traceback
from collections.abc import Sequence

STORED = "250 2.0.0 Stored"
BUSY = "421 4.7.0 Too many connections, try again later"
CLOSING = "421 4.3.2 Going down, try again later"
TOO_LONG = "421 4.4.2 Session took too long"
ENOUGH = "421 4.3.2 Connect again for more"
IDLE = "421 4.4.2 Nothing heard for too long"
TOO_MANY = "421 4.7.0 Too many commands or errors"
TOO_MUCH = "421 4.7.0 Too much was sent"
TOO_BIG = "552 5.3.4 Message too big"
CROWD = "452 4.5.3 Too many recipients"
MALFORMED = "553 5.1.3 Error: malformed address"
BARE_NEWLINE = "550 5.6.0 Bare CR or LF in the message"
TOO_FAST = "451 4.7.1 Too many messages from you, try again later"
GUESSING = "451 4.7.1 Too many unknown addresses from you, try again later"
TOO_OFTEN = "451 4.7.1 Too many messages about this booking, try again later"
TRY_AGAIN = "451 4.3.0 Try again later"
PARTLY = "451 4.3.0 Not stored for every recipient, try again later"

REFUSAL = re.compile(r"[45]\d\d [ -~]+", re.ASCII)

log = logging.getLogger(__name__)


def one_answer(statuses: Sequence[str]) -> str:
    """Choose SMTP's one answer: what all say, the first temporary failure, else try again (see `Session`)."""
    if len(set(statuses)) == 1 or all(status[0] == "5" for status in statuses):
        return statuses[0]

    return next((status for status in statuses if status[0] == "4"), PARTLY)


def checked_refusal(line: str) -> str:
    """Pass on a status line of the door's; one that is none must not reach the wire."""
    if REFUSAL.fullmatch(line):
        return line

    return report(ValueError("the door returned no status line"))


def report(error: Exception) -> str:
    """Log a fault under an id, by type and place: its message may quote an address or a token (SPEC T5)."""
    error_id = secrets.token_hex(4)
    kinds = " from ".join(type(each).__name__ for each in (error, error.__cause__) if each is not None)
    log.error("error %s: %s\n%s", error_id, kinds, "".join(traceback.format_tb(error.__traceback__)))
    return f"{TRY_AGAIN} ({error_id})"


def anonymous(address: str) -> str:
    """Name an address in a log so that two lines can be told to be about the same one, and no more."""
    return hashlib.blake2b(address.encode(), digest_size=4).hexdigest()
