"""What strangers and broken scripts send to the pages: a clear answer, nothing changed, nothing inside shown."""

from __future__ import annotations

import asyncio

import pytest

from core import queries
from core.tokens import make_token
from tests.story.salon import Salon, booking
from tests.web.browser import Browser, Page, path_of

HTML = "<script>alert(1)</script>\"'><img src=x>"
PAGES = ("manage", "reschedule", "cancel")


async def history(salon: Salon) -> list[str]:
    rows = await salon.rebook.store.read(lambda tx: queries.load_history(tx, 1))
    return [row.what for row in rows]


def is_kind(page: Page) -> bool:
    """Whether an error page says something to people, and nothing about our inside."""
    inside = ("Traceback", "aiohttp", "Python", "File ", "sqlite", "error_id")
    return page.words != "" and "<h1>" in page.text and not any(word in page.text for word in inside)


async def test_tokens_that_are_not_ours_open_nothing(salon: Salon, browser: Browser) -> None:
    """T1, T5: forged, truncated, of another installation, of nobody: 404, and the token is not said back."""
    await salon.imports(booking())
    token = salon.tokens["jo"]
    key = ("another key of 32 characters or more",)
    forged = [
        token[:-1],
        token[1:],
        ("a" if token[0] != "a" else "b") + token[1:],
        token[:30] + ("a" if token[30] != "a" else "b") + token[31:],
        token + token,
        make_token(bytes(16), key),
        make_token(bytes(16), salon.config.app.secret_keys),
        "%00",
        "%ff%fe",
        "%F0%9F%92%A9",
        "x" * 3000,
        "'%20OR%201=1--",
    ]

    for one in forged:
        for name in PAGES:
            shown = await browser.open(path_of(name, one))
            sent = await browser.ask("POST", path_of(name, one), data={"form": "x"})

            for page in (shown, sent):
                assert page.status == 404
                assert is_kind(page)
                assert one not in page.text

    assert await history(salon) == ["booked"]


async def test_looking_changes_nothing(salon: Salon, browser: Browser) -> None:
    """T6: GET and HEAD of every page, with everything that a form would send in the address."""
    await salon.imports(booking())
    before = await salon.booking()
    start = "2026-11-27T10:00:00+01:00"
    summary = (await browser.open(path_of("reschedule", salon.tokens["jo"]), start=start)).form

    for name in PAGES:
        for method in ("GET", "HEAD"):
            page = await browser.ask(method, path_of(name, salon.tokens["jo"]), params=summary.fields)
            assert page.status == 200

    assert await salon.booking() == before
    assert await history(salon) == ["booked"]


async def test_a_form_belongs_to_one_booking_and_one_purpose(salon: Salon, browser: Browser) -> None:
    """T6: another booking's form token, another purpose's, another version's, a forged one, none: 403, nothing done."""
    await salon.imports(booking(), booking("sam", start="2026-11-26T11:00:00+01:00"))
    path = path_of("cancel", salon.tokens["jo"])
    own = (await browser.open(path)).form.fields
    other = (await browser.open(path_of("cancel", salon.tokens["sam"]))).form.fields
    move = await browser.open(path_of("reschedule", salon.tokens["jo"]), start="2026-11-27T10:00:00+01:00")

    for fields in (
        other,
        move.form.fields,
        {**own, "version": "2"},
        {**own, "version": "-1"},
        {**own, "version": "9" * 5000},
        {**own, "version": "١"},
        {**own, "form": own["form"].upper()},
        {**own, "form": ""},
        {"version": "1"},
        {},
    ):
        page = await browser.ask("POST", path, data=fields)

        assert page.status == 403
        assert is_kind(page)

    assert await history(salon) == ["booked"]


WISHES = [
    "2026-11-27T10:07:00+01:00",  # off the grid
    "2026-11-27T10:00:30+01:00",
    "2026-11-27T10:00:00.5+01:00",
    "2026-11-29T10:00:00+01:00",  # a Sunday
    "2026-11-27T03:00:00+01:00",
    "2026-11-20T10:00:00+01:00",  # in the past
    "0001-01-01T00:00:00+14:00",
    "2027-11-26T10:00:00+01:00",  # beyond the horizon
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:30:00+00:00",
    "0001-01-01T00:00:00+00:00",
]
NO_WISHES = ["", "2026-11-27T10:00:00", "2026-11-27", "20261127", "soon", "2026-W48-5", "9" * 400, "\x00", HTML]


