"""What is wrong with how a page looks and reads: asked of the browser that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

SMALLEST_TAP = 44
"""CSS pixels in height of whatever is pressed with a thumb (WCAG 2.2, 2.5.5)."""

_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

_RUN_AXE = "only => axe.run({runOnly: only, resultTypes: ['violations'], iframes: false})"

_TOO_WIDE = """() => {
    const seen = [...document.body.querySelectorAll("*")].filter(one => {
        const box = one.getBoundingClientRect();
        return box.width > 0 && box.right > innerWidth + 0.5;
    });
    const page = document.scrollingElement.scrollWidth;
    const end = one => Math.round(one.getBoundingClientRect().right);
    const wide = seen.map(one => `${one.outerHTML.slice(0, 80)} ends at ${end(one)}`);
    return page > innerWidth ? [`the page is ${page} wide in ${innerWidth}`, ...wide] : wide;
}"""

_TOO_SMALL = """smallest => {
    const isInSentence = one => {
        if (one.tagName !== "A" || getComputedStyle(one).display !== "inline") return false;
        return [...one.parentElement.childNodes].some(
            near => near !== one && near.nodeType === Node.TEXT_NODE && near.textContent.trim());
    };
    return [...document.querySelectorAll("main a[href], main button, main select, main summary")]
        .filter(one => one.getClientRects().length && !isInSentence(one))
        .map(one => [one, one.getBoundingClientRect()])
        .filter(([, box]) => box.height < smallest - 0.5)
        .map(([one, box]) => `${one.outerHTML.slice(0, 80)} is ${Math.round(box.height)} high`);
}"""


async def found_by_axe(tab: Page, source: str, *, colours_only: bool = False) -> list[str]:
    """Return what axe-core (its *source*) finds: `rule: selector (why)`."""
    if not await tab.evaluate("typeof axe === 'object'"):
        await tab.evaluate(source)

    found = await tab.evaluate(_RUN_AXE, _COLOURS if colours_only else _RULES)
    return [_said(broken, node) for broken in found["violations"] for node in broken["nodes"]]


async def too_wide(tab: Page) -> list[str]:
    """Return what reaches beyond the right edge of the window."""
    wide: list[str] = await tab.evaluate(_TOO_WIDE)
    return wide


async def too_small(tab: Page) -> list[str]:
    """Return the links and buttons that are too low for a thumb; links within a sentence are as high as it is."""
    small: list[str] = await tab.evaluate(_TOO_SMALL, SMALLEST_TAP)
    return small


def _said(broken: dict[str, Any], node: dict[str, Any]) -> str:
    why = " ".join(str(node["failureSummary"]).split())
    return f"{broken['id']}: {' '.join(map(str, node['target']))} ({why})"
