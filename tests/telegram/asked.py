"""What a bot asks for: a call's parameters from a form, a multipart form, JSON or the address, as bots send them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web

Thing = dict[str, Any]
"""An object of the Bot API as it stands in JSON."""


class Refused(Exception):
    """The call is refused: `status` and the `description` that Telegram gives."""

    def __init__(self, status: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad_request(reason: str) -> Refused:
    """400, which aiogram raises as `TelegramBadRequest`."""
    return Refused(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> Refused:
    """403, which aiogram raises as `TelegramForbiddenError`."""
    return Refused(403, f"Forbidden: {reason}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Parameters of a call; forms send numbers, truths and objects as strings, JSON sends them as they are."""

    fields: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int | None = None) -> int:
        value = self.fields.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1", "yes")

    def thing(self, name: str, *, empty: Any = None) -> Any:
        """Return the object or list of that name, read from JSON where it came as a string."""
        value = self.fields.get(name)
        if value in (None, ""):
            return empty

        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None


async def read_asked(request: web.Request) -> Asked:
    """Read a call's parameters.

    Raises:
        Refused: The body is not what it says it is.
    """
    fields: Thing = dict(request.query)
    files: dict[str, bytes] = {}
    if request.content_type == "application/json":
        fields |= _read_object(await request.text())
    elif request.content_type == "multipart/form-data":
        await _read_parts(await request.multipart(), fields, files)
    else:
        fields |= {name: str(value) for name, value in (await request.post()).items()}

    return Asked(fields, files)


async def read_reply(response: ClientResponse) -> Asked:
    """Read the call that a bot may put into its answer to a webhook; no `method` in it: there is none."""
    fields: Thing = {}
    files: dict[str, bytes] = {}
    if response.content_type == "application/json":
        fields |= _read_object(await response.text())
    elif response.content_type.startswith("multipart/"):
        await _read_parts(MultipartReader(response.headers, response.content), fields, files)

    return Asked(fields, files)


def _read_object(body: str) -> Thing:
    try:
        read = json.loads(body or "{}")
    except ValueError:
        raise bad_request("can't parse JSON object") from None

    if not isinstance(read, dict):
        raise bad_request("object expected as JSON")

    return read


async def _read_parts(reader: MultipartReader, fields: Thing, files: dict[str, bytes]) -> None:
    async for part in reader:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise bad_request("can't parse multipart form")

        if part.filename is None:
            fields[part.name] = (await part.read(decode=True)).decode()
        else:
            files[part.name] = bytes(await part.read())
            fields[f"{part.name}/filename"] = part.filename
