"""One request as bytes, and the two ways to put it to an application in this process: WSGI and ASGI.

Both callers read the target as a server does: percent-encoding undone for the path, kept for the query.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

KEY = "bfl_test"
JSON = "application/json"

ASGIApp = Callable[..., Awaitable[None]]
WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request on the wire. `target` is path and query as sent; None leaves the header out."""

    method: str = "POST"
    target: str
    body: bytes = b""
    key: str | None = KEY
    content_type: str | None = JSON
    host: str = "mock.test"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """The path as it was sent."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        return self.target.partition("?")[2]

    def all_headers(self) -> list[tuple[str, str]]:
        """Return every header, in one order."""
        known = (("host", self.host), ("x-key", self.key), ("content-type", self.content_type))
        sent = [(name, value) for name, value in known if value is not None]
        return [*sent, ("content-length", str(len(self.body))), *self.headers]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes

    @property
    def why(self) -> str:
        """The mock's own sentence about a refusal."""
        return self.headers.get("x-mock-bfl-why", "")

    def json(self) -> Any:
        """Return the body, which must be JSON."""
        return json.loads(self.body)


def call_wsgi(app: WSGIApp, ask: Ask) -> Answer:
    """Put the request to a WSGI application."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    chunks = app(_environ(ask), lambda status, headers, exc_info=None: started.append((status, headers)))
    body = b"".join(chunks)
    getattr(chunks, "close", lambda: None)()
    status, headers = started[-1]
    return Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, body)


def _environ(ask: Ask) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": ask.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(ask.path).decode("latin-1"),
        "QUERY_STRING": ask.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(ask.body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in ask.all_headers():
        variable = name.upper().replace("-", "_")
        environ[variable if variable in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{variable}"] = value
    return environ


def call_asgi(app: ASGIApp, ask: Ask) -> Answer:
    """Put the request to an ASGI application that never waits for anything: no event loop is needed.

    What the application raises after it has sent its 500 is dropped, as a server does after logging it.
    """
    sent: list[dict[str, Any]] = []
    running = app(_scope(ask), _receiver(ask.body), _sender(sent)).__await__()
    try:
        next(running)
    except StopIteration:
        pass
    except Exception:
        if not sent:
            raise
    else:
        raise RuntimeError("the application waits for something: it needs an event loop")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


def _receiver(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _sender(sent: list[dict[str, Any]]) -> Callable[[dict[str, Any]], Awaitable[None]]:
    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    return send


def _scope(ask: Ask) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": unquote(ask.path),
        "raw_path": ask.path.encode(),
        "query_string": ask.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in ask.all_headers()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
