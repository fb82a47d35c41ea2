from __future__ import annotations

import ipaddress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from rebook.config import find_config, load_config
from rebook.config_values import Address, ImapFolder, Maildir, SmtpServer
from tests.rebook.small_config import KEY, OLDER, SMALLEST, SMALLEST_ENVIRONMENT, load, smallest_and


def test_the_smallest_config_has_the_defaults_of_the_contract(tmp_path: Path) -> None:
    config = load(tmp_path, SMALLEST)

    assert asdict(config) == defaults(tmp_path)
    assert config.database.path == tmp_path / "data" / "rebook.db"
    assert not config.telegram.on
    assert not config.slack.on


def defaults(folder: Path) -> dict[str, Any]:
    """Return the settings of the smallest config, as CONTRACT fixes them."""
    return {
        "app": {
            "base_url": "https://book.example.com",
            "data_dir": folder / "data",
            "secret_keys": (KEY,),
            "log": "text",
        },
        "database": {"url": f"sqlite:///{folder}/data/rebook.db"},
        "web": {"listen": {"host": "127.0.0.1", "port": 8080}, "trusted_proxies": ()},
        "mail": {
            "incoming": {
                "listen": {"host": "127.0.0.1", "port": 8025},
                "protocol": "smtp",
                "domain": "reply.example.com",
                "postmaster": None,
                "trust_authserv": (),
                "trusted_peers": (),
                "check_senders": "auto",
                "tls_cert": None,
                "tls_key": None,
                "keep_days": 30,
                "limits": {
                    "size": 1_048_576,
                    "recipients": 20,
                    "sessions": 64,
                    "per_peer": 8,
                    "session_seconds": 120,
                    "messages_per_minute": 60,
                    "unknown_per_minute": 20,
                    "booking_messages_per_hour": 60,
                },
            },
            "outgoing": {
                "url": {"path": folder / "data" / "mail"},
                "from_address": "bookings@example.com",
                "dkim_domain": None,
                "dkim_selector": None,
                "dkim_key": None,
            },
            "imap": {"url": None, "address": None, "move_to": None, "tls_ca": None},
        },
        "telegram": {
            "token": None,
            "bot_username": None,
            "api_base": "https://api.telegram.org",
            "mode": "polling",
            "webhook_secret": None,
        },
        "slack": {
            "bot_token": None,
            "signing_secret": None,
            "app_token": None,
            "api_base": "https://slack.com/api",
            "team_id": None,
            "command_prefix": "",
        },
    }


def test_the_environment_alone_can_say_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    config = load_config(None, SMALLEST_ENVIRONMENT)

    assert config == load(tmp_path, SMALLEST)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        smallest_and("web", 'listen = "127.0.0.1:1"'),
        REBOOK_WEB__LISTEN="0.0.0.0:80",
        REBOOK_WEB__TRUSTED_PROXIES="192.0.2.8, 2001:db8::/32",
        REBOOK_MAIL__IN__LISTEN="[::1]:25",
        REBOOK_MAIL__IN__LIMITS__SIZE="5000",
        REBOOK_MAIL__IN__TRUSTED_PEERS="192.0.2.7, 10.0.0.0/8",
        REBOOK_MAIL__OUT__URL="smtps://mail.example.com",
        REBOOK_APP__SECRET_KEYS=f'["{OLDER},", "{KEY}"]',
        REBOOK_APP__LOG="",
        REBOOK_CONFIG="elsewhere.toml",
        REBOOK_SHARED="../shared",
        HOME="/home/olga",
    )

    assert config.web.listen == Address("0.0.0.0", 80)  # noqa: S104 - nothing listens
    assert config.web.trusted_proxies == (ipaddress.ip_network("192.0.2.8/32"), ipaddress.ip_network("2001:db8::/32"))
    assert config.mail.incoming.listen == Address("::1", 25)
    assert str(config.mail.incoming.listen) == "[::1]:25"
    assert config.mail.incoming.limits.size == 5000
    assert config.mail.incoming.trusted_peers == (
        ipaddress.ip_network("192.0.2.7/32"),
        ipaddress.ip_network("10.0.0.0/8"),
    )
    assert config.mail.outgoing.url == SmtpServer("mail.example.com", 465, "wrapped")
    assert config.app.secret_keys == (f"{OLDER},", KEY)
    assert config.app.log == "text"


