"""Readers of single config values: addresses, URLs, names. They open nothing; only paths are looked at on disk.

Each raises ValueError in the operator's words and never repeats the value, which may be a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Security = Literal["offered", "required", "never", "wrapped"]
"""TLS on the way out: STARTTLS when offered, STARTTLS or nothing is sent, none, TLS from the first byte (smtps)."""

SHORTEST_KEY = 32
"""Characters; shorter secret keys could be guessed."""

HIGHEST_PORT = 65535
SMTP_PORT = 25
SMTPS_PORT = 465
IMAP_PORT = 143
IMAPS_PORT = 993


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Maildir:
    """Outgoing mail is put into a local folder."""

    path: Path


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Outgoing mail is handed to a server."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Folders:
    """What relative paths and `{data_dir}` mean: the config file's folder and the data folder, both absolute."""

    base: Path
    data: Path

    def path(self, text: str) -> Path:
        """Return *text* as an absolute path."""
        return self.base / Path(text.replace("{data_dir}", str(self.data))).expanduser()


@dataclass(frozen=True, slots=True)
class ImapFolder:
    """A folder of a mailbox on a server; `security` is "wrapped", or "never" on this machine."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"


Reader = Callable[[object, Folders], Any]
"""Turns what stands in the file into a value; raises ValueError."""


def read_text(value: object, folders: Folders) -> str:  # noqa: ARG001 - every reader is called alike
    """Read text that says something."""
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")  # noqa: TRY004 - one kind of error for all mistakes

    if not value.strip():
        raise ValueError("must not be empty")

    if not value.isprintable():
        raise ValueError("must not hold control characters")

    return value.strip()


def read_prefix(value: object, folders: Folders) -> str:
    """Read text that may be empty."""
    return read_text(value, folders) if value else ""


def read_count(value: object, folders: Folders) -> int:  # noqa: ARG001 - every reader is called alike
    """Read a whole number above zero."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("must be a whole number")  # noqa: TRY004 - one kind of error for all mistakes

    if value < 1:
        raise ValueError("must be more than 0")

    return value


def one_of(*words: str) -> Reader:
    """Return the reader of a setting that takes one of *words*."""

    def read_word(value: object, folders: Folders) -> str:  # noqa: ARG001 - every reader is called alike
        if value not in words:
            raise ValueError("must be " + " or ".join(f'"{word}"' for word in words))

        return str(value)

    return read_word


def read_path(value: object, folders: Folders) -> Path:
    """Read a path; relative ones start at the config file."""
    return folders.path(read_text(value, folders))


def read_existing_file(value: object, folders: Folders) -> Path:
    """Read the path of a file that must be there."""
    path = read_path(value, folders)
    if not path.is_file():
        raise ValueError(f"there is no file {path}")

    return path


def read_address(value: object, folders: Folders) -> Address:
    """Read `host:port`, an IPv6 host in brackets."""
    host, colon, port = read_text(value, folders).rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else _without_colon(host)
    if not (host and colon and re.fullmatch(r"[0-9]{1,5}", port)):
        raise ValueError('must be "host:port", for example "127.0.0.1:8080" or "[::1]:8080"')

    if int(port) > HIGHEST_PORT:
        raise ValueError("the port must be 65535 or less")

    return Address(host, int(port))


def read_base_url(value: object, folders: Folders) -> str:
    """Read the address guests' links start with; a trailing slash is dropped."""
    text = read_text(value, folders)
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError('must be a web address like "https://book.example.com"')

    return text.rstrip("/")


def read_secret_key(value: object, folders: Folders) -> str:
    """Read a key that signs tokens."""
    text = read_text(value, folders)
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"must have {SHORTEST_KEY} or more characters (`rebook init FILE` makes a good one)")

    return text


def read_domain(value: object, folders: Folders) -> str:
    """Read a domain name, lower-cased."""
    text = read_text(value, folders).lower()
    if not re.fullmatch(
        r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text
    ):
        raise ValueError('must be a domain name like "reply.example.com"')

    return text


def read_mailbox(value: object, folders: Folders) -> str:
    """Read a bare e-mail address."""
    text = read_text(value, folders)
    if not re.fullmatch(r"[^\s@<>\",;:]{1,64}@[^\s@<>\",;:]{1,253}", text):
        raise ValueError('must be an e-mail address like "team@example.com"')

    return text


