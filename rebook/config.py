"""The config: every setting with its default, read from a TOML file, overridden by the environment, checked as a whole.

    config = load_config(find_config(None, os.environ), os.environ)

A mistake raises BadConfig, which carries all of them. `config.example.toml` says what each setting means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from mailin.address import LONGEST_MAILBOX_NAME
from rebook.config_building import build
from rebook.config_fields import Read
from rebook.config_reading import DEFAULT_DATA_DIR, BadConfig, read_raw
from rebook.config_values import (
    Address,
    ImapFolder,
    Maildir,
    Network,
    SmtpServer,
    one_of,
    read_address,
    read_base_url,
    read_count,
    read_database_url,
    read_domain,
    read_existing_file,
    read_imap_url,
    read_mail_url,
    read_mailbox,
    read_network,
    read_path,
    read_prefix,
    read_private_key,
    read_secret_key,
    read_text,
)

__all__ = ["BadConfig", "Config", "find_config", "load_config"]

DEFAULT_FILE = Path("rebook.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """`[app]`: `secret_keys` newest first; `base_url` without trailing slash."""

    base_url: Annotated[str, Read(read_base_url)]
    data_dir: Annotated[Path, Read(read_path, DEFAULT_DATA_DIR)]
    secret_keys: Annotated[tuple[str, ...], Read(read_secret_key, kind="list", secret=True)] = field(repr=False)
    log: Annotated[Literal["text", "json"], Read(one_of("text", "json"), "text")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`[database]`: a SQLite file, its path absolute."""

    url: Annotated[str, Read(read_database_url, "sqlite:///{data_dir}/rebook.db")]

    @property
    def path(self) -> Path:
        """The database's file."""
        return Path(self.url.removeprefix("sqlite:///"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """`[web]`: `trusted_proxies` are believed whom they heard, as loopback is (SPEC L3)."""

    listen: Annotated[Address, Read(read_address, "127.0.0.1:8080")]
    trusted_proxies: Annotated[tuple[Network, ...], Read(read_network, (), kind="list")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`[mail.in.limits]`: what one sender may ask of the mail door (CONTRACT "Mail").

    `size` is bytes of one message, `recipients` of one message; `sessions` at a time, `per_peer` from one address.
    The three rates are answered with 451: messages and unknown recipients of one address, messages about one booking.
    """

    size: Annotated[int, Read(read_count, 1_048_576, kind="number")]
    recipients: Annotated[int, Read(read_count, 20, kind="number")]
    sessions: Annotated[int, Read(read_count, 64, kind="number")]
    per_peer: Annotated[int, Read(read_count, 8, kind="number")]
    session_seconds: Annotated[int, Read(read_count, 120, kind="number")]
    messages_per_minute: Annotated[int, Read(read_count, 60, kind="number")]
    unknown_per_minute: Annotated[int, Read(read_count, 20, kind="number")]
    booking_messages_per_hour: Annotated[int, Read(read_count, 60, kind="number")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailIn:
    """`[mail.in]`: the door for replies; raw mail is kept `keep_days` (SPEC L5)."""

    listen: Annotated[Address, Read(read_address, "127.0.0.1:8025")]
    protocol: Annotated[Literal["smtp", "lmtp"], Read(one_of("smtp", "lmtp"), "smtp")]
    domain: Annotated[str, Read(read_domain)]
    postmaster: Annotated[str | None, Read(read_mailbox, None)]
    trust_authserv: Annotated[tuple[str, ...], Read(read_domain, (), kind="list")]
    trusted_peers: Annotated[tuple[Network, ...], Read(read_network, (), kind="list")]
    check_senders: Annotated[Literal["auto", "always", "never"], Read(one_of("auto", "always", "never"), "auto")]
    tls_cert: Annotated[Path | None, Read(read_existing_file, None)]
    tls_key: Annotated[Path | None, Read(read_existing_file, None)]
    keep_days: Annotated[int, Read(read_count, 30, kind="number")]
    limits: Limits

    def contradictions(self) -> Iterator[str]:
        """Say which settings do not go together."""
        if (self.tls_cert is None) != (self.tls_key is None):
            yield "tls_cert and tls_key belong together: give both or neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOut:
    """`[mail.out]`: the way out; `url` is read to where mail goes, `dkim_key` (PEM) signs it for `dkim_domain`."""

    url: Annotated[Maildir | SmtpServer, Read(read_mail_url, "maildir:{data_dir}/mail", secret=True)]
    from_address: Annotated[str, Read(read_mailbox)]
    dkim_domain: Annotated[str | None, Read(read_domain, None)]
    dkim_selector: Annotated[str | None, Read(read_domain, None)]
    dkim_key: Annotated[str | None, Read(read_private_key, None, secret=True)] = field(repr=False)

    def contradictions(self) -> Iterator[str]:
        """Say which settings do not go together."""
        if len({one is None for one in (self.dkim_domain, self.dkim_selector, self.dkim_key)}) > 1:
            yield "dkim_domain, dkim_selector and dkim_key_file belong together: give all or none"
        elif self.dkim_domain is not None:
            sender, signer = (f".{one}" for one in (self.from_address.rpartition("@")[2].lower(), self.dkim_domain))
            if not sender.endswith(signer) and not signer.endswith(sender):
                yield "dkim_domain and from_address must share a domain, else DMARC does not count the signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailImap:
    """`[mail.imap]`: the door of who has only a mailbox; off without a `url`."""

    url: Annotated[ImapFolder | None, Read(read_imap_url, None, secret=True)]
    address: Annotated[str | None, Read(read_mailbox, None)]
    move_to: Annotated[str | None, Read(read_text, None)]
    tls_ca: Annotated[Path | None, Read(read_existing_file, None)]

    @property
    def on(self) -> bool:
        """Whether there is a mailbox to watch."""
        return self.url is not None

    @property
    def mailbox(self) -> str | None:
        """The address whose plus addresses are handed out, lower-case; None where there is no mailbox."""
        if self.url is None:
            return None

        return (self.address or self.url.user).lower()

    def contradictions(self) -> Iterator[str]:
        """Say which settings do not go together."""
        if self.url is None:
            if self.address is not None or self.move_to is not None or self.tls_ca is not None:
                yield "url is missing: without it no mailbox is watched"

            return

        name, at, _ = (self.mailbox or "").rpartition("@")
        if not at:
            yield "address is missing: the user of url is no e-mail address"
        elif len(name) > LONGEST_MAILBOX_NAME:
            yield (
                f"address: {len(name)} characters before the @ are too many: with a token behind them they must have"
                f" {LONGEST_MAILBOX_NAME} at most; a shorter alias of the mailbox will do"
            )

        if self.move_to is not None and self.move_to == self.url.folder:
            yield "move_to is the folder that is watched: name another one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`[mail]`; in the file the first two are named `in` and `out`."""

    incoming: MailIn = field(metadata={"key": "in"})
    outgoing: MailOut = field(metadata={"key": "out"})
    imap: MailImap

    def contradictions(self) -> Iterator[str]:
        """Say which settings do not go together."""
        if (self.imap.mailbox or "").rpartition("@")[2] == self.incoming.domain:
            yield (
                "in.domain is the domain of imap.address, where others have mailboxes, too:"
                " name one of your own, such as the host of app.base_url"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """`[telegram]`; the role is off without a token."""

    token: Annotated[str | None, Read(read_text, None, secret=True)] = field(repr=False)
    bot_username: Annotated[str | None, Read(read_text, None)]
    api_base: Annotated[str, Read(read_base_url, "https://api.telegram.org")]
    mode: Annotated[Literal["polling", "webhook"], Read(one_of("polling", "webhook"), "polling")]
    webhook_secret: Annotated[str | None, Read(read_text, None, secret=True)] = field(repr=False)

    @property
    def on(self) -> bool:
        """Whether the role has what it needs."""
        return self.token is not None

    def contradictions(self) -> Iterator[str]:
        """Say which settings do not go together."""
        if self.on and self.mode == "webhook" and self.webhook_secret is None:
            yield 'webhook_secret is missing: mode = "webhook" needs it'

        # Telegram takes no other characters in the header that carries it.
        if self.webhook_secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self.webhook_secret):
            yield "webhook_secret may hold letters, digits, _ and - only, 256 at most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """`[slack]`; the role is off without a bot token, in socket mode with an app token."""

    bot_token: Annotated[str | None, Read(read_text, None, secret=True)] = field(repr=False)
    signing_secret: Annotated[str | None, Read(read_text, None, secret=True)] = field(repr=False)
    app_token: Annotated[str | None, Read(read_text, None, secret=True)] = field(repr=False)
    api_base: Annotated[str, Read(read_base_url, "https://slack.com/api")]
    team_id: Annotated[str | None, Read(read_text, None)]
    command_prefix: Annotated[str, Read(read_prefix, "")]

    @property
    def on(self) -> bool:
        """Whether the role has what it needs."""
        return self.bot_token is not None

    def contradictions(self) -> Iterator[str]:
        """Say which settings do not go together."""
        if self.on and self.signing_secret is None and self.app_token is None:
            yield "signing_secret is missing (or app_token, for socket mode): bot_token needs one of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the operator decides; what a business decides is in the database."""

    app: App
    database: Database
    web: Web
    mail: Mail
    telegram: Telegram
    slack: Slack

    def contradictions(self) -> Iterator[str]:
        """Say which settings do not go together."""
        if self.web.listen.port and self.web.listen == self.mail.incoming.listen:
            yield "web.listen and mail.in.listen are the same address: give each its own port"


def find_config(option: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the config file to read: `-c`, else `rebook.toml` here, else `$REBOOK_CONFIG`; it may not exist."""
    if option is not None:
        return option

    if not DEFAULT_FILE.exists() and environ.get("REBOOK_CONFIG"):
        return Path(environ["REBOOK_CONFIG"])

    return DEFAULT_FILE


def load_config(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read and check the config; without *path* the environment alone must say everything.

    Relative paths start at the file's folder (without a file: at the working folder). Raises BadConfig.
    """
    raw = read_raw(path, environ, Config)
    config = build(Config, raw)
    if config is None or raw.problems:
        raise BadConfig(raw.problems)

    return config
