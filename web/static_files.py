"""The files that all pages share, held in memory: what is not one of them cannot be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import ETag, web

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent.parent / "templates" / "static"

PREFIX = "/static/"

_TYPES = {".css": "text/css", ".js": "text/javascript", ".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file. `version` is a short hash of its content."""

    body: bytes
    content_type: str
    version: str


def add_static_files(app: web.Application) -> None:
    """Add `/static/NAME`: for ever the same where the address says which version, else asked for again each time."""
    files = static_files()

    async def show(request: web.Request) -> web.Response:
        file = files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound

        is_this = request.query.get("v") == file.version
        caching = {"Cache-Control": "public, max-age=31536000, immutable" if is_this else "no-cache"}
        if any(etag.value in (file.version, "*") for etag in request.if_none_match or ()):
            response = web.Response(status=304, headers=caching)
        else:
            response = web.Response(body=file.body, content_type=file.content_type, charset="utf-8", headers=caching)

        response.etag = ETag(file.version)
        return response

    app.router.add_get(PREFIX + "{name}", show)


def static_address(name: str) -> str:
    """Return the address of this version of the file *name*; KeyError if there is none."""
    return f"{PREFIX}{name}?v={static_files()[name].version}"


@cache
def static_files(folder: Path = FOLDER) -> Mapping[str, StaticFile]:
    """Return every static file by its name, read once; KeyError for one of a kind that pages do not need."""
    return {path.name: _read(path) for path in folder.iterdir() if path.is_file()}


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, _TYPES[path.suffix], sha256(body).hexdigest()[:8])
