"""The three requests that are measured, made once and used against the engine, the application and the served mock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app

from mock_bfl.engine import Call, Engine
from mock_bfl.web import create_app
from tests.bench.conftest import KEY

ORIGIN = "http://127.0.0.1"
SLUG = "flux-2-pro"
BODY = json.dumps({"prompt": "a red cube", "seed": 1, "output_format": "jpeg"}).encode()
HEADERS = {"x-key": KEY, "Content-Type": "application/json"}

Answer = tuple[int, bytes]
Send = Callable[[str, str, bytes], Answer]


class ByEngine:
    """Calls the use cases themselves."""

    def __init__(self, engine: Engine) -> None:
        self._generation, self._samples = engine.generation, engine.samples

    def submit(self) -> Answer:
        call = Call(
            method="POST", path=f"/v1/{SLUG}", origin=ORIGIN, key=KEY, content_type="application/json", body=BODY
        )
        reply = self._generation.submit(SLUG, call)
        return reply.status, reply.body

    def poll(self, task_id: str) -> Answer:
        call = Call(method="GET", path="/v1/get_result", origin=ORIGIN, key=KEY, query={"id": task_id})
        reply = self._generation.result(call)
        return reply.status, reply.body

    def sample(self, url: str) -> Answer:
        parts = urlsplit(url)
        reply = self._samples.answer(
            Call(method="GET", path=parts.path, origin=ORIGIN, query=dict(parse_qsl(parts.query)))
        )
        return reply.status, reply.body


class ByHTTP:
    """Sends requests through `send`, which is given method, path with query, and body."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def submit(self) -> Answer:
        return self._send("POST", f"/v1/{SLUG}", BODY)

    def poll(self, task_id: str) -> Answer:
        return self._send("GET", f"/v1/get_result?id={task_id}", b"")

    def sample(self, url: str) -> Answer:
        parts = urlsplit(url)
        return self._send("GET", f"{parts.path}?{parts.query}", b"")


def in_process(engine: Engine) -> ByHTTP:
    """Through Flask's WSGI application, without a socket; of werkzeug's client only the last step is used."""
    app = create_app(engine)
    known: dict[tuple[str, str], dict[str, Any]] = {}

    def send(method: str, path: str, body: bytes) -> Answer:
        if (method, path) not in known:
            known[method, path] = EnvironBuilder(
                path, ORIGIN, method=method, headers=list(HEADERS.items()), data=body
            ).get_environ()
        chunks, status, _ = run_wsgi_app(app, {**known[method, path], "wsgi.input": BytesIO(body)})
        return int(status[:3]), b"".join(chunks)

    return ByHTTP(send)


@contextmanager
def kept_alive(base_url: str) -> Iterator[ByHTTP]:
    """Over one kept connection of the standard library's client, whose own cost is in the figures."""
    with closing(HTTPConnection(urlsplit(base_url).netloc, timeout=30)) as connection:

        def send(method: str, path: str, body: bytes) -> Answer:
            connection.request(method, path, body or None, HEADERS)
            response = connection.getresponse()
            return response.status, response.read()

        yield ByHTTP(send)
