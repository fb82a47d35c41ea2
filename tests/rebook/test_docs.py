"""What README promises is what there is: every command, every setting, every reason, every picture."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from selectolax.lexbor import LexborHTMLParser, LexborNode

from core.refusal import REFUSAL_CODES
from core.settings import setting_keys
from docs import make_images
from rebook.cli import build_app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def pictures() -> list[LexborNode]:
    """Return the pictures of the README, each with its sources."""
    return LexborHTMLParser(README).css("picture")


def file_of(node: LexborNode | None, attribute: str) -> str:
    """Return the file that an attribute names."""
    assert node is not None
    return str(node.attributes[attribute])


@pytest.mark.parametrize("code", REFUSAL_CODES)
def test_every_refusal_has_a_line(code: str) -> None:
    """DESIGN rule 3."""
    assert f"`{code}`" in README


@pytest.mark.parametrize("key", setting_keys())
def test_every_setting_of_a_business_has_a_line(key: str) -> None:
    """F0."""
    assert f"| `{key}` |" in README


def test_every_command_is_listed() -> None:
    """CONTRACT: what users find in --help they find in the README."""
    names = list(typer.main.get_group(build_app()).commands)

    assert [name for name in names if f"`{name} " not in README and f"`{name}`" not in README] == []


def test_every_picture_is_there_and_no_other() -> None:
    """Issue 3: `make pictures` leaves nothing behind that nobody sees."""
    named = {
        file_of(picture.css_first(tag), attribute)
        for picture in pictures()
        for tag, attribute in (("source", "srcset"), ("img", "src"))
    }

    assert named == {str(file.relative_to(ROOT)) for file in (ROOT / "docs" / "images").rglob("*") if file.is_file()}
    assert named


def test_every_picture_has_the_theme_of_its_reader_and_says_what_one_sees() -> None:
    for picture in pictures():
        dark, light = picture.css_first("source"), picture.css_first("img")
        assert dark is not None
        assert light is not None

        assert dark.attributes["media"] == "(prefers-color-scheme: dark)"
        assert file_of(dark, "srcset") == file_of(light, "src").replace("-light.png", "-dark.png")
        assert file_of(dark, "srcset") != file_of(light, "src")
        assert len(file_of(light, "alt")) > 40


def test_the_pictures_are_light() -> None:
    weights = [file.stat().st_size for file in (ROOT / "docs" / "images").iterdir()]

    assert max(weights) <= 150 * 1024
    assert sum(weights) <= 1200 * 1024


@pytest.mark.parametrize("tool", make_images.TOOLS)
def test_pictures_ask_for_what_the_machine_lacks(
    tool: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None if name == tool else f"/usr/bin/{name}")

    status = make_images.main()

    assert status == 1
    assert capsys.readouterr().err == f"{tool} is missing: apt-get install {tool}\n"


def test_pictures_say_why_the_demo_did_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "rebook"
    program.write_text("#!/bin/sh\necho 'no room left'\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(make_images, "REBOOK", program)

    status = make_images.main()

    assert status == 1
    assert capsys.readouterr().err == "The demo did not start: no room left\n"
