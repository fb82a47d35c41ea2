"""`kill -9` a hundred times under `smtp-source` through Postfix: every accepted mail acted on once, its queue empty.

The test of tests/crash with a hundred kills instead of ten; takes a minute or two. Needs Postfix and root.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
KILLS = 100


def main() -> int:
    """Run them; return the exit status. Where there is no Postfix it says so, and fails under CI."""
    sys.path.insert(0, str(ROOT))
    from tests.real.postfix import missing  # noqa: PLC0415 - found only now

    reason = missing()
    if reason is not None:
        print(f"kills behind Postfix: NOT MEASURED ({reason})")
        return 1 if os.environ.get("CI") else 0

    began = time.monotonic()
    words = (sys.executable, "-m", "pytest", "-q", "tests/crash/test_postfix_kills.py")
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, "REBOOK_KILLS": str(KILLS)}, check=False)
    verdict = "nothing lost, nothing twice" if done.returncode == 0 else "FAILED"
    print(f"kills behind Postfix: {KILLS} in {time.monotonic() - began:.0f} s: {verdict}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
