"""What machines ask: whether this process serves, and how much lies where."""

from __future__ import annotations

import asyncio
import json

import pytest

from core.store.engine import StoreUnavailable
from tests.story.salon import Salon, booking
from tests.web.browser import Browser


async def test_an_empty_database_is_healthy(browser: Browser) -> None:
    """CONTRACT "Web": 200 when every role of this process serves."""
    page = await browser.open("/healthz")

    assert page.status == 200
    assert json.loads(page.text) == {"healthy": True, "serving": {"mail": True, "web": True, "database": True}}


async def test_a_worker_that_ended_is_not_healthy(salon: Salon, browser: Browser) -> None:
    """CONTRACT "Web": else 503, and which one it is."""
    ended = asyncio.create_task(asyncio.sleep(0))
    await ended
    salon.rebook.workers["sender"] = ended

    page = await browser.open("/healthz")

    assert page.status == 503
    assert json.loads(page.text)["serving"]["sender"] is False


async def test_a_database_that_cannot_serve_is_not_healthy(
    salon: Salon, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L1: and the check itself still answers."""

    async def unavailable(_: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(type(salon.rebook.store), "check", unavailable)

    page = await browser.open("/healthz")

    assert page.status == 503
    assert json.loads(page.text)["serving"]["database"] is False


async def test_metrics_count_and_name_nobody(salon: Salon, browser: Browser) -> None:
    """T5: numbers by state; no guest, no token."""
    await salon.imports(booking(), notify=True)

    page = await browser.open("/metrics")

    assert page.headers["Content-Type"].startswith("text/plain")
    assert 'rebook_bookings{status="confirmed"} 1.0' in page.text
    assert 'rebook_outbox_messages{state="sent"}' in page.text
    assert "jo" not in page.text.lower().replace("job", "")