def test_paths_start_at_the_file_and_know_the_data_folder(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        smallest_and("app", 'data_dir = "kept"').replace("[mail.out]", '[mail.out]\nurl = "maildir:outgoing"')
        + '[database]\nurl = "sqlite:///{data_dir}/sub/x.db"',
    )

    assert config.app.data_dir == tmp_path / "kept"
    assert config.database.path == tmp_path / "kept" / "sub" / "x.db"
    assert config.mail.outgoing.url == Maildir(tmp_path / "outgoing")


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"{KEY}\n{OLDER}\n", encoding="utf-8")
    (tmp_path / "url").write_text("smtp://jo:p%40ss@mail.example.com:587?tls=required\n", encoding="utf-8")
    (tmp_path / "token").write_text("123:abc\n", encoding="utf-8")

    config = load(
        tmp_path,
        SMALLEST.replace(f'secret_keys = ["{KEY}"]', 'secret_keys_file = "keys"\ndata_dir = "."').replace(
            "[mail.out]", '[mail.out]\nurl_file = "{data_dir}/url"'
        ),
        REBOOK_TELEGRAM__TOKEN_FILE=str(tmp_path / "token"),
    )

    assert config.app.secret_keys == (KEY, OLDER)
    assert config.mail.outgoing.url == SmtpServer("mail.example.com", 587, "required", "jo", "p@ss")
    assert config.telegram.token == "123:abc"
    assert config.telegram.on


def test_a_secret_of_the_environment_takes_the_place_of_the_files(tmp_path: Path) -> None:
    config = load(tmp_path, smallest_and("telegram", 'token_file = "missing"'), REBOOK_TELEGRAM__TOKEN="123:abc")

    assert config.telegram.token == "123:abc"


def test_no_secret_is_shown(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        smallest_and("telegram", 'token = "123:abc"', 'webhook_secret = "hook"')
        + '[slack]\nbot_token = "xoxb-1"\nsigning_secret = "sign"\napp_token = "xapp-1"',
        REBOOK_MAIL__OUT__URL="smtp://jo:pass@mail.example.com",
    )

    shown = repr(config) + str(config)

    for secret in (KEY, "123:abc", "hook", "xoxb-1", "sign", "xapp-1", "pass"):
        assert repr(secret) not in shown


def test_a_trailing_slash_of_the_base_url_is_dropped(tmp_path: Path) -> None:
    config = load(tmp_path, SMALLEST.replace("book.example.com", "example.com/book/"))

    assert config.app.base_url == "https://example.com/book"


@pytest.mark.parametrize(
    ("option", "here", "environ", "found"),
    [
        ("x.toml", True, {"REBOOK_CONFIG": "y.toml"}, "x.toml"),
        (None, True, {"REBOOK_CONFIG": "y.toml"}, "rebook.toml"),
        (None, False, {"REBOOK_CONFIG": "y.toml"}, "y.toml"),
        (None, False, {}, "rebook.toml"),
    ],
)
def test_the_config_is_looked_for_in_the_order_of_the_contract(
    option: str | None, here: Any, environ: dict[str, str], found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if here:
        Path("rebook.toml").touch()

    assert find_config(Path(option) if option else None, environ) == Path(found)


def test_a_mailbox_is_its_users_unless_said_otherwise(tmp_path: Path) -> None:
    lines = ['url = "imaps://Shop%40example.com:a%2Fb@imap.example.com/Inbox%2FShop"']
    mailbox = load(tmp_path, smallest_and("mail.imap", *lines)).mail.imap
    other = load(tmp_path, smallest_and("mail.imap", *lines, 'address = "hi@example.com"')).mail.imap

    assert mailbox.url == ImapFolder("imap.example.com", 993, "wrapped", "Shop@example.com", "a/b", "Inbox/Shop")
    assert (mailbox.mailbox, other.mailbox) == ("shop@example.com", "hi@example.com")
    assert "a/b" not in repr(mailbox)
