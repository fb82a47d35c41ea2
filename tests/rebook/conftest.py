from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from rebook import desk
from rebook.cli import main
from tests.core.nova import NOW, booking, nova
from tests.rebook.small_config import SMALLEST
from tests.rebook.terminal import Said, Terminal, load

ANY_PORTS = """
[web]
listen = "127.0.0.1:0"
[mail.in]
listen = "127.0.0.1:0"
"""


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Run one command in a folder with a config, at `NOW`; *stdin* is what it reads."""
    (tmp_path / "rebook.toml").write_text(SMALLEST.replace("[mail.in]", ANY_PORTS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(desk, "wall_clock", lambda: NOW)

    def run(*words: str, stdin: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(words)

        said = capsys.readouterr()
        return Said(int(left.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def ref(terminal: Terminal) -> str:
    """The reference of the one booking of the business: Thursday 26 November at 15:00 with Ana."""
    return str(load(terminal, nova(booking("b1")))[0]["ref"])
