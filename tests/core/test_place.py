"""Where a visit takes place, and where pressing it leads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.place import place_link, place_of
from tests.mailin.out.letters import BUSINESS, SERVICE


@pytest.mark.parametrize(
    ("location", "online", "place"),
    [
        (None, False, "ul. Prosta 5, Warszawa"),
        ("Room 2", False, "Room 2"),
        (None, True, ""),
        ("https://meet.example.com/nova", True, "https://meet.example.com/nova"),
    ],
)
def test_a_service_takes_place_where_it_says_or_at_the_business(
    location: str | None, *, online: bool, place: str
) -> None:
    """M1."""
    assert place_of(replace(SERVICE, location=location, online=online), BUSINESS) == place


@pytest.mark.parametrize(
    ("place", "online", "link"),
    [
        ("ul. Prosta 5 & co", False, "https://www.google.com/maps/search/?api=1&query=ul.+Prosta+5+%26+co"),
        ("https://meet.example.com/nova", True, "https://meet.example.com/nova"),
        ("https://", True, None),
        ("javascript:alert(1)", True, None),
        ("javascript:alert(1)", False, "https://www.google.com/maps/search/?api=1&query=javascript%3Aalert%281%29"),
        ("\ud800", False, "https://www.google.com/maps/search/?api=1&query=%3F"),
        ("by telephone", True, None),
        ("", False, None),
    ],
)
def test_a_place_leads_to_a_map_or_to_itself(place: str, *, online: bool, link: str | None) -> None:
    """M1, L1: whatever was typed, only the map or an https page is opened."""
    assert place_link(place, online=online) == link
