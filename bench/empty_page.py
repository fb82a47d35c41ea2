"""The floor of the pages: an empty page of as many bytes as asked for, by Jinja and aiohttp and nothing else.

`GET /BYTES`. Says on stdout when it is ready, as `serving` does. With `--within FOLDER` the same page comes through the
server and the middleware of the site, with its headers and limits: what every page of ours costs before it is one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, Template

from core.phrases import load_phrases
from core.store.sqlite import SqliteStore
from web.server import SiteRunner
from web.site import Site, new_site_app, page_templates

_TEMPLATES = Environment(autoescape=True)
_FRAME = '<!doctype html><html lang="{{ language }}"><title>{{ title }}</title><p>'


async def main(within: Path | None = None) -> None:
    """Serve until SIGTERM; within the site if there is a folder for its database, which nobody asks."""
    app = web.Application() if within is None else _site_app(within)
    app.router.add_get(r"/{bytes:\d+}", _show)
    runner = web.AppRunner(app, access_log=None) if within is None else SiteRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    os.write(1, f"ready 0 {runner.addresses[0][1]}\n".encode())
    await ended.wait()
    await runner.cleanup()


def _site_app(folder: Path) -> web.Application:
    return new_site_app(
        Site(
            store=SqliteStore.open(folder / "empty.db"),
            phrases=load_phrases(),
            keys=(),
            clock=lambda: datetime.now(UTC),
            woken=asyncio.Event(),
            templates=page_templates(),
        )
    )


async def _show(request: web.Request) -> web.Response:
    text = _template(int(request.match_info["bytes"])).render(language="en", title="Empty")
    return web.Response(text=text, content_type="text/html")


@cache
def _template(size: int) -> Template:
    frame = len(_TEMPLATES.from_string(_FRAME).render(language="en", title="Empty"))
    return _TEMPLATES.from_string(_FRAME + "x" * (size - frame))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[2]) if sys.argv[1:2] == ["--within"] else None))
