"""The config: every setting with its default, read from a TOML file, overridden by the environment, checked as a whole.

    config = load_config(find_config(None, os.environ), os.environ)

A mistake raises BadConfig, which carries all of them. `config.example.toml` says what each setting means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from rebook.config_reading import BadConfig, read_raw, say_problems
from rebook.config_values import (
    Address,
    Maildir,
    Network,
    SmtpServer,
    read_address,
    read_base_url,
    read_database_url,
    read_domain,
    read_existing_file,
    read_mail_url,
    read_mailbox,
    read_network,
    read_path,
    read_secret_key,
)

__all__ = ["BadConfig", "Config", "find_config", "load_config"]

SECRET = {"secret": True}
"""Marks a setting that may also be given as `…_file` and is never shown."""

MADE_ABSOLUTE = Field(validate_default=True)
"""Marks a path whose default, too, depends on where the config file is."""

DEFAULT_FILE = Path("rebook.toml")

Text = Annotated[str, Field(min_length=1)]
Listen = Annotated[Address, PlainValidator(read_address)]
ApiBase = Annotated[str, PlainValidator(read_base_url)]
Domain = Annotated[str, PlainValidator(read_domain)]
Mailbox = Annotated[str, PlainValidator(read_mailbox)]
ExistingFile = Annotated[Path | None, PlainValidator(read_existing_file)]
SecretText = Annotated[Text | None, Field(repr=False, json_schema_extra=SECRET)]
Count = Annotated[int, Field(gt=0)]


class Section(BaseModel):
    """A table of the file: nothing unknown in it, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class App(Section):
    """`[app]`: `secret_keys` newest first; `base_url` without trailing slash."""

    base_url: Annotated[str, PlainValidator(read_base_url)]
    data_dir: Annotated[Path, PlainValidator(read_path), MADE_ABSOLUTE] = Path("data")
    secret_keys: Annotated[
        tuple[Annotated[str, BeforeValidator(read_secret_key)], ...],
        Field(min_length=1, strict=False, repr=False, json_schema_extra=SECRET),
    ]
    log: Literal["text", "json"] = "text"


class Database(Section):
    """`[database]`: a SQLite file, its path absolute."""

    url: Annotated[str, PlainValidator(read_database_url), MADE_ABSOLUTE] = "sqlite:///{data_dir}/rebook.db"

    @property
    def path(self) -> Path:
        """The database's file."""
        return Path(self.url.removeprefix("sqlite:///"))


class Web(Section):
    """`[web]`."""

    listen: Listen = Address("127.0.0.1", 8080)


class Limits(Section):
    """`[mail.in.limits]`: what one sender may ask of the mail door (CONTRACT "Mail")."""

    size: Count = 1_048_576
    """Bytes of one message."""
    recipients: Count = 20
    sessions: Count = 64
    per_peer: Count = 8
    """Sessions at a time from one address."""
    session_seconds: Count = 120


class MailIn(Section):
    """`[mail.in]`: the door for replies."""

    listen: Listen = Address("127.0.0.1", 8025)
    protocol: Literal["smtp", "lmtp"] = "smtp"
    domain: Domain
    postmaster: Mailbox | None = None
    trust_authserv: Annotated[tuple[Domain, ...], Field(strict=False)] = ()
    trusted_peers: Annotated[tuple[Annotated[Network, PlainValidator(read_network)], ...], Field(strict=False)] = ()
    tls_cert: ExistingFile = None
    tls_key: ExistingFile = None
    keep_days: Count = 30
    """Days raw mail is kept (SPEC L5)."""
    limits: Limits = Field(default_factory=Limits)

    @model_validator(mode="after")
    def _certificate_with_its_key(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together: give both or neither")

        return self


class MailOut(Section):
    """`[mail.out]`: the way out; `url` is read to where mail goes."""

    url: Annotated[
        Maildir | SmtpServer,
        PlainValidator(read_mail_url),
        Field(validate_default=True, json_schema_extra=SECRET),
    ] = Maildir(Path("{data_dir}/mail"))
    from_address: Mailbox


class Mail(Section):
    """`[mail]`; in the file the two are named `in` and `out`."""

    incoming: MailIn = Field(alias="in")
    outgoing: MailOut = Field(alias="out")


class Telegram(Section):
    """`[telegram]`; the role is off without a token."""

    token: SecretText = None
    bot_username: Text | None = None
    api_base: ApiBase = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: SecretText = None

    @property
    def on(self) -> bool:
        """Whether the role has what it needs."""
        return self.token is not None

    @model_validator(mode="after")
    def _webhook_with_its_secret(self) -> Self:
        if self.on and self.mode == "webhook" and self.webhook_secret is None:
            raise ValueError('webhook_secret is missing: mode = "webhook" needs it')

        # Telegram takes no other characters in the header that carries it.
        if self.webhook_secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self.webhook_secret):
            raise ValueError("webhook_secret may hold letters, digits, _ and - only, 256 at most")

        return self


class Slack(Section):
    """`[slack]`; the role is off without a bot token."""

    bot_token: SecretText = None
    signing_secret: SecretText = None
    app_token: SecretText = None
    """Given: socket mode."""
    api_base: ApiBase = "https://slack.com/api"
    team_id: Text | None = None
    command_prefix: str = ""

    @property
    def on(self) -> bool:
        """Whether the role has what it needs."""
        return self.bot_token is not None

    @model_validator(mode="after")
    def _a_way_in(self) -> Self:
        if self.on and self.signing_secret is None and self.app_token is None:
            raise ValueError("signing_secret is missing (or app_token, for socket mode): bot_token needs one of them")

        return self


class Config(Section):
    """Everything the operator decides; what a business decides is in the database."""

    app: App
    database: Database
    web: Web
    mail: Mail
    telegram: Telegram
    slack: Slack

    @model_validator(mode="after")
    def _one_address_each(self) -> Self:
        if self.web.listen.port and self.web.listen == self.mail.incoming.listen:
            raise ValueError("web.listen and mail.in.listen are the same address: give each its own port")

        return self


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
    try:
        config = Config.model_validate(raw.tables, context=raw.folders)
    except ValidationError as invalid:
        raise BadConfig([*raw.problems, *say_problems(invalid.errors(include_url=False), raw)]) from None

    if raw.problems:
        raise BadConfig(raw.problems)

    return config
