"""Play all mail that machines send, and people's that looks like it. Run by `make score`; needs no data.

Exit 1 when a machine's mail is acted on or answered, is read as another kind, or when a guest is not heard.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.machine_mails.auto_replies import auto_replies  # noqa: E402 - the project is not installed where this runs
from tests.machine_mails.mails import MachineMail  # noqa: E402 - as above
from tests.machine_mails.playing import Outcome, machines, people, play_all  # noqa: E402 - as above

AUTO_REPLIES_AT_LEAST, LANGUAGES_AT_LEAST, PEOPLE_AT_LEAST = 100, 15, 60


def main() -> int:
    """Play every mail; print a line for machines and one for people, and one for each that went wrong."""
    played = [*machines(), *people()]
    with tempfile.TemporaryDirectory() as folder:
        outcomes = dict(zip(played, asyncio.run(play_all(played, Path(folder))), strict=True))

    wrong = {mail: outcome.wrongs(mail) for mail, outcome in outcomes.items()}
    for mail, found in wrong.items():
        for one in found:
            print(f"machine mail: {mail}: {one}")

    _print(outcomes, wrong)
    replies = auto_replies()
    is_large = len(replies) >= AUTO_REPLIES_AT_LEAST and len({one.language for one in replies}) >= LANGUAGES_AT_LEAST
    return 0 if is_large and len(people()) >= PEOPLE_AT_LEAST and not any(wrong.values()) else 1


def _print(outcomes: dict[MachineMail, Outcome], wrong: dict[MachineMail, list[str]]) -> None:
    sent = [mail for mail in outcomes if not mail.is_guest]
    heard = [mail for mail in outcomes if mail.is_guest]
    acted, answered = (sum(getattr(outcomes[mail], name) for mail in sent) for name in ("acted", "answered"))
    right = sum(outcomes[mail].kind in mail.kinds for mail in sent) / len(sent)
    print(
        f"machine mail: {len(sent)} mails, {len({mail.language for mail in sent})} languages, acted on {acted},"
        f" answered {answered}, kinds right {right:.1%}"
    )
    print(f"people's mail that looks like it: {len(heard)} mails, not heard {sum(bool(wrong[mail]) for mail in heard)}")


if __name__ == "__main__":
    raise SystemExit(main())
