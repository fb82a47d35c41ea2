"""Readings of the corpora's sayings, told so that an author sees at a glance what was read and why."""

from __future__ import annotations

from core.understand.reading import Context, Reading
from tests.corpora.agreement import asks_in_vain, is_dangerous, is_right
from tests.corpora.meanings import Meaning


def verdict(reading: Reading, meaning: Meaning) -> str:
    """Say in a word or two how *reading* stands against *meaning*."""
    if is_dangerous(reading, meaning):
        return "WRONG AND SURE"

    if not is_right(reading, meaning):
        return "wrong"

    return "in vain" if asks_in_vain(reading, meaning) else "right"


def shown(saying: str, reading: Reading, meaning: Meaning) -> str:
    """Tell a saying, what it means, how it was read and why."""
    return "\n".join(
        (
            f"{verdict(reading, meaning)}: {saying!r}  [{meaning.language}, {meaning.situation}, {meaning.name}]",
            f"    meant {_label(meaning)}",
            f"    read  {_reading(reading, meaning.context)}",
            f"    why   {'; '.join(reading.why)}",
        )
    )


def _label(meaning: Meaning) -> str:
    parts: list[str] = ["/".join(meaning.intents)]
    if "reschedule" in meaning.intents:
        parts.append(
            " or ".join("no time" if when is None else ", ".join(map(_window, when)) for when in meaning.whens)
        )

    told = {"pick": meaning.pick, "performer": meaning.performer, "question": meaning.question, "ask": meaning.ask}
    return " ".join((*parts, *(f"{name}={value}" for name, value in told.items() if value)))


def _reading(reading: Reading, context: Context) -> str:
    parts: list[str] = [reading.intent]
    if reading.intent == "reschedule":
        local = [
            (each.start.astimezone(context.zone), each.end.astimezone(context.zone)) for each in reading.when or ()
        ]
        parts.append(", ".join(_window((f"{a:%Y-%m-%dT%H:%M}", f"{b:%Y-%m-%dT%H:%M}")) for a, b in local) or "no time")

    told = {"pick": reading.pick, "performer": reading.performer, "question": reading.question}
    parts.extend(f"{name}={value}" for name, value in told.items() if value)
    return " ".join((*parts, "sure" if reading.sure else "unsure"))


def _window(window: tuple[str, str]) -> str:
    begin, end = window
    return begin if begin == end else f"{begin}..{end}"
