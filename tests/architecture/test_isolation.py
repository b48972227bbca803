"""No test leaves this machine, whatever code it runs."""

from __future__ import annotations

import socket

import pytest

from tests.conftest import REAL_API, is_local, wants_the_real_api


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "api.localhost", b"localhost", "", None]
)
def test_loopback_is_this_machine(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["api.bfl.ai", "10.0.0.1", "192.0.2.1", "0.0.0.0", "2001:db8::1", b"api.bfl.ai", "localhost.example"]
)
def test_anything_else_is_foreign(host: object) -> None:
    assert not is_local(host)


def test_a_foreign_name_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match="tests stay on this machine"):
        socket.getaddrinfo("api.bfl.ai", 443)


def test_a_foreign_address_is_not_connected_to() -> None:
    with socket.socket() as outward, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(
    ("given", "consents"),
    [((), False), (REAL_API[:1], False), (REAL_API[1:], False), (REAL_API, True)],
    ids=["nothing", "a key", "a budget", "both"],
)
def test_the_real_api_is_asked_only_with_a_key_and_a_budget(given: tuple[str, ...], consents: bool) -> None:
    assert wants_the_real_api(dict.fromkeys(given, "7")) is consents


def test_an_empty_key_is_no_consent() -> None:
    assert not wants_the_real_api(dict.fromkeys(REAL_API, ""))
