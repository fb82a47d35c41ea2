from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rebook import desk
from tests.mailin.reading.openssl import openssl
from tests.rebook.terminal import Terminal

COMMANDS = {
    *("demo", "init", "check", "serve", "migrate", "import", "bookings", "show", "reschedule", "cancel", "resend"),
    *("confirm", "complete", "no-show", "paid", "slots", "understand", "read-mail", "token", "settings", "forget"),
}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("bookings",), "there is no database "),
        (
            ("bookings", "-c", "nowhere.toml"),
            "nowhere.toml: there is no such file (`rebook init nowhere.toml` writes one)",
        ),
        (("import", "nowhere.json"), "nowhere.json cannot be read: No such file or directory"),
        (("serve", "--only", "telegram"), "the role telegram comes in a later version; there are web, mail, worker"),
        (("read-mail", "nowhere.eml"), "nowhere.eml cannot be read: No such file or directory"),
        (("init", "rebook.toml"), "rebook.toml is there already: nothing was written"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(terminal: Terminal, words: tuple[str, ...], why: str) -> None:
    said = terminal(*words)

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(why)
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("dance",),
        ("bookings", "tomorrow"),
        ("show",),
        ("slots",),
        ("slots", "--service", "cut", "--from", "soon"),
        ("slots", "--service", "cut", "--days", "0"),
        ("serve", "--only", "kitchen"),
        ("serve", "--only", ","),
    ],
)
def test_wrong_usage_leaves_with_two(terminal: Terminal, words: tuple[str, ...]) -> None:
    said = terminal(*words)

    assert (said.code, said.out) == (2, "")
    assert said.err


