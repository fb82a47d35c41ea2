"""A browser without JavaScript, as a script has it: it opens addresses, follows links and sends the forms it finds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, DummyCookieJar
from selectolax.lexbor import LexborHTMLParser, LexborNode


@dataclass(frozen=True)
class Form:
    """A form of a page: how and where it is sent, and what stands in its hidden fields."""

    method: str
    action: str
    fields: dict[str, str]
    buttons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """What came back: the last answer after redirects."""

    status: int
    path: str
    headers: Mapping[str, str]
    text: str

    @property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.text)

    @property
    def words(self) -> str:
        """All that is read on the page, in one line."""
        body = self.tree.body
        assert body is not None
        return " ".join(body.text(separator=" ").split())

    @property
    def title(self) -> str:
        return self.tree.css("title")[0].text()

    @property
    def starts(self) -> list[str]:
        """Every time that is offered or shown to be confirmed."""
        return [str(node.attributes["data-start"]) for node in self.tree.css("[data-start]")]

    @property
    def refusals(self) -> list[str]:
        return [str(node.attributes["data-refusal"]) for node in self.tree.css("[data-refusal]")]

    @property
    def links(self) -> list[str]:
        return [str(node.attributes["href"]) for node in self.tree.css("a[href]")]

    @property
    def foreign_scripts(self) -> list[str]:
        """Scripts of the page other than our own file."""
        found = [node.html or "" for node in self.tree.css("script")]
        return [one for one in found if not one.startswith('<script src="/static/page.js') or "></script>" not in one]

    def forms(self, method: str) -> list[Form]:
        found = [_form(node) for node in self.tree.css("form")]
        return [form for form in found if form.method == method]

    @property
    def form(self) -> Form:
        """The one form of the page that changes something."""
        (form,) = self.forms("post")
        return form


class Browser:
    """Opens pages of one server on loopback; keeps no cookies."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def ask(self, method: str, path: str, *, follow: bool = True, **more: object) -> Page:
        """Send a request and read the answer, redirects followed."""
        url = path if path.startswith("http") else self.base + path
        async with self.session.request(method, url, allow_redirects=follow, **more) as answer:  # type: ignore[arg-type] # what aiohttp takes
            return Page(answer.status, answer.url.raw_path_qs, answer.headers, await answer.text())

    async def open(self, path: str, **query: str) -> Page:
        return await self.ask("GET", path, params=query)

    async def send(self, form: Form, **changes: str) -> Page:
        """Send *form* as it was found, but for *changes*."""
        fields = {**form.fields, **changes}
        if form.method == "get":
            return await self.ask("GET", form.action, params=fields)

        return await self.ask("POST", form.action, data=fields)

    async def choose(self, page: Page, start: str) -> Page:
        """Press the button of the free time *start*."""
        form = next(form for form in page.forms("get") if ("start", start) in form.buttons)
        return await self.send(form, start=start)


@asynccontextmanager
async def open_browser(port: int) -> AsyncIterator[Browser]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield Browser(session, f"http://127.0.0.1:{port}")


def path_of(page: str, token: str) -> str:
    """Return the address of one of the booking's pages."""
    return f"/b/nova/{page}/{token}"


def _form(node: LexborNode) -> Form:
    fields = {str(one.attributes["name"]): one.attributes["value"] or "" for one in node.css("input[name]")}
    buttons = tuple((str(one.attributes["name"]), one.attributes["value"] or "") for one in node.css("button[name]"))
    return Form(str(node.attributes["method"]), str(node.attributes["action"]), fields, buttons)
