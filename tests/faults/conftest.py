"""Both servers, started once: the fixtures' own and the one that `mock-bfl serve` uses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mock_bfl.engine import Engine
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.faults.plain import Account

_SERVE = ["-m", "mock_bfl", "serve", "--listen", "127.0.0.1:0", "--speed", "0", "--json"]


@pytest.fixture(scope="session")
def granian_url() -> Iterator[str]:
    with subprocess.Popen([sys.executable, *_SERVE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["base_url"]
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="session")
def werkzeug_url() -> Iterator[str]:
    with LiveServer(create_app(Engine(speed=0))) as server:
        yield server.base_url


@pytest.fixture
def granian(granian_url: str) -> Account:
    return Account(granian_url)


@pytest.fixture
def werkzeug(werkzeug_url: str) -> Account:
    return Account(werkzeug_url)


@pytest.fixture(params=["werkzeug", "granian"])
def account(request: pytest.FixtureRequest) -> Account:
    """A fresh account on each server in turn."""
    return Account(request.getfixturevalue(f"{request.param}_url"))
