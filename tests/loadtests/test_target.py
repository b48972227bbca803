"""Nothing but this machine is put under load."""

from __future__ import annotations

import pytest

from loadtests.target import ForeignHost, loopback_url


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:80", "https://mock.localhost", "http://127.9.9.9"],
)
def test_an_address_of_this_machine_is_taken(url: str) -> None:
    assert loopback_url(url) == url


def test_a_trailing_slash_is_dropped() -> None:
    assert loopback_url("http://127.0.0.1:8080/") == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.bfl.ai",
        "http://10.0.0.1:8080",
        "http://0.0.0.0:8080",
        "http://localhost.example",
        "http://127.0.0.1@api.bfl.ai",
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(ForeignHost, match="not on this machine"):
        loopback_url(url)
