from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
IMPORT_ROOTS = {"bot", "core", "mailin", "rebook", "templates", "web"}


def read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def purposes() -> dict[str, str]:
    """Return what each module says it is for: the first line of its docstring."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): (
            ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        ).partition("\n")[0]
        for folder in IMPORT_ROOTS
        for path in (ROOT / folder).rglob("*.py")
    }


def locked_requirements() -> dict[str, set[str]]:
    """Return the hashes of every locked package by `name==version`."""
    return {
        f"{package['name']}=={package['version']}": {
            file["hash"] for file in [*package.get("wheels", ()), package.get("sdist")] if file
        }
        for package in read_toml("uv.lock")["package"]
        if package["name"] != "rebook"
    }


def exported_requirements() -> dict[str, set[str]]:
    """Return the same, read from the exported requirements."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    return {re.split(r"[ ;]", entry)[0]: set(re.findall(r"--hash=(\S+)", entry)) for entry in entries}


def test_no_other_distribution_provides_our_import_roots() -> None:
    """Such plain names are safe only in an environment of our own."""
    intruders = {
        (distribution.name, file.parts[0])
        for distribution in distributions()
        if canonical(distribution.name) != "rebook"
        for file in distribution.files or ()
        if file.parts[0].removesuffix(".py") in IMPORT_ROOTS
    }

    assert intruders == set()


def test_our_packages_are_imported_from_this_tree() -> None:
    places = subprocess.run(
        [sys.executable, "-c", "import core, mailin, rebook, web; print(core, mailin, rebook, web)"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert places.count(f"'{ROOT}/") == 4


def test_the_package_list_names_every_import_root_there_is() -> None:
    packages = read_toml("pyproject.toml")["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert set(packages) == {name for name in IMPORT_ROOTS if (ROOT / name).is_dir()}


def test_the_import_contracts_watch_every_package() -> None:
    tool = read_toml("pyproject.toml")["tool"]
    packages = set(tool["hatch"]["build"]["targets"]["wheel"]["packages"])

    assert set(tool["importlinter"]["root_packages"]) == packages - {"templates"}


def test_requirements_agree_with_the_lock() -> None:
    """The fallback without uv installs the same files: same versions, same hashes.

    When this fails: `.venv/bin/uv export --frozen --no-emit-project --no-annotate -o requirements.txt`.
    """
    assert exported_requirements() == locked_requirements()


def test_the_lock_names_the_public_index_alone() -> None:
    sources = {str(package["source"]) for package in read_toml("uv.lock")["package"]}

    assert sources == {"{'registry': 'https://pypi.org/simple'}", "{'editable': '.'}"}


def test_every_module_that_calls_itself_pure_is_held_to_it() -> None:
    """DESIGN rule 1. A module that is new here goes into the contract "The pure half" of pyproject.toml."""
    contracts = read_toml("pyproject.toml")["tool"]["importlinter"]["contracts"]
    [held] = [set(contract["source_modules"]) for contract in contracts if "pure half" in contract["name"]]
    pure = {name for name, purpose in purposes().items() if re.search(r"\bPure( \([^)]*\))?[.;,]", purpose)}

    assert {name for name in pure if name not in held and name.rpartition(".")[0] not in held} == set()
