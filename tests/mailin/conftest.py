"""Fixtures of the mailbox stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.dovecot import Dovecot, running_dovecot


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as dovecot:
        yield dovecot


@pytest.fixture
def account(dovecot: Dovecot) -> str:
    """A mailbox that nobody else has used."""
    return next(dovecot.accounts)
