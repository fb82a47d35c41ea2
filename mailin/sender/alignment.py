"""What a domain wants done with mail that only claims to be its own, and which domains are one (RFC 9989). Pure.

The DNS tree walk: `_dmarc.` is asked of the domain and of its parents, of eight at most; no list of public suffixes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Wanted = Literal["none", "quarantine", "reject"]

MOST_LABELS = 8
"""So many queries a walk takes at most: of a longer name only the whole and its last seven labels are asked."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One DMARC record: what is wanted for the domain itself and for those below it.

    `is_strict`: a signature counts only by exactly the same domain. `psd`: whether registrants have the domains below.
    """

    wanted: Wanted
    below: Wanted
    is_strict: bool = False
    psd: Literal["y", "n", "u"] = "u"


Found = Mapping[str, Policy | None]
"""What stands at `_dmarc.` of every domain of a walk."""


def dns_name(domain: str) -> str | None:
    """Return *domain* as it can be asked in DNS, lower-cased and in ASCII; None where there can be none."""
    try:
        name = domain.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return None

    if len(name) > _LONGEST_NAME or name.replace(".", "").isdigit():
        return None

    return name if all(_LABEL.fullmatch(label) for label in name.split(".")) else None


def walk(domain: str) -> tuple[str, ...]:
    """Return the domains whose records are asked, the longest first (RFC 9989, section 4.10)."""
    labels = domain.split(".")
    rest = labels[1 - MOST_LABELS :] if len(labels) >= MOST_LABELS else labels[1:]
    return (domain, *(".".join(rest[index:]) for index in range(len(rest))))


def read_policy(records: Sequence[str]) -> Policy | None:
    """Read the TXT *records* of one name; several DMARC records are as good as none (RFC 9989, section 4.10)."""
    found = [tags for tags in map(_read_tags, records) if tags is not None]
    if len(found) != 1:
        return None

    tags = found[0]
    wanted = _wanted(tags.get("p"), otherwise="none")
    below = _wanted(tags.get("sp"), otherwise=wanted)
    psd: Literal["y", "n", "u"] = "y" if tags.get("psd") == "y" else "n" if tags.get("psd") == "n" else "u"
    if tags.get("t") == "y":
        wanted, below = _ONE_LESS[wanted], _ONE_LESS[below]

    return Policy(wanted, below, is_strict=tags.get("adkim") == "s", psd=psd)


def organisation_of(domain: str, found: Found) -> str:
    """Return the organisational domain of *domain*: those with the same one speak for each other."""
    shortest = domain
    for name in walk(domain):
        policy = found.get(name)
        if policy is None:
            continue

        if policy.psd == "n":
            return name

        if policy.psd == "y" and name != domain:
            return ".".join(domain.split(".")[-name.count(".") - 2 :])

        shortest = name

    return shortest


def policy_of(domain: str, found: Found) -> Policy | None:
    """Return the record that binds mail From *domain*: its own, else its organisation's, else its registry's."""
    own = found.get(domain)
    if own is not None:
        return own

    organisation = organisation_of(domain, found)
    inherited = found.get(organisation) or next(
        (policy for name in walk(domain)[1:] if (policy := found.get(name)) is not None and policy.psd == "y"), None
    )
    if inherited is None:
        return None

    return Policy(inherited.below, inherited.below, is_strict=inherited.is_strict, psd=inherited.psd)


_LONGEST_NAME = 230
"""Characters; `_dmarc.` and a selector must still fit before it."""

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_ONE_LESS: dict[Wanted, Wanted] = {"reject": "quarantine", "quarantine": "none", "none": "none"}
"""A domain that tests its policy wants the next milder one (RFC 9989, "t")."""

_LONGEST_RECORD = 2_000


def _read_tags(record: str) -> dict[str, str] | None:
    """Return the tags of a DMARC record; None for any other record."""
    first, *rest = record[:_LONGEST_RECORD].split(";")
    name, _, version = first.partition("=")
    if (name.strip().lower(), version.strip()) != ("v", "DMARC1"):
        return None

    pairs = (one.partition("=") for one in rest)
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


def _wanted(value: str | None, *, otherwise: Wanted) -> Wanted:
    match value:
        case "none" | "quarantine" | "reject":
            return value
        case _:
            return otherwise
