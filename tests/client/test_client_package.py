"""The package from outside: what it imports and exports, and that it works over real sockets and in Locust."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import bfl_client as bfl
from bfl_client import _errors
from tests.client.wire_double import JPEG, KEY, FakeClock


class Handler(BaseHTTPRequestHandler):
    """A server of one task, as small as can be."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._send(
            "application/json", json.dumps({"id": "t1", "polling_url": f"{self._base}/v1/get_result?id=t1"}).encode()
        )

    def do_GET(self) -> None:
        if self.path == "/x.jpg":
            return self._send("image/jpeg", JPEG)
        document = {"id": "t1", "status": "Ready", "result": {"sample": f"{self._base}/x.jpg", "seed": 1}}
        return self._send("application/json", json.dumps(document).encode())

    @property
    def _base(self) -> str:
        return f"http://{self.headers['host']}"

    def _send(self, kind: str, body: bytes) -> None:
        self.server.connections.add(self.client_address)  # type: ignore[attr-defined]  # a set hung on by the fixture
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.connections = set()  # type: ignore[attr-defined]  # see Handler
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url_of(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_a_picture_comes_over_a_real_socket_and_one_connection(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    with bfl.BFLClient(KEY, base_url=url_of(server), clock=FakeClock()) as client:
        for name in ("a.jpg", "b.jpg"):
            client.generate("flux-2-pro", "x", output=tmp_path / name)
    assert (tmp_path / "b.jpg").read_bytes() == JPEG
    assert len(server.connections) == 1  # type: ignore[attr-defined]  # see Handler


def test_locusts_session_can_be_injected(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    """Run apart, because Locust patches the standard library for gevent on import."""
    code = f"""
import warnings
warnings.simplefilter("ignore")
from locust.clients import HttpSession
from locust.event import EventHook
from bfl_client import BFLClient, Unavailable
seen = []
events = EventHook()
events.add_listener(lambda name, exception, **rest: seen.append((name, exception is None)))
session = HttpSession(base_url={url_of(server)!r}, request_event=events, user=None)
client = BFLClient({KEY!r}, base_url={url_of(server)!r}, session=session)
client.generate("flux-2-pro", "x", output={str(tmp_path / "a.jpg")!r})
try:
    BFLClient({KEY!r}, base_url="http://127.0.0.1:1", session=session, timeout_s=0.1).submit("flux-2-pro", "x")
except Unavailable:
    print(seen)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == str(
        [("/v1/flux-2-pro", True), ("/v1/get_result?id=t1", True), ("/x.jpg", True), ("/v1/flux-2-pro", False)]
    ), ended.stderr


def test_importing_the_client_loads_nothing_of_ours_and_no_extra() -> None:
    code = "import sys, bfl_client; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ended.stdout.replace("'", "").strip("[]\n").split(", "))
    assert "requests" in loaded
    assert loaded.isdisjoint({"mock_bfl", "bfl_conformance", "loadtests", "click", "rich", "flask", "pydantic"})


def test_all_names_are_there_and_sorted() -> None:
    assert bfl.__all__ == sorted(bfl.__all__)
    assert all(hasattr(bfl, name) for name in bfl.__all__)


def test_every_error_is_exported() -> None:
    kinds = {name for name, kind in vars(_errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert kinds <= set(bfl.__all__)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    for name, kind in vars(_errors).items():
        if isinstance(kind, type) and issubclass(kind, bfl.BFLError):
            assert f" {name} " in f" {_errors.__doc__} ".replace("\n", " ")
