"""The floor of the pages: an empty page of as many bytes as asked for, by Jinja and aiohttp and nothing else.

`GET /BYTES`. Says on stdout when it is ready, as `serving` does.
"""

from __future__ import annotations

import asyncio
import os
import signal
from functools import cache

from aiohttp import web
from jinja2 import Environment, Template

_TEMPLATES = Environment(autoescape=True)
_FRAME = '<!doctype html><html lang="{{ language }}"><title>{{ title }}</title><p>'


async def main() -> None:
    """Serve until SIGTERM."""
    app = web.Application()
    app.router.add_get(r"/{bytes:\d+}", _show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    os.write(1, f"ready 0 {runner.addresses[0][1]}\n".encode())
    await ended.wait()
    await runner.cleanup()


async def _show(request: web.Request) -> web.Response:
    text = _template(int(request.match_info["bytes"])).render(language="en", title="Empty")
    return web.Response(text=text, content_type="text/html")


@cache
def _template(size: int) -> Template:
    frame = len(_TEMPLATES.from_string(_FRAME).render(language="en", title="Empty"))
    return _TEMPLATES.from_string(_FRAME + "x" * (size - frame))


if __name__ == "__main__":
    asyncio.run(main())
