from __future__ import annotations

import ipaddress
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from rebook.config import BadConfig, Config, find_config, load_config
from rebook.config_values import Address, Maildir, SmtpServer

KEY = "a key of thirty-two characters ok"
OLDER = "an older key of thirty-two characters"

SMALLEST = f"""
[app]
base_url = "https://book.example.com"
secret_keys = ["{KEY}"]
[mail.in]
domain = "reply.example.com"
[mail.out]
from_address = "bookings@example.com"
"""

SMALLEST_ENVIRONMENT = {
    "REBOOK_APP__BASE_URL": "https://book.example.com",
    "REBOOK_APP__SECRET_KEYS": KEY,
    "REBOOK_MAIL__IN__DOMAIN": "reply.example.com",
    "REBOOK_MAIL__OUT__FROM_ADDRESS": "bookings@example.com",
}


def load(folder: Path, text: str, **environ: str) -> Config:
    file = folder / "rebook.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, environ)


def problems_of(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(BadConfig) as bad:
        load(folder, text, **environ)

    assert str(bad.value) == "\n".join(bad.value.problems)
    return list(bad.value.problems)


def smallest_and(section: str, *lines: str) -> str:
    """Return the smallest config with *lines* in *section*."""
    heading = f"[{section}]\n"
    added = heading + "\n".join(lines) + "\n"
    return SMALLEST.replace(heading, added) if heading in SMALLEST else SMALLEST + added


def test_the_smallest_config_has_the_defaults_of_the_contract(tmp_path: Path) -> None:
    config = load(tmp_path, SMALLEST)

    assert asdict(config) == {
        "app": {
            "base_url": "https://book.example.com",
            "data_dir": tmp_path / "data",
            "secret_keys": (KEY,),
            "log": "text",
        },
        "database": {"url": f"sqlite:///{tmp_path}/data/rebook.db"},
        "web": {"listen": {"host": "127.0.0.1", "port": 8080}},
        "mail": {
            "incoming": {
                "listen": {"host": "127.0.0.1", "port": 8025},
                "protocol": "smtp",
                "domain": "reply.example.com",
                "postmaster": None,
                "trust_authserv": (),
                "trusted_peers": (),
                "tls_cert": None,
                "tls_key": None,
                "keep_days": 30,
                "limits": {
                    "size": 1_048_576,
                    "recipients": 20,
                    "sessions": 64,
                    "per_peer": 8,
                    "session_seconds": 120,
                },
            },
            "outgoing": {"url": {"path": tmp_path / "data" / "mail"}, "from_address": "bookings@example.com"},
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
    assert config.database.path == tmp_path / "data" / "rebook.db"
    assert not config.telegram.on
    assert not config.slack.on


def test_the_environment_alone_can_say_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    config = load_config(None, SMALLEST_ENVIRONMENT)

    assert config == load(tmp_path, SMALLEST)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        smallest_and("web", 'listen = "127.0.0.1:1"'),
        REBOOK_WEB__LISTEN="0.0.0.0:80",
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


def test_all_mistakes_are_told_at_once_each_with_its_key(tmp_path: Path) -> None:
    text = """
        [app]
        secret_keys = ["SEKRET", 3]
        logs = "text"
        [web]
        listen = 8080
        [mail.in]
        domain = "not a domain"
        protocol = "pop3"
        keep_days = "30"
        limits = {size = 0}
        [mail.out]
        url = "smtp://jo:SEKRET@host:99999"
        from_address = "SEKRET"
        [telegram]
        mode = "webhook"
        token_file = "missing"
        [webb]
        listen = "127.0.0.1:80"
    """

    problems = problems_of(tmp_path, text, REBOOK_WEB__LISEN="x", REBOOK_MAIL__IN__LIMITS__SESSIONS="many")

    assert problems == [
        "REBOOK_WEB__LISEN: there is no such setting (did you mean REBOOK_WEB__LISTEN?)",
        "telegram.token_file: cannot be read (No such file or directory)",
        "app.base_url: is missing",
        "app.secret_keys[0]: must have 32 or more characters (`rebook init FILE` makes a good one)",
        "app.secret_keys[1]: must be text in quotes",
        "app.logs: there is no such setting (did you mean app.log?)",
        "web.listen: must be text in quotes",
        'mail.in.protocol: must be "smtp" or "lmtp"',
        'mail.in.domain: must be a domain name like "reply.example.com"',
        "mail.in.keep_days: must be a whole number",
        "mail.in.limits.size: must be more than 0",
        "mail.in.limits.sessions (REBOOK_MAIL__IN__LIMITS__SESSIONS): must be a whole number",
        "mail.out.url: is not a well-formed address",
        'mail.out.from_address: must be an e-mail address like "team@example.com"',
        "webb: there is no such setting (did you mean web?)",
    ]
    assert "SEKRET" not in "".join(problems)


def test_an_empty_file_says_what_is_needed(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "") == [
        "app.base_url: is missing",
        "app.secret_keys: is missing",
        "mail.in.domain: is missing",
        "mail.out.from_address: is missing",
    ]


@pytest.mark.parametrize(
    ("section", "line", "problem"),
    [
        ("web", 'listen = "8080"', 'web.listen: must be "host:port", for example "127.0.0.1:8080" or "[::1]:8080"'),
        ("web", 'listen = "::1:80"', 'web.listen: must be "host:port", for example "127.0.0.1:8080" or "[::1]:8080"'),
        ("web", 'listen = "localhost:70000"', "web.listen: the port must be 65535 or less"),
        (
            "web",
            'listen = "127.0.0.1:8025"',
            "web.listen and mail.in.listen are the same address: give each its own port",
        ),
        ("database", 'url = "mysql://x"', 'database.url: must be a file: "sqlite:///{data_dir}/rebook.db"'),
        ("database", 'url = "sqlite:///:memory:"', 'database.url: must be a file: "sqlite:///{data_dir}/rebook.db"'),
        (
            "database",
            'url = "sqlite:///{datadir}/x"',
            "database.url: knows no other word in braces than {data_dir}",
        ),
        (
            "database",
            'url = "postgresql://jo:SEKRET@localhost/rebook"',
            'database.url: PostgreSQL comes in a later version: use "sqlite:///{data_dir}/rebook.db"',
        ),
        ("mail.in", "trusted_peers = 3", 'mail.in.trusted_peers: must be a list: ["…", "…"]'),
        (
            "mail.in",
            'trusted_peers = ["10.0.0.300"]',
            'mail.in.trusted_peers[0]: must be an address or a network like "192.0.2.7" or "10.0.0.0/8"',
        ),
        ("mail.in", "limits = 3", "mail.in.limits: must be a table, in [brackets]"),
        ("mail.out", 'url = "pop:x"', 'mail.out.url: must begin with "maildir:", "smtp://" or "smtps://"'),
        (
            "mail.out",
            'url = "smtp:host"',
            'mail.out.url: must look like "smtp://user:password@mail.example.com:587" (odd characters as %40)',
        ),
        (
            "mail.out",
            'url = "smtp://host?tls=maybe"',
            "mail.out.url: tls must be required or never (left out: used when the server offers it)",
        ),
        (
            "mail.out",
            'url = "smtp://host?ssl=1"',
            "mail.out.url: knows one option after the question mark: tls=required or tls=never",
        ),
        (
            "mail.out",
            'url = "smtps://host?tls=never"',
            "mail.out.url: smtps:// is always encrypted: leave tls= out",
        ),
        ("telegram", 'token = ""', "telegram.token: must not be empty"),
        (
            "telegram",
            'token = "SEKRET"\nmode = "webhook"',
            'telegram: webhook_secret is missing: mode = "webhook" needs it',
        ),
        (
            "telegram",
            'webhook_secret = "SEK RET"',
            "telegram: webhook_secret may hold letters, digits, _ and - only, 256 at most",
        ),
        (
            "slack",
            'bot_token = "SEKRET"',
            "slack: signing_secret is missing (or app_token, for socket mode): bot_token needs one of them",
        ),
    ],
)
def test_a_mistake_is_said_in_the_operators_words(tmp_path: Path, section: str, line: str, problem: str) -> None:
    assert problems_of(tmp_path, smallest_and(section, line)) == [problem]


@pytest.mark.parametrize(
    ("given", "wanted", "problem"),
    [
        (f'secret_keys = ["{KEY}"]', "secret_keys = []", "app.secret_keys: must have at least one entry"),
        ('"https://book', '"ftp://book', 'app.base_url: must be a web address like "https://book.example.com"'),
        ("[app]", "app = 3\n[other]", "app: must be a table, in [brackets]"),
    ],
)
def test_what_is_needed_must_be_right(tmp_path: Path, given: str, wanted: str, problem: str) -> None:
    assert problem in problems_of(tmp_path, SMALLEST.replace(given, wanted))


def test_a_trailing_slash_of_the_base_url_is_dropped(tmp_path: Path) -> None:
    config = load(tmp_path, SMALLEST.replace("book.example.com", "example.com/book/"))

    assert config.app.base_url == "https://example.com/book"


def test_a_secret_is_given_once(tmp_path: Path) -> None:
    text = smallest_and("telegram", 'token = "SEKRET"', 'token_file = "token"')

    assert problems_of(tmp_path, text) == ["telegram.token_file: the same is given directly too: keep one of the two"]


def test_an_empty_secret_file_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("\n", encoding="utf-8")
    text = SMALLEST.replace(f'secret_keys = ["{KEY}"]', 'secret_keys_file = "keys"')

    assert problems_of(tmp_path, text) == ["app.secret_keys_file: is empty"]


def test_certificate_and_key_belong_together(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("", encoding="utf-8")
    text = smallest_and("mail.in", 'tls_cert = "cert.pem"')

    assert problems_of(tmp_path, text) == ["mail.in: tls_cert and tls_key belong together: give both or neither"]
    assert problems_of(tmp_path, text.replace("cert.pem", "x.pem")) == [
        f"mail.in.tls_cert: there is no file {tmp_path}/x.pem"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"[app\n", r"is not TOML: .*line 1.*"), (b"\xff", "is not UTF-8 text")],
)
def test_a_file_that_is_no_config_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "rebook.toml"
    file.write_bytes(content)

    with pytest.raises(BadConfig, match=rf"^{re.escape(str(file))}: {problem}$"):
        load_config(file, {})


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    file = tmp_path / "rebook.toml"

    with pytest.raises(BadConfig) as bad:
        load_config(file, {})

    assert bad.value.problems == (f"{file}: there is no such file (`rebook init {file}` writes one)",)


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
