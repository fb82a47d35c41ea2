"""Keys and certificates for tests, made by openssl."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def openssl(*command: str, given: str | None = None) -> str:
    """Return what openssl says to *command*; the test is skipped where there is none."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: apt-get install openssl")

    return subprocess.run(["openssl", *command], input=given, capture_output=True, text=True, check=True).stdout
