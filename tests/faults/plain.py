"""A client that is nothing but a socket, and a mock on some server that is scripted over HTTP."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import requests

from mock_bfl.clock import SystemClock

PATIENCE_S = 10.0
_KEYS = count(1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a socket heard: the bytes, how they came, how it ended (`eof`, `reset`, `silence`)."""

    raw: bytes
    ended: str
    pieces: int
    first_byte_s: float

    @property
    def head(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int | None:
        return int(self.head.split(" ", 2)[1]) if self.raw else None

    @property
    def headers(self) -> dict[str, str]:
        rows = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return {name.strip().lower(): value.strip() for name, _, value in rows}

    @property
    def length(self) -> int:
        return int(self.headers["content-length"])

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def hear(url: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> Heard:
    """Send one request over a socket of its own and listen until the answer is whole, or the connection ends."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE_S) as connection:
        began_ms = SystemClock().real_ms()
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return _listen(connection, began_ms=began_ms)


def _listen(connection: socket.socket, *, began_ms: int) -> Heard:
    clock = SystemClock()
    raw, pieces, first_byte_s = b"", 0, 0.0
    while True:
        try:
            piece = connection.recv(1_048_576)
        except ConnectionResetError:
            return Heard(raw, "reset", pieces, first_byte_s)
        except TimeoutError:
            return Heard(raw, "silence", pieces, first_byte_s)
        if not piece:
            return Heard(raw, "eof", pieces, first_byte_s)
        first_byte_s = first_byte_s or (clock.real_ms() - began_ms) / 1000
        raw, pieces = raw + piece, pieces + 1


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a mock on a server, reached over HTTP alone."""

    base_url: str
    key: str = field(default_factory=lambda: f"faults-{next(_KEYS)}")

    @property
    def headers(self) -> dict[str, str]:
        return {"x-key": self.key, "Content-Type": "application/json"}

    def lever(self, method: str, path: str, body: object = None) -> requests.Response:
        return requests.request(method, f"{self.base_url}/_mock{path}", json=body, headers=self.headers, timeout=5)

    def fault(self, **rule: object) -> Any:
        answer = self.lever("POST", "/faults", rule)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def left(self) -> int:
        return sum(row["unconsumed"] for row in self.lever("GET", "/faults").json()["faults"])

    def submit(self) -> Heard:
        url, body = f"{self.base_url}/v1/flux-2-pro", b'{"prompt":"a red cube","width":256,"height":256}'
        return hear(url, method="POST", headers=self.headers, body=body)

    def poll(self, polling_url: str) -> Heard:
        return hear(polling_url, headers={"x-key": self.key})

    def sample(self) -> str:
        sample: str = self.poll(self.submit().json["polling_url"]).json["result"]["sample"]
        return sample

    def credits(self) -> float:
        answer: float = requests.get(f"{self.base_url}/v1/credits", headers=self.headers, timeout=5).json()["credits"]
        return answer

    def journal(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.lever("GET", "/journal").json()["exchanges"]
        return rows
