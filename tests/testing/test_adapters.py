"""The mock in tests: over a real socket, and without one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import requests

from bfl_client import BFLClient
from mock_bfl.engine import Engine
from mock_bfl.testing import IN_PROCESS_URL, LiveServer, WSGIAdapter
from mock_bfl.web import create_app


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


def test_a_stopped_server_leaves_no_thread_and_no_port() -> None:
    before = threading.active_count()
    with LiveServer(create_app(Engine())) as server:
        assert requests.get(f"{server.base_url}/_mock/health", timeout=5).status_code == 200
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.base_url}/_mock/health", timeout=5)
