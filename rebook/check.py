"""What `rebook check` finds wrong with an installation: everything at once, in sentences."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from jinja2 import TemplateError

from core.phrases import load_phrases
from core.store.engine import StoreError
from core.store.migrate import HEAD
from core.store.sqlite_connection import connect
from core.understand.lexicon import available_languages, load_lexicon
from mailin.door.imap_wire import ImapFailed, ImapServer, LoginRefused
from mailin.door.imap_wire import connect as connect_mailbox
from mailin.out.compose import mail_templates
from rebook.app import CannotStart, imap_server, new_signer
from rebook.config import BadConfig, Config
from rebook.config_values import Address, Maildir
from rebook.desk import load
from web.site import page_templates

MAILBOX_SECONDS = 10.0
"""How long the mail server may take for each answer while a person waits."""


def find_problems(config_file: Path | None) -> list[str]:
    """Return one sentence for each thing that is wrong; without a config nothing else can be looked at."""
    problems = [*_of_templates(), *_of_languages()]
    try:
        config = load(config_file)
    except BadConfig as bad:
        return [*bad.problems, *problems]

    of_mail = (*_of_signing(config), *_of_mailbox(config))
    return [*_of_database(config), *problems, *_of_folders(config), *_of_ports(config), *of_mail]


def dns_records(config_file: Path | None) -> list[str]:
    """Return the lines that belong into DNS for this config, one each; for a config that has no problems."""
    signer = new_signer(load(config_file))
    return [] if signer is None else [signer.record]


def _of_signing(config: Config) -> Iterator[str]:
    try:
        new_signer(config)
    except CannotStart as reason:
        yield str(reason)


def _of_database(config: Config) -> Iterator[str]:
    path = config.database.path
    if not path.exists():
        yield from _not_writable(path.parent, "database.url")
        return

    try:
        with closing(connect(path)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            broken = connection.execute("PRAGMA quick_check").fetchone()
    except (StoreError, sqlite3.Error) as error:
        yield f"database.url: {path} is no database of Rebook ({error}); `rebook migrate` brings it up to date"
        return

    if found is None or found[0] != HEAD:
        yield f"database.url: {path} is of another version: run `rebook migrate`"

    if broken[0] != "ok":
        yield f"database.url: {path} is damaged ({broken[0]}): restore it from a backup"


def _of_templates() -> Iterator[str]:
    for load_templates in (mail_templates, page_templates):
        yield from _of_environment(load_templates)


def _of_environment(load_templates: Callable[[], object]) -> Iterator[str]:
    try:
        environment = load_templates()
        names = environment.list_templates()  # type: ignore[attr-defined] # both give a jinja2 Environment
        for name in names:
            environment.get_template(name)  # type: ignore[attr-defined] # as above
    except (TemplateError, OSError) as error:
        yield f"templates: {error}"


def _of_languages() -> Iterator[str]:
    loaders: list[Callable[[], object]] = [
        load_phrases,
        *(partial(load_lexicon, language) for language in available_languages()),
    ]
    for load_language in loaders:
        try:
            load_language()
        except Exception as error:  # noqa: BLE001 whatever is wrong with a file, the operator must hear of it
            yield f"languages: {type(error).__name__}: {error}"


def _of_folders(config: Config) -> Iterator[str]:
    yield from _not_writable(config.app.data_dir, "app.data_dir")
    if isinstance(config.mail.outgoing.url, Maildir):
        yield from _not_writable(config.mail.outgoing.url.path, "mail.out.url")


def _not_writable(folder: Path, setting: str) -> Iterator[str]:
    """Say that nothing can be written in *folder*, or that it cannot be made."""
    present = next(one for one in (folder, *folder.parents) if one.exists())
    if not present.is_dir():
        yield f"{setting}: {present} is not a folder"
    elif not os.access(present, os.W_OK | os.X_OK):
        yield f"{setting}: nothing can be written in {present}"


def _of_ports(config: Config) -> Iterator[str]:
    for setting, address in (("web.listen", config.web.listen), ("mail.in.listen", config.mail.incoming.listen)):
        yield from _not_free(setting, address)


def _of_mailbox(config: Config) -> Iterator[str]:
    """Say why the mailbox cannot be watched: it is opened once, and nothing in it is touched."""
    try:
        server = imap_server(config)
        if server is not None:
            asyncio.run(_open_mailbox(replace(server, patience_seconds=MAILBOX_SECONDS)))
    except CannotStart as cannot:
        yield str(cannot)
    except LoginRefused as refused:
        yield f"mail.imap.url: the server does not take user and password ({refused})"
    except ImapFailed as failed:
        yield f"mail.imap.url: {failed}"


async def _open_mailbox(server: ImapServer) -> None:
    connection = await connect_mailbox(server)
    try:
        await connection.select()
    finally:
        await connection.close()


def _not_free(setting: str, address: Address) -> Iterator[str]:
    try:
        family, _, _, _, target = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        yield f"{setting}: {address} cannot be listened on ({error.strerror or error}); is Rebook running already?"
