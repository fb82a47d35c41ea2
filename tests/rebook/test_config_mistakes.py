from __future__ import annotations

import re
from pathlib import Path

import pytest

from rebook.config import BadConfig, load_config
from tests.rebook.small_config import KEY, SMALLEST, problems_of, smallest_and


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
            'trusted_proxies = ["nginx"]',
            'web.trusted_proxies[0]: must be an address or a network like "192.0.2.7" or "10.0.0.0/8"',
        ),
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
            (
                "mail.out.url: tls must be required or never "
                "(left out: required where there is a password, else used when offered)"
            ),
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
        (
            "mail.out",
            'dkim_selector = "rebook"',
            "mail.out: dkim_domain, dkim_selector and dkim_key_file belong together: give all or none",
        ),
        ("mail.out", 'dkim_key = "p@ss"', "mail.out.dkim_key: must be a private key in PEM form"),
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
    ("lines", "problem"),
    [
        (['url = "imap.example.com"'], 'mail.imap.url: must begin with "imaps://"'),
        (['url = "imaps://imap.example.com"'], "mail.imap.url: must look like"),
        (['url = "imaps://shop%40example.com@imap.example.com"'], "mail.imap.url: must look like"),
        (['url = "imaps://shop%40example.com:a%0d%0ab@imap.example.com"'], "mail.imap.url: must not hold control"),
        (['url = "imap://shop%40example.com:SEKRET@imap.example.com"'], "mail.imap.url: is not encrypted"),
        (['url = "imaps://shop:SEKRET@imap.example.com"'], "mail.imap: address is missing"),
        (['move_to = "Rebook"'], "mail.imap: url is missing"),
        (
            ['url = "imaps://the-shop-at-the-corner%40example.com:SEKRET@imap.example.com"'],
            "mail.imap: address: 22 characters before the @ are too many",
        ),
        (
            ['url = "imaps://shop%40example.com:SEKRET@imap.example.com/Shop"', 'move_to = "Shop"'],
            "mail.imap: move_to is the folder that is watched",
        ),
        (['url = "imaps://shop%40reply.example.com:SEKRET@imap.example.com"'], "mail: in.domain is the domain of"),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_said(tmp_path: Path, lines: list[str], problem: str) -> None:
    [told] = problems_of(tmp_path, smallest_and("mail.imap", *lines))

    assert told.startswith(problem)
    assert "SEKRET" not in told
