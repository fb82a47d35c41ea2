"""What all pages share: headers, errors in plain words, nothing of a token, a colour that is only a colour."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from core.store.engine import StoreUnavailable
from tests.story.salon import Salon, booking
from tests.web.browser import Browser, path_of
from web.look import accent_style, readable_on
from web.site import HEADERS, TEMPLATES
from web.static_files import static_address

PAGES = ("manage", "reschedule", "cancel")


async def test_every_answer_carries_the_headers(salon: Salon, browser: Browser) -> None:
    """T5: no referrer, no index, no frame, no store, no script; on pages, errors and redirects alike."""
    await salon.imports(booking())
    token = salon.tokens["jo"]
    form = (await browser.open(path_of("cancel", token))).form
    pages = [
        *[await browser.open(path_of(name, token)) for name in PAGES],
        await browser.open("/nothing"),
        await browser.ask("POST", path_of("cancel", token)),
        await browser.ask("POST", path_of("cancel", token), data=form.fields, follow=False),
    ]

    assert [page.status for page in pages] == [200, 200, 200, 404, 403, 303]
    for page in pages:
        assert {name: page.headers.get(name) for name in HEADERS} == HEADERS
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy or "script-src 'none'" in policy
        assert page.headers["Server"] == "Rebook"


async def test_no_page_needs_a_script_or_a_style_that_its_policy_forbids(salon: Salon, browser: Browser) -> None:
    """T6: nothing that runs, nothing that submits itself, no style attribute; the one style is allowed by its hash."""
    await salon.imports(booking(), accent="#ff8800")
    for name in PAGES:
        page = await browser.open(path_of(name, salon.tokens["jo"]))
        (style,) = page.tree.css("style")

        assert style.text() == ":root{--accent:#ff8800;--on-accent:#000000}"
        digest = b64encode(sha256(style.text().encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.headers["Content-Security-Policy"]
        assert page.tree.css("[style], [onload], [onclick], meta[http-equiv], iframe") == []
        assert page.foreign_scripts == []


async def test_no_token_stands_in_titles_metrics_or_logs(
    salon: Salon, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """T5: nor in error pages; whatever was opened, pressed or forged."""
    caplog.set_level(logging.DEBUG)
    await salon.imports(booking())
    token = salon.tokens["jo"]
    shown = [await browser.open(path_of(name, token)) for name in PAGES]
    await browser.send(shown[2].form)
    forbidden = await browser.ask("POST", path_of("cancel", token))
    wrong = await browser.ask("DELETE", path_of("cancel", token))
    metrics = await browser.open("/metrics")
    health = await browser.open("/healthz")

    assert all(token not in page.title for page in shown)
    assert all(token not in page.text for page in (forbidden, wrong, metrics, health))
    assert token not in caplog.text


async def test_a_database_that_cannot_serve_says_try_again(
    salon: Salon, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L1: 503, in plain words, with when to try again; the forms are good afterwards."""
    await salon.imports(booking())
    form = (await browser.open(path_of("cancel", salon.tokens["jo"]))).form

    async def unavailable(_: object) -> None:
        raise StoreUnavailable("disk full at /secret/path")

    with monkeypatch.context() as broken:
        broken.setattr(type(salon.rebook.store), "write", lambda _, fn: unavailable(fn))
        page = await browser.send(form)

    after = await browser.send(form)

    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert "secret" not in page.text
    assert "try again" in page.words
    assert after.status == 200
    assert (await salon.booking()).status == "cancelled"


async def test_a_fault_of_ours_shows_an_error_id_and_no_more(
    salon: Salon, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """L1: 500 with an id that the log has too; the next request is served."""
    await salon.imports(booking())
    path = path_of("manage", salon.tokens["jo"])

    with monkeypatch.context() as broken:
        broken.setattr("core.selfservice.standing", lambda *_args, **_more: 1 / 0)
        page = await browser.open(path)

    found = re.search(r"tell us this code: ([0-9a-f]{8})", page.words)

    assert page.status == 500
    assert found is not None
    assert [getattr(record, "error_id", None) for record in caplog.records if record.name == "web.site"] == [found[1]]
    assert "ZeroDivision" not in page.text
    assert (await browser.open(path)).status == 200


async def test_the_style_sheet_is_asked_for_again_each_time(browser: Browser) -> None:
    """A new version shows at once; an unchanged one costs no second transfer."""
    first = await browser.open("/static/page.css")
    again = await browser.ask("GET", "/static/page.css", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status, first.headers["Cache-Control"]) == (200, "no-cache")
    assert again.status == 304


async def test_a_file_is_the_same_for_ever_under_its_version(browser: Browser) -> None:
    """Another content has another address, and only this content is kept for long."""
    address = static_address("page.css")
    versioned, old, none = [
        await browser.open(path) for path in (address, "/static/page.css?v=00000000", "/static/page.css?v=")
    ]

    version = sha256((TEMPLATES / "static" / "page.css").read_bytes()).hexdigest()[:8]
    assert address == f"/static/page.css?v={version}"
    assert versioned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert [page.headers["Cache-Control"] for page in (old, none)] == ["no-cache", "no-cache"]
    assert versioned.text == old.text == none.text


async def test_pages_link_the_present_version(salon: Salon, browser: Browser) -> None:
    await salon.imports(booking())

    page = await browser.open(path_of("manage", salon.tokens["jo"]))
    linked = [str(node.attributes["href"]) for node in page.tree.css("link[rel=stylesheet]")]

    assert linked == [static_address("page.css")]


async def test_every_static_file_has_its_type_and_the_headers(browser: Browser) -> None:
    """T5: nosniff needs the right type; there is no list of the files."""
    types = {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml; charset=utf-8",
    }
    for file in (TEMPLATES / "static").iterdir():
        page = await browser.open(f"/static/{file.name}")
        head = await browser.ask("HEAD", f"/static/{file.name}")

        assert page.text == file.read_text("utf-8")
        assert (page.headers["Content-Type"], page.headers["Server"]) == (types[file.suffix], "Rebook")
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert (head.status, head.headers["Content-Length"]) == (200, str(file.stat().st_size))

    assert (await browser.open("/static/")).status == 404


def test_a_file_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        static_address("page.cs")


async def test_a_language_of_another_name_speaks_in_the_fallback(salon: Salon, browser: Browser) -> None:
    """L4: a guest's locale that there are no words for, or that is none, gets a page all the same."""
    for number, locale in enumerate(("ja-JP", "en_US", "zz")):
        guest = {"name": "Jo", "email": "jo@guest.example", "locale": locale, "tz": "Europe/Warsaw"}
        day = f"2026-11-2{5 + number}T10:00:00+01:00"
        await salon.imports(booking(f"jo{number}", start=day, guest=guest))

        page = await browser.open(path_of("manage", salon.tokens[f"jo{number}"]))

        assert page.status == 200
        assert '<html lang="en">' in page.text


@pytest.mark.parametrize("accent", ["red", "#fff", "#12345g", "#0a7d6c;}", "</style>", "#0a7d6c\n", ""])
def test_what_is_no_plain_colour_is_no_style(accent: str) -> None:
    """L1: whatever stands in the settings, only a colour comes into the page."""
    assert accent_style(accent) == accent_style("#0a7d6c")


@pytest.mark.parametrize(("colour", "on_it"), [("#000000", "#ffffff"), ("#ffffff", "#000000"), ("#ffee00", "#000000")])
def test_words_on_the_accent_can_be_read(colour: str, on_it: str) -> None:
    """Black or white, whichever has the better contrast."""
    assert readable_on(colour) == on_it
