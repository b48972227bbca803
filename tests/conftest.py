"""Settings every test shares: no foreign address, no inherited keys, reproducible or deep examples."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

OWN_PREFIXES = ("BFL_", "MOCK_BFL_")
# Who sets both wants tests/client/test_worlds.py to spend money at the real API.
REAL_API = ("BFL_REAL_API_KEY", "BFL_REAL_BUDGET_CREDITS")
LOCAL_NAMES = frozenset({"", "localhost", "testserver"})

# `too_slow` measures the machine, not the code.
settings.register_profile(
    "quick", max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "deep", max_examples=2000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)


class ForeignAddressError(RuntimeError):
    """A test reached beyond this machine; not an OSError, so that no client code takes it for bad weather."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="run tests marked deep, and many more generated examples")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("deep" if config.getoption("--deep") else "quick")
    _forget_inherited_settings()
    if not wants_the_real_api(os.environ):  # noqa: TID251 - an opt-in of the whole run
        sys.addaudithook(_refuse_foreign_addresses)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--deep"):
        return
    for item in items:
        if item.get_closest_marker("deep"):
            item.add_marker(pytest.mark.skip(reason="runs only with --deep"))


def wants_the_real_api(environment: Mapping[str, str]) -> bool:
    """Whether a key and a budget for the real API are given; one without the other is no consent."""
    return all(environment.get(name) for name in REAL_API)


def is_local(host: object) -> bool:
    """Whether a host, as given to the socket module, can only be this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in LOCAL_NAMES or str(name).endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _forget_inherited_settings() -> None:
    """Keep a developer's own key, base URL and proxy out of the tests and of the processes they start."""
    environment = os.environ  # noqa: TID251 - emptied here so that no test can read it by accident
    for name in [name for name in environment if name.startswith(OWN_PREFIXES) and name not in REAL_API]:
        del environment[name]
    environment["NO_PROXY"] = environment["no_proxy"] = "127.0.0.1,localhost,::1"


def _refuse_foreign_addresses(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    else:
        return
    if not is_local(host):
        raise ForeignAddressError(f"a test tried to reach {host!r}; tests stay on this machine")