def read_private_key(value: object, folders: Folders) -> str:  # noqa: ARG001 - every reader is called alike
    """Read a private key in PEM form, as it stands in its file."""
    if not isinstance(value, str) or not re.match(r"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----\s", value):
        raise ValueError("must be a private key in PEM form")

    return value.strip()


def read_network(value: object, folders: Folders) -> Network:
    """Read an address or a network of peers."""
    try:
        return ipaddress.ip_network(read_text(value, folders), strict=False)
    except ValueError:
        raise ValueError('must be an address or a network like "192.0.2.7" or "10.0.0.0/8"') from None


def read_database_url(value: object, folders: Folders) -> str:
    """Read the database's URL, its path made absolute."""
    text = read_text(value, folders)
    if text.startswith(("postgres:", "postgresql:", "postgresql+")):
        raise ValueError('PostgreSQL comes in a later version: use "sqlite:///{data_dir}/rebook.db"')

    prefix = "sqlite:///"
    path = text.removeprefix(prefix)
    if path == text or path in ("", ":memory:"):
        raise ValueError('must be a file: "sqlite:///{data_dir}/rebook.db"')

    return f"{prefix}{_known_braces(path, folders)}"


def read_mail_url(value: object, folders: Folders) -> Maildir | SmtpServer:
    """Read where outgoing mail goes: `maildir:PATH`, `smtp://…`, `smtps://…`."""
    text = read_text(value, folders)
    scheme, _, path = text.partition(":")
    if scheme == "maildir" and path:
        return Maildir(_known_braces(path, folders))

    if scheme not in ("smtp", "smtps"):
        raise ValueError('must begin with "maildir:", "smtp://" or "smtps://"')

    parts = _split(text)
    if not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ValueError('must look like "smtp://user:password@mail.example.com:587" (odd characters as %40)')

    return SmtpServer(
        host=parts.hostname,
        port=parts.port or (SMTPS_PORT if scheme == "smtps" else SMTP_PORT),
        security=_security(scheme, parts.query, otherwise="required" if parts.username else "offered"),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def read_imap_url(value: object, folders: Folders) -> ImapFolder:
    """Read whose mailbox is watched: `imaps://USER:PASSWORD@HOST/FOLDER`; without TLS only on this machine."""
    parts = _split(read_text(value, folders))
    if parts.scheme not in ("imaps", "imap"):
        raise ValueError('must begin with "imaps://"')

    user, password, folder = (unquote(one or "") for one in (parts.username, parts.password, parts.path[1:]))
    if not parts.hostname or not user or not password or parts.query or parts.fragment:
        raise ValueError(
            'must look like "imaps://user%40example.com:password@imap.example.com/INBOX" (odd characters as %40)'
        )

    if not (user + password + folder).isprintable():
        raise ValueError("must not hold control characters")

    is_wrapped = parts.scheme == "imaps"
    if not is_wrapped and parts.hostname not in _THIS_MACHINE:
        raise ValueError("is not encrypted: imap:// is for a server on this machine alone, use imaps://")

    return ImapFolder(
        host=parts.hostname,
        port=parts.port or (IMAPS_PORT if is_wrapped else IMAP_PORT),
        security="wrapped" if is_wrapped else "never",
        user=user,
        password=password,
        folder=folder or "INBOX",
    )


_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


def _security(scheme: str, query: str, otherwise: Security) -> Security:
    options = dict(parse_qsl(query, keep_blank_values=True))
    wanted = options.pop("tls", None)
    if options or (query and wanted is None):
        raise ValueError("knows one option after the question mark: tls=required or tls=never")

    if scheme == "smtps":
        if wanted is not None:
            raise ValueError("smtps:// is always encrypted: leave tls= out")

        return "wrapped"

    security = cast("Security", wanted or otherwise)
    if security not in get_args(Security) or security == "wrapped":
        raise ValueError(
            "tls must be required or never (left out: required where there is a password, else used when offered)"
        )

    return security


def _known_braces(path: str, folders: Folders) -> Path:
    if re.search(r"[{}]", path.replace("{data_dir}", "")):
        raise ValueError("knows no other word in braces than {data_dir}")

    return folders.path(path)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # only asking finds a port that is none
    except ValueError:
        raise ValueError("is not a well-formed address") from None

    return parts


def _without_colon(host: str) -> str:
    return "" if ":" in host or "[" in host else host
