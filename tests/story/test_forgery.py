"""Nobody but the guest acts for the guest, however a mail is made up; and what they were asked stays what it was."""

from __future__ import annotations

import asyncio

import pytest

from tests.story.forgery import Outcome, play_all
from tests.story.forgery_table import AUTHENTICATIONS, SENDERS, STATES, TOKENS, WISHES, Cell, cells

CELLS = cells()

pytestmark = pytest.mark.xdist_group("forgery")  # one process plays them all


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Outcome]:
    """Every cell, played once for all tests: they wait for the disk more than for anything else."""
    return asyncio.run(play_all(CELLS, tmp_path_factory.mktemp("forgery")))


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_mail_does_what_it_may_and_nothing_else(cell: Cell, outcomes: dict[Cell, Outcome]) -> None:
    """R7, R7a, T5: one cell of the forgery matrix."""
    assert list(outcomes[cell].wrongs(cell)) == []


def test_the_matrix_is_wide() -> None:
    """R7: distinct cells, every value of every axis, and many that may act, so that nothing passes by deafness."""
    assert len(set(CELLS)) == len(CELLS) >= 120
    assert {one.sender for one in CELLS} == set(SENDERS)
    assert {one.authentication for one in CELLS} == set(AUTHENTICATIONS)
    assert {one.token for one in CELLS} > set(TOKENS)
    assert {one.state for one in CELLS} == set(STATES)
    assert {one.wish for one in CELLS} == set(WISHES)
    assert sum(one.may for one in CELLS) >= 35
    assert sum(not one.may for one in CELLS) >= 75
