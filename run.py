"""Set Rebook up and start it on a machine that has nothing but Python: `python3 run.py COMMAND`; make calls it too.

Uses the standard library alone and reads on Pythons older than the one Rebook needs, so that those get a sentence
instead of a syntax error.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "rebook-installed"
LOG = VENV / "install.log"

UV = "0.13.9"
OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")

PIP = ("--disable-pip-version-check", "--no-input", "--retries", "1", "install", "--quiet", "--only-binary=uv")

CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)

PACKAGES = ("rebook", "core", "mailin", "web")

PROGRAMS = {
    "run": ("rebook", "demo"),
    "test": ("pytest", "--numprocesses=auto", "--dist=loadgroup"),
    "bench": ("python", "-m", "bench"),
    "pictures": ("python", "docs/make_images.py"),
    "mails": ("python", "-m", "docs.make_mails"),
}

OFFLINE_WORDS = ("failed to establish", "name resolution", "dns error", "error sending request", "connection refused")
"""What pip and uv say, in lower case, when they reach no package index."""

COMMANDS = {
    "install": "set up .venv and nothing else",
    "run": "start the demo",
    "test": "run the tests",
    "check": "check format, lint, types and import contracts",
    "bench": "measure speed and size",
    "score": "measure quality on the data of $REBOOK_SHARED (default ../shared)",
    "pictures": "make the README's pictures anew from the demo",
    "mails": "make every kind of mail, and a picture of each, in build/mails",
}


class CannotSetUp(Exception):
    """The machine lacks something; the message is the one line that says how to fix it."""


def main() -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="run.py",
        epilog="\n".join(f"  {name:8} {purpose}" for name, purpose in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, nargs="?", default="run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed on to what is started")
    asked = parser.parse_args()
    try:
        install()
    except CannotSetUp as problem:
        print(problem, file=sys.stderr)
        return 1

    return start(asked.command, asked.arguments)


def install() -> None:
    """Make `.venv` hold exactly what the lock says; do nothing when it already does.

    Raises CannotSetUp with the line to print when the machine lacks something.
    """
    wanted = stamp()
    if STAMP.exists() and (BIN / "python").exists() and STAMP.read_text(encoding="ascii") == wanted:
        return

    require_python()
    print("Setting up .venv (once, some 15 seconds) ...", file=sys.stderr, flush=True)
    if not works("python", "-m", "pip", "--version"):
        make_venv()

    LOG.write_text("", encoding="utf-8")
    if not sync_with_uv():
        install_with_pip()

    compile_once()
    STAMP.write_text(wanted, encoding="ascii")


def stamp() -> str:
    """Return what identifies a finished set-up: the locked packages, and the place (scripts hold absolute paths)."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())

    return digest.hexdigest()


def require_python() -> None:
    """Leave with a sentence, or start again under a newer Python found here, when this one cannot carry Rebook."""
    if sys.version_info < OLDEST:
        newer = next(filter(None, map(shutil.which, NEWER_PYTHONS)), None)
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - replaces this process on purpose, no shell wanted

        found = ".".join(map(str, sys.version_info[:3]))
        raise CannotSetUp(f"Rebook needs Python 3.11 or newer, this is {found}: apt-get install python3.11-venv")

    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian ships Python without it: only trying tells
        import venv  # noqa: F401, PLC0415 - the same
    except ImportError:
        raise CannotSetUp("Python's venv module is missing: apt-get install python3-venv") from None


def make_venv() -> None:
    """Make `.venv` anew, over whatever an interrupted set-up left."""
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        reason = (made.stdout + made.stderr).strip().splitlines() or ["no reason given"]
        raise CannotSetUp(f"Python could not make .venv ({reason[-1]}): apt-get install python3-venv")


def sync_with_uv() -> bool:
    """Install from `uv.lock`; return False where uv has no build for this machine."""
    pinned = f"uv {UV}"
    if pinned not in output_of("uv", "--version") and not logged("python", "-m", "pip", *PIP, f"uv=={UV}"):
        return False

    return logged("uv", "sync", "--frozen", "--no-python-downloads", "--project", str(ROOT))


