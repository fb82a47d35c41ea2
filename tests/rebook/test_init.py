from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rebook.config import BadConfig, Config, load_config
from rebook.config_fields import keys
from rebook.init import example_path, render_config, write_new_config

SECRET = "a made-up secret of thirty-two characters"
SETTING_IN_COMMENT = re.compile(r"^# (?=[a-z_]+ = )", re.MULTILINE)


def keys_of(table: dict[str, Any], above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name, value in table.items():
        found |= keys_of(value, (*above, name)) if isinstance(value, dict) else {(*above, name)}

    return found


def uncommented(text: str) -> str:
    """Return the example with every setting in force; of two examples of one setting the last."""
    kept: dict[tuple[str, str], str] = {}
    section = ""
    for line in SETTING_IN_COMMENT.sub("", text).splitlines():
        section = line if line.startswith("[") else section
        kept[section, line.split(" = ")[0]] = line

    return "\n".join(kept.values())


def test_the_example_with_a_secret_is_a_config_with_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "rebook.toml"
    file.write_text(render_config(SECRET), encoding="utf-8")

    config = load_config(file, {})

    assert config.app.secret_keys == (SECRET,)
    assert config.app.data_dir == tmp_path / "data"


def test_the_example_as_it_is_gets_refused() -> None:
    with pytest.raises(BadConfig) as bad:
        load_config(example_path(), {})

    [problem] = bad.value.problems
    assert problem.startswith("app.secret_keys[0]: must have 32 or more characters")


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = keys_of(tomllib.loads(uncommented(render_config(SECRET))))

    assert documented == set(dict(keys(Config)))


def test_what_the_example_says_is_the_default_is_the_default(tmp_path: Path) -> None:
    """Settings in comments that are no mere examples change nothing when put in force."""
    text = render_config(SECRET)
    examples = (
        *("_file = ", "postmaster", "trust", "tls_", "token", "secret", "bot_username", "team_id", 'url = "smtp'),
        *('url = "imap', 'address = "shop', "move_to", "dkim_"),
    )
    in_force = "\n".join(
        line if any(example in line for example in examples) else SETTING_IN_COMMENT.sub("", line)
        for line in text.splitlines()
    )

    (tmp_path / "as_given.toml").write_text(text, encoding="utf-8")
    (tmp_path / "in_force.toml").write_text(in_force, encoding="utf-8")

    assert load_config(tmp_path / "in_force.toml", {}) == load_config(tmp_path / "as_given.toml", {})


def test_a_new_config_works_at_once_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "rebook.toml"
    other = tmp_path / "other.toml"

    write_new_config(file)
    write_new_config(other)

    keys = load_config(file, {}).app.secret_keys
    assert len(keys) == 1
    assert keys != load_config(other, {}).app.secret_keys
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_config_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "rebook.toml"
    file.write_text("mine", encoding="utf-8")

    with pytest.raises(FileExistsError):
        write_new_config(file)

    assert file.read_text(encoding="utf-8") == "mine"
