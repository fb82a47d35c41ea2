from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.refusal import REFUSAL_CODES, Refusal, RefusalCode
from rebook.refusals import SENTENCES, say_refusal

WARSAW = ZoneInfo("Europe/Warsaw")
NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)


def test_every_code_has_its_sentence() -> None:
    """G1-G8, F2, F3: nobody at a terminal ever reads a code."""
    assert set(SENTENCES) == set(REFUSAL_CODES)


@pytest.mark.parametrize("code", REFUSAL_CODES)
def test_every_sentence_can_be_said_without_knowing_more(code: RefusalCode) -> None:
    said = say_refusal(Refusal(code), "K7Q-2MX", WARSAW)

    assert said.startswith("K7Q-2MX: ")
    assert "{" not in said
    assert "REF" not in said


def test_moments_and_links_are_told_in_the_business_s_clock() -> None:
    begun = Refusal("not_begun", data={"start": NOON})
    unpaid = Refusal("payment_pending", data={"url": "https://pay.example/1"})

    assert "it starts Tue 2026-12-01 12:00:" in say_refusal(begun, "K7Q-2MX", WARSAW)
    assert say_refusal(unpaid, "K7Q-2MX", WARSAW).endswith("; the guest pays at https://pay.example/1")
