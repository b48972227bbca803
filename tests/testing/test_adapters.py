"""The mock in tests: over a real socket, and without one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from bfl_client import BFLClient
from mock_bfl.engine import Engine
from mock_bfl.testing import IN_PROCESS_URL, LiveServer, WSGIAdapter
from mock_bfl.web import create_app

PATIENCE_S = 10


@pytest.fixture
def session() -> requests.Session:
    session = requests.Session()
    session.mount(IN_PROCESS_URL, WSGIAdapter(create_app(Engine(speed=0))))
    return session


def test_a_session_reaches_the_mock_without_a_socket(session: requests.Session) -> None:
    reply = session.post(f"{IN_PROCESS_URL}/v1/flux-2-pro?a=b", json={"prompt": "ä cube"}, headers={"X-Key": "k"})
    assert reply.status_code == 200
    assert reply.json()["polling_url"].startswith(f"{IN_PROCESS_URL}/v1/get_result?id=")


def test_the_reference_client_works_over_the_adapter(session: requests.Session, tmp_path: Path) -> None:
    with BFLClient("k", base_url=IN_PROCESS_URL, session=session) as client:
        client.generate("flux-2-pro", "a red cube", output=tmp_path / "cube.webp")
    assert (tmp_path / "cube.webp").read_bytes()[8:12] == b"WEBP"


def test_refusals_and_redirects_come_through_the_adapter(session: requests.Session) -> None:
    assert session.get(f"{IN_PROCESS_URL}/nowhere").json() == {"detail": "Not Found"}
    moved = session.get(f"{IN_PROCESS_URL}/v1/credits/", headers={"x-key": "k"}, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (307, f"{IN_PROCESS_URL}/v1/credits")


def test_a_head_request_over_the_adapter_has_no_body(session: requests.Session) -> None:
    reply = session.head(f"{IN_PROCESS_URL}/v1/credits")
    assert (reply.status_code, reply.content) == (405, b"")


def test_a_stopped_server_has_written_down_how_each_request_ended() -> None:
    """What answers when the store is closed already would fail."""
    engine = Engine(speed=0)
    engine.scripts.fail_next(None, {"fault": {"wire": "stall", "stall_s": 60}})
    with LiveServer(create_app(engine)) as server:
        client = threading.Thread(target=lambda: get_anyhow(f"{server.base_url}/v1/credits"))
        client.start()
        wait_until(lambda: any(row.fault for row in engine.control.journal(None)))
    (row,) = engine.control.journal(None)
    assert row.ended_real_ms is not None
    client.join(PATIENCE_S)


def test_a_request_that_does_not_end_is_left_to_itself() -> None:
    asked, released = threading.Event(), threading.Event()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        asked.set()
        released.wait(PATIENCE_S)
        start_response("204 No Content", [])
        return []

    before = set(threading.enumerate())
    server = LiveServer(app, farewell_s=0.01)
    client = threading.Thread(target=lambda: get_anyhow(server.base_url))
    client.start()
    asked.wait(PATIENCE_S)
    server.stop()
    assert client.is_alive()
    released.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)


def get_anyhow(url: str) -> None:
    with suppress(requests.ConnectionError):
        requests.get(url, headers={"x-key": "k"}, timeout=PATIENCE_S)


def wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come so far")


def test_a_stopped_server_leaves_no_thread_and_no_port() -> None:
    before = threading.active_count()
    with LiveServer(create_app(Engine())) as server:
        assert requests.get(f"{server.base_url}/_mock/health", timeout=5).status_code == 200
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.base_url}/_mock/health", timeout=5)
