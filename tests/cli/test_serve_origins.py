"""`--public-url` and `--poll-origin` of a mock: who follows a polling_url finds its task, who rebuilds it not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from bfl_client import BFLClient, BFLError, Pacing
from mock_bfl.cli import main
from mock_bfl.engine import Engine, account_of
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.cli.process import ready

KEY = "a-key"


@pytest.fixture(scope="module", params=["auto", ":0"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """A mock whose tasks are polled on another origin."""
    with ready("--poll-origin", request.param) as mock:
        yield mock


@pytest.fixture(scope="module")
def two_ports() -> Iterator[dict[str, Any]]:
    """A mock that listens on a second port for polls."""
    with ready("--poll-origin", ":0") as mock:
        yield mock


def submit(base_url: str) -> Any:
    body = {"prompt": "a red cube"}
    return requests.post(f"{base_url}/v1/flux-2-pro", json=body, headers={"x-key": KEY}, timeout=5).json()


def poll(base_url: str, task_id: str) -> Any:
    """Poll as a client does that builds the URL from its own base."""
    return requests.get(f"{base_url}/v1/get_result", params={"id": task_id}, timeout=5).json()


def test_the_polling_url_leads_to_another_origin_and_only_there_is_the_task(elsewhere: dict[str, Any]) -> None:
    task = submit(elsewhere["base_url"])
    assert urlsplit(task["polling_url"]).netloc != urlsplit(elsewhere["base_url"]).netloc
    assert poll(elsewhere["base_url"], task["id"])["status"] == "Task not found"
    assert requests.get(task["polling_url"], timeout=5).json()["status"] == "Ready"


def test_the_reference_client_follows_and_downloads(elsewhere: dict[str, Any], tmp_path: Path) -> None:
    with BFLClient(KEY, base_url=elsewhere["base_url"], pacing=Pacing(first_poll_s=0.01)) as client:
        assert client.generate("flux-2-pro", "a red cube").save(tmp_path / "cube.jpg").stat().st_size > 0


def test_a_second_port_is_told_to_scripts(two_ports: dict[str, Any]) -> None:
    assert submit(two_ports["base_url"])["polling_url"].startswith(f"{two_ports['poll_origin']}/v1/get_result?id=")


def test_on_the_second_port_a_body_of_many_megabytes_passes_whole(two_ports: dict[str, Any]) -> None:
    body = {"prompt": "a", "unknown": "x" * 3_000_000}
    url = f"{two_ports['poll_origin']}/v1/flux-2-pro"
    assert requests.post(url, json=body, headers={"x-key": KEY}, timeout=10).status_code == 200


def test_a_connection_to_the_second_port_is_kept_alive(two_ports: dict[str, Any]) -> None:
    with closing(HTTPConnection(urlsplit(two_ports["poll_origin"]).netloc, timeout=5)) as connection:
        sockets = [connection.sock for _ in range(3) if read_health(connection)]
    assert len({id(held) for held in sockets}) == 1
    assert sockets[0] is not None


def read_health(connection: HTTPConnection) -> bytes:
    connection.request("GET", "/_mock/health")
    return connection.getresponse().read()


def test_a_public_url_is_handed_out_whatever_the_host() -> None:
    with ready("--public-url", "https://mock.example:8443/") as mock:
        assert submit(mock["base_url"])["polling_url"].startswith("https://mock.example:8443/v1/get_result?id=")


def test_the_reference_client_sends_its_key_to_loopback_names_and_not_with_the_download(tmp_path: Path) -> None:
    engine = Engine(speed=0, poll_origin="auto")
    with LiveServer(create_app(engine)) as server, BFLClient(KEY, base_url=server.base_url) as client:
        client.generate("flux-2-pro", "a red cube").save(tmp_path / "cube.jpg")
        port = urlsplit(server.base_url).port
    assert [(row.route, row.host, row.has_key) for row in engine.control.journal(account_of(KEY))] == [
        ("submit", f"127.0.0.1:{port}", True),
        ("get_result", f"localhost:{port}", True),
        ("sample", f"localhost:{port}", False),
    ]


def test_the_reference_client_sends_its_key_to_no_foreign_polling_host() -> None:
    engine = Engine(speed=0, poll_origin="http://poll.example")
    with LiveServer(create_app(engine)) as server, BFLClient(KEY, base_url=server.base_url) as client:
        with pytest.raises(BFLError, match="key may not be sent"):
            client.generate("flux-2-pro", "a red cube")
        assert [row.route for row in engine.control.journal(None)] == ["submit"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--public-url", "mock.example"), "public_url takes an http"),
        (("--public-url", "https://mock.example/v1"), "without a path"),
        (("--public-url", "https://mock.example?x=1"), "without a path"),
        (("--public-url", "ftp://mock.example"), "http"),
        (("--poll-origin", "elsewhere"), "auto, or :PORT, not 'elsewhere'"),
        (("--poll-origin", ":70000"), "auto, or :PORT, not ':70000'"),
        (("--listen", "0.0.0.0:0", "--poll-origin", "http://a:99999"), "not 'http://a:99999'"),
        (("--listen", "127.0.0.2:0", "--poll-origin", "auto"), "auto needs a mock on 127.0.0.1, not 127.0.0.2"),
    ],
)
def test_an_origin_that_cannot_be_gets_a_sentence(
    arguments: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["mock-bfl", "serve", *arguments])
    with pytest.raises(SystemExit, match=sentence):
        main()