@pytest.mark.parametrize("start", WISHES + NO_WISHES)
async def test_times_that_cannot_be_had(salon: Salon, browser: Browser, start: str) -> None:
    """G11, V1: off the grid, closed, past, beyond the horizon, no time at all: others are offered, nothing moves."""
    await salon.imports(booking())
    path = path_of("reschedule", salon.tokens["jo"])
    form = (await browser.open(path, start="2026-11-27T10:00:00+01:00")).form

    shown = await browser.open(path, start=start)
    pressed = await browser.send(form, start=start)

    for page in (shown, pressed):
        assert page.status == 200
        assert page.starts != []
        assert page.forms("post") == []
        assert page.foreign_scripts == []

    assert pressed.refusals == ["slot_taken"]
    assert await history(salon) == ["booked"]


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-02-30",
        "day=0001-01-01",
        "day=9999-12-31",
        "day=x",
        "performer=0",
        "performer=²",
        "performer=99999999999",
    ],
)
async def test_days_and_performers_that_are_none(salon: Salon, browser: Browser, query: str) -> None:
    """L1: the page shows times all the same."""
    await salon.imports(booking())

    page = await browser.ask("GET", f"{path_of('reschedule', salon.tokens['jo'])}?{query}")

    assert (page.status, page.refusals) == (200, [])
    assert page.starts != []


async def test_forms_of_any_size_and_kind(salon: Salon, browser: Browser) -> None:
    """L1: a megabyte, thousands of fields, files, JSON, unknown charsets, bytes that are no text."""
    await salon.imports(booking())
    path = path_of("cancel", salon.tokens["jo"])
    kind = "application/x-www-form-urlencoded"
    sent: list[tuple[bytes, str, int]] = [
        (b"form=" + b"x" * 1_000_000, kind, 413),
        (b"&".join(b"a=1" for _ in range(4000)), kind, 403),
        (b"form=\xff\xfe&version=%ff%fe%00", kind, 403),
        (b"form=x", f"{kind}; charset=klingon", 403),
        (b'{"form": "x"}', "application/json", 403),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 403),
        (b"", "multipart/form-data", 403),
        (b"form=x", "\xe9/\xe9", 403),
    ]

    for body, content_type, status in sent:
        page = await browser.ask("POST", path, data=body, headers={"Content-Type": content_type})

        assert page.status == status, content_type
        assert is_kind(page)

    assert await history(salon) == ["booked"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_strange_methods(salon: Salon, browser: Browser, method: str) -> None:
    """L1: refused, with what is allowed."""
    await salon.imports(booking())

    page = await browser.ask(method, path_of("manage", salon.tokens["jo"]))

    assert page.status == 405
    assert page.headers["Allow"] == "GET,HEAD,POST"


@pytest.mark.parametrize(
    "path",
    [
        "/b/",
        "/b/nova",
        "/b/nova/manage",
        "/b/nova/manage/",
        "/b//manage/x",
        "/static/",
        "/static/../pyproject.toml",
        "/static/%2e%2e/web/layout.html.j2",
        "/static/nothing",
        "/demo/mailbox",
        "/favicon.ico",
        "/%",
        "/%00",
        "/b/%0d%0aX:y/manage/x",
    ],
)
async def test_strange_paths(browser: Browser, path: str) -> None:
    """L1: nothing is there, said in plain words; the demo's pages are not in an ordinary installation."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(browser.base.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()

    assert answer.split()[1] in ("400", "403", "404")
    assert "X:y" not in answer.partition("\r\n\r\n")[0]
    assert "Traceback" not in answer


async def test_html_in_every_string_is_shown_as_text(salon: Salon, browser: Browser) -> None:
    """L1: guest, business, service, performer, place: no element, no attribute, no address comes of it."""
    guest = {"name": HTML, "email": "jo@guest.example", "locale": "en", "tz": "Europe/London"}
    await salon.imports(booking(guest=guest, performer_chosen=False), name=HTML, address=HTML, phone=HTML)

    for name in PAGES:
        page = await browser.open(path_of(name, salon.tokens["jo"]))

        assert page.status == 200
        assert page.foreign_scripts == []
        assert "<img" not in page.text
        assert "alert(1)" in page.text

    assert page.title == HTML


async def test_a_redirect_stays_on_the_site(salon: Salon, browser: Browser) -> None:
    """T3: the slug of the address is not taken into where the guest is sent."""
    await salon.imports(booking())
    token = salon.tokens["jo"]
    form = (await browser.open(path_of("cancel", token))).form

    page = await browser.ask("POST", f"/b/%0d%0aX:%20y%5cevil.example/cancel/{token}", data=form.fields, follow=False)

    assert (page.status, page.headers["Location"]) == (303, path_of("manage", token))
    assert "X" not in page.headers
