"""Send an answer as a fault says: what WSGI has no word for, each server is brought to in its own way.

- werkzeug hands its socket out: it is closed beneath the server, with a reset if SO_LINGER is zero.
- granian hands out no socket. It gives a connection up without a byte if a streamed answer has two lengths; an answer
  that is one list is sent as it is, however long its Content-Length says, and with `Connection: close` the end follows.
- in process there is no connection: the adapter is told by an exception what a socket would have shown.

Proven over plain sockets for both servers in tests/faults.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Response
from werkzeug.datastructures import Headers

from mock_bfl.core.faults import LONGEST_STALL_S, Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOCKET = "werkzeug.socket"
PATIENCE = "mock_bfl.patience_s"  # set by the in-process adapter: how long its client waits; None for ever
_RESET = struct.pack("ii", 1, 0)  # close at once, and drop what was not sent: the peer sees a reset
_BLOCK = b" " * 65_536
_NO_BODY = frozenset({204, 304})


class Pauses:
    """Waits that end early when the server stops: nobody waits for a stall that has lost its meaning."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def wait(self, seconds: float) -> None:
        """Wait, at most two minutes."""
        self._over.wait(min(seconds, LONGEST_STALL_S))

    def begin(self) -> None:
        """Let pauses be waited for, as they are from the start: a server is there again."""
        self._over = threading.Event()

    def end(self) -> None:
        """Let everybody go, now and until a server begins."""
        self._over.set()


def pauses_of(app: WSGIApplication) -> Pauses | None:
    """Return the pauses of an application of ours, or None."""
    found = getattr(app, "extensions", {}).get("mock_bfl.pauses")
    return found if isinstance(found, Pauses) else None


class PlainResponse(Response):
    """A response whose Location goes out as it was written: werkzeug would spell it anew."""

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers as sent."""
        headers = super().get_wsgi_headers(environ)
        if "Location" in self.headers:
            headers["Location"] = self.headers["Location"]
        return headers


class FaultyResponse(PlainResponse):
    """A response that goes wrong on the wire, as its fault says."""

    def spoil(self, fault: Fault, pauses: Pauses) -> FaultyResponse:
        """Say how it goes wrong; return it."""
        self._fault, self._pauses = fault, pauses
        return self

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it, or what is left of it."""
        fault = self._fault
        if PATIENCE in environ:
            _lose_patience(fault, environ[PATIENCE])
        if fault.sends_nothing:
            return _hang_up(environ, start_response, with_reset=fault.wire == "reset")
        if environ["REQUEST_METHOD"] == "HEAD" or self.status_code in _NO_BODY:
            return super().__call__(environ, start_response)
        match fault.wire:
            case "truncate":
                return self._truncated(environ, start_response)
            case "drip":
                return self._dripped(environ, start_response)
            case _ if fault.huge_bytes is not None:
                return self._huge(environ, start_response, fault.huge_bytes)
            case _:
                return super().__call__(environ, start_response)

    def _start(self, environ: WSGIEnvironment, start_response: StartResponse, *, length: int) -> None:
        headers = self.get_wsgi_headers(environ)
        headers["Content-Length"] = str(length)
        start_response(self.status, headers.to_wsgi_list())

    def _truncated(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Announce the whole body and send a part: one list, for a stream would be given up without a byte."""
        body = self.get_data() or b" "
        if SOCKET not in environ:
            self.headers["Connection"] = "close"  # werkzeug's own server says so by itself
        self._start(environ, start_response, length=max(2, len(body)))
        return [body[: max(1, int(len(body) * self._fault.share))]]

    def _dripped(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        body = self.get_data()
        self._start(environ, start_response, length=len(body))
        size, pause_s = self._fault.drip
        pauses = None if PATIENCE in environ else self._pauses
        return _drops(body, size, pauses, pause_s=pause_s)

    def _huge(self, environ: WSGIEnvironment, start_response: StartResponse, size: int) -> Iterator[bytes]:
        body = self.get_data()
        self._start(environ, start_response, length=max(size, len(body)))
        return _filled(body, size)


def _drops(body: bytes, size: int, pauses: Pauses | None, *, pause_s: float) -> Iterator[bytes]:
    """Yield a body in pieces with a pause after each; after two minutes of pauses the rest at once."""
    waited_s = 0.0
    for start in range(0, len(body), size):
        if waited_s >= LONGEST_STALL_S:
            yield body[start:]
            return
        yield body[start : start + size]
        waited_s += pause_s
        if pauses is not None and start + size < len(body):
            pauses.wait(pause_s)


def _filled(body: bytes, size: int) -> Iterator[bytes]:
    yield body
    missing = size - len(body)
    while missing > 0:
        yield _BLOCK[: min(missing, len(_BLOCK))]
        missing -= len(_BLOCK)


def _lose_patience(fault: Fault, patience_s: float | None) -> None:
    """Raise TimeoutError where the client of the in-process adapter would have stopped waiting."""
    silence_s = fault.drip[1] if fault.wire == "drip" else fault.silence_s
    if patience_s is not None and silence_s >= patience_s:
        raise TimeoutError(f"no byte for {silence_s} s")


def _hang_up(environ: WSGIEnvironment, start_response: StartResponse, *, with_reset: bool) -> Iterable[bytes]:
    """End the connection without a byte. Raises ConnectionError where that is what tells the server to let it go."""
    if SOCKET in environ:
        _close_beneath(environ[SOCKET], with_reset=with_reset)
    elif PATIENCE not in environ and environ.get("SERVER_SOFTWARE") == "Granian":
        start_response("200 OK", [("Content-Length", "1"), ("Content-Length", "2")])
        return iter((b"",))
    raise ConnectionResetError("reset") if with_reset else ConnectionAbortedError("closed without a reply")


def _close_beneath(connection: socket.socket, *, with_reset: bool) -> None:
    """Close a connection whose server still holds references to its socket."""
    if with_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    socket.close(connection.detach())
