"""How long a test waits for its live server to stop."""

from __future__ import annotations

from collections.abc import Callable

import requests

from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.bench.conftest import MILLISECONDS, new_engine

STOPS = 30


def test_stop_of_a_live_server(measure: Callable[..., None]) -> None:
    """Each server has answered a request before it is stopped."""
    app = create_app(new_engine())

    def started() -> tuple[tuple[LiveServer], dict[str, object]]:
        server = LiveServer(app)
        requests.get(f"{server.base_url}/_mock/health", timeout=5).raise_for_status()
        return (server,), {}

    measure("LiveServer: stop", LiveServer.stop, unit=MILLISECONDS, setup=started, rounds=STOPS)
