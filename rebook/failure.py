"""What a command says when it cannot be done: one sentence, exit code 1."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence


class Failed(Exception):
    """A command was refused or could not be done. The message is what the person at the terminal reads."""


MOST_PROBLEMS = 20


def failed_with(problems: Sequence[str], more: str) -> Failed:
    """Return the failure that tells *problems*, a line each; beyond `MOST_PROBLEMS` only how many there are."""
    shown = list(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        shown.append(f"… and {len(problems) - MOST_PROBLEMS} more")

    return Failed("\n".join([*shown, *([more] if more else [])]))


def explain(error: Exception) -> str | None:
    """Return what to say of an *error* that an operator can mend, or None: then it is a mistake of ours."""
    # Imported here: nothing was wrong in most runs.
    from core.store.engine import StoreError
    from core.store.migrate import UnknownRevision
    from rebook.config import BadConfig

    match error:
        case Failed() | BadConfig():
            return str(error)
        case UnknownRevision():
            return f"{error}: use a newer Rebook"
        case StoreError():
            return f"the database cannot serve: {error}"
        case sqlite3.Error():
            return f"the database is not one of this version ({error}): run `rebook migrate`"
        case _:
            return None
