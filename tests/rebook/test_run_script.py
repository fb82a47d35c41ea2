from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

WITHOUT = {
    "venv": "sys.modules['venv'] = None",
    "ensurepip": "sys.modules['ensurepip'] = None",
    "new Python": "sys.version_info = (3, 9, 2); os.environ['PATH'] = ''",
}


def copy_of_the_script(folder: Path) -> Path:
    """Return run.py in a checkout that holds nothing else it needs."""
    for name in ("run.py", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)

    return folder / "run.py"


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ("venv", "Python's venv module is missing: apt-get install python3-venv"),
        ("ensurepip", "Python's venv module is missing: apt-get install python3-venv"),
        ("new Python", "Rebook needs Python 3.11 or newer, this is 3.9.2: apt-get install python3.11-venv"),
    ],
)
def test_what_the_machine_lacks_is_said_in_one_line(missing: str, line: str, tmp_path: Path) -> None:
    script = copy_of_the_script(tmp_path)
    start = f"sys.argv = ['run.py', 'install']; runpy.run_path({str(script)!r}, run_name='__main__')"

    done = subprocess.run(
        [sys.executable, "-c", f"import os, runpy, sys; {WITHOUT[missing]}; {start}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{line}\n")
    assert not (tmp_path / ".venv").exists()


def test_a_finished_set_up_is_left_alone(tmp_path: Path) -> None:
    script = copy_of_the_script(tmp_path)
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").touch()
    stamp = runpy.run_path(str(script))["stamp"]()
    (tmp_path / ".venv" / "rebook-installed").write_text(stamp, encoding="ascii")

    done = subprocess.run([sys.executable, script, "install"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_another_lock_asks_for_another_set_up(name: str, tmp_path: Path) -> None:
    script = runpy.run_path(str(copy_of_the_script(tmp_path)))
    before = script["stamp"]()

    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")

    assert script["stamp"]() != before


def test_another_place_asks_for_another_set_up(tmp_path: Path) -> None:
    """The programs of a virtual environment hold the path they were made at."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    stamps = {runpy.run_path(str(copy_of_the_script(tmp_path / name)))["stamp"]() for name in ("a", "b")}

    assert len(stamps) == 2


@pytest.mark.parametrize(
    ("words", "offline"),
    [
        ("NewConnectionError: Failed to establish a new connection: [Errno 111]", True),
        ("error: Failed to fetch\n  Caused by: dns error: failed to lookup address information", True),
        ("ERROR: Could not find a version that satisfies the requirement uv==0.0.1", False),
    ],
)
def test_the_missing_network_is_told_from_other_trouble(words: str, offline: bool) -> None:  # noqa: FBT001 - a case
    assert runpy.run_path(str(ROOT / "run.py"))["is_offline"](words) is offline


@pytest.mark.parametrize(("statuses", "status"), [((0, 0), 0), ((1, 0), 1), ((0, 3), 1)])
def test_a_failed_step_stops_no_other_and_fails_all(
    statuses: tuple[int, ...], status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    script = runpy.run_path(str(ROOT / "run.py"))

    result = script["run_all"]([("python", "-c", f"print('ran'); raise SystemExit({code})") for code in statuses])

    assert result == status
    assert capfd.readouterr().out.splitlines().count("ran") == 2


def test_a_command_keeps_to_its_own_python_whatever_is_on_the_path(tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.symlink_to(Path(sys.executable).resolve())
    script = f"runpy.run_path({str(ROOT / 'run.py')!r})"
    start = f"import runpy; {script}['become']('python', '-c', 'import sys; print(sys.prefix)')"

    done = subprocess.run(
        [sys.executable, "-c", start],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"{ROOT / '.venv'}\n"


def test_make_knows_the_commands_of_the_script() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = runpy.run_path(str(ROOT / "run.py"))["COMMANDS"]

    assert f"\n{' '.join(commands)}:\n" in makefile
