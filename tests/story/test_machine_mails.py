"""The whole corpus of machines' mail, through the real door: nothing acts, nobody is answered, nothing is lost."""

from __future__ import annotations

from pathlib import Path

from tests.machine_mails.auto_replies import auto_replies
from tests.machine_mails.bounces import bounces
from tests.machine_mails.playing import machines, people, play_all


async def test_machines_never_act_and_people_are_heard(tmp_path: Path) -> None:
    """R6, M4: kinds, cards and what is taken for undelivered included."""
    mails = [*machines(), *people()]

    outcomes = await play_all(mails, tmp_path)

    wrongs = {str(mail): outcome.wrongs(mail) for mail, outcome in zip(mails, outcomes, strict=True)}
    assert {mail: wrong for mail, wrong in wrongs.items() if wrong} == {}


def test_the_corpus_is_as_large_as_it_says() -> None:
    """R6, L4: no two mails of it are of the same program, language and kind."""
    everything = [*machines(), *people()]
    replies = auto_replies()

    assert len({(mail.name, mail.language) for mail in everything}) == len(everything)
    assert (len(replies) >= 100, len({mail.language for mail in replies}) >= 15) == (True, True)
    assert (len(bounces()) >= 40, len(people()) >= 60) == (True, True)
