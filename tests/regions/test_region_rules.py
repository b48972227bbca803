"""What the vendor's names stand for: clusters, regions, and a global endpoint that fails over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import regions
from mock_bfl.core.region import (
    NAMES_THAT_CAN_BE_DOWN,
    Place,
    Routing,
    clusters_behind,
    is_same_place,
    other_name,
    place_of,
    polling_origin,
    region_behind,
)

EU2, EU4 = (row for row in regions.CLUSTERS if row.name in {"eu2", "eu4"})
ROUTINGS = st.builds(
    Routing, down=st.frozensets(st.sampled_from(NAMES_THAT_CAN_BE_DOWN)), preferred=st.sampled_from(regions.REGIONS)
)


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        ("https://api.bfl.ai", Place()),
        ("https://API.eu.BFL.ai.:8443", Place("eu")),
        ("http://api.us.bfl.ai:80", Place("us")),
        ("https://api.eu4.bfl.ai", Place("eu", EU4)),
        ("https://api.eu9.bfl.ai", None),
        ("https://gateway.bfl.ai", None),
        ("https://api.bfl.ai.evil.example", None),
        ("http://127.0.0.1:8080", None),
        ("http://[::1]:8080", None),
        ("nonsense", None),
    ],
)
def test_only_the_names_of_the_contract_have_a_region(origin: str, place: Place | None) -> None:
    assert place_of(origin) == place


@pytest.mark.parametrize(
    ("down", "preferred", "region"),
    [
        ((), "eu", "eu"),
        ((), "us", "us"),
        (("eu",), "eu", "us"),
        (("us3", "us6"), "us", "eu"),
        (("eu", "us"), "eu", None),
    ],
)
def test_the_global_endpoint_leads_to_the_preferred_region_and_fails_over(
    down: tuple[str, ...], preferred: str, region: str | None
) -> None:
    assert region_behind(Place(), Routing(down=frozenset(down), preferred=preferred)) == region


def test_a_region_does_not_fail_over() -> None:
    assert clusters_behind(Place("eu"), Routing(down=frozenset({"eu"}))) == ()


def test_a_region_hands_new_tasks_to_the_clusters_that_are_up() -> None:
    assert clusters_behind(Place("eu"), Routing(down=frozenset({"eu2"}))) == (EU4,)


@pytest.mark.parametrize(("down", "clusters"), [("eu4", (EU2,)), ("eu2", ()), ("eu", ()), ("us", (EU2,))])
def test_a_cluster_answers_while_it_and_its_region_are_up(down: str, clusters: tuple[regions.Cluster, ...]) -> None:
    assert clusters_behind(Place("eu", EU2), Routing(down=frozenset({down}))) == clusters


@given(ROUTINGS)
def test_no_new_task_goes_to_what_is_down_or_leaves_its_region(routing: Routing) -> None:
    for base in regions.BASES:
        found = clusters_behind(Place(base.region), routing)
        assert all(routing.has_up(row) and row.takes_new_tasks for row in found)
        assert {row.region for row in found} <= ({base.region} if base.region else set(regions.REGIONS))


@pytest.mark.parametrize("region", regions.REGIONS)
def test_every_region_has_a_cluster_for_new_tasks(region: str) -> None:
    assert clusters_behind(Place(region), Routing())


def test_a_polling_origin_keeps_scheme_and_port() -> None:
    assert polling_origin("https://api.bfl.ai:8443", EU2) == "https://api.eu2.bfl.ai:8443"
    assert polling_origin("http://api.eu.bfl.ai", EU2) == "http://api.eu2.bfl.ai"


@pytest.mark.parametrize(
    ("origin", "other"),
    [
        ("http://127.0.0.1:8080", "http://localhost:8080"),
        ("https://localhost", "https://127.0.0.1"),
        ("http://[::1]:8080", "http://localhost:8080"),
        ("http://192.0.2.7:8080", None),
        ("http://mock.example", None),
    ],
)
def test_only_loopback_has_another_name_that_is_sure_to_lead_here(origin: str, other: str | None) -> None:
    assert other_name(origin) == other


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://api.eu2.bfl.ai", "https://API.EU2.bfl.ai:443", True),
        ("http://api.eu2.bfl.ai:80", "https://api.eu2.bfl.ai", True),
        ("http://localhost:8080", "http://127.0.0.1:8080", False),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8080", False),
    ],
)
def test_a_place_is_a_host_and_a_port_whatever_the_scheme(first: str, second: str, same: bool) -> None:
    """A proxy in front may end TLS without saying so."""
    assert is_same_place(first, second) is same
