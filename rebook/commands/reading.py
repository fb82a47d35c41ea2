"""Commands that show how Rebook reads: replies and raw mail. They change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rebook.commands.options import AsJson, ConfigFile
from rebook.failure import Failed

if TYPE_CHECKING:
    from mailin.reader import ReadMail
    from rebook.config import Config

NO_DOMAIN = "domain.invalid"
"""Stands for our own where there is no config: then nothing is a reply to us."""


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (understand, read_mail):
        app.command()(command)


def understand(
    *, explain: Annotated[bool, typer.Option("--explain", help="Add how each was read, in plain lines.")] = False
) -> None:
    """Read replies: cases as JSON lines in, readings out."""
    import sys

    from core.understand.cases import answer_line

    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace").strip()
        if not line:
            continue

        try:
            answer = answer_line(line, explain=explain)
        except Exception as error:  # noqa: BLE001 one bad line must not stop the others
            answer = json.dumps({"id": None, "error": f"{type(error).__name__}: {error}"})

        typer.echo(answer)


def read_mail(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE …]", show_default=False, help="Raw messages; else stdin.")
    ] = None,
    *,
    as_json: AsJson = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Add why, stage by stage, and how the new words read, whatever the booking."),
    ] = False,
    config_file: ConfigFile = None,
) -> None:
    """Print what is read of raw mail."""
    from core.views import plain

    config = _config(config_file)
    for raw in _raw_messages(files or []):
        read = _read(raw, config)
        explained = [*_stages(read, config), *_explained(read.text)] if explain else []
        if as_json:
            more = {"explain": explained} if explain else {}
            typer.echo(json.dumps({**read.as_json(), **more}, ensure_ascii=True))
            continue

        shown = {**read.as_json(), **({"explain": "\n".join(explained)} if explain else {})}
        for name, value in shown.items():
            lines = [plain(line) for line in (value or "").splitlines()]
            typer.echo(f"{name}: " + "\n  ".join(lines or ["-"]))

        typer.echo()


def _stages(read: ReadMail, config: Config | None) -> Iterator[str]:
    """Say why each stage before the words found what it found."""
    from mailin.address import Addresses
    from mailin.explain import Known, explain_mail

    if config is None:
        return explain_mail(read, Known(Addresses(NO_DOMAIN)))

    incoming = config.mail.incoming
    known = Known(
        Addresses(incoming.domain, config.mail.imap.mailbox),
        (config.mail.outgoing.from_address,),
        config.app.secret_keys,
        incoming.trust_authserv,
        tuple(str(one) for one in incoming.trusted_peers),
    )
    return explain_mail(read, known)


def _explained(words: str) -> list[str]:
    """Say how *words* read without a booking: in the languages that everyone may write in, with no performers."""
    from core.understand.explain import explain
    from core.understand.read import lexicons_for, trace

    return list(explain(trace(words, lexicons_for(""), ())))


def _config(config_file: Path | None) -> Config | None:
    """Return the config, or None where there is none at all: mail can be read without."""
    import os

    from rebook.config import find_config
    from rebook.desk import load

    if config_file is None and not find_config(None, os.environ).exists():
        return None

    return load(config_file)


def _raw_messages(files: list[Path]) -> Iterator[bytes]:
    import sys

    if not files:
        yield sys.stdin.buffer.read()

    for file in files:
        try:
            yield file.read_bytes()
        except OSError as error:
            raise Failed(f"{file} cannot be read: {error.strerror}") from None


def _read(raw: bytes, config: Config | None) -> ReadMail:
    from mailin.reader import read_mail as read_raw

    if config is None:
        return read_raw(raw, mail_from=None, rcpt_to=(), own_domain=NO_DOMAIN)

    incoming = config.mail.incoming
    return read_raw(
        raw,
        mail_from=None,
        rcpt_to=(),
        own_domain=incoming.domain,
        mailbox=config.mail.imap.mailbox,
        own_addresses=(config.mail.outgoing.from_address,),
        trust_authserv=incoming.trust_authserv,
        trusted_peers=tuple(str(one) for one in incoming.trusted_peers),
    )