def test_a_database_of_another_version_is_not_touched(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rebook.db").touch()

    assert "run `rebook migrate`" in terminal("bookings").err
    assert terminal("migrate").code == 0
    with closing(sqlite3.connect(tmp_path / "data" / "rebook.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    assert "the database is of another version" in terminal("bookings").err
    assert "use a newer Rebook" in terminal("migrate").err
    (tmp_path / "data" / "rebook.db").unlink()
    assert terminal("migrate").code == 0
    assert terminal("bookings").err == "there is no business yet: `rebook import FILE` loads one\n"


def test_check_tells_everything_that_is_wrong(terminal: Terminal, tmp_path: Path) -> None:
    well = terminal("check")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rebook.db").write_bytes(b"not a database, but long enough to look like something" * 99)
    (tmp_path / "data" / "mail").touch()
    wrong = terminal("check")
    (tmp_path / "rebook.toml").write_text("[app]\nbase_uri = 1\n")
    worse = terminal("check")

    assert (well.code, well.err) == (0, "")
    assert wrong.code == 1
    assert [line.split(":")[0] for line in wrong.err.splitlines()] == ["database.url", "mail.out.url"]
    assert "app.base_uri: there is no such setting (did you mean app.base_url?)" in worse.err


def test_check_tells_of_a_port_that_is_taken(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("REBOOK_WEB__LISTEN", address)
        said = terminal("check")

    assert said.code == 1
    assert said.err == (
        f"web.listen: {address} cannot be listened on (Address already in use); is Rebook running already?\n"
    )


def test_cases_are_answered_line_by_line_whatever_comes(terminal: Terminal) -> None:
    """L1, R1: a bad line gets its error, the others their readings, in the order they came."""
    case = {
        "id": "a",
        "lang": "en",
        "now": "2026-11-23T10:00:00+01:00",
        "tz": "Europe/Warsaw",
        "booking": {"start": "2026-11-26T15:00:00+01:00", "minutes": 45, "service": "Haircut", "performer": "Ana"},
        "performers": ["Ana"],
        "hours": {"tue": [["09:00", "17:00"]]},
        "pending": None,
        "text": "Tuesday 1 December at 11:30, please",
    }
    lines = [json.dumps(case).encode(), b"\xff{", b"[]", b'{"id": "b"}', json.dumps(case | {"id": "c"}).encode()]
    said = terminal("understand", stdin=b"\n".join(lines))
    explained = terminal("understand", "--explain", stdin=lines[0])

    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [one["id"] for one in answers] == ["a", None, None, "b", "c"]
    assert ["error" in one for one in answers] == [False, True, True, True, False]
    assert answers[0]["when"] == [["2026-12-01T11:30:00+01:00", "2026-12-01T11:30:00+01:00"]]
    assert explained.json == answers[0] | {
        "why": ["wish: tuesday", "wish: 1 december", "wish: at 11:30"],
        "explain": [
            "New words: “Tuesday 1 December at 11:30, please” (read as “en”).",
            (
                "Clause 1 “tuesday 1 december at 11:30”: day “tuesday” wished; day “1 december” wished; "
                "clock time “at 11:30” wished."
            ),
            "Clause 2 “please”: nothing that matters.",
            "Booked then: Thu 26 Nov 2026 15:00 with Ana; clock times are of Europe/Warsaw.",
            "Answers: no question.",
            "Doubts: none.",
            "Reading: reschedule to Tue 1 Dec 2026 11:30. Sure.",
        ],
    }


def test_raw_mail_is_read_and_changes_nothing(terminal: Terminal, ref: str, tmp_path: Path) -> None:
    """R6: files or stdin, a JSON line each, in the shape of the contract."""
    token = terminal("token", ref).out.strip().rpartition("/")[2]
    mail = f"From: Jo <jo@guest.example>\nTo: reply+{token}@reply.example.com\nSubject: Re\n\nCan we do 4?\n\n> at 3\n"
    (tmp_path / "one.eml").write_text(mail)
    before = terminal("show", ref, "--json").out
    read = terminal("read-mail", "--json", stdin=mail.encode())
    files = terminal("read-mail", "one.eml", "one.eml", "--json")

    assert read.json == {
        "kind": "reply",
        "token": token,
        "from": "jo@guest.example",
        "text": "Can we do 4?",
        "calendar": None,
        "authentic": "unknown",
    }
    assert [json.loads(line) for line in files.out.splitlines()] == [read.json] * 2
    assert terminal("read-mail", "one.eml").out.startswith("kind: reply\n")
    assert terminal("read-mail", "one.eml", "--json", "--explain").json == read.json | {
        "explain": [
            "Kind: reply, for nothing says that a machine, a list or a forward sent it.",
            "Booking: To holds a token signed by us.",
            "Sender: From is jo@guest.example; no gate has said whether that is true (Authentication-Results).",
            "Cut: 1 × quotation; new lines: 1 (from the plain text line by line).",
            "New words: “Can we do 4?” (read as “en”).",
            "Clause 1 “can we do 4?”: clock time “4” wished; points at number 4; put as a question.",
            "Doubts: none.",
        ]
    }
    assert "\nexplain: Kind: reply, for nothing" in terminal("read-mail", "one.eml", "--explain").out
    assert terminal("read-mail", "--json", stdin=b"\xff\x00" * 99).code == 0
    assert terminal("show", ref, "--json").out == before


def test_help_needs_nothing_but_names() -> None:
    """Every command is there, and none of what is slow to import."""
    code = (
        "import sys\nfrom rebook.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n"
        "    print([name for name in ('sqlalchemy', 'aiohttp', 'rich', 'jinja2', 'babel') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *page, heavy = said.stdout.splitlines()

    listed = {line.split()[0] for line in page if line.startswith("  ") and line.strip()}
    assert heavy == "[]"
    assert listed >= COMMANDS


def test_the_moment_is_the_wall_clock_s() -> None:
    assert abs(desk.wall_clock() - datetime.now(UTC)) < timedelta(minutes=1)


def signed(folder: Path, key: str) -> None:
    """Let the config in *folder* sign with *key*."""
    (folder / "dkim.pem").write_text(key, encoding="utf-8")
    file = folder / "rebook.toml"
    lines = 'dkim_domain = "example.com"\ndkim_selector = "rebook"\ndkim_key_file = "dkim.pem"\n'
    file.write_text(file.read_text(encoding="utf-8").replace("[mail.out]\n", f"[mail.out]\n{lines}"), encoding="utf-8")


def test_check_says_what_belongs_into_dns(terminal: Terminal, tmp_path: Path) -> None:
    """The one line of the zone file that goes with the signing key."""
    signed(tmp_path, openssl("genrsa", "2048"))
    terminal("migrate")

    said = terminal("check")

    assert said.code == 0, said.err
    assert said.out.splitlines()[0].startswith('in DNS: rebook._domainkey.example.com. TXT "v=DKIM1; k=rsa; p=MII')


def test_a_key_that_cannot_sign_is_found_before_it_is_needed(terminal: Terminal, tmp_path: Path) -> None:
    """Rebook does not start with it; nothing of the key is shown."""
    signed(tmp_path, "-----BEGIN PRIVATE KEY-----\nMIIEvQSEKRET\n-----END PRIVATE KEY-----\n")

    check, start = terminal("check"), terminal("serve", "--only", "worker")

    why = "mail.out.dkim_key: the key is no RSA key in PEM form (`openssl genrsa 2048` makes one)"
    assert why in check.err.splitlines()
    assert (start.code, start.err.splitlines()[-1]) == (1, why)
    assert "SEKRET" not in check.err + start.err
