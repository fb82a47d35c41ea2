"""What goes wrong between a bot and Telegram, ordered beforehand for the calls to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.telegram.asked import Thing

EVERY = "*"
"""Stands for every method but `getUpdates`."""

_WORDS = {
    400: "Bad Request: ordered by the test",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: ordered by the test",
    429: "Too Many Requests: retry after {retry_after}",
    500: "Internal Server Error",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A call that goes wrong: it is refused, is never answered, or its answer is lost; `done` if it is done anyway."""

    kind: Literal["refused", "hangs", "lost"]
    status: int = 0
    description: str = ""
    retry_after: int | None = None
    done: bool = False

    @property
    def speaks_json(self) -> bool:
        """A gateway in front of the Bot API answers with a page of its own."""
        return self.status not in (502, 503, 504)

    def as_json(self) -> Thing:
        return refusal(self.status, self.description, self.retry_after)


class Faults:
    """The faults that wait for their calls, first come, first served."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, int | None, Fault]] = []

    def refuse(
        self,
        method: str = EVERY,
        status: int = 500,
        *,
        times: int = 1,
        chat: int | None = None,
        description: str = "",
        retry_after: int | None = None,
    ) -> None:
        """Refuse the next calls of *method*: 429 says when to try again (1 s unless told), 502 to 504 send HTML."""
        retry_after = retry_after or (1 if status == 429 else None)
        words = description or _WORDS.get(status, "").format(retry_after=retry_after)
        self._order(method, chat, times, Fault("refused", status, words, retry_after))

    def hang(self, method: str = EVERY, *, times: int = 1, chat: int | None = None, done: bool = False) -> None:
        """Never answer the next calls of *method*: the bot waits until it gives up."""
        self._order(method, chat, times, Fault("hangs", done=done))

    def lose(self, method: str = EVERY, *, times: int = 1, chat: int | None = None, done: bool = True) -> None:
        """Cut the connection instead of answering the next calls of *method*, which are done all the same."""
        self._order(method, chat, times, Fault("lost", done=done))

    def clear(self) -> None:
        """All is well again."""
        self._waiting.clear()

    def take(self, method: str, chat: str) -> Fault | None:
        """Return what happens to this call."""
        for index in self._meant(method, chat):
            return self._waiting.pop(index)[2]

        return None

    def _order(self, method: str, chat: int | None, times: int, fault: Fault) -> None:
        self._waiting += [(method, chat, fault)] * times

    def _meant(self, method: str, chat: str) -> Iterator[int]:
        for index, (name, only, _) in enumerate(self._waiting):
            named = method != "getUpdates" if name == EVERY else name == method
            if named and (only is None or str(only) == chat):
                yield index


def refusal(status: int, description: str, retry_after: int | None = None) -> Thing:
    """Return the answer to a refused call."""
    told: Thing = {"ok": False, "error_code": status, "description": description}
    return told | ({"parameters": {"retry_after": retry_after}} if retry_after is not None else {})
