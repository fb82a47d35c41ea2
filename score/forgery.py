"""Play the forgery matrix: what mail that only looks like the guest's can do. Run by `make score`; needs no data.

Exit 1 when a cell of it comes out otherwise than the table says, above all when someone acts who may not.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.story.forgery import play_all  # noqa: E402 - the project is not installed where this runs
from tests.story.forgery_table import Cell, cells  # noqa: E402 - as above

CELLS_AT_LEAST = 60


def main() -> int:
    """Play every cell; print one line, and one more for each that went wrong; return the exit code."""
    played = cells()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = asyncio.run(play_all(played, Path(folder)))

    wrongs: list[tuple[Cell, str]] = [(cell, wrong) for cell in played for wrong in outcomes[cell].wrongs(cell)]
    for cell, wrong in wrongs:
        print(f"forgery: {cell}: {wrong}")

    escalations = sum(wrong.startswith("escalation:") for _, wrong in wrongs)
    acting = sum(cell.may for cell in played)
    print(
        f"forgery: {len(played)} distinct cells ({acting} may act, {len(played) - acting} may not): "
        f"{escalations} escalations, {len(wrongs) - escalations} guests not heard"
    )
    return 0 if not wrongs and len(set(played)) >= CELLS_AT_LEAST else 1


if __name__ == "__main__":
    raise SystemExit(main())