def install_with_pip() -> None:
    """Install the same packages, by the hashes exported from the lock, without uv.

    Raises CannotSetUp when that fails too.
    """
    print("uv does not run here: installing with pip (a minute) ...", file=sys.stderr, flush=True)
    exported = str(ROOT / "requirements.txt")
    locked = logged("python", "-m", "pip", *PIP, "--use-pep517", "--require-hashes", "-r", exported)
    if not (locked and logged("python", "-m", "pip", *PIP, "--no-deps", "--editable", str(ROOT))):
        raise CannotSetUp(f"The packages could not be installed: see {LOG}")


def compile_once() -> None:
    """Write the bytecode now, so that the first command is as quick as the second."""
    places = [str(ROOT / package) for package in PACKAGES]
    logged("python", "-m", "compileall", "-q", "-j", "0", *places, str(VENV / "lib"))


def logged(tool: str, *arguments: str) -> bool:
    """Run a tool of `.venv` with its words in the install log; return whether it succeeded.

    Raises CannotSetUp when the reason is the network: then nothing else will work either.
    """
    done = subprocess.run(
        [BIN / tool, *arguments], capture_output=True, text=True, errors="replace", check=False, env=environment()
    )
    words = done.stdout + done.stderr
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {tool} {' '.join(arguments)}\n{words}\n")

    if done.returncode and is_offline(words):
        raise CannotSetUp(f"No packages can be downloaded: check network and proxy, then try again (details: {LOG})")

    return done.returncode == 0


def is_offline(words: str) -> bool:
    """Tell from what pip or uv said whether it was the network that failed."""
    return any(sign in words.lower() for sign in OFFLINE_WORDS)


def works(tool: str, *arguments: str) -> bool:
    """Tell whether a tool of `.venv` is there and runs."""
    return bool(output_of(tool, *arguments))


def output_of(tool: str, *arguments: str) -> str:
    """Return what a tool of `.venv` prints, or nothing when it is missing or broken."""
    try:
        done = subprocess.run([BIN / tool, *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""

    return done.stdout if done.returncode == 0 else ""


def environment() -> dict[str, str]:
    """Return the environment for our tools: this `.venv`, whichever other one is active."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    return {**kept, "VIRTUAL_ENV": str(VENV), "UV_PROJECT_ENVIRONMENT": str(VENV)}


def start(command: str, arguments: list[str]) -> int:
    """Run what *command* stands for and return its exit status."""
    if command == "install":
        return 0

    os.chdir(ROOT)
    sys.stdout.flush()
    if command == "check":
        return run_all(CHECKS)

    if command == "score":
        return score(arguments)

    return become(*PROGRAMS[command], *arguments)


def become(tool: str, *arguments: str) -> NoReturn:
    """Turn into a tool of `.venv`: its signals and its exit status are then ours."""
    # Its whole path as its name, too: by a bare one Python would look for its home along PATH.
    os.execve(BIN / tool, [str(BIN / tool), *arguments], environment())  # noqa: S606 - no shell wanted


def score(arguments: list[str]) -> int:
    """Run every measurement of `score/`; a failed one does not stop the others."""
    scripts = sorted(path for path in Path("score").glob("*.py") if not path.name.startswith("_"))
    if not scripts:
        print("NOT MEASURED: score/ holds no script", file=sys.stderr)
        return 1

    return run_all([("python", str(script), *arguments) for script in scripts])


def run_all(commands: Iterable[tuple[str, ...]]) -> int:
    """Run each command of `.venv` to its end; return 1 when any failed."""
    failed = 0
    for tool, *arguments in commands:
        print(f"$ {tool} {' '.join(arguments)}", flush=True)
        failed |= subprocess.run([BIN / tool, *arguments], check=False, env=environment()).returncode

    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
